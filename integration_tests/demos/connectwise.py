"""ConnectWise PSA."""

import re
from functools import partial

from crm_source.resources import Asked
from demos.show import LATER, Change, Polled, Show, has
from simulators.connectwise import ConnectWiseSimulator
from simulators.recorder import RecordedRequest
from source_connectwise.resources import RESOURCES

# Most requests are one for each parent, and more than a thousand of them take more than a minute: many rows are in
# lists without such parents, or are many to a parent.
ACCOUNT = partial(
    ConnectWiseSimulator,
    real_clock=True,
    companies=5,
    contacts=12,
    configurations=5,
    tickets=16,
    ticket_notes=800,
    project_tickets=4,
    opportunities=5,
    opportunity_notes=300,
    activities=8,
    agreements=4,
    agreement_additions=300,
    invoices=4,
    projects=4,
    products=6,
    purchase_orders=4,
    catalog_items=4,
    members=4,
    schedule_entries=6,
    schedule_details=1500,
    time_entries=8,
    expense_entries=4,
    documents=60,
    audit_trail=200,
    ticket_change_logs=2400,
    time_entry_change_logs=1200,
    knowledge_base_articles=600,
    states=300,
)
# Addresses of the lists.
ASKED = [one for one in RESOURCES if isinstance(one, Asked)]
SHAPES = [(re.compile(re.sub(r"\{\w+\}", r"\\d+", one.path.rstrip("/"))), one) for one in ASKED]


def change(sim: ConnectWiseSimulator) -> list[Change]:
    """Each change is one that a different way of reading has to find."""
    sim.clock.advance(LATER)
    edited, noted, converted = sim.ids("tickets")[3:6]
    company, contact = sim.ids("companies")[1], sim.ids("contacts")[2]
    opportunity = sim.rows("opportunities")[1]
    fields = opportunity["customFields"]
    text = next(one for one in fields if one["type"] == "Text")
    agreement, addition = sim.owned_rows("agreement_additions")[7]
    board, status = sim.owned_rows("board_statuses")[2]
    sim.update("tickets", edited, {"summary": "Edited by the demo"})
    sim.create("ticket_notes", {"text": "Added by the demo"}, owner=noted)
    sim.delete("companies", company)
    sim.delete("contacts", contact)
    sim.convert_ticket(converted)
    others = [one for one in fields if one is not text]
    sim.update("opportunities", opportunity["id"], {"customFields": [*others, {**text, "value": "Set by the demo"}]})
    sim.update("agreement_additions", addition["id"], {"description": "Edited by the demo"}, agreement)
    sim.update("agreements", int(str(agreement)), {"internalNotes": "An addition has changed"})
    sim.update("board_statuses", status["id"], {"name": "Renamed by the demo"}, board)
    sim.clock.advance(LATER)

    def is_set(record: dict[str, object]) -> bool:
        values = record["custom_fields"]
        return isinstance(values, dict) and values.get(str(text["id"])) == "Set by the demo"

    return [
        Change("a ticket was edited", "tickets", has(id=edited, summary="Edited by the demo")),
        Change("a note was added to a ticket", "ticket_notes", has(ticketId=noted, text="Added by the demo")),
        Change("a company was deleted, which marks it", "companies", has(id=company, deletedFlag=True)),
        Change("a contact was deleted", "deletions", has(stream="contacts", id=contact)),
        Change("a ticket was made a project ticket", "project_tickets", has(id=converted)),
        Change("... and is no service ticket any more", "deletions", has(stream="tickets", id=converted)),
        Change("a custom field of an opportunity was set", "opportunities", is_set),
        Change(
            "an agreement and an addition to it were edited",
            "agreement_additions",
            has(id=addition["id"], description="Edited by the demo"),
        ),
        Change(
            "a status of a board was renamed: such lists are read in full",
            "board_statuses",
            has(id=status["id"], name="Renamed by the demo"),
        ),
    ]


def stream_of(request: RecordedRequest) -> str:
    query = request.query
    if query.get("fields") == "id":
        return "" if query["pageSize"] == "1" else "deletions"
    for shape, one in SHAPES:
        fixed = {name: value for name, value in one.params.items() if "{" not in value}
        if shape.fullmatch(request.path) and fixed.items() <= query.items():
            return one.name
    return ""


CONNECTWISE = Show(
    vendor="connectwise",
    simulator=ACCOUNT,
    change=change,
    stream_of=stream_of,
    polled=(Polled("incidents", "tickets"), Polled("contacts", "contacts")),
    settings={"detect_deletions": True},
)
