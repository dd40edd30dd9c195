"""THE table: one row a stream, in the order of Close's own documentation.

Names are Airbyte's where its own Close connector has the stream. Page sizes are the largest that a list is known to
take (docs/vendors/closeio.md, 2.1); lists without a note take 100.
"""

from types import MappingProxyType
from typing import Any

from crm_source.resources import NOTHING, Embedded, Listed, Pass, Resource
from source_closeio.facts import (
    ACTIVITY,
    CHANGED,
    CREATED,
    EDITS,
    EVENTS,
    GONE,
    MEETING,
    SEARCHED,
    STYLE,
    TASK_TYPES,
    UTC,
    Close,
)

ALL_SMART_VIEWS = (
    "lead,contact,opportunity,call,email,sms,meeting,note,whatsapp_message,custom_activity,form_submission"
)


def _search(name: str, kind: str, actions: tuple[str, ...] = ("created", "updated")) -> Listed:
    facts = Close(log_type=kind, log_actions=actions, search_type=kind, by_id=f"/{kind}/")
    return STYLE.incremental(name, "/data/search/", walk="search", page_size=200, passes=SEARCHED, vendor=facts)


def _tasks(name: str, task_type: str) -> Listed:
    facts: dict[str, Any] = {
        "walk": "changes",
        "page_size": 1000,
        "params": MappingProxyType({"_type": task_type, "_order_by": "date_created"}),
        "schema": "tasks",
        "passes": (Pass(), GONE),
    }
    if task_type == "all":
        return STYLE.incremental(name, "/task/", vendor=Close(gone_types=TASK_TYPES), **facts)
    vendor = Close(gone_types=(f"task.{task_type}",))
    return STYLE.view(name, "/task/", "tasks", {"_type": task_type}, vendor=vendor, **facts)


def _activity(
    name: str,
    path: str,
    log_type: str = "",
    log_actions: tuple[str, ...] = ("created", "updated"),
    passes: tuple[Pass, ...] = ACTIVITY,
    **more: Any,
) -> Listed:
    facts = Close(log_type or f"activity.{name}", log_actions, **more)
    return STYLE.incremental(f"{name}_activities", f"/activity/{path}/", walk="activities", passes=passes, vendor=facts)


def _inside(name: str, parent: str, rows_at: str, own_id: bool = False, **more: Any) -> Embedded:
    """Rows inside the records of a parent, with its id and their position."""
    one = {"contacts": "contact", "leads": "lead", "organizations": "organization", "me": "user"}[parent]
    more = {"primary_key": ("id",) if own_id else (f"{one}_id", "position")} | more
    if parent not in ("contacts", "leads"):
        return STYLE.embedded_full(name, parent, rows_at, one, **more)
    if parent == "contacts":
        keys = {"contact_id": "id", "lead_id": "lead_id", "contact_date_updated": "date_updated"}
        more = {"keys": MappingProxyType(keys)} | more
    return STYLE.embedded(name, parent, rows_at, one, **more)


def _accounts(name: str, account_type: str) -> Embedded:
    # `_type` is not a documented filter of the list (4.3), so the one list serves all views.
    where = MappingProxyType({"_type": account_type})
    return STYLE.embedded_full(
        name, "connected_accounts", "", "", keys=NOTHING, where=where, schema="connected_accounts"
    )


def _full(name: str, path: str, **more: Any) -> Listed:
    return STYLE.full(name, path, **more)


RESOURCES: tuple[Resource, ...] = (
    # Core
    _search("leads", "lead", ("created", "updated", "merged")),
    _search("contacts", "contact"),
    STYLE.incremental(
        "opportunities",
        "/opportunity/",
        walk="changes",
        page_size=250,
        params=MappingProxyType({"_order_by": "date_updated"}),
        passes=SEARCHED,
        vendor=Close("opportunity", ("created", "updated"), by_id="/opportunity/"),
    ),
    _tasks("tasks", "all"),
    _tasks("lead_tasks", "lead"),
    _tasks("incoming_email_tasks", "incoming_email"),
    _tasks("email_followup_tasks", "email_followup"),
    _tasks("missed_call_tasks", "missed_call"),
    _tasks("answered_detached_call_tasks", "answered_detached_call"),
    _tasks("voicemail_tasks", "voicemail"),
    _tasks("opportunity_due_tasks", "opportunity_due"),
    _tasks("incoming_sms_tasks", "incoming_sms"),
    _tasks("outgoing_call_tasks", "outgoing_call"),
    _full("users", "/user/", page_size=1000),
    _full("me", "/me/", walk="me"),
    _full("organizations", "/organization/", walk="organizations"),
    _full("roles", "/role/"),
    _full("groups", "/group/", walk="groups"),
    _full("lead_statuses", "/status/lead/"),
    _full("opportunity_statuses", "/status/opportunity/"),
    _full("pipelines", "/pipeline/"),
    # Activities
    _activity("created", "created"),
    _activity("note", "note", is_ahead=True),
    _activity("email", "email", log_actions=("created", "updated", "sent")),
    _activity("email_thread", "emailthread"),
    _activity(
        "call",
        "call",
        log_actions=("created", "updated", "answered", "completed"),
        is_ahead=True,
        transcripts=("recording_transcript", "voicemail_transcript"),
    ),
    _activity("sms", "sms", log_actions=("created", "updated", "sent")),
    _activity("whatsapp_message", "whatsapp_message"),
    _activity(
        "meeting",
        "meeting",
        log_actions=("created", "updated", "scheduled", "started", "completed", "canceled"),
        passes=MEETING,
        transcripts=("transcripts",),
    ),
    _activity("custom_instance", "custom", log_type="activity.custom_activity"),
    _activity("form_submission", "form_submission"),
    _activity("lead_status_change", "status_change/lead"),
    _activity("opportunity_status_change", "status_change/opportunity"),
    _activity("lead_merge", "lead_merge", log_type="lead_merge", passes=(CREATED, EDITS)),  # never deleted (8.3)
    _activity("task_completed", "task_completed", log_actions=("created",)),
    # The event log is not known to have these: new ones only (8.3).
    _activity("import_update", "import_update", log_actions=(), passes=(CREATED,)),
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
    _inside("user_self_email_signatures", "me", "email_signatures", own_id=True),
    _inside("user_self_memberships", "me", "memberships", own_id=True),
    _inside("user_self_organizations", "me", "organizations", own_id=True),
    _inside("user_self_sip_numbers", "me", "sip_numbers"),
    # Custom fields, activities and objects
    _full("lead_custom_fields", "/custom_field/lead/", page_size=1000),
    _full("contact_custom_fields", "/custom_field/contact/", page_size=1000, schema="lead_custom_fields"),
    _full("opportunity_custom_fields", "/custom_field/opportunity/", page_size=1000, schema="lead_custom_fields"),
    _full("activity_custom_fields", "/custom_field/activity/", page_size=1000),
    _full("custom_object_custom_fields", "/custom_field/custom_object_type/"),
    _full("shared_custom_fields", "/custom_field/shared/"),
    _full("custom_field_schemas", "/custom_field_schema/", walk="field_schemas", primary_key=("object_type",)),
    _full("custom_activities", "/custom_activity/"),
    _full("custom_object_types", "/custom_object_type/"),
    _search("custom_objects", "custom_object"),
    # Configuration and messaging
    _full("integration_links", "/integration_link/"),
    _full("email_templates", "/email_template/"),
    _full("sms_templates", "/sms_template/"),
    _full("smart_views", "/saved_search/", params=MappingProxyType({"type__in": ALL_SMART_VIEWS})),
    _full("email_sequences", "/sequence/", page_size=1000),
    STYLE.nested_full(
        "sequence_subscriptions",
        "/sequence_subscription/",
        "email_sequences",
        "sequence",
        params=MappingProxyType({"sequence_id": "{id}"}),
    ),
    _full("dialer", "/dialer/"),
    _full("connected_accounts", "/connected_account/"),
    _accounts("google_connected_accounts", "google"),
    _accounts("custom_email_connected_accounts", "custom_email"),
    _accounts("zoom_connected_accounts", "zoom"),
    _full("send_as", "/send_as/"),
    _full("email_bulk_actions", "/bulk_action/email/"),
    _full("sequence_subscription_bulk_actions", "/bulk_action/sequence_subscription/"),
    _full("delete_bulk_actions", "/bulk_action/delete/"),
    _full("edit_bulk_actions", "/bulk_action/edit/"),
    _full("exports", "/export/"),
    _full("phone_numbers", "/phone_number/"),
    _full("blocked_phone_numbers", "/blocked_phone_number/"),
    _full("outcomes", "/outcome/"),
    _full("playbooks", "/playbook/"),
    _full("forms", "/form/"),
    _full("scheduling_links", "/scheduling_link/"),
    _full("shared_scheduling_links", "/shared_scheduling_link/", schema="scheduling_links"),
    _full("webhooks", "/webhook/", secret_fields=("signature_key",)),
    _full("unsubscribed_emails", "/unsubscribe/email/", primary_key=("email",)),
    _full("comment_threads", "/comment_thread/"),
    STYLE.nested_full(
        "comments",
        "/comment/",
        "comment_threads",
        "thread",
        params=MappingProxyType({"thread_id": "{id}"}),
    ),
    _full("user_availability", "/user/availability/", walk="availability", primary_key=("user_id",)),
    # Reports
    _full("report_activity", "/report/activity/", walk="activity_report", primary_key=("datetime",)),
    _full(
        "report_sent_emails",
        "/report/sent_emails/",
        walk="sent_emails_report",
        primary_key=("organization_id", "row_key"),
    ),
    _full(
        "report_lead_statuses",
        "/report/statuses/lead/",
        walk="status_report",
        primary_key=("organization_id", "row_key"),
    ),
    _full(
        "report_opportunity_statuses",
        "/report/statuses/opportunity/",
        walk="status_report",
        primary_key=("organization_id", "row_key"),
    ),
    # The event log
    STYLE.incremental("events", "/event/", walk="events", passes=EVENTS, page_size=50),
    Embedded("deletions", parent="events", dates=CHANGED, utc_fields=UTC),
)
