"""The Airbyte source."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from crm_source.api import Api
from crm_source.config import Config
from crm_source.entries.entry import Entry, path_of
from crm_source.entries.table import own_stream
from crm_source.report import Report
from crm_source.resources import Resource
from crm_source.source import CrmSource
from crm_source.table import Table
from source_closeio.api import CloseApi
from source_closeio.facts import UTC
from source_closeio.resources import RESOURCES


class SourceCloseio(CrmSource):
    """Close: check, discover and read every object of the account that an API key belongs to."""

    @property
    def resources(self) -> Sequence[Resource]:
        return RESOURCES

    @property
    def element_key(self) -> str:
        return "closeio"

    @property
    def instance_resources(self) -> Mapping[str, str]:
        return {"contacts": "contacts", "accounts": "leads"}

    def user_defined(self, entry: Entry) -> Resource:
        """A list by `_skip` and `_limit`, read in full: not every list of Close has a filter by date (2.2)."""
        return own_stream(entry, f"/{path_of(entry.url).strip('/')}/", "list", utc_fields=UTC)

    def api(self, config: Config, table: Table, report: Report) -> Api:
        return CloseApi(config, table, report)

    def sent_secrets(self, config: Mapping[str, Any]) -> list[str]:
        return [b64encode(f"{config.get('username', '')}:".encode()).decode()]
