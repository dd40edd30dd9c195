"""Records that are known by their ids: asked for one by one, or, where there are many, looked for in the whole list."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from crm_source.deletions.id_sets import Id
from crm_source.errors import ApiError, Kind
from crm_source.walks.ask import Ask
from crm_source.walks.in_pages import InPages
from crm_source.walks.page import Row
from crm_source.walks.singles import unless_bad
from crm_source.walks.walk import Walk

MOST_IDS = 100  # records that are asked for one by one
NOT_THERE = (Kind.GONE, Kind.FORBIDDEN)  # or not this user's to see


def one_by_one(ids: Sequence[Id], ask: Ask, fetch: Callable[[Id], list[Row]]) -> Walk:
    """`ask`: how their list is asked for, by place. `fetch`: the record of an id, as a list of one."""

    def pages() -> Iterator[list[Row]]:
        for one in ids:
            try:
                yield unless_bad(ask, one, partial(fetch, one), partial(ask.fetch, None, 0, 2)) or []
            except ApiError as error:
                if error.kind not in NOT_THERE:
                    raise

    return InPages(pages)


def among(ids: Sequence[Id], key: str) -> Callable[[Row], bool]:
    """Whether a row of the list is one of these."""
    wanted = set(ids)
    return lambda row: row.get(key) in wanted
