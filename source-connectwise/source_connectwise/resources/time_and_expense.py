"""Time entries and expenses."""

from crm_source.resources import Resource
from source_connectwise.resources.rows import full, incremental, nested, nested_full, setup

TIME: tuple[Resource, ...] = (
    incremental("time_entries", "/time/entries", "TimeEntry", "dateEntered"),
    incremental("time_sheets", "/time/sheets", "TimeSheet"),
    setup("charge_codes", "/time/chargeCodes", "ChargeCode"),
    setup("work_types", "/time/workTypes", "WorkType"),
    setup("work_roles", "/time/workRoles", "WorkRole"),
    setup("time_accruals", "/time/accruals", "TimeAccrual"),
    setup("time_period_setups", "/time/timePeriodSetups", "TimePeriodSetup"),
    incremental("time_entry_change_logs", "/time/changelogs", "TimeEntryChangeLog"),
    # Stopwatches leave when their time is entered.
    full("ticket_stopwatches", "/time/ticketstopwatches", "TicketStopwatch"),
    full("activity_stopwatches", "/time/activitystopwatches", "ActivityStopwatch"),
    full("schedule_stopwatches", "/time/schedulestopwatches", "ScheduleStopwatch"),
    nested("time_entry_audits", "/time/entries/{id}/audits", "TimeEntryAudit", "time_entries"),
    nested("time_sheet_audits", "/time/sheets/{id}/audits", "TimeSheetAudit", "time_sheets"),
    nested_full("time_periods", "/time/timePeriodSetups/{id}/periods", "TimePeriod", "time_period_setups"),
    nested_full("time_accrual_details", "/time/accruals/{id}/details", "TimeAccrualDetail", "time_accruals"),
)

EXPENSE: tuple[Resource, ...] = (
    incremental("expense_entries", "/expense/entries", "ExpenseEntry"),
    incremental("expense_reports", "/expense/reports", "ExpenseReport"),
    setup("expense_types", "/expense/types", "ExpenseType"),
    setup("expense_classifications", "/expense/classifications", "Classification"),
    setup("expense_payment_types", "/expense/paymentTypes", "PaymentType"),
    nested("expense_entry_audits", "/expense/entries/{id}/audits", "ExpenseEntryAudit", "expense_entries"),
    nested("expense_report_audits", "/expense/reports/{id}/audits", "ExpenseReportAudit", "expense_reports"),
)
