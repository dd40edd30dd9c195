"""Children that are read again for all open records: which, how often, and what is asked for (reference 12)."""

from datetime import timedelta
from typing import Any

import pytest
import requests_mock
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from connectwise_calls import API, SETTINGS, asked

from crm_source.config import Config
from crm_source.report import Report
from crm_source.resources import Nested
from crm_source.table import Table
from source_connectwise import SourceConnectwise
from source_connectwise.api import ConnectWiseApi
from source_connectwise.refreshing import OPEN
from source_connectwise.resources import RESOURCES

TABLE = Table.of(RESOURCES)


def made(**more: Any) -> ConnectWiseApi:
    return ConnectWiseApi(Config(raw={**SETTINGS, **more}), TABLE, Report())


def every(stream: str, **more: Any) -> timedelta | None:
    resource = TABLE[stream]
    assert isinstance(resource, Nested)
    return made(**more).refreshed_every(resource)


def test_agreement_additions_are_read_again_every_day_unless_somebody_says_otherwise() -> None:
    defaults = SourceConnectwise().configure(SETTINGS, "")
    assert every("agreement_additions", **defaults) == timedelta(days=1)
    others = [one.name for one in RESOURCES if isinstance(one, Nested) and one.name != "agreement_additions"]
    assert [name for name in others if every(name, **defaults)] == []


def test_the_distance_is_that_of_the_configuration_and_0_is_never() -> None:
    given = [{"stream": "project_phases", "hours": 6}, {"stream": "agreement_additions", "hours": 0}]
    assert every("project_phases", refresh_children_hours=given) == timedelta(hours=6)
    assert every("agreement_additions", refresh_children_hours=given) is None


def test_a_stream_that_cannot_be_read_again_is_told_with_the_nearest() -> None:
    with pytest.raises(AirbyteTracedException, match="Did you mean agreement_additions"):
        made(refresh_children_hours=[{"stream": "agreement_addition", "hours": 1}])


@pytest.mark.parametrize("stream", OPEN)
def test_open_records_are_listed_by_id_with_few_fields_and_the_users_filter(
    stream: str, connectwise: requests_mock.Mocker
) -> None:
    resource = TABLE[stream]
    assert isinstance(resource, Nested)
    parent = TABLE[resource.parent]
    connectwise.get(f"{API}{getattr(parent, 'path', '')}", json=[{"id": 5, "_info": {"lastUpdated": "x"}}])
    api = made(conditions=[{"stream": parent.name, "conditions": "id < 9 or id = 12"}])
    assert [row["id"] for rows in api.open_parents(resource).pages() for row in rows] == [5]
    assert asked(connectwise) == {
        "conditions": f"(id < 9 or id = 12) and {OPEN[stream]}",
        "fields": "id,_info/lastUpdated",
        "orderBy": "id asc",
        "pageSize": "1000",
    }
