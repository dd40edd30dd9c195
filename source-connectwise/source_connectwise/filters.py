"""The user's filters: three parameters that every list has, and what becomes of one that is too long for an address.

Sections are those of docs/vendors/connectwise.md.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from crm_source.errors import configuration_error
from crm_source.names import Names
from crm_source.resources import NOTHING

LONGEST = 2_000  # characters of a whole address; servers answer 404 when its query alone has over 2,048 (3)
ROOM = 400  # characters for what the source itself asks: dates, ids, the size of the page
# Lists that take their conditions in a body as well (2.5).
SEARCHES = {"/service/tickets": "/service/tickets/search", "/project/tickets": "/project/tickets/search"}
# The configuration's name -> the parameter's.
PARAMETERS = {
    "conditions": "conditions",
    "child_conditions": "childConditions",
    "custom_field_conditions": "customFieldConditions",
}
SEARCHED = (*PARAMETERS.values(), "orderBy")


@dataclass(frozen=True)
class Filter:
    """What the user asks of one stream: parameter -> conditions, each in parentheses."""

    given: Mapping[str, Sequence[str]]

    def params(self, own: Sequence[str]) -> dict[str, str]:
        """The parameters together with the source's own conditions. An `or` in the user's does not reach beyond."""
        wanted = {name: list(texts) for name, texts in self.given.items()}
        wanted["conditions"] = [*wanted.get("conditions", ()), *own]
        return {name: " and ".join(texts) for name, texts in wanted.items() if texts}


NO_FILTER = Filter({})


def filters_of(
    entries: Iterable[Mapping[str, Any]], paths: Mapping[str, str], names: Mapping[str, str]
) -> dict[str, Filter]:
    """Stream -> its filter. `paths`: the address of each list that is asked for; `names`: other names of streams.

    Raises a configuration error for an unknown stream, for an entry without a condition, and for conditions that fit
    into no request.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for entry in entries:
        stream = names.get(str(entry["stream"]), str(entry["stream"]))
        if stream not in paths:
            suggestion = nearest(stream, paths, names)
            raise configuration_error(f"conditions: there is no list called {stream}.{suggestion}")
        texts = {PARAMETERS[name]: f"({entry[name]})" for name in PARAMETERS if str(entry.get(name) or "").strip()}
        if not texts:
            wanted = ", ".join(PARAMETERS)
            raise configuration_error(f"conditions: the entry for {stream} has none of {wanted}.")
        for parameter, text in texts.items():
            found.setdefault(stream, {}).setdefault(parameter, []).append(text)
    filters = {stream: Filter(given) for stream, given in found.items()}
    for stream, one in filters.items():
        length = len(urlencode(one.params(()))) + ROOM
        if length > LONGEST and paths[stream] not in SEARCHES:
            raise configuration_error(
                f"conditions: those for {stream} are too long for a request of ConnectWise: {length - ROOM:,} "
                f"characters as they are sent, and there is room for {LONGEST - ROOM:,}. Make them shorter; `in (1, 2, "
                "3)` is shorter than `= 1 or = 2 or = 3`."
            )
    return filters


def nearest(name: str, known: Collection[str], others: Mapping[str, str] = NOTHING) -> str:
    """A sentence that suggests the known name that is most like this one; empty when none is."""
    close = Names(known, others).nearest(name)
    return f" Did you mean {close}?" if close else ""


def search_for(path: str, params: Mapping[str, Any], base: str) -> tuple[str, dict[str, str]] | None:
    """The address of a search and its body, in place of a list whose address would be too long; None: it is not, or
    there is no search."""
    whole = f"{base}{path}?{urlencode(params)}"
    if len(whole) <= LONGEST or path not in SEARCHES:
        return None
    body = {name: str(params[name]) for name in SEARCHED if name in params}
    rest = {name: value for name, value in params.items() if name not in body}
    return f"{SEARCHES[path]}?{urlencode(rest)}", body
