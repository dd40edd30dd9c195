"""What users of Close rely on, shown with the whole connector."""

from collections.abc import Iterator
from typing import Any

import pytest

from closeio_account import Account, state
from connector import run
from simulators.closeio import CloseSimulator, RateLimit
from source_closeio import SourceCloseio

pytestmark = pytest.mark.usefixtures("impatient")
HOUR = 3600


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    marker = request.node.get_closest_marker("rows")
    sim = CloseSimulator(9, **(marker.kwargs if marker else {}))
    with sim.serve() as url:
        yield Account(sim, url)


def rows(**volumes: int) -> pytest.MarkDecorator:
    return pytest.mark.rows(**volumes)


@rows(calls=40, emails=40, notes=40, email_threads=10)
def test_late_edits_of_activities_are_found_in_the_event_log_and_fetched_by_id(account: Account) -> None:
    sim, names = account.sim, ("call_activities", "email_activities", "note_activities", "email_thread_activities")
    account.sync(*names)
    sim.clock.advance(5 * HOUR)
    edits = {
        "call_activities": sim.update("call", sim.ids("activity.call")[0], {"status": "completed", "duration": 61}),
        "email_activities": sim.update("email", sim.ids("activity.email")[1], {"opens_summary": "3 opens"}),
        "note_activities": sim.update("note", sim.ids("activity.note")[2], {"note": "edited"}),
        "email_thread_activities": sim.update("email_thread", sim.ids("activity.email_thread")[3], {"n_emails": 9}),
    }
    sim.clock.advance(2)
    output = account.sync(*names)
    assert {name: [row["id"] for row in found] for name, found in output.records.items()} == {
        name: [row["id"]] for name, row in edits.items()
    }
    assert output.records["call_activities"][0]["duration"] == 61
    # One for the key, one list of new ones and one fetch a stream, and one of the log for all.
    assert sim.request_count == 1 + 2 * len(names) + 1


@rows(emails=20)
def test_an_email_that_is_synced_late_with_an_old_date_is_not_missed(account: Account) -> None:
    account.sync("email_activities")
    account.sim.clock.advance(HOUR)
    old = account.sim.create("email", {"date_created": "2026-01-05T08:00:00+00:00"})
    account.sim.clock.advance(2)
    assert [row["id"] for row in account.sync("email_activities").records["email_activities"]] == [old["id"]]


@rows(notes=12)
def test_new_activities_are_not_fetched_twice(account: Account) -> None:
    account.sync("note_activities")
    account.sim.clock.advance(HOUR)
    new = account.sim.create("note", {"note": "new"})
    account.sim.clock.advance(2)
    assert [row["id"] for row in account.sync("note_activities").records["note_activities"]] == [new["id"]]
    assert not [request for request in account.sim.requests if "id__in" in request.query]


@rows(notes=12)
def test_a_busy_log_is_asked_by_type_and_action(account: Account) -> None:
    account.sync("note_activities")
    account.sim.clock.advance(HOUR)
    for number in range(200):  # more than a page, and too far apart in their order to be taken for one
        account.sim.log_event("lead", f"lead_{number}", "updated")
    edited = account.sim.update("note", account.sim.ids("activity.note")[2], {"note": "edited"})
    account.sim.clock.advance(2)
    output = account.sync("note_activities")
    assert [row["id"] for row in output.records["note_activities"]] == [edited["id"]]
    asked = [request.query for request in account.sim.requests if request.path == "/event/"]
    assert [query.get("action") for query in asked] == [None, "created", "updated"]


@rows(notes=12)
def test_a_state_older_than_the_log_is_said_and_read_again_from_the_start_date(account: Account) -> None:
    old = state("note_activities", {"date_updated": "2026-04-01T00:00:00Z"})
    output = account.sync("note_activities", states=old, start_date="2025-09-01")
    assert any("note_activities is older than the 30 days" in line for line in output.logs)
    since = [row for row in account.sim.rows("note") if row["date_created"] >= "2025-09-01"]
    assert {row["id"] for row in output.records["note_activities"]} == {row["id"] for row in since}
    assert output.statuses == {"note_activities": "COMPLETE"}


def test_the_event_log_is_not_asked_for_what_it_does_not_keep(account: Account) -> None:
    first = account.sync("events")
    assert first.records["events"]
    assert account.paths("/event/") == ["/event/"]
    old = account.sync("events", states=state("events", {"date_updated": "2026-01-01T00:00:00Z"}))
    assert old.records["events"] == first.records["events"]
    assert any("events is older than the 31 days" in line for line in old.logs)


@rows(notes=12)
def test_without_the_right_to_the_log_new_rows_come_and_late_edits_wait(account: Account) -> None:
    sim = account.sim
    account.sync("note_activities")
    sim.clock.advance(HOUR)
    edited = sim.update("note", sim.ids("activity.note")[2], {"note": "edited"})
    new = sim.create("note", {"note": "new"})
    sim.clock.advance(2)
    sim.options.forbidden["/event/"] = 403
    output = account.sync("note_activities")
    assert [row["id"] for row in output.records["note_activities"]] == [new["id"]]
    assert output.statuses == {"note_activities": "COMPLETE"}
    assert any("Late edits of note_activities cannot be seen" in line for line in output.logs)
    sim.options.forbidden.clear()
    sim.clock.advance(10 * HOUR)
    output = account.sync("note_activities")
    assert edited["id"] in {row["id"] for row in output.records["note_activities"]}
    assert set(account.states["note_activities"]["stream"]["stream_state"]) == {"date_updated"}


def test_meetings_ahead_neither_disappear_nor_push_the_state_ahead(account: Account) -> None:
    sim = account.sim
    ahead = sim.create("meeting", {"starts_at": "2027-05-05T09:00:00+00:00"})
    first = account.sync("meeting_activities")
    assert ahead["id"] in {row["id"] for row in first.records["meeting_activities"]}
    assert account.states["meeting_activities"]["stream"]["stream_state"] == {"date_updated": "2026-06-01T12:00:00Z"}
    sim.clock.advance(HOUR)
    booked = sim.create("meeting", {"starts_at": "2026-06-09T09:00:00+00:00"})
    past = sim.create("meeting", {"starts_at": "2026-02-09T09:00:00+00:00"})
    sim.clock.advance(2)
    found = {row["id"] for row in account.sync("meeting_activities").records["meeting_activities"]}
    assert {booked["id"], past["id"], ahead["id"]} <= found


@rows(leads=300, contacts=300)
def test_only_changed_leads_and_contacts_are_transferred(account: Account) -> None:
    sim = account.sim
    first = account.sync("leads", "contacts")
    assert len(first.records["leads"]) == 300
    sim.clock.advance(HOUR)
    lead = sim.update("lead", sim.ids("lead")[7], {"description": "changed"})
    sim.clock.advance(2)
    second = account.sync("leads", "contacts")
    assert [row["id"] for row in second.records["leads"]] == [lead["id"]]
    assert "contacts" not in second.records
    assert account.paths("/data/search/") == ["/data/search/"] * 2


@rows(leads=600)
def test_a_plateau_of_equal_dates_longer_than_a_chain_is_read(account: Account) -> None:
    sim = CloseSimulator(4, leads=600, plateau={"lead": 500})
    sim.search_chain_cap = 100
    sim.caps.max_limit["/data/search/"] = 200
    with sim.serve() as url:
        crowded = Account(sim, url)
        output = crowded.sync("leads", pagination_max=50)
        assert output.statuses == {"leads": "COMPLETE"}
        assert {row["id"] for row in output.records["leads"]} == set(sim.ids("lead"))


@rows(leads=60)
def test_expired_search_cursors_are_survived(account: Account) -> None:
    sim = account.sim
    moment = "2026-05-01T10:00:00.000000+00:00"
    for lead in sim.ids("lead"):
        with sim.lock:  # equal in both dates: only the cursor tells them apart
            sim.update("lead", lead, {"date_created": moment})
    sim.search_cursor_seconds = 30

    def slowly(sim: CloseSimulator, request: Any) -> None:
        sim.clock.advance(7)

    sim.on_request = slowly
    output = account.sync("leads", pagination_max=10)
    assert output.statuses == {"leads": "COMPLETE"}
    assert {row["id"] for row in output.records["leads"]} == set(sim.ids("lead"))
    sim.on_request = None
    wanted = {row["id"] for row in account.sync("events").records["events"]}
    sim.faults.add("expired_cursor", "/event/", after=2, times=1)
    sim.faults.add("expired_cursor", "/event/", after=5, times=1)
    output = account.sync("events", pagination_max=5, num_workers=1, states={})
    assert output.statuses == {"events": "COMPLETE"}, output.errors
    assert {row["id"] for row in output.records["events"]} == wanted


@rows(tasks=300, notes=120)
@pytest.mark.parametrize("wording", ["old", "new"])
def test_skip_caps_split_windows_instead_of_failing(account: Account, wording: Any) -> None:
    account.sim.options.skip_error = wording
    account.sim.caps.max_skip.update({"/task/": 40, "/activity/": 40})
    output = account.sync("tasks", "note_activities", pagination_max=10, num_workers=1)
    assert set(output.statuses.values()) == {"COMPLETE"}
    assert {row["id"] for row in output.records["tasks"]} == set(account.sim.ids("task"))
    assert {row["id"] for row in output.records["note_activities"]} == set(account.sim.ids("note"))


@rows(leads=400, contacts=400, notes=400)
@pytest.mark.parametrize("style", ["header", "nested_body", "flat_body", "retry_after_only"])
def test_the_rate_limit_is_kept_to(account: Account, style: Any) -> None:
    account.sim.rate_limit = RateLimit(limit=10, window=0.3, style=style)
    output = account.sync("contacts", "leads", "note_activities", pagination_max=10)
    assert set(output.statuses.values()) == {"COMPLETE"}
    assert len(output.records["leads"]) == 400
    if style == "header":
        # The very first answers are what tells the limit of a group of endpoints.
        assert account.sim.rate_limit.refused <= 0.1 * account.sim.request_count


@rows(leads=2000, contacts=2000, notes=1500)
@pytest.mark.parametrize(("stream", "kind", "page"), [("leads", "lead", 200), ("note_activities", "note", 100)])
def test_a_first_read_needs_hardly_more_requests_than_pages(
    account: Account, stream: str, kind: str, page: int
) -> None:
    output = account.sync(stream, num_workers=1)
    wanted = len(account.sim.ids(kind))
    assert len(output.records[stream]) == wanted
    path = "/data/search/" if stream == "leads" else "/activity/note/"
    assert len(account.paths(path)) <= 1.05 * wanted / page + 1


@rows(contacts=150)
def test_a_parent_of_several_streams_is_read_once(account: Account) -> None:
    output = account.sync("contacts", "contact_emails", "contact_phones", "contact_urls")
    assert len(account.paths("/data/search/")) == 1
    emails = sum(len(row["emails"]) for row in account.sim.rows("contact"))
    assert len(output.records["contact_emails"]) == emails
    alone = account.sync("contact_emails", states={})
    assert len(account.paths("/data/search/")) == 1
    assert alone.records["contact_emails"] == output.records["contact_emails"]
    assert set(alone.records) == {"contact_emails"}


@rows(contacts=150)
def test_a_stream_that_joins_later_gets_everything_and_the_others_only_changes(account: Account) -> None:
    account.sync("contacts")
    account.sim.clock.advance(HOUR)
    changed = account.sim.update("contact", account.sim.ids("contact")[3], {"title": "changed"})
    account.sim.clock.advance(2)
    output = account.sync("contacts", "contact_emails")
    assert [row["id"] for row in output.records["contacts"]] == [changed["id"]]
    assert len(output.records["contact_emails"]) == sum(len(row["emails"]) for row in account.sim.rows("contact"))
    assert len(account.paths("/data/search/")) == 1


def test_views_of_one_list_are_told_apart_although_the_filter_is_ignored(account: Account) -> None:
    names = ("google_connected_accounts", "custom_email_connected_accounts", "zoom_connected_accounts")
    output = account.sync("connected_accounts", *names)
    assert account.paths("/connected_account/") == ["/connected_account/"]
    assert [{row["_type"] for row in output.records[name]} for name in names] == [
        {"google"},
        {"custom_email"},
        {"zoom"},
    ]


@rows(tasks=90)
def test_tasks_and_the_streams_of_their_types_are_read_once_and_agree(account: Account) -> None:
    names = [name for name in account.streams if name.endswith("_tasks")]
    output = account.sync("tasks", *names)
    assert account.paths("/task/") == ["/task/"]
    assert sum(len(output.records[name]) for name in names) == len(output.records["tasks"]) == 90
    alone = account.sync("voicemail_tasks", states={})
    assert alone.records["voicemail_tasks"] == output.records["voicemail_tasks"]


@pytest.mark.parametrize(("status", "word"), [(402, "plan"), (403, "right")])
def test_a_missing_plan_or_right_ends_its_stream_only(account: Account, status: int, word: str) -> None:
    account.sim.options.forbidden["/send_as/"] = status
    output = account.sync("send_as", "users", "roles")
    assert output.statuses == {"send_as": "INCOMPLETE", "users": "COMPLETE", "roles": "COMPLETE"}
    (about,) = [error for error in output.errors if error.startswith("Stream send_as:")]
    assert word in about
    assert account.paths("/send_as/") == ["/send_as/"]


def test_discover_gives_every_custom_field_typed_and_described(account: Account) -> None:
    for stream, kinds in {
        "leads": ("custom_fields.lead", "custom_fields.shared"),
        "contacts": ("custom_fields.contact",),
        "opportunities": ("custom_fields.opportunity",),
        "custom_instance_activities": ("custom_fields.activity",),
        "custom_objects": ("custom_fields.custom_object",),
    }.items():
        columns = account.streams[stream]["json_schema"]["properties"]
        fields = [field for kind in kinds for field in account.sim.rows(kind)]
        used = [
            field
            for field in fields
            if not field["is_shared"] or any(one["object_type"] == "lead" for one in field.get("associations", []))
        ]
        assert used
        for field in used:
            column = columns[f"custom.{field['id']}"]
            assert column["description"] == field["name"]
            wanted = {"number": "number", "date": "date", "datetime": "date-time"}.get(field["type"])
            if field["accepts_multiple_values"]:
                assert "array" in column["type"]
            elif wanted:
                assert wanted in (column.get("format"), column["type"][1])


@rows(leads=20)
@pytest.mark.parametrize("bare_custom", [True, False])
def test_without_the_right_to_list_custom_fields_the_static_schema_remains(account: Account, bare_custom: bool) -> None:
    account.sim.options.forbidden["/custom_field_schema/"] = 403
    account.sim.options.search_bare_custom = bare_custom
    output = run(SourceCloseio(), "discover", account.config)
    assert "custom_objects" in output.streams
    assert not [name for name in output.streams["leads"]["json_schema"]["properties"] if name.startswith("custom.")]
    assert any("custom fields of leads cannot be listed" in line for line in output.logs)
    read = account.sync("leads")
    assert read.statuses == {"leads": "COMPLETE"}
    assert len(read.records["leads"]) == 20
    assert any(name.startswith("custom.") for row in read.records["leads"] for name in row) is bare_custom


def test_the_secret_of_a_webhook_is_not_read(account: Account) -> None:
    assert all("signature_key" in row for row in account.sim.rows("webhook"))
    assert not any("signature_key" in row for row in account.sync("webhooks").records["webhooks"])


def test_deletions_say_what_when_and_why(account: Account) -> None:
    sim = account.sim
    account.sync("deletions")
    sim.clock.advance(HOUR)
    first, second, third = sim.ids("lead")[:3]
    contact, task = sim.ids("contact")[-1], sim.ids("task")[0]
    sim.delete("contact", contact)
    sim.delete("task", task, "bulk")
    sim.delete("lead", third, "import_revert")
    sim.merge_leads(first, second)
    sim.clock.advance(2)
    gone = {row["object_id"]: row for row in account.sync("deletions").records["deletions"]}
    assert (gone[contact]["object_type"], gone[contact]["reason"]) == ("contact", "direct")
    assert gone[task]["reason"] == "bulk_action"
    assert gone[third]["reason"] == "import_revert"
    assert gone[first]["reason"] == "merge"
    assert gone[first]["merged_into"] == second
    assert all(row["date_updated"].startswith("2026-06-01T13:00") for row in gone.values())


@rows(opportunities=60)
def test_a_full_refresh_without_a_state_reads_everything_each_time(account: Account) -> None:
    account.sync("opportunities")
    again = account.sync("opportunities", states={}, sync_mode="full_refresh")
    assert len(again.records["opportunities"]) == 60


@rows(notes=12)
def test_the_state_of_the_other_connector_is_taken_where_it_means_the_same(account: Account) -> None:
    leads = state("leads", {"date_updated": "2026-05-30T00:00:00.000000Z"})
    output = account.sync("leads", states=leads)
    wanted = {row["id"] for row in account.sim.rows("lead") if row["date_updated"] >= "2026-05-29T23:55"}
    assert {row["id"] for row in output.records.get("leads", [])} == wanted
    notes = state("note_activities", {"date_created": "2026-05-30T00:00:00.000000Z"})
    output = account.sync("note_activities", states=notes)
    assert len(output.records["note_activities"]) == 12
    assert any("has no date_updated" in line for line in output.logs)


@rows(leads=100, opportunities=100)
def test_totals_are_told_as_estimates(account: Account) -> None:
    output = account.sync("leads", "opportunities")
    assert output.estimates == {"leads": 100, "opportunities": 100}


@rows(leads=100)
def test_a_long_read_tells_how_far_it_is(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SourceCloseio, "report_interval", 0.05)
    account.sim.latency = 0.05
    output = account.sync("leads", pagination_max=10)
    assert any(line.startswith("Reading stream leads: ") and "rows so far" in line for line in output.logs)


def test_an_organization_of_somebody_else_is_a_configuration_error(account: Account) -> None:
    output = run(SourceCloseio(), "check", account.config | {"organization_id": "orga_other"})
    (status,) = output.of("CONNECTION_STATUS")
    assert "no access to orga_other" in status["connectionStatus"]["message"]
    assert account.sim.organization_id in status["connectionStatus"]["message"]


@pytest.mark.parametrize("ending", ["/", ""])
def test_a_base_url_may_end_with_a_slash_and_must_be_the_api(account: Account, ending: str) -> None:
    good = run(SourceCloseio(), "check", account.config | {"base_url": account.config["base_url"] + ending})
    assert next(good.of("CONNECTION_STATUS"))["connectionStatus"]["status"] == "SUCCEEDED"
    bad = account.config["base_url"].removesuffix("/api/v1")
    status = next(run(SourceCloseio(), "check", account.config | {"base_url": bad + ending}).of("CONNECTION_STATUS"))
    assert status["connectionStatus"]["status"] == "FAILED"
    assert "is not the Close API" in status["connectionStatus"]["message"]
