"""The console script `source-connectwise`."""

import sys

from crm_source.cli import launch
from source_connectwise.source import SourceConnectwise


def run() -> None:
    launch(SourceConnectwise(), sys.argv[1:])


if __name__ == "__main__":
    run()
