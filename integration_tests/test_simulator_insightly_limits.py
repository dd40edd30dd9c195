"""Keys, limits, gates, faults and changes of the Insightly simulator (insightly.md, sections 3, 8 and 11)."""

import base64
import time
from typing import Any

import orjson
import pytest

from insightly_calls import Calls
from simulators.insightly import Options, RateLimit
from simulators.insightly.catalog import LISTS
from simulators.insightly.plans import FORBIDDEN, MISSING


@pytest.fixture
def crm() -> Calls:
    return Calls()


def basic(text: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


def test_the_key_is_the_user_name_and_the_password_is_ignored(crm: Calls) -> None:
    key = crm.sim.api_key
    for text in (f"{key}:", f"{key}:anything", key):
        assert crm.send("/Users/Me", basic(text)).status == 200
    assert not crm.sim.violations
    others = [{"Authorization": text} for text in (f"Bearer {key}", "Basic ?")]
    for headers in ({}, basic("wrong:"), basic(f":{key}"), *others):
        answer = crm.send("/Users/Me", headers)
        assert answer.status == 401
        assert orjson.loads(answer.body) == {"Message": "Authorization has been denied for this request."}
    assert len(crm.sim.violations) == 5
    crm.sim.options.api_access = False
    assert crm.status("/Users/Me") == 401
    assert len(crm.sim.violations) == 5


@pytest.mark.parametrize("status", [401, 404])
def test_another_pod_refuses_the_right_key(crm: Calls, status: Any) -> None:
    crm.sim.options.wrong_pod = status
    assert {crm.status("/Users/Me"), crm.status("/Contacts")} == {status}
    assert not crm.sim.violations


def test_wrong_addresses_and_methods_are_violations(crm: Calls) -> None:
    assert crm.status("/Tickets") == 405
    assert crm.status("/Quotes") == 405
    assert crm.status("/Contacts/Find") == 404
    assert crm.status("/Leads/300000001/Links") == 404
    assert crm.send("/Contacts", method="POST").status == 405
    assert crm.status("/Contacts", top="many") == 400
    assert len(crm.sim.violations) == 6
    assert crm.status("/Gone__c") == 404
    assert len(crm.sim.violations) == 6


def test_a_burst_is_refused_for_a_second_and_costs_nothing(crm: Calls) -> None:
    crm.sim.rate_limit = RateLimit(limit=2, window=0.2)
    answers = [crm.send("/Users/Me") for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert answers[2].headers["retry-after"] == "1"
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["99999", "99998", "99998"]
    assert answers[2].headers["x-ratelimit-limit"] == "100000"
    time.sleep(0.25)
    assert crm.status("/Users/Me") == 200
    crm.sim.options.retry_after, crm.sim.options.throttled_body = "never", "empty"
    bare = [crm.send("/Users/Me") for _ in range(3)][-1]
    assert (bare.status, bare.body, "retry-after" in bare.headers) == (429, b"", False)


@pytest.mark.parametrize(("reset", "hours"), [("midnight", 12), ("24h", 24)])
def test_a_used_up_quota_refuses_everything_until_it_is_reset(reset: Any, hours: int) -> None:
    crm = Calls(options=Options(plan="Gratis", quota_reset=reset))
    assert crm.sim.quota.limit == 1000
    crm.status("/Users/Me")
    crm.sim.quota.used = 999
    assert crm.send("/Users/Me").headers["x-ratelimit-remaining"] == "0"
    refused = crm.send("/Users/Me")
    assert (refused.status, refused.headers["x-ratelimit-remaining"]) == (429, "0")
    assert "retry-after" not in refused.headers
    assert crm.sim.quota.refused == 1
    crm.sim.clock.advance(hours * 3600 - 60)
    assert crm.status("/Users/Me") == 429
    crm.sim.clock.advance(61)
    assert crm.send("/Users/Me").headers["x-ratelimit-remaining"] == "999"


def test_lists_that_the_plan_does_not_have() -> None:
    crm = Calls(options=Options(plan="Professional", lead_management=False))
    for name in (*FORBIDDEN, "lead_sources", "lead_statuses"):
        spec = LISTS[name]
        answer = crm.send(spec.path)
        assert (answer.status, answer.content_type.partition(";")[0]) == (403, "text/plain")
        assert answer.body.decode() == f"API User does not have access to {spec.model}."
    for name in MISSING:
        for path in (LISTS[name].path, f"{LISTS[name].path}/Search"):
            answer = crm.send(path)
            assert (answer.status, answer.body) == (404, b"")
    opportunity = crm.sim.ids("opportunities")[0]
    assert crm.status(f"/Opportunities/{opportunity}/OpportunityLineItem") == 404
    assert crm.status("/CustomObjects") == 403
    assert crm.status("/Fruit__c") == 404
    assert crm.get("/Instance")["NEW_USER_EXPERIENCE_ENABLED"] is False
    rights = {one["OBJECT_TYPE"]: one["CAN_READ"] for one in crm.get("/Permissions")["OBJECT_PERMISSIONS"]}
    assert (rights["Contact"], rights["Ticket"], rights["Product"]) == (True, False, False)
    assert not crm.sim.violations
    crm.sim.options.permissions_form = "array"
    assert isinstance(crm.get("/Permissions"), list)


@pytest.mark.parametrize("status", [403, 404, 405])
def test_a_list_can_be_gated(crm: Calls, status: int) -> None:
    crm.sim.options.gated = {"contacts": status}
    assert crm.status("/Contacts") == crm.status("/Contacts/Search") == status
    assert crm.status("/Leads") == 200
    assert not crm.sim.violations


def test_huge_and_slow_pages_time_out_unless_they_are_smaller() -> None:
    crm = Calls(options=Options(links={"organisations": 400}, max_page={"contacts": 10}, max_answer=500_000))
    assert crm.status("/Organisations", top=10) == 504
    assert crm.status("/Organisations", top=2) == 200
    assert crm.status("/Organisations", top=10, brief="true") == 200
    assert [crm.status("/Contacts", top=top) for top in (11, 10)] == [504, 200]
    crm.sim.options.seconds_per_row = 0.01
    assert crm.send("/Contacts", top=5).delay == pytest.approx(0.05)


def test_every_fault_hits_and_passes(crm: Calls) -> None:
    plain = crm.send("/Contacts").body
    for kind in crm.sim.faults.kinds:
        fault = crm.sim.faults.add(kind, "/Contacts", after=1)
        answers = [crm.send("/Contacts") for _ in range(3)]
        assert fault.hits == 1
        assert [answer.body for answer in (answers[0], answers[2])] == [plain, plain]
        hit = answers[1]
        assert (hit.status, hit.delay, hit.body) != (200, 0.0, plain), kind
        if kind == "429_quota":
            assert hit.headers["x-ratelimit-remaining"] == "0"
    assert not crm.sim.violations
