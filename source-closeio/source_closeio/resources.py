"""THE table: one row a stream, in the order of Close's own documentation.

Names are Airbyte's where its own Close connector has the stream. Page sizes are the largest that a list is known to
take (reference 2.1); lists without a note take 100.
"""

from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from crm_source.resources import Dates, Pass, Resource

CHANGED = Dates("date_updated", "date_created")
LEAD_CHANGED = Dates("lead_date_updated")
CONTACT_CHANGED = Dates("contact_date_updated")

# Close advises to look at the newest five minutes of the event log again: events arrive late (reference 8.2).
LOG_DELAY = timedelta(minutes=5)
LOG_KEPT = timedelta(days=30) - timedelta(hours=1)

# Activities have no filter on the date of change: new ones are found by their date of creation, late edits in the
# event log, as are rows that come with a date of creation in the past, such as e-mails of a newly connected account.
ACTIVITY = (Pass("created", moves=False), Pass("edits", moves=False, later=True, horizon=LOG_KEPT, lookback=LOG_DELAY))
# A calendar meeting is "created" when it starts, which may lie ahead.
MEETING = (Pass("created", moves=False, beyond=timedelta(days=3650)), ACTIVITY[1])
EVENTS = (Pass(moves=False, horizon=timedelta(days=31), lookback=LOG_DELAY),)

ALL_SMART_VIEWS = (
    "lead,contact,opportunity,call,email,sms,meeting,note,whatsapp_message,custom_activity,form_submission"
)


@dataclass(frozen=True)
class CloseResource(Resource):
    """A resource with what only Close has. `log_type` and `log_actions` name its edits in the event log."""

    utc_fields: tuple[str, ...] = ("date_created", "date_updated", "created_at", "updated_at")
    log_type: str = ""
    log_actions: tuple[str, ...] = ()
    search_type: str = ""


def _search(name: str, search_type: str) -> CloseResource:
    return CloseResource(name, "/data/search/", walk="search", dates=CHANGED, page_size=200, search_type=search_type)


def _task(name: str, task_type: str) -> CloseResource:
    return CloseResource(
        name,
        "/task/",
        walk="changes",
        dates=CHANGED,
        page_size=1000,
        params=MappingProxyType({"_type": task_type, "_order_by": "date_created"}),
        schema="tasks",
        view_of="tasks" if task_type != "all" else "",
        where=MappingProxyType({"_type": task_type} if task_type != "all" else {}),
    )


def _activity(
    name: str,
    path: str,
    log_type: str = "",
    log_actions: tuple[str, ...] = ("created", "updated"),
    passes: tuple[Pass, ...] = ACTIVITY,
) -> CloseResource:
    return CloseResource(
        f"{name}_activities",
        f"/activity/{path}/",
        walk="activities",
        dates=CHANGED,
        passes=passes,
        log_type=log_type or f"activity.{name}",
        log_actions=log_actions,
    )


def _inside(name: str, parent: str, rows_at: str, own_id: bool = False, **more: Any) -> CloseResource:
    """Rows inside the records of a parent, with its id and their position."""
    singular = {"contacts": "contact", "leads": "lead", "organizations": "organization", "me": "user"}[parent]
    keys = {f"{singular}_id": "id"}
    dates = None
    if parent == "contacts":
        keys |= {"lead_id": "lead_id", "contact_date_updated": "date_updated"}
        dates = CONTACT_CHANGED
    if parent == "leads":
        keys |= {"lead_date_updated": "date_updated"}
        dates = LEAD_CHANGED
    primary_key = ("id",) if own_id else (f"{singular}_id", "position")
    return CloseResource(
        name, parent=parent, rows_at=rows_at, keys=MappingProxyType(keys), primary_key=primary_key, dates=dates, **more
    )


def _accounts(name: str, account_type: str) -> CloseResource:
    # `_type` is not a documented filter of the list (reference 9.2.12), so the one list serves all views.
    return CloseResource(
        name,
        parent="connected_accounts",
        where=MappingProxyType({"_type": account_type}),
        schema="connected_accounts",
    )


def _report(name: str, path: str, walk: str, primary_key: tuple[str, ...]) -> CloseResource:
    return CloseResource(name, path, walk=walk, primary_key=primary_key)


RESOURCES: tuple[CloseResource, ...] = (
    # Core
    _search("leads", "lead"),
    _search("contacts", "contact"),
    CloseResource(
        "opportunities",
        "/opportunity/",
        walk="changes",
        dates=CHANGED,
        page_size=250,
        params=MappingProxyType({"_order_by": "date_updated"}),
    ),
    _task("tasks", "all"),
    _task("lead_tasks", "lead"),
    _task("incoming_email_tasks", "incoming_email"),
    _task("email_followup_tasks", "email_followup"),
    _task("missed_call_tasks", "missed_call"),
    _task("answered_detached_call_tasks", "answered_detached_call"),
    _task("voicemail_tasks", "voicemail"),
    _task("opportunity_due_tasks", "opportunity_due"),
    _task("incoming_sms_tasks", "incoming_sms"),
    _task("outgoing_call_tasks", "outgoing_call"),
    CloseResource("users", "/user/", page_size=1000),
    CloseResource("me", "/me/", walk="me"),
    CloseResource("organizations", "/organization/", walk="organizations"),
    CloseResource("roles", "/role/"),
    CloseResource("groups", "/group/", walk="groups"),
    CloseResource("lead_statuses", "/status/lead/"),
    CloseResource("opportunity_statuses", "/status/opportunity/"),
    CloseResource("pipelines", "/pipeline/"),
    # Activities
    _activity("created", "created"),
    _activity("note", "note"),
    _activity("email", "email", log_actions=("created", "updated", "sent")),
    _activity("email_thread", "emailthread"),
    _activity("call", "call", log_actions=("created", "updated", "answered", "completed")),
    _activity("sms", "sms", log_actions=("created", "updated", "sent")),
    _activity("whatsapp_message", "whatsapp_message"),
    _activity(
        "meeting",
        "meeting",
        log_actions=("created", "updated", "scheduled", "started", "completed", "canceled"),
        passes=MEETING,
    ),
    _activity("custom_instance", "custom", log_type="activity.custom_activity"),
    _activity("form_submission", "form_submission"),
    _activity("lead_status_change", "status_change/lead"),
    _activity("opportunity_status_change", "status_change/opportunity"),
    _activity("lead_merge", "lead_merge", log_type="lead_merge"),
    _activity("task_completed", "task_completed", log_actions=("created",)),
    # The event log is not known to have these: new ones only (reference 8.3).
    _activity("import_update", "import_update", log_actions=(), passes=(Pass("created", moves=False),)),
    # Rows inside records
    _inside("contact_emails", "contacts", "emails"),
    _inside("contact_phones", "contacts", "phones"),
    _inside("contact_urls", "contacts", "urls"),
    _inside("lead_addresses", "leads", "addresses"),
    _inside("lead_contacts", "leads", "contacts", own_id=True),
    _inside("lead_opportunities", "leads", "opportunities", own_id=True),
    _inside("organization_memberships", "organizations", "memberships", own_id=True),
    _inside(
        "organization_inactive_memberships",
        "organizations",
        "inactive_memberships",
        own_id=True,
        schema="organization_memberships",
    ),
    _inside("organization_invoices", "organizations", "invoices"),
    _inside("organization_lead_statuses", "organizations", "lead_statuses", own_id=True),
    _inside("organization_opportunity_statuses", "organizations", "opportunity_statuses", own_id=True),
    _inside("user_self_email_accounts", "me", "email_accounts", own_id=True),
    _inside("user_self_email_signatures", "me", "email_signatures"),
    _inside("user_self_memberships", "me", "memberships", own_id=True),
    _inside("user_self_organizations", "me", "organizations", own_id=True),
    _inside("user_self_sip_numbers", "me", "sip_numbers"),
    # Custom fields, activities and objects
    CloseResource("lead_custom_fields", "/custom_field/lead/", page_size=1000),
    CloseResource("contact_custom_fields", "/custom_field/contact/", page_size=1000, schema="lead_custom_fields"),
    CloseResource(
        "opportunity_custom_fields", "/custom_field/opportunity/", page_size=1000, schema="lead_custom_fields"
    ),
    CloseResource("activity_custom_fields", "/custom_field/activity/", page_size=1000),
    CloseResource("custom_object_custom_fields", "/custom_field/custom_object_type/"),
    CloseResource("shared_custom_fields", "/custom_field/shared/"),
    CloseResource("custom_field_schemas", "/custom_field_schema/", walk="field_schemas", primary_key=("object_type",)),
    CloseResource("custom_activities", "/custom_activity/"),
    CloseResource("custom_object_types", "/custom_object_type/"),
    _search("custom_objects", "custom_object"),
    # Configuration and messaging
    CloseResource("integration_links", "/integration_link/"),
    CloseResource("email_templates", "/email_template/"),
    CloseResource("sms_templates", "/sms_template/"),
    CloseResource("smart_views", "/saved_search/", params=MappingProxyType({"type__in": ALL_SMART_VIEWS})),
    CloseResource("email_sequences", "/sequence/", page_size=1000),
    CloseResource(
        "sequence_subscriptions",
        "/sequence_subscription/",
        parent="email_sequences",
        params=MappingProxyType({"sequence_id": "{id}"}),
        keys=MappingProxyType({"sequence_id": "id"}),
    ),
    CloseResource("dialer", "/dialer/"),
    CloseResource("connected_accounts", "/connected_account/"),
    _accounts("google_connected_accounts", "google"),
    _accounts("custom_email_connected_accounts", "custom_email"),
    _accounts("zoom_connected_accounts", "zoom"),
    CloseResource("send_as", "/send_as/"),
    CloseResource("email_bulk_actions", "/bulk_action/email/"),
    CloseResource("sequence_subscription_bulk_actions", "/bulk_action/sequence_subscription/"),
    CloseResource("delete_bulk_actions", "/bulk_action/delete/"),
    CloseResource("edit_bulk_actions", "/bulk_action/edit/"),
    CloseResource("exports", "/export/"),
    CloseResource("phone_numbers", "/phone_number/"),
    CloseResource("blocked_phone_numbers", "/blocked_phone_number/"),
    CloseResource("outcomes", "/outcome/"),
    CloseResource("playbooks", "/playbook/"),
    CloseResource("forms", "/form/"),
    CloseResource("scheduling_links", "/scheduling_link/"),
    CloseResource("shared_scheduling_links", "/shared_scheduling_link/", schema="scheduling_links"),
    CloseResource("webhooks", "/webhook/", secret_fields=("signature_key",)),
    CloseResource("unsubscribed_emails", "/unsubscribe/email/", primary_key=("email",)),
    CloseResource("comment_threads", "/comment_thread/"),
    CloseResource(
        "comments",
        "/comment/",
        parent="comment_threads",
        params=MappingProxyType({"thread_id": "{id}"}),
        keys=MappingProxyType({"thread_id": "id"}),
    ),
    CloseResource("user_availability", "/user/availability/", walk="availability", primary_key=("user_id",)),
    # Reports
    _report("report_activity", "/report/activity/", "activity_report", ("datetime",)),
    _report("report_sent_emails", "/report/sent_emails/", "sent_emails_report", ("organization_id", "row_key")),
    _report("report_lead_statuses", "/report/statuses/lead/", "status_report", ("organization_id", "row_key")),
    _report(
        "report_opportunity_statuses", "/report/statuses/opportunity/", "status_report", ("organization_id", "row_key")
    ),
    # The event log
    CloseResource("events", "/event/", walk="events", dates=CHANGED, passes=EVENTS, page_size=50),
    CloseResource("deletions", parent="events", dates=CHANGED),
)
