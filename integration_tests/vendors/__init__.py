"""What the whole-connector tests need to know of each source. A new source adds a module and an entry, and no test."""

from vendors.closeio import CLOSE
from vendors.connectwise import CONNECTWISE
from vendors.insightly import INSIGHTLY
from vendors.vendor import Vendor

__all__ = ["VENDORS", "Vendor"]

VENDORS = (CLOSE, CONNECTWISE, INSIGHTLY)
