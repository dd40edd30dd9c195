"""How one list is asked for."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm_source.errors import ApiError, Kind, Verdict
from crm_source.walks.page import Page, Row
from crm_source.walks.sizes import PageSize

MOST_SKIPPED = 50  # rows of one walk; with more of them it is not the rows

MOST_ODD = 10_000  # what is no row is remembered so often


@dataclass(frozen=True)
class Ask:
    """How one list is asked for; a walk and its halves share it.

    `key` is the field that names a row ("" where rows have none), `version` one by which a row that has changed differs
    from what it was. `keep` leaves out rows that were not asked for, where the vendor ignores the window. `on_skip` is
    told of each row that cannot be sent (in words, and why), `on_odd` of rows that are no objects or have no key,
    `on_note` of what the server does that the reader should know. `short_is_hint`: without a count, a short page that
    does not look cut off is taken for the last; for lists that are so many that one more request each is too much.
    `is_filtered`: the list is part of a longer one by its parameters, which the server's count need not follow.
    `dated_by`: the path of the date that a window bounds, where rows show it.
    """

    fetch: Callable[..., Page]
    size: PageSize
    key: str = "id"
    version: str = ""
    keep: Callable[[Row], bool] = lambda row: True
    on_skip: Callable[[str, ApiError], None] = lambda row, error: None
    on_odd: Callable[[int], None] = lambda rows: None
    on_note: Callable[[str], None] = lambda text: None
    short_is_hint: bool = False
    is_filtered: bool = False
    dated_by: str = ""
    skipped: list[str] = field(default_factory=list)  # rows, of the walk and its halves
    odd: dict[int, int] = field(
        default_factory=dict
    )  # rows that are none: what they hold, and the most of it in a page

    def rows_of(self, page: Page) -> list[Row]:
        """The rows that are rows: objects, with their key."""
        rows = [row for row in page.rows if row.__class__ is dict and (not self.key or row.get(self.key) is not None)]
        if len(rows) < len(page.rows) and (new := self._new_odd(page.rows, rows)):
            self.on_odd(new)
        return rows

    def _new_odd(self, found: Sequence[Any], rows: Sequence[Row]) -> int:
        """How many of those that are no rows have not come before: pages overlap, and are asked for again."""
        good, new = set(map(id, rows)), 0
        for look, count in Counter(hash(repr(row)) for row in found if id(row) not in good).items():
            new += max(count - self.odd.get(look, 0), 0)
            if look in self.odd or len(self.odd) < MOST_ODD:
                self.odd[look] = max(count, self.odd.get(look, 0))
        return new

    def keys_of(self, rows: Iterable[Row]) -> list[Any]:
        return [row.get(self.key) for row in rows]

    def skip(self, row: str, error: ApiError) -> None:
        """Leave out a row that cannot be sent. Raises the error when there are too many for it to be the rows."""
        self.skipped.append(row)
        if len(self.skipped) > MOST_SKIPPED:
            raise ApiError(Verdict(Kind.TRANSIENT, error.verdict.message), error.stream) from error
        self.on_skip(row, error)
