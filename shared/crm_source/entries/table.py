"""What the entries of a poller configuration make of a source's table of streams."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from crm_source.dates import instant_or_none
from crm_source.deletions.sweep import SWEEP
from crm_source.entries.entry import PROPERTY, Entry
from crm_source.errors import configuration_error
from crm_source.polling.notification import Change
from crm_source.records import value_at
from crm_source.resources import Dates, Pass, Resource
from crm_source.walks.walk import Row
from crm_source.walks.windows import Progress, state_of


def table_with(
    table: Sequence[Resource],
    entries: Iterable[Entry],
    aliases: Mapping[str, str],
    user_defined: Callable[[Entry], Resource],
) -> list[Resource]:
    """The streams of the table as the entries want them, and those that are the user's own.

    `aliases` are the names that an instance has for streams of another name.
    """
    streams = {one.name: one for one in table}
    for entry in entries:
        name = stream_of(entry.name, aliases)
        streams[name] = with_entry(streams[name] if name in streams else user_defined(entry), entry)
    return list(streams.values())


def stream_of(resource_name: str, aliases: Mapping[str, str]) -> str:
    return aliases.get(resource_name.lower(), resource_name)


def with_entry(resource: Resource, entry: Entry) -> Resource:
    """The stream with the entry's dates, page size and filters. Pages are not made larger than the vendor allows."""
    dates = resource.dates
    if dates and entry.updated:
        updated, created = (_respelled(path, resource) for path in (entry.updated, entry.created or dates.created))
        dates = Dates(updated, created, entry.updated_pattern, entry.created_pattern)
    return replace(
        resource,
        dates=dates,
        page_size=min(entry.page_size or resource.page_size, resource.page_size),
        passes=tuple(replace(one, lookback=max(one.lookback, entry.poll_delay)) for one in resource.passes),
        leaves_out_older=resource.leaves_out_older and entry.filter_by_updated_date,
        leaves_out_newer=entry.filter_by_current_date,
    )


def _respelled(path: str, resource: Resource) -> str:
    """The stream's own path for one that means it: some documents misprint `DATE_UPDATED.UTC` for DATE_UPDATED_UTC, or
    have `dateEntered` for `_info.dateEntered`."""
    known = (resource.dates.updated, resource.dates.created) if resource.dates else ()
    return next((one for one in known if path.replace(".", "_") == one or path == one.rpartition(".")[2]), path)


def own_stream(entry: Entry, kind: type[Resource], path: str, walk: str, **more: object) -> Resource:
    """A stream that the user defines, of the vendor's kind of resource.

    Its first rows tell its schema. Raises a configuration error when the entry says too little to poll it.
    """
    if not entry.updated:
        raise configuration_error(
            f"{PROPERTY}: {entry.name}: updatedDateField is missing, and there is no stream of that name."
        )
    id_path = entry.id_field or "id"
    id_name = id_path.rpartition(".")[2]
    return kind(
        entry.name,
        path,
        walk=walk,
        primary_key=(id_name,),
        dates=Dates(entry.updated, entry.created, entry.updated_pattern, entry.created_pattern),
        passes=(Pass(moves=False),),
        promoted={id_name: id_path} if id_name != id_path else {},
        leaves_out_older=True,
        is_inferred=True,
        **more,  # type: ignore[arg-type]  # fields of that kind of resource
    )


@dataclass(frozen=True)
class Polled:
    """A resource to be polled: its name in notifications, its stream, and how a change of it is read off a record."""

    name: str
    resource: Resource
    tolerance: timedelta = timedelta(0)

    def change(self, record: Row) -> Change | None:
        """None for a record without a readable date: nothing shows whether it has changed."""
        dates = self.resource.dates
        updated = instant_or_none(record.get(dates.cursor_field)) if dates else None
        if dates is None or updated is None:
            return None
        created = dates.created.rpartition(".")[2]
        object_id = ":".join(str(value_at(record, key)) for key in self.resource.primary_key)
        return Change(self.name, object_id, updated, instant_or_none(record.get(created)), record)


def polled(streams: Mapping[str, Resource], entries: Sequence[Entry], aliases: Mapping[str, str]) -> tuple[Polled, ...]:
    """What is to be polled: the resources of the entries, or those that an instance polls by default.

    Raises a configuration error for a stream that has no date of change.
    """
    if not entries:
        return tuple(Polled(name, streams[stream]) for name, stream in aliases.items())
    found = tuple(
        Polled(entry.name, streams[stream_of(entry.name, aliases)], entry.created_tolerance) for entry in entries
    )
    if dateless := [one.name for one in found if not one.resource.dates or one.resource.walk == SWEEP]:
        raise configuration_error(
            f"{PROPERTY}: {', '.join(dateless)} cannot be polled: the records have no date of change."
        )
    names: dict[str, str] = {}
    for one in found:
        if names.setdefault(one.resource.name, one.name) != one.name:
            raise configuration_error(f"{PROPERTY}: {one.name} and {names[one.resource.name]} are the same stream.")
    return found


def baseline(resource: Resource, now: datetime) -> dict[str, Any]:
    """The state of a stream of which everything until now is known."""
    return state_of(Progress(now), resource.cursor_field or "")
