"""Whether a list is at its end: because something shows it, never because it would be convenient.

An empty page, and a sign of the answer that the list ends here, are proofs. A short page and a count are hints: pages
may be capped below what was asked, and counts include what a user may not see, or do not follow a filter. Where two
hints agree, and neither looks like a cap, no further request is spent on them (docs/design.md, "Ends").
"""

from enum import Enum

from crm_source.errors import ApiError, Kind, Verdict
from crm_source.walks.page import Page

SMALL_CAPS = (10, 20, 25, 30)  # rows a page, as servers have them by default
GUARD_ROWS = 20  # so many rows may be missing from what a count says ...
GUARD_PERCENT = 20  # ... and so many in a hundred of it
MISSING = (
    "A permission may hide the others, or a limit of the server cut them off; they are missing. The next sync reads the"
    " list again."
)


class End(Enum):
    GOES_ON = "goes on"
    UNPROVEN = "unproven"  # ask once more: when nothing new comes, it is the end
    SHOWN = "shown"


def end_of(page: Page, rows_to_here: int, asked: int, largest: int, *, short_is_hint: bool) -> End:
    """What a page says of the end of its list.

    `rows_to_here`: the place behind its last row. `asked`: how many rows were asked for. `largest`: the most that came
    in one page of this list. `short_is_hint`: the list sends no counts, so a short page has to do, unless it looks like
    a cap.
    """
    came = len(page.rows)
    if page.more is not None:
        return End.GOES_ON if page.more else End.SHOWN
    if not came:
        return End.UNPROVEN if (page.total or 0) > rows_to_here else End.SHOWN
    is_short = came < asked and not looks_capped(came, largest)
    if page.total is None:
        if came >= asked:
            return End.GOES_ON
        return End.SHOWN if short_is_hint and is_short else End.UNPROVEN
    if rows_to_here < page.total:
        return End.GOES_ON
    is_certain = came < asked and not looks_capped(came, largest, ())
    return End.SHOWN if rows_to_here == page.total and is_certain else End.UNPROVEN


def looks_capped(rows: int, largest: int, small: tuple[int, ...] = SMALL_CAPS) -> bool:
    """Whether a page of so many rows may have been cut by the server: caps are round, and nothing longer ever came."""
    return rows >= largest and rows > 0 and (rows % 50 == 0 or rows in small)


def shortfall(total: int | None, came: int, is_filtered: bool, is_short: bool = False) -> str:
    """What to tell of a list whose end was shown before its count was reached; empty: nothing.

    Raises ApiError when so much is missing that it cannot be a few rows that the user may not see, or when nobody has
    looked whether it is (`is_short`).
    """
    missing = (total or 0) - came
    if missing <= 0:
        return ""
    text = f"the server counts {total:,} rows and sends {came:,}"
    if is_filtered:
        return f"{text} that have changed; its count may be that of all rows."
    if came == 0 or is_short or not is_little(missing, total or 0):
        raise ApiError(Verdict(Kind.STUCK, f"{text}. {MISSING}"), "")
    return f"{text}; the others are likely rows that the user of the key may not see."


def is_little(missing: int, total: int) -> bool:
    """Whether so few rows are missing that they may be those that the user of the key may not see."""
    return missing <= GUARD_ROWS or missing * 100 <= GUARD_PERCENT * total
