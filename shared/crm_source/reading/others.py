"""Records that nothing happened to: their lists show whether those that cannot be read are alone in that."""

from crm_source.dates import BEGINNING
from crm_source.errors import ApiError
from crm_source.reading.level import Tree
from crm_source.resources import Listed, Nested
from crm_source.task import Task
from crm_source.walks.page import Row
from crm_source.walks.windows import Window

MOST = 3  # records


def first_rows(tree: Tree, resource: Nested) -> list[Row]:
    """Rows of the list that the records of `resource` come from, for a request or a few. None where these live below a
    list themselves, and where it cannot be read."""
    *between, root = tree.api.table.lineage(resource)[1:]
    if not isinstance(root, Listed) or any(isinstance(one, Nested) for one in between):
        return []
    window = Window(BEGINNING, tree.until) if root.dates else None
    try:
        rows = tree.api.walk(Task(root, window, until=tree.until)).sample()
    except ApiError:
        return []
    return [row for row in rows if row.__class__ is dict]
