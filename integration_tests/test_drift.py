"""A field that no schema knows, and a value that does not fit its column, are told once a stream, by name only."""

import pytest

from connector import configured
from liar.honest import Account, honest
from liar.lists import LISTS
from liar.plan import Lying
from liar.process import Command, run
from simulators.liar import DIALECTS, LIES, Liar
from vendors import VENDORS, Vendor

by_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
BELOW = {vendor: next(one.stream for one in lists if one.below) for vendor, lists in LISTS.items()}
USUAL = {vendor: lists[0].stream for vendor, lists in LISTS.items()}


def read(vendor: Vendor, stream: str, is_lying: bool = True, **without: str) -> Command:
    account = Account(vendor.name, page=10)
    sim = account.simulator()
    listed = next(one for one in LISTS[vendor.name] if one.stream == stream)
    lies = [Lying(LIES["odd_text"].variants()[0], listed).told(sim, vendor.name)] if is_lying else []
    liar = Liar(sim, DIALECTS[vendor.name](), [one.target for one in LISTS[vendor.name]], lies)
    names = [stream, *(one for one in listed.needs if one != "events")]
    streams = [dict(honest(account).streams[name]) for name in names]
    for one in streams:
        schema = one["json_schema"]
        kept = {name: column for name, column in schema["properties"].items() if name not in without.values()}
        one["json_schema"] = {**schema, "properties": kept}
    with liar.serve() as url:
        return run(vendor.script, "read", account.config(sim, url), configured(streams))


def drift(output: Command) -> list[str]:
    return [text for text in output.logs if "that no schema knows" in text or "do not fit" in text]


@by_vendor
@pytest.mark.parametrize("is_below", [False, True])
def test_it_is_told_once_a_stream_by_name_only(vendor: Vendor, is_below: bool) -> None:
    stream = (BELOW if is_below else USUAL)[vendor.name]
    (told,) = drift(read(vendor, stream))
    assert told.startswith(f"Stream {stream} has fields that no schema knows: LIAR0, ")
    assert "open an issue" in told
    assert "9999" not in told


@by_vendor
def test_of_an_honest_server_nothing_is_told_nor_of_a_column_that_was_left_out(vendor: Vendor) -> None:
    stream = USUAL[vendor.name]
    columns = honest(Account(vendor.name, page=10)).streams[stream]["json_schema"]["properties"]
    column = next(name for name in ("display_name", "LAST_NAME", "summary") if name in columns)
    assert drift(read(vendor, stream, is_lying=False, column=column)) == []
