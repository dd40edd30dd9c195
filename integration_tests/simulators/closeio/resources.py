"""What each list of Close answers to: paging, filters, orders (section 4). All else is ignored, silently (2.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

RANGE = ("gt", "gte", "lt", "lte")
EQUAL = ("",)
IN = ("", "in")
Paging = Literal["documented", "undocumented", "none"]


@dataclass(frozen=True, slots=True)
class Resource:
    """`filters`: operators by field ("" is equality). `orders`: the allow-list of `_order_by`. `order`: the default,
    "" is the order of insertion. `needs`: one of these parameters is required. `paging` none: no `has_more` either."""

    path: str
    table: str
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    orders: tuple[str, ...] = ()
    order: str = ""
    paging: Paging = "documented"
    needs: tuple[str, ...] = ()
    by_id: bool = True


def _both(*names: str) -> tuple[str, ...]:
    return tuple(sign + name for name in names for sign in ("", "-"))


_DATES = {"date_created": RANGE, "date_updated": RANGE}
_ACTIVITY = {
    "id": ("in",),
    "lead_id": IN,
    "contact_id": IN,
    "user_id": IN,
    "organization_id": EQUAL,
    "_type": IN,
    "date_created": RANGE,
    "activity_at": RANGE,
}


def _activity(path: str, table: str, **more: tuple[str, ...]) -> Resource:
    return Resource(
        f"/activity/{path}", table, {**_ACTIVITY, **more}, orders=("-activity_at", "activity_at"), order="-date_created"
    )


_RESOURCES = (
    Resource("/lead/", "lead"),
    Resource("/contact/", "contact", {"lead_id": EQUAL}),
    Resource(
        "/opportunity/",
        "opportunity",
        {
            **_DATES,
            "date_won": RANGE,
            "lead_id": EQUAL,
            "organization_id": EQUAL,
            "is_stalled": EQUAL,
            **dict.fromkeys(("user_id", "status_id", "status_type", "status_label", "value_period"), IN),
        },
        orders=_both(
            "date_updated",
            "date_created",
            "date_won",
            "confidence",
            "user_name",
            "value",
            "annualized_value",
            "annualized_expected_value",
        ),
    ),
    Resource(
        "/task/",
        "task",
        {
            **_DATES,
            "date": RANGE,
            "due_date": RANGE,
            "_type": IN,
            "lead_id": EQUAL,
            "assigned_to": IN,
            "is_complete": EQUAL,
        },
        orders=_both("date", "date_created"),
    ),
    Resource("/user/", "user", orders=("last_name,first_name", "first_name,last_name")),
    Resource("/role/", "role", paging="undocumented"),
    Resource("/group/", "group", paging="undocumented"),
    Resource("/status/lead/", "status.lead", paging="undocumented"),
    Resource("/status/opportunity/", "status.opportunity", paging="undocumented"),
    Resource("/pipeline/", "pipeline", paging="none"),
    _activity("", "activity", custom_activity_type_id=EQUAL),
    _activity("created/", "activity.created"),
    _activity("note/", "activity.note"),
    _activity("email/", "activity.email"),
    _activity("emailthread/", "activity.email_thread"),
    _activity("call/", "activity.call"),
    _activity("sms/", "activity.sms"),
    _activity("whatsapp_message/", "activity.whatsapp_message", external_whatsapp_message_id=EQUAL),
    _activity("meeting/", "activity.meeting", provider_calendar_event_id=EQUAL),
    _activity("custom/", "activity.custom_activity", custom_activity_type_id=IN),
    _activity("form_submission/", "activity.form_submission", form_id=IN),
    _activity("status_change/lead/", "activity.lead_status_change"),
    _activity("status_change/opportunity/", "activity.opportunity_status_change", opportunity_id=EQUAL),
    _activity("lead_merge/", "lead_merge"),
    _activity("task_completed/", "activity.task_completed"),
    _activity("import_update/", "import_update"),
    *(
        Resource(f"/custom_field/{name}/", f"custom_fields.{name}")
        for name in ("lead", "contact", "opportunity", "activity")
    ),
    # The address before 2020-09-18, which still works (1.1).
    Resource("/custom_fields/lead/", "custom_fields.lead"),
    Resource("/custom_field/custom_object_type/", "custom_fields.custom_object", paging="undocumented"),
    Resource("/custom_field/shared/", "custom_fields.shared", paging="undocumented"),
    Resource("/custom_activity/", "custom_activity_type", paging="none"),
    Resource("/custom_object_type/", "custom_object_type", paging="none"),
    Resource("/custom_object/", "custom_object", {"lead_id": EQUAL}, paging="undocumented", needs=("lead_id",)),
    Resource("/integration_link/", "integration_link"),
    Resource("/email_template/", "email_template", {"is_archived": EQUAL, "is_shared": EQUAL}),
    Resource("/sms_template/", "sms_template"),
    Resource("/saved_search/", "saved_search", {"type": IN}),
    Resource("/sequence/", "sequence"),
    Resource(
        "/sequence_subscription/",
        "sequence_subscription",
        {"sequence_id": EQUAL, "contact_id": EQUAL, "lead_id": EQUAL},
        needs=("sequence_id", "contact_id", "lead_id"),
    ),
    Resource(
        "/dialer/",
        "dialer",
        {"status": IN, **dict.fromkeys(("source_type", "source_value", "user_id", "organization_id"), EQUAL)},
    ),
    Resource("/connected_account/", "connected_account", {"user_id": EQUAL, "_type": EQUAL}, paging="undocumented"),
    Resource("/send_as/", "send_as", {"allowing_user_id": EQUAL, "allowed_user_id": EQUAL}, paging="none"),
    Resource("/bulk_action/email/", "bulk_action.email", {"template_id": EQUAL}),
    Resource("/bulk_action/sequence_subscription/", "bulk_action.sequence_subscription"),
    Resource("/bulk_action/delete/", "bulk_action.delete"),
    Resource("/bulk_action/edit/", "bulk_action.edit"),
    Resource("/export/", "export"),
    Resource("/export/lead/", "export.lead"),
    Resource("/export/opportunity/", "export.opportunity"),
    Resource("/phone_number/", "phone_number", dict.fromkeys(("number", "user_id", "is_group_number"), EQUAL)),
    Resource("/blocked_phone_number/", "blocked_phone_number"),
    Resource("/outcome/", "outcome"),
    Resource("/playbook/", "playbook", {"position": ("gt",), "created_at": ("lt",)}, order="position"),
    Resource("/form/", "form", {"is_archived": EQUAL}),
    Resource("/scheduling_link/", "scheduling_link", paging="undocumented"),
    Resource("/shared_scheduling_link/", "shared_scheduling_link", paging="undocumented"),
    Resource("/webhook/", "webhook", paging="undocumented"),
    Resource("/unsubscribe/email/", "unsubscribed_email", paging="undocumented", by_id=False),
    Resource("/comment_thread/", "comment_thread", {"id": ("in",), "object_id": ("in",)}),
    Resource("/comment/", "comment", {"thread_id": EQUAL, "object_id": EQUAL}, paging="undocumented"),
)
RESOURCES: dict[str, Resource] = {resource.path: resource for resource in _RESOURCES}
