"""Names at the door: a stream has one name inside, whatever a catalog, a state or a configuration calls it.

A stream may have other names, such as the one that an integration platform has for it. What comes in is turned to the
stream's own name here, and what goes out to the name that the catalog has.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from airbyte_cdk.models import (
    AirbyteMessage,
    AirbyteStateMessage,
    AirbyteTraceMessage,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteStream,
    StreamDescriptor,
)

from crm_source.door.texts import shown
from crm_source.errors import configuration_error

REFRESH = "Refresh the source's schema"


@dataclass(frozen=True)
class Names:
    """`known` are the names of the streams, `others` the other names that some of them have: other name -> stream."""

    known: Collection[str]
    others: Mapping[str, str] = field(default_factory=dict)

    def own(self, name: str) -> str:
        """The stream's own name, for any of its names in any case; a name that nobody knows stays as it is."""
        if name in self.known:
            return name
        lower = name.lower()
        by_lower = {one.lower(): one for one in self.known}
        return {other.lower(): stream for other, stream in self.others.items()}.get(lower) or by_lower.get(lower, name)

    def nearest(self, name: str) -> str:
        """The known name that is most like this one; "" when none is."""
        spellings = {one.lower(): one for one in (*self.others, *self.known)}
        found = get_close_matches(name.lower(), spellings, n=1)
        return spellings[found[0]] if found else ""

    def unknown(self, name: str) -> str:
        """What to say of a name that nobody knows: the beginning of a sentence, without a stop."""
        nearest = self.nearest(name)
        return f"the source does not know the stream {shown(name)}" + (
            f"; the nearest known one is {nearest}" if nearest else ""
        )

    def conditions(self, entries: Iterable[Mapping[str, Any]], entry: str = "conditions") -> list[dict[str, Any]]:
        """Entries of a list of the configuration that have a `stream`, with its own name.

        Raises a configuration error that names every stream that nobody knows. Whether a stream may be there twice is
        for whoever uses them.
        """
        found = [{**one, "stream": self.own(str(one["stream"]))} for one in entries]
        if unknown := [one["stream"] for one in found if one["stream"] not in self.known]:
            raise configuration_error(" ".join(f"{entry}: {self.unknown(name)}." for name in dict.fromkeys(unknown)))
        return found

    def door(self, catalog: ConfiguredAirbyteCatalog) -> "Door":
        """The door for a sync with this catalog. Raises a configuration error when it has two names of one stream."""
        outer: dict[str, str] = {}
        for one in catalog.streams:
            own = self.own(one.stream.name)
            if own in outer:
                raise configuration_error(
                    f"The catalog has the stream {own} twice, as {shown(outer[own])} and as {shown(one.stream.name)}. "
                    f"Take one of them out. {REFRESH}."
                )
            outer[own] = one.stream.name
        return Door(self, replace(catalog, streams=[self._inward(one) for one in catalog.streams]), outer)

    def _inward(self, one: ConfiguredAirbyteStream) -> ConfiguredAirbyteStream:
        own = self.own(one.stream.name)
        return one if own == one.stream.name else replace(one, stream=replace(one.stream, name=own))


@dataclass(frozen=True)
class Split:
    """A catalog without the streams that nobody knows, and what to say of each of those, by its name."""

    catalog: ConfiguredAirbyteCatalog
    unknown: Mapping[str, str]


def split(catalog: ConfiguredAirbyteCatalog, names: Names) -> Split:
    """The streams of a catalog, with their own names, that can be read, and those that cannot, so that one of these
    does not keep the others from being read."""
    known = [one for one in catalog.streams if one.stream.name in names.known]
    others = [one.stream.name for one in catalog.streams if one.stream.name not in names.known]
    told = {name: f"{names.unknown(name)}. {REFRESH}, or take the stream out of the sync." for name in others}
    return Split(replace(catalog, streams=known), {name: text[0].upper() + text[1:] for name, text in told.items()})


@dataclass(frozen=True)
class Door:
    """What one catalog calls the streams. `catalog` has their own names; `outer` is own name -> the catalog's."""

    names: Names
    catalog: ConfiguredAirbyteCatalog
    outer: Mapping[str, str]

    def name(self, own: str) -> str:
        """What a stream is called outside."""
        return self.outer.get(own, own)

    def states(self, states: Sequence[AirbyteStateMessage]) -> list[AirbyteStateMessage]:
        """The states, one a stream, with the streams' own names.

        Where there are states under several names of a stream, that under the catalog's name counts, as that is what
        the last sync wrote.
        """
        found: dict[str, AirbyteStateMessage] = {}
        rest = []
        for one in states:
            if not one.stream:
                rest.append(one)
                continue
            given = one.stream.stream_descriptor.name
            own = self.names.own(given)
            if own not in found or given == self.name(own):
                stream = replace(one.stream, stream_descriptor=StreamDescriptor(name=own))
                found[own] = one if given == own else replace(one, stream=stream)
        return [*found.values(), *rest]

    def outward(self, message: AirbyteMessage) -> AirbyteMessage:
        """The message with the catalog's name of its stream. The same object when that is the stream's own name."""
        if not self._has_others:
            return message
        if message.record and self.name(message.record.stream) != message.record.stream:
            return replace(message, record=replace(message.record, stream=self.name(message.record.stream)))
        if message.state and message.state.stream:
            descriptor = self._descriptor(message.state.stream.stream_descriptor)
            stream = replace(message.state.stream, stream_descriptor=descriptor)
            return replace(message, state=replace(message.state, stream=stream))
        return replace(message, trace=self._trace(message.trace)) if message.trace else message

    @cached_property
    def _has_others(self) -> bool:
        return any(own != outer for own, outer in self.outer.items())

    def _trace(self, trace: AirbyteTraceMessage) -> AirbyteTraceMessage:
        if trace.stream_status:
            descriptor = self._descriptor(trace.stream_status.stream_descriptor)
            return replace(trace, stream_status=replace(trace.stream_status, stream_descriptor=descriptor))
        if trace.error and trace.error.stream_descriptor:
            descriptor = self._descriptor(trace.error.stream_descriptor)
            return replace(trace, error=replace(trace.error, stream_descriptor=descriptor))
        if trace.estimate:
            return replace(trace, estimate=replace(trace.estimate, name=self.name(trace.estimate.name)))
        return trace

    def _descriptor(self, given: StreamDescriptor) -> StreamDescriptor:
        return replace(given, name=self.name(given.name))
