"""The partitions that the CDK's concurrent source runs."""

from collections.abc import Callable, Iterable

from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.types import Record, StreamSlice
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from crm_source.dates import text_of
from crm_source.errors import ApiError, UserError
from crm_source.reading.endings import Ending
from crm_source.walks.windows import Window


class ReadingPartition(Partition):
    """A piece of work of a stream, done when its iterator ends: what has to happen then is part of it.

    `after`: it is not to be started before that is over. `window` tells what it is about, for logs.
    """

    def __init__(
        self,
        stream: str,
        read: Callable[[], Iterable[Record]],
        after: Ending | None = None,
        window: Window | None = None,
    ):
        self.after = after
        self._stream = stream
        self._read = read
        self._window = window

    def read(self) -> Iterable[Record]:
        return self._read()

    def to_slice(self) -> StreamSlice | None:
        one = self._window
        window = {"since": text_of(one.since), "until": text_of(one.until)} if one else {}
        return StreamSlice(partition={}, cursor_slice=window)

    def stream_name(self) -> str:
        return self._stream

    def __hash__(self) -> int:
        return id(self)


def follower(ending: Ending, stream: str, parent: str) -> ReadingPartition:
    """What keeps a stream open until the list that its rows come with has been read, and fails when that failed."""

    def read() -> Iterable[Record]:
        error = ending.error
        if isinstance(error, ApiError) and error.stream == stream:
            raise error
        if error:
            raise follower_error(error, stream, parent)
        return ()

    return ReadingPartition(stream, read, after=ending)


def follower_error(
    error: Exception, stream: str, parent: str, because: str = "its rows come with those of"
) -> AirbyteTracedException:
    """What a stream that lives on the records of another says when that one failed."""
    why = error.message if isinstance(error, AirbyteTracedException) else str(error)
    message = f"Stream {stream} is not complete, because {because} {parent}: {why}"
    kind = error.failure_type if isinstance(error, AirbyteTracedException) else FailureType.system_error
    return UserError(message=message, internal_message=message, failure_type=kind)
