"""The CDK's entry point, with two more commands, one way out, and errors for people: all problems at once, no stack
trace for a wrong key.

Exit codes: 0, 1 for an error (and where `verify` finds that something differs), 2 for a wrong command line, 143 and 130
for a command that SIGTERM or Ctrl-C ended before it was done (`poll`, which has no end of its own, then ends with 0),
and 141 when nobody reads the output any more.
"""

import gc
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext

from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from crm_source.allocator import give_back_what_is_freed
from crm_source.entrypoint import Entrypoint
from crm_source.polling import command as polling
from crm_source.printer import OutputClosed, Printer, complain
from crm_source.signals import Signals
from crm_source.source import CrmSource
from crm_source.verifying import command as verifying

LOGGER = logging.getLogger("airbyte")
OUTPUT_CLOSED = 141  # what shells show for a command whose reader is gone
READING = ("read", polling.NAME, verifying.NAME)
PATIENCE = 4  # seconds in which these may end by themselves; what else is done has no end worth waiting for
TO_CLOSE = 1  # second in which what is printed must be taken when the process ends


def launch(source: CrmSource, args: Sequence[str]) -> None:
    """Run one command. Raises SystemExit with its exit code when that is not 0, and what only a developer can mend."""
    # What is loaded by now stays, and records have no cycles: looking for garbage in them took a third of the time.
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    give_back_what_is_freed()
    printer = Printer()

    def end(code: int) -> None:
        """Without waiting for threads, of which some may be waiting for an answer for a minute yet."""
        printer.close(TO_CLOSE)
        os._exit(code)

    command = args[0] if args else ""
    patience = PATIENCE if command in READING else 0
    logs = printer.without_logs() if command == verifying.NAME else nullcontext()
    with printer.in_charge(), logs, Signals(source.stop, patience, printer.is_writing, end) as signals:
        try:
            code = _run(Entrypoint(source), args, printer)
        except OutputClosed as closed:
            if closed.reason:
                complain(f"The output cannot be written: {closed.reason}.")
            end(1 if closed.reason else OUTPUT_CLOSED)
        except (KeyboardInterrupt, Exception):
            if not signals.exit_code:
                raise
            LOGGER.info("Told to stop: what is not printed yet is left for the next time.")
            end(signals.exit_code)
        if signals.exit_code:
            end(code)
    if code:
        sys.exit(code)


def _run(entrypoint: Entrypoint, args: Sequence[str], printer: Printer) -> int:
    """The exit code. Raises what is no mistake of the user's."""
    try:
        if args[:1] == [polling.NAME]:
            return entrypoint.poll(args[1:])
        if args[:1] == [verifying.NAME]:
            return entrypoint.verify(args[1:], printer)
        options = entrypoint.parse_args(list(args))
        if not options.command:
            complain(f"Give a command: spec, check, discover, read, {verifying.NAME} or {polling.NAME}.")
            return 2
        printer.emit(entrypoint.items(options))
    except AirbyteTracedException as error:
        if error.failure_type is not FailureType.config_error:
            raise
        last = error.as_sanitized_airbyte_message()
        last.trace.error.stack_trace = None  # type: ignore[union-attr]  # an error message has an error
        printer.emit([last])
        return 1
    return 0
