"""Statuses, pipelines, smart views, outcomes, playbooks, forms, links (6.8, 6.9)."""

from simulators.closeio import dates
from simulators.closeio.rows.world import Pick, World, authors
from simulators.closeio.store import Row

LEAD_STATUSES = ("Potential", "Bad Fit", "Qualified", "Customer")
OPPORTUNITY_STATUSES = (("Active", "active"), ("Won", "won"), ("Lost", "lost"))
VIEW_TYPES = ("lead", "lead", "contact", "opportunity", "call", "email", "sms", "meeting", "note")
MORE_VIEW_TYPES = ("whatsapp_message", "custom_activity", "form_submission")


def lead_status(pick: Pick, world: World) -> Row:
    return {"label": LEAD_STATUSES[pick.number % 4] + ("" if pick.number < 4 else f" {pick.number}")}


def opportunity_status(pick: Pick, world: World) -> Row:
    """Three for each pipeline; `pipeline_name` is kept for other rows and is not served."""
    label, type_ = OPPORTUNITY_STATUSES[pick.number % 3]
    pipelines = world.store.table("pipeline").order[""]
    pipeline = pipelines[pick.number // 3 % len(pipelines)].row() if pipelines else {}
    return {"label": label, "type": type_, "pipeline_id": pipeline.get("id"), "pipeline_name": pipeline.get("name")}


def pipeline(pick: Pick, world: World) -> Row:
    return {"name": f"Pipeline {pick.number}", **authors(pick, world, names=False)}


def saved_search(pick: Pick, world: World) -> Row:
    types = VIEW_TYPES + MORE_VIEW_TYPES
    type_ = types[pick.number % len(types)]
    row: Row = {
        "name": f"View {pick.number}",
        "description": pick.maybe("what it shows"),
        "type": type_,
        "query": pick.maybe("status:Potential"),
        "s_query": {"query": {"type": "object_type", "object_type": type_}, "sort": []},
        "selected_fields": pick.maybe([{"type": "regular_field", "field_name": "id"}]),
        "is_shared": pick.chance(0.5),
        "is_user_dependent": pick.maybe(False),
        "shared_with": [],
        "sharing_settings": pick.maybe(
            {
                "whole_org": True,
                "user_ids": [],
                "group_ids": [],
                "created_at": dates.full_text(world.moment(pick)),
                "created_by_id": world.user(pick)[0],
                "updated_at": None,
                "updated_by_id": None,
            }
        ),
        "user_id": world.user(pick)[0],
        "used_recently": True,
    }
    return pick.some(row, "shared_with", "used_recently")


def outcome(pick: Pick, world: World) -> Row:
    return {
        "name": f"Outcome {pick.number}",
        "description": pick.maybe("means"),
        "type": pick.choice(("vm-dropped", "custom")),
        "applies_to": ["calls", "meetings"],
        **authors(pick, world, names=False),
    }


def playbook(pick: Pick, world: World) -> Row:
    archived = pick.chance(0.3)
    author = world.user(pick)[0]
    return {
        "name": f"Playbook {pick.number}",
        "description": pick.maybe("how"),
        "position": pick.number,
        "custom_field_ids": [],
        "outcome_ids": [entry.id for entry in world.store.table("outcome")][:2],
        "summary_guidance": None,
        "archived_at": dates.full_text(world.moment(pick)) if archived else None,
        "archived_by_id": author if archived else None,
        "created_by_id": author,
        "updated_by_id": author,
    }


def form(pick: Pick, world: World) -> Row:
    return {
        "name": f"Form {pick.number}",
        "is_archived": pick.chance(0.3),
        "field_definitions": [
            {"id": "formfld_1", "name": "E-mail", "type": "email"},
            {"id": "formfld_2", "name": "Size", "type": "choices", "choices": [{"label": "Big", "value": "big"}]},
        ],
    }


def integration_link(pick: Pick, world: World) -> Row:
    return {
        "name": f"Link {pick.number}",
        "url": "https://example.com/?q={{ lead.display_name }}",
        "type": pick.choice(("lead", "contact", "opportunity")),
        **authors(pick, world, names=False),
    }


def scheduling_link(pick: Pick, world: World) -> Row:
    return {
        "name": f"Meet {pick.number}",
        "description": pick.maybe("book me"),
        "url": pick.maybe("https://schedule.close.com/x"),
        "type": "USER",
        "source": pick.choice(("MANUAL", "THIRD_PARTY", "CALENDLY")),
        "source_id": None,
        "source_type": None,
        "duration_in_minutes": pick.maybe(30),
        "template_tag": None,
        "oauth_client_id": None,
        "user_id": world.user(pick)[0],
    }


def shared_scheduling_link(pick: Pick, world: World) -> Row:
    return {**scheduling_link(pick, world), "type": "SHARED", "user_id": None}


BODIES = {
    "status.lead": lead_status,
    "status.opportunity": opportunity_status,
    "pipeline": pipeline,
    "saved_search": saved_search,
    "outcome": outcome,
    "playbook": playbook,
    "form": form,
    "integration_link": integration_link,
    "scheduling_link": scheduling_link,
    "shared_scheduling_link": shared_scheduling_link,
}
