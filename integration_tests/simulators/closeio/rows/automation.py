"""Sequences, subscriptions, bulk actions, exports (6.9)."""

from collections.abc import Callable

from simulators.closeio import dates
from simulators.closeio.rows.world import Pick, World, authors
from simulators.closeio.store import Row


def sequence(pick: Pick, world: World) -> Row:
    author = world.user(pick)[0]
    moment = dates.naive_text(world.moment(pick))
    step = {
        "step_type": "email",
        "delay": 0,
        "required": False,
        "threading": pick.maybe("old_thread"),
        "email_template_id": world.pick_id(pick, "email_template"),
        "step_allowed_delay": None,
        "created_by_id": author,
        "updated_by_id": author,
        "date_created": moment,
        "date_updated": moment,
    }
    row: Row = {
        "name": f"Workflow {pick.number}",
        "status": pick.choice(("active", "paused", "draft")),
        "timezone": pick.maybe("America/New_York"),
        "schedule": pick.maybe({"ranges": [{"weekday": 1, "start": "09:00", "end": "17:00"}]}),
        "steps": [{"id": world.ids.make("seqstep_", 22), **step, "delay": 86_400 * n} for n in range(2)],
        "allow_manual_enrollment": True,
        "trigger_query": None,
        "created_by_id": author,
        "updated_by_id": author,
        "subscription_counts_by_status": {"active": 1, "paused": 0, "error": 0, "finished": 1, "goal": 0},
    }
    return pick.some(row, "allow_manual_enrollment", "trigger_query")


def sequence_subscription(pick: Pick, world: World) -> Row:
    sequences = world.store.table("sequence").order[""]
    author = world.user(pick)[0]
    status, reason = pick.choice(
        (("active", None), ("paused", "manual"), ("finished", None), ("goal", "reply-received"))
    )
    return {
        "sequence_id": sequences[pick.number % len(sequences)].id if sequences else None,
        "contact_id": world.pick_id(pick, "contact"),
        "contact_email": pick.maybe("person1@example.com"),
        "sender_account_id": world.pick_id(pick, "connected_account"),
        "sender_name": pick.maybe("Ann Lee"),
        "sender_email": pick.maybe("ann@example.com"),
        "calls_assigned_to": [],
        "start_date": pick.maybe(dates.naive_text(world.moment(pick))),
        "status": status,
        "status_reason": reason,
        "created_by_id": author,
        "updated_by_id": author,
    }


def _bulk(extras: Callable[[Pick, World], Row]) -> Callable[[Pick, World], Row]:
    def body(pick: Pick, world: World) -> Row:
        return {
            "status": pick.choice(("created", "processing", "done", "paused")),
            "query": pick.maybe("status:Potential"),
            "s_query": {"query": {"type": "match_all"}},
            "sort": [],
            "results_limit": pick.maybe(100),
            "n_leads": pick.maybe(10),
            "n_leads_processed": 10,
            "n_objects": pick.maybe(10),
            "n_objects_processed": 10,
            "send_done_email": False,
            **authors(pick, world, names=False),
            **extras(pick, world),
        }

    return body


def _bulk_email(pick: Pick, world: World) -> Row:
    return {
        "template_id": world.pick_id(pick, "email_template"),
        "contact_preference": pick.maybe("lead"),
        "sender": pick.maybe("Ann Lee <ann@example.com>"),
        "email_account_id": world.pick_id(pick, "connected_account"),
    }


def _bulk_subscription(pick: Pick, world: World) -> Row:
    return {
        "action_type": pick.choice(("subscribe", "resume", "resume_finished", "pause", "reassign")),
        "sequence_id": world.pick_id(pick, "sequence"),
        "sender_account_id": world.pick_id(pick, "connected_account"),
        "sender_name": "Ann Lee",
        "sender_email": "ann@example.com",
        "contact_preference": pick.maybe("contact"),
        "calls_assigned_to": pick.maybe([]),
        "from_phone_number_id": None,
    }


def _bulk_delete(pick: Pick, world: World) -> Row:
    return {"bulk_object_type": pick.choice(("lead", "contact", "call"))}


def _bulk_edit(pick: Pick, world: World) -> Row:
    return {
        "type": pick.choice(("set_custom_field", "clear_custom_field", "set_lead_status")),
        "custom_field_name": pick.maybe("Lead text 0"),
        "custom_field_value": pick.maybe("x"),
        "lead_status_id": pick.maybe(world.pick_id(pick, "status.lead")),
    }


def _export(types: tuple[str, ...]) -> Callable[[Pick, World], Row]:
    def body(pick: Pick, world: World) -> Row:
        status = pick.choice(("done", "done", "in_progress", "error"))
        return {
            "type": pick.choice(types),
            "format": pick.choice(("csv", "json")),
            "date_format": pick.maybe("original"),
            "status": status,
            "download_url": "https://export.example.com/x.json.gz?Signature=s3cr3t" if status == "done" else None,
            "fields": ["id", "name"],
            "n_docs": pick.maybe(10),
            "n_docs_processed": 10,
            "results_limit": None,
            "s_query": {"query": {"type": "match_all"}},
            "sort": [],
            "params": {},
            "send_done_email": False,
            **authors(pick, world, names=False),
        }

    return body


BODIES = {
    "sequence": sequence,
    "sequence_subscription": sequence_subscription,
    "bulk_action.email": _bulk(_bulk_email),
    "bulk_action.sequence_subscription": _bulk(_bulk_subscription),
    "bulk_action.delete": _bulk(_bulk_delete),
    "bulk_action.edit": _bulk(_bulk_edit),
    "export.lead": _export(("leads", "contacts", "lead_opps")),
    "export.opportunity": _export(("opps",)),
}
