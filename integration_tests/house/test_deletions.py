"""The table of docs/deletions.md is that of the code."""

from house.deletions import DOCUMENT, document


def test_the_table_of_deletions_is_current() -> None:
    assert DOCUMENT.read_text() == document(), "run in integration_tests: python -m house.deletions"


def test_every_way_is_in_the_table() -> None:
    text = document()
    for way in (
        "| leads | event log |",
        "| tickets | list of ids |",
        "| ticket_notes | comparison, and with its record in tickets |",
        "| ticket_audit_trail | not known |",
    ):
        assert way in text
