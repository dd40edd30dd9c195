"""Tasks of all types (6.6)."""

from collections.abc import Callable

from simulators.closeio import dates
from simulators.closeio.rows.world import Pick, World, authors
from simulators.closeio.store import Row

_OBJECT = {
    "incoming_email": ("emailthread", "activity.email_thread"),
    "email_followup": ("emailthread", "activity.email_thread"),
    "missed_call": ("call", "activity.call"),
    "answered_detached_call": ("call", "activity.call"),
    "voicemail": ("call", "activity.call"),
    "opportunity_due": ("opportunity", "opportunity"),
    "incoming_sms": ("sms", "activity.sms"),
    "outgoing_call": ("call", "activity.call"),
}


def _extras(pick: Pick, world: World, type_: str) -> Row:
    phone = pick.phone()
    called: Row = {
        "phone": phone,
        "phone_formatted": phone,
        "phone_number_description": pick.name(),
        "local_phone": "+14155550100",
    }
    match type_:
        case "lead":
            return {"text": pick.text(), "is_dateless": pick.maybe(False), "due_date": None}
        case "outgoing_call":
            return {"text": pick.text(), "sequence_id": None, "sequence_subscription_id": None, "step_id": None}
        case "incoming_email":
            return {"subject": pick.text(2), "body_preview": pick.text(), "emails": [], "cleared_followups": []}
        case "email_followup":
            return {
                "email_id": world.pick_id(pick, "activity.email"),
                "subject": pick.text(2),
                "body_preview": pick.text(),
                "total_emails_count_in_thread": pick.randrange(1, 9),
            }
        case "missed_call":
            return called
        case "answered_detached_call":
            return {**called, "recording_url": None}
        case "voicemail":
            return {
                **called,
                "voicemail_url": "https://app.close.com/go/file/voicemail",
                "voicemail_duration": pick.randrange(90),
            }
        case "opportunity_due":
            return {
                "opportunity_note": pick.text(),
                "opportunity_value": pick.maybe(pick.randrange(10**6)),
                "opportunity_value_currency": "USD",
                "opportunity_value_formatted": "$500",
                "opportunity_value_period": "monthly",
            }
        case _:
            return {
                "remote_phone": phone,
                "remote_phone_formatted": phone,
                "remote_phone_description": pick.name(),
                "local_phone": "+14155550100",
                "text": pick.text(),
                "attachments": [],
            }


def _body(type_: str) -> Callable[[Pick, World], Row]:
    def body(pick: Pick, world: World) -> Row:
        assigned, assigned_name = world.user(pick)
        object_type, kind = _OBJECT.get(type_, (None, None))
        moment = world.moment(pick)
        complete = pick.chance(0.3)
        row: Row = {
            "_type": type_,
            "assigned_to": assigned,
            "assigned_to_name": assigned_name,
            "contact_id": pick.maybe(world.pick_id(pick, "contact")),
            "contact_name": pick.choice(("", None, pick.name())),
            "object_id": world.pick_id(pick, kind) if kind else None,
            "object_type": object_type,
            "date": pick.choice((dates.day_text(moment), dates.offset_text(moment))),
            "is_complete": complete,
            "view": "archive" if complete else "inbox",
            "is_primary_lead_notification": True,
            "priority": "default",
            "resolution": pick.maybe("skipped"),
            "deduplication_key": None,
            "agent_config_id": None,
            **authors(pick, world),
            **_extras(pick, world, type_),
        }
        if "due_date" in row:
            row["due_date"] = row["date"]
        optional = ("is_primary_lead_notification", "priority", "resolution", "deduplication_key", "agent_config_id")
        return pick.some(row, *optional)

    return body


BODIES = {f"task.{type_}": _body(type_) for type_ in ("lead", *_OBJECT)}
