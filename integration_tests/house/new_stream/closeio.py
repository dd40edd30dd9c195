"""A stream of Close: the schema and the simulated rows are those of a sample."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from airbyte_cdk.sources.utils.schema_helpers import ResourceSchemaLoader

from crm_source.resources import Asked, Embedded, Nested, Resource
from house.new_stream.edits import add_before, add_to
from house.new_stream.shapes import Definition, schema_text
from house.new_stream.views import call_of_view
from house.new_stream.wanted import EMBEDDED, VIEW, CannotError, Wanted, column_with_rows, singular
from simulators.closeio.kinds import KINDS
from simulators.closeio.resources import RESOURCES as LISTS
from source_closeio.facts import STYLE
from source_closeio.resources import RESOURCES as TABLE

SCHEMAS = ResourceSchemaLoader("source_closeio")
INSIDE = ("contacts", "leads", "organizations", "me")  # the parents that _inside() knows
FRAME = ("id", "organization_id", "date_created", "date_updated", "created_at", "updated_at")


class Close:
    def __init__(self, root: Path) -> None:
        self._package = root / "source-closeio" / "source_closeio"
        self._simulator = root / "integration_tests" / "simulators" / "closeio"
        self.table = self._package / "resources.py"
        self.docs = root / "source-closeio" / "docs" / "closeio.md"

    def call(self, wanted: Wanted, table: Mapping[str, Resource]) -> str:
        if wanted.kind == EMBEDDED:
            return self._call_inside(wanted, table[wanted.parent])
        if wanted.kind == VIEW:
            whole = table[wanted.parent]
            return call_of_view(wanted, whole, self._columns(whole), STYLE.full("", ""))
        if not wanted.rows:
            raise CannotError("A stream of Close needs a sample: no models of its rows are known.")
        if not (wanted.address.startswith("/") and wanted.address.endswith("/")):
            raise CannotError(f"{wanted.address}: an address of Close begins and ends with a slash.")
        key = f", primary_key=({wanted.key!r},)" if wanted.key not in ("", "id") else ""
        if wanted.kind == "nested":
            one = singular(wanted.parent) if not _names(wanted) else _names(wanted)[0].removesuffix("_id")
            params = f", params=MappingProxyType({wanted.params!r})" if wanted.params else ""
            text = f"{wanted.name!r}, {wanted.address!r}, {wanted.parent!r}, {one!r}{key}{params}"
            return f"STYLE.nested_full({text})"
        if wanted.kind == "full":
            params = f", params=MappingProxyType({wanted.params!r})" if wanted.params else ""
            return f"_full({wanted.name!r}, {wanted.address!r}{key}{params})"
        params = f"MappingProxyType({ {'_order_by': 'date_updated', **wanted.params}!r})"
        return f'STYLE.incremental({wanted.name!r}, {wanted.address!r}{key}, walk="changes", params={params})'

    def write(self, wanted: Wanted, resource: Resource) -> Sequence[str]:
        if wanted.kind == VIEW:
            return self._left_of_view(wanted)
        self._write_schema(wanted, resource)
        if not isinstance(resource, Asked):
            return ()  # rows of the parent that the simulator has anyway
        kind = ".".join(wanted.address.strip("/").split("/")[-2:])
        if kind in KINDS or wanted.address in LISTS:
            return [f"the simulator has {wanted.address} or {kind} already, and nothing was added to it"]
        function = kind.replace(".", "_")
        rows = self._simulator / "rows" / "configuration.py"
        add_before(rows, "BODIES", self._body(function, wanted, resource))
        add_to(rows, "BODIES", f"{kind!r}: {function}")
        add_to(self._simulator / "kinds.py", "_KINDS", self._kind(kind, wanted))
        add_to(self._simulator / "volumes.py", "VOLUMES", f"{wanted.name!r}: ({kind!r}, 3)")
        add_to(self._simulator / "resources.py", "_RESOURCES", self._list(kind, wanted))
        return self._left(wanted, function)

    def source(self, resource: Resource) -> Mapping[str, str]:
        if isinstance(resource, Embedded):
            return {"source": f"`{resource.rows_at}` of `{resource.parent}`"}
        assert isinstance(resource, Asked)
        query = "&".join(f"{name}={value}" for name, value in resource.params.items() if name != "_order_by")
        return {"source": f"GET `{resource.path}{'?' if query else ''}{query}`"}

    def _call_inside(self, wanted: Wanted, parent: Resource) -> str:
        items = column_with_rows(self._columns(parent), wanted).get("items", {})
        if not wanted.rows and not items.get("properties"):
            raise CannotError(f"The schema of {wanted.parent} does not say what {wanted.path} has: give a sample.")
        has_id = "id" in (items.get("properties") or wanted.rows[0])
        if wanted.parent in INSIDE:
            own = ", own_id=True" if has_id else ""
            return f"_inside({wanted.name!r}, {wanted.parent!r}, {wanted.path!r}{own})"
        one = singular(wanted.parent)
        key = "" if has_id else f", primary_key=({f'{one}_id'!r}, 'position')"
        kind = "embedded" if parent.dates else "embedded_full"
        return f"STYLE.{kind}({wanted.name!r}, {wanted.parent!r}, {wanted.path!r}, {one!r}{key})"

    @staticmethod
    def _columns(resource: Resource) -> Mapping[str, Definition]:
        """With what they refer to."""
        columns: Mapping[str, Definition] = SCHEMAS.get_schema(resource.schema_name)["properties"]
        return columns

    def _write_schema(self, wanted: Wanted, resource: Resource) -> None:
        table = {one.name: one for one in TABLE}
        above = self._columns(table[resource.parent]) if isinstance(resource, Embedded | Nested) else {}
        (self._package / "schemas" / f"{resource.schema_name}.json").write_text(
            schema_text(wanted.rows, resource, above)
        )

    def _body(self, function: str, wanted: Wanted, resource: Asked) -> str:
        row = {name: value for name, value in wanted.rows[0].items() if name not in FRAME}
        key = resource.primary_key[0]
        fields = [f"{name!r}: {value!r}" for name, value in row.items() if name not in (key, *_names(wanted))]
        if key in row:
            fields.insert(0, f'{key!r}: f"{{pick.number}}-{row[key]}"')
        if isinstance(resource, Nested):
            fields += [f"{name!r}: world.pick_id(pick, {self._kind_of(resource)!r})" for name in _names(wanted)]
        return f"def {function}(pick: Pick, world: World) -> Row:\n    return {{{', '.join(fields)}}}"

    @staticmethod
    def _kind_of(resource: Nested) -> str:
        """What the simulator calls the records above."""
        above = next(one for one in TABLE if one.name == resource.parent)
        if not isinstance(above, Asked) or above.path not in LISTS:
            raise CannotError(f"The simulator has no list of {resource.parent}.")
        return LISTS[above.path].table

    @staticmethod
    def _kind(kind: str, wanted: Wanted) -> str:
        row = wanted.rows[0]
        prefix = str(row.get("id", "")).partition("_")[0] or kind[:4]
        dates = "at" if "updated_at" in row else "created" if "date_created" in row else ""
        if "date_updated" in row or wanted.kind == "incremental":
            dates = "offset" if re.search(r"[+-]\d\d:\d\d$|Z$", str(row.get("date_updated", "Z"))) else "naive"
        return f'Kind({kind!r}, "{prefix}_", 22, dates={dates!r}, logged=False)'

    @staticmethod
    def _list(kind: str, wanted: Wanted) -> str:
        filters = [f"{name!r}: EQUAL" for name in _names(wanted)]
        more = f", needs={_names(wanted)!r}" if filters else ""
        if wanted.kind == "incremental":
            filters, more = ["**_DATES", *filters], more + ', orders=_both("date_updated")'
        return f"Resource({wanted.address!r}, {kind!r}{', {' + ', '.join(filters) + '}' if filters else ''}{more})"

    @staticmethod
    def _left(wanted: Wanted, function: str) -> Sequence[str]:
        left = [
            f"integration_tests/simulators/closeio/rows/configuration.py: all rows of {function}() are the sample's"
        ]
        if wanted.kind == "incremental":
            left.append(
                "source_closeio/resources.py: does the list filter and sort by date_updated, and do its "
                "objects have events in the log, for deletions and late edits (`passes`, `vendor`)?"
            )
        return left

    @staticmethod
    def _left_of_view(wanted: Wanted) -> Sequence[str]:
        known = LISTS[wanted.address].filters
        left = ["source_closeio/resources.py: `passes` and `vendor`, for deletions when the view is read alone"]
        missing = [name for name in wanted.params if name not in known]
        return [*left, *(f"the simulator's list {wanted.address} has no filter {name}" for name in missing)]


def _names(wanted: Wanted) -> tuple[str, ...]:
    """The parameters that say of which record a list is."""
    return tuple(name for name, value in wanted.params.items() if "{" in value)
