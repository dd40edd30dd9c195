"""The partitions that the CDK's concurrent source runs."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.types import Record, StreamSlice
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from crm_source.api import Task
from crm_source.dates import text_of
from crm_source.errors import UserError
from crm_source.walks import Walk

if TYPE_CHECKING:
    from crm_source.reading import Reading


class WalkPartition(Partition):
    """A walk in progress. `left` is what it has not put out yet."""

    def __init__(self, reading: "Reading", walk: Walk, task: Task, counts: bool = True):
        self.reading = reading
        self.walk = walk
        self.task = task
        self.left = walk.left
        self.counts = counts  # whether the state depends on it
        self.is_unread = False  # ended without its rows, which stay pending
        self.is_half = False  # split off another walk

    def read(self) -> Iterable[Record]:
        return self.reading.read(self)

    def to_slice(self) -> StreamSlice | None:
        window = {"since": text_of(self.left.since), "until": text_of(self.left.until)} if self.left else {}
        return StreamSlice(partition={}, cursor_slice=window)

    def stream_name(self) -> str:
        return self.reading.leader

    def __hash__(self) -> int:
        return id(self)


def follower_error(error: Exception, stream: str, parent: str) -> AirbyteTracedException:
    """What a stream that lives on the records of another says when that one failed."""
    why = error.message if isinstance(error, AirbyteTracedException) else str(error)
    message = f"Stream {stream} is not complete, because its rows come with those of {parent}: {why}"
    kind = error.failure_type if isinstance(error, AirbyteTracedException) else FailureType.system_error
    return UserError(message=message, internal_message=message, failure_type=kind)


class FollowerPartition(Partition):
    """Lasts until the reading that its stream follows is over."""

    def __init__(self, reading: "Reading", stream: str):
        self.reading = reading
        self._stream = stream

    def read(self) -> Iterable[Record]:
        self.reading.finished.wait()
        if self.reading.error:
            resource = self.reading.resource
            raise follower_error(self.reading.error, self._stream, resource.parent or resource.name)
        return ()

    def to_slice(self) -> StreamSlice | None:
        return None

    def stream_name(self) -> str:
        return self._stream

    def __hash__(self) -> int:
        return id(self)
