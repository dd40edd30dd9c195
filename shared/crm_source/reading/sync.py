"""One sync: what is selected, read by the CDK's concurrent source, until every selected stream has ended."""

import logging
from collections.abc import Iterator

from airbyte_cdk.models import (
    AirbyteMessage,
    AirbyteStreamStatus,
    ConfiguredAirbyteCatalog,
    FailureType,
    TraceType,
    Type,
)
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import InMemoryMessageRepository
from airbyte_cdk.sources.message.concurrent_repository import ConcurrentMessageRepository
from airbyte_cdk.sources.streams.concurrent.default_stream import DefaultStream

from crm_source.api import Api
from crm_source.errors import UserError, configuration_error
from crm_source.reading.cdk_streams import concurrent_source, failing_stream, streams_for
from crm_source.reading.level import Tree
from crm_source.reading.output import MakePage, MessageQueue, Output, PageItem, RecordPage, Workers
from crm_source.reading.planning import Node, nodes_for, plan_of
from crm_source.reading.reading import Reading
from crm_source.reading.selection import selected_in
from crm_source.reading.sweeping import sweep_for, sweep_stream
from crm_source.resources import Listed, Resource

ENDED = (AirbyteStreamStatus.COMPLETE, AirbyteStreamStatus.INCOMPLETE)
LOGGER = logging.getLogger("airbyte")


class Sync:
    """One read of one catalog. `run` is called once, on the thread that takes its messages."""

    def __init__(
        self,
        api: Api,
        catalog: ConfiguredAirbyteCatalog,
        states: ConnectorStateManager,
        make_page: MakePage,
        logger: logging.Logger,
    ):
        self._api = api
        self._catalog = catalog
        self._states = states
        self._make_page = make_page
        self._logger = logger
        self._queue = MessageQueue()
        self.messages = ConcurrentMessageRepository(self._queue, InMemoryMessageRepository())
        self._readings: list[Reading] = []
        self._output: Output | None = None
        self._unfinished = {one.stream.name for one in catalog.streams}

    def run(self) -> Iterator[AirbyteMessage | RecordPage]:
        """The messages of the sync. Whatever it starts ends with it. Raises the CDK's errors of the streams."""
        if not self._catalog.streams:
            return  # the CDK would wait for ever for the end of no stream
        streams = self._streams()
        concurrent, pool = concurrent_source(self._api.config.workers, self._queue, self.messages, self._logger)
        try:
            for message in concurrent.read(streams):  # type: ignore[arg-type]  # a list of its subclass
                self._see(message)
                yield PageItem.in_message(message) or message
        except GeneratorExit:
            raise
        except BaseException:
            yield from self._what_is_left()
            raise
        finally:
            self._queue.close()
            pool.shutdown(wait=False, cancel_futures=True)
        if self._unfinished:
            names = ", ".join(sorted(self._unfinished))
            message_text = f"The sync ended before the streams {names} did: they are not complete."
            raise UserError(message=message_text, internal_message=message_text, failure_type=FailureType.system_error)

    def _see(self, message: AirbyteMessage) -> None:
        trace = message.trace if message.type is Type.TRACE else None
        status = trace.stream_status if trace and trace.type is TraceType.STREAM_STATUS else None
        if status and status.status in ENDED:
            self._unfinished.discard(status.stream_descriptor.name)

    def _what_is_left(self) -> Iterator[AirbyteMessage | RecordPage]:
        """What is on the queue when the sync is stopped, and then what is left of each stream."""
        for item in self._queue.close():
            if isinstance(item, PageItem):
                yield item.page
            elif isinstance(item, AirbyteMessage):
                yield item
        for reading in self._readings:
            for level in reading.levels():
                with level.tree.lock:
                    states = list(level.states()) if self._output and not level.ending.is_over else []
                for name, state in states:
                    yield self._output.state_message(name, state)  # type: ignore[union-attr]

    def _streams(self) -> list[DefaultStream]:
        api, config = self._api, self._api.config
        until = api.connect()
        wanted = [one.stream.name for one in self._catalog.streams]
        more = [row for name in wanted if name not in api.table for row in api.own_resource(name)]
        table = api.table.with_more({row.name: row for row in more}.values())
        known = [table[name] for name in wanted if name in table]
        sweep = sweep_for(api, table, known, self._catalog, self._states, until)
        seen = {name: target.seen for name, target in sweep.targets.items()} if sweep else {}
        selected = selected_in(table, self._catalog, self._states, until, seen, api.report)
        output = self._output = Output(self._queue, self.messages, self._states, self._make_page, sweep)
        workers = Workers(config.workers)
        for node in nodes_for(table, selected):
            self._readings.append(self._reading(node, Tree.of(api, output, workers, until)))
        workers.add(len(self._readings))
        streams = streams_for(self._readings)
        if sweep:
            levels = {
                one.name: level
                for reading in self._readings
                for level in reading.levels()
                for one in level.node.streams
            }
            streams.append(sweep_stream(sweep, levels, output, workers))
        return [*(self._unknown(name) for name in wanted if name not in table), *streams]

    def _reading(self, node: Node, tree: Tree) -> Reading:
        config, root = self._api.config, node.resource
        assert isinstance(root, Listed)
        plan, streams = plan_of(
            root, list(node.all_streams()), config.start_date, tree.until, config.lookback, self._api.report
        )
        return Reading(node.with_streams(streams), tree, plan)

    @staticmethod
    def _unknown(name: str) -> DefaultStream:
        """A stream of the catalog that the source does not know ends alone."""
        error = configuration_error(f"The source does not know the stream {name}. Refresh the source's schema.")
        return failing_stream(Resource(name), error)
