"""What a search of e-mails by date compares, which nobody documents (docs/vendors/insightly.md, 2)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum

from crm_source.dates import instant_or_none
from crm_source.walks.page import Row

Search = Callable[[datetime, int], Sequence[Row]]  # updated after, rows asked for -> rows
BACK = timedelta(days=90)
AHEAD = timedelta(days=2)
MARGIN = timedelta(days=1)  # more than any zone that a date without one may be in
MOST_ROWS = 500
MAIL = "emails"  # the stream


class MailSearch(Enum):
    BY_CHANGE = "old e-mails that have changed are found: every sync has them"
    IGNORES_DATES = "the date is ignored: every sync reads all e-mails, and has their changes"
    UNKNOWN = "no old e-mail was found by a change: there was none, or only new e-mails are found"


# Whether that is as the stream would have it; it may just be that no old e-mail has changed.
FOUND: Mapping[MailSearch, bool | None] = {
    MailSearch.BY_CHANGE: True,
    MailSearch.IGNORES_DATES: False,
    MailSearch.UNKNOWN: None,
}


def look_at(search: Search, now: datetime) -> MailSearch:
    """Two requests. `now` is the server's."""
    if search(now + AHEAD, 1):
        return MailSearch.IGNORES_DATES
    since = now - BACK
    created = [instant_or_none(row.get("DATE_CREATED_UTC")) for row in search(since, MOST_ROWS)]
    is_by_change = any(date is not None and date < since - MARGIN for date in created)
    return MailSearch.BY_CHANGE if is_by_change else MailSearch.UNKNOWN
