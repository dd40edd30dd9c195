"""CrmSource: spec, check, discover and read for any table of resources."""

import logging
import threading
from abc import abstractmethod
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from queue import Queue
from typing import Any

from airbyte_cdk.models import (
    AirbyteCatalog,
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteStateMessage,
    ConfiguredAirbyteCatalog,
    Status,
)
from airbyte_cdk.sources.concurrent_source.concurrent_source import ConcurrentSource
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import InMemoryMessageRepository
from airbyte_cdk.sources.message.concurrent_repository import ConcurrentMessageRepository
from airbyte_cdk.sources.source import Source
from airbyte_cdk.sources.streams.concurrent.partitions.types import QueueItem
from airbyte_cdk.sources.utils.schema_helpers import ResourceSchemaLoader
from airbyte_cdk.sources.utils.slice_logger import DebugSliceLogger
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from crm_source.api import Api
from crm_source.config import Config, checked, normalised
from crm_source.deletions.sweep import sweep_for
from crm_source.door.catalogs import catalog_from
from crm_source.door.files import object_of
from crm_source.door.states import states_from
from crm_source.entries.entry import PROPERTY, Entry, entries_of
from crm_source.entries.inferring import DATE_TIME, inferred
from crm_source.entries.table import table_with
from crm_source.errors import UserError
from crm_source.http.client import HASTY, Patience
from crm_source.http.stopping import Stop
from crm_source.reading.cdk_streams import catalog_stream, readings_for, streams_for
from crm_source.reading.output import CalmQueue, Crew, Outlet
from crm_source.reading.selection import columns_in, offered, progress_of
from crm_source.report import Report
from crm_source.resources import Listed, Resource
from crm_source.table import Table

LOGGER = logging.getLogger("airbyte")
QUEUE_SIZE = 2_000  # messages between the workers and the output


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
            self._api_for(config, patience=HASTY).connect()
        except UserError as error:
            return AirbyteConnectionStatus(status=Status.FAILED, message=filter_secrets(error.message or ""))
        return AirbyteConnectionStatus(status=Status.SUCCEEDED)

    def discover(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteCatalog:
        api = self._api_for(config)
        api.connect()
        table = api.table.with_more(api.own_resources())
        with ThreadPoolExecutor(api.config.workers) as pool:
            shown = offered(api, table, pool)
            schemas = pool.map(lambda one: self._schema(api, one), shown)
            streams = [catalog_stream(*pair).as_airbyte_stream() for pair in zip(shown, schemas, strict=True)]
        return AirbyteCatalog(streams=streams)

    def read(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage]:
        queue: Queue[QueueItem] = CalmQueue(maxsize=QUEUE_SIZE)
        # Records and states go through one queue: with two, a state can be printed before the records it covers.
        self.message_repository = ConcurrentMessageRepository(queue, InMemoryMessageRepository())
        report = Report(self.report_interval)
        api = self._api_for(config, report)
        states = ConnectorStateManager(state)
        if not catalog.streams:
            return  # the CDK would wait for ever for the end of no stream
        until = api.connect()
        wanted = {one.stream.name for one in catalog.streams} - set(api.table.by_name)
        table = api.table.with_more(row for name in sorted(wanted) for row in api.own_resource(name))
        progress = progress_of(table, catalog, states, report)
        settings = api.config
        outlet = Outlet(queue, self.message_repository, states, Crew(settings.workers))
        readings = readings_for(
            api, table, progress, settings.start_date, until, settings.lookback, outlet, columns_in(catalog)
        )
        outlet.crew.add(len(readings))
        streams, waiting = streams_for(readings)
        if sweep := sweep_for(api, table, catalog, states, readings, until, outlet):
            streams.append(sweep.stream)  # last, as the CDK starts no other while this one waits for the readings
            waiting += 1
        concurrent = ConcurrentSource.create(
            num_workers=settings.workers + waiting,
            initial_number_of_partitions_to_generate=1,
            logger=logger,
            slice_logger=DebugSliceLogger(),
            message_repository=self.message_repository,
            queue=queue,
        )
        with report.running():
            try:
                yield from concurrent.read(streams)  # type: ignore[arg-type]  # a list of its subclass
            except BaseException:
                # Nobody reads the queue any more: let the workers find that out instead of waiting for ever.
                outlet.stopped.set()
                for reading in readings:
                    for one in (reading, *reading.nested):
                        one.finished.set()
                threading.Thread(target=_swallow, args=(queue,), daemon=True).start()
                raise

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
        return self._api_for(config).connect()

    def _api_for(
        self, config: Mapping[str, Any], report: Report | None = None, patience: Patience | None = None
    ) -> Api:
        settings = replace(self.settings(config), patience=patience or Patience(), stop=self.stop)
        return self.api(settings, self.table(self.entries(config)), report or Report())

    def _schema(self, api: Api, resource: Resource) -> Mapping[str, Any]:
        if api.table.wishes_for(resource.name).is_inferred and isinstance(resource, Listed):
            return inferred(api, resource)
        package = type(self).__module__.partition(".")[0]
        schema = ResourceSchemaLoader(package).get_schema(resource.schema_name)
        schema["properties"].update(api.columns(resource))
        if resource.cursor_field:
            schema["properties"].setdefault(resource.cursor_field, DATE_TIME)  # which the configuration may have named
        return schema


def _swallow(queue: "Queue[QueueItem]") -> None:
    while True:
        queue.get()
