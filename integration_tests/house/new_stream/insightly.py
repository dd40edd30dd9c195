"""A stream of Insightly: its model is in models.json already, or is made from a sample and added there."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from crm_source.resources import Asked, Embedded, Listed, Nested, Resource
from house.new_stream.edits import add_line, add_model, add_to
from house.new_stream.shapes import Definition, fields_of
from house.new_stream.wanted import EMBEDDED, VIEW, CannotError, Wanted, column_with_rows
from simulators.insightly.catalog import BY_PATH, CHILDREN, LISTS, MODELS
from source_insightly.resources.rows import insightly_facts

NAMED = "unit_tests/test_resources.py names every stream: add this one"


class Insightly:
    def __init__(self, root: Path) -> None:
        self._folder = root / "source-insightly"
        self._simulator = root / "integration_tests" / "simulators" / "insightly"
        self.table = self._folder / "source_insightly" / "resources"
        self.docs = self._folder / "docs" / "insightly.md"

    def call(self, wanted: Wanted, table: Mapping[str, Resource]) -> str:
        if wanted.kind == EMBEDDED:
            return self._call_inside(wanted, table[wanted.parent])
        if wanted.kind == VIEW:
            raise CannotError("Insightly's lists cannot be asked for the rows that have a value.")
        if not wanted.model or (wanted.model not in self._models() and not wanted.rows):
            raise CannotError(f"{wanted.model or 'No model'}: name a model that models.json has, or give a sample.")
        if not wanted.key:
            raise CannotError("Rows of Insightly have no key that is called alike in all lists: give KEY.")
        if wanted.params:
            raise CannotError("A list with parameters is written by hand: see lead_statuses in resources/reference.py.")
        head = f"{wanted.name!r}, {wanted.address!r}, {wanted.model!r}"
        if wanted.kind != "nested":
            return f"{wanted.kind}({head}, {wanted.key!r})"
        above = table[wanted.parent]
        if isinstance(above, Nested):
            one = next(name for name in above.keys if name.endswith("_ID")).removesuffix("_ID")
            return f"further({head}, {wanted.parent!r}, {one!r}, ({above.primary_key[-1]!r}, {wanted.key!r}))"
        one = above.primary_key[0].removesuffix("_ID")
        return f"nested({head}, {wanted.parent!r}, {one!r}, ({wanted.key!r},))"

    def _call_inside(self, wanted: Wanted, parent: Resource) -> str:
        column = column_with_rows(self._models()[insightly_facts(parent).model], wanted)
        model = column.get("items", {}).get("model", "")
        if model not in self._models():
            raise CannotError(f"The rows of {wanted.path} have no model of their own: add it to models.json first.")
        if wanted.key not in ("position", *self._models()[model]):
            raise CannotError(
                f"{wanted.key or 'No key'}: give as KEY a field of {model} that names a row, or position."
            )
        head = f"{wanted.name!r}, {wanted.path!r}, {model!r}, {parent.name!r}"
        if not parent.dates:
            return f"embedded_full({head}, {parent.primary_key!r}, {wanted.key!r})"
        return f"embedded({head}, {parent.primary_key[0].removesuffix('_ID')!r}, {wanted.key!r})"

    def write(self, wanted: Wanted, resource: Resource) -> Sequence[str]:
        if isinstance(resource, Embedded):
            subprocess.run([sys.executable, self._folder / "schemas_from_models.py"], check=True)
            return [NAMED]  # the rows are those of the parent, which the simulator has anyway
        assert isinstance(resource, Asked)
        fields = self._models().get(wanted.model)
        if fields is None:
            fields = {name: self._definition(name, about) for name, about in fields_of(wanted.rows).items()}
            add_model(self._folder / "models.json", wanted.model, fields)
        subprocess.run([sys.executable, self._folder / "schemas_from_models.py"], check=True)
        left = [NAMED]
        if wanted.name in LISTS:
            return [*left, f"the simulator has {wanted.name} already, and nothing was added to it"]
        if wanted.model not in MODELS:
            words = {name: word_of(about) for name, about in fields.items()}
            missing = [name for name, word in words.items() if not word]
            left += (
                [f"data/models.json of the simulator: {wanted.model} has no {', '.join(missing)}"] if missing else []
            )
            known = {name: word for name, word in words.items() if word}
            add_line(self._simulator / "data" / "models.json", f"{json.dumps(wanted.model)}: {json.dumps(known)}")
        self._add_list(wanted, resource)
        return left

    def source(self, resource: Resource) -> Mapping[str, str]:
        if isinstance(resource, Embedded):
            return {"source": f"`{resource.rows_at}` of `{resource.parent}`"}
        assert isinstance(resource, Asked)
        search = "/Search" if isinstance(resource, Listed) and resource.dates else ""
        return {"source": f"`{resource.path}{search}`"}

    def _models(self) -> Mapping[str, Mapping[str, Definition]]:
        models: Mapping[str, Mapping[str, Definition]] = json.loads((self._folder / "models.json").read_text())
        return models

    def _add_list(self, wanted: Wanted, resource: Asked) -> None:
        data = self._simulator / "data"
        entry: dict[str, Any] = {"name": wanted.name, "path": wanted.address, "model": wanted.model, "pk": wanted.key}
        if not isinstance(resource, Nested):
            more = {"search": True, "brief": True} if resource.dates else {}
            add_line(data / "lists.json", json.dumps({**entry, **more, "paged": True}))
            return
        suffix, first = wanted.address.rpartition("/")[2], wanted.address.split("/")[1].lower()
        above = BY_PATH[first].name if first in BY_PATH else wanted.parent
        nested = {"parent": above, "suffix": suffix, "model": wanted.model, "status": 200, "paged": True}
        add_line(data / "nested.json", json.dumps(nested))
        catalog = self._simulator / "catalog.py"
        if of := CHILDREN.get(wanted.model):  # the rows of all records are in one table
            old = f'"{of}": ('
            catalog.write_text(catalog.read_text().replace(old, f"{old}{above!r}, ", 1))
            return
        add_line(data / "lists.json", json.dumps({**entry, "path": "", "listed": False}))
        add_to(catalog, "CHILDREN", f"{wanted.model!r}: {wanted.name!r}")
        add_to(catalog, "PARENTS", f"{wanted.name!r}: ({above!r},)")

    @staticmethod
    def _definition(name: str, about: Definition) -> Definition:
        """As the document has it: a date is text with a form of its own, and an object has a model."""
        if about["type"] == "object":
            return {"type": "object", "model": name, "properties": about["properties"]}
        if re.search("DATE|_UTC", name) and about.get("format"):
            return {**about, "wire_format": "yyyy-MM-dd HH:mm:ss"}
        return {key: value for key, value in about.items() if key != "format"}


def word_of(definition: Definition) -> str:
    """How the simulator's models write the type; empty where they cannot."""
    kind, longest = definition["type"], definition.get("maxLength")
    if "wire_format" in definition:
        return "date"
    if kind == "string":
        return f"string:{longest}" if longest else "string"
    return kind if kind in ("integer", "number", "boolean") else ""
