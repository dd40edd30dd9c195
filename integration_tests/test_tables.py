"""The tables of the sources have no mistakes, and neither have their schemas where the tables name fields."""

from functools import partial

import pytest

from crm_source.resources import Resource
from crm_source.schemas import fields_of
from crm_source.table import Table
from source_insightly.resources import custom_object
from vendors import VENDORS, Vendor

MORE = {"insightly": custom_object("Fruit__c")}  # streams of an account's own


def fields_in(package: str, resource: Resource) -> tuple[str, ...]:
    return fields_of(package, resource.schema_name)


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_no_row_of_a_table_is_a_mistake(vendor: Vendor) -> None:
    source = vendor.source()
    table = Table.of([*source.resources, *MORE.get(vendor.name, ())])
    assert len(list(table)) > 80
    assert table.problems_of_fields(partial(fields_in, type(source).__module__.partition(".")[0])) == []
