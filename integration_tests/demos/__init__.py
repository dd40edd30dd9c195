"""What `make demo` shows of each source. A new source adds a module with a `Show`."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from demos.show import Show


def _found() -> Iterator[Show]:
    for module in pkgutil.iter_modules(__path__, "demos."):
        yield from (one for one in vars(import_module(module.name)).values() if isinstance(one, Show))


SHOWS: tuple[Show, ...] = tuple(_found())
