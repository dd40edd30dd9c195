"""A start date leaves old rows out, but not those that other records refer to."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from acme import AcmeSource, Server, config, read, source
from acme.server import day

from crm_source.dates import instant, text_of
from crm_source.resources import Listed

DATED = ["customers", "customer_emails"]
STARTING = config(start_date=text_of(day(50))[:10])


@pytest.fixture
def _referred_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Customers are such records."""
    changed = [
        replace(one, ignores_start=True) if isinstance(one, Listed) and one.name == "customers" else one
        for one in source.RESOURCES
    ]
    monkeypatch.setattr(source, "RESOURCES", tuple(changed))


def changed_since(server: Server, number: float) -> set[Any]:
    return {row["id"] for row in server.lists["/customers"] if instant(row["_meta"]["updatedAt"]) >= day(number)}


def test_rows_from_before_the_start_date_are_not_read() -> None:
    server = Server()
    output = read(AcmeSource(server), DATED, settings=STARTING)
    assert set(output.ids("customers")) == changed_since(server, 50)
    assert len(changed_since(server, 50)) < 20


@pytest.mark.usefixtures("_referred_to")
def test_rows_that_others_refer_to_are_read_however_old() -> None:
    server = Server()
    output = read(AcmeSource(server), DATED, settings=STARTING)
    assert set(output.ids("customers")) == set(range(1, 21))
    assert {row["customer_id"] for row in output.records("customer_emails")} == {n for n in range(1, 21) if n % 3}


@pytest.mark.usefixtures("_referred_to")
def test_what_is_inside_such_rows_is_as_old() -> None:
    server = Server()
    output = read(AcmeSource(server), ["customer_emails", "customer_notes"], settings=STARTING)
    assert {row["customer_id"] for row in output.records("customer_emails")} == {n for n in range(1, 21) if n % 3}
    assert {row["customer_id"] for row in output.records("customer_notes")} == set(range(1, 21))


@pytest.mark.usefixtures("_referred_to")
def test_a_state_counts_for_such_rows_all_the_same() -> None:
    server = Server()
    states = {"customers": {"updatedAt": text_of(day(70))}}
    output = read(AcmeSource(server), ["customers"], states, STARTING)
    assert set(output.ids("customers")) == changed_since(server, 70)


@pytest.mark.usefixtures("_referred_to")
def test_the_start_date_still_counts_for_the_others() -> None:
    server = Server(orders=100)
    output = read(AcmeSource(server), ["customers", "orders"], settings=STARTING)
    assert set(output.ids("orders")) == set(range(50, 101))
    assert len(output.ids("customers")) == 20
