"""The tables of the sources have no mistakes, and neither have their schemas where the tables name fields."""

from functools import partial

import pytest

from crm_source.resources import Resource
from crm_source.schemas import fields_of
from crm_source.source import CrmSource
from crm_source.table import Table
from source_closeio import SourceCloseio
from source_connectwise import SourceConnectwise
from source_insightly import SourceInsightly
from source_insightly.resources import custom_object


def fields_in(package: str, resource: Resource) -> tuple[str, ...]:
    return fields_of(package, resource.schema_name)


@pytest.mark.parametrize(
    ("source", "more"),
    [(SourceCloseio(), ()), (SourceConnectwise(), ()), (SourceInsightly(), tuple(custom_object("Fruit__c")))],
    ids=lambda one: type(one).__name__ if isinstance(one, CrmSource) else "",
)
def test_no_row_of_a_table_is_a_mistake(source: CrmSource, more: tuple[Resource, ...]) -> None:
    table = Table.of([*source.resources, *more])
    assert len(list(table)) > 80
    assert table.problems_of_fields(partial(fields_in, type(source).__module__.partition(".")[0])) == []
