"""From where each list has to be read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from crm_source.dates import BEGINNING, instant_or_none
from crm_source.reading.nodes import Selected
from crm_source.reading.state import Progress
from crm_source.records import value_at
from crm_source.report import Report
from crm_source.resources import Listed, Pass, Resource
from crm_source.walks.page import Row
from crm_source.walks.windows import Window, merged


@dataclass(frozen=True)
class Plan:
    """What a sync has to read of a list: windows for each pass, in the order of the passes, up to `until`."""

    until: datetime
    windows: Mapping[str, tuple[Window, ...]]
    expired: str = ""  # the pass whose horizon the state has passed: the plan starts again, or what is older is lost

    def has_read(self, row: Row, resource: Resource) -> bool:
        """Whether a record of the list is in one of the windows. Of parts by id, only some rows are."""
        changed = _changed(row, resource)
        return changed is not None and any(self._has(one, changed) for one in self._all() if not one.is_part)

    def may_have_read(self, row: Row, resource: Resource) -> bool:
        """Likewise, parts included; one whose date does not tell may be in one."""
        changed, id_ = _changed(row, resource), row.get(resource.primary_key[0])
        if changed is None or (resource.dates and not resource.dates.moves):
            return True
        return any(self._has(one, changed) and _is_in_part(one, id_) for one in self._all())

    def _all(self) -> Iterator[Window]:
        return (one for windows in self.windows.values() for one in windows)

    def _has(self, window: Window, date: datetime) -> bool:
        """The last one of the sync has an open end."""
        return window.since <= date and (date < window.until or window.until >= self.until)


def _changed(row: Row, resource: Resource) -> datetime | None:
    return instant_or_none(value_at(row, resource.dates.updated)) if resource.dates else None


def _is_in_part(window: Window, id_: Any) -> bool:
    is_after = window.after is None or id_.__class__ is not int or id_ > window.after
    return is_after and (window.up_to is None or id_.__class__ is not int or id_ <= window.up_to)


def plan_of(
    root: Listed,
    streams: Sequence[Selected],
    start: datetime | None,
    until: datetime,
    lookback: timedelta,
    report: Report,
    marks_rows: bool = False,
) -> tuple[Plan, dict[str, Selected]]:
    """The plan for a list, and its streams with what each of them has had already.

    The streams may have come to different points: the list is then read from the earliest, and each stream gets what
    changed since its own. `marks_rows`: what was deleted is looked for as well.
    """
    if not root.dates:
        return Plan(until, {}), {one.name: one for one in streams}
    shared = streams[0].progress
    if any(one.progress != shared for one in streams):
        shared = least([one.progress for one in streams])
    passes = [one for one in root.passes if marks_rows or not one.gone]
    plan = plan_for(passes, shared, None if root.ignores_start else start, until, lookback)
    if plan.expired and _starts_again(plan, root, streams, report):
        return plan, {one.name: one for one in streams}
    back = max([lookback, *(one.lookback for one in passes)])
    first = min((window.since for windows in plan.windows.values() for window in windows), default=None)
    return plan, {one.name: _from_its_own(one, shared, back, first, until) for one in streams}


def _from_its_own(
    one: Selected, shared: Progress, back: timedelta, first: datetime | None, until: datetime
) -> Selected:
    since = None
    if one.progress.mark is not None and one.progress != shared:
        since = one.progress.mark - back
    if one.wishes.leaves_out_older and since is None and first is not None and first > BEGINNING:
        since = first
    return replace(one, since=since, until=until if one.wishes.leaves_out_newer else None)


def _starts_again(plan: Plan, root: Listed, streams: Sequence[Selected], report: Report) -> bool:
    names = ", ".join(one.name for one in streams)
    one_pass = next(one for one in root.passes if one.name == plan.expired)
    days = round((one_pass.horizon or timedelta()) / timedelta(days=1))
    then = (
        "rows that were deleted before stay in the destination. A refresh of the streams takes them out."
        if one_pass.gone
        else "it is read again from the start date, so that no change is missed."
        if one_pass.later
        else "what is older cannot be read any more."
        if one_pass is root.passes[0]
        else "changes from before are looked for by their date alone, somewhat further back."
    )
    report.warn(f"The state of {names} is older than the {days} days for which the vendor keeps changes: {then}")
    return one_pass.later


def least(progresses: Sequence[Progress]) -> Progress:
    """What all of them have read."""
    marks = [one.mark for one in progresses]
    known = [mark for mark in marks if mark is not None]
    if len(known) < len(marks):
        return Progress()
    if len({one.until for one in progresses}) > 1:
        return Progress(min(known))
    pending: dict[str, list[Window]] = {}
    for one in progresses:
        for name, windows in one.pending.items():
            pending.setdefault(name, []).extend(windows)
    return Progress(progresses[0].until, {name: merged(windows) for name, windows in pending.items()})


def plan_for(
    passes: Sequence[Pass], progress: Progress, start: datetime | None, until: datetime, lookback: timedelta
) -> Plan:
    """The windows that lead from `progress` to `until`.

    With no progress: from `start` (or the beginning of time) by the passes of a first read. Else what is pending,
    and for every pass the time since the last read, `lookback` included.
    """
    first_passes = [one for one in passes if not one.later and not one.gone]
    if set(progress.pending) - {one.name for one in passes}:
        progress = progress.collapsed()  # of another version, which found changes in other ways
    if progress.until is not None:
        windows: dict[str, tuple[Window, ...]] = {}
        expired = ""
        for one in passes:
            back = max(lookback, one.lookback)
            since = max(min(progress.until, until), BEGINNING + back) - back
            todo = merged([*progress.pending.get(one.name, ()), Window(max(since, start or BEGINNING), until)])
            if one.horizon and todo and todo[0].since < until - one.horizon:
                if one.later:
                    first = plan_for(passes, Progress(), start, until, lookback)
                    return Plan(until, {**first.windows, **_all_gone(passes, until)}, expired=one.name)
                expired, todo = expired or one.name, _not_before(until - one.horizon, todo)
            windows[one.name] = todo
        return Plan(until, windows, expired)
    everything = merged([Window(start or BEGINNING, until)])
    return Plan(
        until,
        {one.name: _not_before(until - one.horizon, everything) if one.horizon else everything for one in first_passes},
    )


def _all_gone(passes: Sequence[Pass], until: datetime) -> dict[str, tuple[Window, ...]]:
    """All deletions that the vendor still tells of."""
    return {one.name: (Window(until - one.horizon, until),) for one in passes if one.gone and one.horizon}


def _not_before(oldest: datetime, windows: Iterable[Window]) -> tuple[Window, ...]:
    return merged(window._replace(since=max(window.since, oldest)) for window in windows)
