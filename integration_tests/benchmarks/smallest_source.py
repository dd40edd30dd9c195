"""The smallest CDK source that reads one list: one stream of one partition, run as any CDK source is run.

smallest_source.py read --config config.json --catalog catalog.json
"""

import logging
import sys
from collections.abc import Iterable, Iterator, Mapping
from queue import Queue
from typing import Any

import orjson
from airbyte_cdk.entrypoint import launch
from airbyte_cdk.models import (
    AirbyteCatalog,
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteStateMessage,
    ConfiguredAirbyteCatalog,
    ConnectorSpecification,
    Status,
)
from airbyte_cdk.sources.concurrent_source.concurrent_source import ConcurrentSource
from airbyte_cdk.sources.message import InMemoryMessageRepository
from airbyte_cdk.sources.message.concurrent_repository import ConcurrentMessageRepository
from airbyte_cdk.sources.source import Source
from airbyte_cdk.sources.streams.concurrent.cursor import FinalStateCursor
from airbyte_cdk.sources.streams.concurrent.default_stream import DefaultStream
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.streams.concurrent.partitions.partition_generator import PartitionGenerator
from airbyte_cdk.sources.streams.concurrent.partitions.types import QueueItem
from airbyte_cdk.sources.streams.http.http_client import HttpClient
from airbyte_cdk.sources.types import Record, StreamSlice
from airbyte_cdk.sources.utils.slice_logger import DebugSliceLogger
from pages import Signed, pages

LOGGER = logging.getLogger("airbyte")


class WholeList(Partition, PartitionGenerator):
    def __init__(self, config: Mapping[str, Any], stream: str, fields: list[str]):
        self._config = config
        self._stream = stream
        self._fields = fields
        self._client = HttpClient(stream, LOGGER, authenticator=Signed(config))

    def generate(self) -> Iterable[Partition]:
        yield self

    def read(self) -> Iterable[Record]:
        for rows in pages(self._send, self._stream, self._fields, self._config):
            for row in rows:
                yield Record(row, self._stream)

    def _send(self, method: str, path: str, values: Mapping[str, Any]) -> Any:
        given: dict[str, Any] = {"params": values} if method == "GET" else {"json": values}
        _, response = self._client.send_request(method, self._config["base_url"] + path, request_kwargs={}, **given)
        return orjson.loads(response.content)

    def to_slice(self) -> StreamSlice | None:
        return None

    def stream_name(self) -> str:
        return self._stream

    def __hash__(self) -> int:
        return id(self)


class SmallestSource(Source):
    def spec(self, logger: logging.Logger) -> ConnectorSpecification:
        return ConnectorSpecification(connectionSpecification={"type": "object", "properties": {}})

    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        return AirbyteConnectionStatus(status=Status.SUCCEEDED)

    def discover(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteCatalog:
        return AirbyteCatalog(streams=[])

    def read(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage]:
        queue: Queue[QueueItem] = Queue(maxsize=10_000)
        self.message_repository = ConcurrentMessageRepository(queue, InMemoryMessageRepository())
        chosen = catalog.streams[0].stream
        stream = DefaultStream(
            partition_generator=WholeList(config, chosen.name, list(chosen.json_schema["properties"])),
            name=chosen.name,
            json_schema={},
            primary_key=["id"],
            cursor_field=None,
            logger=logger,
            cursor=FinalStateCursor(chosen.name, None, self.message_repository),
        )
        source = ConcurrentSource.create(
            num_workers=2,
            initial_number_of_partitions_to_generate=1,
            logger=logger,
            slice_logger=DebugSliceLogger(),
            message_repository=self.message_repository,
            queue=queue,
        )
        yield from source.read([stream])


if __name__ == "__main__":
    launch(SmallestSource(), sys.argv[1:])
