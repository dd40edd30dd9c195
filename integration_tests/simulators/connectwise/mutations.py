"""Changes of rows, as people make them in ConnectWise PSA; each is dated by the clock."""

from collections.abc import Iterator
from itertools import count
from random import Random
from typing import Any

from simulators.connectwise.catalog import BY_RECORD, LIGHT
from simulators.connectwise.context import Context
from simulators.connectwise.dates import SECOND, iso
from simulators.connectwise.seeding import WIDEST_GAP
from simulators.connectwise.store import Entry, Owner, Table
from simulators.tables import Row


class Mutations:
    def __init__(self, context: Context, seed: int) -> None:
        self._context = context
        self._random = Random(f"{seed}:mutations")
        self._hidden: dict[tuple[str, int], list[tuple[Table, Entry]]] = {}
        self._numbers = {name: count(len(table)) for name, table in context.store.tables.items()}

    def mirror_all(self) -> None:
        """Shows the seeded project tickets under /service/tickets, by option."""
        table = self._context.store.table("project_tickets")
        for mirror in self._mirrors(table):
            for entry in table:
                self._add(mirror, entry.id, {"recordType": "ProjectTicket"}, None, entry.updated)

    def create(self, name: str, fields: Row, owner: Owner, seconds_ago: float) -> Row:
        table = self._context.store.table(name)
        if owner is None:
            owner = self._any_owner(table)
        if table.spec.repeats_ids:
            id_ = max((entry.id for entry in table.of(owner)), default=0) + 1
        else:
            id_ = self._context.store.next_id(name, self._random.randint(1, WIDEST_GAP))
        entry = self._add(table, id_, fields, owner, self._now(seconds_ago))
        for mirror in self._mirrors(table):
            self._add(mirror, id_, _common(mirror, fields), None, entry.updated)
        self._touch_parent(entry)
        return self._context.bodies.row(entry)

    def update(self, name: str, id_: int, changes: Row, owner: Owner, seconds_ago: float = 0) -> Row:
        table = self._context.store.table(name)
        entry = self.found(table, id_, owner)
        entry.changes = {**entry.changes, **changes}
        table.touch(entry, self._now(seconds_ago))
        for mirror in self._mirrors(table):
            if shadow := mirror.find(id_):
                shadow.changes = {**shadow.changes, **_common(mirror, changes)}
                mirror.touch(shadow, entry.updated)
        self._touch_parent(entry)
        return self._context.bodies.row(entry)

    def delete(self, name: str, id_: int, owner: Owner, hard: bool) -> None:
        """The row vanishes with its nested rows; a company is only marked, unless `hard`."""
        table = self._context.store.table(name)
        entry = self.found(table, id_, owner)
        if name == "companies" and not hard:
            stamp = iso(self._now())
            self.update(name, id_, {"deletedFlag": True, "dateDeleted": stamp, "deletedBy": "member1"}, None)
            return
        for mirror in self._mirrors(table):
            if shadow := mirror.find(id_):
                mirror.remove(shadow)
        self._remove_below(name, id_)
        table.remove(entry)

    def hide(self, name: str, id_: int) -> None:
        """The API member loses sight of the row and of what is below it."""
        table = self._context.store.table(name)
        entry = self.found(table, id_, None)
        shadows = [(mirror, shadow) for mirror in self._mirrors(table) if (shadow := mirror.find(id_))]
        hidden = self._hidden[name, id_] = [(table, entry), *shadows, *self._context.store.children(name, id_)]
        for one, row in hidden:
            one.remove(row)

    def show(self, name: str, id_: int) -> None:
        """It is in sight again, as old as it was."""
        for table, entry in self._hidden.pop((name, id_)):
            table.add(entry)

    def hidden(self) -> list[tuple[str, int]]:
        return list(self._hidden)

    def _remove_below(self, name: str, id_: int) -> None:
        for nested, child in self._context.store.children(name, id_):
            self._remove_below(nested.spec.name, child.id)
            nested.remove(child)

    def merge_tickets(self, source: int, destination: int) -> None:
        """The source stays, closed, and names the ticket it went into (5.1)."""
        target = {"id": destination, "summary": f"Ticket {destination}"}
        closed = {"closedFlag": True, "closedDate": iso(self._now()), "closedBy": "member1"}
        self.update("tickets", source, {"mergedParentTicket": target, **closed}, None)
        self.update("tickets", destination, {"hasMergedChildTicketFlag": True}, None)

    def convert_ticket(self, id_: int) -> Row:
        """The service ticket leaves its list, and is a project ticket of the same id (5.1)."""
        tickets, others = (self._context.store.table(name) for name in ("tickets", "project_tickets"))
        entry = self.found(tickets, id_, None)
        changes = _common(others, entry.changes)
        self.delete("tickets", id_, None, hard=True)
        for mirror in self._mirrors(others):
            self._add(mirror, id_, {**changes, "recordType": "ProjectTicket"}, None, self._now())
        return self._context.bodies.row(self._add(others, id_, changes, None, self._now()))

    def found(self, table: Table, id_: int, owner: Owner) -> Entry:
        """Of a nested list also without its owner, unless ids repeat."""
        if table.spec.repeats_ids and owner is None:
            raise ValueError(f"ids of {table.spec.name} repeat: whose row is it?")
        entry = table.find(id_, owner)
        if entry is None:
            raise KeyError(f"no {table.spec.name} {id_}")
        return entry

    def _add(self, table: Table, id_: int, changes: Row, owner: Owner, now: int) -> Entry:
        entry = Entry(table.spec, id_, next(self._numbers[table.spec.name]), owner, now, now)
        entry.changes = dict(changes)
        table.add(entry)
        return entry

    def _any_owner(self, table: Table) -> Owner:
        if table.spec.name in BY_RECORD:
            return ("Ticket", self._context.store.table("tickets").by_id[0].id)
        if not table.spec.parent:
            return None
        return int(self._random.choice(self._context.store.table(table.spec.parent).by_id).id)

    def _mirrors(self, table: Table) -> Iterator[Table]:
        """Lists that show the same rows."""
        name = table.spec.name
        for light, full in LIGHT.items():
            if full == name:
                yield self._context.store.table(light)
        if name == "project_tickets" and self._context.options.service_lists_project_tickets:
            yield self._context.store.table("tickets")

    def _touch_parent(self, entry: Entry) -> None:
        spec, store = entry.spec, self._context.store
        if spec.name not in self._context.options.touching:
            return
        if spec.name == "time_entries":
            ticket: Any = (self._context.bodies.value(entry, "ticket") or {}).get("id")
            tables = [store.table("tickets"), store.table("project_tickets")]
        else:
            ticket, tables = entry.owner, [store.table(spec.parent)]
        for table in tables:
            if isinstance(ticket, int) and (parent := table.find(ticket)):
                table.touch(parent, self._now())

    def _now(self, seconds_ago: float = 0) -> int:
        now = self._context.clock.micros() - round(seconds_ago * SECOND)
        return now if self._context.options.hidden_fraction else now // SECOND * SECOND


def _common(table: Table, fields: Row) -> Row:
    return {name: value for name, value in fields.items() if name in table.spec.fields}
