"""How a walk by place gets over rows that are in the list, and are not shown to it.

A server may take out such rows after it has cut its pages. They keep their places, so a page has fewer rows than it has
places, or nothing new although the list goes on. But a page may also be short because it was cut, and then nobody has
looked at what follows: a page proves nothing of what comes after its last row. What comes behind a stretch of hidden
rows follows what is read when

* a page from the place `low` on has a row that is read, and one from the next place on has none: that row is at `low`;
* each page from there on has no rows, and begins with the last places of the one before, for rows that have moved up;
* nothing else has moved: afterwards that row is still at `low`, and all these answers have counted the same.

Two things are trusted. A page without any row has as many places as ever came rows in one, or as those that were seen
to be cut, as a cut that depends on the rows leaves one. And of the rows that go between two requests, more than pages
overlap by are not made up for by as many that join, so that the count hides them.
"""

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from crm_source.errors import ApiError, Kind, Verdict
from crm_source.walks.ends import SMALL_CAPS, is_little
from crm_source.walks.page import Page
from crm_source.walks.sizes import ASK_FOR_LESS, PageSize
from crm_source.walks.walk import TIMES_HONEST

OVERLAP = 8  # the part of a page that begins the next one
MOST_TRIES = 3  # to get over one stretch, while the list changes
BUSY = (
    "the server counts rows that it does not show, and the list changes too fast to tell whether others lie between"
    " them. The next sync reads it again: let it run at a quieter time, or with a key whose user may see all rows."
)


class Way(Enum):
    """What a page means for a walk."""

    USUAL = "nothing looks hidden"
    ON = "all of it is read, and the list goes on"
    ELSEWHERE = "the page at another place is to be asked for next"
    JOINED = "it comes right after what is read"
    END = "nothing comes after what is read"
    SHORT = "the server counts far more rows, and shows none of them"


ENDS = (Way.END, Way.SHORT)


class Look(NamedTuple):
    """A page, the ids of its rows, which ascend, its place and how many rows were asked for; `last` is the last id that
    is read, None before any is."""

    page: Page
    ids: list[int]
    place: int
    asked: int
    last: int | None

    @property
    def total(self) -> int:
        return self.page.total or 0

    @property
    def is_joined(self) -> bool:
        return bool(self.ids) and self.last is not None and self.ids[0] <= self.last + 1

    @property
    def goes_on(self) -> bool:
        """Whether the list has more behind these rows, by its count."""
        return self.page.more is not False and self.total > self.place + len(self.ids)

    @property
    def stands_still(self) -> bool:
        """Whether all rows are read, though there may be others at the places that were asked for."""
        return self.is_joined and self.ids[-1] <= (self.last or 0) and len(self.ids) < self.asked and self.goes_on


class Crossing:
    """Of one stretch after the other. `fetch` takes a place and a limit; `ids_of` has a page's ids, or None when they
    do not ascend. Where the way is ELSEWHERE, `place` is that of the page to ask for, and `is_moving` says whether this
    one has got over so many places that it is no vain request."""

    def __init__(
        self, fetch: Callable[[int, int], Page], ids_of: Callable[[Page], list[int] | None], size: PageSize
    ) -> None:
        self._fetch, self._ids_of, self._size = fetch, ids_of, size
        self._short: tuple[int, int, int] | None = None  # of the page before: its last place and id, and rows
        self.place, self.is_moving = 0, False
        self._forget()

    def _forget(self) -> None:
        """No stretch is open."""
        self._begin_anew()
        self._tries = 0
        self._is_looked_for = self._is_more_known = False

    def _begin_anew(self) -> None:
        self._low: int | None = None  # a place from which on a row comes that is read; -1: the list's begin
        self._high: int | None = None  # a place from which on none comes
        self._next: int | None = None  # up to here, and a little farther, nothing comes behind `low`
        self._total, self._step, self._is_again = 0, 1, False

    def way(self, look: Look, is_more_known: bool) -> Way:
        """`is_more_known`: another walk has read rows that come behind. Raises ApiError, also when the list changes too
        fast to tell."""
        self._learn(look)
        self.is_moving = False
        if look.stands_still:
            return self._found(look, is_more_known)
        if look.page.total is None or look.is_joined or (look.ids and not look.place):
            self._forget()
            return Way.USUAL
        if self._low is None and (look.ids or look.place or not look.goes_on):
            return Way.USUAL
        return self._nothing_read(look)

    def _learn(self, look: Look) -> None:
        """A page was cut when the next begins with its last row, and has more of them."""
        rows, before = len(look.ids), self._short
        if before and look.ids and (look.place, look.ids[0]) == before[:2] and rows > before[2]:
            self._size.was_cut(before[2])
        self._short = (look.place + rows - 1, look.ids[-1], rows) if 0 < rows < look.asked else None

    def _found(self, look: Look, is_more_known: bool) -> Way:
        if len(look.ids) > 1:
            self._forget()
            return Way.ON
        self._low, self._next, self._total = look.place, None, look.total
        if self._high is not None and self._high <= look.place:
            self._high = None
        self._is_more_known = self._is_more_known or is_more_known
        if not self._shows_all(look.place, look.asked) and (way := self._doubt(look)):
            return way
        return self._search(look.place)

    def _nothing_read(self, look: Look) -> Way:
        """A page whose rows, if there are any, come after those that are read."""
        if self._low is None and (way := self._doubt_begin(look)):
            return way
        low = self._low or 0
        if look.place not in (low + 1, self._next):
            self._high = look.place
            return self._search(low)
        if look.total != self._total:
            return self._try_again(low)
        width = max(self._size.sure(look.asked), len(look.page.rows))
        if not look.ids and look.place + width < self._total:
            self.is_moving = TIMES_HONEST * width >= look.asked
            self._next = look.place + max(width - max(width // OVERLAP, 1), 1)
            return self._elsewhere(self._next)
        is_seen_twice = not look.ids and self._shows_all(low, look.asked)
        if not is_seen_twice and not self._has_stayed(low, look.last):
            return self._try_again(low)
        self._forget()
        return Way.JOINED if look.ids else Way.END

    def _shows_all(self, place: int, asked: int) -> bool:
        """Whether a page without a new row has all places from its own on that are counted."""
        return self._total - max(place, 0) <= self._size.sure(asked)

    def _elsewhere(self, place: int) -> Way:
        self.place = place
        return Way.ELSEWHERE

    def _search(self, low: int) -> Way:
        """Look for the place of the last row that is read."""
        if self._high is not None:
            return self._elsewhere(max((low + self._high) // 2, low + 1))
        self._step, step = 2 * self._step, self._step
        return self._elsewhere(low + step)

    def _try_again(self, low: int) -> Way:
        self._tries += 1
        if self._tries > MOST_TRIES:
            raise ApiError(Verdict(Kind.STUCK, BUSY), "")
        self._begin_anew()
        return self._elsewhere(max(low, 0))

    def _has_stayed(self, low: int, last: int | None) -> bool:
        """Whether the row at `low` is one that is read, and the list as long as it was."""
        page = self._fetch(max(low, 0), 1)
        ids = self._ids_of(page)
        if ids is None or page.total != self._total:
            return False
        return not ids if low < 0 else bool(ids) and last is not None and ids[0] <= last

    def _doubt_begin(self, look: Look) -> Way | None:
        """The list begins without a row: it is asked once more where that may have been a mistake."""
        self._total = look.total
        is_all = self._shows_all(0, look.asked)
        if not self._is_again and (look.last is None or is_all):
            self._is_again = True
            return self._elsewhere(look.place)
        self._low = -1
        if look.last is None and self._total <= SMALL_CAPS[0]:  # too few to look for
            return Way.SHORT
        return Way.END if is_all else self._doubt(look)

    def _doubt(self, look: Look) -> Way | None:
        """Whether there is anything to get to, which what is last by the count may show; None: there may be."""
        if self._is_more_known or self._is_looked_for:
            return None
        try:
            page = self._fetch(max(look.place + 1, self._total - self._size.rows), self._size.rows)
        except ApiError as error:
            if error.kind not in ASK_FOR_LESS:
                raise
            self._is_more_known = True
            return None
        self._size.saw(len(page.rows))
        ids = self._ids_of(page)
        self._is_more_known = ids is None or any(look.last is None or id_ > look.last for id_ in ids)
        if self._is_more_known:
            return None
        if (page.total or 0) < self._total:  # rows have gone meanwhile
            return self._try_again(look.place)
        self._is_looked_for = True
        return None if is_little(self._total - look.place - len(look.ids), self._total) else Way.SHORT
