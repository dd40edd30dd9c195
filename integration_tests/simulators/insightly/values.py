"""Values of fields by type and name, as realistic as tests need them: empty ones, odd texts, dates of all forms."""

from collections.abc import Callable
from random import Random
from typing import Any

from simulators.insightly.custom_fields import SAMPLE_DAY
from simulators.insightly.dates import DAY, text

LONG = ("BACKGROUND", "DETAILS", "DESCRIPTION", "BODY", "MESSAGE")
TEXTS = (
    "Called at noon,\r\n<b>will call again</b>.",
    "Asked for a quote\u00a0\u200ebefore 5 & after 3.",
    'She said: "yes", 100 % sure; C:\\temp\\x, 5 < 6.',
    "Schloß Straße, 東京, naïve façade \U0001f5a8",
)
WORDS = ("blue", "north", "alpha", "retail", "spare", "prime", "harbor", "delta")
CHOICES: dict[str, tuple[str, ...]] = {
    "OPPORTUNITY_STATE": ("OPEN", "WON", "LOST", "ABANDONED", "SUSPENDED"),
    "FOR_OPPORTUNITY_STATE": ("OPEN", "WON", "LOST", "ABANDONED", "SUSPENDED"),
    "STATUS": ("NOT STARTED", "IN PROGRESS", "COMPLETED", "DEFERRED"),
    "VISIBLE_TO": ("EVERYONE", "OWNER", "TEAM", "INDIVIDUALS"),
    "BID_TYPE": ("Fixed Bid", "Per Hour"),
    "BID_CURRENCY": ("USD", "EUR"),
    "CURRENCY_CODE": ("USD", "EUR"),
    "USER_CURRENCY": ("USD", "EUR"),
    "QUOTATION_CURRENCY_CODE": ("USD", "EUR"),
    "FORMAT": ("HTML", "TEXT"),
    "RELATED_OBJECT_NAME": ("Contact", "Organisation", "Quotation"),
    "TIMEZONE_ID": ("UTC", "Pacific Standard Time"),
    "REMINDER_TIME": ("3:04PM", "11:30AM"),
    "EVENT_TIME": ("3:04PM", "11:30AM"),
    "ACTIVITY_TYPE": ("TASK", "EVENT"),
    "Language": ("en-US", "de-DE"),
    "Status": ("Published", "Draft"),
    "RECORD_NAME_TYPE": ("TEXT", "AUTONUMBER"),
}
# Texts that are numbers.
COUNTS = ("COUNT", "NUMBER", "LinkCount", "ArticleVersion", "ORDER", "FILE_ID", "QUOTE_ID", "TICKET_ID", "CATEGORY_ID")
RARELY_TRUE = ("OPTED_OUT", "CONVERTED", "SPAM", "ANONYMOUS")
# Lists where some texts are "" instead of null.
BLANK = ("EMAIL", "LEAD_DESCRIPTION", "FAX")


class Values:
    """`refer` knows an id that the field may have, or 0; `random` decides everything."""

    def __init__(self, random: Random, refer: Callable[[Random, str], int]) -> None:
        self._random = random
        self._refer = refer

    def of(self, name: str, type_: str) -> Any:
        kind, _, longest = type_.removeprefix("+").partition(":")
        match kind:
            case "integer":
                return self._integer(name)
            case "number":
                return self._random.choice([0.0, 100, 8.03, 1234.5678, round(self._random.uniform(0, 9000), 2)])
            case "boolean":
                rare = any(word in name for word in RARELY_TRUE)
                return self._random.random() < (0.1 if rare else 0.5)
            case "date":
                return self.moment(has_time=name.endswith("_UTC"))
        return self._text(name)[: int(longest or 4000)]

    def empty(self, name: str) -> Any:
        if name == "EMPLOYEE_COUNT":
            return 0
        return "" if name in BLANK else None

    def moment(self, has_time: bool) -> str:
        """Dates without a time are of midnight."""
        day = SAMPLE_DAY - self._random.randrange(730) * DAY
        return text(day + self._random.randrange(DAY) if has_time else day)

    def _integer(self, name: str) -> int | None:
        if name.endswith("_ID") or name in ("RESPONSIBLE_USER",):
            return self._refer(self._random, name) or None
        return self._random.randrange(1, 100)

    def _text(self, name: str) -> str:
        number = self._random.randrange(1000)
        if name in CHOICES:
            return self._random.choice(CHOICES[name])
        if name.endswith(COUNTS):
            return str(number)
        if name.endswith("_UTC"):
            return self.moment(has_time=True)
        if "EMAIL" in name:
            return f"user{number}@example.com"
        if any(word in name for word in ("PHONE", "FAX", "MOBILE")):
            return f"(813) 555-{number:04}"
        if any(word in name for word in ("URL", "WEBSITE", "SOCIAL")):
            return f"https://www.example.com/{number}"
        if any(word in name.upper() for word in LONG):
            return self._random.choice(TEXTS)
        return f"{self._random.choice(WORDS)} {number}"
