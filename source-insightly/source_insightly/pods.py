"""Where an account is. Sections are those of the project's notes on the Insightly API (1)."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from crm_source.door.texts import shown
from crm_source.errors import configuration_error

KNOWN = ("na1", "eu1", "au1")  # pods in use for certain, or named by several integrations
VERSION = "/v3.1"
POD = re.compile(r"(?:https?://)?(?:(?:api|crm)[.])?([a-z0-9]+)(?:[.]insightly[.]com(?:[/?#].*)?)?", re.IGNORECASE)
NO_PODS = ("api", "crm", "www", "insightly")


def pod_of(text: str) -> str:
    """The pod, from its name or from the API URL that Insightly shows. Raises a configuration error."""
    found = POD.fullmatch(text.strip())
    pod = found[1].lower() if found else ""
    if not pod or pod in NO_PODS:
        raise configuration_error(
            f"pod: {shown(text)} is not the name of a pod. It is the part after `api.` of the API URL that Insightly "
            "shows under User Settings, API, such as na1."
        )
    return pod


def url_of(pod: str) -> str:
    return f"https://api.{pod}.insightly.com{VERSION}"


def address_of(settings: Mapping[str, Any]) -> tuple[str, str]:
    """The URL that paths are added to, and the pod; no pod where the configuration has an address of its own."""
    base_url = settings.get("base_url")
    if not base_url:
        pod = pod_of(settings["pod"])
        return url_of(pod), pod
    return (base_url if urlsplit(base_url).path else base_url + VERSION), ""
