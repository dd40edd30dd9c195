"""A stream of a source that make new-source has made: the schema and the simulated rows are those of a sample."""

import re
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path

from airbyte_cdk.sources.utils.schema_helpers import ResourceSchemaLoader

from crm_source.resources import Asked, Embedded, Listed, Nested, Resource, Style
from house.new_stream.edits import add_before, add_to, add_to_argument
from house.new_stream.shapes import Definition, schema_text
from house.new_stream.views import call_of_view
from house.new_stream.wanted import EMBEDDED, VIEW, CannotError, Wanted, column_with_rows, singular
from house.sources import package_of


class Made:
    def __init__(self, root: Path, name: str) -> None:
        self._package = package_of(name)
        self._folder = root / f"source-{name}" / self._package
        self._simulator = root / "integration_tests" / "simulators" / f"{name.replace('-', '_')}.py"
        self.table = self._folder / "resources.py"
        self.docs = root / f"source-{name}" / "docs" / f"{name}.md"

    @property
    def _style(self) -> Style:
        style: Style = import_module(f"{self._package}.resources").STYLE
        return style

    def call(self, wanted: Wanted, table: Mapping[str, Resource]) -> str:
        if wanted.kind == VIEW:
            whole = table[wanted.parent]
            return call_of_view(wanted, whole, self._columns(whole), self._style.full("", ""))
        if wanted.kind == EMBEDDED:
            return self._call_inside(wanted, table[wanted.parent])
        if not wanted.rows:
            raise CannotError("Give a sample: no models of the rows are known.")
        if not wanted.address.startswith("/"):
            raise CannotError(f"{wanted.address}: an address begins with a slash.")
        key = f", primary_key=({wanted.key!r},)" if wanted.key not in ("", self._style.key) else ""
        params = f", params={wanted.params!r}" if wanted.params else ""
        head = f"{wanted.name!r}, {wanted.address!r}"
        if wanted.kind == "nested":
            return f"STYLE.{self._below(table[wanted.parent], head)}{key}{params})"
        return f"STYLE.{wanted.kind}({head}{key}{params})"

    def _below(self, parent: Resource, head: str) -> str:
        """The constructor for a list below these records, and its first arguments."""
        text = f"({head}, {parent.name!r}, {singular(parent.name)!r}"
        if isinstance(parent, Listed) and parent.dates:
            return f"nested{text}"
        if isinstance(parent, Nested) and (above := self._above(parent)):
            return f"further{text}, {above!r}"
        return f"nested_full{text}"

    def _above(self, parent: Nested) -> str:
        """What a record is called whose date is the cursor of the rows below it; empty where none is."""
        pattern = re.escape(self._style.date_name).replace(r"\{one\}", "(.+)")
        found = re.fullmatch(pattern, parent.cursor_field or "")
        return found[1] if found else ""

    def _call_inside(self, wanted: Wanted, parent: Resource) -> str:
        items = column_with_rows(self._columns(parent), wanted).get("items", {})
        if not isinstance(parent, Listed):
            raise CannotError(f"Rows inside {parent.name}, which are below records themselves, are written by hand.")
        if not wanted.rows and not items.get("properties"):
            raise CannotError(f"The schema of {wanted.parent} does not say what {wanted.path} has: give a sample.")
        one, style = singular(wanted.parent), self._style
        has_key = style.key in (items.get("properties") or wanted.rows[0])
        key = "" if has_key else f", primary_key=({style.id_name.format(one=one)!r}, 'position')"
        kind = "embedded" if parent.dates else "embedded_full"
        return f"STYLE.{kind}({wanted.name!r}, {wanted.parent!r}, {wanted.path!r}, {one!r}{key}, utc_fields=())"

    def _columns(self, resource: Resource) -> Mapping[str, Definition]:
        columns: Mapping[str, Definition]
        columns = ResourceSchemaLoader(self._package).get_schema(resource.schema_name)["properties"]
        return columns

    def write(self, wanted: Wanted, resource: Resource) -> Sequence[str]:
        if wanted.kind == VIEW:
            return self._in_simulator(lambda: self._add_filters(wanted))
        above = self._columns_above(resource)
        (self._folder / "schemas" / f"{resource.schema_name}.json").write_text(
            schema_text(wanted.rows, resource, above)
        )
        if not isinstance(resource, Asked):
            return ()  # rows of the parent that the simulator has anyway
        return self._in_simulator(lambda: self._add_list(wanted, resource))

    def _columns_above(self, resource: Resource) -> Mapping[str, Definition]:
        """Those of the record above, by which a row is known to be below it."""
        if not isinstance(resource, Embedded | Nested):
            return {}
        table = {one.name: one for one in import_module(f"{self._package}.resources").RESOURCES}
        return self._columns(table[resource.parent])

    def source(self, resource: Resource) -> Mapping[str, str]:
        if isinstance(resource, Embedded):
            return {"source": f"`{resource.rows_at}` of `{resource.parent}`"}
        return {"source": f"`{resource.path}`"} if isinstance(resource, Asked) else {}

    def _in_simulator(self, add: Callable[[], Sequence[str]]) -> Sequence[str]:
        """Its author may have made something else of it."""
        try:
            return add()
        except (CannotError, OSError) as error:
            return [f"{self._simulator.name}: nothing was added to it. {error}"]

    def _add_filters(self, wanted: Wanted) -> Sequence[str]:
        add_to_argument(self._simulator, "ListOf", wanted.parent, "filters", wanted.params)
        return [f"{self._simulator.name}: whether some rows of {wanted.parent}, and not all, fit {wanted.params}"]

    def _add_list(self, wanted: Wanted, resource: Asked) -> Sequence[str]:
        row, style = wanted.rows[0], self._style
        key, owner = resource.primary_key[-1], ""
        if isinstance(resource, Nested):
            owner = next((name for name in resource.keys if name in row and name != resource.cursor_field), "")
        known = (key, owner, style.dates.updated, style.dates.created)
        fields = {name: value for name, value in row.items() if name not in known}
        function = f"row_of_{wanted.name}"
        body = f"def {function}(number: int) -> Row:\n    return {fields!r}"
        add_before(self._simulator, r"class \w+\(KitSimulator", body)
        add_to(self._simulator, "lists", self._list(wanted, resource, function, key, owner))
        return [f"{self._simulator.name}: all rows of {function}() are the sample's"]

    def _list(self, wanted: Wanted, resource: Asked, function: str, key: str, owner: str) -> str:
        dates = {"updated": self._style.dates.updated, "created": self._style.dates.created}
        facts = {field: name if name in wanted.rows[0] else "" for field, name in dates.items()}
        if isinstance(resource, Listed) and resource.dates:
            facts = {"updated": resource.dates.updated, "created": resource.dates.created}
        facts |= {"key": key, "owner": owner, "parent": resource.parent if isinstance(resource, Nested) else ""}
        usual = {"updated": "updated_at", "created": "created_at", "key": "id", "owner": "", "parent": ""}
        more = "".join(f", {name}={value!r}" for name, value in facts.items() if value != usual[name])
        return f"ListOf({wanted.name!r}, {wanted.address!r}, {function}{more})"
