"""The console script `source-closeio`."""

import sys

from crm_source.cli import launch
from source_closeio.source import SourceCloseio


def run() -> None:
    launch(SourceCloseio(), sys.argv[1:])


if __name__ == "__main__":
    run()
