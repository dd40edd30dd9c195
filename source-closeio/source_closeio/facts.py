"""What the rows of the table say of Close: its dates, its ways of finding changes, and what only Close has."""

from dataclasses import dataclass, replace
from datetime import timedelta

from crm_source.resources import Dates, Pass, Resource, Style

CHANGED = Dates("date_updated", "date_created")
UTC = ("date_created", "date_updated", "created_at", "updated_at")
ROW_KEY = ("organization_id", "row_key")
STYLE = Style(dates=CHANGED, utc_fields=UTC)

# Close advises to look at the newest five minutes of the event log again: events arrive late (8.2).
LOG_DELAY = timedelta(minutes=5)
LOG_KEPT = timedelta(days=30) - timedelta(hours=1)

# Activities have no filter on the date of change: new ones are found by their date of creation, late edits in the
# event log, as are rows that come with a date of creation in the past, such as e-mails of a newly connected account.
GONE = Pass("gone", gone=True, moves=False, horizon=LOG_KEPT, lookback=LOG_DELAY)
CREATED = Pass("created", moves=False)
EDITS = Pass("edits", moves=False, later=True, horizon=LOG_KEPT, lookback=LOG_DELAY)
ACTIVITY = (CREATED, EDITS, GONE)
# A calendar meeting is "created" when it starts, which may lie ahead.
MEETING = (replace(CREATED, beyond=timedelta(days=3650)), EDITS, GONE)
# A first read brings notes and calls that are dated ahead as well; later ones are found in the log.
# Search is served by an index that may be late, so what the log names is compared with what search brought (late.py).
SEARCHED = (Pass(), Pass("log", moves=False, horizon=LOG_KEPT, lookback=LOG_DELAY), GONE)
EVENTS = (Pass(moves=False, horizon=timedelta(days=31), lookback=LOG_DELAY),)


TASK_TYPES = (
    "task.lead",
    "task.incoming_email",
    "task.email_followup",
    "task.missed_call",
    "task.answered_detached_call",
    "task.voicemail",
    "task.opportunity_due",
    "task.incoming_sms",
    "task.outgoing_call",
)


@dataclass(frozen=True)
class Close:
    """What only Close has.

    `log_type` and `log_actions` name the edits of a stream in the event log; `gone_types` its deletions, where these
    are not of `log_type`; `search_type` is what the search calls its objects, and `by_id` the address of one of them.
    `is_ahead`: a first read brings rows that are dated ahead. `transcripts` are fields that come only when they are
    asked for.
    """

    log_type: str = ""
    log_actions: tuple[str, ...] = ()
    search_type: str = ""
    by_id: str = ""
    is_ahead: bool = False
    transcripts: tuple[str, ...] = ()
    gone_types: tuple[str, ...] = ()


def close_facts(resource: Resource) -> Close:
    """The facts of a row of this table, or of a stream of the user's own, which has none."""
    return resource.vendor if isinstance(resource.vendor, Close) else Close()
