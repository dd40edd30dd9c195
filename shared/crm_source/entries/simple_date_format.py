"""Dates as poller configurations write them: Java SimpleDateFormat patterns, and the placeholders in URLs.

Only the letters that such configurations use. No Python library reads these patterns: Babel only writes them, and the
letters of strptime and pendulum have no counterpart for `X`, or for a fraction of any length.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from crm_source.dates import BEGINNING, MICROSECOND, instant_or_none
from crm_source.door.texts import cut, shown

LETTERS = "yMdHhmsSaEzZX"
NUMBERS = "ydHhmsS"
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
EPOCHS = {"": 1_000, "ms": 1_000, "s": 1_000_000, "us": 1}  # microseconds in the unit; `ms` is what no unit means

_TOKEN = re.compile(r"''|'(?:[^']|'')*'|'|(?P<letter>[A-Za-z])(?P=letter)*|[^A-Za-z']+")
_ZONE = r"[+-][0-9]{2}(?::?[0-9]{2})?|[A-Z][A-Z0-9/_+:-]*"
_OFFSET = re.compile(r"(?:GMT|UTC?)?([+-])([0-9]{1,2})(?::?([0-9]{2}))?", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}?")
_ZONE_AND_FORMAT = re.compile(r"(?P<zone>[^:]*?(?:[+-][0-9]{1,2}:[0-9]{2})?):(?P<format>.*)", re.DOTALL)


@dataclass(frozen=True)
class Field:
    letter: str
    width: int

    @property
    def is_number(self) -> bool:
        return self.letter in NUMBERS or (self.letter == "M" and self.width < 3)


@dataclass(frozen=True)
class Pattern:
    """A SimpleDateFormat pattern, and the zone of values without an offset.

    It differs from Java where the values of vendors do: `S` is a fraction of a second, so that `SSS` are milliseconds
    and `SSSSSS` microseconds, and `h` without an `a` is the hour of the day. The empty pattern reads ISO 8601 only.
    Raises ValueError for a pattern or a zone that cannot be understood.
    """

    pattern: str
    zone: str = "GMT"

    def __post_init__(self) -> None:
        _ = self._pieces, self._zone

    @cached_property
    def names_a_day(self) -> bool:
        """Whether year, month and day can be read from a text in this pattern."""
        return {"y", "M", "d"} <= set(self._letters)

    def instant(self, text: str) -> datetime:
        """The instant in UTC. Text that does not fit the pattern is read as ISO 8601; ValueError when it is not."""
        value = self._fitting(text) or self._iso(text.strip())
        if value is None:
            raise ValueError(f"{shown(text)} is neither in the format {shown(self.pattern)} nor in ISO 8601")
        return value

    def text(self, instant: datetime) -> str:
        """An aware instant in this pattern and zone; a fraction is cut, not rounded."""
        local = instant.astimezone(self._zone)
        return "".join(piece if isinstance(piece, str) else _written(piece, local) for piece in self._pieces)

    @cached_property
    def _zone(self) -> tzinfo:
        return zone_of(self.zone)

    @cached_property
    def _pieces(self) -> list[str | Field]:
        return _pieces_of(self.pattern)

    @cached_property
    def _letters(self) -> list[str]:
        return [piece.letter for piece in self._pieces if isinstance(piece, Field)]

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        numbers = [isinstance(piece, Field) and piece.is_number for piece in self._pieces]
        beside = zip([False, *numbers], [*numbers[1:], False], strict=False)
        parts = (
            re.escape(piece)
            if isinstance(piece, str)
            else f"({_expression_of(piece, beside_a_number=any(neighbours))})"
            for piece, neighbours in zip(self._pieces, beside, strict=True)
        )
        return re.compile(rf"\s*{''.join(parts)}\s*", re.IGNORECASE)

    def _fitting(self, text: str) -> datetime | None:
        match = self._expression.fullmatch(text) if self.names_a_day else None
        if match is None:
            return None
        found = dict(zip(self._letters, match.groups(), strict=True))
        year, hour = int(found["y"]), int(found.get("H") or found.get("h") or 0)
        if len(found["y"]) == 2:
            year += 2000 if year < 69 else 1900
        if "h" in found:
            hour = hour % 12 + (12 if found["a"].upper() == "PM" else 0)
        month = found["M"]
        try:
            local = datetime(
                year,
                int(month) if month.isdigit() else [name[:3] for name in MONTHS].index(month[:3].title()) + 1,
                int(found["d"]),
                hour,
                int(found.get("m", 0)),
                int(found.get("s", 0)),
                int(found.get("S", "")[:6].ljust(6, "0")),
            )
            return self._placed(local, found.get("Z") or found.get("X") or found.get("z"))
        except (ValueError, OverflowError):  # no such day, no such zone, or outside of the calendar
            return None

    def _placed(self, local: datetime, zone: str | None) -> datetime:
        """The instant of a local time in the zone that the value names, else in that of the pattern."""
        if zone is None:
            return _in_utc(local, self._zone)
        for fold in (0, 1):
            placed = local.replace(tzinfo=self._zone, fold=fold)
            if placed.tzname() == zone.upper():  # such as PST, which is short for a zone only where it is used
                return placed.astimezone(UTC)
        return _in_utc(local, zone_of(zone))

    def _iso(self, text: str) -> datetime | None:
        value = instant_or_none(text)
        if value is None or any(sign in text[10:] for sign in "zZ+-"):
            return value
        try:
            return _in_utc(value.replace(tzinfo=None), self._zone)
        except OverflowError:  # at the ends of the calendar
            return None


def _pieces_of(pattern: str) -> list[str | Field]:
    pieces: list[str | Field] = []
    halves = any(token["letter"] == "a" for token in _TOKEN.finditer(pattern))
    for token in _TOKEN.finditer(pattern):
        text, letter = token[0], token["letter"]
        if letter and letter not in LETTERS:
            raise ValueError(
                f"the format {shown(pattern)} has the letter {letter}; known are {', '.join(LETTERS)}, "
                "and text goes between single quotes"
            )
        if text == "'":
            raise ValueError(f"the format {shown(pattern)} has a single quote that is not closed")
        if letter:
            pieces.append(Field("H" if letter == "h" and not halves else letter, len(text)))
        else:
            pieces.append((text[1:-1] or "'").replace("''", "'") if text[0] == "'" else text)
    return pieces


def _expression_of(field: Field, *, beside_a_number: bool) -> str:
    """What a field looks like. A number beside another one has as many digits as the pattern has letters."""
    match field.letter:
        case "y":
            return "[0-9]{2}" if field.width == 2 else "[0-9]{4}"
        case "E":
            return "|".join(f"{name[:3]}(?:{name[3:]})?" for name in DAYS)
        case "a":
            return "AM|PM"
        case "z" | "Z" | "X":
            return _ZONE
        case "S":
            return "[0-9]+"
        case "M" if field.width > 2:
            return "|".join(f"{name[:3]}(?:{name[3:]})?" for name in MONTHS)
    return f"[0-9]{{{field.width}}}" if beside_a_number else "[0-9]{1,2}"


def _written(field: Field, local: datetime) -> str:
    width = field.width
    match field.letter:
        case "y":
            return f"{local.year % 100:02}" if width == 2 else f"{local.year:0{max(width, 4)}}"
        case "M" if width > 2:
            return MONTHS[local.month - 1][: None if width > 3 else 3]
        case "E":
            return DAYS[local.weekday()][: None if width > 3 else 3]
        case "a":
            return "AM" if local.hour < 12 else "PM"
        case "S":
            return f"{local.microsecond:06}"[:width].ljust(width, "0")
        case "z":
            return local.tzname() or ""
        case "Z":
            return f"{local:%z}"[:5]
        case "X":
            offset = f"{local:%z}"
            if not local.utcoffset():
                return "Z"
            return offset[:3] if width == 1 else offset[:5] if width == 2 else f"{offset[:3]}:{offset[3:5]}"
    numbers = {"M": local.month, "d": local.day, "H": local.hour, "h": local.hour % 12 or 12, "m": local.minute}
    return f"{numbers.get(field.letter, local.second):0{width}}"


def _in_utc(local: datetime, zone: tzinfo) -> datetime:
    """As in Java, a time that comes twice, or never, when the clocks change is the later of the two readings."""
    if isinstance(zone, timezone):
        return local.replace(tzinfo=zone).astimezone(UTC)
    return max(local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))


@lru_cache
def zone_of(name: str) -> tzinfo:
    """GMT, UTC, Z, an offset such as `GMT+02:00` or `-0500`, or an IANA name. Raises ValueError for another."""
    text = name.strip()
    if text.upper() in ("GMT", "UTC", "UT", "Z"):
        return timezone(timedelta(0), text.upper())
    try:
        if match := _OFFSET.fullmatch(text):
            sign, hours, minutes = match[1], int(match[2]), int(match[3] or 0)
            if minutes < 60:
                offset = timedelta(hours=hours, minutes=minutes)
                return timezone(-offset if sign == "-" else offset, f"GMT{sign}{hours:02}:{minutes:02}")
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"the time zone {shown(name)} is not known; write GMT, GMT+02:00 or Europe/Berlin") from None


def filled(url: str, since: datetime) -> str:
    """The URL with an instant in its placeholders; what is put in is not percent-encoded.

    `${gmtDate:FORMAT}` and `${date:FORMAT}` in GMT, `${dateTimeZone:ZONE:FORMAT}`, `${epoch}` in milliseconds,
    `${epoch:s}`, `${epoch:us}`. Raises ValueError for any other placeholder.
    """
    return _PLACEHOLDER.sub(lambda found: _value_of(found[0], since), url)


def _value_of(placeholder: str, since: datetime) -> str:
    kind, _, argument = placeholder.removeprefix("${").removesuffix("}").partition(":")
    zoned = _ZONE_AND_FORMAT.fullmatch(argument)
    if placeholder.endswith("}"):
        if kind in ("gmtDate", "date") and argument:
            return Pattern(argument).text(since)
        if kind == "dateTimeZone" and zoned and zoned["format"]:
            return Pattern(zoned["format"], zoned["zone"]).text(since)
        if kind == "epoch" and argument in EPOCHS:
            return str((since - BEGINNING) // (EPOCHS[argument] * MICROSECOND))
    raise ValueError(f"the placeholder {cut(placeholder, 80)} is not known")
