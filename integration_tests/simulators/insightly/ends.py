"""How lists end, and what stands in the way: counts, caps, orders and rows that cannot be sent (12), by the options."""

from collections.abc import Sequence

from simulators.faults import HTML_ERROR
from simulators.insightly.options import Options, Shape
from simulators.insightly.refusals import JSON
from simulators.insightly.store import Entry
from simulators.messages import Answer

SCATTER = 2_654_435_761  # multiplies ids to an order that looks like none


def ordered(options: Options, name: str, entries: Sequence[Entry]) -> Sequence[Entry]:
    if name not in options.unsorted:
        return entries
    return sorted(entries, key=lambda entry: entry.id * SCATTER % 2**32)


def cut(options: Options, entries: Sequence[Entry], skip: int, top: int) -> Sequence[Entry]:
    """The rows of a page."""
    begin = 0 if options.skip_ignored else skip
    return entries[begin : begin + min(top, options.most_rows or top)]


def shown(options: Options, name: str, entries: Sequence[Entry]) -> Sequence[Entry]:
    """Of the rows of a page those that the user may see."""
    veiled = options.veiled.get(name)
    return [entry for entry in entries if entry.id not in veiled] if veiled else entries


def count(options: Options, name: str, selected: int, in_page: int, in_list: int) -> int | None:
    """What X-Total-Count says; None: it is not sent."""
    if options.counted is not None and name not in options.counted:
        return selected
    match options.total:
        case "honest":
            return selected
        case "missing":
            return None
        case "page":
            return in_page
        case "whole":
            return in_list
    return max(selected + options.total, 0)


def in_place_of(options: Options, name: str, entries: Sequence[Entry]) -> Answer | None:
    """What is answered in place of these rows; None: they are."""
    if name in options.shapes:
        return _shape(options.shapes[name])
    if options.unsendable.get(name, set()) & {entry.id for entry in entries}:
        body = HTML_ERROR.replace(b"502 Bad Gateway", b"500 Internal Server Error")
        return Answer(500, body, content_type="text/html")
    return None


def _shape(shape: Shape) -> Answer:
    if shape in ("204", "nothing"):
        return Answer(204 if shape == "204" else 200, b"", content_type=JSON)
    return Answer(200, shape.encode(), content_type=JSON)
