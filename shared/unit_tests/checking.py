"""Runs `check` through the entry point, as a user does, for the unit tests of each source."""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.utils.airbyte_secrets_utils import update_secrets

from crm_source.cli import launch
from crm_source.source import CrmSource


@contextmanager
def logging_left_as_it_was() -> Iterator[None]:
    """The entry point filters what is logged, knows the secrets, and with --debug tells more."""
    handlers = logging.getLogger().handlers
    filters = [(one, list(one.filters)) for one in handlers]
    loggers = [logging.getLogger(name) for name in ("", "airbyte")]
    levels = [one.level for one in loggers]
    yield
    for one, before in filters:
        one.filters[:] = before
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
    update_secrets([])


@dataclass
class Check:
    source: CrmSource
    secrets: Sequence[str]
    folder: Path
    capfd: pytest.CaptureFixture[str]
    out: str = ""

    def __call__(self, settings: Mapping[str, Any], *options: str) -> str:
        """`SUCCEEDED`, or the message of the failure. No secret may come out, in any form."""
        path = self.folder / "config.json"
        path.write_text(json.dumps(settings))
        self.capfd.readouterr()
        launch(self.source, ["check", "--config", str(path), *options])
        captured = self.capfd.readouterr()
        self.out = captured.out
        for secret in self.secrets:
            assert secret not in captured.out + captured.err
        assert "Traceback" not in self.out
        assert "stack_trace" not in self.out
        (status,) = [
            message["connectionStatus"]
            for message in map(json.loads, self.out.splitlines())
            if message["type"] == "CONNECTION_STATUS"
        ]
        return str(status.get("message") or status["status"])
