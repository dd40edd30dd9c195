"""A layer over all simulators that answers otherwise than the vendors say: about counts, order, pages, filters, rows,
refusals, headers, clocks and time. Lies are drawn at random, and each says what a connector owes in spite of it."""

from simulators.liar.closeio import CloseDialect
from simulators.liar.connectwise import ConnectWiseDialect
from simulators.liar.dialect import Dialect
from simulators.liar.insightly import InsightlyDialect
from simulators.liar.liar import Liar, Told
from simulators.liar.lie import End, Lie, Outcome, Rows
from simulators.liar.lies import LIES
from simulators.liar.target import Target, Walk

DIALECTS: dict[str, type[Dialect]] = {
    "closeio": CloseDialect,
    "connectwise": ConnectWiseDialect,
    "insightly": InsightlyDialect,
}

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
