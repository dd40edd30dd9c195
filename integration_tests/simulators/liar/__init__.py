"""A layer over all simulators that answers otherwise than the vendors say: about counts, order, pages, filters, rows,
refusals, headers, clocks and time. Lies are drawn at random, and each says what a connector owes in spite of it."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from simulators.liar.dialect import Dialect
from simulators.liar.liar import Liar, Told
from simulators.liar.lie import End, Lie, Outcome, Rows
from simulators.liar.lies import LIES
from simulators.liar.target import Target, Walk


def _dialects() -> Iterator[tuple[str, type[Dialect]]]:
    """The module of a vendor has its name, and one dialect."""
    for module in pkgutil.iter_modules(__path__):
        for one in vars(import_module(f"{__name__}.{module.name}")).values():
            if isinstance(one, type) and issubclass(one, Dialect) and one.__module__ == f"{__name__}.{module.name}":
                yield module.name, one


DIALECTS = {name: dialect for name, dialect in _dialects() if dialect is not Dialect}

__all__ = [
    "DIALECTS",
    "LIES",
    "Dialect",
    "End",
    "Liar",
    "Lie",
    "Outcome",
    "Rows",
    "Target",
    "Told",
    "Walk",
]
