"""The Close simulator behaves as docs/vendors/closeio.md says, so that other tests may rely on it."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from simulators.closeio import CloseSimulator, Options, RateLimit
from simulators.closeio.resources import RESOURCES

Json = Any


class Client:
    """A thin client of one running simulator."""

    def __init__(self, sim: CloseSimulator, url: str) -> None:
        self.sim = sim
        self.url = url
        self.session = requests.Session()
        self.session.auth = (sim.api_key, "")

    def get(self, path: str, status: int = 200, **params: Any) -> Json:
        response = self.session.get(self.url + path, params=params)
        assert response.status_code == status, response.text
        return response.json()

    def post(self, path: str, body: Json, status: int = 200, headers: dict[str, str] | None = None) -> Json:
        response = self.session.post(self.url + path, json=body, headers=headers)
        assert response.status_code == status, response.text
        return response.json()

    def ids(self, path: str, **params: Any) -> list[str]:
        return [row["id"] for row in self.get(path, **params)["data"]]


Start = Callable[..., Client]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts simulators, with the given volumes, and stops them after the test."""
    contexts = []

    def make(**settings: Any) -> Client:
        sim = CloseSimulator(**settings)
        context = sim.serve()
        contexts.append(context)
        return Client(sim, context.__enter__())

    yield make
    for context in contexts:
        context.__exit__(None, None, None)


@pytest.fixture
def close(start: Start) -> Client:
    return start()


def field(name: str, condition: Json, object_type: str = "lead") -> Json:
    target = {"type": "regular_field", "object_type": object_type, "field_name": name}
    return {"type": "field_condition", "field": target, "condition": condition}


def search_body(*parts: Json, sort: str = "date_updated", direction: str = "asc", **more: Any) -> Json:
    key = {"type": "regular_field", "object_type": "lead", "field_name": sort}
    queries = [{"type": "object_type", "object_type": "lead"}, *parts]
    return {"query": {"type": "and", "queries": queries}, "sort": [{"direction": direction, "field": key}], **more}


def since(moment: str) -> Json:
    return {"type": "moment_range", "on_or_after": {"type": "fixed_utc", "value": moment}, "before": None}


def chain(close: Client, body: Json) -> list[str]:
    found: list[str] = []
    while True:
        page = close.post("/data/search/", body)
        found += [row["id"] for row in page["data"]]
        if page["cursor"] is None:
            return found
        body = {**body, "cursor": page["cursor"]}


def test_every_path_of_the_catalogue_has_rows(close: Client) -> None:
    sim = close.sim
    needs = {
        "/custom_object/": {"lead_id": sim.rows("custom_object")[0]["lead_id"]},
        "/sequence_subscription/": {"sequence_id": sim.ids("sequence")[0]},
        "/comment/": {"thread_id": sim.ids("comment_thread")[0]},
    }
    for path in RESOURCES:
        assert close.get(path, **needs.get(path, {}))["data"], path
    organization = sim.organization_id
    singles = ["/me/", f"/organization/{organization}/", "/event/", "/user/availability/", "/report/activity/metrics/"]
    singles += [f"/report/statuses/{kind}/{organization}/" for kind in ("lead", "opportunity")]
    singles += [f"/report/sent_emails/{organization}/", "/report/custom/fields/", "/blocked_phone_number/settings/"]
    singles += [f"/membership/{sim.ids('membership')[0]}/pinned_views/", f"/report/custom/{organization}/"]
    for path in singles:
        assert close.get(path), path
    assert sim.violations == []


def test_the_same_seed_gives_the_same_rows() -> None:
    first, second, other = CloseSimulator(seed=3), CloseSimulator(seed=3), CloseSimulator(seed=4)
    assert first.rows("lead") == second.rows("lead") != other.rows("lead")
    assert first.api_key == second.api_key


def test_lists_without_has_more_and_lists_with_extras(close: Client) -> None:
    for path in ("/pipeline/", "/send_as/", "/custom_activity/", "/custom_object_type/"):
        assert set(close.get(path)) == {"data"}
    assert close.get("/lead/", _limit=3) | {"data": []} == {"data": [], "has_more": True, "total_results": 20}
    opportunities = close.get("/opportunity/", _limit=1)
    assert sum(opportunities["count_by_value_period"].values()) == opportunities["total_results"] == 16


def test_pages_by_skip_are_disjoint_and_complete(close: Client) -> None:
    pages = [close.ids("/contact/", _skip=skip, _limit=10) for skip in (0, 10, 20)]
    assert [len(page) for page in pages] == [10, 10, 4]
    assert sorted(id_ for page in pages for id_ in page) == sorted(close.sim.ids("contact"))
    assert close.get("/contact/", _skip=14, _limit=10)["has_more"] is False
    assert close.get("/lead/", _limit=0) == {"data": [], "has_more": True, "total_results": 20}


@pytest.mark.parametrize(
    ("path", "params", "text"),
    [
        (
            "/contact/",
            {"_limit": 101},
            "The limit you set is larger than the maximum limit for this resource (max_limit = 100).",
        ),
        ("/lead/", {"_limit": "abc"}, '_limit must be an integer (got "abc" instead).'),
        ("/lead/", {"_skip": "x"}, '_skip must be an integer (got "x" instead).'),
        ("/lead/", {"_skip": -1}, '_skip must be a non-negative integer (got "-1" instead).'),
        (
            "/activity/email/",
            {"_skip": 250_001},
            "The skip you set is larger than the maximum skip for this resource (max_skip = 250000). "
            "Please refine your search query.",
        ),
    ],
)
def test_bad_paging_is_refused_in_closes_words(close: Client, path: str, params: Json, text: str) -> None:
    assert close.get(path, 400, **params) == {"error": text}


def test_the_skip_cap_is_per_resource_and_has_a_newer_wording(close: Client) -> None:
    close.sim.caps.max_skip["/lead/"] = 5
    close.sim.options.skip_error = "new"
    assert close.get("/lead/", _skip=5)["data"]
    assert "less than or equal to 5" in close.get("/lead/", 400, _skip=6)["field-errors"]["_skip"]


def test_undeclared_filters_operators_and_orders_are_ignored(close: Client) -> None:
    assert close.get("/lead/", date_updated__gt="2030-01-01")["total_results"] == 20
    assert len(close.ids("/activity/call/", date_updated__gte="2030-01-01", nonsense="1")) == 8
    assert close.ids("/task/", _order_by="-date_updated") == close.ids("/task/")
    assert len(close.ids("/opportunity/", date_created__ne="2030-01-01")) == 16


def test_date_filters_are_exact_to_the_microsecond_and_accept_three_forms(close: Client) -> None:
    rows = close.sim.rows("call")
    moment = rows[3]["date_created"]
    naive, day = moment.removesuffix("+00:00"), moment[:10]
    later = {row["id"] for row in rows[4:]}
    assert set(close.ids("/activity/call/", date_created__gt=moment)) == later
    assert set(close.ids("/activity/call/", date_created__gte=naive)) == later | {rows[3]["id"]}
    assert rows[3]["id"] in close.ids("/activity/call/", date_created__gte=day)
    assert rows[3]["id"] not in close.ids("/activity/call/", date_created__lt=moment)


def test_a_raw_plus_in_an_offset_becomes_a_space_and_is_refused(close: Client) -> None:
    url = close.url + "/activity/call/?date_created__gte=2026-01-01T00:00:00+00:00"
    assert close.session.get(url).status_code == 400
    assert close.session.get(url.replace("+", "%2B")).status_code == 200


def test_activities_come_newest_first_and_by_ids(close: Client) -> None:
    rows = close.get("/activity/note/")["data"]
    moments = [datetime.fromisoformat(row["date_created"]) for row in rows]
    assert moments == sorted(moments, reverse=True)
    wanted = [rows[0]["id"], rows[2]["id"]]
    assert close.ids("/activity/note/", id__in=",".join(wanted)) == wanted


def test_some_activity_filters_work_only_with_a_lead(close: Client) -> None:
    everything = close.ids("/activity/", _type="Note", _limit=100)
    lead = close.sim.rows("note")[0]["lead_id"]
    assert len(everything) > len(close.sim.rows("note"))
    of_lead = close.get("/activity/", _type="Note", lead_id=lead)["data"]
    assert {row["_type"] for row in of_lead} == {"Note"}
    close.sim.options.activity_filters_without_lead = "400"
    close.get("/activity/", 400, _type="Note")


def test_thread_emails_choose_between_emails_and_threads(close: Client) -> None:
    def types(**params: Any) -> set[str]:
        return {row["_type"] for row in close.get("/activity/", **params)["data"]}

    assert {"Email"} == types() & {"Email", "EmailThread"}
    assert {"EmailThread"} == types(thread_emails="only") & {"Email", "EmailThread"}
    assert {"Email", "EmailThread"} <= types(thread_emails="true")


def test_tasks_are_lead_tasks_unless_asked(close: Client) -> None:
    def types(**params: Any) -> set[str]:
        return {row["_type"] for row in close.get("/task/", **params)["data"]}

    assert types() == {"lead"}
    assert len(types(_type="all")) == 9
    assert types(_type__in="lead,voicemail") == {"lead", "voicemail"}
    moment = sorted(row["date_updated"] for row in close.sim.rows("task"))[13]
    assert len(close.ids("/task/", _type="all", date_updated__gte=moment)) == 14
    dates = [row["date_created"] for row in close.get("/task/", _type="all", _order_by="-date_created")["data"]]
    assert dates == sorted(dates, reverse=True)
    assert {row["is_complete"] for row in close.get("/task/", _type="all", view="archive")["data"]} == {True}


def test_opportunities_filter_and_order_by_date_updated(close: Client) -> None:
    rows = close.get("/opportunity/", _order_by="date_updated", _limit=250)["data"]
    dates = [row["date_updated"] for row in rows]
    assert dates == sorted(dates)
    page = close.get("/opportunity/", date_updated__gte=dates[8], _order_by="-date_updated", _limit=2)
    assert page["total_results"] == 8
    assert [row["date_updated"] for row in page["data"]] == dates[:-3:-1]
    assert {row["status_type"] for row in close.get("/opportunity/", status_type__in="won,lost")["data"]} <= {
        "won",
        "lost",
    }


def test_smart_views_are_lead_views_unless_asked(close: Client) -> None:
    assert {row["type"] for row in close.get("/saved_search/")["data"]} == {"lead"}
    assert {row["type"] for row in close.get("/saved_search/", type__in="lead,call")["data"]} == {"lead", "call"}


def test_fields_select_and_unknown_ones_are_dropped(close: Client) -> None:
    row = close.get("/lead/", _fields="name,nothing,custom", _limit=1)["data"][0]
    assert "id" not in row
    assert "nothing" not in row
    assert {"name", "custom"} <= set(row)
    assert any(name.startswith("custom.cf_") for name in row)
    assert "recording_transcript" not in close.get("/activity/call/")["data"][0]
    transcripts = close.get("/activity/call/", _fields="id,recording_transcript")["data"]
    assert any("recording_transcript" in row for row in transcripts)


def test_group_members_come_only_by_id_and_fields(close: Client) -> None:
    group = close.get("/group/", _fields="id,name,members")["data"][0]
    assert set(group) == {"id", "name"}
    assert close.get(f"/group/{group['id']}/", _fields="id,members")["members"]


def test_rows_by_id_and_the_two_kinds_of_404(close: Client) -> None:
    for kind, path in {
        "lead": "lead",
        "contact": "contact",
        "opportunity": "opportunity",
        "call": "activity/call",
        "sequence": "sequence",
        "export": "export",
    }.items():
        id_ = close.sim.ids(kind)[0]
        assert close.get(f"/{path}/{id_}/")["id"] == id_
    event = close.get("/event/")["data"][0]
    assert close.get(f"/event/{event['id']}/") == event
    assert close.get("/lead/lead_none/", 404)["error"].startswith("Empty query")
    assert close.sim.violations == []
    assert close.get("/leads/", 404)["error"].startswith("The requested URL was not found")
    assert close.sim.violations == ["404 GET /leads/"]


def test_lists_that_need_a_parameter_refuse_without_it(close: Client) -> None:
    for path in ("/custom_object/", "/sequence_subscription/", "/comment/"):
        close.get(path, 400)


def test_missing_key_slash_method_and_media_type(close: Client) -> None:
    assert requests.get(close.url + "/lead/").json() == {"error": "Unauthorized"}
    redirect = close.session.get(close.url + "/lead?_limit=1", allow_redirects=False)
    assert (redirect.status_code, redirect.headers["location"]) == (308, "/api/v1/lead/?_limit=1")
    assert len(close.get("/lead", _limit=1)["data"]) == 1
    assert close.session.delete(close.url + "/lead/").status_code == 405
    assert close.session.post(close.url + "/data/search/", data=b"{}").status_code == 415
    assert len(close.sim.violations) == 3


def test_every_answer_has_ratelimit_and_the_virtual_date(close: Client) -> None:
    close.sim.clock.advance(3600)
    headers = close.session.get(close.url + "/me/").headers
    assert headers["ratelimit"].startswith("limit=")
    assert headers["date"] == "Mon, 01 Jun 2026 13:00:00 GMT"


def test_search_rows_have_only_what_is_asked_for(close: Client) -> None:
    assert set(close.post("/data/search/", search_body(_limit=1))["data"][0]) == {"__object_type", "id"}
    lead = next(row for row in close.sim.rows("lead") if any(name.startswith("custom.cf_") for name in row))
    key = next(name for name in lead if name.startswith("custom.cf_"))
    body = search_body({"type": "id", "value": lead["id"]}, _fields={"lead": ["name", key, "custom", "nothing"]})
    assert close.post("/data/search/", body)["data"] == [
        {"__object_type": "lead", "name": lead["name"], key: lead[key]}
    ]
    close.sim.options.search_bare_custom = True
    assert "custom" in close.post("/data/search/", body)["data"][0]


def test_search_by_moment_range_sorts_and_counts(close: Client) -> None:
    rows = sorted(close.sim.rows("lead"), key=lambda row: str(row["date_updated"]))
    moment = rows[12]["date_updated"]
    found = close.post("/data/search/", search_body(field("date_updated", since(moment)), include_counts=True))
    assert [row["id"] for row in found["data"]] == [row["id"] for row in rows[12:]]
    assert (found["count"], found["cursor"]) == ({"limited": 8, "total": 8}, None)
    down = close.post("/data/search/", search_body(field("date_updated", since(moment)), direction="desc"))
    assert [row["id"] for row in down["data"]] == [row["id"] for row in rows[:11:-1]]


def test_search_by_local_date_follows_the_callers_zone_and_needs_which(close: Client) -> None:
    lead = close.sim.rows("lead")[5]
    day = {"type": "fixed_local_date", "value": lead["date_created"][:10], "which": "start"}
    body = search_body(field("date_created", {"type": "moment_range", "on_or_after": day}))
    assert lead["id"] in chain(close, body)
    created = datetime.fromisoformat(lead["date_created"])
    shifted = close.post("/data/search/", body, headers={"x-tz-offset": str(-(created.hour + 1))})
    assert lead["id"] not in [row["id"] for row in shifted["data"]]
    del day["which"]
    close.post("/data/search/", body, 400)


def test_search_conditions(close: Client) -> None:
    leads = close.sim.rows("lead")
    status = leads[0]["status_id"]
    by_status = field("status_id", {"type": "reference", "reference_type": "status.lead", "object_ids": [status]})
    expected = {row["id"] for row in leads if row["status_id"] == status}
    assert set(chain(close, search_body(by_status))) == expected
    assert set(chain(close, search_body({**by_status, "negate": True}))) == {row["id"] for row in leads} - expected
    label = field("status_label", {"type": "term", "values": [leads[0]["status_label"]]})
    assert set(chain(close, search_body({"type": "or", "queries": [label, by_status]}))) == expected
    has_url = field("url", {"type": "exists"})
    assert set(chain(close, search_body(has_url))) == {row["id"] for row in leads if row["url"]}
    with_addresses = field("addresses_count", {"type": "number_range", "gte": 1})
    assert set(chain(close, search_body(with_addresses))) == {row["id"] for row in leads if row["addresses"]}
    close.post("/data/search/", search_body({"type": "nonsense"}), 400)
    close.post("/data/search/", {"cursor": None}, 400)


def test_contacts_opportunities_and_custom_objects_are_searchable(close: Client) -> None:
    for kind in ("contact", "opportunity", "custom_object"):
        body = {"query": {"type": "object_type", "object_type": kind}, "_limit": 200}
        assert sorted(chain(close, body)) == sorted(close.sim.ids(kind))
    close.post("/data/search/", {"query": {"type": "object_type", "object_type": "user"}}, 400)


def test_a_search_cursor_expires_after_30_seconds(close: Client) -> None:
    body = search_body(_limit=5)
    cursor = close.post("/data/search/", body)["cursor"]
    close.sim.clock.advance(29)
    assert len(close.post("/data/search/", {**body, "cursor": cursor})["data"]) == 5
    close.sim.clock.advance(2)
    assert close.post("/data/search/", {**body, "cursor": cursor}, 400) == {"error": "Expired cursor"}


def test_a_search_chain_ends_at_its_cap(close: Client) -> None:
    close.sim.search_chain_cap = 12
    assert len(chain(close, search_body(_limit=5))) == 12
    assert close.post("/data/search/", search_body(include_counts=True))["count"] == {"limited": 12, "total": 20}


@pytest.mark.parametrize(("semantics", "lost"), [("offset", 3), ("after", 0)])
def test_rows_that_leave_a_search_result_shift_an_offset_cursor(close: Client, semantics: Any, lost: int) -> None:
    close.sim.options.search_cursor_semantics = semantics
    body = search_body(_limit=5, direction="asc")
    first = close.post("/data/search/", body)
    for row in first["data"][:3]:
        close.sim.delete("lead", row["id"])
    rest = chain(close, {**body, "cursor": first["cursor"]})
    assert len(set(close.sim.ids("lead")) - set(rest) - {row["id"] for row in first["data"]}) == lost


def test_search_lags_behind_writes_by_option(close: Client) -> None:
    close.sim.options.search_index_lag = 10
    lead = close.sim.create("lead", {"name": "New"})
    changed = close.sim.update("lead", close.sim.ids("lead")[0], {"name": "Changed"})
    body = search_body(_fields={"lead": ["id", "name"]})
    names = [row["name"] for row in close.post("/data/search/", body)["data"]]
    assert "New" not in names
    assert "Changed" not in names
    close.sim.clock.advance(10)
    assert set(chain(close, body)) >= {lead["id"], changed["id"]}


def test_a_plateau_has_one_date_updated(start: Start) -> None:
    close = start(leads=50, plateau=20)
    dates = [row["date_updated"] for row in close.sim.rows("lead")]
    plateau = max(set(dates), key=dates.count)
    assert dates.count(plateau) == 20
    upper = {"type": "moment_range", "before": {"type": "fixed_utc", "value": plateau}}
    found = chain(close, search_body(field("date_updated", since(plateau)), _limit=7))
    assert len(found) == len(set(found)) == len([date for date in dates if date >= plateau])
    assert len(chain(close, search_body(field("date_updated", upper)))) == 50 - len(found)


def test_events_are_newest_first_capped_and_walk_by_cursor(start: Start) -> None:
    close = start(events=130)
    first = close.get("/event/", _limit=500)
    assert len(first["data"]) == 50
    assert first["cursor_previous"] is None
    second = close.get("/event/", _cursor=first["cursor_next"])
    dates = [row["date_updated"] for row in first["data"] + second["data"]]
    assert dates == sorted(dates, reverse=True)
    assert all(len(date) == 26 for date in dates)
    third = close.get("/event/", _cursor=second["cursor_next"])
    assert third["cursor_next"] is None
    assert close.get("/event/", _cursor=second["cursor_previous"])["data"] == first["data"]
    kept = len(first["data"] + second["data"] + third["data"])
    assert kept < 130
    close.sim.clock.advance(40 * 86_400)
    assert close.get("/event/")["data"] == []


def test_only_documented_event_filters_combine(close: Client) -> None:
    lead = close.sim.update("lead", close.sim.ids("lead")[0], {"description": "x"})
    assert len(close.get("/event/", lead_id=lead["id"], object_type="lead", action="updated")["data"]) >= 1
    deleted = close.get("/event/", object_type="activity.note", action="deleted")["data"]
    assert {(row["object_type"], row["action"], row["data"]) for row in deleted} == {("activity.note", "deleted", None)}
    for wrong in ({"object_type": "lead"}, {"object_id": lead["id"]}, {"action": "deleted", "lead_id": lead["id"]}):
        close.get("/event/", 400, **wrong)


def test_updates_in_short_order_are_one_event(close: Client) -> None:
    id_ = close.sim.ids("lead")[0]
    old = close.sim.row(id_)
    close.sim.clock.advance(60)
    close.sim.update("lead", id_, {"name": "A"})
    one = close.get("/event/")["data"][0]
    close.sim.clock.advance(5)
    close.sim.update("lead", id_, {"url": "https://b.example.com"})
    both = close.get("/event/")["data"][0]
    assert (both["id"], both["date_created"]) == (one["id"], one["date_created"])
    assert both["date_updated"] > one["date_updated"]
    assert {"name", "url"} <= set(both["changed_fields"])
    assert both["previous_data"]["name"] == old["name"]
    close.sim.clock.advance(60)
    close.sim.update("lead", id_, {"name": "C"})
    assert close.get("/event/")["data"][0]["id"] != one["id"]


def test_event_payload_is_hidden_after_an_hour_from_others_than_admins(close: Client) -> None:
    close.sim.options.admin = False
    close.sim.create("note", {})
    assert close.get("/event/", _limit=1)["data"][0]["data"]["_type"] == "Note"
    close.sim.clock.advance(3700)
    assert {"data", "previous_data"} & set(close.get("/event/", _limit=1)["data"][0]) == set()


def test_a_childs_change_moves_its_lead_without_a_lead_event(start: Start) -> None:
    close = start(events=0)
    note = close.sim.rows("note")[0]
    before = close.sim.row(note["lead_id"])["date_updated"]
    close.sim.clock.advance(100)
    updated = close.sim.update("note", note["id"], {"note": "new"})
    assert close.sim.row(note["lead_id"])["date_updated"] == updated["date_updated"] > before
    assert close.get("/event/", lead_id=note["lead_id"], object_type="lead", action="updated")["data"] == []


def test_deleting_a_lead_deletes_and_logs_its_children(close: Client) -> None:
    contact = next(row for row in close.sim.rows("contact") if row.get("lead_id"))
    close.sim.delete("lead", contact["lead_id"], reason="bulk")
    assert contact["id"] not in close.sim.ids("contact")
    logged = close.get("/event/", object_id=contact["id"], action="deleted")["data"][0]
    assert (logged["data"], logged["previous_data"]["id"]) == (None, contact["id"])
    assert "bulk_action_id" in logged["meta"]


def test_a_merge_moves_children_and_leaves_a_record(close: Client) -> None:
    source, destination = close.sim.ids("lead")[:2]
    note = next(row for row in close.sim.rows("note") if row["lead_id"] == source)
    merge = close.sim.merge_leads(source, destination)
    moved = close.sim.row(note["id"])
    assert (moved["lead_id"], moved["date_created"]) == (destination, note["date_created"])
    assert close.get("/activity/lead_merge/")["data"][0]["id"] == merge["id"]
    event = close.get("/event/", object_type="lead", action="merged")["data"][0]
    assert event["meta"]["merge_source_lead_id"] == source
    assert close.get("/event/", object_id=source, action="deleted")["data"]
    close.get(f"/lead/{source}/", 404)


def test_meetings_lie_in_the_future_and_synced_emails_in_the_past(close: Client) -> None:
    meeting = close.sim.create("meeting", {"source": "calendar"})
    assert meeting["date_created"] == meeting["starts_at"] == "2026-06-04T12:00:00+00:00" > meeting["date_updated"]
    email = close.sim.create("email", {"date_created": "2025-01-02T03:04:05+00:00"})
    rows = close.get("/activity/email/", date_created__gte="2025-01-02", date_created__lt="2025-01-03")["data"]
    assert [row["id"] for row in rows] == [email["id"]]
    assert rows[0]["date_updated"] > "2026-06-01T12:00"


def test_date_formats_differ_by_resource(close: Client) -> None:
    assert len(close.get("/pipeline/")["data"][0]["date_created"]) == 26
    assert close.get("/contact/")["data"][0]["date_created"].endswith("+00:00")
    assert {"created_at", "updated_at"} <= set(close.get("/playbook/")["data"][0])
    lengths = {len(row["date_created"]) for row in CloseSimulator(emails=60).rows("email")}
    assert lengths == {25, 32}


def test_custom_fields_are_listed_by_type_and_joined_in_the_schema(close: Client) -> None:
    own = {row["id"] for row in close.get("/custom_field/lead/")["data"]}
    shared = {row["id"] for row in close.get("/custom_field/shared/")["data"]}
    schema = close.get("/custom_field_schema/lead/")["fields"]
    assert not own & shared
    assert own < {row["id"] for row in schema} <= own | shared
    assert {row["type"] for row in schema} >= {"text", "number", "date", "datetime", "choices", "user", "hidden"}
    close.get("/custom_field_schema/activity/", 404)
    type_id = close.sim.ids("custom_activity_type")[0]
    inline = next(row for row in close.get("/custom_activity/")["data"] if row["id"] == type_id)["fields"]
    by_schema = close.get(f"/custom_field_schema/activity/{type_id}/")["fields"]
    assert [row["id"] for row in inline] == [row["id"] for row in by_schema]


def test_a_new_custom_value_shows_twice_on_a_lead_and_none_removes_it(close: Client) -> None:
    new = close.sim.create("custom_fields.lead", {"name": "Tier", "type": "text", "accepts_multiple_values": False})
    id_, key = close.sim.ids("lead")[0], f"custom.{new['id']}"
    close.sim.update("lead", id_, {key: "gold"})
    lead = close.get(f"/lead/{id_}/")
    assert (lead[key], lead["custom"]["Tier"]) == ("gold", "gold")
    close.sim.update("lead", id_, {key: None})
    assert key not in close.get(f"/lead/{id_}/")


def test_a_lead_embeds_contacts_and_only_open_tasks(close: Client) -> None:
    task = next(row for row in close.sim.rows("task.lead") if not row["is_complete"])
    lead = close.get(f"/lead/{task['lead_id']}/")
    assert task["id"] in [row["id"] for row in lead["tasks"]]
    assert lead["contact_ids"] == [row["id"] for row in lead["contacts"]]
    close.sim.update("task", task["id"], {"is_complete": True})
    assert task["id"] not in [row["id"] for row in close.get(f"/lead/{task['lead_id']}/")["tasks"]]
    assert close.get("/activity/task_completed/")["data"][0]["task_id"] == task["id"]


def test_the_activity_report_checks_its_metrics(close: Client) -> None:
    metrics = [row["key"] for row in close.get("/report/activity/metrics/")["metrics"]]
    body = {"type": "overview", "metrics": metrics[:3], "relative_range": "last-week"}
    report = close.post("/report/activity/", body)
    assert len(report["data"]) == 7
    assert set(report["aggregations"]["totals"]) == set(metrics[:3])
    close.post("/report/activity/", {**body, "metrics": ["nonsense"]}, 400)
    close.post("/report/activity/", {"type": "overview"}, 400)


def test_plans_and_rights_are_per_resource(close: Client) -> None:
    close.sim.options.forbidden = {"/send_as/": 402, "/role/": 403}
    close.get("/send_as/", 402)
    close.get("/role/", 403)
    close.get("/user/")
    assert len(close.get("/connected_account/", _type="zoom")["data"]) == 5
    close.sim.options.connected_account_type_filter_ignored = False
    assert len(close.get("/connected_account/", _type="zoom")["data"]) == 1
    assert len(close.get("/webhook/")["data"][0]["signature_key"]) == 64


@pytest.mark.parametrize("style", ["header", "nested_body", "flat_body", "retry_after_only"])
def test_the_rate_limit_counts_per_endpoint_group(close: Client, style: Any) -> None:
    close.sim.rate_limit = RateLimit(limit=2, window=30, style=style)
    statuses = [close.session.get(close.url + path).status_code for path in ("/lead/", "/lead/", "/lead/", "/user/")]
    assert statuses == [200, 200, 429, 200]
    refused = close.session.get(close.url + "/lead/")
    assert int(refused.headers["retry-after"]) in (29, 30)
    assert ("ratelimit" in refused.headers) == (style != "retry_after_only")
    body = refused.json() if refused.content else {}
    assert ("rate_reset" in body.get("error", {})) == (style == "nested_body")
    assert ("rate_reset" in body) == (style == "flat_body")


STATUS_FAULTS = {"429_nested": 429, "500": 500, "502_html": 502, "503": 503, "504": 504, "200_html": 200}
STATUS_FAULTS |= {"429_flat": 429, "429_header_only": 429, "429_retry_after": 429, "expired_cursor": 400}
STATUS_FAULTS |= {"401": 401, "402": 402, "403": 403, "404": 404, "400": 400}


@pytest.mark.parametrize(("kind", "status"), STATUS_FAULTS.items())
def test_a_fault_hits_once_and_only_its_path(close: Client, kind: str, status: int) -> None:
    fault = close.sim.faults.add(kind=kind, path="/lead/", after=1, times=1)
    answers = [close.session.get(close.url + path) for path in ("/lead/", "/user/", "/lead/", "/lead/")]
    assert [answer.status_code for answer in answers] == [200, 200, status, 200]
    assert fault.hits == 1
    assert ("html" in answers[2].headers["content-type"]) == (kind in ("500", "502_html", "503", "504", "200_html"))


def test_broken_connections_and_bodies(close: Client) -> None:
    for kind in ("reset", "short_body"):
        close.sim.faults.add(kind=kind, path=r"/lead/.*")
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            close.get("/lead/")
    close.sim.faults.add(kind="truncated")
    with pytest.raises(requests.JSONDecodeError):
        close.get("/lead/")
    close.sim.faults.add(kind="slow", seconds=0.2)
    with pytest.raises(requests.Timeout):
        requests.get(close.url + "/lead/", auth=(close.sim.api_key, ""), timeout=0.05)
    assert close.get("/lead/")["data"]
    with pytest.raises(ValueError, match="unknown fault"):
        close.sim.faults.add(kind="flood")


def test_a_callback_can_change_rows_between_two_pages(close: Client) -> None:
    def insert(sim: CloseSimulator, request: Any) -> None:
        if request.query.get("_skip") == "5":
            sim.create("note", {})

    close.sim.on_request = insert
    first, second = (close.ids("/activity/note/", _skip=skip, _limit=5) for skip in (0, 5))
    assert first[-1] == second[0]


def test_requests_are_recorded(close: Client) -> None:
    close.get("/lead/", _limit=1)
    close.post("/data/search/", search_body())
    got, posted = close.sim.requests
    assert (got.index, got.method, got.path, got.query, got.status) == (0, "GET", "/lead/", {"_limit": "1"}, 200)
    assert posted.body["query"]["type"] == "and"
    close.sim.reset_requests()
    assert close.sim.request_count == 0


def test_rows_can_change_while_requests_run(close: Client) -> None:
    def read(_: int) -> int:
        return len(requests.get(close.url + "/lead/", auth=(close.sim.api_key, "")).json()["data"])

    with ThreadPoolExecutor(4) as pool:
        counts = pool.map(read, range(40))
        for _ in range(40):
            close.sim.create("lead")
        assert all(20 <= count <= 60 for count in counts)
    assert close.sim.request_count == 40


def test_a_redirected_post_keeps_its_body_only_with_308(close: Client) -> None:
    assert close.post("/data/search", search_body())["data"]
    close.sim.options.redirect_status = 301
    close.post("/data/search", search_body(), 405)


def test_a_get_may_come_as_a_post_with_params(close: Client) -> None:
    page = close.post("/contact/", {"_params": {"_limit": 2}}, headers={"x-http-method-override": "GET"})
    assert len(page["data"]) == 2


def test_late_events_come_in_behind_those_already_seen(close: Client) -> None:
    newest = close.get("/event/", _limit=1)["data"][0]
    close.sim.log_event("lead", "lead_x", "created", seconds_ago=86_400, lead_id="lead_x")
    page = close.get("/event/")["data"]
    assert [row["object_id"] for row in page].index("lead_x") > 0
    assert page[0] == newest


def test_it_runs_as_its_own_process() -> None:
    command = [sys.executable, "-m", "simulators.closeio", "--leads", "30", "--activities", "10", "--latency-ms", "1"]
    process = subprocess.Popen(command, cwd=Path(__file__).parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdout, process.stdin:
        ready = json.loads(process.stdout.readline())
        get = requests.get(f"{ready['url']}/lead/", params={"_limit": 30}, auth=(ready["api_key"], ""))
        assert len(get.json()["data"]) == 30
        assert len(requests.post(ready["control"] + "change?kind=lead&count=3").json()["changed"]) == 3
        assert requests.get(ready["control"] + "stats").json()["requests"] == 1
        assert requests.post(ready["control"] + "advance?seconds=60").json()["now"].startswith("2026-06-01T12:01")
    assert process.wait(5) == 0


@pytest.mark.parametrize(
    ("step", "since", "found"),
    [
        ("microsecond", "12:00:00.500001", 0),
        ("millisecond", "12:00:00.500001", 1),
        ("millisecond", "12:00:00.501", 0),
        ("second", "12:00:00.999999", 1),
        ("second", "12:00:01", 0),
    ],
)
def test_filters_with_finer_digits_are_cut_to_the_step_of_the_store(
    start: Start, step: Any, since: str, found: int
) -> None:
    close = start(options=Options(step=step), start=datetime.fromisoformat("2026-06-01T12:00:00.500+00:00"))
    lead = close.sim.create("lead")["id"]
    opportunity = close.sim.create("opportunity", {"lead_id": lead})["id"]
    moment = f"2026-06-01T{since}+00:00"
    bounds = {"type": "moment_range", "on_or_after": {"type": "fixed_utc", "value": moment}, "before": None}
    searched = close.post("/data/search/", search_body(field("date_created", bounds)))["data"]
    assert [row["id"] for row in searched] == [lead] * found
    assert close.ids("/opportunity/", date_created__gte=moment) == [opportunity] * found
    logged = close.get("/event/", date_updated__gte=moment)["data"]
    assert [event["object_id"] for event in logged if event["action"] == "created"] == [opportunity, lead] * found
    assert all(len(event["date_updated"].partition(".")[2]) == 6 for event in logged)


def test_rows_from_the_database_stand_where_the_index_has_them(start: Start) -> None:
    close = start(leads=5, options=Options(search_index_lag=600, search_rows="database"))
    sim = close.sim
    by_date = sorted(sim.rows("lead"), key=lambda row: row["date_updated"])
    first, second, *rest = [row["id"] for row in by_date]
    sim.update("lead", first, {"description": "new"})
    sim.delete("lead", second)
    new = sim.create("lead")["id"]
    body = search_body(_fields={"lead": ["id", "description", "date_updated"]})
    rows = close.post("/data/search/", body)["data"]
    assert [row["id"] for row in rows] == [first, *rest]  # at its old place, with the new date
    assert rows[0]["description"] == "new"
    assert rows[0]["date_updated"] > rows[1]["date_updated"]
    assert new not in [row["id"] for row in rows]
    sim.clock.advance(601)
    rows = close.post("/data/search/", body)["data"]
    assert {row["id"] for row in rows} == {first, *rest, new}
    assert rows[-1]["id"] in (first, new)


@pytest.mark.parametrize(("error", "text"), [("all", "localtime, url"), ("one", "localtime"), ("none", "Not all")])
def test_search_refuses_fields_that_it_does_not_know(start: Start, error: Any, text: str) -> None:
    options = Options(search_unknown_fields=("localtime", "url"), search_field_error=error, search_checks_custom=True)
    close = start(options=options)
    known = close.sim.ids("custom_fields.lead")[0]
    body = search_body(_fields={"lead": ["id", "localtime", "url", f"custom.{known}"]})
    refused = close.post("/data/search/", body, status=400)
    assert text in refused["field-errors"]["_fields"]["lead"][0]
    body = search_body(_fields={"lead": ["id", f"custom.{known}"]})
    assert close.post("/data/search/", body)["data"]
    close.sim.delete("custom_fields.lead", known)
    assert f"custom.{known}" in str(close.post("/data/search/", body, status=400)) or error == "none"


@pytest.mark.parametrize("shape", ["error", "errors", "field-errors", "detail"])
def test_the_caps_are_told_in_every_shape(start: Start, shape: Any) -> None:
    close = start(options=Options(limit_error=shape, skip_error="new" if shape == "field-errors" else shape))
    close.sim.caps.max_limit["/lead/"] = 50
    body = close.get("/lead/", status=400, _limit=51)
    assert shape in body
    assert "max_limit = 50" in str(body)
    body = close.get("/lead/", status=400, _skip=10_001)
    assert shape in body
    assert "less than or equal to 10000" in str(body)
    close.sim.caps.max_limit["/data/search/"] = 60
    assert "max_limit = 60" in str(close.post("/data/search/", search_body(_limit=61), status=400))


def test_search_has_a_limit_of_its_own_and_the_header_has_semicolons(start: Start) -> None:
    close = start(options=Options(semicolons=True))
    close.sim.rate_limit = RateLimit(limit=240, window=8, own={"POST data/search": 16})
    answer = close.session.get(close.url + "/user/")
    assert answer.headers["ratelimit"] == "limit=240; remaining=239; reset=8"
    statuses = [close.session.post(close.url + "/data/search/", json=search_body()).status_code for _ in range(18)]
    assert statuses == [200] * 16 + [429] * 2
    assert close.sim.rate_limit.refusals == {"POST data/search": 2}


def test_a_firewall_answers_with_a_web_page(start: Start) -> None:
    close = start(options=Options(firewall=("/role/",)))
    answer = close.session.get(close.url + "/role/")
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/html")
    assert close.get("/user/")["data"]


def test_the_event_log_gives_its_reason_and_a_report_may_lack_a_table(start: Start) -> None:
    close = start(options=Options(event_error="date_updated is too old.", reports_without=("status_transitions",)))
    assert close.get("/event/", status=400) == {"error": "date_updated is too old."}
    report = close.get(f"/report/statuses/lead/{close.sim.organization_id}/")
    assert set(report) == {"status_overview", "status_transitions_summary"}


def test_the_event_of_a_deletion_has_the_last_content(close: Client) -> None:
    lead = close.sim.update("lead", close.sim.ids("lead")[0], {"description": "the last"})
    close.sim.delete("lead", lead["id"])
    events = close.get("/event/", object_type="lead", action="deleted")["data"]
    (event,) = [one for one in events if one["object_id"] == lead["id"]]
    assert event["data"] is None
    assert event["previous_data"]["description"] == "the last"
