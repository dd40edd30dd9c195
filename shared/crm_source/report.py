"""What a person sees of a long read: a line a stream at least every minute, never silence."""

import logging
import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from crm_source.door.texts import shown
from crm_source.http.decoding import Repairs

LOGGER = logging.getLogger("airbyte")
NO_DIGITS = str.maketrans("", "", "0123456789,.")


NAMED = 50  # rows of a stream that are told one by one
MOST_NAMES = 20  # fields of a stream that are named
MISFIT = re.compile(r" \((string|integer|number|boolean|array|object)\)$")  # as columns.odd_fields has them


@dataclass
class Tally:
    """What one stream has done so far.

    `skipped`: rows that the vendor cannot send, as far as they are known. `odd`: rows that are no objects or have no
    key, which are left out. `undated`: rows without a date of change that can be read, which come out all the same.
    `odd_fields`: fields that no schema knows. `unfit`: values left out as they have no form in their column's type, by
    the column's name and type; `examples`: the first of each. `nuls`: characters U+0000 that were taken out.
    """

    pages: int = 0
    rows: int = 0
    skipped: list[str] = field(default_factory=list)
    odd: int = 0
    undated: int = 0
    odd_fields: set[str] = field(default_factory=set)
    unfit: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    nuls: int = 0
    notes: set[str] = field(default_factory=set)
    done: bool = False


class Report:
    """Counts, and tells. Safe to use from many threads: each count is only approximately up to date.

    `has_large`: whether an answer had integers that may be too large for a column. It is set before anybody has the
    rows of that answer.
    """

    def __init__(self, interval: float = 30):
        self._interval = interval
        self._tallies: dict[str, Tally] = {}
        self._waited = 0.0
        self.has_large = False
        self._stop = threading.Event()

    def tally(self, stream: str) -> Tally:
        return self._tallies.setdefault(stream, Tally())

    def wait(self, seconds: float) -> None:
        """Somebody is about to wait, for the rate limit or before another try."""
        self._waited += seconds

    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        """The server has answered something. Nothing is told of that."""

    def info(self, text: str) -> None:
        LOGGER.info(text)

    def warn(self, text: str) -> None:
        LOGGER.warning(text)

    def note(self, stream: str, text: str) -> None:
        """What the vendor does that the reader should know; once a stream, not once a page."""
        notes = self.tally(stream).notes
        kind = text.translate(NO_DIGITS)
        if kind not in notes:
            notes.add(kind)
            self.warn(f"Stream {stream}: {text}")

    def skipped_row(self, stream: str, row: str, why: str) -> None:
        """A row that cannot be sent is left out: it is told, and counted at the end."""
        skipped = self.tally(stream).skipped
        skipped.append(row)
        if len(skipped) <= NAMED:
            self.warn(f"Stream {stream} is without the row {row}: {why}")

    def odd_rows(self, stream: str, rows: int) -> None:
        """Rows that are no objects, or have no key, are left out."""
        self.tally(stream).odd += rows

    def before_state(self, stream: str) -> None:
        """A state is about to go past what was read: who is killed after it has told what was left out."""
        tally = self.tally(stream)
        if tally.odd and not tally.done:
            self.note(stream, f"{tally.odd:,} rows so far were left out, because they are not objects or have no key.")

    def saw_odd_fields(self, stream: str, names: list[str]) -> None:
        if names:
            self.tally(stream).odd_fields.update(names)

    def left_out_value(self, stream: str, column: str, value: object) -> None:
        """A value of a record was left out: nothing of the column's type can stand for it."""
        tally = self.tally(stream)
        tally.unfit[column] += 1
        if column not in tally.examples:
            tally.examples[column] = shown(value)

    def repaired(self, stream: str, repairs: Repairs) -> None:
        """What was done to an answer before anybody has its rows."""
        self.has_large = self.has_large or repairs.has_large
        if repairs.nuls or repairs.no_numbers:
            self.tally(stream).nuls += repairs.nuls
            for name, text in repairs.no_numbers:
                self.left_out_value(stream, f"{name} (number)", text)

    def finish(self, stream: str) -> None:
        """The stream is over: tell once what was odd about it."""
        tally = self.tally(stream)
        if tally.done:
            return
        tally.done = True
        if tally.skipped:
            self.warn(
                f"Stream {stream} is without {len(tally.skipped):,} rows that the vendor fails to send. They come when "
                "they change and can be sent, and with a full refresh."
            )
        if tally.odd:
            self.warn(
                f"Stream {stream}: {tally.odd:,} rows were left out, because they are not objects or have no key."
            )
        if tally.undated:
            self.info(f"Stream {stream}: {tally.undated:,} rows have no date of change that can be read.")
        if tally.odd_fields:
            self.info(_drift(stream, tally.odd_fields))
        if tally.unfit:
            names = ", ".join(
                f"{count:,} of {column}, such as {tally.examples[column]}"
                for column, count in tally.unfit.most_common(MOST_NAMES)
            )
            self.warn(f"Stream {stream}: values were left out, as they are not of their column's type: {names}.")
        self._tell_nuls(stream, tally)

    def _tell_nuls(self, stream: str, tally: Tally) -> None:
        if tally.nuls:
            self.info(
                f"Stream {stream}: {tally.nuls:,} NUL characters (U+0000) were taken out of its texts, as most "
                "destinations cannot hold them."
            )

    @contextmanager
    def running(self) -> Iterator[None]:
        """Log the lines for as long as the block runs."""
        thread = threading.Thread(target=self._tell, name="progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()
            for stream, tally in self._tallies.items():
                if not tally.done and stream:  # lists that are read for the sake of other streams
                    self._tell_nuls(stream, tally)

    def _tell(self) -> None:
        while not self._stop.wait(self._interval):
            waits = f", waited {self._waited:,.0f} s for the rate limit and for retries" if self._waited else ""
            for stream, tally in list(self._tallies.items()):
                if not tally.done:
                    self.info(f"Reading stream {stream}: {tally.pages:,} pages, {tally.rows:,} rows so far{waits}.")


def _drift(stream: str, odd: set[str]) -> str:
    """Names only, so that it can be an issue as it is."""
    misfits = sorted(name for name in odd if MISFIT.search(name))
    unknown = sorted(odd - set(misfits))
    told = [("fields that no schema knows", unknown), ("values that do not fit their column", misfits)]
    parts = "; ".join(f"{what}: {_listed(names)}" for what, names in told if names)
    comes = " The records have the fields all the same." if unknown else ""
    fits = " Such values are made to fit, or left out." if misfits else ""
    return (
        f"Stream {stream} has {parts}.{comes}{fits} Refresh the source's schema: custom fields then get "
        "columns. If this comes again, the connector does not know these fields: please open an issue with this line, "
        "which has only names."
    )


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more
