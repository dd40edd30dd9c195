"""The Airbyte source."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from crm_source.api import Api
from crm_source.config import Config
from crm_source.progress import Report
from crm_source.resource import Resource
from crm_source.source import CrmSource
from source_closeio.api import CloseApi
from source_closeio.resources import RESOURCES


class SourceCloseio(CrmSource):
    """Close: check, discover and read every object of the account that an API key belongs to."""

    @property
    def resources(self) -> Sequence[Resource]:
        return RESOURCES

    def api(self, config: Config, report: Report) -> Api:
        return CloseApi(config, RESOURCES, report)

    def sent_secrets(self, config: Mapping[str, Any]) -> list[str]:
        return [b64encode(f"{config.get('username', '')}:".encode()).decode()]
