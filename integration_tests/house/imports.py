"""`make circles`: circles of imports, and imports that run against the one direction of the rooms.

Every import counts, also one in a function or under TYPE_CHECKING: it says as well who knows whom. That a module
runs the `__init__` of the packages it is in does not count."""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
# Folders that imports start from. Files of the unit tests of two sources may have the same name.
ROOTS = ("shared", "shared/unit_tests", "source-*", "source-*/unit_tests", "integration_tests")
# The rooms, top first. Their modules import from their own floor and from those below; the longest name counts.
FLOORS = (
    ("crm_source.cli",),
    ("crm_source.commands",),
    ("crm_source.entrypoint", "crm_source.keeping", "crm_source.picking"),
    ("crm_source.polling", "crm_source.verifying", "crm_source.views"),
    ("crm_source.source",),
    ("crm_source.entries",),
    ("crm_source.reading",),
    ("crm_source.deletions",),
    ("crm_source.api",),
    ("crm_source.walks",),
    ("crm_source.http", "crm_source.resources", "crm_source.table"),
    ("crm_source.entries.simple_date_format", "crm_source.dates", "crm_source.door", "crm_source.errors"),
)
# What a package may know besides itself; those of tests may know everything.
KNOWS: Mapping[str, tuple[str, ...]] = {"crm_source": (), "simulators": (), "source_": ("crm_source",)}

Graph = dict[str, set[str]]


def graph_of(repository: Path) -> Graph:
    """Module -> modules it imports, of all that are in the repository; each by its path with dots."""
    roots = [_modules(root) for pattern in ROOTS for root in sorted(repository.glob(pattern))]
    everywhere = {name: path for modules in roots for name, path in modules.items()}
    graph: Graph = {}
    for modules in roots:
        for name, path in modules.items():
            known = {**everywhere, **modules}
            found = (_longest(wanted, known) for wanted in _imports(path, name))
            others = {_label(repository, known[one], one) for one in found if one and known[one] != path}
            graph[_label(repository, path, name)] = others
    return graph


def circles(graph: Graph) -> list[list[str]]:
    """Each begins and ends with the same module. Without the last import of each there are none."""
    left = {name: set(others) for name, others in graph.items()}
    found = []
    while True:
        try:
            TopologicalSorter({name: sorted(others) for name, others in sorted(left.items())}).prepare()
        except CycleError as error:
            # What imports comes after what it imports.
            circle = error.args[1][::-1]
            left[circle[-2]].discard(circle[-1])
            found.append(circle)
        else:
            return found


def upward(graph: Graph) -> list[tuple[str, str]]:
    """Imports of a higher floor, or of a package that is none of the module's business."""
    edges = ((name, other) for name, others in sorted(graph.items()) for other in sorted(others))
    return [edge for edge in edges if not _is_allowed(*edge)]


def _is_allowed(name: str, other: str) -> bool:
    package, others = name.partition(".")[0], other.partition(".")[0]
    if package != others:
        known = next((knows for prefix, knows in KNOWS.items() if package.startswith(prefix)), None)
        return known is None or others in known
    floor, others_floor = _floor(name), _floor(other)
    return floor is None or others_floor is None or floor <= others_floor


def _floor(name: str) -> int | None:
    """Counted from the top; None for a module that has no fixed floor."""
    named = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
    room = _longest(name, named)
    return named[room] if room else None


def _longest(name: str, known: Iterable[str]) -> str:
    """The name, or the package around it that is known; empty when none is."""
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name


def _modules(root: Path) -> dict[str, Path]:
    """By the name that an import has."""
    paths = [*root.glob("*.py"), *(path for package in root.glob("*/") for path in _packaged(package))]
    named = {".".join(path.relative_to(root).with_suffix("").parts): path for path in sorted(paths)}
    return {name.removesuffix(".__init__"): path for name, path in named.items()}


def _packaged(folder: Path) -> Iterator[Path]:
    """A folder with a hyphen or a dot in its name, and unit tests, which are a root of their own, are no package."""
    if folder.name.isidentifier() and folder.name not in ("unit_tests", "build"):
        yield from folder.rglob("*.py")


def _label(repository: Path, path: Path, name: str) -> str:
    """The name that imports have, after its folder where the name alone is not enough."""
    folder = next(folder for folder in path.parents if folder.name == "unit_tests" or folder == repository)
    return name if folder == repository else f"{folder.parent.name}/{name}"


def _imports(path: Path, name: str) -> Iterator[str]:
    """Names with dots; the last part of one may be something in a module."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def main() -> int:
    graph = graph_of(REPOSITORY)
    for circle in (found := circles(graph)):
        print("circle:", " -> ".join(circle))
    for name, other in (wrong := upward(graph)):
        print(f"upward: {name} imports {other}")
    print(f"{len(graph)} modules, {len(found)} circles, {len(wrong)} imports upward")
    return 1 if found or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
