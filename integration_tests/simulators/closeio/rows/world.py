"""What row bodies draw from: deterministic choice, and the ids of what is seeded already."""

from random import Random
from typing import TypeVar

from simulators.closeio import dates
from simulators.closeio.ids import Ids
from simulators.closeio.options import Options
from simulators.closeio.store import Row, Store

T = TypeVar("T")
FIRST_NAMES = ("Ann", "Bruce", "Chloé", "Dmitri", "Eun-ji", "Fatima", "Göran", "Hana", "Iker", "José")
LAST_NAMES = ("Lee", "Wayne", "Müller", "Ivanova", "O'Brien", "Sato", "Żak", "Smith", "García", "Nkosi")
CITIES = (("Scranton", "PA", "18501", "US"), ("Köln", "NW", "50667", "DE"), ("Kraków", "MA", "31-001", "PL"))
WORDS = ("pricing", "demo", "renewal", 'the "big" deal', "follow-up", "naïve plan", "Q3 budget", "emoji 🚀", "a\nbreak")
CREATION_SOURCES = ("ui", "api", "import", "clipper", "email", "suggestion", "ai", "whatsapp", "webform")


class Pick(Random):
    """Random choices of one row; the same for the same seed, kind and number."""

    def __init__(self, seed: int, kind: str, number: int) -> None:
        super().__init__(f"{seed}:{kind}:{number}")
        self.number = number

    def chance(self, share: float) -> bool:
        return self.random() < share

    def maybe(self, value: T, null: float = 0.35) -> T | None:
        return None if self.random() < null else value

    def text(self, words: int = 4) -> str:
        return " ".join(self.choice(WORDS) for _ in range(words))

    def name(self) -> str:
        return f"{self.choice(FIRST_NAMES)} {self.choice(LAST_NAMES)}"

    def phone(self) -> str:
        return f"+1415555{self.randrange(10_000):04d}"

    def some(self, row: Row, *names: str, absent: float = 0.4) -> Row:
        """The row with some of its optional keys left out."""
        for name in names:
            if self.random() < absent:
                row.pop(name, None)
        return row


class World:
    """The organization under construction; `now` is the virtual clock's micros when the seeding began."""

    def __init__(self, seed: int, ids: Ids, store: Store, options: Options, now: int, history_days: float) -> None:
        self.seed = seed
        self.ids = ids
        self.store = store
        self.options = options
        self.now = now
        self.history = round(history_days * dates.DAY)
        self.organization_id = ids.make("orga_")

    def rows(self, kind: str) -> list[Row]:
        return [entry.full() for entry in self.store.table(kind).order[""][:200]]

    def pick_id(self, pick: Pick, kind: str) -> str | None:
        """The id of some seeded row of the kind, None while there is none."""
        entries = self.store.table(kind).order[""]
        return entries[pick.randrange(len(entries))].id if entries else None

    def pick_row(self, pick: Pick, kind: str) -> Row:
        entries = self.store.table(kind).order[""]
        return entries[pick.randrange(len(entries))].full() if entries else {}

    def user(self, pick: Pick) -> tuple[str | None, str | None]:
        """Id and full name."""
        row = self.pick_row(pick, "user")
        return (row["id"], f"{row['first_name']} {row['last_name']}") if row else (None, None)

    def moment(self, pick: Pick) -> int:
        """A millisecond of the history."""
        return (self.now - pick.randrange(1, max(self.history, 2_000))) // 1000 * 1000


def authors(pick: Pick, world: World, names: bool = True) -> Row:
    """created_by, updated_by and their names."""
    created, created_name = world.user(pick)
    updated, updated_name = world.user(pick) if pick.chance(0.6) else (None, None)
    row: Row = {"created_by": created, "updated_by": updated}
    if names:
        row |= {"created_by_name": created_name, "updated_by_name": updated_name}
    return row


def phones(pick: Pick, count: int) -> list[Row]:
    rows: list[Row] = []
    for _ in range(count):
        number = pick.phone()
        row = {
            "phone": number,
            "phone_formatted": f"+1 415-555-{number[-4:]}",
            "type": pick.choice(("office", "mobile", "direct")),
            "country": pick.maybe("US"),
            "outbound_sms_blocked": pick.chance(0.2),
            "tz_ids": ["America/Los_Angeles"],
        }
        rows.append(pick.some(row, "outbound_sms_blocked", "tz_ids"))
    return rows


def emails(pick: Pick, count: int) -> list[Row]:
    return [
        pick.some(
            {
                "email": f"person{pick.randrange(10**6)}@example.com",
                "type": pick.choice(("office", "home", "direct")),
                "is_unsubscribed": pick.chance(0.1),
            },
            "is_unsubscribed",
            absent=0.2,
        )
        for _ in range(count)
    ]


def attachments(pick: Pick) -> list[Row]:
    return [
        {
            "url": f"https://app.close.com/go/file/{pick.randrange(10**9)}/offer.pdf",
            "filename": "offer.pdf",
            "size": pick.randrange(10**6),
            "content_type": "application/pdf",
            "thumbnail_url": None,
        }
        for _ in range(pick.choice((0, 0, 0, 1)))
    ]
