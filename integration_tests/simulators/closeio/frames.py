"""What every row has besides its content: id, organization, lead, dates; and the fields that follow from others."""

from typing import Any

from simulators.closeio import dates
from simulators.closeio.kinds import Kind
from simulators.closeio.options import Options
from simulators.closeio.rows.crm import money, status_fields
from simulators.closeio.rows.custom import fields_on
from simulators.closeio.rows.world import World
from simulators.closeio.store import Row

WITHOUT_ORGANIZATION = ("user", "unsubscribed_email", "webhook")
DATE_FIELDS = {
    "offset": ("date_created", "date_updated"),
    "naive": ("date_created", "date_updated"),
    "at": ("created_at", "updated_at"),
    "created": ("date_created",),
    "": (),
}


def stamps(kind: Kind, created: int, updated: int, options: Options) -> Row:
    """The date fields of a kind in its format (1.4). Whatever the step of the store, six digits are printed."""
    write = dates.offset_text if options.step == "microsecond" else dates.full_text
    if kind.dates == "naive" and options.naive_dates:
        write = dates.naive_text
    if kind.dates == "at":
        write = dates.full_text
    return {name: write(moment) for name, moment in zip(DATE_FIELDS[kind.dates], (created, updated), strict=False)}


def frame(kind: Kind, world: World, id_: str, created: int, updated: int, lead: Row | None) -> Row:
    """The row around a body; `lead` needs `id` and `name`."""
    row: Row = {"id": id_}
    if kind.name not in WITHOUT_ORGANIZATION:
        row["organization_id"] = world.organization_id
    if kind.of_lead:
        row["lead_id"] = lead["id"] if lead else None
        if kind.family == "task" or kind.name == "opportunity":
            row["lead_name"] = lead["name"] if lead else None
    row |= stamps(kind, created, updated, world.options)
    if kind.family == "activity":
        row["activity_at"] = row["date_created"]
    return row


def meeting_times(row: Row, starts_at: int, now: int) -> Row:
    """A calendar meeting's date_created is its start, be that in the future (4.2)."""
    row["starts_at"] = row["date_created"] = row["activity_at"] = dates.offset_text(starts_at)
    row["ends_at"] = dates.offset_text(starts_at + row.get("duration", 1800) * 1_000_000)
    if row.get("source") != "manual":
        row["status"] = "upcoming" if starts_at > now else "completed"
    return row


def derive(kind: Kind, row: Row, world: World, changed: set[str]) -> Row:
    """Brings the fields in line that follow from the ones in `changed`."""
    entries = world.store.entries
    if kind.name == "lead":
        row["html_url"] = f"https://app.close.com/lead/{row['id']}/"
        row["display_name"] = row.get("name") or "Untitled"
        if "status_id" in changed and "status_label" not in changed and row["status_id"] in entries:
            row["status_label"] = entries[row["status_id"]].row()["label"]
        custom_map(row, world)
    if kind.name == "contact" and "name" in changed:
        row["display_name"] = row.get("name") or "(no name)"
    if kind.name == "opportunity":
        if "status_id" in changed and row["status_id"] in entries:
            row |= status_fields(entries[row["status_id"]].full())
            if row["status_type"] == "won" and not row.get("date_won"):
                row["date_won"] = dates.day_text(dates.parse(row["date_updated"]))
        if changed & {"value", "value_period", "confidence"}:
            row |= money(row["value"], row["value_period"], row["confidence"])
    if kind.family == "task" and "is_complete" in changed:
        row["view"] = "archive" if row["is_complete"] else "inbox"
    return row


def custom_map(row: Row, world: World) -> None:
    """A lead's deprecated `custom`: the same values by field name (6.1)."""
    values: dict[str, Any] = {}
    for field in fields_on(world, "lead"):
        key = f"custom.{field['id']}"
        if key in row:
            values[field["name"]] = row[key]
    row["custom"] = values
