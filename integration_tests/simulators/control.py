"""Control of a simulator that runs as its own process: a few paths under `/_control/`, and its command line."""

import argparse
import os
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson

from simulators import server
from simulators.base import Simulator
from simulators.messages import Answer, Request, json_answer

PREFIX = "/_control/"


def controlled(simulator: Simulator) -> Callable[[Request], Answer]:
    """The simulator's handler, with the control paths in front."""

    def handle(request: Request) -> Answer:
        if not request.path.startswith(PREFIX):
            return simulator.handle(request)
        try:
            return json_answer(_control(simulator, request))
        except (KeyError, ValueError) as error:
            return json_answer({"error": str(error)}, 400)

    return handle


def _control(simulator: Simulator, request: Request) -> dict[str, object]:
    query = request.query
    match request.path.removeprefix(PREFIX).strip("/"):
        case "stats":
            pass
        case "reset":
            simulator.recorder.reset()
        case "advance":
            simulator.clock.advance(float(query["seconds"]))
        case "latency":
            simulator.latency = float(query["seconds"])
        case "change":
            return {"changed": simulator.change(query.get("kind", "lead"), int(query.get("count", "1")))}
        case other:
            raise ValueError(f"unknown control {other!r}: stats, reset, advance, latency, change")
    return {
        "requests": simulator.recorder.count,
        "violations": simulator.recorder.violations,
        "now": simulator.clock.now().isoformat(),
        "latency": simulator.latency,
    }


def parser(vendor: str, description: str | None, volumes: Mapping[str, int | None]) -> argparse.ArgumentParser:
    """The options that every vendor's process has, and one for each volume; of None the help says nothing."""
    made = argparse.ArgumentParser(prog=f"simulators.{vendor}", description=description)
    made.add_argument("--port", type=int, default=0)
    made.add_argument("--seed", type=int, default=7)
    made.add_argument("--latency-ms", type=float, default=0.0)
    made.add_argument("--history-days", type=float, default=365)
    made.add_argument("--plateau", type=int, default=0)
    made.add_argument("--compact", action="store_true", help="rows without empty values")
    made.add_argument("--real-clock", action="store_true")
    made.add_argument("--keep-running", action="store_true", help="do not stop when stdin is closed")
    for name, count in volumes.items():
        text = argparse.SUPPRESS if count is None else f"default {count}"
        made.add_argument(f"--{name.replace('_', '-')}", type=int, metavar="N", help=text)
    return made


def keywords(options: argparse.Namespace, volumes: Iterable[str]) -> dict[str, Any]:
    """What the parsed options are for the simulator's constructor."""
    given = {name: getattr(options, name) for name in ("seed", "real_clock", "history_days", "plateau", "compact")}
    rows = {name: getattr(options, name) for name in volumes if getattr(options, name) is not None}
    return {**given, **rows, "keep_requests": False}


def run(simulator: Simulator, options: argparse.Namespace) -> None:
    """Serves until SIGTERM, SIGINT or the end of stdin; prints URL, key and credentials as one line of JSON first.

    `credentials` are what a source's configuration needs besides the URL; `api_key` is the secret among them.
    """
    stop = threading.Event()
    simulator.latency = options.latency_ms / 1000

    def ready(url: str) -> None:
        line = {
            "url": url + simulator.prefix,
            "api_key": simulator.api_key,
            "credentials": simulator.credentials,
            "control": url + PREFIX,
            "pid": os.getpid(),
        }
        sys.stdout.write(orjson.dumps(line).decode() + "\n")
        sys.stdout.flush()

    def watch() -> None:
        sys.stdin.buffer.read()
        stop.set()

    if not options.keep_running:
        threading.Thread(target=watch, daemon=True).start()
    server.run(server.application(controlled(simulator)), options.port, ready, stop)
