"""The CDK's entry point with errors for people: all problems at once, no stack trace for a wrong key."""

import argparse
import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any

from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.logger import is_platform_debug_log_enabled
from airbyte_cdk.models import (
    AirbyteConnectionStatus,
    AirbyteMessage,
    ConfiguredAirbyteCatalog,
    ConnectorSpecification,
    FailureType,
    Status,
    Type,
)
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets, get_secrets, update_secrets

from crm_source.door.texts import cut
from crm_source.errors import UserError
from crm_source.printer import Item, counted, line_of
from crm_source.source import CrmSource

LOGGER = logging.getLogger("airbyte")
COUNTED = re.compile(r"Read \d+ records from \S+ stream")  # what the CDK says at the end of a stream


class Entrypoint(AirbyteEntrypoint):
    """spec, check, discover and read for a CrmSource."""

    source: CrmSource

    def __init__(self, source: CrmSource):
        super().__init__(source)
        for handler in logging.getLogger().handlers:
            handler.addFilter(_ForPeople())

    def run(self, parsed_args: argparse.Namespace) -> Iterator[str]:
        """The lines of a command, for whoever runs it in a process of his own."""
        for item in self.items(parsed_args):
            lines = line_of(item) if isinstance(item, AirbyteMessage) else item.lines
            yield from (line.decode() for line in lines.splitlines())

    def items(self, options: argparse.Namespace) -> Iterator[Item]:
        """What a command prints."""
        self.heed_debug(options)
        try:
            yield from self._items(options)
        except Exception:
            yield from self._emit_queued_messages(self.source)
            raise
        yield from self._emit_queued_messages(self.source)

    def heed_debug(self, options: argparse.Namespace) -> None:
        """Log as much as the command line, or the platform, wants."""
        is_debug = options.debug or is_platform_debug_log_enabled()
        for one in (self.logger, LOGGER):
            one.setLevel(logging.DEBUG if is_debug else logging.INFO)

    def _items(self, options: argparse.Namespace) -> Iterator[Item]:
        spec = self.source.spec(self.logger)
        if options.command == "spec":
            yield AirbyteMessage(type=Type.SPEC, spec=spec)
        elif options.command == "check":
            yield from self._checked(spec, options.config)
        else:
            config = self.source.configure(self.source.read_config(options.config), "")
            if options.command == "discover":
                yield from self.discover(spec, config)
            else:
                catalog = self.source.read_catalog(options.catalog)
                yield from self.read(spec, config, catalog, self.source.read_state(options.state))

    def _checked(self, spec: ConnectorSpecification, path: str) -> Iterator[AirbyteMessage]:
        """A status whatever happens: who has filled in a form sees nothing else."""
        try:
            config = self.source.configure(self.source.read_config(path), "")
            yield from self.check(spec, config)
        except UserError as error:
            yield _failed(error.message or str(error))
            if error.failure_type is not FailureType.config_error:
                raise
        except Exception as error:
            yield _failed(f"The check itself failed, which is a mistake in the connector: {error!r}.")
            raise

    def read(  # type: ignore[override]
        self, source_spec: ConnectorSpecification, config: Any, catalog: ConfiguredAirbyteCatalog, state: list[Any]
    ) -> Iterator[Item]:
        """Messages, and pages of records; the states with the number of their records."""
        self.set_up_secret_filter(config, source_spec.connectionSpecification)
        self.validate_connection(source_spec, config)
        yield from counted(self._read(config, catalog, state))

    def _read(self, config: Any, catalog: ConfiguredAirbyteCatalog, state: list[Any]) -> Iterator[Item]:
        try:
            for item in self.source.read_pages(self.logger, config, catalog, state):
                yield item
                for _ in range(1 if isinstance(item, AirbyteMessage) else item.count):
                    self._memory_monitor.check_memory_usage()
        except Exception:
            yield from self._emit_queued_messages(self.source)
            raise
        yield from self._emit_queued_messages(self.source)

    def validate_connection(self, source_spec: ConnectorSpecification, config: Any) -> None:  # type: ignore[override]
        """Name everything that is wrong, where the CDK names the first."""
        if error := self.source.problems(config):
            raise error

    def configured(self, path: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """The configuration as the file has it, and as it is used. Raises what is wrong with it.

        Its secrets are kept out of every log from here on.
        """
        given = self.source.read_config(path)
        config = self.source.configure(given, "")
        self.set_up_secret_filter(config, self.source.spec(self.logger).connectionSpecification)
        if error := self.source.problems(config):
            raise error
        return given, config

    def set_up_secret_filter(self, config: Any, connection_specification: Mapping[str, Any]) -> None:  # type: ignore[override]
        """Keep the secrets out of every log, also in the forms in which they are sent."""
        update_secrets([*get_secrets(connection_specification, config), *self.source.sent_secrets(config)])


def _failed(why: str) -> AirbyteMessage:
    status = AirbyteConnectionStatus(status=Status.FAILED, message=filter_secrets(cut(why, 4000)))
    return AirbyteMessage(type=Type.CONNECTION_STATUS, connectionStatus=status)


class _ForPeople(logging.Filter):
    """Keeps what only a developer could use out of the log: a mistake in the configuration has no place in the code.

    The CDK calls every wait a rate limit and adds a stack trace to it; the engine logs the reason itself. In debug
    mode it logs the bodies of answers, which hold the customer's data, and passwords among them. Where it counts
    records, it counts pages of them: the sync tells their number itself.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if text.startswith(
            ("UserDefinedBackoffException:", "Max retry limit reached", "Retries exhausted with")
        ) or COUNTED.fullmatch(text):
            return False
        if hasattr(record, "body"):
            record.body = f"{len(str(record.body)):,} characters"
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if isinstance(error, UserError):
            record.msg, record.args = f"{text}: {error.message}", ()
            record.exc_info = record.exc_text = None
        return True
