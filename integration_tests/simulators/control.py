"""Control of a simulator that runs as its own process: a few paths under `/_control/`, and its command line."""

import argparse
import os
import sys
import threading
from collections.abc import Callable
from typing import Protocol

import orjson

from simulators import server
from simulators.clock import Clock
from simulators.messages import Answer, Request, json_answer
from simulators.recorder import Recorder

PREFIX = "/_control/"


class Controllable(Protocol):
    """What a vendor's simulator offers to be run as a process."""

    clock: Clock
    recorder: Recorder
    latency: float
    api_key: str

    @property
    def credentials(self) -> dict[str, str]: ...

    def change(self, kind: str, count: int) -> list[str]: ...

    def handle(self, request: Request) -> Answer: ...


def controlled(simulator: Controllable) -> Callable[[Request], Answer]:
    """The simulator's handler, with the control paths in front."""

    def handle(request: Request) -> Answer:
        if not request.path.startswith(PREFIX):
            return simulator.handle(request)
        try:
            return json_answer(_control(simulator, request))
        except (KeyError, ValueError) as error:
            return json_answer({"error": str(error)}, 400)

    return handle


def _control(simulator: Controllable, request: Request) -> dict[str, object]:
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


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options that every vendor's process has."""
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--history-days", type=float, default=365)
    parser.add_argument("--plateau", type=int, default=0)
    parser.add_argument("--compact", action="store_true", help="rows without empty values")
    parser.add_argument("--real-clock", action="store_true")
    parser.add_argument("--keep-running", action="store_true", help="do not stop when stdin is closed")


def run(simulator: Controllable, options: argparse.Namespace, base_path: str) -> None:
    """Serves until SIGTERM, SIGINT or the end of stdin; prints URL, key and credentials as one line of JSON first.

    `credentials` are what a source's configuration needs besides the URL; `api_key` is the secret among them.
    """
    stop = threading.Event()
    simulator.latency = options.latency_ms / 1000

    def ready(url: str) -> None:
        line = {
            "url": url + base_path,
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
