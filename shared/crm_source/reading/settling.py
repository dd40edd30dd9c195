"""When the records of a batch are taken for read: what became of their lists, and what the next sync has to look at."""

from collections.abc import Callable
from typing import Any

from crm_source.errors import ApiError
from crm_source.reading.batches import Batch
from crm_source.reading.coming_back import OnTheirWay
from crm_source.reading.level import Level
from crm_source.reading.refusals import OUT_OF_SIGHT, OUTAGES, Refusals
from crm_source.resources import Nested, parent_of
from crm_source.table import placeholders
from crm_source.walks.page import Row

MOST_UNTOLD = 20  # batches


class Settling:
    """The batches of one nested list that are read and still open in its ledger. Called with the lock of the tree.

    `root`: the field of the records that has the id of the one above all of them. `warn` is called with a sentence,
    `records` is told what becomes of their lists.
    """

    def __init__(
        self,
        resource: Nested,
        level: Level,
        root: str,
        warn: Callable[[str], None],
        records: OnTheirWay,
    ):
        self._resource = resource
        self._level = level
        self._root = root
        self._warn = warn
        self._records = records
        self._refusals = Refusals(parent_of(resource))
        self._out_of_sight: list[Any] = []
        self._later: list[Batch] = []  # lists that failed
        self._in_doubt: list[Batch] = []  # batches that are read, but for the last lists, which were all refused
        self._untold: list[Batch] = []  # batches with lists that were refused, of which nothing has been told

    @property
    def is_in_doubt(self) -> bool:
        """Whether the lists that were asked for last were all refused."""
        return self._refusals.are_in_doubt

    def open(self, batch: Batch) -> None:
        """The lists of these records are asked for."""
        self._level.ledger.open(batch.number, batch.name, batch.part)
        self._records.lists_begin(self._roots(batch))

    def list_was_read(self) -> None:
        self._refusals.was_read()
        self._settle()

    def list_was_refused(self, parent: Row, batch: Batch, error: ApiError) -> None:
        """The list of one record cannot be read. Raises ApiError when that is not only this record's.

        One that failed, and was not refused, is asked for once more when all others have been.
        """
        if error.kind in OUTAGES and not batch.is_second_try:
            self._refusals.has_failed(error, self.name_of(parent))
            later = Batch([parent], batch.name, batch.part, is_second_try=True)
            self.open(later)
            self._later.append(later)
            return
        batch.is_refused = True
        if error.kind in OUT_OF_SIGHT and self._resource.dates:  # else it is read again anyway
            self._out_of_sight.append(parent.get(self._root))
        self._refusals.was_refused(self.name_of(parent), error)

    def batch_was_read(self, batch: Batch) -> None:
        if batch.part is None:  # no state waits for it
            self._close([batch])
            return
        (self._untold if batch.is_refused else self._in_doubt).append(batch)
        self._settle()
        if len(self._untold) >= MOST_UNTOLD and not self.is_in_doubt:
            self._tell(f"{len(self._refusals.refused):,} lists so far cannot be read.")

    def again(self) -> list[Batch]:
        """The lists that are to be asked for once more, now that all others have been."""
        if not self._later or not self._refusals.are_worth_another():
            return []
        later, self._later = self._later, []
        return later

    @property
    def were_all_refused(self) -> bool:
        return bool(self._refusals.refused) and not self._refusals.read

    def was_refused(self, parent: Row) -> bool:
        return any(record == self.name_of(parent) for record, _ in self._refusals.refused)

    def end(self) -> None:
        """All lists have been asked for. Raises ApiError when none could be read."""
        text = self._refusals.at_end()
        self._settle()
        self._tell(text)

    def name_of(self, parent: Row) -> Any:
        """What a message calls the record."""
        fields = [name for name in placeholders(self._resource) if name in parent]
        return parent[fields[-1]] if fields else "?"

    def _tell(self, text: str) -> None:
        """Tell of lists that were refused: from then on they are taken for read."""
        if text:
            self._warn(text)
        missed, self._out_of_sight = [one for one in self._out_of_sight if one is not None], []
        self._records.have_missed(missed)
        self._close(self._untold)

    def _settle(self) -> None:
        """Take batches for read, unless all that was asked for lately was refused: that may not be these records."""
        if not self.is_in_doubt:
            self._close(self._in_doubt)

    def _close(self, batches: list[Batch]) -> None:
        """They are read. Forget them."""
        while batches:
            batch = batches.pop()
            self._level.ledger.close(batch.number)
            self._records.are_out(self._roots(batch), self._level)

    def _roots(self, batch: Batch) -> list[Any]:
        return [parent.get(self._root) for parent in batch.parents]
