"""For all tests: a busy machine is no failure of a random test, and no test changes what later ones log.

A source is found where it lies, so that one that was made a minute ago can be tested without installing it. Modules
beside its unit tests are found, too; they have the source's name in their own, as there is one room for all of them.
"""

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

HERE = Path(__file__).parent
sys.path += [str(folder) for pattern in ("source-*", "source-*/unit_tests") for folder in sorted(HERE.glob(pattern))]

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def levels() -> Iterator[None]:
    """A command sets what is logged for as long as its process lives, which here is that of the next tests, too."""
    loggers = [logging.getLogger(), *(logging.getLogger(name) for name in ("airbyte", "airbyte.read"))]
    before = [one.level for one in loggers]
    yield
    for logger, level in zip(loggers, before, strict=True):
        logger.setLevel(level)
