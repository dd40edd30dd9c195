"""How often the walks of a list are split."""

import pytest

from crm_source.reading.pieces import Piece, Splits
from crm_source.resources import Listed
from crm_source.task import Task
from crm_source.walks.at_once import Rows


def piece(expected: float) -> Piece:
    walk = Rows(list)
    walk.expected = expected
    return Piece(walk, Task(Listed("contacts", "/contacts"), None, None))


def splits(splits: Splits, *running: Piece) -> int:
    """How often the first one is split until that is too often."""
    count = 0
    while count < 1000 and splits.may_split(running[0].walk, running):
        splits.made_one()
        count += 1
    return count


def test_splits_stay_few_beside_the_pages() -> None:
    found = Splits()
    assert splits(found, piece(100)) == 10
    for _ in range(80):
        found.saw_page(piece(100), 1)
    assert splits(found, piece(100)) == 2
    assert splits(found, piece(100)) == 0


@pytest.mark.parametrize(
    ("is_half", "pages", "more"),
    [
        (True, [0], 1),
        (True, [], 1),
        (True, [0, 0], 1),
        (True, [5, 0], 0),
        (True, [0, 5], 0),
        (False, [0], 0),
    ],
)
def test_a_half_without_any_rows_allows_another(is_half: bool, pages: list[int], more: int) -> None:
    found, ended = Splits(), piece(100)
    ended.is_half = is_half
    assert splits(found, piece(100)) == 10
    for rows in pages:
        found.saw_page(ended, rows)
    found.ended(ended)
    assert splits(found, piece(100)) == more


def test_only_one_of_the_longer_walks_is_split() -> None:
    longest = piece(100)
    assert splits(Splits(), piece(50), longest) == 10
    assert splits(Splits(), piece(49), longest) == 0
