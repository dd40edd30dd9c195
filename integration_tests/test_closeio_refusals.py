"""What Close refuses costs that part, and its remedy is obeyed."""

from collections.abc import Iterator
from typing import Any

import pytest

from closeio_account import HOUR, Account, ids
from connector import run
from crm_source.http.budget import Allowance
from simulators.closeio import CloseSimulator, Options, RateLimit
from source_closeio import SourceCloseio, api

pytestmark = pytest.mark.usefixtures("impatient")
SEARCH = "/data/search/"


@pytest.fixture
def account() -> Iterator[Account]:
    sim = CloseSimulator(13, leads=60, contacts=40, opportunities=40, notes=40, calls=12, meetings=12)
    with sim.serve() as url:
        yield Account(sim, url)


def told(output: Any, text: str) -> list[str]:
    return [line for line in output.logs if text in line]


@pytest.mark.parametrize(
    ("named", "requests"),
    [("all", 2), ("one", 4), ("none", 60)],
)
def test_fields_that_search_refuses_are_dropped_told_once_and_remembered(
    account: Account, named: Any, requests: int
) -> None:
    sim = account.sim
    sim.options.search_unknown_fields = ("localtime", "summaries", "recent_calls")
    sim.options.search_field_error = named
    output = account.sync("leads", pagination_max=10)
    assert output.statuses == {"leads": "COMPLETE"}
    assert len(output.records["leads"]) == 60
    assert not {"localtime", "summaries", "recent_calls"} & {name for row in output.records["leads"] for name in row}
    assert any(name.startswith("custom.") for row in output.records["leads"] for name in row)
    assert {"addresses", "status_label"} <= set(output.records["leads"][0])
    refused = [request for request in sim.requests if request.path == SEARCH and request.status == 400]
    assert len(refused) < requests
    assert len(told(output, "does not know all fields of lead")) == (3 if named == "one" else 1)


def test_a_custom_field_that_vanishes_between_listing_and_search_is_dropped(account: Account) -> None:
    sim = account.sim
    sim.options.search_checks_custom = True
    field = sim.ids("custom_fields.lead")[0]

    def vanish(sim: CloseSimulator, request: Any) -> None:
        if request.path == SEARCH and field in sim.ids("custom_fields.lead"):
            sim.delete("custom_fields.lead", field)

    sim.on_request = vanish
    output = account.sync("leads")
    assert output.statuses == {"leads": "COMPLETE"}
    assert len(output.records["leads"]) == 60
    assert len(told(output, f"custom.{field}")) == 1
    names = {name for row in output.records["leads"] for name in row if name.startswith("custom.")}
    assert names
    assert f"custom.{field}" not in names


def test_the_core_fields_come_without_any_of_the_others(account: Account) -> None:
    core = {"id", "organization_id", "name", "display_name", "date_created", "date_updated"}
    fields = account.streams["leads"]["json_schema"]["properties"]
    account.sim.options.search_unknown_fields = tuple(set(fields) - core)
    output = account.sync("leads")
    assert output.statuses == {"leads": "COMPLETE"}
    assert len(output.records["leads"]) == 60
    assert {name for row in output.records["leads"] for name in row} == core


@pytest.mark.parametrize("shape", ["error", "errors", "field-errors", "detail"])
def test_max_limit_is_obeyed_and_remembered_for_the_list(account: Account, shape: Any) -> None:
    sim = account.sim
    sim.options.limit_error = shape
    sim.caps.max_limit.update({SEARCH: 20, "/opportunity/": 15, "/activity/note/": 7})
    output = account.sync("leads", "opportunities", "note_activities", num_workers=1)
    assert set(output.statuses.values()) == {"COMPLETE"}
    assert [len(output.records[name]) for name in ("leads", "opportunities", "note_activities")] == [60, 40, 40]
    for path, most, refusals in ((SEARCH, 20, 1), ("/opportunity/", 15, 1), ("/activity/note/", 7, 1)):
        asked = [request for request in sim.requests if request.path == path]
        assert sum(request.status == 400 for request in asked) == refusals
        limits = [(request.body or request.query)["_limit"] for request in asked[1:]]
        assert {int(limit) for limit in limits} == {most}


@pytest.mark.parametrize("shape", ["old", "new", "error", "errors", "detail"])
def test_a_skip_cap_divides_windows_whatever_its_wording(account: Account, shape: Any) -> None:
    sim = account.sim
    sim.options.skip_error = shape
    sim.caps.max_skip["/activity/"] = 12
    output = account.sync("note_activities", pagination_max=5, num_workers=1)
    assert output.statuses == {"note_activities": "COMPLETE"}
    assert set(ids(output, "note_activities")) == set(sim.ids("note"))


def test_a_400_of_the_event_log_is_told_in_close_s_words(account: Account) -> None:
    account.sim.options.event_error = "date_updated must not be more than 30 days ago."
    output = account.sync("events", "users")
    assert output.statuses == {"events": "INCOMPLETE", "users": "COMPLETE"}
    (error,) = [one for one in output.errors if one.startswith("Stream events")]
    assert "more than 30 days ago" in error
    assert "right" not in error
    assert "cannot read" not in error


def test_a_web_page_of_a_firewall_is_told_as_such(account: Account) -> None:
    account.sim.options.firewall = ("/role/",)
    output = account.sync("roles", "users")
    assert output.statuses == {"roles": "INCOMPLETE", "users": "COMPLETE"}
    (error,) = [one for one in output.errors if one.startswith("Stream roles")]
    assert "firewall" in error


@pytest.mark.parametrize("missing", ["status_overview", "status_transitions", "status_transitions_summary"])
def test_a_status_report_without_a_table_gives_the_others(account: Account, missing: str) -> None:
    sections = {"status_overview", "status_transitions", "status_transitions_summary"}
    names = ("report_lead_statuses", "report_opportunity_statuses")
    account.sim.options.reports_without = (missing,)
    output = account.sync(*names)
    assert set(output.statuses.values()) == {"COMPLETE"}
    for name in names:
        found = {f"status_{row['section']}" for row in output.records[name]}
        assert found == sections - {missing}
        assert len(told(output, f"Stream {name}: Close's answer has no {missing}")) == 1


def test_a_status_report_without_any_table_is_an_error(account: Account) -> None:
    account.sim.options.reports_without = ("status_overview", "status_transitions", "status_transitions_summary")
    output = account.sync("report_lead_statuses")
    assert output.statuses == {"report_lead_statuses": "INCOMPLETE"}


def test_transcripts_come_when_they_are_asked_for_and_late_edits_bring_them(account: Account) -> None:
    sim = account.sim
    plain = account.sync("call_activities", "meeting_activities", states={})
    rows = [row for name in ("call_activities", "meeting_activities") for row in plain.records[name]]
    assert not {"recording_transcript", "transcripts"} & {name for row in rows for name in row}
    full = account.sync("call_activities", "meeting_activities", states={}, include_transcripts=True)
    calls = [row for row in full.records["call_activities"] if row.get("recording_transcript")]
    assert calls
    assert all(row["recording_transcript"]["utterances"] for row in calls)
    assert any(row.get("transcripts") for row in full.records["meeting_activities"])
    before = {row["id"]: row for row in plain.records["call_activities"]}
    for row in full.records["call_activities"]:  # beside all other fields
        assert set(before[row["id"]]) <= set(row)
    sim.clock.advance(HOUR)
    call = sim.update("call", calls[0]["id"], {"note": "edited"})
    sim.clock.advance(5)
    edited = account.sync("call_activities", include_transcripts=True)
    assert [row["id"] for row in edited.records["call_activities"]] == [call["id"]]
    assert edited.records["call_activities"][0]["recording_transcript"] == call["recording_transcript"]


def test_pages_with_transcripts_shrink_to_some_megabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("source_closeio.pages.LARGEST_ANSWER", 40_000)
    sim = CloseSimulator(14, calls=120)
    long = {"utterances": [{"text": "word " * 1000, "start": 0.0, "end": 9.0}], "summary_text": "", "summary_html": ""}
    for call in sim.ids("call"):
        sim.update("call", call, {"recording_transcript": long})
    sizes: list[int] = []
    answer = sim.handle

    def measured(request: Any) -> Any:
        given = answer(request)
        if request.path.endswith("/activity/call/"):
            sizes.append(len(given.body))
        return given

    monkeypatch.setattr(sim, "handle", measured)
    with sim.serve() as url:
        transcribed = Account(sim, url, include_transcripts=True)
        output = transcribed.sync("call_activities", num_workers=1)
    assert set(ids(output, "call_activities")) == set(sim.ids("call"))
    assert len(sizes) > 10
    assert sizes[0] > 100_000  # 25 rows
    assert max(sizes[1:]) <= 44_000


@pytest.mark.parametrize(("stream", "kind"), [("note_activities", "note"), ("call_activities", "call")])
def test_a_first_read_brings_notes_and_calls_that_are_dated_ahead(account: Account, stream: str, kind: str) -> None:
    sim = account.sim
    ahead = sim.create(kind, {"date_created": "2027-02-03T04:05:06+00:00"})["id"]
    sim.clock.advance(HOUR)
    first = account.sync(stream)
    assert set(ids(first, stream)) == set(sim.ids(kind))
    assert ids(first, stream).count(ahead) == 1
    assert account.states[stream]["stream"]["stream_state"] == {"date_updated": "2026-06-01T13:00:00Z"}
    sim.clock.advance(HOUR)
    another = sim.create(kind, {"date_created": "2027-03-03T04:05:06+00:00"})["id"]
    sim.clock.advance(5)
    assert ids(account.sync(stream), stream) == [another]  # by the event log
    assert len(account.paths(f"/activity/{kind}/")) == 2  # none more than before: the list, and the one by its id


def test_custom_values_obey_the_catalog_wherever_they_are(account: Account) -> None:
    sim = account.sim
    fields = sim.rows("custom_fields.lead")
    several = next(one for one in fields if one["accepts_multiple_values"])
    text = next(one for one in fields if one["type"] == "text")
    hidden = next(one for one in fields if one["type"] == "hidden")
    inner = next(one for one in sim.rows("custom_fields.contact") if one["accepts_multiple_values"])
    lead, contact = sim.ids("lead")[0], sim.ids("contact")[0]
    sim.update(
        "lead",
        lead,
        {f"custom.{several['id']}": "x", f"custom.{text['id']}": ["a", "b"], f"custom.{hidden['id']}": {"a": 1}},
    )
    sim.update("contact", contact, {f"custom.{inner['id']}": "y", "lead_id": lead})
    columns = run(SourceCloseio(), "discover", account.config).streams["leads"]["json_schema"]["properties"]
    inside = columns["contacts"]["items"]["properties"]
    assert inside[f"custom.{inner['id']}"]["type"] == ["null", "array"]
    output = account.sync("leads", "contacts", "lead_contacts")
    (row,) = [one for one in output.records["leads"] if one["id"] == lead]
    assert row[f"custom.{several['id']}"] == ["x"]
    assert row[f"custom.{text['id']}"] == '["a", "b"]'
    assert row[f"custom.{hidden['id']}"] == '{"a": 1}'
    places = [
        *(one for one in row["contacts"] if one["id"] == contact),
        *(one for one in output.records["contacts"] if one["id"] == contact),
        *(one for one in output.records["lead_contacts"] if one["id"] == contact),
    ]
    assert [one[f"custom.{inner['id']}"] for one in places] == [["y"]] * 3


def test_a_first_sync_of_500_pages_at_16_requests_a_window_has_at_most_one_percent_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """100,000 leads are 500 pages of 200. Here they are 10,000 in pages of 20, and 8 seconds are 0.4."""
    window = 0.4
    monkeypatch.setattr(api, "ASSUMED", {"POST data": Allowance(16, window, 16)})
    sim = CloseSimulator(15, leads=10_000, contacts=1, opportunities=1, compact=True, options=Options(semicolons=False))
    with sim.serve() as url:
        large = Account(sim, url)
        sim.rate_limit = RateLimit(limit=240, window=window, own={"POST data/search": 16})
        output = large.sync("leads", pagination_max=20, num_workers=10)
    assert output.statuses == {"leads": "COMPLETE"}
    assert set(ids(output, "leads")) == set(sim.ids("lead"))
    searches = len(large.paths(SEARCH))
    assert searches >= 500
    assert sim.rate_limit.refused <= 0.01 * searches


def test_ten_workers_do_not_begin_with_a_burst_of_refused_searches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "ASSUMED", {"POST data": Allowance(4, 0.5, 4)})
    sim = CloseSimulator(16, leads=300, contacts=300, custom_objects=300, options=Options(semicolons=False))
    sim.latency = 0.05
    with sim.serve() as url:
        many = Account(sim, url)
        sim.rate_limit = RateLimit(limit=240, window=0.5, own={"POST data/search": 4})
        output = many.sync("leads", "contacts", "custom_objects", pagination_max=20, num_workers=10)
    assert set(output.statuses.values()) == {"COMPLETE"}
    assert sim.rate_limit.refusals.get("POST data/search", 0) <= 1


def test_the_header_with_semicolons_is_kept_to() -> None:
    sim = CloseSimulator(17, notes=300, options=Options(semicolons=True))
    with sim.serve() as url:
        paced = Account(sim, url)
        sim.rate_limit = RateLimit(limit=10, window=1.0)
        output = paced.sync("note_activities", pagination_max=10, num_workers=10)
    assert set(ids(output, "note_activities")) == set(sim.ids("note"))
    assert sim.rate_limit.refused <= 1
