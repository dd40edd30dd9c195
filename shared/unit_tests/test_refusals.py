"""When a list below one record that cannot be read is the whole stream's matter."""

import pytest

from crm_source.errors import NEXT_SYNC, ApiError, Kind, Verdict
from crm_source.reading.refusals import AT_THE_END, FAILED_IN_A_ROW, IN_A_ROW, NAMED, Refusals


def failure(kind: Kind = Kind.GONE, text: str = "it is not there") -> ApiError:
    return ApiError(Verdict(kind, text, wait=3), "notes")


def refused(count: int, kind: Kind = Kind.GONE) -> Refusals:
    found = Refusals("tickets")
    for number in range(count):
        found.was_refused(number, failure(kind))
    return found


def test_nothing_is_told_when_every_list_was_read() -> None:
    found = Refusals("tickets")
    found.was_read()
    assert found.at_end() == ""


def test_a_list_that_is_read_ends_the_doubt() -> None:
    found = refused(IN_A_ROW - 1)
    assert found.are_in_doubt
    found.was_read()
    assert not found.are_in_doubt
    found.was_refused(99, failure())


@pytest.mark.parametrize(
    ("kind", "most"),
    [(Kind.GONE, IN_A_ROW), (Kind.FORBIDDEN, IN_A_ROW), (Kind.POISONED, FAILED_IN_A_ROW), (Kind.OURS, FAILED_IN_A_ROW)],
)
def test_so_many_in_a_row_are_no_matter_of_one_record(kind: Kind, most: int) -> None:
    found = refused(most - 1, kind)
    with pytest.raises(ApiError, match=f"those of {most} records of tickets in a row cannot be read.*it is not there"):
        found.was_refused(most, failure(kind))


@pytest.mark.parametrize("kind", [Kind.CONFIGURATION, Kind.EXHAUSTED])
def test_what_is_wrong_with_one_request_is_wrong_with_all(kind: Kind) -> None:
    with pytest.raises(ApiError) as caught:
        Refusals("tickets").was_refused(1, failure(kind))
    assert caught.value.kind is kind
    assert caught.value.verdict.wait == 3  # the error itself


def test_failures_in_a_row_end_the_stream_and_a_list_that_is_read_begins_the_count_again() -> None:
    found = Refusals("tickets")
    for _ in range(FAILED_IN_A_ROW - 1):
        found.has_failed(failure(Kind.TRANSIENT))
    found.was_read()
    for _ in range(FAILED_IN_A_ROW - 1):
        found.has_failed(failure(Kind.TRANSIENT))
    assert not found.are_in_doubt
    with pytest.raises(ApiError, match=f"those of {FAILED_IN_A_ROW} records of tickets in a row fail") as caught:
        found.has_failed(failure(Kind.TRANSIENT))
    assert (caught.value.kind, caught.value.stream) == (Kind.TRANSIENT, "notes")
    assert found.are_in_doubt


def test_none_that_can_be_read_is_an_error() -> None:
    with pytest.raises(ApiError, match="none of 2 lists below tickets can be read"):
        refused(2).at_end()


@pytest.mark.parametrize(("last", "fails"), [(AT_THE_END - 1, False), (AT_THE_END, True)])
def test_the_last_ones_together_are_no_matter_of_one_record(last: int, fails: bool) -> None:
    found = Refusals("tickets")
    found.was_read()
    for number in range(last):
        found.was_refused(number, failure())
    if fails:
        with pytest.raises(ApiError, match=f"those of the last {last} records of tickets cannot be read"):
            found.at_end()
    else:
        assert found.at_end()
        assert not found.are_in_doubt


@pytest.mark.parametrize(("count", "named"), [(1, "(0)"), (NAMED, "(0, 1, 2, 3, 4)"), (6, "(0, 1, 2, 3, 4, ...)")])
def test_the_warning_counts_and_names_the_records(count: int, named: str) -> None:
    found = refused(count)
    found.was_read()
    text = found.at_end()
    assert text.startswith(f"{count} of {count + 1} records of tickets {named} are without what belongs to them;")
    assert text.endswith("The first said: it is not there")


@pytest.mark.parametrize("kind", [Kind.POISONED, Kind.SHAPE, Kind.TRANSIENT])
@pytest.mark.parametrize("others_are_read", [True, False])
def test_what_failed_is_asked_for_again_unless_nothing_can_be_read(kind: Kind, others_are_read: bool) -> None:
    found = Refusals("tickets")
    found.has_failed(failure(kind), 7)
    if others_are_read:
        found.was_read()
    is_worth = others_are_read or kind is Kind.TRANSIENT
    assert found.are_worth_another() is is_worth
    if is_worth:
        assert found.at_end() == ""
    else:
        with pytest.raises(ApiError, match="none of 1 lists below tickets can be read"):
            found.at_end()


def test_what_is_read_again_only_when_the_record_changes_is_not_said_to_come_with_the_next_sync() -> None:
    found = Refusals("tickets")
    found.was_refused(7, failure(Kind.STUCK, f"the list leads nowhere.{NEXT_SYNC}"))
    found.was_read()
    assert found.at_end().endswith("The first said: the list leads nowhere.")
