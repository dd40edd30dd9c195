"""Calls, meetings, notes, status changes and the other activities (6.4, 6.5) that are not written messages."""

from simulators.closeio import dates
from simulators.closeio.rows.custom import values
from simulators.closeio.rows.world import CREATION_SOURCES, Pick, World, attachments, authors
from simulators.closeio.store import Row


def base(pick: Pick, world: World, type_: str) -> Row:
    user_id, user_name = world.user(pick)
    return {
        "_type": type_,
        "contact_id": pick.maybe(world.pick_id(pick, "contact")),
        "user_id": user_id,
        "user_name": user_name,
        "users": [user_id] if pick.chance(0.3) else [],
        **authors(pick, world),
    }


def sequence_fields(pick: Pick, world: World) -> Row:
    sequence = world.pick_row(pick, "sequence") if pick.chance(0.2) else {}
    return {
        "sequence_id": sequence.get("id"),
        "sequence_name": sequence.get("name"),
        "sequence_subscription_id": world.ids.make("sub_", 22) if sequence else None,
    }


def transcript(pick: Pick) -> Row:
    utterance = {"speaker_label": "A", "speaker_side": "contact", "start": 0.5, "end": 2.0, "text": pick.text()}
    return {"utterances": [utterance], "summary_text": pick.text(), "summary_html": "<p>sum</p>"}


def call(pick: Pick, world: World) -> Row:
    remote = pick.phone()
    answered = pick.chance(0.6)
    recorded = answered and pick.chance(0.5)
    nulls = ("forwarded_to", "transferred_from", "transferred_from_user_id", "transferred_to", "transferred_to_user_id")
    return {
        **base(pick, world, "Call"),
        "direction": pick.choice(("inbound", "outbound")),
        "status": pick.choice(("completed", "completed", "no-answer", "busy", "in-progress")),
        "disposition": pick.maybe("answered" if answered else "no-answer"),
        "source": pick.choice(("Close.io", "External")),
        "call_method": pick.choice(("regular", "power", "predictive")),
        "duration": pick.randrange(3600) if answered else 0,
        "cost": pick.maybe(str(pick.randrange(9))),
        "phone": remote,
        "local_phone": "+14155550100",
        "local_phone_formatted": "+1 415-555-0100",
        "local_country_iso": pick.choice(("US", "")),
        "remote_phone": remote,
        "remote_phone_formatted": remote,
        "remote_country_iso": "US",
        "note": pick.maybe(pick.text()),
        "note_html": pick.choice((None, "<body></body>")),
        "date_answered": dates.offset_text(world.moment(pick)) if answered else None,
        "has_recording": recorded,
        "recording_url": "https://app.close.com/go/recording/1" if recorded else None,
        "recording_duration": 60 if recorded else None,
        "recording_expires_at": None,
        "voicemail_url": None,
        "voicemail_duration": 0,
        "is_forwarded": False,
        "is_joinable": False,
        "is_to_group_number": pick.chance(0.1),
        "coach_legs": [],
        **dict.fromkeys(nulls),
        "dialer_id": pick.maybe(world.pick_id(pick, "dialer"), 0.8),
        "dialer_saved_search_id": None,
        "outcome_id": pick.maybe(world.pick_id(pick, "outcome"), 0.7),
        "parent_meeting_id": None,
        **sequence_fields(pick, world),
        "recording_transcript": transcript(pick) if recorded else None,
        "voicemail_transcript": None,
    }


def meeting(pick: Pick, world: World) -> Row:
    """starts_at, ends_at and the dates follow from the row's place in time."""
    user = world.pick_row(pick, "user")
    nulls = ("outcome_reason", "outcome_autofill_confidence", "outcome_autofill_reasoning", "playbook_id")
    more_nulls = ("playbook_reason", "conversation_type_id", "conversation_type_reason", "notetaker_id", "summary")
    return {
        **base(pick, world, "Meeting"),
        "title": pick.maybe(pick.text(2), 0.1),
        "note": pick.maybe(pick.text()),
        "duration": pick.choice((900, 1800, 3600)),
        "actual_duration": None,
        "status": None,
        "source": pick.choice(("calendar", "calendar", "manual")),
        "location": pick.maybe("Room 1"),
        "is_recurring": pick.chance(0.2),
        "attendees": [
            {"email": "person1@example.com", "name": "P", "status": "noreply", "user_id": None, "is_organizer": False},
            {"email": user.get("email"), "status": "yes", "user_id": user.get("id"), "is_organizer": True},
        ],
        "calendar_event_link": pick.maybe("https://calendar.example.com/e"),
        "calendar_event_uids": ["uid-1"],
        "conference_links": [{"type": "zoom", "url": "https://zoom.us/j/1"}] if pick.chance(0.5) else [],
        "connected_account_id": world.pick_id(pick, "connected_account"),
        "integrations": [],
        "attached_call_ids": [],
        "user_note": pick.maybe(pick.text()),
        "user_note_html": None,
        "user_note_mentions": [],
        "user_note_date_updated": None,
        "outcome_id": pick.maybe(world.pick_id(pick, "outcome"), 0.7),
        **dict.fromkeys((*nulls, *more_nulls)),
        "provider_calendar_event_id": pick.maybe("prov-1"),
        "provider_calendar_ids": ["cal-1"],
        "provider_calendar_type": pick.maybe("google"),
        "transcripts": [transcript(pick)] if pick.chance(0.3) else [],
    }


def note(pick: Pick, world: World) -> Row:
    return {
        **base(pick, world, "Note"),
        "note": pick.text(8),
        "note_html": pick.maybe("<p>note</p>"),
        "note_mentions": [],
        "attachments": attachments(pick),
        "pinned": False,
        "pinned_at": None,
        "title": pick.maybe(pick.text(1)),
        "source": pick.maybe("ui"),
    }


def created(pick: Pick, world: World) -> Row:
    return {**base(pick, world, "Created"), "source": pick.choice(CREATION_SOURCES), "import_id": None}


def lead_status_change(pick: Pick, world: World) -> Row:
    old, new = world.pick_row(pick, "status.lead"), world.pick_row(pick, "status.lead")
    return {
        **base(pick, world, "LeadStatusChange"),
        "old_status_id": old.get("id"),
        "old_status_label": old.get("label"),
        "new_status_id": new.get("id"),
        "new_status_label": new.get("label"),
    }


def opportunity_status_change(pick: Pick, world: World) -> Row:
    row: Row = {**base(pick, world, "OpportunityStatusChange"), "opportunity_id": world.pick_id(pick, "opportunity")}
    for side in ("old", "new"):
        status = world.pick_row(pick, "status.opportunity")
        row |= {
            f"{side}_pipeline_id": status.get("pipeline_id"),
            f"{side}_pipeline_name": status.get("pipeline_name"),
            f"{side}_status_id": status.get("id"),
            f"{side}_status_label": status.get("label"),
            f"{side}_status_type": status.get("type"),
        }
    day = world.moment(pick) // dates.DAY * dates.DAY
    return row | {
        "opportunity_confidence": 50,
        "opportunity_value": pick.maybe(pick.randrange(10**6)),
        "opportunity_value_period": "monthly",
        "opportunity_value_formatted": "$500 monthly",
        "opportunity_value_currency": "USD",
        "opportunity_date_won": pick.maybe(dates.offset_text(day)),
    }


def task_completed(pick: Pick, world: World) -> Row:
    task = world.pick_row(pick, "task.lead")
    return {
        **base(pick, world, "TaskCompleted"),
        "task_id": task.get("id"),
        "task_text": task.get("text"),
        "task_assigned_to": task.get("assigned_to"),
        "task_assigned_to_name": task.get("assigned_to_name"),
    }


def lead_merge(pick: Pick, world: World) -> Row:
    return {
        **base(pick, world, "LeadMerge"),
        "source_lead_id": world.ids.make("lead_"),
        "destination_lead_id": None,
        "source_display_name": pick.maybe("Old Acme"),
        "destination_display_name": pick.maybe("Acme"),
        "merge_status": "completed",
        "error_message": None,
    }


def import_update(pick: Pick, world: World) -> Row:
    return {**base(pick, world, "ImportUpdate"), "import_id": world.ids.make("bulk_"), "reverted": pick.chance(0.1)}


def custom_activity(pick: Pick, world: World) -> Row:
    types = world.store.table("custom_activity_type").order[""]
    type_id = types[pick.number % len(types)].id if types else None
    published = dates.offset_text(world.moment(pick))
    return {
        **base(pick, world, "CustomActivity"),
        "custom_activity_type_id": type_id,
        "status": pick.choice(("published", "draft")),
        "last_published_at": pick.maybe(published),
        "mentions": [],
        "mentions_updated_at": None,
        "pinned": False,
        "pinned_at": None,
        "source": pick.maybe("ui"),
        **values(pick, world, "activity", type_id),
    }


BODIES = {
    "activity.call": call,
    "activity.meeting": meeting,
    "activity.note": note,
    "activity.created": created,
    "activity.lead_status_change": lead_status_change,
    "activity.opportunity_status_change": opportunity_status_change,
    "activity.task_completed": task_completed,
    "lead_merge": lead_merge,
    "import_update": import_update,
    "activity.custom_activity": custom_activity,
}
