"""A read that is told to stop: what is out and what is left are all there is, wherever the stop finds it."""

import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import AirbyteMessage, ConfiguredAirbyteCatalogSerializer

sys.path.insert(0, str(Path(__file__).parent))

from acme import AcmeSource, Server, catalog, config, read

from crm_source.errors import Stopped
from crm_source.reading import output
from crm_source.signals import Interrupt

ORDERS = 400
HANGS = 60  # seconds


class Taken:
    """The messages of one read, which is torn away or told to stop from inside."""

    def __init__(self, source: AcmeSource) -> None:
        given = ConfiguredAirbyteCatalogSerializer.load(catalog("orders"))
        self.messages: Iterator[AirbyteMessage] = source.read(logging.getLogger("a"), config(num_workers=2), given, [])
        self.ids: list[int] = []
        self.states: list[dict[str, Any]] = []

    def run(self) -> None:
        for one in self.messages:
            if one.record:
                self.ids.append(one.record.data["id"])
            elif one.state and one.state.stream:
                self.states.append(dict(vars(one.state.stream.stream_state)))


def unread_after(taken: Taken, server: Server) -> set[int]:
    """The rows that neither came out nor come with the next read."""
    last = {"orders": taken.states[-1]} if taken.states else {}
    rest = read(AcmeSource(server), ["orders"], last)
    assert rest.error is None
    return set(range(1, ORDERS + 1)) - {*taken.ids, *rest.ids("orders")}


@pytest.mark.parametrize("page", [1, 5, 40])
def test_a_read_that_is_torn_away_with_a_page_in_its_hand_says_nothing_of_that(
    page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page is taken off the queue and is not out yet."""
    server, seen = Server(orders=ORDERS), []
    in_message = output.PageItem.in_message

    def torn(message: AirbyteMessage) -> Any:
        found = in_message(message)
        seen.extend([found] if found else [])
        if found and len(seen) == page:
            raise Interrupt
        return found

    taken = Taken(AcmeSource(server))
    with monkeypatch.context() as patch:
        patch.setattr(output.PageItem, "in_message", staticmethod(torn))
        with pytest.raises(Interrupt):
            taken.run()
    assert unread_after(taken, server) == set()


def test_a_read_that_waits_for_an_answer_ends_by_itself_when_it_is_told_to_stop() -> None:
    """The worker hears nothing, as one that is in a recv; the states are out all the same."""
    server, begun, answer = Server(orders=ORDERS), threading.Event(), threading.Event()
    source = AcmeSource(server)
    requests = iter(range(10_000))

    def hang(path: str) -> None:
        if path == "/orders" and next(requests) == 5:
            begun.set()
            answer.wait(HANGS)

    server.before = hang
    threading.Thread(target=lambda: (begun.wait(HANGS), source.stop.set()), daemon=True).start()
    taken = Taken(source)
    with pytest.raises(Stopped):
        taken.run()
    assert not answer.is_set()
    answer.set()
    server.before = lambda path: None
    assert taken.ids
    assert taken.states
    assert len(taken.ids) < ORDERS
    assert unread_after(taken, server) == set()
