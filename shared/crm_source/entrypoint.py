"""The CDK's entry point, with errors for people: all problems at once, no stack trace for a wrong key."""

import logging
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.logger import PRINT_BUFFER
from airbyte_cdk.models import ConnectorSpecification, FailureType
from airbyte_cdk.utils.airbyte_secrets_utils import get_secrets, update_secrets
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from crm_source.source import CrmSource


class Entrypoint(AirbyteEntrypoint):
    """spec, check, discover and read for a CrmSource."""

    source: CrmSource

    def validate_connection(self, source_spec: ConnectorSpecification, config: Any) -> None:  # type: ignore[override]
        """Name everything that is wrong, where the CDK names the first."""
        if error := self.source.problems(config):
            raise error

    def set_up_secret_filter(self, config: Any, connection_specification: Mapping[str, Any]) -> None:  # type: ignore[override]
        """Keep the secrets out of every log, also in the forms in which they are sent."""
        update_secrets([*get_secrets(connection_specification, config), *self.source.sent_secrets(config)])


class _NoTraceForUsers(logging.Filter):
    """A mistake in the configuration has no place in the code: log its text only."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if isinstance(error, AirbyteTracedException) and error.failure_type is FailureType.config_error:
            record.msg, record.args = f"{record.getMessage()}: {error.message}", ()
            record.exc_info = None
        return True


def launch(source: CrmSource, args: Sequence[str]) -> None:
    """Run one command; exit with 1 when it failed."""
    logging.getLogger("airbyte").addFilter(_NoTraceForUsers())
    entrypoint = Entrypoint(source)
    parsed = entrypoint.parse_args(list(args))
    with PRINT_BUFFER:
        try:
            for message in entrypoint.run(parsed):
                print(f"{message}\n", end="")
        except AirbyteTracedException as error:
            if error.failure_type is not FailureType.config_error:
                raise
            last = error.as_sanitized_airbyte_message()
            last.trace.error.stack_trace = None  # type: ignore[union-attr]  # an error message has an error
            print(f"{entrypoint.airbyte_message_to_string(last)}\n", end="")
            sys.exit(1)
