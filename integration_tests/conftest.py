"""Fixtures of the whole-connector tests."""

import time
from functools import partial

import pytest
from hypothesis import HealthCheck, settings

from crm_source import source
from crm_source.http.pace import AdaptivePace
from crm_source.http.patience import Patience
from crm_source.http.stopping import Stop

settings.register_profile(
    "whole", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
settings.load_profile("whole")


@pytest.fixture
def unpaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests as fast as they can be made, where the vendor allows some a second."""
    monkeypatch.setattr(AdaptivePace, "wait", lambda pace: 0.0)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch, unpaced: None) -> None:
    """Waits and time-outs of a test's length; their number stays."""
    sleep = time.sleep
    monkeypatch.setattr(Stop, "wait", lambda stop, seconds: (stop.check(), sleep(min(seconds, 0.01))))
    monkeypatch.setattr(source, "Patience", partial(Patience, read=0.5, first_wait=0.001, throttled=0.01))
