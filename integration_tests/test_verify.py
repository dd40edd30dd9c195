"""`verify` of accounts whose servers do what the sources rely on, and of servers that lie: it names the lie."""

import json
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import pytest

from connector import Json, files, script
from liar.honest import VENDOR, Account
from liar.lists import LISTS, Listed
from liar.plan import Lying
from simulators.liar import DIALECTS, LIES, Liar, Lie
from vendors import VENDORS, Vendor
from verifying import Verified, verify, verify_process

by_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
MOST = 3  # requests a list, on average
LIST = {vendor: next(one.stream for one in lists if one.is_plain) for vendor, lists in LISTS.items()}
MARK = "planted-7f3a"

pytestmark = pytest.mark.usefixtures("unpaced")


@by_vendor
def test_of_an_honest_server_everything_is_as_relied_upon(vendor: Vendor) -> None:
    account = Account(vendor.name, page=200)
    sim = account.simulator()
    with sim.serve() as url:
        sim.reset_requests()
        found = verify(vendor.name, account.config(sim, url))
        assert (found.exit_code, found.all_differing, found.server) == (0, {}, {})
        assert not sim.violations
        lists = [one for one in found.report["streams"] if one["requests"]]
        assert len(lists) > 40
        assert all(one["requests"] <= 6 for one in lists), [one for one in lists if one["requests"] > 6]
        assert sim.request_count == found.report["answers"]
        assert sim.request_count <= MOST * len(lists)


@dataclass
class Lied:
    """What verify says of an account in which a lie is told, and the list that it is told of."""

    listed: Listed
    found: Verified
    hits: int

    @property
    def differing(self) -> dict[str, str]:
        return {**self.found.differing(self.listed.stream), **self.found.server}


def lied(vendor: str, stream: str, lie: Lie, victim: Any = None) -> Lied:
    account = Account(vendor, page=10)
    sim = account.simulator()
    listed = next(one for one in LISTS[vendor] if one.stream == stream)
    told = Lying(lie, listed).told(sim, vendor)
    told.victim = victim if victim is not None else told.victim
    liar = Liar(sim, DIALECTS[vendor](), [one.target for one in LISTS[vendor]], [told])
    with liar.serve() as url:
        found = verify(vendor, account.config(sim, url), [stream, *(one for one in listed.needs if one != "events")])
    return Lied(listed, found, told.hits)


def told() -> Iterator[tuple[str, str, str, int, str]]:
    """Vendor, list, lie, its variant, and the look that names it."""
    dated = {"closeio": ("leads", "opportunities", "events"), "connectwise": ("tickets",), "insightly": ("contacts",)}
    sorted_ = {"closeio": ("leads", "opportunities"), "connectwise": ("tickets",), "insightly": ("contacts",)}
    placed = {
        "closeio": ("opportunities", "events"),
        "connectwise": ("tickets", "ticket_notes", "ticket_all_notes"),
        "insightly": ("contacts",),
    }
    counted = {"closeio": ("leads", "opportunities"), "insightly": ("contacts",)}
    for lie, variant, look, lists in (
        ("unsorted", 0, "order", sorted_),
        ("backwards", 0, "order", sorted_),
        ("dates_ignored", 0, "filter", dated),
        ("ids_ignored", 0, "pages", {"connectwise": ("tickets",)}),
        ("place_ignored", 0, "pages", placed),
        ("count_too_large", 0, "count", counted),
        ("count_too_large", 1, "count", counted),
        ("count_too_small", 0, "count", {**counted, "closeio": ("opportunities",)}),
        ("count_of_page", 0, "count", counted),
        ("capped", 0, "size", dated),
        ("capped_aloud", 0, "size", dated),
        ("empty_for_ever", 0, "pages", {**sorted_, "insightly": ()}),
        ("empty_for_ever", 0, "count", {"insightly": ("contacts",)}),  # which has no other sign of more
        ("empty_for_ever", 1, "pages", sorted_),
        ("wrong_clock", 0, "clock", sorted_),
        ("wrong_clock", 1, "clock", sorted_),
        ("wrong_clock", 3, "clock", sorted_),
        ("limit_spent", 0, "rate limit", {"closeio": ("opportunities",)}),
        ("limit_spent", 1, "rate limit", {"closeio": ("opportunities",)}),
        ("limit_spent", 4, "rate limit", {"insightly": ("contacts",)}),
        ("limit_spent", 6, "rate limit", {"insightly": ("contacts",)}),
        ("header_dropped", 2, "rate limit", {"closeio": ("opportunities",)}),
    ):
        for vendor, streams in lists.items():
            for stream in streams[:1] if lie in ("wrong_clock", "count_too_large") and variant else streams:
                yield vendor, stream, lie, variant, look


@pytest.mark.parametrize(("vendor", "stream", "lie", "variant", "look"), list(told()))
def test_a_lie_is_named(vendor: str, stream: str, lie: str, variant: int, look: str) -> None:
    found = lied(vendor, stream, LIES[lie].variants()[variant])
    assert found.hits
    assert look in found.differing, found.differing
    assert found.found.exit_code == 1


def first_row(vendor: str, stream: str) -> Any:
    """The key of a row that stands in the first page of the list."""
    account = Account(vendor, page=10)
    sim = account.simulator()
    listed = next(one for one in LISTS[vendor] if one.stream == stream)
    rows = sorted(sim.rows(listed.kind), key=lambda row: row.get("date_updated") or listed.target.key_of(row))
    return listed.target.key_of(rows[0])


@by_vendor
@pytest.mark.parametrize(
    ("lie", "variant", "look"),
    [("no_row", 0, "rows"), ("no_row", 2, "rows"), ("no_row", 3, "rows"), ("odd_text", 0, "fields")],
)
def test_a_bad_row_is_counted_and_not_shown(vendor: Vendor, lie: str, variant: int, look: str) -> None:
    stream = LIST[vendor.name]
    found = lied(vendor.name, stream, LIES[lie].variants()[variant], first_row(vendor.name, stream))
    assert found.hits
    assert "1" in found.differing[look] or look == "fields", found.differing
    names = found.found.stream(stream).get("unknown_fields", [])
    assert all(re.fullmatch(r"LIAR\d", name) for name in names)
    assert bool(names) is (look == "fields")


def planted(value: Any) -> Any:
    """Every text of a row with the mark in it, but for dates, ids and what names a kind."""
    if isinstance(value, dict):
        return {name: planted(one) for name, one in value.items()}
    if isinstance(value, list):
        return [planted(one) for one in value]
    return f"{value} {MARK}" if isinstance(value, str) and " " in value and ":" not in value else value


@by_vendor
def test_nothing_of_a_row_and_nothing_that_is_secret_comes_out(vendor: Vendor) -> None:
    account = Account(vendor.name, page=10)
    sim = account.simulator()
    listed = next(one for one in LISTS[vendor.name] if one.stream == LIST[vendor.name])
    rows = {listed.target.key_of(row): planted(row) for row in sim.rows(listed.kind)}
    assert any(MARK in str(row) for row in rows.values())
    for id_, row in rows.items():
        sim.update(listed.kind, id_, {name: value for name, value in row.items() if MARK in str(value)})
    with sim.serve() as url:
        config = account.config(sim, url)
        report = verify_process(vendor.name, config, "--json", "--streams", LIST[vendor.name])
        table = verify_process(vendor.name, config, "--streams", LIST[vendor.name])
    secrets = [sim.api_key, sim.authorization(), MARK, "127.0.0.1", *(str(id_) for id_ in rows if isinstance(id_, str))]
    for text in (report.text, table.text, report.told, table.told):
        assert not [one for one in secrets if one in text]
    assert report.stream(LIST[vendor.name])["looks"]["order"] == {"is": "as relied upon"}
    assert re.search(rf"^{LIST[vendor.name]} +\d+ +\d+ +ok", table.text, re.MULTILINE)
    assert report.exit_code == table.exit_code == 0
    assert "Everything that could be looked at is as this source relies on it." in table.text


@by_vendor
def test_a_mistake_of_the_users_is_one_sentence(vendor: Vendor) -> None:
    sim = vendor.account(2)
    with sim.serve() as url:
        config: Json = vendor.config(sim, url)
        wrong_key = verify_process(vendor.name, {**config, **vendor.wrong_key}, "--json")
        wrong_stream = verify_process(vendor.name, config, "--json", "--streams", "nonsense,more")
    for found in (wrong_key, wrong_stream):
        assert (found.text, found.exit_code) == ("", 1)
        assert "Traceback" not in found.told
    said = [line for line in wrong_key.told.splitlines() if not line.startswith("{")]
    assert len(said) == 1
    assert "--streams: the source does not know the stream 'nonsense'" in wrong_stream.told
    assert "'more'" in wrong_stream.told


@by_vendor
def test_a_list_that_the_user_may_not_read_is_no_difference(vendor: Vendor) -> None:
    refused = next(one for one in LIES["list_refused"].variants() if "401" in str(one))
    found = lied(vendor.name, LIST[vendor.name], refused)
    assert found.found.stream(LIST[vendor.name])["refused"] == "the key's user or plan may not read it"
    assert (found.found.exit_code, found.differing) == (0, {})


def test_the_report_is_json_that_says_which_version_it_is_of() -> None:
    account = Account("insightly", page=10)
    sim = account.simulator()
    with sim.serve() as url:
        report = verify("insightly", account.config(sim, url), ["emails"]).report
    assert json.loads(json.dumps(report)) == report
    assert (report["source"], report["version"]) == ("source-insightly", version("crm-sources-insightly"))
    assert report["streams"][0]["looks"]["further"]["is"] == "not looked at"
    assert VENDOR["insightly"].name == "insightly"


def test_ctrl_c_ends_it_while_it_waits_for_an_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        config = {"username": "api_x", "base_url": f"http://127.0.0.1:{silent.getsockname()[1]}/api/v1"}
        with files(config, None, None) as folder:
            line = [script("source-closeio"), "verify", "--config", f"{folder}/config.json"]
            with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
                connection, _ = silent.accept()
                process.send_signal(signal.SIGINT)
                out, told = process.communicate(timeout=15)
                connection.close()
    assert (process.returncode, out) == (130, b"")
    assert b"Traceback" not in told
