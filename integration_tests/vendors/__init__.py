"""What the whole-connector tests need to know of each source. A source adds a module with a `Vendor`."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from vendors.vendor import Vendor

__all__ = ["VENDORS", "Vendor"]


def _found() -> Iterator[Vendor]:
    for module in pkgutil.iter_modules(__path__, "vendors."):
        yield from (one for one in vars(import_module(module.name)).values() if isinstance(one, Vendor))


VENDORS = tuple(sorted(_found(), key=lambda one: one.name))
