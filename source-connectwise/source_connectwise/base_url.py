"""Every form in which people give the address of a ConnectWise server, made into the one that serves the API.

Sections are those of docs/vendors/connectwise.md (1.1, 1.3).
"""

import re
from urllib.parse import urlsplit

from crm_source.door.texts import shown
from crm_source.door.urls import problem_of_host
from crm_source.errors import configuration_error

API = "/v4_6_release/apis/3.0"  # the router to whatever version the server runs, on the cloud and elsewhere
REGIONS = ("na", "eu", "au", "aus", "za")
ADVICE = "Give na, eu, au or the host of your own server, such as https://api-na.myconnectwise.net."
PLACEHOLDER = re.compile(r"[<>{}$]|^api-(\.|$)|^your-?(host|server|site|region|company)(-?name)?(\.|$)")


def server_of(url: str) -> str:
    """`https://HOST`, for an address whose scheme has been checked. Path and query are left off: they are known.

    Raises a configuration error for an example that was left as it is.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    if not host or PLACEHOLDER.search(host):
        raise configuration_error(f"base_url: {shown(url)} is not the address of a server. {ADVICE}")
    if host in REGIONS:
        host += ".myconnectwise.net"
    region, _, domain = host.partition(".")
    is_cloud = (domain == "myconnectwise.net" and region in REGIONS) or host == "staging.connectwisedev.com"
    if is_cloud:  # where people log in; the API is beside it
        host = f"api-{host}"
    if "." not in host and host != "localhost" and ":" not in host:
        raise configuration_error(f"base_url: {shown(host)} is neither a region of ConnectWise nor a host. {ADVICE}")
    port = f":{parts.port}" if parts.port else ""
    server = f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"
    if why := problem_of_host(urlsplit(server)):
        raise configuration_error(f"base_url: {shown(host)} is not the address of a server: {why}. {ADVICE}")
    return server
