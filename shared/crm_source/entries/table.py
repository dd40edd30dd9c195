"""What the entries of a poller configuration make of a source's table of streams."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from crm_source.entries.entry import PROPERTY, Entry
from crm_source.errors import configuration_error
from crm_source.resources import NO_WISHES, Asked, Dates, Listed, Pass, Resource, Wishes
from crm_source.table import Table


def table_with(
    rows: Sequence[Resource],
    entries: Iterable[Entry],
    aliases: Mapping[str, str],
    user_defined: Callable[[Entry], Resource],
) -> Table:
    """The streams of the table as the entries want them, and those that are the user's own.

    `aliases` are the names that an instance has for streams of another name.
    """
    streams = {one.name: one for one in rows}
    wishes: dict[str, Wishes] = {}
    for entry in entries:
        name = stream_of(entry.name, aliases)
        is_own = name not in streams
        streams[name] = with_entry(user_defined(entry) if is_own else streams[name], entry)
        wishes[name] = wishes_of(streams[name], entry, is_own=is_own)
    return Table.of(streams.values(), wishes)


def stream_of(resource_name: str, aliases: Mapping[str, str]) -> str:
    return aliases.get(resource_name.lower(), resource_name)


def with_entry(resource: Resource, entry: Entry) -> Resource:
    """The stream with the entry's dates and page size. Pages are not made larger than the vendor allows."""
    more: dict[str, Any] = {}
    if resource.dates and entry.updated:
        updated, created = (_respelled(path, resource) for path in (entry.updated, entry.created))
        more["dates"] = replace(resource.dates, updated=updated, created=created or resource.dates.created)
    if isinstance(resource, Asked):
        more["page_size"] = min(entry.page_size or resource.page_size, resource.page_size)
    if isinstance(resource, Listed):
        more["passes"] = tuple(replace(one, lookback=max(one.lookback, entry.poll_delay)) for one in resource.passes)
    return replace(resource, **more)


def wishes_of(resource: Resource, entry: Entry, *, is_own: bool) -> Wishes:
    """What else the entry asks of the stream, which has its dates already. `is_own`: the table has no such stream."""
    dates = resource.dates
    if dates is None:
        return NO_WISHES
    given = ((dates.updated, entry.updated_pattern), (dates.created, entry.created_pattern)) if entry.updated else ()
    return Wishes(
        patterns={path: pattern.instant for path, pattern in given if path and pattern},
        leaves_out_older=is_own and resource.schema == "" and entry.filter_by_updated_date,
        leaves_out_newer=entry.filter_by_current_date,
        is_inferred=is_own and resource.schema == "",
    )


def _respelled(path: str, resource: Resource) -> str:
    """The stream's own path for one that means it: some documents misprint `DATE_UPDATED.UTC` for DATE_UPDATED_UTC, or
    have `dateEntered` for `_info.dateEntered`."""
    known = (resource.dates.updated, resource.dates.created) if resource.dates else ()
    return next((one for one in known if path.replace(".", "_") == one or path == one.rpartition(".")[2]), path)


def own_stream(entry: Entry, path: str, walk: str, **more: Any) -> Listed:
    """A stream that the user defines: a list at that path. Its first rows tell its schema.

    Raises a configuration error when the entry says too little to poll it.
    """
    if not entry.updated:
        raise configuration_error(
            f"{PROPERTY}: {entry.name}: updatedDateField is missing, and there is no stream of that name."
        )
    id_path = entry.id_field or "id"
    id_name = id_path.rpartition(".")[2]
    promoted = {**more.pop("promoted", {}), **({id_name: id_path} if id_name != id_path else {})}
    return Listed(
        entry.name,
        path,
        walk=walk,
        primary_key=(id_name,),
        dates=Dates(entry.updated, entry.created),
        passes=(Pass(moves=False),),
        promoted=promoted,
        **more,
    )
