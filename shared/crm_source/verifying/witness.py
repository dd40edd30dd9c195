"""What all answers have in common: their clock, and what they tell of the rate limit."""

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from crm_source.dates import FAR, sent_time
from crm_source.http.budget import Allowance
from crm_source.report import Report
from crm_source.verifying.findings import Look

HOUR = timedelta(hours=1)


class Witness(Report):
    """Hears what the engine would tell, and tells nothing of it; keeps the headers of all answers but refusals."""

    def __init__(self) -> None:
        super().__init__()
        self._here = threading.local()
        self._heard: list[tuple[datetime, Mapping[str, str]]] = []
        self._refusals: list[int] = []  # their status

    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        self._here.answers = self.answers_here + 1
        if 200 <= status < 300:
            self._heard.append((datetime.now(UTC), headers))
        else:
            self._refusals.append(status)

    def info(self, text: str) -> None:
        """Nothing: what there is to say comes in the table."""

    def warn(self, text: str) -> None:
        """Likewise."""

    @property
    def answers(self) -> int:
        return len(self._heard) + len(self._refusals)

    @property
    def answers_here(self) -> int:
        """Those to requests of this thread."""
        found: int = getattr(self._here, "answers", 0)
        return found

    def clock(self) -> Look:
        sent = [(ours, sent_time(headers)) for ours, headers in self._heard]
        without = sum(theirs is None for _, theirs in sent)
        off = [theirs - ours for ours, theirs in sent if theirs is not None and abs(theirs - ours) > FAR]
        if off:
            farthest = max(off, key=abs) / HOUR
            what = f"{len(off):,} of {len(sent):,} answers tell a time that is up to {farthest:+,.0f} hours off ours"
        elif without:
            what = f"{without:,} of {len(sent):,} answers tell no time that can be read"
        else:
            return Look("clock", True)
        return Look("clock", False, what)

    def limits(self, allowance_in: Callable[[Mapping[str, str]], Allowance | None]) -> Look:
        told = [allowance_in(headers) for _, headers in self._heard]
        without = sum(one is None for one in told)
        odd = sum(one is not None and not one.is_sound for one in told)
        if odd:
            return Look("rate limit", False, f"{odd:,} of {len(told):,} answers tell what cannot be of the rate limit")
        if without:
            what = f"{without:,} of {len(told):,} answers tell nothing of the rate limit that can be read"
            return Look("rate limit", False, what)
        return Look("rate limit", True)
