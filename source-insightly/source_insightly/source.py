"""The Airbyte source."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from crm_source.api import Api
from crm_source.config import Config
from crm_source.entries.entry import Entry, path_of, query_of
from crm_source.entries.table import own_stream
from crm_source.report import Report
from crm_source.resources import Resource
from crm_source.source import CrmSource
from crm_source.table import Table
from source_insightly.api import InsightlyApi
from source_insightly.resources import RESOURCES, custom_object
from source_insightly.resources.rows import STYLE, Insightly

# As the platform's documents print them; the API has no names with dots.
MISPRINTS = {"DATE_UPDATED.UTC": "DATE_UPDATED_UTC", "DATE_CREATED.UTC": "DATE_CREATED_UTC"}


class SourceInsightly(CrmSource):
    """Insightly: check, discover and read every list that the user of an API key may see."""

    @property
    def resources(self) -> Sequence[Resource]:
        return RESOURCES

    @property
    def element_key(self) -> str:
        return "insightly"

    @property
    def instance_resources(self) -> Mapping[str, str]:
        return {
            "contacts": "contacts",
            "accounts": "organisations",
            "leads": "leads",
            "opportunities": "opportunities",
        }

    def user_defined(self, entry: Entry) -> Resource:
        """A custom object, or a list: its /Search where the entry asks for what changed, else all of it (2.2)."""
        if entry.name.endswith("__c"):
            return custom_object(entry.name)[0]
        path, entry = path_of(entry.url).rstrip("/"), entry.respelled(MISPRINTS)
        is_search = path.lower().endswith("/search")
        is_searched = is_search or "updated_after_utc" in query_of(entry.url).lower()
        path = path.rpartition("/")[0] if is_search else path
        return own_stream(entry, path, "by_place", page_size=STYLE.page_size, vendor=Insightly(is_searched=is_searched))

    def api(self, config: Config, table: Table, report: Report) -> Api:
        return InsightlyApi(config, table, report)

    def sent_secrets(self, config: Mapping[str, Any]) -> list[str]:
        return [b64encode(f"{config.get('password', '')}:".encode()).decode()]
