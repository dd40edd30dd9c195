"""One command of a source as a process, with one way out.

Exit codes: 0, 1 for an error (and where `verify` finds that something differs), 2 for a wrong command line, 143 and 130
for a command that SIGTERM or Ctrl-C ended before it was done (`poll`, which has no end of its own, then ends with 0),
and 141 when nobody reads the output any more.
"""

import argparse
import gc
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext

from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from crm_source.allocator import give_back_what_is_freed
from crm_source.commands import chosen_by, options_of
from crm_source.entrypoint import Entrypoint
from crm_source.errors import Stopped, UserError
from crm_source.printer import OutputClosed, Printer, complain
from crm_source.signals import Signals
from crm_source.source import CrmSource

LOGGER = logging.getLogger("airbyte")
OUTPUT_CLOSED = 141  # what shells show for a command whose reader is gone
TO_CLOSE = 1  # second in which what is printed must be taken when the process ends


def launch(source: CrmSource, args: Sequence[str]) -> None:
    """Run one command. Raises SystemExit with its exit code when that is not 0, and what only a developer can mend."""
    # What is loaded by now stays, and records have no cycles: looking for garbage in them took a third of the time.
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    give_back_what_is_freed()
    printer = Printer()
    if list(args[:1]) == ["--"]:  # as a version of Meltano's wrapper begins
        args = args[1:]

    def end(code: int) -> None:
        """Without waiting for threads, of which some may be waiting for an answer for a minute yet."""
        printer.close(TO_CLOSE)
        os._exit(code)

    chosen = chosen_by(args)
    patience = chosen.patience if chosen else 0
    logs = printer.without_logs() if chosen and chosen.is_file else nullcontext()
    with printer.in_charge(), logs, Signals(source.stop, patience, printer.is_writing, end) as signals:
        try:
            code = _run(source, args, printer)
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


def _run(source: CrmSource, args: Sequence[str], printer: Printer) -> int:
    """The exit code. Raises what is no mistake of the user's."""
    options = options_of(source, args)
    if options.chosen.is_file:
        return _file(source, options, printer)
    try:
        return _done(source, options, printer)
    except AirbyteTracedException as error:
        if error.failure_type is not FailureType.config_error:
            raise
        last = error.as_sanitized_airbyte_message()
        last.trace.error.stack_trace = None  # type: ignore[union-attr]  # an error message has an error
        printer.emit([last])
        return 1


def _file(source: CrmSource, options: argparse.Namespace, printer: Printer) -> int:
    """Like `_run`; what is said besides the output goes to standard error, and is no more than a person wants."""
    LOGGER.setLevel(logging.WARNING)
    try:
        return _done(source, options, printer)
    except Stopped:
        raise
    except UserError as error:
        complain(filter_secrets(error.message or str(error)))
        return 1


def _done(source: CrmSource, options: argparse.Namespace, printer: Printer) -> int:
    code: int = options.chosen.run(Entrypoint(source), options, printer)
    return code
