"""A list that is asked for by place and changes between requests, and walks over it in turns."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from changing_lists.asks import ask
from crm_source.errors import ApiError, Kind, Verdict
from crm_source.walks.by_place import ByPlace
from crm_source.walks.page import Page, Row
from crm_source.walks.walk import Walk
from crm_source.walks.windows import Reach, Window, merged

T0 = datetime(2026, 1, 1, tzinfo=UTC)
WINDOW = Window(T0, T0 + timedelta(days=16))
PAGE = 8
TOP = 400  # ids that may join; those that are appended are higher


def failure(kind: Kind) -> ApiError:
    return ApiError(Verdict(kind, f"it is {kind.value}"), "s")


class Server:
    """A list of rows `{id}` in the order of `ids`. `before` is called before a request, and `during` when its answer
    is made but not there yet."""

    def __init__(self, ids: Sequence[Any]) -> None:
        self.ids = list(ids)
        self.gone: set[int] = set()
        self.asked: list[tuple[int, int]] = []
        self.reaches: set[Reach | None] = set()
        self.hidden: set[int] = set()  # of them, taken out after the page was cut
        self.tells_total = self.tells_more = True
        self.largest_page = 10**9
        self.size: Callable[[int], int] = lambda limit: limit
        self.weight: Callable[[int], int] = lambda rows: (
            rows
        )  # of so many that are shown, those that one answer can take
        self.before: Callable[[], None] = lambda: None
        self.during: Callable[[], None] = lambda: None

    def fetch(self, reach: Reach | None, place: int, limit: int) -> Page:
        self.before()
        self.asked.append((place, limit))
        self.reaches.add(reach)
        if limit > self.largest_page:
            raise failure(Kind.TRANSIENT)
        ids = self.ids[place : place + self.size(limit)]
        more, total = place + len(ids) < len(self.ids), len(self.ids) if self.tells_total else None
        shown = [id_ for id_ in ids if id_ not in self.hidden]
        shown = shown[: self.weight(len(shown))]
        self.during()
        return Page([{"id": id_} for id_ in shown], more and bool(ids) if self.tells_more else None, total=total)

    def delete(self, *ids: int) -> None:
        self.gone.update(ids)
        self.ids = [id_ for id_ in self.ids if id_ not in ids]

    def join(self, *ids: int) -> None:
        self.ids = sorted({*self.ids, *ids} - self.gone)

    def at_request(self, number: int, change: Callable[[], None]) -> None:
        """Change the list before that request, from 1."""
        self.before = lambda: change() if len(self.asked) == number - 1 else None


def ids_of(pages: Sequence[Sequence[Row]]) -> list[Any]:
    return [row["id"] for rows in pages for row in rows]


def read(walk: Walk) -> list[Any]:
    return ids_of(list(walk.pages()))


class Run:
    """Walks in progress over one list, each with what the state would say of it: what was left when it was last looked
    at, between two pages."""

    def __init__(self, server: Server, windows: Sequence[Window | None], limit: int = PAGE) -> None:
        self.walks: list[Walk] = []
        self.left: list[Window | None] = []
        self.pages: list[Iterator[list[Row]]] = []
        self.busy: set[int] = set()
        self.open: set[int] = set()
        self.out: list[Any] = []
        for window in windows:
            self._add(ByPlace(ask(server.fetch, limit, 2), window))

    def _add(self, walk: Walk) -> None:
        self.open.add(len(self.walks))
        self.walks.append(walk)
        self.left.append(walk.left)
        self.pages.append(walk.pages())

    @property
    def steppable(self) -> list[int]:
        return sorted(self.open - self.busy)

    @property
    def pending(self) -> tuple[Window, ...]:
        return merged([self.walks[n].bounded(left) for n in self.open if (left := self.left[n])])

    def step(self, number: int, splits: bool = False) -> None:
        self.busy.add(number)
        rows = next(self.pages[number], None)
        self.busy.discard(number)
        if rows is None:
            self.open.discard(number)
            return
        self.out += ids_of([rows])
        if self.left[number]:  # a ledger takes back nothing once nothing is left
            self.left[number] = self.walks[number].left
        if splits and (given := self.walks[number].split()):
            self.left[number] = self.walks[number].left
            self._add(given)

    def unread(self, ids: set[int]) -> set[int]:
        """Those that neither are out nor would be read by whoever goes on from the state."""
        within = [(window.after or 0, window.up_to or 10**9) for window in self.pending]
        return {id_ for id_ in ids.difference(self.out) if not any(low < id_ <= high for low, high in within)}
