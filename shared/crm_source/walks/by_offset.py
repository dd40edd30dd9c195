"""The walk over a list that is asked for by offset, in whatever order it comes."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from crm_source.errors import ApiError, Kind, Verdict
from crm_source.walks.ask import Ask
from crm_source.walks.counts import LeastCount
from crm_source.walks.hidden import Hidden
from crm_source.walks.page import Page, Row
from crm_source.walks.rows import instant_of
from crm_source.walks.walk import Walk
from crm_source.walks.windowed import Halving
from crm_source.walks.windows import Reach, Window

Version = tuple[Any, Any]  # a row, by its key and by what tells that it has changed


class ByOffset(Halving):
    """Neighbouring pages overlap by one row, so a row deleted meanwhile shows as a broken joint, and the walk steps
    back until it meets rows it knows.

    `Ask.fetch` takes a Reach or None, an offset and a limit. `field_name` is the date that the list is sorted by, as
    far as that can be seen: while pages come sorted, the walk knows what is left, and narrows its window there when the
    list goes no deeper. A row that has moved in the list, which its version tells, joins nothing.

    `has_filter`: the list can be asked for a window. Where it cannot, and comes newest first, it is read from its first
    row until one comes that is older than the window.
    """

    MOST_STEPS_BACK = 20

    def __init__(
        self,
        ask: Ask,
        window: Window | None = None,
        field_name: str = "",
        descending: bool = False,
        open_end: bool = False,
        has_filter: bool = True,
    ):
        super().__init__(ask, window)
        self._has_filter = has_filter
        self._field = field_name
        self._descending = descending
        self._open_end = open_end
        self._version = ask.version or field_name
        self._sorted = bool(field_name)
        self._offset = 0
        self._is_narrowed = False
        self._count = LeastCount()
        self._known: dict[Version, None] = {}  # the rows of the last page, by key and version
        self._steps_back = 0
        self._hidden = Hidden(self._fetch, self._is_known)
        self._newest: datetime | None = None  # the date of the first row
        self.order = field_name

    def pages(self) -> Iterator[list[Row]]:
        while True:
            try:
                page = self.look()
            except ApiError as error:
                if error.kind is not Kind.TOO_DEEP or not self._has_filter:
                    raise
                if self._narrow() or self._close_end():
                    continue
                yield from self._both_halves(error)
                return
            if page is None:
                yield self._around_bad()
                continue
            if self._is_to_be_repeated(page):
                continue
            limit, rows = max(self._asked, len(page.rows)), self._ask.rows_of(page)
            keys = self._keys_of(page.rows)
            is_joined = bool(self._known.keys() & set(keys)) or (not page.rows and page.more is True)
            is_joined = is_joined or not self._known or not self._offset
            if not is_joined and not self._hidden.is_behind():
                self._step_back()
                continue
            fresh = self._new(rows)
            self._account_for(len(fresh), keys or self._offset)
            came, is_again = len(page.rows), not fresh and len(page.rows) < limit
            may_go_on = is_again and bool(page.more or self._known or self._repeated)  # else the same once more
            size = self._ask.size
            goes_on = may_go_on and self._hidden.goes_on(page, self._offset + came, size.rows, size.largest)
            self._repeated = self._repeated or self._hidden.has_looked
            is_over = self._has_passed(rows) or (not goes_on and self._is_at_end(page, self._offset, limit, len(fresh)))
            self.total = self.total if page.total is None else page.total
            self._count.saw(page, self._offset, is_over)
            self._follow(rows, is_over)
            missing = self._shortfall() if is_over and not self._is_narrowed and self._has_filter else None
            yield fresh
            if missing:
                raise missing
            if is_over:
                return
            del page, rows, fresh  # they need not stay while the next page is fetched
            self._known, self._steps_back = dict.fromkeys(keys) or self._known, 0
            if goes_on and came <= 1:  # more known rows may be a page that was cut short by chance
                self._offset = self._hidden.leap(self._offset, limit, size.largest)
            elif came > 1 or not is_again:  # else the same once more, as the count says that there is more
                self._offset += max(came - 1, 1)

    def _shortfall(self) -> ApiError | None:
        """Where far too little came all of the window is left, before its last rows are out."""
        try:
            self._tell_shortfall(self._count, self._rows)
        except ApiError as error:
            self.left = self._window
            return error
        return None

    def _keys_of(self, rows: Sequence[Row]) -> list[Version]:
        """What joins pages: what is no row, or has no key, stands for itself."""
        return [self._key_of(row) for row in rows]

    def _key_of(self, row: Row) -> Version:
        if row.__class__ is not dict or (self._ask.key and row.get(self._ask.key) is None):
            return None, repr(row)
        return row.get(self._ask.key), row.get(self._version)

    def _is_known(self, rows: Sequence[Row]) -> bool:
        return self._known.keys() >= set(self._keys_of(rows))

    def _new(self, rows: list[Row]) -> list[Row]:
        keys = self._keys_of(rows)
        new = [row for row, key in zip(rows, keys, strict=True) if key[0] is None or key not in self._known]
        return new if self._has_filter or not self._window else [row for row in new if not self._is_older(row)]

    def _is_older(self, row: Row) -> bool:
        date = instant_of(row, self._field)
        return date is not None and self._window is not None and date < self._window.since

    def _next_page(self, limit: int) -> Page:
        self._asked = limit
        return self._fetch(self._offset, limit)

    def look_on(self, page: Page, limit: int) -> Page:
        return self.look_at_place(max(len(page.rows) - 1, 0), limit)

    def look_at_place(self, place: int, limit: int) -> Page:
        return self._fetch(place, limit)

    def is_in_order(self, rows: Sequence[Row]) -> bool:
        """Whether all of them show their dates, and come sorted by these."""
        dates = [date for row in rows if (date := instant_of(row, self._field)) is not None]
        return len(dates) == len(rows) and dates == sorted(dates, reverse=self._descending)

    def _fetch(self, offset: int, limit: int) -> Page:
        reach = Reach(self._window.since, None if self._open_end else self._window.until) if self._window else None
        return self._ask.fetch(reach, offset, limit)

    def _step_back(self) -> None:
        """Rows before this page are gone: look for the joint further up."""
        self._steps_back += 1
        if self._steps_back > self.MOST_STEPS_BACK:
            raise ApiError(Verdict(Kind.TRANSIENT, "the list changes faster than it can be read"), "")
        self._offset = max(self._offset - self._asked * 2 ** (self._steps_back - 1), 0)

    def _around_bad(self) -> list[Row]:
        """Leave out the row that cannot be sent: the first of the page, which joins it, or the one after. Returns what
        is new around it: the walk goes on with the row after it, which it then knows."""
        first, bad, following = self._bad_place(self._offset, self._fetch)
        if following is None:
            return []
        if first is None and self._known and self._offset:  # where a row was that is known: rows before it have gone
            self._account_for(0, self._offset)
            self._step_back()
            return []
        rows = self._ask.rows_of(first) if first else []
        keys = self._keys_of(rows)
        fresh = self._new(rows)
        if first:
            self._account_for(len(fresh), keys)
            if not first.rows or (self._known and fresh):
                self._step_back()
                return []
        before = next(reversed([*self._known, *keys]), None)
        self._ask.skip(f"at place {bad + 1} of the list" + (f", after {before[0]}" if before else ""), self._failure)
        after = self._ask.rows_of(following)
        fresh += self._new(after)
        self._offset, self._known = bad + 1, dict.fromkeys(self._keys_of(after))
        return fresh

    def _follow(self, rows: list[Row], is_over: bool) -> None:
        """Follow the position in the window for as long as the rows come sorted."""
        if is_over:
            self.left, self.expected = None, 0
            return
        if not self._sorted or not self._window or not self.left or not rows:
            return
        last = instant_of(rows[-1], self._field)
        if last is None or not self.is_in_order(rows):
            self._sorted, self.expected = False, 0
            self.left = self._window
            return
        self.left = self.left.to_date(last) if self._descending else self.left.from_date(last)
        self._guess()

    def _has_passed(self, rows: Sequence[Row]) -> bool:
        """Whether a list that cannot be asked for a window has come to rows that are older than it. An order that was
        broken once, or has not shown yet, is not relied on."""
        if self._has_filter or not self._window or not rows:
            return False
        self._sorted = self._sorted and self._descending and self.is_in_order(rows)
        first, last = instant_of(rows[0], self._field), instant_of(rows[-1], self._field)
        self._newest = self._newest or first
        return bool(self._sorted and last and self._newest and last < min(self._window.since, self._newest))

    def _narrow(self) -> bool:
        """Start again at offset 0 from the position reached. False when there is no such position."""
        if not self._sorted or self.left is None or self.left == self._window:
            return False
        self._window, self._offset, self._is_narrowed = self.left, 0, True
        return True

    def _close_end(self) -> bool:
        """Where no time is left to halve, leave what changes after the window's end to the next sync."""
        can_close = self._open_end and self._window is not None and self._window.is_instant
        self._open_end = self._open_end and not can_close
        if can_close:
            self._offset = 0
        return can_close

    def _both_halves(self, error: ApiError) -> Iterator[list[Row]]:
        """Walk the two halves of the window one after the other: each list is shorter."""
        window = self._window
        if window is None or window.is_instant:
            raise error
        for half in window.halves():
            walk = self._over(half, open_end=self._open_end and half.until == window.until)
            for rows in walk.pages():
                rest = half.until if walk.left is None else half.since if self._descending else walk.left.since
                self.left = window.from_date(rest)
                yield rows
                del rows

    def split(self) -> Walk | None:
        if not self._sorted or not self._has_filter or (halves := self._split_window(self.left)) is None:
            return None
        # Rows already read stay within the narrower window, so the offset goes on counting from the same end.
        given = self._over(halves[1], open_end=self._open_end and not self._descending)
        self._open_end = self._open_end and self._descending
        self._is_narrowed = True
        return given

    def _over(self, window: Window, open_end: bool) -> "ByOffset":
        return ByOffset(self._ask, window, self._field, self._descending, open_end)
