"""The command `verify`: a look at a real account, in few requests, before it is relied on."""

import argparse
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from crm_source.errors import configuration_error
from crm_source.installed import script_of, version_of
from crm_source.names import Names
from crm_source.reading.nodes import Selected, nodes_for
from crm_source.resources import Swept
from crm_source.source import CrmSource
from crm_source.table import Table
from crm_source.verifying.findings import Look, Verified
from crm_source.verifying.lists import Lists
from crm_source.verifying.witness import Witness


def add_options(found: argparse.ArgumentParser) -> None:
    found.add_argument("--json", action="store_true", help="print a report for an issue: names, types and numbers only")
    found.add_argument(
        "--streams", nargs="+", default=[], metavar="NAME", help="look at these only, with commas or spaces between"
    )


def verify(source: CrmSource, config: Mapping[str, Any], streams: Sequence[str]) -> Verified:
    """What is found; of all streams where none is named. Raises a configuration error, and those of `Api.connect`."""
    witness = Witness()
    api = source.opened(config, witness)
    until = api.connect()
    wanted = [name for given in streams for name in given.split(",") if name]
    table = api.table.with_more(_own(api, wanted))
    names = _named(source, table, wanted) if wanted else [one.name for one in table]
    chosen = [table[name] for name in names if not isinstance(table[name], Swept)]
    with ThreadPoolExecutor(api.config.workers) as pool:
        schemas = pool.map(lambda one: source.schema_of(api, one)["properties"], chosen)
        selected = {
            one.name: Selected(one, columns=columns, wishes=table.wishes_for(one.name))
            for one, columns in zip(chosen, schemas, strict=True)
        }
        lists = Lists(api, witness, until)
        found = pool.map(lambda node: list(lists.findings(node)), nodes_for(table, selected))
        by_name = {one.stream: one for findings in found for one in findings}
    limit = witness.limits(api.allowance_in) if api.tells_limit else Look("rate limit", None)
    ordered = sorted(by_name.values(), key=lambda one: list(table.by_name).index(one.stream))
    return Verified(script_of(source), version_of(source), ordered, [witness.clock(), limit], witness.answers)


def _own(api: Any, wanted: Sequence[str]) -> list[Any]:
    """The account's own streams."""
    if not wanted:
        return list(api.own_resources())
    return [row for name in wanted if name not in api.table for row in api.own_resource(name)]


def _named(source: CrmSource, table: Table, wanted: Sequence[str]) -> list[str]:
    """The streams of these names. Raises a configuration error that names all that nobody knows."""
    names = Names(table.by_name, source.other_names)
    own = [names.own(name) for name in wanted]
    if unknown := [name for name in own if name not in table]:
        raise configuration_error(" ".join(f"--streams: {names.unknown(name)}." for name in dict.fromkeys(unknown)))
    return list(dict.fromkeys(own))
