"""The liar does what its lies say, in the dialect of each vendor, and nothing to other lists."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest

from liar.honest import Account
from liar.lists import LISTS, Listed
from simulators.liar import DIALECTS, LIES, Dialect, Liar, Lie, Told
from simulators.messages import Answer, Request
from vendors import VENDORS, Vendor

by_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
PAGE = 10
QUERIES = {
    "closeio": f"_limit={PAGE}&_order_by=date_updated",
    "connectwise": f"pageSize={PAGE}&orderBy=id+asc",
    "insightly": f"top={PAGE}&skip=0&count_total=true",
}
STREAMS = {
    "closeio": ("opportunities", "tasks"),
    "connectwise": ("tickets", "boards"),
    "insightly": ("tasks", "notes"),
}


@dataclass
class Asked:
    """A list of a vendor behind a liar, asked as its connector asks."""

    dialect: Dialect
    liar: Liar
    sim: Any
    listed: Listed
    request: Request

    def answer(self, request: Request | None = None) -> Answer:
        asked = request or self.request
        return self.liar.handle(Request(asked.method, asked.path, asked.query_string, dict(asked.headers), asked.body))

    def rows(self, request: Request | None = None) -> list[Any]:
        found = self.dialect.rows(self.answer(request))
        assert found is not None
        return found

    def keys(self, rows: Sequence[Any]) -> list[Any]:
        return [self.listed.target.key_of(row) for row in rows]

    def everything(self) -> list[Any]:
        found = self.dialect.everything(self.request, self.answer)
        assert found is not None
        return self.keys(found)


@cache
def simulator(vendor: str) -> Any:
    """Nothing is changed in it."""
    return Account(vendor).simulator()


def asked(vendor: Vendor, lie: Lie | None = None, victim: Any = None, about_other: bool = False) -> Asked:
    """Of the first of the vendor's STREAMS; the lie is about that, or about the other."""
    sim = simulator(vendor.name)
    first, second = (next(one for one in LISTS[vendor.name] if one.stream == name) for name in STREAMS[vendor.name])
    told = [Told(lie, (second if about_other else first).target, victim)] if lie else []
    dialect = DIALECTS[vendor.name]()
    liar = Liar(sim, dialect, [first.target, second.target], told)
    path = first.target.path.replace("(/Search)?", "/Search") + ("/" if vendor.name == "closeio" else "")
    headers = {"authorization": sim.authorization(), "accept-encoding": "gzip"}
    if vendor.name == "connectwise":
        headers |= {name.lower(): value for name, value in sim.headers().items()}
    return Asked(dialect, liar, sim, first, Request("GET", dialect.prefix + path, QUERIES[vendor.name], headers))


@by_vendor
def test_no_lie_changes_nothing(vendor: Vendor) -> None:
    plain, other = asked(vendor), asked(vendor, LIES["wrong_shape"].variants()[0], about_other=True)
    assert plain.answer().body == other.answer().body
    assert len(plain.everything()) == 40


@by_vendor
def test_a_lie_can_be_switched_off(vendor: Vendor) -> None:
    one = asked(vendor, LIES["list_refused"].variants()[0])
    assert one.answer().status == 401
    one.liar.is_lying = False
    assert one.answer().status == 200
    assert one.liar.requests == {one.listed.stream: 2}


@by_vendor
@pytest.mark.parametrize("name", ["unsorted", "backwards"])
def test_another_order_has_the_same_rows(vendor: Vendor, name: str) -> None:
    plain, lying = asked(vendor).everything(), asked(vendor, LIES[name].variants()[0]).everything()
    assert lying != plain
    assert sorted(lying) == sorted(plain)


@by_vendor
def test_an_order_is_the_same_from_page_to_page(vendor: Vendor) -> None:
    one = asked(vendor, LIES["unsorted"].variants()[0])
    assert one.keys(one.rows()) == one.keys(one.rows()) == one.everything()[:PAGE]


@by_vendor
def test_the_place_is_ignored(vendor: Vendor) -> None:
    one = asked(vendor, LIES["place_ignored"].variants()[0])
    first = one.rows()
    name = {"closeio": "_skip", "connectwise": "page", "insightly": "skip"}[vendor.name]
    query = one.request.query_string.replace("skip=0&", "") + f"&{name}=2"
    again = one.rows(Request("GET", one.request.path, query, one.request.headers))
    assert first == again != asked(vendor).rows(Request("GET", one.request.path, query, one.request.headers))


@by_vendor
def test_a_cap_is_kept_in_silence_or_aloud(vendor: Vendor) -> None:
    assert len(asked(vendor, LIES["capped"].variants()[0]).rows()) == 6
    refused = asked(vendor, LIES["capped_aloud"].variants()[0]).answer()
    assert refused.status == 400
    assert b"max_limit = 6" in refused.body


@by_vendor
def test_rows_are_hidden_after_the_pages_were_cut(vendor: Vendor) -> None:
    lie = LIES["rows_hidden"].variants()[0]
    one, plain = asked(vendor, lie), asked(vendor)
    pages = one.keys(one.rows()), plain.keys(plain.rows())
    assert pages[0] == [key for key in pages[1] if not lie.hides(key)]
    assert 0 < len(one.everything()) < 40


@by_vendor
def test_a_count_is_wrong_by_so_many(vendor: Vendor) -> None:
    one, plain = asked(vendor, LIES["count_too_large"].variants()[0]), asked(vendor)
    assert plain.dialect.count(plain.answer(), plain.request) == 40
    assert one.dialect.count(one.answer(), one.request) == 940
    garbage = asked(vendor, LIES["count_unreadable"].variants()[1])
    assert garbage.dialect.count(garbage.answer(), garbage.request) in (None, PAGE)


@by_vendor
def test_an_empty_page_says_that_there_are_more(vendor: Vendor) -> None:
    one = asked(vendor, LIES["empty_for_ever"].variants()[0])
    answer = one.answer()
    assert one.dialect.rows(answer) == []
    sign = {"closeio": b'"has_more":true', "connectwise": b'rel="next"', "insightly": b"1000"}[vendor.name]
    assert sign in answer.body + str(answer.headers).encode()


@by_vendor
def test_only_answers_with_the_bad_row_are_bad(vendor: Vendor) -> None:
    keys = asked(vendor).everything()
    for form in LIES["failing_row"].variants():
        for victim, is_bad in ((keys[3], True), (keys[PAGE + 3], False)):
            answer = asked(vendor, form, victim).answer()
            assert (answer.status == 500 or not is_json(answer.body)) is is_bad, form


@by_vendor
def test_odd_texts_are_what_a_strict_parser_refuses(vendor: Vendor) -> None:
    victim = asked(vendor).everything()[3]
    accepted = [str(lie) for lie in LIES["odd_text"].variants() if is_json(asked(vendor, lie, victim).answer().body)]
    assert accepted == [f"odd_text(form='{form}')" for form in ("nested_500", "nul", "more_than_64_bits")]


@by_vendor
def test_what_is_no_row_stands_in_its_place(vendor: Vendor) -> None:
    victim = asked(vendor).everything()[3]
    for lie in LIES["no_row"].variants():
        rows = asked(vendor, lie, victim).rows()
        assert len(rows) == PAGE
        assert victim not in asked(vendor).keys(rows)


@by_vendor
def test_an_outage_is_over_some_time(vendor: Vendor) -> None:
    one = asked(vendor, LIES["outage"].variants()[1])
    assert [one.answer().status for _ in range(4)] == [503, 503, 503, 200]


@by_vendor
def test_a_clock_is_wrong_in_the_first_answer_only(vendor: Vendor) -> None:
    one = asked(vendor, LIES["wrong_clock"].variants()[0])
    assert "2030" in one.answer().headers["date"]
    assert "2030" not in one.answer().headers["date"]


@pytest.mark.parametrize("part", ["body", "headers"])
def test_an_answer_drips_and_never_times_out(part: str) -> None:
    (lie,) = (one for one in LIES["dripping"].variants() if f"part='{part}'" in str(one))
    one = asked(VENDORS[2], lie)
    with one.liar.serve() as url, socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), 0.5) as connection:
        head = "".join(f"{name}: {value}\r\n" for name, value in one.request.headers.items())
        query = f"{one.request.path}?{one.request.query_string}"
        connection.sendall(f"GET {query} HTTP/1.1\r\nhost: x\r\n{head}\r\n".encode())
        pieces = [connection.recv(4096) for _ in range(8)]
    assert all(pieces), "it is closed"
    assert len(b"".join(pieces[2:])) < 20


@by_vendor
def test_every_lie_has_a_list_to_be_told_of(vendor: Vendor) -> None:
    targets = [one.target for one in LISTS[vendor.name]]
    idle = [
        name
        for name, kind in LIES.items()
        if kind.command == "read" and not any(lie.fits(one) for lie in kind.variants() for one in targets)
    ]
    expected = {
        "closeio": ["ids_ignored"],
        "connectwise": ["coarse_dates", "dates_ahead"],
        "insightly": ["ids_ignored", "coarse_dates", "dates_ahead"],
    }
    assert idle == expected[vendor.name]


def is_json(body: bytes) -> bool:
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return True
