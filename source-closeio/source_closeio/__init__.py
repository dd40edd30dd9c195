"""Airbyte source for Close."""

from source_closeio.source import SourceCloseio

__all__ = ["SourceCloseio"]
