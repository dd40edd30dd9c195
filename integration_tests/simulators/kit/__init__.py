"""What a simulated API is made of, so that a vendor is its lists, and how its requests and answers are written."""

from simulators.kit.lists import ListOf, Row
from simulators.kit.simulator import KitSimulator, Query, RefusedError

__all__ = ["KitSimulator", "ListOf", "Query", "RefusedError", "Row"]
