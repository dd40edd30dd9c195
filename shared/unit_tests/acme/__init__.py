"""Acme: a vendor that nobody polls, to show that the engine works for one that lists by id."""

from acme.output import Output, catalog, config, read
from acme.server import NOW, START, Server
from acme.source import AcmeSource

__all__ = ["NOW", "START", "AcmeSource", "Output", "Server", "catalog", "config", "read"]
