"""The vendor as tests set it up, and the API without settings of its own."""

from collections.abc import Iterator

import pytest
import requests_mock
from connectwise_calls import made

from source_connectwise.api import ConnectWiseApi


@pytest.fixture
def connectwise() -> Iterator[requests_mock.Mocker]:
    with requests_mock.Mocker() as mocker:
        yield mocker


@pytest.fixture
def api() -> ConnectWiseApi:
    return made()
