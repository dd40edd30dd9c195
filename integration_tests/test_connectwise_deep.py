"""Lists below the rows of lists that are themselves below a record, and rows inside these.

Waits for the engine that reads Nested below Nested and Embedded in Nested.
"""

from collections.abc import Iterator

import pytest

from connectwise_account import own_accounts
from simulated_account import Account, rows

pytestmark = pytest.mark.usefixtures("impatient")
# stream -> the list above it, the column with that one's id, the column with the id of the record around both
DEEP = {
    "board_item_associations": ("board_items", "itemId", "boardId"),
    "survey_question_options": ("survey_questions", "questionId", "surveyId"),
    "pricing_breaks": ("pricing_details", "pricingDetailId", "pricingScheduleId"),
    "workflow_actions": ("workflow_events", "eventId", "workflowId"),
}


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    yield from own_accounts(request)


@rows(boards=3, service_surveys=3, pricing_schedules=3, workflows=3)
@pytest.mark.parametrize("stream", DEEP)
@pytest.mark.parametrize("is_alone", [True, False])
def test_rows_three_deep_are_all_read_with_the_ids_of_both_above(account: Account, stream: str, is_alone: bool) -> None:
    above, one, other = DEEP[stream]
    around = {row["id"]: owner for owner, row in account.sim.owned_rows(above)}
    wanted = {(around[owner], owner, row["id"]) for owner, row in account.sim.owned_rows(stream)}
    output = account.sync(*([stream] if is_alone else [above, stream]))
    assert set(output.statuses.values()) == {"COMPLETE"}, output.errors
    found = [(row[other], row[one], row["id"]) for row in output.records[stream]]
    assert len(found) == len(set(found)) == len(wanted) > 3
    assert set(found) == wanted
    # one for the outermost list, one for each of its records, one for each of theirs, and the probe
    assert account.sim.request_count == 2 + 3 + len(around)


@rows(projects=6, project_workplans=6)
@pytest.mark.parametrize("is_alone", [True, False])
def test_the_phases_of_a_work_plan_come_with_their_project(account: Account, is_alone: bool) -> None:
    sim = account.sim
    wanted = {
        (row["projectId"], phase["id"]) for row in sim.rows("project_workplans") for phase in row.get("phases") or ()
    }
    names = ["project_workplan_phases"] if is_alone else ["projects", "project_workplans", "project_workplan_phases"]
    output = account.sync(*names)
    assert set(output.statuses.values()) == {"COMPLETE"}, output.errors
    found = [(row["projectId"], row["id"]) for row in output.records["project_workplan_phases"]]
    assert sorted(found) == sorted(wanted)
    assert wanted
    assert all(row["projectLastUpdated"] for row in output.records["project_workplan_phases"])
    assert account.sim.request_count == 2 + 6
    account.wait()
    changed = sim.ids("projects")[2]
    sim.update("projects", changed, {"name": "changed"})
    later = account.sync(*names)
    assert {row["projectId"] for row in later.records.get("project_workplan_phases", [])} <= {changed}
    assert account.sim.request_count == 2 + 1


@rows(agreements=4, agreement_additions=12, audit_trail=400)
def test_the_audit_trail_of_agreement_additions_follows_the_agreement(account: Account) -> None:
    sim = account.sim
    output = account.sync("agreement_additions", "agreement_addition_audit_trail")
    assert set(output.statuses.values()) == {"COMPLETE"}, output.errors
    wanted = sorted(
        (owner[1], row["enteredDate"])
        for owner, row in sim.owned_rows("audit_trail")
        if isinstance(owner, tuple) and owner[0] == "AgreementAddition"
    )
    found = [(row["recordId"], row["enteredDate"]) for row in output.records["agreement_addition_audit_trail"]]
    assert sorted(found) == wanted
    assert wanted
    assert sim.request_count == 2 + 4 + 12
    account.wait()
    sim.update("agreements", sim.ids("agreements")[1], {"name": "changed"})
    account.sync("agreement_addition_audit_trail")
    below = sum(owner == sim.ids("agreements")[1] for owner, _ in sim.owned_rows("agreement_additions"))
    assert sim.request_count == 2 + 1 + below
