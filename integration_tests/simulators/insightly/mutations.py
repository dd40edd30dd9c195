"""Changes of rows, as people make them in Insightly; each is dated by the clock, in whole seconds."""

from itertools import count
from random import Random

from simulators.insightly.catalog import ACTIVITIES, PARENTS, TAGGED
from simulators.insightly.context import Context
from simulators.insightly.dates import SECOND, text
from simulators.insightly.seeding import WIDEST_GAP
from simulators.insightly.store import Entry, Owner, Table
from simulators.tables import Row


class Mutations:
    def __init__(self, context: Context, seed: int) -> None:
        self._context = context
        self._random = Random(f"{seed}:mutations")
        self._below: dict[tuple[str, int], list[tuple[Table, Entry]]] = {}  # of rows that are hidden
        self._numbers = {name: count(len(table)) for name, table in context.store.tables.items()}

    def create(self, name: str, fields: Row, owner: Owner, seconds_ago: float) -> Row:
        """The row gets the highest id. A new custom object has a list from then on."""
        table = self._context.store.table(name)
        if owner is None:
            owner = self._any_owner(name)
        id_ = self._context.store.next_id(table.spec, self._random.randint(1, WIDEST_GAP))
        now = self._now(seconds_ago)
        entry = Entry(table.spec, id_, next(self._numbers.setdefault(name, count(len(table)))), owner, now, now)
        entry.changes = dict(fields)
        table.add(entry)
        row = self._context.bodies.row(entry)
        if name == "custom_objects":
            self._context.store.add_custom(row["OBJECT_NAME"])
        if name == "opportunities":
            self._log_state(entry, None)
        return row

    def update(
        self, name: str, id_: int, changes: Row, silent: bool, seconds_ago: float = 0, reason: int | None = None
    ) -> Row:
        """A `silent` change leaves DATE_UPDATED_UTC as it was. `reason`: of the new state of an opportunity."""
        table = self._context.store.table(name)
        entry = self.found(table, id_)
        entry.changes = {**entry.changes, **changes}
        if not silent:
            table.touch(entry, self._now(seconds_ago))
        if name == "opportunities" and "OPPORTUNITY_STATE" in changes:
            self._log_state(entry, reason)
        return self._context.bodies.row(entry)

    def delete(self, name: str, id_: int) -> None:
        """The row vanishes with what belongs to it; notes, tasks, events and e-mails stay."""
        store = self._context.store
        table = store.table(name)
        entry = self.found(table, id_)
        for nested, child in store.children(name, id_):
            if nested.spec.name not in ACTIVITIES:
                self.delete(nested.spec.name, child.id)
        if name == "custom_objects":
            store.tables.pop(self._context.bodies.value(entry, "OBJECT_NAME"), None)
        table.remove(entry)

    def hide(self, name: str, id_: int) -> None:
        """The key's user loses the right to read the row, and with it what belongs to it."""
        store = self._context.store
        table = store.table(name)
        entry = self.found(table, id_)
        below = [one for one in store.children(name, id_) if one[0].spec.name not in ACTIVITIES]
        self._below[name, id_] = below
        for one, row in [(table, entry), *below]:
            one.remove(row)
        table.hidden[id_] = entry

    def show(self, name: str, id_: int) -> None:
        """The right is back; the row is as old as it was."""
        table = self._context.store.table(name)
        for one, row in [(table, table.hidden.pop(id_)), *self._below.pop((name, id_))]:
            one.add(row)

    def hidden(self) -> list[tuple[str, int]]:
        return [(name, id_) for name, table in self._context.store.tables.items() for id_ in table.hidden]

    def convert_lead(self, id_: int) -> Row:
        """Makes a contact of a lead, which stays."""
        self.found(self._context.store.table("leads"), id_)
        contact = self.create("contacts", {}, None, 0)
        converted = {"CONVERTED": True, "CONVERTED_CONTACT_ID": contact["CONTACT_ID"]}
        return self.update("leads", id_, {**converted, "CONVERTED_DATE_UTC": text(self._now())}, silent=False)

    def found(self, table: Table, id_: int) -> Entry:
        entry = table.find(id_)
        if entry is None:
            raise KeyError(f"no {table.spec.name} {id_}")
        return entry

    def _log_state(self, entry: Entry, reason: int | None) -> None:
        """What /StateHistory tells. Of one second it has one entry for each state and reason."""
        owner = ("opportunities", entry.id)
        changed = {
            "FOR_OPPORTUNITY_STATE": self._context.bodies.value(entry, "OPPORTUNITY_STATE"),
            "STATE_REASON_ID": reason,
        }
        history = self._context.store.table("opportunity_state_history")
        for one in list(history.of(owner)):
            if one.created == entry.updated and one.changes.items() >= changed.items():
                history.remove(one)
        self.create("opportunity_state_history", changed, owner, (self._now() - entry.updated) / SECOND)

    def _any_owner(self, name: str) -> Owner:
        if name == "tags":
            return self._random.choice(TAGGED)
        if name == "custom_fields":
            return "CONTACT"
        store = self._context.store
        parents = [(parent, entry.id) for parent in PARENTS.get(name, ()) for entry in store.table(parent)]
        return self._random.choice(parents) if parents else None

    def _now(self, seconds_ago: float = 0) -> int:
        return (self._context.clock.micros() - round(seconds_ago * SECOND)) // SECOND * SECOND
