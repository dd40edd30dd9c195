"""Runs in an image, as `python - PACKAGE < inside.py`, with nothing but what is there. Prints JSON:

`distributions`: name -> version of all that is installed; `lacking`: the names of required packages that are not
there; `imports`: module -> the top-level names that it imports anywhere, of the CDK's and the source's modules that are
loaded once each module of the source's package is. Fails when one cannot be imported.
"""

import ast
import importlib
import json
import pkgutil
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement


def load(package: str) -> None:
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
        importlib.import_module(module.name)


def imports(module: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(Path(str(sys.modules[module].__file__)).read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").partition(".")[0]


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def required() -> Iterator[str]:
    for distribution in metadata.distributions():
        for requirement in map(Requirement, distribution.requires or ()):
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                yield canonical(requirement.name)


def main(package: str) -> None:
    load(package)
    there = {canonical(one.name): one.version for one in metadata.distributions()}
    loaded = [one for one in sys.modules if one.partition(".")[0] in ("airbyte_cdk", package)]
    found = {
        "distributions": there,
        "lacking": sorted({*required()} - {*there}),
        "imports": {module: sorted({*imports(module)}) for module in loaded},
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
