"""What was looked at, and what was found: names, numbers and words of our own, never anything of a row."""

from dataclasses import dataclass, field

LOOKS = ("rows", "dates", "order", "pages", "filter", "size", "count", "fields", "types")


@dataclass(frozen=True)
class Look:
    """`is_well` None: it could not be looked at, as the list is too short for it, or nothing is relied on.

    `what`: a sentence without a stop, where something differs or is worth knowing.
    """

    name: str
    is_well: bool | None
    what: str = ""


@dataclass
class Findings:
    """Of one list, or of the rows inside of its records. `refused`: why there was nothing to look at."""

    stream: str
    walk: str = ""
    requests: int = 0
    rows: int = 0
    looks: list[Look] = field(default_factory=list)
    unknown_fields: list[str] = field(default_factory=list)
    misfits: list[str] = field(default_factory=list)
    refused: str = ""

    @property
    def differs(self) -> bool:
        return any(one.is_well is False for one in self.looks)

    def of(self, name: str) -> Look:
        """The look of that name; one that says that nothing was looked at, where there was none."""
        found = [one for one in self.looks if one.name == name]
        return next((one for one in found if one.is_well is False), found[0] if found else Look(name, None))


@dataclass
class Verified:
    """The findings of an account. `server` has what is the same for all lists."""

    source: str
    version: str
    lists: list[Findings]
    server: list[Look]
    answers: int

    @property
    def differs(self) -> bool:
        return any(one.differs for one in self.lists) or any(one.is_well is False for one in self.server)
