"""Creating, changing, deleting, merging rows as Close does it: side effects and event log included (4, 8)."""

from typing import Any

import orjson

from simulators.closeio import dates
from simulators.closeio.context import Context
from simulators.closeio.frames import DATE_FIELDS, derive, frame, meeting_times, stamps
from simulators.closeio.kinds import KINDS, Kind, kind_named
from simulators.closeio.rows import BODIES
from simulators.closeio.rows.recorded import completed
from simulators.closeio.rows.world import Pick
from simulators.closeio.store import Entry, Row

META = {
    "manual": {},
    "bulk": {"bulk_action_id": "bulk_1"},
    "import_revert": {"revert_import_id": "bulk_2"},
}


class Mutations:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._numbers: dict[str, int] = {}
        self._deleted: dict[str, list[Entry]] = {}  # what went with each row, itself the last

    def create(self, name: str, given: Row) -> Row:
        """Adds a row; what is not given is filled in. Dates that are given stand, also in the past or the future."""
        context, world = self._context, self._context.world
        kind = kind_named(name, given.get("_type"))
        number = self._numbers.get(kind.name, len(context.store.table(kind.name)))
        self._numbers[kind.name] = number + 1
        pick = Pick(world.seed, kind.name, number)
        body = BODIES[kind.name](pick, world)
        now = context.options.stamp(context.clock.micros())
        id_ = given.get("id") or body.get("id") or world.ids.make(kind.prefix, kind.length)
        row = {**frame(kind, world, id_, now, now, self._lead_of(kind, given, pick)), **body}
        if context.options.recorded_fields:
            row = completed(kind.name, row)
        if kind.name == "lead":
            row["name"] = f"Company {number}"
        if kind.name == "activity.meeting":
            starts = given.get("starts_at") or given.get("date_created")
            meeting_times(row, dates.parse(starts) if starts else now + 3 * dates.DAY, now)
        row |= given
        row = derive(kind, row, world, set(given))
        if kind.family == "activity" and "activity_at" not in given:
            row["activity_at"] = row["date_created"]
        created, updated = self._moments(kind, row, now)
        entry = context.store.entry(kind, row, created, updated)
        context.store.add(entry)
        context.history.note(now, kind.name, id_, None)
        self._log(entry, "created", now)
        self._touch_lead(entry, now)
        return entry.full()

    def update(self, name: str, id_: str, changes: Row, meta: Row | None = None) -> Row:
        """Changes a row and stamps it; a `custom.*` key that is set to None goes away. KeyError for an unknown id."""
        context = self._context
        entry = self._entry(name, id_)
        kind = KINDS[entry.kind]
        now = context.options.stamp(context.clock.micros())
        before = entry.full()
        row = {**before, **self._stamp(kind, now), **changes}
        row = {key: value for key, value in row.items() if value is not None or not key.startswith("custom.")}
        row = derive(kind, row, context.world, set(changes))
        changed = sorted(key for key in {*row, *before} if row.get(key) != before.get(key))
        context.history.note(now, kind.name, id_, (entry, before))
        created, updated = self._moments(kind, row, now)
        context.store.replace(entry, row, created, updated)
        completed = kind.family == "task" and row["is_complete"] and not before["is_complete"]
        previous = {key: before.get(key) for key in changed}
        self._log(entry, "completed" if completed else "updated", now, previous, changed, meta)
        self._touch_lead(entry, now)
        self._follow_up(kind, before, row, completed)
        return entry.full()

    def delete(self, name: str, id_: str, reason: str = "manual", meta: Row | None = None) -> None:
        """Deletes a row, a lead with everything on it. `reason`: manual, bulk, import_revert."""
        context = self._context
        entry = self._entry(name, id_)
        now = context.options.stamp(context.clock.micros())
        meta = META[reason] if meta is None else meta
        gone = [*context.store.children(id_), entry] if entry.kind == "lead" else [entry]
        self._deleted[id_] = gone
        for one in gone:
            before = one.full()
            context.history.note(now, one.kind, one.id, (one, before))
            context.store.remove(one)
            self._log(one, "deleted", now, before, meta=meta)
        if entry.kind != "lead":
            self._touch_lead(entry, now)

    def restore(self, id_: str) -> list[str]:
        """Brings back what was deleted, with all that went with it, as old as it was. Returns the ids."""
        context, back = self._context, []
        now = context.options.stamp(context.clock.micros())
        for one in reversed(self._deleted.pop(id_)):
            if one.kind == "lead" or one.lead_id is None or one.lead_id in context.store.entries:
                context.store.add(one)
                context.history.note(now, one.kind, one.id, None)
                self._log(one, "created", now)
                back.append(one.id)
                if one.id == id_ and one.kind != "lead":
                    self._touch_lead(one, now)
        return back

    def deleted(self) -> list[str]:
        """The ids of what can be restored."""
        entries = self._context.store.entries
        return [one for one in self._deleted if one not in entries]

    def merge_leads(self, source_id: str, destination_id: str) -> Row:
        """Moves the source's children, which keep their date_created, and removes it (8.4). Returns the LeadMerge."""
        context = self._context
        source, destination = self._entry("lead", source_id).row(), self._entry("lead", destination_id).row()
        meta = {"merge_source_lead_id": source_id, "merge_destination_lead_id": destination_id}
        for child in list(context.store.children(source_id)):
            change: Row = {"lead_id": destination_id}
            if "lead_name" in child.row():
                change["lead_name"] = destination["name"]
            self.update(child.kind, child.id, change, meta)
        now = context.options.stamp(context.clock.micros())
        self._log(self._entry("lead", destination_id), "merged", now, meta=meta)
        self.delete("lead", source_id, meta=meta)
        return self.create(
            "lead_merge",
            {
                "lead_id": destination_id,
                "source_lead_id": source_id,
                "destination_lead_id": destination_id,
                "source_display_name": source["display_name"],
                "destination_display_name": destination["display_name"],
                "merge_status": "completed",
            },
        )

    def _entry(self, name: str, id_: str) -> Entry:
        entry = self._context.store.entries[id_]
        if name not in (entry.kind, KINDS[entry.kind].family) and kind_named(name).name != entry.kind:
            raise KeyError(f"{id_} is a {entry.kind}, not a {name}")
        return entry

    def _lead_of(self, kind: Kind, given: Row, pick: Pick) -> Row | None:
        if not kind.of_lead:
            return None
        world = self._context.world
        lead_id = given["lead_id"] if "lead_id" in given else world.pick_id(pick, "lead")
        if lead_id is None:
            return None
        entry = world.store.entries.get(lead_id)
        return {"id": lead_id, "name": entry.row()["name"] if entry else None}

    def _stamp(self, kind: Kind, now: int) -> Row:
        texts = stamps(kind, now, now, self._context.options)
        return {name: text for name, text in texts.items() if name in ("date_updated", "updated_at")}

    def _moments(self, kind: Kind, row: Row, now: int) -> tuple[int, int]:
        names = DATE_FIELDS[kind.dates]
        moments = [dates.parse(row[name]) for name in names]
        return moments[0] if moments else now, moments[-1] if moments else now

    def _log(
        self,
        entry: Entry,
        action: str,
        now: int,
        previous: Row | None = None,
        changed: list[str] | None = None,
        meta: Row | None = None,
    ) -> None:
        if not KINDS[entry.kind].logged:
            return
        self._context.events.add(
            entry.kind,
            entry.id,
            action,
            now,
            lead_id=entry.id if entry.kind == "lead" else entry.lead_id,
            user_id=self._context.caller_id(),
            data=None if action == "deleted" else orjson.dumps(entry.full()),
            previous=previous,
            changed_fields=changed,
            meta=meta,
        )

    def _touch_lead(self, child: Entry, now: int) -> None:
        """A lead's date_updated moves with its children, without an event (4.1, 8.3)."""
        if child.lead_id is None or child.lead_id not in self._context.store.entries:
            return
        lead = self._context.store.entries[child.lead_id]
        before = lead.full()
        self._context.history.note(now, "lead", lead.id, (lead, before))
        row = {**before, **self._stamp(KINDS["lead"], now)}
        self._context.store.replace(lead, row, lead.created, now)

    def _follow_up(self, kind: Kind, before: Row, row: Row, completed: bool) -> None:
        """The activities that Close writes by itself."""
        if completed and kind.name == "task.lead":
            names = {"task_id": "id", "task_text": "text", "task_assigned_to": "assigned_to"}
            self.create(
                "task_completed", {"lead_id": row["lead_id"], **{name: row.get(key) for name, key in names.items()}}
            )
        moved = {
            f"{side}_{name}": content.get(name)
            for side, content in (("old", before), ("new", row))
            for name in ("status_id", "status_label", "status_type", "pipeline_id", "pipeline_name")
        }
        if kind.name in ("lead", "opportunity") and before.get("status_id") != row.get("status_id"):
            given: dict[str, Any] = {"lead_id": row["id"] if kind.name == "lead" else row["lead_id"]}
            if kind.name == "lead":
                names_kept = [name for name in moved if name.partition("_")[2] in ("status_id", "status_label")]
                self.create("lead_status_change", {**given, **{name: moved[name] for name in names_kept}})
            else:
                self.create("opportunity_status_change", {**given, "opportunity_id": row["id"], **moved})
