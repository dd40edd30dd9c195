"""Where an account is. What is known of the hosts stands in docs/vendors/insightly.md, section 1."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from crm_source.door.texts import shown
from crm_source.errors import configuration_error

KNOWN = ("na1", "eu1", "au1")  # pods in use for certain, or named by several integrations
VERSION = "/v3.1"
WITHOUT_POD = f"https://api.insightly.com{VERSION}"
HOST = re.compile(r"(?:https?://)?(?:(?:api|crm)[.])?([a-z0-9]+)(?:[.]insightly[.]com(?:[/?#].*)?)?", re.IGNORECASE)
WITHOUT = re.compile(r"(?:https?://)?api[.]insightly[.]com(?:[/?#].*)?", re.IGNORECASE)
NO_PODS = ("api", "crm", "www", "insightly")
VENDORS = re.compile(r"(.*[.])?(insightly[.]com|insight[.]ly)", re.IGNORECASE)  # hosts that are no proxy
ADVICE = (
    "Insightly shows the API URL under User Settings, API, such as https://api.na1.insightly.com/v3.1: write that, or "
    f"the pod, which is the part after `api.` of the API URL, such as na1. Where it has none, write {WITHOUT_POD}."
)


@dataclass(frozen=True)
class Address:
    """`url`: what paths are added to. `pod` is empty where there is none. `entry` of the configuration said so."""

    url: str
    pod: str = ""
    entry: str = "pod"

    @property
    def is_insightly(self) -> bool:
        """Whether it is not a proxy of the user's own."""
        return bool(self.pod) or self.url == WITHOUT_POD

    def __str__(self) -> str:
        return f"pod {self.pod} ({self.url})" if self.pod else self.url

    def elsewhere(self, pod: str) -> AirbyteTracedException:
        """What to say when the key works at another pod."""
        here, value = (self.pod or self.url), (pod if self.entry == "pod" else url_of(pod))
        return configuration_error(
            f"{self.entry}: the API key belongs to pod {pod}, not to {here}. Set `{self.entry}` to {value}."
        )


def pod_of(text: str) -> str:
    """The pod, from its name or from the API URL that Insightly shows. Raises a configuration error."""
    found = HOST.fullmatch(text.strip())
    pod = found[1].lower() if found else ""
    if not pod or pod in NO_PODS:
        raise configuration_error(f"pod: {shown(text)} is not the name of a pod. {ADVICE}")
    return pod


def url_of(pod: str) -> str:
    return f"https://api.{pod}.insightly.com{VERSION}"


def address_of(settings: Mapping[str, Any]) -> Address:
    """The address that a configuration says. Raises a configuration error."""
    base_url = settings.get("base_url")
    if base_url:
        return _of_base_url(base_url)
    if WITHOUT.fullmatch(settings["pod"].strip()):
        return Address(WITHOUT_POD)
    pod = pod_of(settings["pod"])
    return Address(url_of(pod), pod)


def _of_base_url(base_url: str) -> Address:
    """A proxy's address is taken as it is, an address of Insightly's own has to be that of its API."""
    parts = urlsplit(base_url)
    if not VENDORS.fullmatch(parts.hostname or ""):
        return Address(base_url if parts.path else base_url + VERSION, entry="base_url")
    found = HOST.fullmatch(base_url)
    pod = found[1].lower() if found else ""
    is_without = bool(WITHOUT.fullmatch(base_url))
    is_page = (parts.hostname or "").startswith("crm.")  # of the application, as people copy it from their browser
    is_version = parts.path.lower() == "" or f"{parts.path.lower()}/".startswith(f"{VERSION}/")
    if not (is_without or (pod and pod not in NO_PODS)):
        raise configuration_error(f"base_url: {shown(base_url)} is not an address of the API. {ADVICE}")
    url, pod = (WITHOUT_POD, "") if is_without else (url_of(pod), pod)
    if not (is_version or is_page):
        raise configuration_error(
            f"base_url: {shown(base_url)} is not version 3.1 of the API, which this source reads: write {url}."
        )
    return Address(url, pod, "base_url")
