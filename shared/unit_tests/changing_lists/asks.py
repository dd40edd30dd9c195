"""How the tests of the walks ask for lists."""

from collections.abc import Callable
from typing import Any

from crm_source.walks.ask import Ask
from crm_source.walks.page import Page
from crm_source.walks.sizes import PageSize


def ask(fetch: Callable[..., Page], limit: int, least: int = 1, **more: Any) -> Ask:
    return Ask(fetch, PageSize(limit, least), **more)
