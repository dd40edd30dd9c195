"""The Airbyte source."""

from collections.abc import Mapping, Sequence
from typing import Any

from crm_source.api import Api
from crm_source.config import Config
from crm_source.entries.entry import Entry, path_of
from crm_source.entries.table import own_stream
from crm_source.report import Report
from crm_source.resources import Resource
from crm_source.source import CrmSource
from source_connectwise.api import ConnectWiseApi
from source_connectwise.credentials import basic
from source_connectwise.resources import RESOURCES
from source_connectwise.resources.rows import ConnectWiseResource


class SourceConnectwise(CrmSource):
    """ConnectWise PSA: check, discover and read every list that an API member's role may inquire."""

    @property
    def resources(self) -> Sequence[Resource]:
        return RESOURCES

    @property
    def element_key(self) -> str:
        return "connectwisecrmrest"

    @property
    def instance_resources(self) -> Mapping[str, str]:
        return {name: name for name in ("contacts", "incidents", "organizations", "configurations", "opportunities")}

    def user_defined(self, entry: Entry) -> Resource:
        """A list by id, filtered by lastUpdated where it has that; by page, and in full, where rows have no id."""
        walk = "by_id" if entry.id_field in ("", "id") else "by_page"
        return own_stream(entry, ConnectWiseResource, path_of(entry.url).rstrip("/"), walk)

    def api(self, config: Config, resources: Sequence[Resource], report: Report) -> Api:
        return ConnectWiseApi(config, resources, report)

    def sent_secrets(self, config: Mapping[str, Any]) -> list[str]:
        company, public, private = (str(config.get(name, "")) for name in ("company", "public_key", "private_key"))
        return [basic(company, public, private)]
