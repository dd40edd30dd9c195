"""Which rows a search selects (2.2): by the date of the last change, by one field, by tag."""

from typing import Any

from simulators.insightly.catalog import UPDATED
from simulators.insightly.context import Context
from simulators.insightly.dates import micros
from simulators.insightly.refusals import bad_request
from simulators.insightly.store import Entry, Owner, Table


class Filters:
    def __init__(self, context: Context) -> None:
        self._context = context

    def search(self, table: Table, query: dict[str, str]) -> list[Entry]:
        names = [name for name in ("field_name", "field_value") if name in query]
        if table.spec.name == "users" and names and "updated_after_utc" in query:
            raise bad_request("Only one filter may be used.")
        entries = self.newer(table, None, query)
        if not names:
            return entries
        if len(names) == 1:
            if self._context.options.unpaired_filter == "ignore":
                return entries
            raise bad_request("field_name and field_value must be used together.")
        return self._by_field(table, entries, query["field_name"], query["field_value"])

    def newer(self, table: Table, owner: Owner, query: dict[str, str]) -> list[Entry]:
        """Strictly after updated_after_utc; of the rows of one owner, or of all. Everything without the parameter."""
        entries = table.of(owner)
        given = query.get("updated_after_utc")
        if not given:
            return entries
        try:
            moment = micros(given, self._context.options.odd_dates == "accept")
        except ValueError as error:
            raise bad_request(f"updated_after_utc: {error}") from error
        compared = "updated" if UPDATED in table.spec.fields else self._context.options.undated_search
        if compared == "ignore":
            return entries
        if compared == "created":
            return [entry for entry in entries if entry.created > moment]
        if owner is None:
            return table.newer(moment)
        return [entry for entry in entries if entry.updated > moment]

    def tagged(self, entries: list[Entry], name: str) -> list[Entry]:
        tag = {"TAG_NAME": name}
        return [entry for entry in entries if tag in self._context.bodies.value(entry, "TAGS")]

    def _by_field(self, table: Table, entries: list[Entry], name: str, wanted: str) -> list[Entry]:
        """Standard fields by their name, custom ones by FIELD_NAME."""
        bodies = self._context.bodies
        standard = next((field for field in table.spec.fields if field.lower() == name.lower()), None)
        if standard is not None and not table.spec.fields[standard].startswith(("list", "object")):
            return [entry for entry in entries if _text(bodies.value(entry, standard)) == wanted]
        if "CUSTOMFIELDS" not in table.spec.fields or standard is not None:
            raise bad_request(f"Invalid field_name {name}.")

        def is_wanted(entry: Entry) -> bool:
            fields = bodies.value(entry, "CUSTOMFIELDS")
            return any(one["FIELD_NAME"] == name and _text(one["FIELD_VALUE"]) == wanted for one in fields)

        return [entry for entry in entries if is_wanted(entry)]


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)
