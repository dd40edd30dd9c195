"""CrmSource: spec, check, discover and read for any table of resources."""

import logging
import threading
from abc import abstractmethod
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from queue import Queue
from typing import Any

from airbyte_cdk.models import (
    AirbyteCatalog,
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteStateMessage,
    ConfiguredAirbyteCatalog,
    Status,
    SyncMode,
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
from crm_source.deletions import SWEEP, sweep_for
from crm_source.errors import UserError, configuration_error, telling_of_file
from crm_source.http import HASTY, Patience
from crm_source.outlet import CalmQueue, Crew, Outlet
from crm_source.progress import Report
from crm_source.resource import Resource
from crm_source.stream import catalog_stream, readings_for, streams_for
from crm_source.windows import Progress, progress_from

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
    def api(self, config: Config, report: Report) -> Api:
        """The vendor's API for one account. Raises a configuration error for a value that cannot be right."""

    @property
    def name(self) -> str:
        return type(self).__name__

    @staticmethod
    def read_config(config_path: str) -> MutableMapping[str, Any]:
        with telling_of_file("configuration", config_path):
            return Source.read_config(config_path)

    @classmethod
    def read_catalog(cls, catalog_path: str) -> ConfiguredAirbyteCatalog:
        with telling_of_file("configured catalog", catalog_path):
            return super().read_catalog(catalog_path)

    @classmethod
    def read_state(cls, state_path: str) -> list[AirbyteStateMessage]:
        with telling_of_file("list of state messages", state_path):
            return super().read_state(state_path)

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
        return AirbyteCatalog(
            streams=[catalog_stream(one, self._schema(api, one)).as_airbyte_stream() for one in self.resources]
        )

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
        progress = self._progress(catalog, states, report)
        if not catalog.streams:
            return  # the CDK would wait for ever for the end of no stream
        until = api.connect()
        settings = api.config
        outlet = Outlet(queue, self.message_repository, states, Crew(settings.workers))
        readings = readings_for(
            api, progress, settings.start_date, until, settings.lookback, outlet, _date_times(catalog)
        )
        outlet.crew.add(len(readings))
        streams, waiting = streams_for(readings)
        if sweep := sweep_for(api, catalog, states, readings, until, outlet):
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

    def _api_for(
        self, config: Mapping[str, Any], report: Report | None = None, patience: Patience | None = None
    ) -> Api:
        settings = checked(config, self.spec(LOGGER).connectionSpecification, datetime.now(UTC))
        return self.api(replace(settings, patience=patience or Patience()), report or Report())

    def _schema(self, api: Api, resource: Resource) -> Mapping[str, Any]:
        package = type(self).__module__.partition(".")[0]
        schema = ResourceSchemaLoader(package).get_schema(resource.schema_name)
        schema["properties"].update(api.columns(resource))
        return schema

    def _progress(
        self, catalog: ConfiguredAirbyteCatalog, states: ConnectorStateManager, report: Report
    ) -> dict[str, Progress]:
        """How far each selected stream has come, but for the deletions that the engine finds.

        A full refresh goes on with a state only when that says it was interrupted.
        """
        known = {one.name: one for one in self.resources}
        wanted = [one.stream.name for one in catalog.streams]
        if unknown := [name for name in wanted if name not in known]:
            raise configuration_error(
                f"The catalog has streams that this source does not know: {', '.join(unknown)}. "
                "Refresh the source's schema."
            )
        progress = {}
        for configured in catalog.streams:
            name = configured.stream.name
            if known[name].walk == SWEEP:
                continue
            cursor_field = known[name].cursor_field
            state = states.get_stream_state(name, None)
            found = Progress()
            if cursor_field and state:
                try:
                    found = progress_from(state, cursor_field)
                except (ValueError, TypeError) as error:
                    raise configuration_error(
                        f"The state of stream {name} cannot be read ({error}). Reset the stream."
                    ) from error
                if found.until is None and set(state) - {"__ab_no_cursor_state_message"}:
                    report.warn(
                        f"The state of stream {name} has no {cursor_field}: the stream is read from the start date."
                    )
            if configured.sync_mode is SyncMode.full_refresh and found.is_complete:
                found = Progress()
            progress[name] = found
        return progress


def _date_times(catalog: ConfiguredAirbyteCatalog) -> dict[str, list[str]]:
    """The fields of each stream that the catalog takes for date-times, custom ones included."""
    return {
        one.stream.name: [
            name
            for name, schema in one.stream.json_schema.get("properties", {}).items()
            if isinstance(schema, dict) and schema.get("format") == "date-time"
        ]
        for one in catalog.streams
    }


def _swallow(queue: "Queue[QueueItem]") -> None:
    while True:
        queue.get()
