"""What a name in a condition or in orderBy stands for (section 3)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from simulators.connectwise.catalog import MODELS, ListSpec
from simulators.connectwise.context import Context
from simulators.connectwise.options import Absent
from simulators.connectwise.refusals import unrecognized
from simulators.connectwise.store import Entry

T = TypeVar("T")
CHARGED = ("chargetotype", "chargetoid")


@dataclass(frozen=True, slots=True)
class Field(Generic[T]):
    """`type` as in the catalog, or: micros (a date that is a number), ids (several), ignored (always true)."""

    type: str
    get: Callable[[T], Any]


@cache
def spelling(model: str) -> dict[str, str]:
    """Lower-case name -> name."""
    return {name.lower(): name for name in MODELS[model]}


def row_field(context: Context, spec: ListSpec, path: str) -> Field[Entry]:
    """Raises Refusal for a name that is none, or that no condition may have."""
    parts = path.lower().split("/")
    if parts in (["lastupdated"], ["_info", "lastupdated"]):
        return _last_updated(context, spec, path)
    names = spelling(spec.model)
    if parts in (["dateentered"], ["_info", "dateentered"]) and "dateentered" not in names and "_info" in names:
        return Field("micros", lambda entry: entry.created)
    if hidden := _hidden(context, spec, parts):
        return hidden
    if len(parts) == 2 and parts[0] == "_info" and parts[1] in ("updatedby", "enteredby"):
        key = {"updatedby": "updatedBy", "enteredby": "enteredBy"}[parts[1]]
        return Field("string", lambda entry: context.bodies.info(entry).get(key))
    first = names.get(parts[0], "")
    if not first or first in context.options.unsearchable.get(spec.name, ()) or first == "_info":
        raise unrecognized(path)
    if first == "id":
        return Field("integer", lambda entry: entry.id)
    value = context.bodies.value
    return _descend(spec.fields[first], parts[1:], path, lambda entry: value(entry, first))


def item_field(model: str, path: str) -> Field[dict[str, Any]]:
    """A name within an object of an array."""
    parts = path.lower().split("/")
    first = spelling(model).get(parts[0], "")
    if not first or first == "_info":
        raise unrecognized(path)
    return _descend(MODELS[model][first], parts[1:], path, lambda item: item.get(first))


def _descend(type_: str, parts: list[str], path: str, get: Callable[[T], Any]) -> Field[T]:
    type_ = type_.removeprefix("+")
    if not parts:
        if type_.startswith("list:"):
            raise unrecognized(path)
        return Field(type_, get)
    kind, _, model = type_.partition(":")
    name = spelling(model).get(parts[0]) if kind == "ref" else None
    if name is None or name == "_info":
        raise unrecognized(path)

    def inner(item: T) -> Any:
        value = get(item)
        return value.get(name) if isinstance(value, dict) else None

    return _descend(MODELS[model][name], parts[1:], path, inner)


def last_updated_effect(context: Context, spec: ListSpec) -> Absent:
    options = context.options
    return options.last_updated.get(spec.name, "filter" if spec.filter in "OL" else options.last_updated_absent)


def _last_updated(context: Context, spec: ListSpec, path: str) -> Field[Entry]:
    effect = last_updated_effect(context, spec)
    if effect == "refuse":
        raise unrecognized(path)
    return Field("micros" if effect == "filter" else "ignored", lambda entry: entry.updated)


def _hidden(context: Context, spec: ListSpec, parts: list[str]) -> Field[Entry] | None:
    """Names that are in no model, but accepted: products by what they are charged to, tickets by configuration."""
    if spec.name == "products" and parts[0] in CHARGED and len(parts) == 1:

        def charged(entry: Entry) -> Any:
            ticket = context.bodies.value(entry, "ticket") or {}
            return ("Ticket" if "id" in ticket else None) if parts[0] == CHARGED[0] else ticket.get("id")

        return Field("string" if parts[0] == CHARGED[0] else "integer", charged)
    if spec.name == "tickets" and parts == ["configuration", "id"]:
        attached = context.store.table("ticket_configurations")
        return Field("ids", lambda entry: [child.id for child in attached.of(entry.id)])
    return None
