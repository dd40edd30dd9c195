"""Walks that read one list side by side, each the ids that no other has."""

import threading
from collections.abc import Sequence

from crm_source.errors import ApiError
from crm_source.walks.ask import Ask
from crm_source.walks.counts import LeastCount
from crm_source.walks.page import Page, Row
from crm_source.walks.rows import ascend
from crm_source.walks.walk import Asking
from crm_source.walks.windows import Window


class Neighbours:
    """The walks that read one list together, in the order of the ids, and the lock for what they know of each other.

    `is_read_again`: the ids were not sorted, and one of the walks reads everything, so that the others may stop.
    `is_miscounted`: a walk began behind the end of the list, so the list's count is not to be split by.
    """

    def __init__(self, walk: "SideBySide"):
        self.walks = [walk]
        self.lock = threading.Lock()
        self.is_read_again = False
        self.is_miscounted = False
        self.rows = 0  # that came to any of them
        self.count = LeastCount()
        self._is_end_shown = self._is_compared = False

    def came(self, rows: int, page: Page, place: int, is_end: bool, is_short: bool = False) -> None:
        """A page came that begins at `place`, so many `rows` of it new, and maybe it showed the end of the list.
        `is_short`: see LeastCount."""
        self.rows += rows
        self.count.saw(page, place, is_end, is_short)
        self._is_end_shown = self._is_end_shown or is_end

    def are_done(self) -> bool:
        """Whether all of the list was read, side by side. True once."""
        if (
            self._is_compared
            or self.is_read_again
            or not self._is_end_shown
            or any(not one.is_over for one in self.walks)
        ):
            return False
        self._is_compared = True
        return True

    def put_after(self, walk: "SideBySide", given: "SideBySide") -> None:
        self.walks.insert(self.walks.index(walk) + 1, given)

    def before(self, walk: "SideBySide") -> list["SideBySide"]:
        """Nearest first."""
        return self.walks[: self.walks.index(walk)][::-1]

    def after(self, walk: "SideBySide") -> list["SideBySide"]:
        """Nearest first."""
        return self.walks[self.walks.index(walk) + 1 :]

    def have_read_after(self, walk: "SideBySide") -> bool:
        """Whether any walk after that one has rows of its own."""
        return any(one._first is not None and one._first <= (one._last or 0) for one in self.after(walk))


class SideBySide(Asking):
    """A walk in the order of ids. Its own are those up to the first of the walk after it, which may begin at a place
    whose id nobody knows yet. `_gives_up`, `_settle` and `_end` are called with the lock of the neighbours."""

    is_by_id = True

    def __init__(self, ask: Ask, window: Window | None, near: "SideBySide | None", start: int):
        """`near` is the walk that this one is split off, to begin at the place `start`."""
        super().__init__(ask, window)
        self._start = start
        self._first: int | None = None  # the id from which on rows are its own, where another walk comes before it
        # The last id that is read; None: it is not settled yet where it begins.
        self._last: int | None = window.after if window and not near else None
        self._up_to: int | None = near._up_to if near else window.up_to if window else None
        self._neighbours: Neighbours = near._neighbours if near else Neighbours(self)
        self.is_over = self._is_at_list_end = False
        self._is_sorted = True
        self._has_everything = False  # all of the list is left to this walk, also what others have read

    def is_in_order(self, rows: Sequence[Row]) -> bool:
        return self._ids(rows) is not None

    def _ids(self, rows: Sequence[Row]) -> list[int] | None:
        """None when they are not what the walk relies on."""
        ids = self._ask.keys_of(rows)
        known = [id_ for id_ in ids if isinstance(id_, int) and not isinstance(id_, bool)]
        return known if len(known) == len(ids) and ascend(known) else None

    def _ids_of(self, page: Page) -> list[int] | None:
        return self._ids(self._ask.rows_of(page))

    def _finish(self, is_at_list_end: bool = False) -> None:
        self.is_over, self._is_at_list_end = True, is_at_list_end
        self.left, self.expected = None, 0

    def _has_more(self) -> bool:
        with self._neighbours.lock:
            if not self.is_over and (self._neighbours.is_read_again or self._is_at(self._end())):
                self._finish()
            return not self.is_over

    def _gives_up(self) -> bool:
        """Whether the walk began behind the end of the list, because the count said that there is more."""
        if self._last is not None or not self._start:
            return False
        self._neighbours.is_miscounted = True
        self._neighbours.walks.remove(self)
        self._finish()
        return True

    def _hands_over(self) -> bool:
        """Leave what comes next to the walk after this one, if that has not begun."""
        with self._neighbours.lock:
            following = self._neighbours.after(self)[:1]
            if not following or following[0]._first is not None or self._last is None:
                return False
            following[0]._settle(self._last + 1)
            self._finish()
            return True

    def _is_at(self, id_: int | None) -> bool:
        """Whether no id can lie between what is read and this one."""
        return id_ is not None and self._last is not None and id_ <= self._last + 1

    def _settle(self, id_: int) -> None:
        """Begin with this id, or as near to it as the other walks leave room."""
        read = next((one._last for one in self._neighbours.before(self) if one._last is not None), id_ - 1)
        end = self._end()
        first = max(id_, read + 1)
        self._first = first if end is None else min(first, end)
        self._last = self._first - 1

    def _end(self) -> int | None:
        """The first id that is not to be read, as far as that is known."""
        end = None if self._up_to is None else self._up_to + 1
        return next((one._first for one in self._neighbours.after(self) if one._first is not None), end)

    def _shortfall(self) -> ApiError | None:
        """Whichever of the walks is over last compares what came to them with what the server counts. Where far too
        little came, all of it is left to this walk, which must not have told yet that it is over."""
        with self._neighbours.lock:
            if self._up_to is not None or not self._neighbours.are_done():
                return None
        try:
            self._tell_shortfall(self._neighbours.count, self._neighbours.rows)
        except ApiError as error:
            self._take_back()
            return error
        return None

    def _take_back(self) -> None:
        """Make all of the list this walk's to read."""
        self._has_everything = True
        self.left, self.expected = self._window._replace(after=None, up_to=None) if self._window else None, 0

    def bounded(self, left: Window) -> Window:
        with self._neighbours.lock:
            end = self._end() if not self._has_everything and self in self._neighbours.walks else None
        return left if end is None or (left.up_to or end) < end else left._replace(up_to=end - 1)
