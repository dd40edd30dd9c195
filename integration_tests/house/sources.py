"""Every source that lies in the repository: those that the tests know (`VENDORS`), and those that were made since."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Protocol

from crm_source.source import CrmSource
from vendors import VENDORS

ROOT = Path(__file__).parents[2]


class Known(Protocol):
    """What a page needs to know of a source."""

    @property
    def name(self) -> str: ...
    @property
    def script(self) -> str: ...
    @property
    def source(self) -> Callable[[], CrmSource]: ...
    @property
    def tables(self) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class Made:
    """A source without a `Vendor`."""

    name: str
    source: Callable[[], CrmSource]
    tables: Mapping[str, str] = field(default_factory=dict)

    @property
    def script(self) -> str:
        return f"source-{self.name}"


def names() -> list[str]:
    return sorted(one.parent.name.removeprefix("source-") for one in ROOT.glob("source-*/pyproject.toml"))


def package_of(name: str) -> str:
    """The Python package of a source, which can be imported from then on, also if it was not installed."""
    folder = str(ROOT / f"source-{name}")
    if folder not in sys.path:
        sys.path.append(folder)
    return f"source_{name.replace('-', '_')}"


def sources() -> Sequence[Known]:
    known = {one.name: one for one in VENDORS}
    return [known.get(name) or Made(name, _class_of(name)) for name in names()]


def _class_of(name: str) -> type[CrmSource]:
    (found,) = _classes_in(f"{package_of(name)}.source")
    return found


def _classes_in(module: str) -> Iterator[type[CrmSource]]:
    for one in vars(import_module(module)).values():
        if isinstance(one, type) and issubclass(one, CrmSource) and one.__module__ == module:
            yield one
