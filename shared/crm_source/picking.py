"""A configured catalog, made of what discover finds and of what the user names."""

from collections.abc import Mapping, Sequence

from airbyte_cdk.models import (
    AirbyteStream,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteStream,
    DestinationSyncMode,
    SyncMode,
)

from crm_source.door.texts import cut
from crm_source.errors import configuration_error
from crm_source.names import Names


def configured_catalog(
    streams: Sequence[AirbyteStream], wanted: Sequence[str], full: Sequence[str] | None, other_names: Mapping[str, str]
) -> ConfiguredAirbyteCatalog:
    """The streams that are `wanted`, or all where none is; incremental where that is possible.

    Those in `full` are read in full, each time; all of them where it is empty, none where it is None. `other_names` are
    names that streams may have besides: other name -> stream. Raises a configuration error that lists unknown names.
    """
    by_name = {one.name: one for one in streams}
    shown = {own: other for other, own in other_names.items() if other in by_name}
    names = Names(by_name, {**other_names, **shown})
    named, in_full = _named(wanted, names), _named(full or (), names)
    chosen = named | in_full if named else {*by_name}
    if full is not None and not in_full:
        in_full = chosen
    return ConfiguredAirbyteCatalog(
        streams=[_configured(one, name in in_full) for name, one in by_name.items() if name in chosen]
    )


def _configured(stream: AirbyteStream, is_full: bool) -> ConfiguredAirbyteStream:
    is_incremental = SyncMode.incremental in (stream.supported_sync_modes or ()) and not is_full
    return ConfiguredAirbyteStream(
        stream=stream,
        sync_mode=SyncMode.incremental if is_incremental else SyncMode.full_refresh,
        destination_sync_mode=DestinationSyncMode.append_dedup if is_incremental else DestinationSyncMode.overwrite,
        cursor_field=stream.default_cursor_field if is_incremental else None,
        primary_key=stream.source_defined_primary_key or None,
    )


def _named(wanted: Sequence[str], names: Names) -> set[str]:
    own = [names.own(name) for name in wanted]
    if unknown := [name for name in own if name not in names.known]:
        told = "; ".join(cut(names.unknown(name)) for name in dict.fromkeys(unknown))
        raise configuration_error(f"{told[:1].upper()}{told[1:]}. The command discover lists all streams.")
    return {*own}
