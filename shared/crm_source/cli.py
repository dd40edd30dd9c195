"""The CDK's entry point, with a fifth command and errors for people: all problems at once, no stack trace for a wrong
key."""

import gc
import logging
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.logger import PRINT_BUFFER
from airbyte_cdk.models import ConnectorSpecification, FailureType
from airbyte_cdk.utils.airbyte_secrets_utils import get_secrets, update_secrets
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from crm_source.errors import UserError
from crm_source.polling import command as polling
from crm_source.source import CrmSource


class Entrypoint(AirbyteEntrypoint):
    """spec, check, discover and read for a CrmSource."""

    source: CrmSource

    def __init__(self, source: CrmSource):
        super().__init__(source)
        for handler in logging.getLogger().handlers:
            handler.addFilter(_ForPeople())

    def validate_connection(self, source_spec: ConnectorSpecification, config: Any) -> None:  # type: ignore[override]
        """Name everything that is wrong, where the CDK names the first."""
        if error := self.source.problems(config):
            raise error

    def poll(self, args: Sequence[str]) -> int:
        """Run the poller; the exit code."""
        options = polling.parser(self.source).parse_args(args)
        given = self.source.read_config(options.config)
        config = self.source.configure(given, "")
        specification = self.source.spec(self.logger).connectionSpecification
        self.set_up_secret_filter(config, specification)
        if error := self.source.problems(config):
            raise error
        return polling.poll(self.source, config, given, options)

    def set_up_secret_filter(self, config: Any, connection_specification: Mapping[str, Any]) -> None:  # type: ignore[override]
        """Keep the secrets out of every log, also in the forms in which they are sent."""
        update_secrets([*get_secrets(connection_specification, config), *self.source.sent_secrets(config)])


class _ForPeople(logging.Filter):
    """Keeps what only a developer could use out of the log: a mistake in the configuration has no place in the code.

    The CDK calls every wait a rate limit and adds a stack trace to it; the engine logs the reason itself. In debug
    mode it logs the bodies of answers, which hold the customer's data, and passwords among them.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if text.startswith(("UserDefinedBackoffException:", "Max retry limit reached", "Retries exhausted with")):
            return False
        if hasattr(record, "body"):
            record.body = f"{len(str(record.body)):,} characters"
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if isinstance(error, UserError):
            record.msg, record.args = f"{text}: {error.message}", ()
            record.exc_info = record.exc_text = None
        return True


def launch(source: CrmSource, args: Sequence[str]) -> None:
    """Run one command; exit with 1 when it failed."""
    # What is loaded by now stays, and records have no cycles: looking for garbage in them took a third of the time.
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    entrypoint = Entrypoint(source)
    try:
        if args[:1] == [polling.NAME]:
            sys.exit(entrypoint.poll(args[1:]))
        parsed = entrypoint.parse_args(list(args))
        with PRINT_BUFFER:
            for message in entrypoint.run(parsed):
                print(f"{message}\n", end="")
    except AirbyteTracedException as error:
        if error.failure_type is not FailureType.config_error:
            raise
        last = error.as_sanitized_airbyte_message()
        last.trace.error.stack_trace = None  # type: ignore[union-attr]  # an error message has an error
        print(f"{entrypoint.airbyte_message_to_string(last)}\n", end="")
        sys.exit(1)
