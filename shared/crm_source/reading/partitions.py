"""The partitions that the CDK's concurrent source runs."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.types import Record, StreamSlice
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from crm_source.api import Task
from crm_source.dates import text_of
from crm_source.errors import ApiError, UserError
from crm_source.resources import parent_of
from crm_source.walks.walk import Walk

if TYPE_CHECKING:
    from crm_source.deletions.id_sets import Id
    from crm_source.deletions.sweep import Sweep, Target
    from crm_source.reading.reading import Reading


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


def follower_error(
    error: Exception, stream: str, parent: str, because: str = "its rows come with those of"
) -> AirbyteTracedException:
    """What a stream that lives on the records of another says when that one failed."""
    why = error.message if isinstance(error, AirbyteTracedException) else str(error)
    message = f"Stream {stream} is not complete, because {because} {parent}: {why}"
    kind = error.failure_type if isinstance(error, AirbyteTracedException) else FailureType.system_error
    return UserError(message=message, internal_message=message, failure_type=kind)


class FollowerPartition(Partition):
    """Lasts until the reading that its stream follows is over."""

    def __init__(self, reading: "Reading", stream: str):
        self.reading = reading
        self._stream = stream

    def read(self) -> Iterable[Record]:
        self.reading.finished.wait()
        error = self.reading.error
        if isinstance(error, ApiError) and error.stream == self._stream:
            raise error
        if error:
            resource = self.reading.resource
            raise follower_error(error, self._stream, parent_of(resource) or resource.name)
        return ()

    def to_slice(self) -> StreamSlice | None:
        return None

    def stream_name(self) -> str:
        return self._stream

    def __hash__(self) -> int:
        return id(self)


class SweepPartition(Partition):
    """The comparison of one stream. `left` are the ids to know of it afterwards, with when they were last there."""

    def __init__(self, sweep: "Sweep", target: "Target"):
        self.target = target
        self.left: dict[Id, str] = {}
        self._sweep = sweep

    def read(self) -> Iterable[Record]:
        return self._sweep.read(self)

    def to_slice(self) -> StreamSlice | None:
        return StreamSlice(partition={"stream": self.target.stream}, cursor_slice={})

    def stream_name(self) -> str:
        return self._sweep.resource.name

    def __hash__(self) -> int:
        return id(self)
