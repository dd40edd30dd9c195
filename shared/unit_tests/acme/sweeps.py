"""Syncs of Acme that look for deletions."""

from collections.abc import Sequence
from typing import Any

from acme.output import AcmeSource, Output, State, config, read
from acme.server import Server, day

STREAMS = ("deletions", "customers", "customer_emails", "customer_notes", "orders", "colours")


def sync(
    server: Server, before: Output | dict[str, State] | None = None, streams: Sequence[str] = STREAMS, **settings: Any
) -> Output:
    """A sync after another, or with the given states."""
    states = before.last_states() if isinstance(before, Output) else before
    return read(AcmeSource(server), streams, states, config(detect_deletions=True, **settings))


def synced(customers: int = 20, orders: int = 0) -> tuple[Server, Output]:
    """An account after its first sync, ten days later."""
    server = Server(customers, orders)
    server.lists["/colours"] = [{"id": "red"}, {"id": "blue"}]
    first = sync(server)
    server.now = day(160)
    return server, first


def delete(server: Server, path: str, *ids: Any) -> None:
    server.lists[path] = [row for row in server.lists[path] if row.get("id") not in ids]


def deleted(*outputs: Output) -> list[tuple[str, Any]]:
    """The stream and the id of each row of the deletions, sorted."""
    return sorted((row["stream"], row["id"]) for output in outputs for row in output.records("deletions"))


def lists_asked_for(server: Server) -> list[str]:
    """The lists whose ids were asked for."""
    return [path.removesuffix(" ids") for path in server.asked if path.endswith(" ids")]
