"""Marks of rows in and below records, once all lists of a tree have been read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from crm_source.dates import instant_or_none
from crm_source.deletions.contents import Contents, Gone
from crm_source.deletions.id_sets import unpacked
from crm_source.deletions.inventory import Inventory
from crm_source.deletions.marks import Marks
from crm_source.reading.endings import Ending
from crm_source.reading.level import Level
from crm_source.reading.partitions import ReadingPartition
from crm_source.reading.record_pages import PageItem
from crm_source.walks.page import Row

ROWS = 100  # a page


class Closing:
    """The end of one tree of lists. `after`: what has to be over before it begins."""

    def __init__(self, levels: Sequence[Level], inventories: Mapping[str, Inventory], marked: Iterable[Ending]):
        self._listed = [
            (one.marks, inventories[one.name]) for level in levels for one in level.node.streams if one.marks
        ]
        self._levels = {one.name: level for level in levels for one in level.node.streams if one.contents}
        self._selected = {one.name: one for level in levels for one in level.node.streams}
        self._contents = _upper_first(one.contents for level in levels for one in level.node.streams if one.contents)
        self._after = Ending.of_all([*(level.ending for level in levels), *marked])
        self._is_over = Ending()

    def partition(self, name: str) -> ReadingPartition:
        """What keeps a stream that has such rows open until then. That of the first one does the work."""
        if name == next(iter(self._contents)):
            return ReadingPartition(name, self._rows, after=self._after)
        return ReadingPartition(name, lambda: (), after=self._is_over)

    def _rows(self) -> Iterator[PageItem]:
        try:
            complete = {name: one for name, one in self._contents.items() if not self._levels[name].ending.error}
            for marks, inventory in self._listed:
                if inventory.listed is not None:
                    self._look_at_records(marks, complete.values())
            for name, one in complete.items():
                gone = one.gone()
                self._go_below(one, gone, complete)
                yield from self._pages(name, one, gone)
            for name in complete:
                self._levels[name].checkpoint(name)
        finally:
            self._is_over.end(None)

    @staticmethod
    def _look_at_records(marks: Marks, contents: Iterable[Contents]) -> None:
        """What the ids that are known, now that those that have gone are marked, say of the rows in their records."""
        below = [one for one in contents if one.resource.parent == marks.resource.name]
        if below:
            state = marks.state()
            ids = {one for text in state.get("known", {}).values() for one in unpacked(text)}
            for one in below:
                one.records_are(ids, instant_or_none(state.get("marked_to")))

    @staticmethod
    def _go_below(one: Contents, gone: Iterable[Gone], contents: Mapping[str, Contents]) -> None:
        """With a row go all that are in it or below it."""
        for below in contents.values():
            if below.resource.parent == one.resource.name:
                for each in gone:
                    below.record_is_gone(one.key_of(each)[below.link.id], one.cursor_of(each))

    def _pages(self, name: str, one: Contents, gone: Iterable[Gone]) -> Iterator[PageItem]:
        keeps = self._selected[name].keeps
        marks = (_with(one.mark(each), keeps) for each in gone)
        while page := list(islice(marks, ROWS)):
            yield from one.pages.counted(self._levels[name].tree.output.pages(name, page))


def _with(row: Row, keeps: frozenset[str] | None) -> Row:
    return row if keeps is None else {name: value for name, value in row.items() if name in keeps}


def _upper_first(contents: Iterable[Contents]) -> dict[str, Contents]:
    found = {one.resource.name: one for one in contents}

    def depth(one: Contents) -> int:
        above = found.get(one.resource.parent)
        return 1 + depth(above) if above else 0

    return dict(sorted(found.items(), key=lambda item: depth(item[1])))
