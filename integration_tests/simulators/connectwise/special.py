"""Fields that have to fit together, by list."""

from typing import Any

from simulators.connectwise.world import World

PHASE_INFO = {
    "lastUpdated": "2025-12-01T09:30:00Z",
    "updatedBy": "member1",
    "dateEntered": "2025-11-01T09:30:00Z",
    "enteredBy": "member2",
}


def adjust(name: str, number: int, body: dict[str, Any], world: World) -> None:
    """Corrects a row's body, which was made field by field."""
    match name:
        case "tickets" | "project_tickets":
            body |= {"hasMergedChildTicketFlag": False, "mergedParentTicket": None, "parentTicketId": None}
            body["closedFlag"] = number % 4 != 0
            if not body["closedFlag"]:
                body |= {"closedDate": None, "closedBy": None}
        case "companies":
            body |= {"deletedFlag": False, "dateDeleted": None, "deletedBy": None}
        case "time_entries":
            _charge(number, body, world)
        case "schedule_entries":
            _schedule(number, body, world)
        case "project_workplans":
            for phase in body.get("phases") or ():
                del phase["projectId"]  # which the address has
                phase["customFields"] = []
                phase["_info"] = PHASE_INFO
        case "activities":
            if number % 16 == 5:
                body["dateStart"] = "2016-03-06"


def _charge(number: int, body: dict[str, Any], world: World) -> None:
    """A time entry is charged to a service ticket, a project ticket, a charge code or an activity."""
    target, kind = (
        ("tickets", "ServiceTicket"),
        ("tickets", "ServiceTicket"),
        ("project_tickets", "ProjectTicket"),
        ("charge_codes", "ChargeCode"),
        ("activities", "Activity"),
    )[number % 5]
    ids = world.ids(target)
    body |= {"chargeToType": kind, "ticket": None, "chargeToId": None}
    if ids:
        id_ = ids[number % len(ids)]
        body["chargeToId"] = id_
        if "ticket" in kind.lower():
            body["ticket"] = {"id": id_, "summary": f"Ticket {id_}"}


def _schedule(number: int, body: dict[str, Any], world: World) -> None:
    target, identifier = (("tickets", "S"), ("activities", "C"), ("opportunities", "O"))[number % 3]
    ids = world.ids(target)
    body["type"] = {"id": 4 - number % 3, "name": target.title(), "identifier": identifier}
    body["objectId"] = ids[number % len(ids)] if ids else None
