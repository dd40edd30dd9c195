"""The kinds of object Close holds, named as in its event log (8.3)."""

from dataclasses import dataclass
from typing import Literal

Dates = Literal["offset", "naive", "at", "created", ""]


@dataclass(frozen=True, slots=True)
class Kind:
    """`dates`: offset or naive date_created/date_updated, created_at/updated_at, date_created only, or none (1.4).
    `family` is the table that lists this kind together with its siblings; `type` the value of `_type`."""

    name: str
    prefix: str
    length: int = 43
    family: str = ""
    type: str = ""
    dates: Dates = "offset"
    of_lead: bool = False
    logged: bool = True


def _task(name: str) -> Kind:
    prefix = "task_" if name in ("lead", "outgoing_call") else "noti_"
    return Kind(f"task.{name}", prefix, family="task", type=name, of_lead=True)


def _activity(name: str, type_: str) -> Kind:
    return Kind(f"activity.{name}", "acti_", family="activity", type=type_, of_lead=True)


TASK_TYPES = (
    "lead",
    "incoming_email",
    "email_followup",
    "missed_call",
    "answered_detached_call",
    "voicemail",
    "opportunity_due",
    "incoming_sms",
    "outgoing_call",
)

_KINDS = (
    Kind("lead", "lead_"),
    Kind("contact", "cont_", of_lead=True),
    Kind("opportunity", "oppo_", of_lead=True),
    *(_task(name) for name in TASK_TYPES),
    _activity("created", "Created"),
    _activity("note", "Note"),
    _activity("email", "Email"),
    _activity("email_thread", "EmailThread"),
    _activity("call", "Call"),
    _activity("sms", "SMS"),
    _activity("whatsapp_message", "WhatsAppMessage"),
    _activity("meeting", "Meeting"),
    _activity("custom_activity", "CustomActivity"),
    _activity("form_submission", "FormSubmission"),
    _activity("lead_status_change", "LeadStatusChange"),
    _activity("opportunity_status_change", "OpportunityStatusChange"),
    _activity("task_completed", "TaskCompleted"),
    Kind("lead_merge", "acti_", family="activity", type="LeadMerge", of_lead=True),
    Kind("import_update", "acti_", family="activity", type="ImportUpdate", of_lead=True, logged=False),
    Kind("user", "user_", logged=False),
    Kind("role", "role_", 22, logged=False),
    Kind("group", "group_", 22, dates=""),
    Kind("membership", "memb_", dates="", logged=True),
    Kind("status.lead", "stat_", dates=""),
    Kind("status.opportunity", "stat_", dates=""),
    Kind("pipeline", "pipe_", 22, dates="naive", logged=False),
    *(
        Kind(f"custom_fields.{name}", "cf_")
        for name in ("lead", "contact", "opportunity", "activity", "custom_object", "shared")
    ),
    Kind("custom_activity_type", "actitype_", 22, dates="naive"),
    Kind("custom_object_type", "cotype_", 22, dates="naive"),
    Kind("custom_object", "custobj_", 22, of_lead=True),
    Kind("integration_link", "link_", logged=False),
    Kind("email_template", "tmpl_"),
    Kind("sms_template", "smstmpl_", 22, dates="naive"),
    Kind("saved_search", "save_"),
    Kind("sequence", "seq_", 22, dates="naive"),
    Kind("sequence_subscription", "sub_", 22, dates="naive", of_lead=True),
    Kind("dialer", "dial_", 22, dates="naive", logged=False),
    Kind("connected_account", "emailacct_", dates="created", logged=False),
    Kind("send_as", "sdas_", 22, dates="", logged=False),
    *(Kind(f"bulk_action.{name}", "bulk_") for name in ("email", "sequence_subscription", "delete", "edit")),
    Kind("export.lead", "expo_", family="export"),
    Kind("export.opportunity", "expo_", family="export"),
    Kind("phone_number", "phon_"),
    Kind("blocked_phone_number", "blph_", logged=False),
    Kind("outcome", "outcome_", 22, logged=False),
    Kind("playbook", "playbook_", 22, dates="at", logged=False),
    Kind("form", "form_", 22, logged=False),
    Kind("scheduling_link", "schlnk_", 22, dates="", logged=False),
    Kind("shared_scheduling_link", "schlnk_", 22, dates="", logged=False),
    Kind("webhook", "whsub_", 22, dates="naive", logged=False),
    Kind("unsubscribed_email", "unsub_", dates=""),
    Kind("comment_thread", "comthr_", 22, dates="at", of_lead=True),
    Kind("comment", "comm_", 22, dates="at", of_lead=True),
)
KINDS: dict[str, Kind] = {kind.name: kind for kind in _KINDS}
ACTIVITY_KINDS = tuple(kind.name for kind in _KINDS if kind.family == "activity")
TASK_KINDS = tuple(kind.name for kind in _KINDS if kind.family == "task")


def kind_named(name: str, type_: object = None) -> Kind:
    """The kind by its own name, by the last part of it (`call`), or a family with a `_type` (`task`: lead)."""
    if name == "task":
        name = f"task.{type_ or 'lead'}"
    if name == "activity":
        name = next((kind.name for kind in _KINDS if kind.family == "activity" and kind.type == type_), name)
    kind = KINDS.get(name) or KINDS.get(f"activity.{name}") or KINDS.get(f"task.{name}")
    if kind is None:
        raise ValueError(f"unknown kind {name!r}, known: {', '.join(KINDS)}")
    return kind


# Fields that a list leaves out unless `_fields` asks (2.3), that only GET by id gives, or that are the simulator's own.
OPTIONAL: dict[str, tuple[str, ...]] = {
    "activity.call": ("recording_transcript", "voicemail_transcript"),
    "activity.meeting": ("transcripts",),
    "group": ("members",),
    "email_template": ("used_by_sequences",),
    "sequence": ("subscription_counts_by_status",),
    "status.opportunity": ("pipeline_name",),
    "unsubscribed_email": ("id",),
}
