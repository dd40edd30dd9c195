"""The console script `source-insightly`."""

import sys

from crm_source.cli import launch
from source_insightly.source import SourceInsightly


def run() -> None:
    launch(SourceInsightly(), sys.argv[1:])


if __name__ == "__main__":
    run()
