"""The ConnectWise simulator behaves as the reference says (connectwise.md, section 11); other tests rely on it."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from simulators import server
from simulators.connectwise import ConnectWiseSimulator, Options, RateLimit
from simulators.connectwise.catalog import BY_RECORD, LISTS, ONE, ListSpec
from simulators.connectwise.gate import PREFIX

Json = Any
FORWARD = {"pagination-type": "Forward-Only"}
LINK = re.compile(r'<([^>]+)>; rel="(\w+)"')


class Client:
    """A thin client of one running simulator."""

    def __init__(self, sim: ConnectWiseSimulator, url: str) -> None:
        self.sim = sim
        self.url = url
        self.root = url.removesuffix(PREFIX)
        self.session = requests.Session()
        self.session.headers.update(sim.headers())

    def send(self, path: str, headers: Mapping[str, str | None] | None = None, **params: Any) -> requests.Response:
        return self.session.get(self.url + path, params=params, headers=headers)

    def get(self, path: str, status: int = 200, **params: Any) -> Json:
        response = self.send(path, **params)
        assert response.status_code == status, response.text
        return response.json()

    def ids(self, path: str, **params: Any) -> list[int]:
        return [row["id"] for row in self.get(path, pageSize=1000, **params)]

    def where(self, path: str, conditions: str) -> list[int]:
        return self.ids(path, conditions=conditions)


Start = Callable[..., Client]


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[str, list[ConnectWiseSimulator]]]:
    """One server for all tests, as stopping one takes longer than most tests; it serves the last simulator."""
    sims: list[ConnectWiseSimulator] = []
    with server.serve(server.application(lambda request: sims[-1].handle(request))) as url:
        yield url + PREFIX, sims


@pytest.fixture
def start(shared: tuple[str, list[ConnectWiseSimulator]]) -> Start:
    """Makes simulators with the given volumes; each takes the place of the one before."""
    url, sims = shared

    def make(**settings: Any) -> Client:
        sims[:] = [ConnectWiseSimulator(**settings)]
        return Client(sims[0], url)

    return make


@pytest.fixture
def psa(start: Start) -> Client:
    return start()


def links(response: requests.Response) -> dict[str, dict[str, str]]:
    """Parameters by relation."""
    found = LINK.findall(response.headers.get("link", ""))
    return {rel: {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()} for url, rel in found}


def forward(psa: Client, path: str, **params: Any) -> list[list[int]]:
    """The ids of each page of a walk, as long as there is a next link."""
    pages: list[list[int]] = []
    page_id: dict[str, str] = {}
    while True:
        response = psa.send(path, FORWARD, **params, **page_id)
        assert response.status_code == 200, response.text
        pages.append([row["id"] for row in response.json()])
        following = links(response).get("next")
        if following is None:
            return pages
        page_id = {"pageId": following["pageId"]}


def owner_params(spec: ListSpec, psa: Client) -> tuple[str, dict[str, Any]]:
    """Path and parameters of a list that has at least one row."""
    owner = psa.sim.owned_rows(spec.name)[0][0]
    names = BY_RECORD.get(spec.name)
    params = dict(zip(names, owner, strict=True)) if names and isinstance(owner, tuple) else {}
    path = spec.path.replace("{parent}", str(owner))
    if "{grandparent}" in path:
        above = next(around for around, row in psa.sim.owned_rows(spec.parent) if row["id"] == owner)
        path = path.replace("{grandparent}", str(above))
    return path, params


def test_every_list_serves_the_rows_of_its_model(psa: Client) -> None:
    assert len(LISTS) == 275
    for spec in LISTS.values():
        path, params = owner_params(spec, psa)
        found = psa.get(path, pageSize=1000, **params)
        rows = [found] if spec.pk == ONE else found
        assert rows, spec.name
        for row in rows:
            assert set(row) <= set(spec.fields), spec.name
            shows = "lastUpdated" in row.get("_info", {})
            assert shows == (spec.shown in ("yes", "unsure")), spec.name
        if spec.count:
            assert psa.get(f"{path}/count", **params) == {"count": len(rows)}
    assert not psa.sim.violations


def test_lists_without_a_count_have_no_such_path(psa: Client) -> None:
    psa.get("/service/tickets/changelogs/count", status=404)
    assert len(psa.sim.violations) == 1


def test_served_rows_are_those_the_test_sees(psa: Client) -> None:
    for kind in ("tickets", "contacts", "entity_types", "agreement_recaps"):
        path = LISTS[kind].path
        assert psa.get(path, pageSize=1000) == psa.sim.rows(kind)
    ticket = psa.sim.rows("tickets")[3]
    assert psa.get(f"/service/tickets/{ticket['id']}") == ticket


def test_child_rows_name_their_parent_where_the_table_says_so(psa: Client) -> None:
    for spec in LISTS.values():
        if not spec.key:
            continue
        for owner, row in psa.sim.owned_rows(spec.name):
            field, _, part = spec.key.partition(".")
            assert (row[field][part] if part else row[field]) == owner, spec.name


def test_ids_ascend_with_gaps_and_service_and_project_tickets_share_them(psa: Client) -> None:
    service, project = psa.sim.ids("tickets"), psa.sim.ids("project_tickets")
    assert service == sorted(set(service))
    assert len(service) < service[-1]
    assert not set(service) & set(project)


def test_the_same_seed_gives_the_same_account() -> None:
    one, same, other = (ConnectWiseSimulator(seed).rows("tickets") for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_company_info_needs_no_key(psa: Client) -> None:
    bare = requests.get(f"{psa.root}/login/companyinfo/acme").json()
    assert bare["Codebase"] == "v2025_1/"
    assert bare["SiteUrl"] == urlsplit(psa.url).netloc
    assert requests.get(f"{psa.root}/login/companyinfo/other").json() is None
    psa.sim.options.unknown_company = "404"
    assert requests.get(f"{psa.root}/login/companyinfo/other").status_code == 404
    assert not psa.sim.violations


def test_the_codebase_of_a_version_ages_and_others_cannot_be_routed(psa: Client) -> None:
    def of(base: str) -> requests.Response:
        return psa.session.get(f"{psa.root}{base}/system/info")

    assert of("/v2025_1/apis/3.0").status_code == 200
    psa.sim.codebase = "v2025_2"
    assert of("/v2025_1/apis/3.0").status_code == 404
    assert of("/v4_6_release/apis/3.0").status_code == 200
    assert not psa.sim.violations
    for base in ("/apis/3.0", "/v4_6_release/apis/3.0/v4_6_release/apis/3.0", "/v4_6_release"):
        response = of(base)
        assert (response.status_code, response.text) == (400, "Cannot route. Codebase/company is invalid")
    assert len(psa.sim.violations) == 3


def test_wrong_credentials_are_refused_and_violations(psa: Client) -> None:
    missing: list[dict[str, str | None]] = [
        {"Authorization": None},
        {"Authorization": "Basic eA=="},
        {"clientId": None},
        {"clientId": "another"},
    ]
    for number, headers in enumerate(missing, 1):
        response = psa.send("/service/tickets", headers)
        assert response.status_code == 401
        assert response.json() == {"code": "ConnectWiseApi", "message": "UserNotAuthenticated", "errors": None}
        assert len(psa.sim.violations) == number
    assert psa.send("/system/info", {"Authorization": None}).status_code == 401
    psa.sim.options.system_info_open = True
    assert psa.send("/system/info", {"Authorization": None}).json()["isCloud"]
    psa.sim.options.wrong_key_status = 404
    psa.sim.options.missing_client_id_status = 403
    assert psa.send("/service/tickets", {"Authorization": "Basic eA=="}).status_code == 404
    assert psa.send("/service/tickets", {"clientId": None}).status_code == 403


@pytest.mark.parametrize(
    ("headers", "params"),
    [
        ({"Accept": "application/json"}, {}),
        ({"Accept": "application/vnd.connectwise.com+json"}, {}),
        ({"pagination-type": "backward"}, {}),
        ({}, {"conditions": "id in (" + ",".join(["1"] * 490) + ")"}),
    ],
)
def test_careless_requests_are_answered_but_noted(psa: Client, headers: Any, params: Any) -> None:
    assert psa.send("/service/tickets", headers, **params).status_code == 200
    assert len(psa.sim.violations) == 1


def test_unknown_paths_and_methods_are_violations(psa: Client) -> None:
    assert psa.get("/service/ticket", status=404)["message"] == "The endpoint does not exist."
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert psa.session.request(method, f"{psa.url}/service/tickets").status_code == 405
    assert psa.session.delete(f"{psa.url}/service/tickets/changelogs").status_code == 405
    assert psa.get("/service/tickets/search", status=405)
    assert len(psa.sim.violations) == 7
    assert psa.sim.ids("ticket_change_logs")


def test_missing_rows_and_parents_are_no_violations(psa: Client) -> None:
    error = {"code": "NotFound", "message": "Ticket 99999 not found", "errors": None}
    assert psa.get("/service/tickets/99999", status=404) == error
    assert psa.get("/service/tickets/99999/notes", status=404) == error
    assert psa.get("/company/configurations/99999", status=404)["message"] == "Configuration 99999 not found"
    psa.sim.options.missing_endpoints = ("/time/changelogs",)
    psa.get("/time/changelogs", status=404)
    assert not psa.sim.violations


def test_slashes_and_the_case_of_parameters_do_not_matter(psa: Client) -> None:
    rows = psa.get("/finance/agreementrecap")
    assert psa.get("/finance/agreementrecap/") == psa.get("//finance/agreementrecap") == rows
    assert psa.get("/service/tickets", PAGESIZE=3, Page=2) == psa.get("/service/tickets", pageSize=3, page=2)
    assert not psa.sim.violations


def test_pages_are_25_rows_by_default_and_1000_at_most(start: Start) -> None:
    psa = start(tickets=1200)
    assert len(psa.get("/service/tickets")) == 25
    assert len(psa.get("/service/tickets", pageSize=5000)) == 1000
    assert len(psa.get("/service/tickets", pageSize=5000, page=2)) == 200
    assert psa.get("/service/tickets", pageSize=1000, page=3) == []
    assert not psa.sim.violations
    for bad in ("0", "x", "-1"):
        psa.get("/service/tickets", status=400, pageSize=bad)
    assert len(psa.sim.violations) == 3


def test_numbered_pages_link_to_each_other_by_the_servers_own_name(psa: Client) -> None:
    conditions = "lastUpdated >= [2020-01-01T00:00:00Z]"
    first = psa.send("/service/tickets", pageSize=12, conditions=conditions)
    assert list(links(first)) == ["next", "last"]
    assert links(first)["next"] == {"pageSize": "12", "conditions": conditions, "page": "2"}
    assert links(first)["last"]["page"] == "3"
    assert first.headers["link"].startswith("<https://na.myconnectwise.net/v4_6_release/apis/3.0/service/tickets/?")
    assert "lastUpdated+%3e%3d+%5b2020" in first.headers["link"]
    last = psa.send("/service/tickets", pageSize=12, page=3)
    assert {rel: params["page"] for rel, params in links(last).items()} == {"last": "3", "first": "1", "prev": "2"}
    assert "link" not in psa.send("/service/tickets", pageSize=100).headers
    psa.sim.options.link_base = None
    assert psa.send("/service/tickets", pageSize=12).headers["link"].startswith(f"<{psa.url}/service/tickets/?")


def test_forward_only_walks_by_id_until_a_page_is_empty(psa: Client) -> None:
    ids = psa.sim.ids("tickets")
    pages = forward(psa, "/service/tickets", pageSize=12, page=7)
    assert pages == [ids[:12], ids[12:24], ids[24:], []]
    psa.sim.options.forward_end = "empty"
    assert forward(psa, "/service/tickets", pageSize=15) == [ids[:15], ids[15:]]
    assert psa.send("/service/tickets", FORWARD, pageSize=30).headers["link"] == ""
    assert not psa.sim.violations


def test_page_id_needs_the_header_and_a_list_that_knows_it(psa: Client) -> None:
    ids = psa.sim.ids("tickets")
    assert psa.ids("/service/tickets", pageId=ids[3]) == ids
    psa.sim.options.forward_unsupported = frozenset({"tickets"})
    response = psa.send("/service/tickets", FORWARD, pageSize=10, pageId=ids[3])
    assert [row["id"] for row in response.json()] == ids[:10]
    assert links(response)["next"]["page"] == "2"


def test_order_by_does_not_go_with_forward_only(psa: Client) -> None:
    assert psa.send("/service/tickets", FORWARD, orderBy="id asc").status_code == 400
    psa.sim.options.forward_order_by = "ignore"
    assert psa.send("/service/tickets", FORWARD, orderBy="id desc").json()[0]["id"] == psa.sim.ids("tickets")[0]
    assert len(psa.sim.violations) == 2


def test_rows_that_move_out_of_a_window_shift_numbered_pages_but_not_forward_ones(start: Start) -> None:
    lost = {}
    for kind, headers in (("page", {}), ("pageId", FORWARD)):
        psa = start()
        window = f"lastUpdated < [{psa.sim.clock.now().isoformat().replace('+00:00', 'Z')}]"
        psa.sim.clock.advance(60)
        ids = set(psa.where("/service/tickets", window))
        first = psa.send("/service/tickets", headers, pageSize=10, conditions=window)
        for row in first.json()[:3]:
            psa.sim.update("tickets", row["id"], {"summary": "moved"})
        position = {kind: links(first)["next"][kind]}
        second = psa.send("/service/tickets", headers, pageSize=1000 if headers else 10, conditions=window, **position)
        rest = {row["id"] for row in second.json()}
        lost[kind] = sorted(ids)[10:13] if min(rest) > sorted(ids)[10] else []
    assert len(lost["page"]) == 3
    assert lost["pageId"] == []


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ("id > {2} and id <= {5}", [3, 4, 5]),
        ("ID={2}", [2]),
        ("id in ({1}, {4},99999)", [1, 4]),
        ("id not in ({0}) and id < {3}", [1, 2]),
        ("not (id > {1}) OR id = {4}", [0, 1, 4]),
        ("(id = {1} or id = {2}) and Summary != 'plain'", [1]),
        ('summary = "it\'s 100% \\"new\\""', [1]),
        ("summary like 'IT%new*'", [1]),
        ('summary contains "100"', [1]),
        ("summary not like '*' and id < {4}", []),
        ("summary like '[[]x]%'", [3]),
        ("summary = 'PLAIN'", [2]),
        ("poNumber = null and id < {4}", [1, 3]),
        ("poNumber != NULL and id < {3}", [0, 2]),
        ("closedFlag = True and id < {4}", [0, 2, 3]),
        ("CLOSEDFLAG = false and id < {4}", [1]),
        ("Board/Id = 77", [2]),
        ("board/name like 'seventy*'", [2]),
        ("severity = 'High' and id < {3}", [0]),
        ("budgetHours >= 2.5 and id < {3}", [1, 2]),
        ("budgetHours < -1", [0]),
        ("requiredDate >= [2024-03-01] and id < {3}", [1, 2]),
        ("requiredDate = [2024-03-01T09:30:00Z] and id < {3}", [1]),
        ("requiredDate < [2024-03-01T10:30:00.5+01:00] and id < {3}", [0, 1]),
    ],
)
def test_conditions(psa: Client, conditions: str, expected: list[int]) -> None:
    ids = psa.sim.ids("tickets")
    fields = (
        ("summary", ["zero", 'it\'s 100% "new"', "plain", "[x] three"]),
        ("poNumber", ["1", None, "2", None]),
        ("closedFlag", [True, False, True, True]),
        ("board", [{"id": 70, "name": "Seven"}, {}, {"id": 77, "name": "Seventy-seven"}, None]),
        ("severity", ["High", "Low", "Medium", "Low"]),
        ("budgetHours", [-2, 2.5, 100, None]),
        ("requiredDate", ["2024-02-29T23:59:59Z", "2024-03-01T09:30:00Z", "2025-01-01", None]),
    )
    for number, id_ in enumerate(ids):
        values = {name: found[number] if number < 4 else None for name, found in fields}
        psa.sim.update("tickets", id_, values)
    assert psa.where("/service/tickets", conditions.format(*ids)) == [ids[number] for number in expected]
    assert not psa.sim.violations


@pytest.mark.parametrize(("option", "expected"), [(True, [0, 2]), (False, [2])])
def test_and_may_bind_tighter_than_or(start: Start, option: bool, expected: list[int]) -> None:
    psa = start(options=Options(and_first=option))
    ids = psa.sim.ids("tickets")
    conditions = f"id = {ids[0]} or id = {ids[2]} and id > {ids[1]}"
    assert psa.where("/service/tickets", conditions) == [ids[number] for number in expected]


@pytest.mark.parametrize(
    ("path", "conditions", "message"),
    [
        ("/finance/invoices", "invoiceDate > [2024-01-01]", "invoiceDate is not a recognized name."),
        ("/service/boards", "board/name = 'x'", "board/name is not a recognized name."),
        ("/company/contacts", "types/name = 'x'", "types/name is not a recognized name."),
        ("/company/contacts", "communicationItems/value = 'x'", "communicationItems/value is not a recognized name."),
        ("/company/companies", "typeids = 1", "typeids is not a recognized name."),
        ("/service/tickets", "configurations/id = 1", "configurations/id is not a recognized name."),
        ("/finance/agreements", "agreementStatus not like 'x'", "Enum value supplied was invalid"),
        ("/finance/agreements", "agreementStatus = 'x'", "Enum value supplied was invalid"),
        ("/system/kpis", "lastUpdated > [2024-01-01]", "lastUpdated is not a recognized name."),
        ("/service/tickets?orderBy=foo", "id > 0", "foo is not a recognized name."),
    ],
)
def test_names_that_are_not_recognized(psa: Client, path: str, conditions: str, message: str) -> None:
    error = {"code": "ApiFindCondition", "message": message, "errors": None}
    assert psa.get(path, status=400, conditions=conditions) == error
    assert not psa.sim.violations


@pytest.mark.parametrize("conditions", ["id =", "id > > 3", "summary = x", "lastUpdated > [yesterday]", "(id = 3"])
def test_a_condition_that_is_none_is_a_violation(psa: Client, conditions: str) -> None:
    psa.get("/service/tickets", status=400, conditions=conditions)
    assert len(psa.sim.violations) == 1


def test_a_value_of_the_wrong_type_cannot_be_converted(psa: Client) -> None:
    for conditions in ("id = '3'", "lastUpdated > '2024-01-01'", "closedFlag = 'x'"):
        assert "Error converting value" in psa.get("/service/tickets", status=500, conditions=conditions)["message"]
    assert len(psa.sim.violations) == 3


def test_the_last_update_is_a_condition_by_either_name(psa: Client) -> None:
    moment = sorted(row["_info"]["lastUpdated"] for row in psa.sim.rows("tickets"))[10]
    newer = [row["id"] for row in psa.sim.rows("tickets") if row["_info"]["lastUpdated"] >= moment]
    for name in ("lastUpdated", "LastUpdated", "_info/lastUpdated"):
        assert psa.where("/service/tickets", f"{name} >= [{moment}]") == newer
        assert psa.get("/service/tickets/count", conditions=f"{name} >= [{moment}]") == {"count": len(newer)}
    assert len(psa.where("/service/tickets", f"lastUpdated > [{moment}] and id > 0")) == len(newer) - 1
    entered = psa.sim.rows("tickets")[20]["_info"]["dateEntered"]
    assert psa.where("/service/tickets", f"dateEntered >= [{entered}]") == psa.sim.ids("tickets")[20:]


@pytest.mark.parametrize(("effect", "status", "count"), [("refuse", 400, 0), ("ignore", 200, 4), ("filter", 200, 0)])
def test_lists_may_refuse_or_ignore_the_last_update(psa: Client, effect: Any, status: int, count: int) -> None:
    psa.sim.options.last_updated_absent = effect
    psa.sim.options.last_updated = {"boards": effect}
    for path in ("/system/kpis", "/service/boards"):
        rows = psa.get(path, status=status, conditions="lastUpdated > [2030-01-01T00:00:00Z]")
        assert status == 400 or len(rows) == count


def test_a_hidden_fraction_of_a_second_counts_for_conditions(start: Start) -> None:
    found = {}
    for hidden in (False, True):
        psa = start(options=Options(hidden_fraction=hidden))
        psa.sim.clock.advance(0.5)
        shown = psa.sim.create("tickets")["_info"]["lastUpdated"]
        found[hidden] = len(psa.where("/service/tickets", f"lastUpdated > [{shown}]"))
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", shown)
    assert found == {False: 0, True: 1}


def test_child_and_custom_field_conditions(psa: Client) -> None:
    one, two = psa.sim.ids("contacts")[:2]
    phone = {"id": 1, "value": "555", "communicationType": "Phone"}
    psa.sim.update(
        "contacts", one, {"communicationItems": [{"id": 2, "value": "joe@x.com", "communicationType": "Email"}]}
    )
    psa.sim.update(
        "contacts", two, {"communicationItems": [phone, {"id": 3, "value": "j@x.com", "communicationType": "Fax"}]}
    )
    conditions = 'communicationItems/value like "j%@x.com" and communicationItems/communicationType="Email"'
    assert psa.ids("/company/contacts", childConditions=conditions) == [one]
    assert psa.get("/company/contacts", status=400, childConditions="company/id = 1")["code"] == "ApiFindCondition"
    field = {"id": 5, "caption": "TomNumber", "value": 3}
    psa.sim.update("contacts", one, {"customFields": [field | {"value": None}]})
    psa.sim.update("contacts", two, {"customFields": [field]})
    assert psa.ids("/company/contacts", customFieldConditions='caption="TomNumber" AND value != null') == [two]


def test_products_and_tickets_have_conditions_that_are_in_no_model(psa: Client) -> None:
    (owner, row), *_ = psa.sim.owned_rows("ticket_configurations")
    assert owner in psa.where("/service/tickets", f"configuration/id = {row['id']}")
    product, other = psa.sim.ids("products")[:2]
    psa.sim.update("products", product, {"ticket": {"id": 4711}})
    psa.sim.update("products", other, {"ticket": None})
    assert psa.where("/procurement/products", "chargeToType='Ticket' and chargeToId=4711") == [product]


def test_order_by_several_names(psa: Client) -> None:
    for place, id_ in enumerate(psa.sim.ids("tickets")):
        psa.sim.update("tickets", id_, {"poNumber": "ab"[place % 2], "priority": {"id": 1, "sort": place // 2}})
    rows = psa.get("/service/tickets", pageSize=1000, orderBy="poNumber desc, priority/sort asc")
    ids = psa.sim.ids("tickets")
    assert [row["id"] for row in rows] == ids[1::2] + ids[::2]
    stamps = [row["_info"]["lastUpdated"] for row in psa.get("/service/tickets", orderBy="lastUpdated desc")]
    assert stamps == sorted(stamps, reverse=True)
    psa.sim.options.default_order = "id desc"
    assert psa.get("/service/tickets")[0]["id"] == ids[-1]


def test_fields_drop_what_they_do_not_name(psa: Client) -> None:
    id_ = psa.sim.ids("tickets")[0]
    psa.sim.update("tickets", id_, {"company": {"id": 3, "name": "C", "identifier": "c"}})
    (row,) = psa.get("/service/tickets", conditions=f"id={id_}", fields="ID, company/name,dateEntered,nothing")
    assert row == {"id": id_, "company": {"name": "C"}}
    (row,) = psa.get("/service/tickets", conditions=f"id={id_}", fields="company,_info/lastUpdated")
    assert row["company"] == {"id": 3, "name": "C", "identifier": "c"}
    assert list(row["_info"]) == ["lastUpdated"]
    psa.sim.options.fields_refuses_unknown = True
    psa.get("/service/tickets", status=400, fields="nothing")


def test_searches_take_their_conditions_from_the_body(psa: Client) -> None:
    ids = psa.sim.ids("tickets")
    url = f"{psa.url}/service/tickets/search"
    body = {"conditions": f"id > {ids[4]}", "orderBy": "id desc"}
    response = psa.session.post(url, params={"pageSize": "3", "fields": "id"}, json=body)
    assert response.json() == [{"id": id_} for id_ in ids[:-4:-1]]
    assert links(response)["next"]["page"] == "2"
    assert not psa.sim.violations
    assert psa.session.post(url, data="{}", headers={"content-type": "text/plain"}).status_code == 415
    assert len(psa.sim.violations) == 1


def test_lists_by_record_need_to_know_which(psa: Client) -> None:
    owner = psa.sim.owned_rows("audit_trail")[0][0]
    assert isinstance(owner, tuple)
    psa.get("/system/audittrail", status=400, type="Ticket")
    psa.get("/system/documents", status=400)
    assert len(psa.sim.violations) == 2
    rows = psa.get("/system/audittrail", type=owner[0], id=owner[1])
    assert rows == [row for other, row in psa.sim.owned_rows("audit_trail") if other == owner]
    assert "id" not in rows[0]
    assert "link" not in psa.send("/system/audittrail", FORWARD, type=owner[0], id=owner[1]).headers


def test_ids_repeat_where_the_table_says_so(psa: Client) -> None:
    notes = psa.sim.rows("ticket_all_notes")
    assert len({row["id"] for row in notes}) < len(notes)
    assert len({(row["noteType"], row["id"]) for row in notes}) == len(notes)
    groups = psa.sim.owned_rows("company_groups")
    assert len({row["id"] for _, row in groups}) < len(groups)
    assert len({(owner, row["id"]) for owner, row in groups}) == len(groups)


def test_references_point_to_rows_and_may_be_without_id(psa: Client) -> None:
    companies = set(psa.sim.ids("companies"))
    psa.sim.create("contacts")
    references = [row["company"] for row in psa.sim.rows("tickets") + psa.sim.rows("contacts") if "company" in row]
    assert {reference["id"] for reference in references if "id" in reference} <= companies
    every = [value for kind in LISTS for row in psa.sim.rows(kind) for value in row.values() if isinstance(value, dict)]
    assert {} in every
    assert any(set(value) == {"_info"} for value in every)
    assert "apis/3.0//" in json.dumps(every)
    assert "\\u0000" in json.dumps([psa.sim.rows(kind) for kind in LISTS])


def test_empty_fields_are_left_out_or_null(start: Start) -> None:
    old = start(options=Options(nulls="null"))
    rows = old.get("/service/tickets")
    assert all("poNumber" in row for row in rows)
    assert any(row["poNumber"] is None for row in rows)
    new = start()
    assert any("poNumber" not in row for row in new.get("/service/tickets"))
    assert None not in [value for row in new.get("/service/tickets") for value in row.values()]


def test_rows_differ_by_the_age_of_the_server(start: Start) -> None:
    options = Options(unsure_last_updated=False, date_entered_everywhere=True, newer_fields=True)
    found = {}
    for name, psa in (("usual", start()), ("other", start(options=options))):
        boards = psa.sim.rows("boards")
        infos = {key for row in boards for key in row["_info"] if not key.endswith("_href")}
        found[name] = infos, any("connectWiseId" in row for row in boards)
    assert found == {
        "usual": ({"lastUpdated", "updatedBy"}, False),
        "other": ({"dateEntered", "enteredBy"}, True),
    }


def test_custom_fields_are_on_every_row_and_defined(psa: Client) -> None:
    definitions = {row["id"]: row for row in psa.sim.rows("user_defined_fields")}
    for kind in ("tickets", "companies", "agreement_additions"):
        for row in psa.sim.rows(kind):
            assert len(row["customFields"]) == 5
            for item in row["customFields"]:
                definition = definitions[item["id"]]
                assert definition["caption"] == item["caption"]
                assert definition["fieldTypeIdentifier"] == item["type"]


def test_changes_move_the_last_update(psa: Client) -> None:
    sim = psa.sim
    before = sim.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    sim.clock.advance(10)
    new = sim.create("companies", {"name": "New"})
    old = sim.ids("companies")[0]
    sim.update("companies", old, {"name": "Renamed", "website": None})
    assert psa.where("/company/companies", f"lastUpdated > [{before}]") == [old, new["id"]]
    assert psa.get(f"/company/companies/{old}")["name"] == "Renamed"
    assert "website" not in psa.get(f"/company/companies/{old}")
    assert new["id"] > max(sim.ids("companies")[:-1])


def test_deleted_rows_vanish_and_companies_are_marked(psa: Client) -> None:
    sim = psa.sim
    owner = sim.owned_rows("ticket_notes")[0][0]
    assert isinstance(owner, int)
    sim.delete("tickets", owner)
    psa.get(f"/service/tickets/{owner}", status=404)
    assert owner not in psa.ids("/service/tickets")
    assert owner not in [parent for parent, _ in sim.owned_rows("ticket_notes")]
    company = sim.ids("companies")[0]
    sim.delete("companies", company)
    row = psa.get(f"/company/companies/{company}")
    assert row["deletedFlag"]
    assert row["dateDeleted"] == row["_info"]["lastUpdated"]
    assert psa.where("/company/companies", "deletedFlag = True") == [company]
    sim.delete("companies", company, hard=True)
    psa.get(f"/company/companies/{company}", status=404)
    with pytest.raises(KeyError):
        sim.delete("companies", company)
    with pytest.raises(ValueError, match="repeat"):
        sim.delete("company_groups", 1)


def test_some_nested_changes_move_the_parent(psa: Client) -> None:
    sim = psa.sim
    ticket, agreement = sim.ids("tickets")[0], sim.ids("agreements")[0]

    def stamps() -> tuple[str, str]:
        sim.clock.advance(10)
        found = sim.row("tickets", ticket), sim.row("agreements", agreement)
        return found[0]["_info"]["lastUpdated"], found[1]["_info"]["lastUpdated"]

    first = stamps()
    sim.create("ticket_notes", owner=ticket)
    second = stamps()
    assert second[0] > first[0]
    sim.create("time_entries", {"ticket": {"id": ticket}})
    third = stamps()
    assert third[0] > second[0]
    sim.create("agreement_additions", owner=agreement)
    sim.create("ticket_tasks", owner=ticket)
    assert stamps() == third
    sim.options.touching = frozenset({"agreement_additions"})
    sim.create("agreement_additions", owner=agreement)
    assert stamps()[1] > third[1]


def test_tickets_are_merged_and_converted(psa: Client) -> None:
    one, two, three = psa.sim.ids("tickets")[:3]
    psa.sim.merge_tickets(one, two)
    assert psa.get(f"/service/tickets/{one}")["mergedParentTicket"]["id"] == two
    assert psa.get(f"/service/tickets/{two}")["hasMergedChildTicketFlag"]
    psa.sim.convert_ticket(three)
    psa.get(f"/service/tickets/{three}", status=404)
    assert psa.get(f"/project/tickets/{three}")["id"] == three


def test_light_lists_show_the_same_rows(psa: Client) -> None:
    member = psa.sim.create("members", {"firstName": "Ann"})["id"]
    assert psa.ids("/system/info/members") == psa.sim.ids("members")
    assert psa.get(f"/system/info/members/{member}")["firstName"] == "Ann"
    psa.sim.delete("members", member)
    assert psa.ids("/system/info/members") == psa.sim.ids("members")


def test_service_tickets_may_list_project_tickets(start: Start) -> None:
    psa = start(options=Options(service_lists_project_tickets=True))
    new = psa.sim.create("project_tickets")["id"]
    projects = psa.sim.ids("project_tickets")
    assert new in projects
    rows = {row["id"]: row for row in psa.get("/service/tickets", pageSize=1000)}
    assert set(projects) < set(rows)
    assert rows[projects[0]]["recordType"] == "ProjectTicket"


def test_rights_are_by_path_and_may_hide_rows_silently(psa: Client) -> None:
    board, other = psa.sim.ids("boards")[:2]
    psa.sim.options.forbidden = {"/finance/": 403, f"/service/boards/{board}/": 401}
    error = psa.get("/finance/agreements", status=403)
    assert error["message"] == "You do not have security permission to perform this action."
    psa.get(f"/service/boards/{board}/statuses", status=401)
    psa.get(f"/service/boards/{other}/statuses")
    assert psa.ids("/service/tickets") == psa.sim.ids("tickets")
    psa.sim.options.own_only = frozenset({"tickets"})
    mine = psa.ids("/service/tickets")
    assert 0 < len(mine) < len(psa.sim.ids("tickets"))
    assert psa.get("/service/tickets/count") == {"count": len(mine)}
    psa.get(f"/service/tickets/{mine[0]}")
    psa.get(f"/service/tickets/{next(id_ for id_ in psa.sim.ids('tickets') if id_ not in mine)}", status=404)
    assert not psa.sim.violations


def test_a_poisoned_row_spoils_every_page_with_it(psa: Client) -> None:
    ids = psa.sim.ids("companies")
    psa.sim.options.poisoned = {"companies": {ids[7]}}
    message = psa.get("/company/companies", status=500, pageSize=10)["message"]
    assert message == "String was not recognized as a valid Boolean."
    psa.get(f"/company/companies/{ids[7]}", status=500)
    assert psa.where("/company/companies", f"id < {ids[7]}") == ids[:7]
    assert psa.where("/company/companies", f"id > {ids[7]}") == ids[8:]


def test_heavy_queries_time_out_by_page_and_by_window(psa: Client) -> None:
    psa.sim.options.max_page = {"tickets": 10}
    assert psa.get("/service/tickets", status=500)["message"] == "A timeout has occured. Please try again."
    assert len(psa.get("/service/tickets", pageSize=10)) == 10
    psa.sim.options.max_matching = {"tickets": 20}
    psa.get("/service/tickets", status=500, pageSize=10)
    psa.get("/service/tickets", pageSize=10, conditions=f"id <= {psa.sim.ids('tickets')[19]}")
    psa.sim.options.seconds_per_row = 0.05
    began = time.monotonic()
    psa.get("/company/contacts", pageSize=4)
    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize(
    ("kind", "status", "text"),
    [
        ("429_retry_after", 429, "Too many requests"),
        ("429_bare", 429, '"error":"ConnectWiseAPI"'),
        ("400", 400, "InvalidObject"),
        ("400_condition", 400, "ApiFindCondition"),
        ("cannot_route", 400, "Cannot route"),
        ("401", 401, "UserNotAuthenticated"),
        ("401_unauthorized", 401, "security permission"),
        ("403", 403, "security permission"),
        ("404", 404, "NotFound"),
        ("404_endpoint", 404, "The endpoint does not exist."),
        ("404_html", 404, "<html>"),
        ("405", 405, "MethodNotAllowed"),
        ("409", 409, "Conflict"),
        ("415", 415, "UnsupportedMediaType"),
        ("500_timeout", 500, "A timeout has occured."),
        ("500_pool", 500, "max pool size"),
        ("500_convert", 500, "Error converting value"),
        ("500_boolean", 500, "valid Boolean"),
        ("ssl_required", 500, "SSL is required."),
        ("login_page", 200, "<html>"),
        ("502_html", 502, "Bad Gateway"),
    ],
)
def test_every_error_can_be_provoked_once(psa: Client, kind: str, status: int, text: str) -> None:
    psa.sim.faults.add(kind, "/service/tickets")
    assert psa.send("/company/contacts").status_code == 200
    response = psa.send("/service/tickets")
    assert response.status_code == status
    assert text in response.text
    assert len(psa.get("/service/tickets")) == 25
    assert not psa.sim.violations


def test_retry_after_is_seconds_a_date_or_nothing(psa: Client) -> None:
    for kind in ("429_retry_after", "429_date", "429_bare"):
        psa.sim.faults.add(kind, seconds=30)
    seconds, date, bare = (psa.send("/service/tickets").headers for _ in range(3))
    assert seconds["retry-after"] == "30"
    assert 0 < parsedate_to_datetime(date["retry-after"]).timestamp() - time.time() <= 31
    assert "retry-after" not in bare


def test_the_rate_is_limited_over_all_lists(psa: Client) -> None:
    psa.sim.rate_limit = RateLimit(3, 60)
    statuses = [psa.send(path).status_code for path in ("/service/tickets", "/company/contacts") * 2]
    assert statuses == [200, 200, 200, 429]
    assert 50 < int(psa.send("/service/tickets").headers["retry-after"]) <= 60
    psa.sim.options.retry_after = "none"
    assert "retry-after" not in psa.send("/service/tickets").headers


def test_broken_connections_and_bodies(psa: Client) -> None:
    for kind in ("reset", "short_body"):
        psa.sim.faults.add(kind)
        with pytest.raises(requests.exceptions.RequestException):
            psa.send("/service/tickets")
    psa.sim.faults.add("truncated")
    with pytest.raises(requests.exceptions.JSONDecodeError):
        psa.send("/service/tickets").json()


def test_errors_may_be_indented(psa: Client) -> None:
    psa.sim.options.pretty_errors = True
    assert '{\r\n  "code": "NotFound"' in psa.send("/service/tickets/99999").text


def test_a_forecast_may_be_one_object(psa: Client) -> None:
    owner = psa.sim.owned_rows("opportunity_forecasts")[0][0]
    path = f"/sales/opportunities/{owner}/forecast"
    first = psa.get(path)[0]
    psa.sim.options.forecast_object = True
    assert psa.get(path) == first


def test_a_callback_can_change_rows_between_two_pages(psa: Client) -> None:
    def grow(sim: ConnectWiseSimulator, request: Any) -> None:
        if request.index < 3:
            sim.create("tickets")

    psa.sim.on_request = grow
    pages = forward(psa, "/service/tickets", pageSize=16)
    assert [len(page) for page in pages] == [16, 16, 1, 0]
    assert [id_ for page in pages for id_ in page] == psa.sim.ids("tickets")


def test_rows_can_change_while_requests_run(psa: Client) -> None:
    path, window = "/service/tickets", "lastUpdated >= [2020-01-01T00:00:00Z]"
    with ThreadPoolExecutor(4) as pool:
        reads = [
            pool.submit(lambda: requests.get(psa.url + path, {"conditions": window}, headers=psa.sim.headers()))
            for _ in range(40)
        ]
        for number in range(200):
            psa.sim.update("tickets", psa.sim.ids("tickets")[number % 30], {"summary": str(number)})
            psa.sim.create("tickets")
        assert {read.result().status_code for read in reads} == {200}
    assert len(psa.where(path, window)) == len(psa.sim.ids("tickets")) == 230


def test_it_serves_itself() -> None:
    sim = ConnectWiseSimulator()
    with sim.serve() as url:
        assert Client(sim, url).ids("/service/tickets") == sim.ids("tickets")


def test_a_plateau_has_one_last_update(start: Start) -> None:
    psa = start(tickets=50, plateau=30)
    stamps = [row["_info"]["lastUpdated"] for row in psa.sim.rows("tickets")]
    assert max(stamps.count(stamp) for stamp in stamps) == 30


def test_volumes_are_named_after_lists() -> None:
    sim = ConnectWiseSimulator(tickets=3, ticket_notes=50, boards=1)
    assert [len(sim.ids(kind)) for kind in ("tickets", "ticket_notes", "boards")] == [3, 50, 1]
    with pytest.raises(ValueError, match="unknown volumes"):
        ConnectWiseSimulator(ticket=3)


def test_requests_are_recorded_with_their_canonical_path(psa: Client) -> None:
    psa.send("/finance/companyFinance/", pageSize=2)
    (request,) = psa.sim.requests
    assert (request.method, request.path, request.query, request.status) == (
        "GET",
        "/finance/companyFinance",
        {"pageSize": "2"},
        200,
    )
    psa.sim.reset_requests()
    assert not psa.sim.requests


def test_a_large_list_is_walked_quickly(start: Start) -> None:
    psa = start(tickets=100_000, compact=True)
    began = time.monotonic()
    window = "lastUpdated >= [2026-01-01T00:00:00Z] and lastUpdated < [2026-02-01T00:00:00Z]"
    found = forward(psa, "/service/tickets", pageSize=1000, conditions=window, fields="id,_info/lastUpdated")
    assert sum(map(len, found)) == psa.get("/service/tickets/count", conditions=window)["count"]
    assert time.monotonic() - began < 5


def test_it_runs_as_its_own_process() -> None:
    command = [sys.executable, "-m", "simulators.connectwise", "--tickets", "40", "--latency-ms", "1"]
    process = subprocess.Popen(command, cwd=Path(__file__).parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    started = json.loads(process.stdout.readline())
    headers = ConnectWiseSimulator(tickets=0).headers()
    assert requests.get(started["url"] + "/service/tickets/count", headers=headers).json() == {"count": 40}
    changed = requests.get(started["control"] + "change", {"kind": "tickets", "count": "4"}).json()["changed"]
    assert len(changed) == 4
    assert requests.get(started["control"] + "stats").json()["requests"] == 1
    process.stdin.close()
    assert process.wait(10) == 0
    process.stdout.close()
