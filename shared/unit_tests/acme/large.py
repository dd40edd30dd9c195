"""Acme with many large customers, made when they are asked for: `python large.py CUSTOMERS NOTES read ...`,
with so many notes of each. It says its peak memory on stderr.

The lists below them are slower than they are, as they are everywhere: one request each.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

sys.path.insert(0, str(Path(__file__).parents[1]))

from measured import peak

from acme.server import START, Server
from acme.source import RESOURCES, AcmeSource
from crm_source.cli import launch
from crm_source.dates import text_of
from crm_source.resources import Dates, Nested, Resource
from crm_source.walks.page import Row
from crm_source.walks.windows import Window

PAGE = 1000
ROW = orjson.dumps({f"field_{number}": f"a text of some length, {number}" for number in range(60)})  # 3 kB
NOTES_TAKE = 0.0002  # seconds


class Large(Server):
    def __init__(self, customers: int, notes: int) -> None:
        super().__init__(customers=0)
        self.count = customers
        self.notes = Alike(notes)

    def by_id(
        self, path: str, window: Window | None, after: int, up_to: int | None
    ) -> tuple[list[Row], int, int | None]:
        last = min(after + PAGE, self.count if up_to is None else up_to)
        meta = {"updatedAt": text_of(START)}
        rows = [orjson.loads(ROW) | {"id": number, "_meta": meta} for number in range(after + 1, last + 1)]
        return rows, self.count, self.count

    def take(self, path: str, **params: Any) -> None:
        if path == "/notes":
            time.sleep(NOTES_TAKE)


class Alike(dict[int, list[Row]]):
    """Every customer has so many notes."""

    def __init__(self, notes: int) -> None:
        super().__init__()
        self.each = notes

    def __contains__(self, customer: object) -> bool:
        return True

    def __missing__(self, customer: int) -> list[Row]:
        return [{"id": customer * self.each + number} for number in range(self.each)]


class LargeSource(AcmeSource):
    @property
    def resources(self) -> Sequence[Resource]:
        """With notes that have the date of their customer, and so a state."""
        keys = {"customer_id": "id", "customer_changed": "_meta.updatedAt"}
        dated = Nested(
            "customer_notes", "/customers/{id}/notes", parent="customers", keys=keys, dates=Dates("customer_changed")
        )
        return [dated if one.name == dated.name else one for one in RESOURCES]


def main(args: Sequence[str]) -> None:
    launch(LargeSource(Large(int(args[0]), int(args[1]))), args[2:])
    print(peak(), file=sys.stderr)


if __name__ == "__main__":
    from acme import large  # a source finds its spec by the package it is in

    large.main(sys.argv[1:])
