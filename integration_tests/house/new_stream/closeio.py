"""A stream of Close: the schema and the simulated rows are those of a sample."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from airbyte_cdk.sources.utils.schema_helpers import ResourceSchemaLoader

from crm_source.resources import Asked, Embedded, Nested, Resource
from house.new_stream.edits import add_before, add_to
from house.new_stream.shapes import OBJECT, Definition, defined, fields_of, schema_of
from house.new_stream.wanted import EMBEDDED, CannotError, Wanted, column_with_rows, singular
from simulators.closeio.kinds import KINDS
from simulators.closeio.resources import RESOURCES as LISTS
from source_closeio.facts import UTC

DRAFT = "http://json-schema.org/draft-07/schema#"
SCHEMAS = ResourceSchemaLoader("source_closeio")
POSITION = {"type": ["null", "integer"]}
INSIDE = ("contacts", "leads", "organizations", "me")  # the parents that _inside() knows
FRAME = ("id", "organization_id", "date_created", "date_updated", "created_at", "updated_at")


class Close:
    def __init__(self, root: Path) -> None:
        self._package = root / "source-closeio" / "source_closeio"
        self._simulator = root / "integration_tests" / "simulators" / "closeio"
        self.table = self._package / "resources.py"
        self.docs = root / "source-closeio" / "docs" / "closeio.md"

    def constructor(self, wanted: Wanted) -> str:
        return {"full": "_full", "nested": "STYLE.nested_full"}.get(wanted.kind, "STYLE.incremental")

    def call(self, wanted: Wanted, table: Mapping[str, Resource]) -> str:
        if wanted.kind == EMBEDDED:
            return self._call_inside(wanted, table[wanted.parent])
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
        moments = {*UTC, *([resource.cursor_field] if resource.cursor_field else ())}
        properties: Definition = {
            name: schema_of(about, moments, name) for name, about in fields_of(wanted.rows).items()
        }
        if isinstance(resource, Embedded):
            properties |= self._known_inside(resource)
        keys = resource.keys if isinstance(resource, Embedded | Nested) else {}
        properties |= {name: schema_of(defined([""])) for name in keys if name not in properties}
        if resource.cursor_field:
            properties[resource.cursor_field] = schema_of({"type": "string"}, moments, resource.cursor_field)
        text = json.dumps({"$schema": DRAFT, **OBJECT, "type": "object", "properties": properties}, indent=2)
        text = re.sub(r"\[[^][{}]+\]", lambda found: json.dumps(json.loads(found[0])), text)
        (self._package / "schemas" / f"{resource.schema_name}.json").write_text(text + "\n")

    def _known_inside(self, resource: Embedded) -> Definition:
        """The fields of the rows, as far as the parent's schema has them, and their place."""
        from source_closeio.resources import RESOURCES

        above = next(one for one in RESOURCES if one.name == resource.parent)
        known: Definition = self._columns(above)[resource.rows_at].get("items", {}).get("properties", {})
        return {**known, **({"position": POSITION} if "position" in resource.primary_key else {})}

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
        from source_closeio.resources import RESOURCES

        above = next(one for one in RESOURCES if one.name == resource.parent)
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


def _names(wanted: Wanted) -> tuple[str, ...]:
    """The parameters that say of which record a list is."""
    return tuple(name for name, value in wanted.params.items() if "{" in value)
