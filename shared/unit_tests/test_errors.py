"""Errors as messages: the right failure type, and a stack trace only where it helps somebody."""

import pytest
from airbyte_cdk.models import AirbyteErrorTraceMessage, FailureType, StreamDescriptor
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from crm_source.errors import ApiError, Kind, Stopped, Verdict, configuration_error
from crm_source.reading.partitions import follower_error

CONFIG, SYSTEM, TRANSIENT = FailureType.config_error, FailureType.system_error, FailureType.transient_error


def trace_of(error: AirbyteTracedException) -> AirbyteErrorTraceMessage:
    try:
        raise error
    except AirbyteTracedException as raised:
        message = raised.as_airbyte_message(stream_descriptor=StreamDescriptor(name="contacts"))
    assert message.trace
    assert message.trace.error
    return message.trace.error


@pytest.mark.parametrize(
    ("kind", "failure"),
    [
        (Kind.CONFIGURATION, CONFIG),
        (Kind.FORBIDDEN, CONFIG),
        (Kind.THROTTLED, TRANSIENT),
        (Kind.TRANSIENT, TRANSIENT),
        (Kind.HEAVY, TRANSIENT),
        (Kind.EXHAUSTED, TRANSIENT),
        (Kind.SHAPE, SYSTEM),
        (Kind.GONE, SYSTEM),
        (Kind.TOO_DEEP, SYSTEM),
        (Kind.EXPIRED, SYSTEM),
        (Kind.OURS, SYSTEM),
    ],
)
def test_every_kind_has_a_failure_type(kind: Kind, failure: FailureType) -> None:
    error = ApiError(Verdict(kind, "why"), "contacts")
    assert error.failure_type is failure
    assert error.kind is kind
    assert str(error) == error.message == error.internal_message == "Stream contacts: why"


def test_an_error_without_a_stream_is_the_vendors_sentence() -> None:
    assert str(ApiError(Verdict(Kind.CONFIGURATION, "The key is wrong."), "")) == "The key is wrong."


@pytest.mark.parametrize("kind", [Kind.CONFIGURATION, Kind.FORBIDDEN])
def test_a_mistake_of_the_user_has_no_stack_trace(kind: Kind) -> None:
    trace = trace_of(ApiError(Verdict(kind, "why"), "contacts"))
    assert trace.stack_trace is None
    assert trace.failure_type is CONFIG
    assert trace.stream_descriptor == StreamDescriptor(name="contacts")


def test_a_stop_is_told_in_a_sentence_and_without_a_stack_trace() -> None:
    trace = trace_of(Stopped())
    assert (trace.message, trace.stack_trace) == ("The sync was told to stop.", None)


@pytest.mark.parametrize("kind", [Kind.OURS, Kind.TRANSIENT])
def test_any_other_error_has_one(kind: Kind) -> None:
    assert "Traceback" in str(trace_of(ApiError(Verdict(kind, "why"), "contacts")).stack_trace)


def test_a_configuration_error_is_only_its_text() -> None:
    error = configuration_error("start_date: lies in the future.")
    assert error.failure_type is CONFIG
    trace = trace_of(error)
    assert (trace.message, trace.stack_trace) == ("start_date: lies in the future.", None)


@pytest.mark.parametrize("kind", list(Kind))
def test_a_follower_fails_as_its_parent_did(kind: Kind) -> None:
    error = follower_error(ApiError(Verdict(kind, "why"), "contacts"), "emails", "contacts")
    assert error.failure_type is ApiError(Verdict(kind, "why"), "").failure_type
    assert str(error).startswith("Stream emails is not complete, because its rows come with those of contacts: ")
    assert str(error).endswith("Stream contacts: why")


def test_a_follower_of_a_bug_is_a_system_error() -> None:
    assert follower_error(KeyError("x"), "emails", "contacts").failure_type is SYSTEM
