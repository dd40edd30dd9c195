"""An account that is polled, with its callback: the fixture of the poller's whole-connector tests."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connector import Json, Output, parsed
from crm_source.dates import instant, text_of
from poll_accounts import Polls, command
from poll_process import ended
from receiver import Receiver


@dataclass
class Polling:
    """Runs `poll --once` as often as a test wants, with the files of the run before."""

    polls: Polls
    sim: Any
    url: str
    receiver: Receiver
    folder: Path
    config: Json = field(default_factory=dict)
    outputs: list[Output] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.config = self.polls.instance(self.sim, self.url, self.receiver)

    @property
    def state(self) -> Path:
        return self.folder / "state.json"

    @property
    def queue(self) -> Path:
        return self.folder / "state.json.queue"

    @property
    def text(self) -> str:
        """All that was printed."""
        return "".join(path.read_text() for path in self.folder.glob("*.log"))

    def configure(self, poller: Any = None, **more: Any) -> None:
        """More entries of the instance's configuration, with two underscores for a dot."""
        block = {name.replace("__", "."): value for name, value in more.items()}
        if poller is not None:
            block["event.poller.configuration"] = poller
        self.config = self.config | {"configuration": self.config["configuration"] | block}

    def command(self, *more: str) -> list[str]:
        return command(self.folder, self.config, *more)

    def once(self, *more: str) -> Output:
        """One poll, some time after the one before. Whatever it prints must be messages."""
        return self.run(*self.command("--once", *more))

    def run(self, *arguments: str) -> Output:
        self.sim.clock.advance(2)
        log = self.folder / f"{len(self.outputs)}.log"
        code = ended(f"source_{self.polls.name}", arguments, log)
        output = parsed((line for line in log.read_text().splitlines() if line), Output(exit_code=code))
        assert not output.other_text
        self.outputs.append(output)
        return output

    def create(self, resource: str, text: str = "new") -> str:
        return self.polls.create(self.sim, resource, text)

    def update(self, resource: str, text: str = "changed", place: int = 0) -> str:
        """Changes a row that there was from the beginning; its id."""
        id_ = self.sim.ids(self.polls.kinds[resource])[place]
        return self.polls.update(self.sim, resource, id_, text)

    def date(self, resource: str, id_: str) -> str:
        """The event's date for the row as it is."""
        record = self.polls.record_of(self.sim, resource, id_)
        value = record.get("lastUpdated") or record.get("date_updated") or record["DATE_UPDATED_UTC"]
        return text_of(instant(value).replace(microsecond=0))

    @property
    def told(self) -> list[tuple[str, str, str]]:
        """Resource, id and text of each event, in order; those of a duplicate only once."""
        found = []
        for one in {one.id: one for one in self.receiver.notifications}.values():
            records = one.message["raw"][one.message["raw"]["objectType"]]
            for event, record in zip(one.events, records, strict=True):
                kind = event["objectType"]
                found.append((kind, event["objectId"], record.get(self.polls.texts[kind], "")))
        return found

    def states(self) -> dict[str, Json]:
        """Those of the state file, as `read` takes them."""
        return {one["stream"]["stream_descriptor"]["name"]: one for one in json.loads(self.state.read_text())}


@contextmanager
def polled(polls: Polls, folder: Path, key: str = "", username: str = "", password: str = "") -> Iterator[Polling]:
    """An account of the vendor and a callback with this key, user and password, to which all that is posted is good."""
    sim = polls.account()
    with sim.serve() as url, Receiver(key, username, password) as receiver:
        yield Polling(polls, sim, url, receiver, folder)
        assert not receiver.violations
