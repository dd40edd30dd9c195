"""CrmSource: spec, check, discover and read for any table of resources."""

import logging
from abc import abstractmethod
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from airbyte_cdk.models import (
    AirbyteCatalog,
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteStateMessage,
    ConfiguredAirbyteCatalog,
    ConnectorSpecification,
    Status,
)
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.source import Source
from airbyte_cdk.sources.utils.schema_helpers import ResourceSchemaLoader
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from crm_source.api import Api
from crm_source.config import Config, checked, normalised
from crm_source.deletions.marks import MARK_COLUMN, is_marked
from crm_source.door.catalogs import catalog_from
from crm_source.door.files import object_of
from crm_source.door.states import states_from
from crm_source.entries.entry import PROPERTY, Entry, entries_of
from crm_source.entries.inferring import DATE_TIME, inferred
from crm_source.entries.table import table_with
from crm_source.errors import UserError
from crm_source.http.patience import HASTY, Patience
from crm_source.http.stopping import Stop
from crm_source.names import Names, split
from crm_source.reading.cdk_streams import cdk_stream
from crm_source.reading.record_pages import MakePage, RecordPage, as_lines, as_records
from crm_source.reading.selection import ACCOUNT_COLUMNS, offered, own_columns
from crm_source.reading.sync import Sync
from crm_source.report import Report
from crm_source.resources import MARK, Listed, Resource
from crm_source.specification import spec_of
from crm_source.table import Table

LOGGER = logging.getLogger("airbyte")


class CrmSource(Source):
    """One vendor's source: a subclass says which resources there are and how to talk to the API.

    The subclass must live in the package that has spec.json and schemas/: the CDK looks there.
    """

    report_interval: float = 30  # seconds between two lines of progress

    @property
    @abstractmethod
    def resources(self) -> Sequence[Resource]:
        """The table of streams."""

    @abstractmethod
    def api(self, config: Config, table: Table, report: Report) -> Api:
        """The vendor's API for one account. Raises a configuration error for a value that cannot be right.

        `table` has the streams as the configuration changes them, and the user's own.
        """

    @property
    @abstractmethod
    def element_key(self) -> str:
        """The name that the connector has at an integration platform."""

    @property
    @abstractmethod
    def instance_resources(self) -> Mapping[str, str]:
        """What an instance of the platform polls by default: the resource's name there -> the stream."""

    @property
    def other_names(self) -> Mapping[str, str]:
        """Other names that catalogs, states and configurations may have for streams: other name -> stream."""
        return self.instance_resources

    def shown_names(self, config: Mapping[str, Any]) -> Mapping[str, str]:
        """The names that discover gives streams instead of their own, for this configuration: stream -> other name."""
        return {}

    @abstractmethod
    def user_defined(self, entry: Entry) -> Resource:
        """The stream of an entry of `event_poller_configuration` whose name is none of the table's."""

    @property
    def name(self) -> str:
        return type(self).__name__

    @cached_property
    def stop(self) -> Stop:
        """Set when the process is to stop: everything that this source waits for then ends."""
        return Stop()

    @staticmethod
    def read_config(config_path: str) -> MutableMapping[str, Any]:
        return object_of(config_path, "configuration")

    @classmethod
    def read_catalog(cls, catalog_path: str) -> ConfiguredAirbyteCatalog:
        return catalog_from(catalog_path)

    @classmethod
    def read_state(cls, state_path: str) -> list[AirbyteStateMessage]:
        return states_from(state_path) if state_path else []

    def spec(self, logger: logging.Logger) -> ConnectorSpecification:
        return spec_of(type(self).__module__.partition(".")[0])

    def configure(self, config: Mapping[str, Any], temp_dir: str) -> Mapping[str, Any]:
        """Give the entries the names and types of the spec, whatever form they came in."""
        return normalised(config, self.spec(LOGGER).connectionSpecification)

    def sent_secrets(self, config: Mapping[str, Any]) -> list[str]:
        """The forms in which secrets travel (such as base64), to keep them out of logs as well."""
        return []

    def problems(self, config: Mapping[str, Any]) -> AirbyteTracedException | None:
        """What is wrong with the configuration before any request is made."""
        try:
            self._api_for(config)
        except AirbyteTracedException as error:
            return error
        return None

    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        try:
            with closing(self._api_for(config, patience=HASTY)) as api:
                api.connect()
                told = api.told_by_check()
        except UserError as error:
            return AirbyteConnectionStatus(status=Status.FAILED, message=filter_secrets(error.message or ""))
        if told:
            logger.warning(told)
        return AirbyteConnectionStatus(status=Status.SUCCEEDED, message=told or None)

    def discover(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteCatalog:
        with closing(self._api_for(config)) as api, ThreadPoolExecutor(api.config.workers) as pool:
            api.connect()
            table = api.table.with_more(api.own_resources())
            shown = offered(api, table, pool)
            schemas = pool.map(lambda one: self._schema(api, table, one), shown)
            names = self.shown_names(config)
            streams = [
                replace(cdk_stream(one, schema).as_airbyte_stream(), name=names.get(one.name, one.name))
                for one, schema in zip(shown, schemas, strict=True)
            ]
        return AirbyteCatalog(streams=streams)

    def read(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
        report: Report | None = None,
        keeps_originals: bool = False,
    ) -> Iterator[AirbyteMessage]:
        """One sync, as messages of the CDK. `keeps_originals`: each record has the vendor's row in it, for a poll."""
        for item in self.read_pages(logger, config, catalog, state, as_records, report, keeps_originals):
            if isinstance(item, RecordPage):
                yield from item.messages()
            else:
                yield item

    def read_pages(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
        make_page: MakePage = as_lines,
        report: Report | None = None,
        keeps_originals: bool = False,
    ) -> Iterator[AirbyteMessage | RecordPage]:
        """One sync, its records in pages that `make_page` makes: lines of output, a page at a time."""
        api = self._api_for(config, report or Report(self.report_interval), keeps_originals=keeps_originals)
        wanted = [one.stream.name for one in catalog.streams]
        own = {row.name: row for name in wanted if name not in api.table for row in api.own_resource(name)}
        table = api.table.with_more(own.values())
        names = Names(table.by_name, self.other_names)
        door = names.door(catalog)
        known, unknown = (found := split(door.catalog, names)).catalog, found.unknown
        states = ConnectorStateManager(door.states(state or []))
        sync = Sync(
            api, table, known, unknown, states, lambda name, *rows: make_page(door.name(name), *rows), logger, door
        )
        self.message_repository = sync.messages
        with closing(api), api.report.running():
            for item in sync.run():
                yield door.outward(item) if isinstance(item, AirbyteMessage) else item

    def settings(self, config: Mapping[str, Any]) -> Config:
        """The typed configuration. Raises a configuration error that names everything that is wrong."""
        return checked(config, self.spec(LOGGER).connectionSpecification, datetime.now(UTC))

    def entries(self, config: Mapping[str, Any]) -> tuple[Entry, ...]:
        """The entries of `event_poller_configuration`. Raises a configuration error."""
        known = {*(one.name for one in self.resources), *self.instance_resources}
        return entries_of(config.get(PROPERTY), known)

    def table(self, entries: Sequence[Entry]) -> Table:
        """The streams of the table as the entries want them, and the user's own."""
        return table_with(self.resources, entries, self.instance_resources, self.user_defined)

    def server_time(self, config: Mapping[str, Any]) -> datetime:
        """The vendor's clock. Raises the errors of `Api.connect`."""
        with closing(self._api_for(config)) as api:
            return api.connect()

    def opened(self, config: Mapping[str, Any], report: Report) -> Api:
        """The account, for somebody who waits at a screen. Raises a configuration error; makes no request."""
        return self._api_for(config, report, patience=HASTY)

    def schema_of(self, api: Api, resource: Resource) -> Mapping[str, Any]:
        """The JSON schema that discover shows for the stream, with the columns that only the account has."""
        return self._schema(api, api.table, resource)

    def _api_for(self, config: Mapping[str, Any], report: Report | None = None, **more: Any) -> Api:
        settings = replace(self.settings(config), **{"patience": Patience(), "stop": self.stop, **more})
        return self.api(settings, self.table(self.entries(config)), report or Report())

    def _schema(self, api: Api, table: Table, resource: Resource) -> Mapping[str, Any]:
        if api.table.wishes_for(resource.name).is_inferred and isinstance(resource, Listed):
            return inferred(api, resource)
        package = type(self).__module__.partition(".")[0]
        schema = ResourceSchemaLoader(package).get_schema(resource.schema_name)
        own = own_columns(api, resource)
        if new := sorted(own.keys() - schema["properties"].keys()):
            schema[ACCOUNT_COLUMNS] = new
        schema["properties"].update(own)
        if resource.cursor_field:
            schema["properties"].setdefault(resource.cursor_field, DATE_TIME)  # which the configuration may have named
        if is_marked(api, table, resource):
            schema["properties"][MARK] = MARK_COLUMN
        return schema
