"""Rows that were deleted or hidden, and are there again as old as they were: in their streams, and in `deletions`."""

import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from connector import Json, Output
from crm_source.resources import MARK
from marked_tables import MarkedTables
from simulated_account import HOUR, Account
from vendors import VENDORS, Vendor

pytestmark = pytest.mark.usefixtures("impatient")
DOCS = Path(__file__).parents[1] / "docs" / "deletions.md"
STREAMS = {
    "closeio": ("leads", "contacts", "contact_emails", "tasks", "note_activities"),
    "connectwise": ("tickets", "ticket_notes", "contacts"),
    "insightly": ("contacts", "opportunities", "opportunity_state_history", "Fruit__c"),
}


AWAY = {"closeio": {"leads": 3}, "connectwise": {"tickets": 3}, "insightly": {"contacts": 3, "opportunities": 2}}


class Away:
    """Some rows that go out of sight, and come back."""

    def __init__(self, vendor: Vendor, sim: Any):
        self._vendor = vendor
        self._sim = sim
        self.rows = {name: sim.ids(vendor.tables[name])[place] for name, place in AWAY[vendor.name].items()}

    def go(self) -> None:
        for name, id_ in self.rows.items():
            self._vendor.hide(self._sim, self._vendor.tables[name], id_)

    def come(self) -> None:
        for name, id_ in self.rows.items():
            self._vendor.show(self._sim, self._vendor.tables[name], id_)


@pytest.fixture(params=VENDORS, ids=lambda one: one.name)
def vendor(request: pytest.FixtureRequest) -> Vendor:
    found: Vendor = request.param
    return found


@pytest.fixture
def account(vendor: Vendor) -> Iterator[Account]:
    sim = vendor.simulator(11, **{**vendor.few, **({"notes": 20} if vendor.name == "closeio" else {})})
    with sim.serve() as url:
        config = {**vendor.config(sim, url), "deleted_rows": "both"}
        found = Account(vendor.source, sim, url, config, {})
        yield Account(vendor.source, sim, url, config, found.discover())


def equal(vendor: Vendor, account: Account, tables: MarkedTables) -> None:
    """The tables have the rows of the account; dates of rows that are back may be later."""
    for name in STREAMS[vendor.name]:
        if name in vendor.tables:
            expected = set(vendor.expected(account.sim, name))
            held = {vendor.key(name, row) for row in tables.rows(name)}
            if MARK not in account.streams[name]["json_schema"]["properties"]:
                held &= expected
            assert held == expected, name


def begun(vendor: Vendor, account: Account, is_soft: bool) -> tuple[Sequence[str], MarkedTables, Away]:
    """The streams, empty tables for them, and rows that can go."""
    names = STREAMS[vendor.name]
    return names, MarkedTables({name: account.streams[name] for name in names}, is_soft), Away(vendor, account.sim)


@pytest.mark.parametrize("is_soft", [False, True], ids=["hard", "soft"])
def test_what_is_back_is_in_the_tables_with_what_lives_on_it(vendor: Vendor, account: Account, is_soft: bool) -> None:
    names, tables, away = begun(vendor, account, is_soft)
    for act in (None, away.go, away.come, away.go, away.come, None):
        account.wait()
        if act:
            act()
        account.wait(60)
        tables.load(account.sync(*names, "deletions"))
        equal(vendor, account, tables)
    assert not any(account.sync(*names, "deletions").records.get(name) for name in away.rows)


def test_what_went_and_is_back_before_the_next_sync_stays(vendor: Vendor, account: Account) -> None:
    names, tables, away = begun(vendor, account, is_soft=True)
    tables.load(account.sync(*names))
    account.wait(60)
    away.go()
    account.wait(10)
    away.come()
    account.wait(60)
    tables.load(account.sync(*names))
    equal(vendor, account, tables)


def test_a_change_after_a_row_is_back_arrives(vendor: Vendor, account: Account) -> None:
    names, tables, away = begun(vendor, account, is_soft=True)
    tables.load(account.sync(*names))
    for act in (away.go, away.come):
        account.wait()
        act()
        account.wait(60)
        tables.load(account.sync(*names))
    chance = random.Random(1)
    for _ in range(60):
        account.wait(2)
        vendor.mutate(account.sim, chance)
    account.wait(60)
    tables.load(account.sync(*names))
    equal(vendor, account, tables)
    for name, id_ in away.rows.items():
        expected = vendor.expected(account.sim, name)
        held = {vendor.key(name, row): vendor.comparable(row) for row in tables.rows(name)}
        assert held.keys() == expected.keys()
        assert all(held[key] == row for key, row in expected.items() if key != id_)


def test_the_sql_of_the_page_follows_rows_that_come_and_go(vendor: Vendor, account: Account) -> None:
    away = Away(vendor, account.sim)
    stream = next(iter(away.rows))
    loads = Loads(stream)
    for act in (None, away.go, away.come, None, away.go, away.come):
        if act:
            account.wait()
            act()
        account.wait(60)
        loads.load(vendor, account.sync(stream, "deletions", deleted_rows="table"))
        there = {str(one) for one in account.sim.ids(vendor.tables[stream])}
        assert loads.seen(vendor) == there
        loads.delete(vendor)
        assert loads.held() == there


class Loads:
    """Tables of a stream and of `deletions` as a destination that deduplicates keeps them."""

    def __init__(self, stream: str):
        self._stream = stream
        self._database = duckdb.connect()
        extracted = "_airbyte_extracted_at BIGINT"
        self._database.execute(f"CREATE TABLE {stream} (id VARCHAR PRIMARY KEY, {extracted})")
        self._database.execute(
            "CREATE TABLE deletions (key VARCHAR PRIMARY KEY, stream VARCHAR, id VARCHAR, object_id VARCHAR, "
            f"action VARCHAR, date_updated TIMESTAMPTZ, revoked_at TIMESTAMPTZ, {extracted})"
        )

    def load(self, vendor: Vendor, output: Output) -> None:
        assert set(output.statuses.values()) == {"COMPLETE"}, output.errors
        for message in output.of("RECORD"):
            record = message["record"]
            row, at = record["data"], record["emitted_at"]
            if record["stream"] == self._stream:
                self._put(self._stream, str(vendor.key(self._stream, row)), at)
            elif record["stream"] == "deletions":
                self._put("deletions", *_deletion(row), at)

    def _put(self, table: str, *values: Any) -> None:
        self._database.execute(f"INSERT OR REPLACE INTO {table} VALUES ({', '.join('?' * len(values))})", values)

    def held(self) -> set[str]:
        return {id_ for (id_,) in self._database.execute(f"SELECT id FROM {self._stream}").fetchall()}

    def delete(self, vendor: Vendor) -> None:
        self._database.execute(self._sql(vendor, "DELETE"))

    def seen(self, vendor: Vendor) -> set[str]:
        """The rows of the view."""
        self._database.execute(self._sql(vendor, "CREATE VIEW").replace("CREATE VIEW", "CREATE OR REPLACE VIEW"))
        return {id_ for (id_,) in self._database.execute(f"SELECT id FROM {self._stream}_now").fetchall()}

    def _sql(self, vendor: Vendor, begins: str) -> str:
        """The statement of the page, for this stream in place of the one that it is written for."""
        found = [one for one in re.findall(r"```sql\n(.*?)```", DOCS.read_text(), re.DOTALL) if "deletions" in one]
        (sql,) = [one for one in found if one.startswith(begins) and ("object_id" in one) is (vendor.name == "closeio")]
        return (
            re.sub(r"\b(contacts|leads)\b", self._stream, sql)
            .replace("contacts_now", f"{self._stream}_now")
            .replace("leads_now", f"{self._stream}_now")
        )


def _deletion(row: Json) -> tuple[Any, ...]:
    key = row["id"] if "object_id" in row else f"{row['stream']} {row['id']}"
    id_ = None if "object_id" in row else str(row["id"])
    return (
        key,
        row.get("stream"),
        id_,
        row.get("object_id"),
        row.get("action"),
        row.get("date_updated"),
        row.get("revoked_at"),
    )


def test_restored_objects_are_told_by_the_table_of_close() -> None:
    vendor = VENDORS[0]
    sim = vendor.simulator(11, **vendor.few)
    with sim.serve() as url:
        config = vendor.config(sim, url)
        found = Account(vendor.source, sim, url, config, Account(vendor.source, sim, url, config, {}).discover())
        found.sync("deletions")
        found.wait()
        task = sim.ids("task")[0]
        sim.delete("task", task)
        sim.create("task", {"_type": "lead"})
        found.wait(HOUR)
        sim.restore(task)
        found.wait(60)
        rows = found.sync("deletions").records["deletions"]
        assert [(row["object_id"], row["action"]) for row in rows][::-1] == [(task, "deleted"), (task, "restored")]
