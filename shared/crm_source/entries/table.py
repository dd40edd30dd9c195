"""What the entries of a poller configuration make of a source's table of streams."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from crm_source.entries.entry import PROPERTY, Entry
from crm_source.errors import configuration_error
from crm_source.resources import Dates, Pass, Resource


def table_with(
    table: Sequence[Resource],
    entries: Iterable[Entry],
    aliases: Mapping[str, str],
    user_defined: Callable[[Entry], Resource],
) -> list[Resource]:
    """The streams of the table as the entries want them, and those that are the user's own.

    `aliases` are the names that an instance has for streams of another name.
    """
    streams = {one.name: one for one in table}
    for entry in entries:
        name = stream_of(entry.name, aliases)
        streams[name] = with_entry(streams[name] if name in streams else user_defined(entry), entry)
    return list(streams.values())


def stream_of(resource_name: str, aliases: Mapping[str, str]) -> str:
    return aliases.get(resource_name.lower(), resource_name)


def with_entry(resource: Resource, entry: Entry) -> Resource:
    """The stream with the entry's dates, page size and filters. Pages are not made larger than the vendor allows."""
    dates = resource.dates
    if dates and entry.updated:
        updated, created = (_respelled(path, resource) for path in (entry.updated, entry.created or dates.created))
        dates = Dates(updated, created, entry.updated_pattern, entry.created_pattern)
    return replace(
        resource,
        dates=dates,
        page_size=min(entry.page_size or resource.page_size, resource.page_size),
        passes=tuple(replace(one, lookback=max(one.lookback, entry.poll_delay)) for one in resource.passes),
        leaves_out_older=resource.leaves_out_older and entry.filter_by_updated_date,
        leaves_out_newer=entry.filter_by_current_date,
    )


def _respelled(path: str, resource: Resource) -> str:
    """The stream's own path for one that means it: some documents misprint `DATE_UPDATED.UTC` for DATE_UPDATED_UTC, or
    have `dateEntered` for `_info.dateEntered`."""
    known = (resource.dates.updated, resource.dates.created) if resource.dates else ()
    return next((one for one in known if path.replace(".", "_") == one or path == one.rpartition(".")[2]), path)


def own_stream(entry: Entry, kind: type[Resource], path: str, walk: str, **more: object) -> Resource:
    """A stream that the user defines, of the vendor's kind of resource.

    Its first rows tell its schema. Raises a configuration error when the entry says too little to poll it.
    """
    if not entry.updated:
        raise configuration_error(
            f"{PROPERTY}: {entry.name}: updatedDateField is missing, and there is no stream of that name."
        )
    id_path = entry.id_field or "id"
    id_name = id_path.rpartition(".")[2]
    return kind(
        entry.name,
        path,
        walk=walk,
        primary_key=(id_name,),
        dates=Dates(entry.updated, entry.created, entry.updated_pattern, entry.created_pattern),
        passes=(Pass(moves=False),),
        promoted={id_name: id_path} if id_name != id_path else {},
        leaves_out_older=True,
        is_inferred=True,
        **more,  # type: ignore[arg-type]  # fields of that kind of resource
    )
