"""How the tests of the walks ask for lists."""

from collections.abc import Callable
from typing import Any

from crm_source.walks.page import Page
from crm_source.walks.sizes import PageSize
from crm_source.walks.walk import Ask


def ask(fetch: Callable[..., Page], limit: int, least: int = 1, **more: Any) -> Ask:
    return Ask(fetch, PageSize(limit, least), **more)
