"""The Airbyte source."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from crm_source.api import Api
from crm_source.config import Config
from crm_source.entries.entry import Entry, path_of
from crm_source.entries.table import own_stream
from crm_source.report import Report
from crm_source.resources import Resource
from crm_source.source import CrmSource
from crm_source.table import Table
from source_connectwise.api import ConnectWiseApi
from source_connectwise.credentials import basic
from source_connectwise.names import LISTS, other_names
from source_connectwise.resources import RESOURCES
from source_connectwise.resources.rows import STYLE, UNKNOWN

IS_INSTANCE = "is_instance"  # an entry that `configure` adds


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
        polled = ("contacts", "incidents", "organizations", "configurations", "opportunities")
        return {name: LISTS.get(name, name) for name in polled}

    @property
    def other_names(self) -> Mapping[str, str]:
        """Names of streams of version 0.1.0 and of an integration platform -> the streams (names.py)."""
        return other_names(one.name for one in self.resources)

    def configure(self, config: Mapping[str, Any], temp_dir: str) -> Mapping[str, Any]:
        """Also keep whether the configuration is an instance's, whose streams have its names."""
        is_instance = isinstance(config.get("configuration"), Mapping) or any("." in str(name) for name in config)
        return {**super().configure(config, temp_dir), IS_INSTANCE: config.get(IS_INSTANCE, is_instance)}

    def shown_names(self, config: Mapping[str, Any]) -> Mapping[str, str]:
        """The platform's names, for an instance, and where the poller's configuration has them."""
        given = {entry.name.lower() for entry in self.entries(config)}
        return {own: other for other, own in LISTS.items() if config.get(IS_INSTANCE) or other in given}

    def user_defined(self, entry: Entry) -> Resource:
        """A list by id, filtered by lastUpdated where it has that; by page, and in full, where rows have no id."""
        walk = "by_id" if entry.id_field in ("", "id") else "by_page"
        own = own_stream(entry, path_of(entry.url).rstrip("/"), walk, page_size=STYLE.page_size)
        return replace(own, dates=replace(own.dates or STYLE.dates, unknown=UNKNOWN))

    def api(self, config: Config, table: Table, report: Report) -> Api:
        return ConnectWiseApi(config, table, report)

    def sent_secrets(self, config: Mapping[str, Any]) -> list[str]:
        company, public, private = (str(config.get(name, "")) for name in ("company", "public_key", "private_key"))
        return [basic(company, public, private)]
