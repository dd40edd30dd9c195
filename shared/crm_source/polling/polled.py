"""What of the table of streams is polled, and how a change is read off a record."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crm_source.dates import instant_or_none
from crm_source.entries.entry import PROPERTY, Entry
from crm_source.entries.table import stream_of
from crm_source.errors import configuration_error
from crm_source.originals import ORIGINAL
from crm_source.polling.notification import Change
from crm_source.reading.state import Progress, state_of
from crm_source.records import value_at
from crm_source.resources import NO_WISHES, Listed, Resource, Swept, Wishes
from crm_source.source import CrmSource
from crm_source.table import Table
from crm_source.walks.page import Row

LOGGER = logging.getLogger("airbyte")


@dataclass(frozen=True)
class Polled:
    """A resource to be polled: its name in notifications, its stream, and how a change of it is read off a record."""

    name: str
    resource: Resource
    tolerance: timedelta = timedelta(0)
    wishes: Wishes = NO_WISHES

    @property
    def lookback(self) -> timedelta:
        """The vendor's own delay until a change can be found."""
        passes = self.resource.passes if isinstance(self.resource, Listed) else ()
        return max((one.lookback for one in passes if not one.gone), default=timedelta(0))

    def change(self, record: Row) -> Change | None:
        """None for a record without a readable date: nothing shows whether it has changed."""
        dates = self.resource.dates
        updated = instant_or_none(record.get(dates.cursor_field)) if dates else None
        if dates is None or updated is None or updated == instant_or_none(dates.unknown):
            return None
        created = dates.created.rpartition(".")[2]
        original = record.pop(ORIGINAL, None)
        for name in self.resource.secret_fields if original else ():
            original.pop(name, None)
        object_id = ":".join(str(value_at(record, key)) for key in self.resource.primary_key)
        return Change(self.name, object_id, updated, instant_or_none(record.get(created)), record, original)


def polled_of(source: CrmSource, config: Mapping[str, Any]) -> tuple[Polled, ...]:
    """What `poll` polls. Raises a configuration error."""
    entries = source.entries(config)
    table = source.table(entries)
    for entry in entries:
        if entry.unknown:
            LOGGER.warning(f"{PROPERTY}: {entry.name}: unknown keys are ignored: {', '.join(entry.unknown)}.")
    return polled(table, entries, source.instance_resources)


def polled(table: Table, entries: Sequence[Entry], aliases: Mapping[str, str]) -> tuple[Polled, ...]:
    """What is to be polled: the resources of the entries, or those that an instance polls by default.

    Raises a configuration error for a stream that has no date of change.
    """
    if not entries:
        return tuple(Polled(name, table[stream], wishes=table.wishes_for(stream)) for name, stream in aliases.items())
    streams = [(entry, stream_of(entry.name, aliases)) for entry in entries]
    found = tuple(
        Polled(entry.name, table[stream], entry.created_tolerance, table.wishes_for(stream))
        for entry, stream in streams
    )
    if dateless := [one.name for one in found if not one.resource.dates or isinstance(one.resource, Swept)]:
        raise configuration_error(
            f"{PROPERTY}: {', '.join(dateless)} cannot be polled: the records have no date of change."
        )
    names: dict[str, str] = {}
    for one in found:
        if names.setdefault(one.resource.name, one.name) != one.name:
            raise configuration_error(f"{PROPERTY}: {one.name} and {names[one.resource.name]} are the same stream.")
    return found


def baseline(resource: Resource, now: datetime) -> dict[str, Any]:
    """The state of a stream of which everything until now is known."""
    return state_of(Progress(now), resource.cursor_field or "")
