"""The vendor as tests set it up, and the API without settings of its own. Waits take no time."""

from collections.abc import Iterator
from functools import partial
from types import SimpleNamespace

import pytest
import requests_mock
from insightly_requests import Clock, made

from crm_source.http import budget, transport
from crm_source.http.pace import AdaptivePace
from crm_source.http.stopping import Stop
from source_insightly import api as dialect
from source_insightly.api import InsightlyApi


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """That of the budget, of the pace and of the waits between tries."""
    clock = Clock()
    for module in (budget, transport):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=clock))
    monkeypatch.setattr(Stop, "wait", lambda stop, seconds: clock.sleep(seconds))
    monkeypatch.setattr(dialect, "AdaptivePace", partial(AdaptivePace, clock=clock))
    return clock


@pytest.fixture
def insightly(clock: Clock) -> Iterator[requests_mock.Mocker]:
    with requests_mock.Mocker() as mocker:
        yield mocker


@pytest.fixture
def api(insightly: requests_mock.Mocker) -> InsightlyApi:
    return made()
