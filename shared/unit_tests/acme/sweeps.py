"""Syncs of Acme that look for deletions."""

from collections.abc import Sequence
from typing import Any

from acme.output import AcmeSource, Output, State, config, read
from acme.server import Server, day
from crm_source.walks.page import Row

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
    """The stream and the id of each row of the deletions that says that something is gone, sorted."""
    rows = [row for output in outputs for row in output.records("deletions")]
    return sorted((row["stream"], row["id"]) for row in rows if not row.get("revoked_at"))


def revoked(*outputs: Output) -> list[tuple[str, Any]]:
    """Likewise of each that says that something is there again."""
    rows = [row for output in outputs for row in output.records("deletions")]
    return sorted((row["stream"], row["id"]) for row in rows if row.get("revoked_at"))


def hide(server: Server, path: str, *ids: Any) -> list[Row]:
    """Take rows away for a while; `server.lists[path] += ` what this returns brings them back as old as they were."""
    hidden = [row for row in server.lists[path] if row.get("id") in ids]
    delete(server, path, *ids)
    return hidden


def lists_asked_for(server: Server) -> list[str]:
    """The lists whose ids were asked for."""
    return [path.removesuffix(" ids") for path in server.asked if path.endswith(" ids")]
