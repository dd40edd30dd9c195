"""Writes the pages: `make columns`."""

from house.columns.page import Page, path_of
from house.sources import sources


def main() -> None:
    for vendor in sources():
        path_of(vendor).write_text(Page(vendor).text())


if __name__ == "__main__":
    main()
