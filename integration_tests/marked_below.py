"""Rows in and below records, as the storms of deletions change them and look at them."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connector import Json
from vendors.vendor import without_nul

Found = dict[tuple[Any, ...], Any]


@dataclass(frozen=True)
class Inside:
    """A stream of rows in the array `at` of the records of a kind. `key`: its columns, the first of which is the
    record's `id`. `tells`: the field that is compared."""

    stream: str
    kind: str
    at: str
    id: str
    key: tuple[str, str]
    tells: str

    def expected(self, sim: Any) -> Found:
        return {key: element.get(self.tells) for key, element in self._elements(sim)}

    def _elements(self, sim: Any) -> Iterator[tuple[tuple[Any, ...], Json]]:
        for row in sim.rows(self.kind):
            for position, element in enumerate(row.get(self.at) or ()):
                yield (row[self.id], {"position": position, **element}[self.key[1]]), element

    def change(self, sim: Any, chance: random.Random) -> None:
        """One of them goes, all of them do, or there is one more."""
        record = chance.choice(sim.rows(self.kind))
        elements = list(record.get(self.at) or ())
        action = chance.choice(["drop", "drop", "add", "add", "clear"])
        if action == "add":
            elements.append(self._one_more(sim, elements, chance))
        elif action == "drop" and elements:
            elements.pop(chance.randrange(len(elements)))
        else:
            elements = []
        sim.update(self.kind, record[self.id], {self.at: elements})

    def _one_more(self, sim: Any, elements: list[Json], chance: random.Random) -> Json:
        """Like one that there is, with a name that none of the record's has."""
        like = chance.choice([element for _, element in self._elements(sim)])
        own = self.key[1]
        named = {element.get(own) for element in elements}
        if isinstance(like.get(own), int):
            return {**like, own: max((one for one in named if isinstance(one, int)), default=0) + 1}
        text = f"one more {chance.random()}"
        return {**like, self.tells: text, **({own: text} if own in like else {})}


@dataclass(frozen=True)
class Under:
    """A stream of the lists of a kind below the records of another. `owner`: what leads from the owner of a row to the
    record's id; None: it is not of this stream."""

    stream: str
    kind: str
    parent: str
    key: tuple[str, ...]
    tells: str
    owner: Callable[[Any], Any] = lambda owner: owner

    def expected(self, sim: Any) -> Found:
        return {self._key_of(record, row): without_nul(row.get(self.tells)) for record, row in self._rows(sim)}

    def _rows(self, sim: Any) -> Iterator[tuple[Any, Json]]:
        return ((record, row) for owner, row in sim.owned_rows(self.kind) if (record := self.owner(owner)) is not None)

    def _key_of(self, record: Any, row: Json) -> tuple[Any, ...]:
        return (*(record for _ in self.key[:-1]), row[self.key[-1]])

    def change(self, sim: Any, chance: random.Random) -> None:
        """One of them goes, or there is one more, which its record shows."""
        rows = list(self._rows(sim))
        record = chance.choice(rows)[0] if rows else None
        if rows and chance.random() < 0.6:
            record, row = chance.choice(rows)
            sim.delete(self.kind, row[self.key[-1]])
        elif rows:
            owner = next(owner for owner, _ in sim.owned_rows(self.kind) if self.owner(owner) == record)
            sim.create(self.kind, {}, owner)
        if self.parent and record in sim.ids(self.parent):
            sim.update(self.parent, record, {"summary" if self.parent == "tickets" else "TITLE": f"{chance.random()}"})


def _of(kind: str) -> Callable[[Any], Any]:
    return lambda owner: owner[1] if owner and owner[0] == kind else None


BELOW: Mapping[str, tuple[Inside | Under, ...]] = {
    "closeio": (
        Inside("contact_emails", "contact", "emails", "id", ("contact_id", "position"), "email"),
        Inside("contact_phones", "contact", "phones", "id", ("contact_id", "position"), "phone"),
        Inside("lead_addresses", "lead", "addresses", "id", ("lead_id", "position"), "address_1"),
    ),
    "connectwise": (
        Inside("contact_communications", "contacts", "communicationItems", "id", ("contactId", "id"), "value"),
        Inside(
            "configuration_questions",
            "configurations",
            "questions",
            "id",
            ("configurationId", "questionId"),
            "question",
        ),
        Under("ticket_notes", "ticket_notes", "tickets", ("id",), "text"),
        Under("ticket_tasks", "ticket_tasks", "tickets", ("id",), "summary"),
    ),
    "insightly": (
        Inside("contact_links", "contacts", "LINKS", "CONTACT_ID", ("CONTACT_ID", "LINK_ID"), "LINK_OBJECT_ID"),
        Inside("contact_tags", "contacts", "TAGS", "CONTACT_ID", ("CONTACT_ID", "TAG_NAME"), "TAG_NAME"),
        Under("note_comments", "comments", "notes", ("COMMENT_ID",), "BODY", _of("notes")),
        Under("note_file_attachments", "file_attachments", "notes", ("NOTE_ID", "FILE_ID"), "FILE_NAME", _of("notes")),
    ),
}


def names(vendor: str) -> list[str]:
    return [one.stream for one in BELOW[vendor]]


def keys(vendor: str, sim: Any) -> set[tuple[Any, ...]]:
    """All rows that there are."""
    return {(one.stream, *key) for one in BELOW[vendor] for key in one.expected(sim)}


def changed(vendor: str, sim: Any, chance: random.Random) -> None:
    """One change of a row in or below a record."""
    chance.choice(BELOW[vendor]).change(sim, chance)


def problems(vendor: str, sim: Any, rows_of: Callable[[str], list[Json]]) -> list[str]:
    """What the tables have otherwise than the account."""
    found = []
    for one in BELOW[vendor]:
        expected = one.expected(sim)
        held = {tuple(row.get(name) for name in one.key): row.get(one.tells) for row in rows_of(one.stream)}
        found += [f"{one.stream}: {key} is missing" for key in expected.keys() - held.keys()]
        found += [f"{one.stream}: {key} is gone, and still there" for key in held.keys() - expected.keys()]
        found += [f"{one.stream}: {key} differs" for key in expected.keys() & held.keys() if expected[key] != held[key]]
    return found
