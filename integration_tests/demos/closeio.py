"""Close."""

from functools import partial

from crm_source.resources import Asked, View
from demos.show import LATER, Change, Polled, Show, has
from simulators.closeio import CloseSimulator
from simulators.recorder import RecordedRequest
from source_closeio.facts import close_facts
from source_closeio.resources import RESOURCES


def change(sim: CloseSimulator) -> list[Change]:
    """Each change is one that a different way of reading has to find."""
    sim.clock.advance(LATER)
    leads, contacts = sim.ids("lead"), sim.ids("contact")
    lead, contact, gone = leads[7], contacts[11], contacts[42]
    source, destination = leads[20], leads[21]
    call, note = sim.ids("call")[3], sim.ids("note")[5]
    task = next(row["id"] for row in sim.rows("task") if not row["is_complete"])
    new = sim.create("lead", {"name": "Newcomer"})["id"]
    sim.update("lead", lead, {"description": "Edited by the demo"})
    sim.update("contact", contact, {"title": "Promoted by the demo"})
    sim.update("call", call, {"duration": 754})
    sim.update("note", note, {"note": "Edited by the demo"})
    sim.update("task", task, {"is_complete": True})
    sim.delete("contact", gone)
    sim.merge_leads(source, destination)
    sim.clock.advance(LATER)
    merge = has(source_lead_id=source, lead_id=destination)
    return [
        Change("a lead was created", "leads", has(id=new, name="Newcomer")),
        Change("a lead's description was edited", "leads", has(id=lead, description="Edited by the demo")),
        Change("a contact got another title", "contacts", has(id=contact, title="Promoted by the demo")),
        Change("an old call ended, which gave it a duration", "call_activities", has(id=call, duration=754)),
        Change("an old note was edited", "note_activities", has(id=note, note="Edited by the demo")),
        Change("a task was completed", "tasks", has(id=task, is_complete=True)),
        Change("a contact was deleted", "deletions", has(object_id=gone, reason="direct")),
        Change("a lead was merged into another", "deletions", has(object_id=source, reason="merge")),
        Change("... which the lead it went into shows", "lead_merge_activities", merge),
    ]


def stream_of(request: RecordedRequest) -> str:
    path = request.path
    if path == "/data/search/":
        (kind,) = request.body["_fields"]
        return next((one.name for one in RESOURCES if close_facts(one).search_type == kind), "")
    lists = [one for one in RESOURCES if isinstance(one, Asked) and not isinstance(one, View)]
    owners = [one for one in lists if path.startswith(one.path)]
    return max(owners, key=lambda one: len(one.path)).name if owners else ""


CLOSE = Show(
    vendor="closeio",
    simulator=partial(
        CloseSimulator, real_clock=True, leads=1200, contacts=1500, opportunities=400, calls=800, emails=800, notes=400
    ),
    change=change,
    stream_of=stream_of,
    polled=(Polled("contacts", "contact"), Polled("accounts", "lead")),
)
