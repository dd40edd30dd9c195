"""The faults that were seen when servers answered otherwise than was thought, each with its figures: how many rows are
missing, which end is told, in which words, and how many requests of the list that may take (liar/figures.py bounds the
seconds, the waits and the memory of all).

Each test is one kind of fault. Its first case is the one that was seen, or one like it; the others are its neighbours.
`test_lies.py` judges every lie more closely, and `test_liar.py` draws them at random.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import pytest

from connector import Json, configured
from liar.figures import Account, Case, judged, seen
from liar.honest import VENDOR
from liar.lists import LISTS
from liar.process import Command, run
from simulators.liar import DIALECTS, LIES, Liar, Lie, Target, Told
from simulators.liar.dialect import Forward
from simulators.liar.lie import Ask
from simulators.messages import Answer

HOUR = 3600
NO_OBJECTS = "were left out, because they are not objects or have no key"
COUNTS_MORE = "the server counts .* may not see"
MISSING = "the server counts .* they are missing"
NOWHERE = "the list leads nowhere"
WITHOUT = "is without 1 rows that the vendor fails to send"
ONE_LIST = "1 of 30 records of .* are without what belongs to them"
NO_LIST = "something that is no list of records"
NO_RIGHT = '{"code": "Unauthorized", "message": "You do not have security permission to perform this action."}'
WRONG_CLOCK = "The server's clock says"


def each(*given: Case) -> pytest.MarkDecorator:
    names = [f"{one.stream} {' and '.join(' '.join(map(str, lie)) for lie in one.lies)}" for one in given]
    return pytest.mark.parametrize("case", given, ids=names)


@each(
    Case("tickets", [("no_row", "empty_object")], 7, lost=1, says=NO_OBJECTS),
    Case("tickets", [("no_row", "all_null")], 7, lost=1, says=NO_OBJECTS),
    Case("leads", [("no_row", "text")], 25, lost=1, says=NO_OBJECTS),
    Case("notes", [("no_row", "without_key")], 7, lost=1, says=NO_OBJECTS),
)
def test_a_record_that_is_nothing_ends_no_run(case: Case) -> None:
    seen(case)


@each(
    Case("notes", [("count_too_large", 10)], 9, says=COUNTS_MORE),
    Case("notes", [("count_too_large", 1)], 9, says=COUNTS_MORE),
    Case("notes", [("count_too_large", 900)], 9, end="INCOMPLETE", says=MISSING),
    Case("leads", [("count_too_large", 10)], 25),
    Case("tickets", [("count_too_large", 100)], 9, end="INCOMPLETE", says=NOWHERE),
)
def test_a_count_that_is_too_high_costs_two_requests_and_is_told(case: Case) -> None:
    seen(case)


@each(
    Case("notes", [("empty_for_ever", 0)], 3, lost=300, end="INCOMPLETE", says=MISSING),
    Case("notes", [("place_ignored",)], 5, lost=250, end="INCOMPLETE", says=NOWHERE),
    Case("notes", [("empty_for_ever", 1)], 6, lost=250, end="INCOMPLETE", says=MISSING),
    Case("pipeline_stages", [("place_ignored",)], 5, lost=250, end="INCOMPLETE", says=NOWHERE),
)
def test_rows_that_are_counted_and_do_not_come_are_no_end(case: Case) -> None:
    seen(case)


@each(
    Case("notes", [("header_dropped", "x-total-count"), ("capped", 100)], 14, rows=1202, page=500),
    Case("tickets", [("header_dropped", "link"), ("capped", 25)], 50, rows=1202, page=500),
    Case("leads", [("capped", 10)], 45, rows=202, page=100),
    Case("tasks", [("capped", 10)], 24, rows=202, page=100),
)
def test_a_short_page_is_no_end(case: Case) -> None:
    seen(case)


@each(
    Case("tasks", [("place_ignored",)], 5, lost=250, end="INCOMPLETE", says=NOWHERE),
    Case("leads", [("empty_for_ever", 1)], 27, lost=250, end="INCOMPLETE", says=NOWHERE),
    Case("tickets", [("ids_ignored",)], 5, lost=250, end="INCOMPLETE", says=NOWHERE),
    Case("tasks", [("page_repeated", 1)], 12),
)
def test_a_list_that_leads_nowhere_ends_with_a_sentence(case: Case) -> None:
    seen(case)


@each(
    Case("tickets", [("unsorted", 1)], 82, rows=2500, page=100),
    Case("tickets", [("backwards",)], 60, rows=2500, page=100),
    Case("notes", [("unsorted", 1)], 12, rows=1000, page=100),
    Case("leads", [("backwards",)], 13, rows=1000, page=100),
)
def test_a_list_in_another_order_comes_whole(case: Case) -> None:
    seen(case)


@each(
    Case("leads", [("coarse_dates", 3)], 12, rows=1000, page=100, plateau=250),
    Case("leads", [("coarse_dates", 0)], 12, rows=1000, page=100, plateau=250),
    Case("contacts", [("coarse_dates", 0)], 13, rows=1000, page=100, plateau=999),
    Case("tasks", [("coarse_dates", 0)], 12, rows=1000, page=100, plateau=250),
)
def test_more_rows_of_one_date_than_a_page_has_come_whichever_steps_the_store_keeps(case: Case) -> None:
    seen(case)


@each(
    Case("leads", [("dates_ahead", 0.1, 30)], 8, rows=1000, page=200),
    Case("leads", [("dates_ahead", 0.01, 30)], 9, rows=1000, page=200),
    Case("leads", [("dates_ahead", 1.0, 0.01)], 16, rows=1000, page=200),
    Case("contacts", [("dates_ahead", 1.0, 0.01)], 30, rows=1000, page=100, plateau=250),
)
def test_dates_that_are_later_than_those_a_list_is_sorted_by_hide_no_row(case: Case) -> None:
    seen(case)


@pytest.mark.parametrize("rows", ["index", "database"])
@pytest.mark.parametrize(("stream", "kind"), [("leads", "lead"), ("contacts", "contact")])
def test_what_an_index_is_an_hour_late_with_is_fetched_by_its_id(stream: str, kind: str, rows: Any) -> None:
    case = Case(stream, [], 1, rows=30)
    account = Account(case)
    account.read()
    account.sim.options.search_index_lag, account.sim.options.search_rows = 2 * HOUR, rows
    account.sim.clock.advance(HOUR)
    late = account.sim.ids(kind)[3]
    account.sim.update(kind, late, {"name": "late"})
    account.sim.clock.advance(5)
    found = account.read()
    assert [row["id"] for row in found.output.records[stream]] == [late]
    assert found.output.statuses[stream] == "COMPLETE"
    assert found.requests <= case.requests


@each(
    Case("tickets", [("odd_text", "each")], 7),
    Case("tickets", [("failing_row", "cut")], 40, lost=1, says=WITHOUT),
    Case("tickets", [("failing_row", "500_code")], 34, lost=1, says=WITHOUT),
    Case("leads", [("failing_row", "500_aspnet")], 66, lost=1, says=WITHOUT),
    Case("tasks", [("failing_row", "500_html")], 40, lost=1, says=WITHOUT),
    Case("notes", [("odd_text", "nested_500")], 32, lost=1, says=WITHOUT),
)
def test_a_row_that_cannot_be_read_costs_one_row(case: Case) -> None:
    seen(case)


@each(
    Case("ticket_notes", [("bad_parent", "500")], 50, rows=100, rows_above=30, lost=5, says=ONE_LIST),
    Case("ticket_notes", [("bad_parent", "403")], 31, rows=100, rows_above=30, lost=5, says=ONE_LIST),
    Case("ticket_notes", [("bad_parent", "html")], 70, rows=100, rows_above=30, lost=5, says=ONE_LIST),
    Case("opportunity_state_history", [("bad_parent", "403")], 31, rows=100, rows_above=30, lost=5, says=ONE_LIST),
)
def test_a_list_of_one_record_that_fails_always_costs_that_list(case: Case) -> None:
    """Its neighbours' changes come with the next sync."""
    account = Account(case)
    judged(case, account.read())
    account.sim.clock.advance(HOUR)
    kind = LISTS[case.vendor][0].kind if case.vendor == "connectwise" else "opportunities"
    name = {"tickets": "summary", "opportunities": "OPPORTUNITY_NAME"}[kind]
    for id_ in account.sim.ids(kind)[:3]:
        account.sim.update(kind, id_, {name: "changed"})
    again = account.read()
    assert again.came > 0
    assert again.requests <= 4
    assert again.output.statuses[case.stream] == "COMPLETE"


@each(
    Case("ticket_notes", [("all_below", "404")], 11, rows=100, rows_above=30, lost=100, end="INCOMPLETE", says="404"),
    Case("ticket_notes", [("all_below", "500")], 51, rows=100, rows_above=30, lost=100, end="INCOMPLETE", says="500"),
    Case(
        "opportunity_state_history",
        [("all_below", "403")],
        11,
        rows=100,
        rows_above=30,
        lost=100,
        end="INCOMPLETE",
        says="in a row cannot be read",
    ),
    Case("comments", [("all_below", "404")], 4, rows=100, lost=100, end="INCOMPLETE", says="none of 3 lists"),
)
def test_lists_below_records_that_are_all_gone_come_when_they_are_back(case: Case) -> None:
    account = Account(case)
    judged(case, account.read())
    account.sim.clock.advance(HOUR)
    again = account.read(is_lying=False)
    assert (again.lost, again.output.statuses[case.stream]) == (0, "COMPLETE")


@each(
    Case("tickets", [("outage", "503", 33)], 100, rows=5000, page=1000),
    Case("tickets", [("outage", "500_html", 12)], 30, rows=1000, page=200),
    Case("notes", [("outage", "502", 9)], 30, rows=1000, page=200),
    Case("leads", [("outage", "reset", 5)], 18, rows=1000, page=100),
)
def test_an_outage_makes_pages_small_for_a_while_only(case: Case) -> None:
    seen(case)


@each(
    Case("tickets", [("long_wait", "retry-after", "Wed, 21 Oct 2099 07:28:00 GMT")], 8),
    Case("tickets", [("long_wait", "retry-after", "1000000000")], 8),
    Case("tickets", [("long_wait", "retry-after", "inf")], 8),
    Case("leads", [("long_wait", "x-rate-limit-reset", "1900000000")], 8),
    Case("leads", [("limit_spent", "ratelimit", "limit=100, remaining=0, reset=1000000000")], 7),
    Case("leads", [("limit_spent", "ratelimit", "limit=1.2.3, remaining=..., reset=.")], 7),
    Case("leads", [("long_wait", "retry-after", "nan")], 8),
    Case("notes", [("long_wait", "retry-after", "-5")], 8),
    Case("notes", [("limit_spent", "x-ratelimit-remaining", "-7")], 7),
)
def test_no_wait_is_longer_than_minutes_whatever_a_header_says(case: Case) -> None:
    seen(case)


@each(
    Case("tickets", [("wrong_clock", "Tue, 01 Jan 2030 00:00:00 GMT")], 7, says=WRONG_CLOCK),
    Case("leads", [("wrong_clock", "Fri, 31 Dec 9999 23:59:59 -1200")], 7),
    Case("notes", [("wrong_clock", "Mon, 01 Jan 1990 00:00:00 GMT")], 7, says=WRONG_CLOCK),
    Case("tickets", [], 7, state={"lastUpdated": "2099-01-01T00:00:00Z"}, says="read again from the start"),
    Case("leads", [], 7, state={"date_updated": "2099-01-01T00:00:00Z"}, says="read again from the start"),
    Case("notes", [], 7, state={"DATE_UPDATED_UTC": "9999-12-31T23:59:59Z"}, says="read again from the start"),
)
def test_a_clock_that_is_wrong_hides_no_row(case: Case) -> None:
    found = seen(case)
    mark = next(iter(found.output.states[case.stream]["stream"]["stream_state"].values()))
    assert mark < "2030"


@each(
    Case("tickets", [("dripping", "body")], 9),
    Case("leads", [("dripping", "headers")], 9),
    Case("notes", [("bomb", 256)], 9),
)
def test_an_answer_that_never_ends_or_is_far_too_large_is_given_up(case: Case) -> None:
    found = seen(case)
    assert found.output.seconds < 10


@each(
    Case("tickets", [("wrong_shape", "code_message", None)], 4, lost=300, end="INCOMPLETE", says=NO_LIST),
    Case("leads", [("wrong_shape", "ok", None)], 4, lost=300, end="INCOMPLETE", says=NO_LIST),
    Case("notes", [("wrong_shape", "null", None)], 4, lost=300, end="INCOMPLETE", says=NO_LIST),
    Case("tasks", [("wrong_shape", "empty_object", None)], 4, lost=300, end="INCOMPLETE", says=NO_LIST),
)
def test_an_answer_of_another_shape_is_neither_a_row_nor_an_empty_list(case: Case) -> None:
    """Nor are rows that are known told to be deleted."""
    judged(case, Account(case).read())
    account = Account(Case(case.stream, case.lies, 7, config={"detect_deletions": True}))
    account.read(False, "deletions")
    account.sim.clock.advance(HOUR)
    again = account.read(True, "deletions")
    assert again.output.statuses[case.stream] == "INCOMPLETE"
    assert case.stream not in again.output.records
    rows = again.output.records.get("deletions", [])
    assert not VENDOR[case.vendor].gone(rows, case.stream, [])


DATES: dict[str, Callable[[Any, Any, str], object]] = {
    "tickets": lambda sim, id_, date: sim.update(
        "tickets", id_, {"_info": {**sim.row("tickets", id_)["_info"], "lastUpdated": date}}
    ),
    "leads": lambda sim, id_, date: sim.update("lead", id_, {"date_updated": date, "date_created": date}),
    "notes": lambda sim, id_, date: sim.update("notes", id_, {"DATE_UPDATED_UTC": date, "DATE_CREATED_UTC": date}),
}


@pytest.mark.parametrize("date", ["1969-12-31T23:59:59Z", "1900-01-01T00:00:00Z", "0001-01-01T00:00:00Z"])
@pytest.mark.parametrize("stream", DATES)
def test_rows_that_were_changed_before_1970_come(stream: str, date: str) -> None:
    case = Case(stream, [], 1, rows=31)
    account = Account(case)
    kind = case.listed.kind
    for id_ in account.sim.ids(kind)[:3]:
        DATES[stream](account.sim, id_, date)
    judged(case, account.read())


@dataclass(frozen=True)
class ProbeRefused(Lie):
    """The list that is asked for first, to see whether the key works, is refused with a body."""

    name: ClassVar[str] = "probe_refused"
    about: ClassVar[Literal["list", "row", "parent", "all"]] = "all"
    path: str
    status: int
    body: str

    @classmethod
    def variants(cls) -> Sequence["ProbeRefused"]:
        return [cls("/company/companies", 403, NO_RIGHT), cls("/company/companies", 200, '[{"id": 1')]

    def answer(self, ask: Ask, forward: Forward) -> Answer:
        is_refused = ask.dialect.path_of(ask.request) == self.path
        return Answer(self.status, self.body.encode()) if is_refused else forward(ask.request)


HONEST = ProbeRefused("", 200, "")


@contextmanager
def lying(lie: Lie, vendor: str, target: Target) -> Iterator[tuple[Liar, Json]]:
    """The liar, and the configuration that leads to it."""
    known = VENDOR[vendor]
    sim = known.simulator(3, **known.few)
    liar = Liar(sim, DIALECTS[vendor](), [target], [Told(lie, target)])
    with liar.serve() as url:
        yield liar, {**known.config(sim, url), "num_workers": 1}


def figure(liar: Liar, output: Command, name: str) -> Command:
    """Print what a command took."""
    print(f"FIGURE {name}: {liar.requests.total()} requests, {output.seconds:.1f} s, {output.megabytes} MB")
    return output


def discovered(lie: Lie, vendor: str, stream: str, path: str) -> dict[str, Json]:
    """The streams that are found while the lie is told about the requests of a path."""
    with lying(lie, vendor, Target(stream, path, "whole")) as (liar, config):
        output = run(VENDOR[vendor].script, "discover", config)
        return figure(liar, output, f"discover of {vendor}, {len(output.streams)} streams").streams


def read_with(lie: Lie, vendor: str, stream: str, catalog: Callable[[dict[str, Json]], Json]) -> Command:
    """A read while the lie is told; not yet while the streams are discovered, which make the catalog."""
    target = next(one.target for one in LISTS[vendor] if one.stream == stream)
    with lying(lie, vendor, target) as (liar, config):
        liar.is_lying = False
        streams = run(VENDOR[vendor].script, "discover", config).streams
        liar.reset()
        liar.is_lying = True
        return figure(liar, run(VENDOR[vendor].script, "read", config, catalog(streams)), f"read of {stream}")


@pytest.mark.parametrize("form", ["404", "firewall", "500", "code_message"])
@pytest.mark.parametrize(
    ("vendor", "stream", "path"),
    [
        ("closeio", "leads", "/report/activity/metrics"),
        ("closeio", "leads", "/custom_field_schema/lead"),
        ("connectwise", "tickets", "/service/tickets"),
        ("insightly", "contacts", "/CustomFields/Contact"),
    ],
)
def test_an_optional_request_of_discover_that_fails_costs_no_stream(
    vendor: str, stream: str, path: str, form: str
) -> None:
    lie: Any = LIES["optional_refused"]
    honest = discovered(HONEST, vendor, stream, path)
    assert discovered(lie(form), vendor, stream, path).keys() == honest.keys()


@pytest.mark.parametrize(
    ("vendor", "stream"), [("closeio", "tasks"), ("connectwise", "boards"), ("insightly", "countries")]
)
def test_a_stream_that_a_source_does_not_know_ends_alone(vendor: str, stream: str) -> None:
    def catalog(streams: dict[str, Json]) -> Json:
        return configured([{**streams[stream], "name": "conctacts"}, streams[stream]])

    output = read_with(HONEST, vendor, stream, catalog)
    assert output.statuses[stream] == "COMPLETE"
    assert output.records[stream]
    assert any("conctacts" in error for error in output.errors)


def test_a_field_that_search_does_not_know_costs_that_field() -> None:
    case = Case("leads", [], 3, rows=31, says="custom")
    account = Account(case)
    field = next(name for row in account.sim.rows("lead") for name in row if name.startswith("custom."))
    account.sim.options.search_unknown_fields = (field,)
    judged(case, account.read())


@pytest.mark.parametrize(
    ("vendor", "stream", "lie"),
    [
        *(("connectwise", "boards", lie) for lie in ProbeRefused.variants()),
        (
            "connectwise",
            "tickets",
            ProbeRefused("/company/companies", 500, '{"message": "Error converting data type"}'),
        ),
        ("insightly", "pipeline_stages", ProbeRefused("/Users/Me", 403, '{"Message": "You do not have permission."}')),
    ],
)
def test_what_is_asked_first_and_fails_costs_no_stream(vendor: str, stream: str, lie: Lie) -> None:
    output = read_with(lie, vendor, stream, lambda streams: configured([streams[stream]]))
    assert output.statuses == {stream: "COMPLETE"}, output.errors
    assert output.records[stream]


@each(
    Case("leads", [("capped_aloud", 50, "max_limit")], 8, page=100),
    Case("tickets", [("capped_aloud", 50, "between")], 8, page=100),
    Case("notes", [("capped_aloud", 50, "at_most")], 8, page=100),
    Case("tasks", [("capped_aloud", 50, "at_most")], 9, page=100),
    Case("contacts", [("capped_aloud", 7, "max_limit")], 60, page=100),
)
def test_a_limit_that_the_server_names_is_kept_to(case: Case) -> None:
    seen(case)


@each(
    Case("tickets", [("list_refused", "404")], 2, lost=300, end="INCOMPLETE", says="404"),
    Case("leads", [("list_refused", "401")], 2, lost=300, end="INCOMPLETE", says="it did elsewhere in this run"),
    Case("notes", [("list_refused", "firewall")], 4, lost=300, end="INCOMPLETE", says="firewall or proxy"),
    Case("tickets", [("list_refused", "401")], 2, lost=300, end="INCOMPLETE", says="it did elsewhere in this run"),
    Case("leads", [("list_refused", "firewall")], 4, lost=300, end="INCOMPLETE", says="firewall or proxy"),
)
def test_a_refusal_of_one_list_is_no_matter_of_the_key(case: Case) -> None:
    found = seen(case)
    assert not re.search(r"[Cc]heck .{0,60}key", "".join(found.texts))
