"""An Airbyte source for Insightly."""

from source_insightly.source import SourceInsightly

__all__ = ["SourceInsightly"]
