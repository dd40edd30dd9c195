"""Airbyte source for ConnectWise PSA."""

from source_connectwise.source import SourceConnectwise

__all__ = ["SourceConnectwise"]
