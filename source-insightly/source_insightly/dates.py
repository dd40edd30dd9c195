"""Insightly's dates, `yyyy-MM-dd HH:mm:ss` without a zone, as RFC 3339 (docs/vendors/insightly.md, 5)."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from crm_source.dates import text_of
from crm_source.walks.page import Row

AS_SENT = "DATES_AS_SENT"
MIDNIGHT = time()


def with_dates(row: Row, moments: Sequence[str], days: Sequence[str]) -> None:
    """Turn the named fields of the row, in place: moments to `yyyy-MM-ddTHH:mm:ssZ`, days to `yyyy-MM-dd`.

    Moments are in UTC unless their text names an offset. Days have no zone: they are never shifted, and the full text
    of one with a time of day also goes to `DATES_AS_SENT`, an object by field name. What names no date goes there and
    leaves its field null. "" is null. `DATES_AS_SENT` is only there when something is in it.
    """
    as_sent = {}
    for name in moments:
        sent = row.get(name)
        if sent is None:
            continue
        try:
            row[name] = moment_of(sent)
        except (ValueError, TypeError, OverflowError):
            row[name] = None
            if sent != "":
                as_sent[name] = sent
    for name in days:
        sent = row.get(name)
        if sent is None:
            continue
        try:
            row[name], is_whole = day_of(sent)
        except (ValueError, TypeError):
            row[name], is_whole = None, sent == ""
        if not is_whole:
            as_sent[name] = sent
    if as_sent:
        row[AS_SENT] = as_sent


def moment_of(sent: Any) -> str:
    """The instant in UTC, with a `Z`. ValueError, TypeError or OverflowError when it names none."""
    value = datetime.fromisoformat(sent)
    if value.tzinfo is not None:
        return text_of(value)
    if len(sent) == 19 and sent[7] == "-" and sent[16] == ":":  # cutting the usual text costs half of writing it anew
        return f"{sent[:10]}T{sent[11:]}Z"
    return f"{value.isoformat()}Z"


def day_of(sent: Any) -> tuple[str, bool]:
    """The day as it is written, and whether that is all the text says. ValueError or TypeError when it names none."""
    value = datetime.fromisoformat(sent)
    if sent[10:] == " 00:00:00" and sent[7] == "-":
        return sent[:10], True
    return value.date().isoformat(), value.time() == MIDNIGHT


def local(sent: Any) -> str:
    """The date-time as it is written, `yyyy-MM-ddTHH:mm:ss` without a zone. Errors as of `day_of`."""
    return datetime.fromisoformat(sent).replace(tzinfo=None).isoformat()
