"""Lists below records that cannot be read: when that costs one record's list, and when it is the whole stream."""

from dataclasses import dataclass, field
from typing import Any

from crm_source.errors import NEXT_SYNC, ApiError, Kind, Verdict

IN_A_ROW = 10  # records whose lists are refused or gone, one after the other: it is not these records
AT_THE_END = 5  # likewise, with no list after them that could be read
FAILED_IN_A_ROW = 5  # records whose lists fail although they were asked for again and again
OUT_OF_SIGHT = (Kind.GONE, Kind.FORBIDDEN)
OF_ONE_RECORD = (*OUT_OF_SIGHT, Kind.SKIPPED)
PASSING = (Kind.TRANSIENT, Kind.HEAVY, Kind.THROTTLED)  # which may be over in a while
OUTAGES = (*PASSING, Kind.POISONED, Kind.SHAPE)  # an outage answers 500 and other shapes, too
FAILED = (*OUTAGES, Kind.STUCK, Kind.OURS)
NAMED = 5  # records in a message


@dataclass
class Refusals:
    """What became of the lists of the records so far. Not safe to use from many threads."""

    parent: str  # the stream of the records
    read: int = 0
    refused: list[tuple[Any, ApiError]] = field(default_factory=list)
    failed: list[tuple[Any, ApiError]] = field(default_factory=list)  # and not asked for again yet
    _in_a_row: list[ApiError] = field(default_factory=list)
    _failed_in_a_row: int = 0

    @property
    def are_in_doubt(self) -> bool:
        """Whether the lists that were asked for last were all refused."""
        return bool(self._in_a_row)

    def was_read(self) -> None:
        self.read += 1
        self._failed_in_a_row = 0
        self._in_a_row.clear()

    def has_failed(self, error: ApiError, record: Any = None) -> None:
        """The list of one record failed, and may be asked for again. Raises the error when others fail as well."""
        self.failed.append((record, error))
        self._failed_in_a_row += 1
        if self._failed_in_a_row >= FAILED_IN_A_ROW:
            self._in_a_row.append(error)
            raise self._of_all(f"those of {self._failed_in_a_row} records of {self.parent} in a row fail")

    def are_worth_another(self) -> bool:
        """Whether lists that failed are to be asked for again: not when none was read, and no failure passes."""
        failed, self.failed = self.failed, []
        if self.read or any(error.kind in PASSING for _, error in failed):
            return True
        self.refused += failed
        return False

    def was_refused(self, record: Any, error: ApiError) -> None:
        """The list of one record cannot be read. Raises the error when it is not only that of this record."""
        if error.kind not in OF_ONE_RECORD + FAILED:
            raise error
        self.refused.append((record, error))
        self._in_a_row.append(error)
        most = IN_A_ROW if all(one.kind in OF_ONE_RECORD for one in self._in_a_row) else FAILED_IN_A_ROW
        if len(self._in_a_row) >= most:
            raise self._of_all(f"those of {len(self._in_a_row)} records of {self.parent} in a row cannot be read")

    def at_end(self) -> str:
        """What to tell when all lists have been asked for; empty: nothing. Raises ApiError when none could be read."""
        if not self.refused:
            return ""
        if not self.read:
            raise self._of_all(f"none of {len(self.refused)} lists below {self.parent} can be read")
        if len(self._in_a_row) >= AT_THE_END:
            raise self._of_all(f"those of the last {len(self._in_a_row)} records of {self.parent} cannot be read")
        self._in_a_row.clear()
        ids = ", ".join(str(record) for record, _ in self.refused[:NAMED])
        more = ", ..." if len(self.refused) > NAMED else ""
        return (
            f"{len(self.refused):,} of {self.read + len(self.refused):,} records of {self.parent} ({ids}{more}) are "
            "without what belongs to them; it is tried again when they change, and in a full refresh. The first said: "
            f"{self.refused[0][1].verdict.message.removesuffix(NEXT_SYNC)}"
        )

    def _of_all(self, why: str) -> ApiError:
        first = (self._in_a_row or [error for _, error in self.refused])[0]
        said = f"The first said: {first.verdict.message}"
        message = f"{why}, so what is left of them is tried again in the next sync. {said}"
        return ApiError(Verdict(first.kind, message), first.stream)
