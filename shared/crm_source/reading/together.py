"""Lists of several records that are asked for in one request, taken apart by the record that each row names.

The rows of so many lists are held until all have come, so what fails has let none of them out. A request that fails is
made again for each half of its records, down to the one whose list it is.
"""

from collections.abc import Callable, Iterator, Sequence

from crm_source.api import Api
from crm_source.errors import ApiError, Kind, Verdict
from crm_source.reading.refusals import FAILED, OF_ONE_RECORD
from crm_source.records import value_at
from crm_source.resources import Nested
from crm_source.table import placeholders
from crm_source.task import Task
from crm_source.walks.at_once import Rows
from crm_source.walks.page import Row
from crm_source.walks.walk import Walk

MakeTask = Callable[[Sequence[Row]], Task]


class Part(Rows):
    """The rows of one of the lists. `is_all`: none of any of them had to be left out."""

    def __init__(self, rows: list[Row], is_all: bool):
        super().__init__(lambda: rows)
        self._is_all = is_all

    @property
    def is_whole(self) -> bool:
        return self._is_all


def walks_of(api: Api, resource: Nested, parents: Sequence[Row], task: MakeTask) -> Iterator[Callable[[], Walk]]:
    """What makes the walk of each record's list, in their order; it raises the ApiError of that list.

    Raises ApiError for what is no matter of the records that were asked for.
    """
    if resource.batch == 1:
        yield from (lambda parent=parent: api.walk(task([parent])) for parent in parents)
        return
    for start in range(0, len(parents), resource.batch):
        yield from _lists(api, resource, parents[start : start + resource.batch], task)


def _lists(api: Api, resource: Nested, parents: Sequence[Row], task: MakeTask) -> Iterator[Callable[[], Walk]]:
    try:
        parts = _parts(api, resource, parents, task)
    except ApiError as error:
        if error.kind not in (*OF_ONE_RECORD, *FAILED):
            raise
        if len(parents) == 1:
            yield _failing(error)
            return
        middle = len(parents) // 2
        yield from _lists(api, resource, parents[:middle], task)
        yield from _lists(api, resource, parents[middle:], task)
    else:
        yield from (lambda part=part: part for part in parts)


def _parts(api: Api, resource: Nested, parents: Sequence[Row], task: MakeTask) -> list[Part]:
    (name,) = set(placeholders(resource))
    lists: dict[str, list[Row]] = {str(value_at(parent, name)): [] for parent in parents}
    walk = api.walk(task(parents))
    strangers = 0
    for rows in walk.pages():
        for row in rows:
            of = lists.get(str(value_at(row, resource.told_by))) if row.__class__ is dict else None
            if of is None:
                strangers += 1
            else:
                of.append(row)
    if strangers and not any(lists.values()):
        text = f"none of {strangers:,} rows names one of the records that were asked for, in {resource.told_by}"
        raise ApiError(Verdict(Kind.SHAPE, text), resource.name)
    api.report.odd_rows(resource.name, strangers)
    return [Part(lists[str(value_at(parent, name))], walk.is_whole) for parent in parents]


def _failing(error: ApiError) -> Callable[[], Walk]:
    def fail() -> Walk:
        raise error

    return fail
