"""The Airbyte source."""

from collections.abc import Mapping, Sequence
from typing import Any

from crm_source.api import Api
from crm_source.config import Config
from crm_source.progress import Report
from crm_source.resource import Resource
from crm_source.source import CrmSource
from source_connectwise.api import ConnectWiseApi
from source_connectwise.credentials import basic
from source_connectwise.resources import RESOURCES


class SourceConnectwise(CrmSource):
    """ConnectWise PSA: check, discover and read every list that an API member's role may inquire."""

    @property
    def resources(self) -> Sequence[Resource]:
        return RESOURCES

    def api(self, config: Config, report: Report) -> Api:
        return ConnectWiseApi(config, RESOURCES, report)

    def sent_secrets(self, config: Mapping[str, Any]) -> list[str]:
        company, public, private = (str(config.get(name, "")) for name in ("company", "public_key", "private_key"))
        return [basic(company, public, private)]
