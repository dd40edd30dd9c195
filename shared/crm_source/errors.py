"""Errors, sorted once: what happened, on which stream, what to do."""

from dataclasses import dataclass
from enum import Enum

from airbyte_cdk.models import AirbyteMessage, FailureType, StreamDescriptor
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets
from airbyte_cdk.utils.traced_exception import AirbyteTracedException


class Kind(Enum):
    CONFIGURATION = "configuration"  # wrong key, wrong host: told in the user's words, never retried
    FORBIDDEN = "forbidden"  # a right or a plan is missing: ends this stream only
    THROTTLED = "throttled"  # wait as long as the vendor says
    TRANSIENT = "transient"  # retry, then ask for less at a time
    GONE = "gone"  # the record is not there any more: skip, count, report
    TOO_DEEP = "too deep"  # the list goes no further by offset: narrow the window
    HEAVY = "heavy"  # the query takes the vendor too long: retry, then ask for less
    POISONED = "poisoned"  # one row of those asked for cannot be sent: find it, skip it, count, report
    SHAPE = "shape"  # the answer is something else than a list of rows: retry a little, never rows, never an empty list
    EXPIRED = "expired"  # the cursor is not valid any more: start again from the last position
    EXHAUSTED = "exhausted"  # the quota of requests is used up: nothing more is asked
    SKIPPED = "skipped"  # nothing can be asked for this record: skip, count, report
    STUCK = "stuck"  # the server leads nowhere, or to less than there is: the rest is read in the next sync
    OURS = "ours"  # a request that should not have been made: fail loudly


NEXT_SYNC = " What is left of it is tried again in the next sync."
NOTHING_GOES = (Kind.CONFIGURATION, Kind.EXHAUSTED)  # what is wrong with one request is wrong with all


@dataclass(frozen=True)
class Verdict:
    """What an answer that is not data means.

    `wait` is in seconds, for THROTTLED. `retries` is how often it is worth to ask the same again, where that is less
    than the usual number. `limit` is how many rows a page may have, where the vendor's refusal names that.
    """

    kind: Kind
    message: str
    wait: float | None = None
    retries: int | None = None
    limit: int | None = None


class UserError(AirbyteTracedException):
    """An error whose text is all there is to know. A mistake in the configuration has no place in the code."""

    def as_airbyte_message(self, stream_descriptor: StreamDescriptor | None = None) -> AirbyteMessage:
        message = super().as_airbyte_message(stream_descriptor)
        if message.trace and message.trace.error:
            message.trace.error.message = filter_secrets(message.trace.error.message)
            message.trace.error.internal_message = filter_secrets(message.trace.error.internal_message or "")
            if self.failure_type is FailureType.config_error or isinstance(self, Stopped):
                message.trace.error.stack_trace = None
        return message


class Stopped(UserError):  # noqa: N818 - it is no error that the user stops the sync
    """The process is to stop: raised by whatever waits or asks. What is left stays in the state."""

    def __init__(self) -> None:
        message = "The sync was told to stop."
        super().__init__(message=message, internal_message=message, failure_type=FailureType.transient_error)


class ApiError(UserError):
    """A request that failed for good."""

    def __init__(self, verdict: Verdict, stream: str):
        failure = {
            Kind.CONFIGURATION: FailureType.config_error,
            Kind.FORBIDDEN: FailureType.config_error,
            Kind.THROTTLED: FailureType.transient_error,
            Kind.TRANSIENT: FailureType.transient_error,
            Kind.HEAVY: FailureType.transient_error,
            Kind.EXHAUSTED: FailureType.transient_error,
        }.get(verdict.kind, FailureType.system_error)
        message = f"Stream {stream}: {verdict.message}" if stream else verdict.message
        super().__init__(message=message, internal_message=message, failure_type=failure)
        self.verdict = verdict
        self.kind = verdict.kind
        self.stream = stream

    def of(self, stream: str) -> "ApiError":
        """Itself, where it names a stream; else the same of that one."""
        return self if self.stream else ApiError(self.verdict, stream)


def configuration_error(message: str) -> AirbyteTracedException:
    """An entry of the configuration, the catalog or the state that the user has to change."""
    return UserError(message=message, internal_message=message, failure_type=FailureType.config_error)
