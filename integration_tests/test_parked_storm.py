"""A dozen kills of the poller, with a callback that fails and objects that it always refuses."""

from pathlib import Path

import pytest

from parked_storm import storm
from poll_accounts import POLLS, Polls


@pytest.mark.parametrize("polls", POLLS, ids=lambda polls: polls.name)
def test_nothing_is_lost_and_no_object_out_of_order_with_parked_notifications(polls: Polls, tmp_path: Path) -> None:
    seen = storm(polls, tmp_path, kills=12, seed=7)
    print(seen)
    assert seen.kills == 12
    assert seen.changes > 20
    assert seen.refusals > 0
