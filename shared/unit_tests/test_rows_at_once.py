"""Lists that come at once, of which no part can be asked for."""

from collections.abc import Callable

import pytest

from crm_source.errors import ApiError, Kind, Verdict
from crm_source.walks.at_once import Rows
from crm_source.walks.page import Row

ROWS: list[Row] = [{"id": 1}, {"id": 2}]


def failing(kind: Kind, times: int, asked: list[int]) -> Callable[[], list[Row]]:
    def fetch() -> list[Row]:
        asked.append(1)
        if len(asked) <= times:
            raise ApiError(Verdict(kind, "no"), "users")
        return ROWS

    return fetch


def test_it_is_asked_for_once_more_where_others_are_searched_for_a_bad_row() -> None:
    asked: list[int] = []
    assert list(Rows(failing(Kind.POISONED, 1, asked), only=True).pages()) == [ROWS]
    assert len(asked) == 2


def test_it_is_given_up_then() -> None:
    asked: list[int] = []
    with pytest.raises(ApiError, match="no"):
        list(Rows(failing(Kind.POISONED, 2, asked), only=True).pages())
    assert len(asked) == 2


@pytest.mark.parametrize("kind", [Kind.FORBIDDEN, Kind.TRANSIENT, Kind.HEAVY, Kind.EXHAUSTED, Kind.SHAPE])
def test_nothing_else_is_asked_for_again(kind: Kind) -> None:
    asked: list[int] = []
    with pytest.raises(ApiError, match="no"):
        list(Rows(failing(kind, 1, asked), only=True).pages())
    assert len(asked) == 1


def test_a_list_of_many_is_asked_for_once() -> None:
    asked: list[int] = []
    with pytest.raises(ApiError, match="no"):
        list(Rows(failing(Kind.POISONED, 1, asked)).pages())
    assert len(asked) == 1
