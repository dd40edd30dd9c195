"""The lists that people report on and the first table lacked: each is read in full, with the id of its record (12)."""

from collections.abc import Iterator

import pytest

from connectwise_account import own_accounts
from simulated_account import Account

pytestmark = pytest.mark.usefixtures("impatient")
# stream -> the column with the id of the record that the row belongs to; none for lists of their own
LISTS = {
    "managed_devices_integration_cross_references": "managedDevicesIntegrationId",
    "track_actions": "trackId",
    "service_template_tasks": "serviceTemplateId",
    "order_financial_recaps": "salesOrderId",
    "agreement_work_role_exclusions": "agreementId",
    "agreement_work_type_exclusions": "agreementId",
    "agreement_type_work_roles": "agreementTypeId",
    "agreement_type_work_types": "agreementTypeId",
    "agreement_type_work_role_exclusions": "agreementTypeId",
    "agreement_type_work_type_exclusions": "agreementTypeId",
    "agreement_type_board_defaults": "agreementTypeId",
    "unposted_invoice_taxable_levels": "unpostedInvoiceId",
    "unposted_expense_taxable_levels": "unpostedExpenseId",
    "unposted_procurement_taxable_levels": "unpostedProcurementId",
    "project_billing_rates": "projectId",
    "project_ticket_configurations": "ticketId",
    "catalog_minimum_stock_by_warehouse": "catalogItemId",
    "workflow_events": "workflowId",
    "ticket_stopwatches": "",
    "activity_stopwatches": "",
    "schedule_stopwatches": "",
}
AUDITED = {
    "time_entry_audit_trail": "Time",
    "expense_entry_audit_trail": "Expense",
    "schedule_entry_audit_trail": "Schedule",
    "catalog_item_audit_trail": "ProductCatalog",
}


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    yield from own_accounts(request)


def test_each_of_the_lists_is_read_in_full_with_the_id_of_its_record(account: Account) -> None:
    sim = account.sim
    output = account.sync(*LISTS)
    assert set(output.statuses.values()) == {"COMPLETE"}, output.errors
    for stream, column in LISTS.items():
        wanted = sorted((owner or 0, row["id"]) for owner, row in sim.owned_rows(stream))
        assert sorted((row.get(column) or 0, row["id"]) for row in output.records[stream]) == wanted, stream
        assert len(wanted) >= 4, stream


def test_the_work_plan_and_the_recap_of_a_project_are_a_row_each(account: Account) -> None:
    sim = account.sim
    sim.update("project_recaps", 1, {"hoursBudgeted": 12.5, "anything": {"a": 1}})
    output = account.sync("projects", "project_workplans", "project_recaps")
    assert set(output.statuses.values()) == {"COMPLETE"}, output.errors
    for stream in ("project_workplans", "project_recaps"):
        assert sorted(row["projectId"] for row in output.records[stream]) == sim.ids("projects")
    (recap,) = [row for row in output.records["project_recaps"] if "anything" in row]
    assert (recap["hoursBudgeted"], recap["anything"]) == (12.5, {"a": 1})
    plans = {row["projectId"]: row for row in output.records["project_workplans"]}
    for owner, row in sim.owned_rows("project_workplans"):
        phases = [phase["id"] for phase in row.get("phases") or ()]
        assert [phase["id"] for phase in plans[owner].get("phases") or ()] == phases
    assert sim.request_count == 2 + 2 * len(sim.ids("projects"))


def test_the_audit_trails_of_more_kinds_of_records_are_read(account: Account) -> None:
    output = account.sync(*AUDITED, "project_ticket_documents")
    assert set(output.statuses.values()) == {"COMPLETE"}, output.errors
    owned = account.sim.owned_rows("audit_trail")
    for stream, kind in AUDITED.items():
        wanted = sum(isinstance(owner, tuple) and owner[0] == kind for owner, _ in owned)
        assert len(output.records.get(stream, [])) == wanted
    tickets = set(account.sim.ids("project_tickets"))
    files = [owner for owner, _ in account.sim.owned_rows("documents") if owner[1] in tickets and owner[0] == "Ticket"]
    assert len(output.records.get("project_ticket_documents", [])) == len(files)


def test_a_server_without_one_of_the_lists_costs_that_stream_only(account: Account) -> None:
    account.sim.options.missing_endpoints = ("/time/ticketstopwatches",)
    output = account.sync("ticket_stopwatches", "activity_stopwatches")
    assert output.statuses == {"ticket_stopwatches": "INCOMPLETE", "activity_stopwatches": "COMPLETE"}
