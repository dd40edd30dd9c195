"""What came of a list, and what its server counts."""

from datetime import timedelta

from crm_source.dates import BEGINNING
from crm_source.errors import NOTHING_GOES, ApiError
from crm_source.walks.ask import Ask
from crm_source.walks.ends import shortfall
from crm_source.walks.windows import Reach, Window

FAR_AHEAD = timedelta(days=366)  # beyond the end of a sync nothing has changed yet


def compare(ask: Ask, window: Window | None, total: int | None, came: int) -> None:
    """Compare the rows that came with the least that the server counted meanwhile: rows that change join the list.

    For walks that ask for a Reach, a place and a limit. Raises ApiError when far too little came.
    """
    if (total or 0) > came and (text := shortfall(total, came, _counts_more(ask, window))):
        ask.on_note(text)


def _counts_more(ask: Ask, window: Window | None) -> bool:
    """Whether the server's count may be that of more than was asked for: of a stretch of time in which nothing lies it
    then counts rows, too."""
    if ask.is_filtered or (window and window.is_part):
        return True
    if not window or window.since <= BEGINNING:
        return False
    try:
        nothing = ask.fetch(Reach(window.until + FAR_AHEAD, None), 0, 1)
    except ApiError as error:
        if error.kind in NOTHING_GOES:
            raise
        return True
    return bool(nothing.rows) or nothing.total != 0
