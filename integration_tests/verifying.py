"""Runs `verify`, over accounts whose servers may lie, and reads its report."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connector import UNPACED, Json, files, script
from crm_source.verifying import command, telling
from liar.honest import VENDOR

SECONDS = 60


@dataclass
class Verified:
    """`text` is the report, or the table; `told` is what stood on standard error."""

    text: str
    exit_code: int
    told: str = ""

    @property
    def report(self) -> Json:
        found: Json = json.loads(self.text)
        return found

    def stream(self, name: str) -> Json:
        found: Json = next(one for one in self.report["streams"] if one["stream"] == name)
        return found

    def differing(self, name: str) -> Mapping[str, str]:
        """Look -> what differs."""
        return _differing(self.stream(name)["looks"])

    @property
    def server(self) -> Mapping[str, str]:
        """Likewise of what all answers have."""
        return _differing(self.report["server"])

    @property
    def all_differing(self) -> Mapping[str, Mapping[str, str]]:
        """By stream, of those where something differs."""
        names = (one["stream"] for one in self.report["streams"])
        return {name: found for name in names if (found := self.differing(name))}


def _differing(looks: Json) -> dict[str, str]:
    return {look: found["what"] for look, found in looks.items() if found["is"] == "differs"}


def verify(vendor: str, config: Json, streams: Sequence[str] = ()) -> Verified:
    """In this process."""
    source = VENDOR[vendor].source()
    found = command.verify(source, source.configure(config, ""), streams)
    return Verified(telling.report(found), int(found.differs))


def verify_process(vendor: str, config: Json, *args: str) -> Verified:
    """The console script, with requests that are not spaced out."""
    with files(config, None, None) as folder:
        line = [sys.executable, UNPACED, script(VENDOR[vendor].script), "verify"]
        line += ["--config", f"{folder}/config.json", *args]
        found = subprocess.run(line, capture_output=True, text=True, timeout=SECONDS)
    return Verified(found.stdout, found.returncode, found.stderr)
