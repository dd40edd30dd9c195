"""The specification of a source: its own spec.json, and what all sources have alike (common_spec.json).

A property that all sources may have says in spec.json only what is its own there: a description, a default, a bound;
`{}` where nothing is. Those of the poller come by themselves, behind all others. The order in the file is that of the
form.
"""

import json
import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from airbyte_cdk.models import ConnectorSpecification, ConnectorSpecificationSerializer

Spec = Mapping[str, Any]
BY_THEMSELVES = "events"  # the group whose properties every source has
WHOLE = "connectionSpecification"


def spec_of(package: str) -> ConnectorSpecification:
    """The specification of the source in this package."""
    own = json.loads(pkgutil.get_data(package, "spec.json") or b"{}")
    return ConnectorSpecificationSerializer.load(merged(own))


def merged(own: Spec) -> dict[str, Any]:
    """A source's own specification with what is common."""
    common = _common()
    inner = {**common[WHOLE], **own[WHOLE], "properties": _properties(own[WHOLE]["properties"])}
    return {**common, **own, WHOLE: inner}


def _properties(own: Spec) -> dict[str, Any]:
    common = _common()[WHOLE]["properties"]
    further = [name for name, about in common.items() if about["group"] == BY_THEMSELVES and name not in own]
    return {
        name: {**common.get(name, {}), **own.get(name, {}), "order": order}
        for order, name in enumerate([*own, *further])
    }


@cache
def _common() -> dict[str, Any]:
    common: dict[str, Any] = json.loads((files(__package__) / "common_spec.json").read_text())
    return common
