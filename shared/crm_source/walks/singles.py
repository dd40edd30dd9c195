"""Objects that are asked for one at a time, by their ids."""

from collections.abc import Callable
from typing import TypeVar

from crm_source.errors import ApiError, Kind
from crm_source.walks.ask import Ask

Found = TypeVar("Found")


def unless_bad(ask: Ask, id_: object, fetch: Callable[[], Found], look: Callable[[], object]) -> Found | None:
    """What `fetch` brings. None: this object cannot be sent, and is left out and reported.

    `look` asks for others of the list: when they fail as well, it is not the object. Raises ApiError.
    """
    try:
        return fetch()
    except ApiError as error:
        if error.kind is not Kind.POISONED:
            raise
        look()
        ask.skip(str(id_), error)
        return None
