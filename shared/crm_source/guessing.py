"""Requests that are sent once, as whoever sends them makes sure in the end."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_thread = threading.local()


@contextmanager
def guessing() -> Iterator[None]:
    """For what this thread asks: a failure that a row may be the cause of is believed, and the request not sent again.

    The search for that row fails at every second request.
    """
    _thread.guesses = True
    try:
        yield
    finally:
        _thread.guesses = False


def is_guess() -> bool:
    return getattr(_thread, "guesses", False)
