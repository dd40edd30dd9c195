"""How the tests of the walks ask for lists."""

from collections.abc import Callable
from typing import Any

from crm_source.errors import ApiError, Kind, Verdict
from crm_source.guessing import is_guess
from crm_source.walks.ask import Ask
from crm_source.walks.page import Page
from crm_source.walks.sizes import PageSize


def ask(fetch: Callable[..., Page], limit: int, least: int = 1, **more: Any) -> Ask:
    return Ask(fetch, PageSize(limit, least), **more)


def failing_guess(number: int) -> Callable[[], None]:
    """What a server does before each request, of which guesses fail from that one on, whatever is asked; 0: none."""
    guesses = 0

    def look() -> None:
        nonlocal guesses
        guesses += is_guess()
        if is_guess() and guesses >= number > 0:
            raise ApiError(Verdict(Kind.POISONED, "a mistake"), "s")

    return look
