"""`make demo-poll`: the poller of each source tells a callback of changes, with nothing but this machine.

Starts a simulator of the vendor and a callback on loopback, and runs `poll --once` of the console script as a
scheduler does: once to begin; after a row was created, one was changed and twelve were edited at once; while the
callback is out of order; and when it is back. Names of vendors may follow; without any, all take their turn, side by
side. Exit code 1 when an event did not arrive, or not as it should have.
"""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson

from connector import Output, parsed, script
from demos import SHOWS
from demos.show import Polled, Show
from receiver import MOST_EVENTS, Received, Receiver, openssl_signature

KEY = "MySecretEventSignatureKey"
BURST = 12
LINE = "{:<16}{:<14}{:>8}{:>9}  {:<10} {}"

Expected = set[tuple[str, str, str]]  # resource, type of the event, id of the object


class DemoError(Exception):
    """Something did not go as it should; the text says what."""


class PollDemo:
    """The demo of one source: a simulated account, a callback, and the poller's files, which stay in `folder`.

    `lines` is what there is to show.
    """

    def __init__(self, show: Show, simulator: Any, callback: Receiver, folder: Path):
        self._show = show
        self._simulator = simulator
        self._callback = callback
        self._folder = folder
        self._seen = 0
        self.lines: list[str] = []

    def run(self, url: str) -> None:
        """Raises DemoError at the first step that does not bring what it should."""
        config = {
            **self._simulator.credentials,
            "base_url": url,
            "event.notification.enabled": "true",
            "event.notification.callback.url": self._callback.url,
            "event.notification.signature.key": KEY,
        }
        (self._folder / "config.json").write_bytes(orjson.dumps(config, option=orjson.OPT_INDENT_2))
        self.lines += [f"simulator  {url}", f"callback   {self._callback.url}"]
        one, many = self._show.polled

        self._poll("The first poll: what changes from now on is told.")
        self._shows(set())

        changes = self._change(one, 1) | self._change(many, BURST)
        changes.add((one.resource, "CREATED", str(self._simulator.create(one.kind)[one.key])))
        self._poll(f"{one.resource}: 1 created, 1 changed; {many.resource}: {BURST} changed.")
        self._shows(changes)

        changes = self._change(one, 1)
        self._callback.status = 503
        self._poll(f"{one.resource}: 1 changed, while the callback answers 503. It is kept.", exit_code=1)
        self._shows(set())

        self._callback.status = 200
        self._poll("The callback is back.")
        self._shows(changes)
        self.lines.append(f"\nThe last event: {orjson.dumps(self._callback.events[-1]).decode()}")

    def _change(self, polled: Polled, count: int) -> Expected:
        return {(polled.resource, "UPDATED", id_) for id_ in self._simulator.change(polled.kind, count)}

    def _poll(self, title: str, exit_code: int = 0) -> None:
        self.lines.append(f"\n{title}")
        files = ("--config", str(self._folder / "config.json"), "--state", str(self._folder / "state.json"))
        command = [script(self._show.script), "poll", *files, "--once", "--allow-private-callback"]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
        output = parsed(done.stdout.splitlines(), Output())
        for text in output.logs:
            if text.startswith(("Poll of", "Notification")):
                self.lines.append(f"   {text}")
        if output.errors or done.returncode != exit_code:
            why = " ".join([*output.errors, *output.logs]) if output.errors else f"exit code {done.returncode}"
            raise DemoError(f"poll did not end as expected: {why}")

    def _shows(self, expected: Expected) -> None:
        """Print what the callback received since the last time, and see that what was expected is there."""
        received, self._seen = self._callback.notifications[self._seen :], len(self._callback.notifications)
        if received:
            self.lines.append(LINE.format("   notification", "resource", "CREATED", "UPDATED", "signature", "ids"))
        for one in received:
            self.lines.append(_line(one))
        found = [
            (event["objectType"], event["eventType"], event["objectId"]) for one in received for event in one.events
        ]
        if self._callback.violations:
            raise DemoError(f"The callback refused notifications: {'; '.join(self._callback.violations)}.")
        if missing := expected - set(found):
            raise DemoError(f"These events did not arrive: {sorted(missing)}.")
        if len(found) > len(set(found)):
            raise DemoError("Events arrived twice.")
        if found and not expected:
            raise DemoError(f"These events should not have arrived: {found}.")


def _line(one: Received) -> str:
    """One notification. Raises DemoError when it is not signed or too large."""
    types = [event["eventType"] for event in one.events]
    if one.headers.get("elements-webhook-signature") != openssl_signature(KEY, one.body):
        raise DemoError(f"The signature of notification {one.id} is wrong.")
    if len(types) > MOST_EVENTS:
        raise DemoError(f"Notification {one.id} has {len(types)} events.")
    ids = [event["objectId"] for event in one.events]
    more = f" and {len(ids) - 1} more" if len(ids) > 1 else ""
    counts = types.count("CREATED"), types.count("UPDATED")
    return LINE.format(f"   {one.id[:8]}...", one.events[0]["objectType"], *counts, "verified", ids[0][:12] + more)


def _run(show: Show) -> tuple[list[str], str]:
    """What there is to show of one source, and what went wrong, if anything did."""
    simulator = show.simulator()
    with (
        simulator.serve() as url,
        Receiver(signature_key=KEY) as callback,
        tempfile.TemporaryDirectory() as folder,
    ):
        demo = PollDemo(show, simulator, callback, Path(folder))
        try:
            demo.run(url)
        except DemoError as error:
            return demo.lines, str(error)
        return demo.lines, ""


def main(names: Sequence[str]) -> int:
    known = [show.vendor for show in SHOWS]
    if unknown := sorted(set(names) - set(known)):
        print(f"There is no demo of {', '.join(unknown)}. There are: {', '.join(known)}.", file=sys.stderr)
        return 2
    chosen = [show for show in SHOWS if not names or show.vendor in names]
    failed = False
    with ThreadPoolExecutor(len(chosen)) as pool:
        for show, (lines, error) in zip(chosen, pool.map(_run, chosen), strict=True):
            print("\n".join([f"\n{show.script} poll\n", *lines]), flush=True)
            if error:
                print(f"The demo of {show.script} failed. {error}", file=sys.stderr)
                failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
