"""The commands, in one table: what --help lists, what each takes, and what runs it."""

import argparse
import logging
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import IO, NoReturn

import orjson
from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer

from crm_source.door.states import states_from
from crm_source.entrypoint import Entrypoint
from crm_source.installed import script_of, version_of
from crm_source.keeping import KeptStates, file_of, states_in
from crm_source.picking import configured_catalog
from crm_source.polling import command as polling
from crm_source.printer import Printer, complain
from crm_source.source import CrmSource
from crm_source.verifying import command as verifying
from crm_source.verifying.telling import report, table
from crm_source.views import command as viewing

LOGGER = logging.getLogger("airbyte")
STDIN = 0

AddOptions = Callable[[argparse.ArgumentParser], None]
Run = Callable[[Entrypoint, argparse.Namespace, Printer], int]


@dataclass(frozen=True)
class Command:
    """`about`: its line in the help. `run` returns the exit code.

    `is_file`: its output is no messages, and goes into a file; what else there is to say goes to standard error.
    `patience`: seconds in which it may end by itself when it is told to stop; most have no end worth waiting for.
    """

    name: str
    about: str
    add_options: AddOptions
    run: Run
    patience: float = 0
    is_file: bool = False


def options_of(source: CrmSource, args: Sequence[str]) -> argparse.Namespace:
    """What the command line says; `chosen` is the Command.

    Raises SystemExit, with 2 for a wrong command line, after the help that fits is printed.
    """
    whole = _Parser(prog=script_of(source), description=(type(source).__doc__ or "").partition("\n")[0])
    whole.add_argument("--version", action="version", version=_versions(source))
    commands = whole.add_subparsers(title="commands", dest="command", metavar="COMMAND", required=True)
    for one in COMMANDS:
        own = commands.add_parser(one.name, help=one.about, description=f"{one.about[:1].upper()}{one.about[1:]}.")
        one.add_options(own)
    if not (chosen := chosen_by(args)):
        return whole.parse_args(args)
    given = argparse.Namespace(command=chosen.name, chosen=chosen)
    return commands.choices[chosen.name].parse_intermixed_args(args[1:], given)


def chosen_by(args: Sequence[str]) -> Command | None:
    return next((one for one in COMMANDS if [one.name] == list(args[:1])), None)


class _Parser(argparse.ArgumentParser):
    """Shows the whole help to whoever gives no command, or one that there is not."""

    def error(self, message: str) -> NoReturn:
        self.print_help(sys.__stderr__)
        self.exit(2, f"\n{self.prog}: {message}\n")


def _versions(source: CrmSource) -> str:
    beside = f"airbyte-cdk {version('airbyte-cdk')}, Python {platform.python_version()}"
    return f"{script_of(source)} {version_of(source) or 'that is not installed'} ({beside})"


def _none(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--debug", action="store_true", help="log each request as well")


def _config(parser: argparse.ArgumentParser) -> None:
    _none(parser)
    parser.add_argument("--config", required=True, metavar="FILE", help="the configuration, in JSON")


def _reading(parser: argparse.ArgumentParser) -> None:
    _config(parser)
    parser.add_argument(
        "--catalog", required=True, metavar="FILE", help="which streams, and how: see the command catalog"
    )
    parser.add_argument("--state", metavar="FILE", help="the state file, to go on where an earlier read ended")
    parser.add_argument(
        "--state-out",
        metavar="FILE",
        help="keep the state in this file. It is replaced as a whole, while the read goes on and however it ends. It "
        "may be that of --state, which then need not be there the first time",
    )


def _picking(parser: argparse.ArgumentParser) -> None:
    _config(parser)
    parser.add_argument("streams", nargs="*", metavar="STREAM", help="the streams to read; all when none is named")
    parser.add_argument(
        "--full",
        nargs="*",
        metavar="STREAM",
        help="read these in full each time, although they could be read incrementally; without a name, all",
    )


def _old_state(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--state", metavar="OLD", help="a state file; its streams that the messages have no state of are kept"
    )


def _polling(parser: argparse.ArgumentParser) -> None:
    _none(parser)
    polling.add_options(parser)


def _verifying(parser: argparse.ArgumentParser) -> None:
    _config(parser)
    verifying.add_options(parser)


def _viewing(parser: argparse.ArgumentParser) -> None:
    _none(parser)
    viewing.add_options(parser)


def _messages(entrypoint: Entrypoint, options: argparse.Namespace, printer: Printer) -> int:
    printer.emit(entrypoint.items(options))
    return 0


def _read(entrypoint: Entrypoint, options: argparse.Namespace, printer: Printer) -> int:
    if not options.state_out:
        return _messages(entrypoint, options, printer)
    kept, options.state = KeptStates.opened(options.state_out, options.state)
    try:
        printer.emit(kept.noting(entrypoint.items(options)))
    finally:
        kept.save()
    return 0


def _catalog(entrypoint: Entrypoint, options: argparse.Namespace, printer: Printer) -> int:
    if options.debug:
        entrypoint.heed_debug(options)
    source = entrypoint.source
    _, config = entrypoint.configured(options.config)
    streams = source.discover(LOGGER, config).streams
    catalog = configured_catalog(streams, options.streams, options.full, source.other_names)
    printer.write(orjson.dumps(ConfiguredAirbyteCatalogSerializer.dump(catalog)) + b"\n", at_once=True)
    return 0


def _state(entrypoint: Entrypoint, options: argparse.Namespace, printer: Printer) -> int:
    if sys.stdin.isatty():
        complain("Nothing is piped in. Use it as in: read ... | tee output.jsonl | state > state.json")
        return 2
    old = states_from(options.state) if options.state else []
    printer.write(file_of(old, states_in(_lines(STDIN))).encode(), at_once=True)
    return 0


def _lines(descriptor: int) -> IO[bytes]:
    return open(descriptor, "rb", closefd=False)


def _poll(entrypoint: Entrypoint, options: argparse.Namespace, printer: Printer) -> int:
    entrypoint.heed_debug(options)
    code = polling.asked(options, lambda line: printer.write(f"{line}\n".encode(), at_once=True))
    if code is not None:
        return code
    given, config = entrypoint.configured(options.config)
    return polling.poll(entrypoint.source, config, given, options)


def _verify(entrypoint: Entrypoint, options: argparse.Namespace, printer: Printer) -> int:
    if options.debug:
        entrypoint.heed_debug(options)
    _, config = entrypoint.configured(options.config)
    found = verifying.verify(entrypoint.source, config, options.streams)
    printer.write((report(found) if options.json else table(found)).encode(), at_once=True)
    return int(found.differs)


def _views(entrypoint: Entrypoint, options: argparse.Namespace, printer: Printer) -> int:
    printer.write(viewing.made(options).encode(), at_once=True)
    return 0


SOON = 4.0  # seconds
AFTER_READ = 9.0  # what feeds the pipe may take eight to end, and its last states count
COMMANDS = (
    Command("spec", "print the form of the configuration", _none, _messages),
    Command("check", "try the configuration, and say what is wrong with it", _config, _messages),
    Command("discover", "print all streams of the account, with their columns", _config, _messages),
    Command("catalog", "write the catalog of streams that read wants", _picking, _catalog, is_file=True),
    Command("read", "print the records of a catalog's streams, and their states", _reading, _read, SOON),
    Command("state", "write the state file of a read that is piped in", _old_state, _state, AFTER_READ, is_file=True),
    Command(
        "verify", "look whether an account's server does what is relied upon", _verifying, _verify, SOON, is_file=True
    ),
    Command("views", "write SQL views that show custom fields by their labels", _viewing, _views, is_file=True),
    Command("poll", "look for changes again and again, and tell a callback", _polling, _poll, SOON),
)
