"""What an honest server gives: the catalog, and how many requests a first read of each list takes."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from connector import Json, configured
from liar.lists import LISTS, MORE
from liar.process import run
from simulators.liar import DIALECTS, Liar
from vendors import VENDORS, Vendor

VENDOR = {vendor.name: vendor for vendor in VENDORS}
DELETIONS = "deletions"


@dataclass(frozen=True)
class Account:
    """An account of a vendor, and how it is read. `plateau`: so many rows of each large list share one date.
    Each list has some dozens of rows, or some hundreds."""

    vendor: str
    number: int = 1
    plateau: int = 0
    page: int = 10
    workers: int = 3
    is_large: bool = False

    def simulator(self) -> Any:
        """Its clock is near ours, as servers' clocks are, and stays so while the tests let time pass."""
        vendor = VENDOR[self.vendor]
        rows = {**vendor.few, **MORE[self.vendor], **(vendor.many if self.is_large else {})}
        return vendor.simulator(
            self.number, start=datetime.now(UTC).replace(microsecond=0), plateau=self.plateau, **rows
        )

    def config(self, sim: Any, url: str) -> Json:
        config = VENDOR[self.vendor].config(sim, url)
        return {**config, "pagination_max": self.page, "num_workers": self.workers}


@dataclass(frozen=True)
class Honest:
    """`streams` is the catalog; `requests` has how many a list takes, by its name."""

    streams: Mapping[str, Json]
    requests: Mapping[str, int]


@cache
def honest(account: Account) -> Honest:
    """Raises AssertionError when the connector cannot even read an honest server."""
    vendor: Vendor = VENDOR[account.vendor]
    sim = account.simulator()
    liar = Liar(sim, DIALECTS[account.vendor](), [one.target for one in LISTS[account.vendor]], [])
    with liar.serve() as url:
        config = account.config(sim, url)
        streams = run(vendor.script, "discover", config).streams
        liar.reset()
        wanted = [*(one.stream for one in LISTS[account.vendor]), DELETIONS]
        output = run(vendor.script, "read", config, configured(streams[name] for name in wanted))
        assert set(output.statuses.values()) == {"COMPLETE"}, output.errors
        return Honest(streams, Counter(liar.requests))
