"""The command `views`: reads a configured catalog, and keeps the names that it gave."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crm_source.door.catalogs import catalog_from
from crm_source.door.files import check_replaceable, not_a, object_of, replace_file
from crm_source.errors import configuration_error
from crm_source.views.sql import DIALECTS, LOADERS, Kept, View, text_of, views

WHAT = "file of names"


def add_options(found: argparse.ArgumentParser) -> None:
    found.add_argument("--catalog", required=True, metavar="FILE", help="the streams: see the command catalog")
    found.add_argument("--dialect", choices=[*DIALECTS], default="duckdb", help="the database; duckdb where not given")
    found.add_argument(
        "--loader", choices=LOADERS, default="platform", help="what made the tables, as it decides on their names"
    )
    found.add_argument(
        "--names", metavar="FILE", help="keep the names in this file, so that a field which is renamed keeps its column"
    )


def made(options: argparse.Namespace) -> str:
    """The SQL. Raises a configuration error for a file that cannot be used, and where no column has a label."""
    catalog = catalog_from(options.catalog)
    streams = {one.stream.name: one.stream.json_schema["properties"] for one in catalog.streams}
    kept = _kept(options.names)
    found = views(streams, options.dialect, options.loader, kept)
    if not found:
        raise configuration_error(
            "No column of these streams has a label, so there is nothing to name. Labels are those of custom fields: "
            "write the catalog again with the command catalog, for a user who may list them."
        )
    if options.names:
        replace_file(Path(options.names), _text(kept, found), WHAT)
    return text_of([*found.values()])


def _text(kept: Kept, found: Mapping[str, View]) -> str:
    """Also of fields that are gone, which may come back."""
    names = {**kept, **{name: {**kept.get(name, {}), **one.names} for name, one in found.items()}}
    return json.dumps(names, indent=2, ensure_ascii=False) + "\n"


def _kept(path: str | None) -> Kept:
    if path is None:
        return {}
    check_replaceable(Path(path), WHAT)
    given: Mapping[str, Any] = object_of(path, WHAT) if Path(path).exists() else {}
    if not all(isinstance(one, dict) and all(isinstance(name, str) for name in one.values()) for one in given.values()):
        raise not_a(WHAT, path, "it must be stream -> column -> name")
    return given
