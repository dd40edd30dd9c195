"""One sync: what is selected, read by the CDK's concurrent source, until every selected stream has ended."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

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
from crm_source.errors import UserError
from crm_source.names import Door
from crm_source.reading.ahead import Ahead
from crm_source.reading.cdk_streams import concurrent_source, failing_stream, finished_stream, streams_for
from crm_source.reading.endings import Ending
from crm_source.reading.level import Tree
from crm_source.reading.marking import contents_for, marks_for
from crm_source.reading.nodes import Node, nodes_for
from crm_source.reading.output import MessageQueue, Output, Workers
from crm_source.reading.planning import plan_of
from crm_source.reading.reading import Reading
from crm_source.reading.record_pages import MakePage, PageItem, RecordPage
from crm_source.reading.selection import selected_in
from crm_source.reading.sweeping import inventories_of, sweep_for, sweep_stream
from crm_source.resources import Listed
from crm_source.table import Table

ENDED = (AirbyteStreamStatus.COMPLETE, AirbyteStreamStatus.INCOMPLETE)


class Sync:
    """One read of one catalog. `run` is called once, on the thread that takes its messages."""

    def __init__(
        self,
        api: Api,
        table: Table,
        catalog: ConfiguredAirbyteCatalog,
        unknown: Mapping[str, str],
        states: ConnectorStateManager,
        make_page: MakePage,
        logger: logging.Logger,
        door: Door,
    ):
        """`unknown`: streams that the source does not know, with what to say of each. `door`: what the streams are
        called outside, for rows that name one."""
        self._api = api
        self._table = table
        self._catalog = catalog
        self._unknown = unknown
        self._states = states
        self._make_page = make_page
        self._logger = logger
        self._door = door
        self._queue = MessageQueue(stop=api.config.stop)
        self.messages = ConcurrentMessageRepository(self._queue, InMemoryMessageRepository())
        self._readings: list[Reading] = []
        self._counts: Counter[str] = Counter()  # records that came out, by the name outside
        self._output: Output | None = None
        self._ahead = Ahead({})
        self._unfinished = {*unknown, *(one.stream.name for one in catalog.streams)}

    def run(self) -> Iterator[AirbyteMessage | RecordPage]:
        """The messages of the sync. Whatever it starts ends with it. Raises the CDK's errors of the streams."""
        if not self._unfinished:
            return  # the CDK would wait for ever for the end of no stream
        streams = self._streams()
        config = self._api.config
        concurrent, pool = concurrent_source(config.workers, self._queue, self.messages, self._logger, config.room)
        try:
            for message in concurrent.read(streams):  # type: ignore[arg-type]  # a list of its subclass
                yield from self._seen(self._ahead.after(message))
            yield from self._seen(self._ahead.rest())
        except (GeneratorExit, KeyboardInterrupt):
            # Torn away in the middle of anything: a page may be neither on the queue nor out, and a state that is made
            # now would say that it has been read. Those that are out hold.
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

    def _seen(self, items: Iterable[AirbyteMessage | RecordPage]) -> Iterator[AirbyteMessage | RecordPage]:
        for item in items:
            if isinstance(item, RecordPage):
                self._counts[item.stream] += item.count
            else:
                self._see(item)
            yield item

    def _see(self, message: AirbyteMessage) -> None:
        trace = message.trace if message.type is Type.TRACE else None
        status = trace.stream_status if trace and trace.type is TraceType.STREAM_STATUS else None
        if status and status.status in ENDED:
            name = status.stream_descriptor.name
            self._unfinished.discard(name)
            outside = self._door.name(name)
            self._logger.info(f"Read {self._counts[outside]:,} records of stream {outside}.")

    def _what_is_left(self) -> Iterator[AirbyteMessage | RecordPage]:
        """What is on the queue when the sync is stopped, and then what is left of each stream."""
        for item in self._queue.close():
            if isinstance(item, PageItem):
                yield from self._ahead.pages(item.stream_name, item.page)
            elif isinstance(item, AirbyteMessage):
                yield from self._ahead.after(item)
        yield from self._ahead.rest()
        for reading in self._readings:
            for level in reading.levels():
                with level.tree.lock:
                    states = list(level.states()) if self._output and not level.ending.is_over else []
                for name, state in states:
                    yield self._ahead.with_held(name, self._output.state_message(name, state))  # type: ignore[union-attr]

    def _streams(self) -> list[DefaultStream]:
        api, table, config = self._api, self._table, self._api.config
        until = api.connect()
        known = [table[one.stream.name] for one in self._catalog.streams]
        inventories = inventories_of(api, known)
        sweep = sweep_for(api, table, known, self._catalog, self._states, until, self._door, inventories)
        marks = marks_for(api, table, self._catalog, known, inventories, self._states, until)
        contents = contents_for(api, table, self._catalog, known, self._states, until)
        self._ahead = Ahead(contents)
        package = type(api).__module__.partition(".")[0]
        selected = selected_in(table, self._catalog, self._states, until, sweep, marks, contents, api.report, package)
        output = self._output = Output(self._queue, self.messages, self._states, self._make_page, sweep)
        workers = Workers(config.workers)
        finished = [one for one in selected.values() if one.is_finished]
        for node in nodes_for(table, {name: one for name, one in selected.items() if not one.is_finished}):
            self._readings.append(self._reading(node, Tree.of(api, output, workers, until)))
        workers.add(len(self._readings))
        streams = [*(finished_stream(one, output) for one in finished), *streams_for(self._readings, inventories)]
        if sweep:
            levels = [
                (one.name, reading, level)
                for reading in self._readings
                for level in reading.levels()
                for one in level.node.streams
            ]
            over = {one.name: Ending.over() for one in finished}
            endings = over | {name: level.ending for name, _, level in levels}
            after = over | {name: reading.is_read for name, reading, _ in levels}
            streams.append(sweep_stream(sweep, endings, after, output, workers))
        return [*(failing_stream(name, text) for name, text in self._unknown.items()), *streams]

    def _reading(self, node: Node, tree: Tree) -> Reading:
        config, root = self._api.config, node.resource
        assert isinstance(root, Listed)
        plan, streams = plan_of(
            root,
            list(node.all_streams()),
            config.start_date,
            tree.until,
            config.lookback,
            self._api.report,
            config.marks_rows,
        )
        return Reading(node.with_streams(streams), tree, plan)
