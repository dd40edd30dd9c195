"""A stream of ConnectWise: its model is in models.json already, or is made from a sample and goes to overlay.json."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from crm_source.resources import Asked, Embedded, Listed, Nested, Resource
from house.new_stream.edits import add_line, add_model
from house.new_stream.shapes import Definition, fields_of
from house.new_stream.wanted import EMBEDDED, VIEW, CannotError, Wanted, column_with_rows
from simulators.connectwise.catalog import LISTS, MODELS
from source_connectwise.resources.rows import SINGULAR, connectwise_facts

MODULES = {"time": "Time and expense", "expense": "Time and expense"}


class ConnectWise:
    def __init__(self, root: Path) -> None:
        self._folder = root / "source-connectwise"
        self._data = root / "integration_tests" / "simulators" / "connectwise" / "data"
        self.table = self._folder / "source_connectwise" / "resources"
        self.docs = self._folder / "docs" / "connectwise.md"

    def call(self, wanted: Wanted, table: Mapping[str, Resource]) -> str:
        if wanted.kind == EMBEDDED:
            return self._call_inside(wanted, table[wanted.parent])
        if wanted.kind == VIEW:
            raise CannotError(
                "A view of ConnectWise's lists is written by hand: its `conditions` must go with those of the walk."
            )
        if not wanted.model or (wanted.model not in self._models() and not wanted.rows):
            raise CannotError(f"{wanted.model or 'No model'}: name a model that models.json has, or give a sample.")
        if wanted.params:
            raise CannotError("A list with parameters is written by hand: see documents() in resources/rows.py.")
        names = re.findall(r"\{(\w+)\}", wanted.address)
        key = f", primary_key=({wanted.key!r},)" if wanted.key not in ("", "id") else ""
        head = f"{wanted.name!r}, {wanted.address!r}, {wanted.model!r}"
        if wanted.kind != "nested":
            return f"{wanted.kind}({head}{key})"
        if wanted.parent not in SINGULAR:
            raise CannotError(f"Say in SINGULAR of resources/rows.py what one of {wanted.parent} is called.")
        if len(names) > 1:
            return f"further({head}, {wanted.parent!r}, {names[-2]!r})"
        kind = "nested" if table[wanted.parent].dates else "nested_full"
        return f"{kind}({head}, {wanted.parent!r}{key})"

    def _call_inside(self, wanted: Wanted, parent: Resource) -> str:
        if not parent.dates:
            raise CannotError("Rows inside records without a date are written by hand, with STYLE.embedded_full().")
        if parent.name not in SINGULAR:
            raise CannotError(f"Say in SINGULAR of resources/rows.py what one of {parent.name} is called.")
        models = self._models()
        column = column_with_rows(models[connectwise_facts(parent).model], wanted)
        model = column.get("items", {}).get("ref", "")
        if model not in models:
            raise CannotError(f"The rows of {wanted.path} have no model of their own: add it to overlay.json first.")
        key = wanted.key or ("id" if "id" in models[model] else "position")
        keys = (f"{SINGULAR[parent.name]}Id", key)
        texts = tuple(name for name, about in models[model].items() if isinstance(about["type"], list))
        more = f", texts={texts!r}" if texts else ""
        return f"embedded({wanted.name!r}, {parent.name!r}, {wanted.path!r}, {model!r}, {keys!r}{more})"

    def write(self, wanted: Wanted, resource: Resource) -> Sequence[str]:
        if isinstance(resource, Embedded):
            subprocess.run([sys.executable, self._folder / "schemas_from_models.py"], check=True)
            return ()  # rows of the parent that the simulator has anyway
        assert isinstance(resource, Asked)
        fields = self._models().get(wanted.model)
        if fields is None:
            fields = fields_of(wanted.rows)
            add_model(self._folder / "overlay.json", wanted.model, fields, inside="models", indent="    ")
        subprocess.run([sys.executable, self._folder / "schemas_from_models.py"], check=True)
        left = ["overlay.json: why the model is not in the document, and where the sample is from"]
        if wanted.name in LISTS:
            return [*left, f"the simulator has {wanted.name} already, and nothing was added to it"]
        if wanted.model not in MODELS:
            words = {name: word_of(about) for name, about in fields.items() if not about.get("writeOnly")}
            words |= {"_info": "info"} if "_info" in fields else {}
            missing = [name for name, word in words.items() if not word]
            left += (
                [f"data/models.json of the simulator: {wanted.model} has no {', '.join(missing)}"] if missing else []
            )
            known = {name: word for name, word in words.items() if word}
            add_line(self._data / "models.json", f"{json.dumps(wanted.model)}: {json.dumps(known)}")
        add_line(self._data / "lists.json", json.dumps(self._list(resource, fields)))
        return left

    def source(self, resource: Resource) -> Mapping[str, str]:
        if isinstance(resource, Embedded):
            return {"source": f"`{resource.rows_at}` of `{resource.parent}`"}
        assert isinstance(resource, Asked)
        first = resource.path.split("/")[1]
        return {"module": MODULES.get(first, first.capitalize()), "source": f"`{resource.path}`"}

    def _models(self) -> Mapping[str, Mapping[str, Definition]]:
        overlay = json.loads((self._folder / "overlay.json").read_text())
        return {**json.loads((self._folder / "models.json").read_text()), **overlay["models"]}

    @staticmethod
    def _list(resource: Asked, fields: Mapping[str, Definition]) -> Mapping[str, str]:
        """What is known of the list: all that has dates is taken for filtered by them, as most lists are."""
        shows = "lastUpdated" in fields.get("_info", {}).get("properties", {})
        has_filter = isinstance(resource, Listed) and resource.dates is not None
        path = re.sub(r"\{\w+\}", "{parent}", resource.path)
        if path.count("{") > 1:
            path = path.replace("{parent}", "{grandparent}", 1)
        found = {
            "name": resource.name,
            "path": path,
            "model": connectwise_facts(resource).model,
            "pk": "id" if "id" in resource.primary_key else "none",
            "shown": "yes" if shows else "no",
            "filter": "O" if has_filter else "N",
            "created": "_info ?",
        }
        return {**found, "parent": resource.parent} if isinstance(resource, Nested) else found


def word_of(definition: Definition) -> str:
    """How the simulator's models write the type; empty where they cannot."""
    kind, form = definition["type"], definition.get("format")
    if "ref" in definition:
        return f"ref:{definition['ref']}" if definition["ref"] in MODELS else ""
    if kind == "array":
        inner = word_of(definition["items"])
        model = inner.removeprefix("ref:")
        return f"list:{model}" if inner.startswith("ref:") or inner == "integer" else ""
    if kind == "string":
        longest = definition.get("maxLength")
        moments = {"date-time": "datetime", "date": "date"}
        return moments.get(str(form)) or (f"string:{longest}" if longest else "string")
    return kind if kind in ("integer", "number", "boolean") else ""
