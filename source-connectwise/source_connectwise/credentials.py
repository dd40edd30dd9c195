"""What every request carries. Sections are those of docs/vendors/connectwise.md."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import requests
from requests.auth import AuthBase

MODEL_VERSION = "2025.1"  # of the rows; without one the server sends those of its own version (1.4)


def basic(company: str, public_key: str, private_key: str) -> str:
    """The credentials in the form in which they are sent (1.4)."""
    return b64encode(f"{company}+{public_key}:{private_key}".encode()).decode()


class Credentials(AuthBase):
    """The key, the client id, and the version of the rows, on every request."""

    def __init__(self, settings: Mapping[str, Any]):
        version = settings.get("api_version") or MODEL_VERSION
        key = basic(settings["company"], settings["public_key"], settings["private_key"])
        self._headers = {
            "Authorization": f"Basic {key}",
            "clientId": settings["client_id"],
            "Accept": f"application/vnd.connectwise.com+json; version={version}",
        }

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update(self._headers)
        return request
