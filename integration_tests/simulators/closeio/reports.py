"""Reports (5.3), with figures that are plausible and constant rather than computed from the rows."""

from datetime import timedelta
from typing import Any

from simulators.clock import to_micros
from simulators.closeio import dates
from simulators.closeio.context import Context
from simulators.closeio.refusals import bad_field, not_found
from simulators.messages import Answer, Request, json_answer

METRICS = (
    *(
        f"calls.{direction}.{kind}.{figure}"
        for direction in ("inbound", "outbound", "all")
        for kind in ("all", "regular", "external", "power_dialer", "predictive_dialer")
        for figure in ("count", "sum_duration", "avg_duration")
    ),
    *(
        f"emails.{kind}.{scope}.count"
        for kind in ("sent", "received", "opened")
        for scope in ("all", "sequences", "sequences_with_reply", "sequences_without_reply")
    ),
    "sms.sent.all.count",
    "sms.received.all.count",
    "leads.created.all.count",
    "leads.contacted.all.count",
    *(f"opportunities.{kind}.all.count" for kind in ("created", "created_for", "won", "lost")),
    "opportunities.won.all.sum_annualized_value",
    "opportunities.lost.all.sum_annualized_value",
    *(
        f"opportunities.value_{kind}.{period}.{figure}"
        for kind in ("won", "lost")
        for period in ("one_time", "monthly", "annual")
        for figure in ("count", "sum_value")
    ),
)
RANGES = {"today": 1, "yesterday": 1, "this-week": 7, "last-week": 7, "this-month": 30, "last-month": 30}
LONG_RANGES = {"this-quarter": 91, "last-quarter": 91, "this-year": 365, "last-year": 365, "all-time": 365}


def answer_report(context: Context, request: Request) -> Answer | None:
    """None when the path is no report's; `{org}` in a path must be the organization's id."""
    path = request.path
    post = request.method == "POST"
    if path == "/report/activity/" and post:
        return _activity(context, request)
    if path == "/report/activity/metrics/":
        return json_answer({"metrics": [{"key": key, "name": key, "description": key} for key in METRICS]})
    if path in ("/report/funnel/opportunity/totals/", "/report/funnel/opportunity/stages/") and post:
        return json_answer({"data": [{"stage": "Active", "count": 3}], "aggregations": {"totals": {}}})
    if path == "/report/custom/fields/":
        return json_answer({"fields": [{"name": "lead.date_created", "type": "date"}]})
    handlers = {
        f"/report/sent_emails/{context.world.organization_id}/": _sent_emails,
        f"/report/statuses/lead/{context.world.organization_id}/": _lead_statuses,
        f"/report/statuses/opportunity/{context.world.organization_id}/": _opportunity_statuses,
        f"/report/custom/{context.world.organization_id}/": _custom,
    }
    if path in handlers:
        return json_answer(handlers[path](context, request))
    if path.startswith("/report/"):
        raise not_found()
    return None


def _activity(context: Context, request: Request) -> Answer:
    body = request.parsed if isinstance(request.parsed, dict) else {}
    metrics = body.get("metrics")
    if not isinstance(metrics, list) or not metrics:
        raise bad_field("metrics", "This field is required.")
    unknown = [name for name in metrics if name not in METRICS]
    if unknown:
        raise bad_field("metrics", f"Unknown metric: {unknown[0]}")
    if body.get("type") not in ("overview", "comparison"):
        raise bad_field("type", "Must be one of overview, comparison.")
    if "datetime_range" not in body and body.get("relative_range") not in {**RANGES, **LONG_RANGES}:
        raise bad_field("datetime_range", "This field is required.")
    if "text/csv" in request.headers.get("accept", ""):
        return Answer(body=",".join(["datetime", *metrics]).encode() + b"\n", content_type="text/csv")
    if body["type"] == "comparison":
        rows = [
            {"user_id": entry.id, **_figures(metrics, place)} for place, entry in enumerate(context.store.table("user"))
        ]
    else:
        rows = [{"datetime": day, **_figures(metrics, place)} for place, day in enumerate(_days(context, body))]
    figures: list[dict[str, Any]] = list(rows)
    totals = {name: sum(row[name] for row in figures) for name in metrics}
    return json_answer({"aggregations": {"totals": totals}, "data": rows, "queries": {"leads": {}}})


def _figures(metrics: list[str], place: int) -> dict[str, int]:
    return {name: (len(name) * 7 + place * 3) % 20 for name in metrics}


def _days(context: Context, body: dict[str, Any]) -> list[str]:
    spans = {**RANGES, **LONG_RANGES}
    if "datetime_range" in body:
        try:
            start, end = (dates.parse(body["datetime_range"][side]) for side in ("start", "end"))
        except (KeyError, TypeError, ValueError):
            raise bad_field("datetime_range", "start and end must be date-times.") from None
    else:
        today = context.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        days = spans[body["relative_range"]]
        start, end = to_micros(today - timedelta(days=days - 1)), to_micros(today + timedelta(days=1))
    return [dates.offset_text(day) for day in range(start, end, dates.DAY)][:1000]


def _sent_emails(context: Context, request: Request) -> dict[str, Any]:
    figures = {"total": 9, "opened": 5, "responded": 2, "percentage_opened": 56, "percentage_responded": 22}
    queries = {"_queries": dict.fromkeys(("total", "opened", "responded"), "email(status:sent)")}
    total = {"template_id": None, "template_url": None, "name": "All Emails", "is_shared": False}
    rows = [total] + [
        {"template_id": row["id"], "template_url": None, "name": row["name"], "is_shared": row["is_shared"]}
        for row in context.world.rows("email_template")
    ]
    return {"sent_email_stats": [{**row, **figures, **queries} for row in rows]}


def _lead_statuses(context: Context, request: Request) -> dict[str, Any]:
    return _statuses(context, request, "status.lead", {})


def _opportunity_statuses(context: Context, request: Request) -> dict[str, Any]:
    return _statuses(context, request, "status.opportunity", {"_opportunities_page_url": "https://app.close.com/"})


def _statuses(context: Context, request: Request, kind: str, extra: dict[str, str]) -> dict[str, Any]:
    """Without dates the fields of the period are absent."""
    period = {"started": 3, "change": 1, "change_percent": 33.3, "gained": 2, "lost": 1, "entered": 2, "left": 1}
    dated = "date_start" in request.query or "date_end" in request.query
    rows = context.world.rows(kind)
    overview = [
        {
            "status_id": row["id"],
            "status_label": row["label"],
            "status_is_deleted": False,
            "ended": 4,
            **(period if dated else {}),
            "_queries": {},
            "_leads_page_urls": {},
            **({"_opportunities_page_urls": {}} if extra else {}),
        }
        for row in rows
    ]
    starts: list[dict[str, Any] | None] = [None, *rows[:1]]
    transitions = [
        {
            "from_status_id": start["id"] if start else None,
            "from_status_label": start["label"] if start else None,
            "from_status_is_deleted": False if start else None,
            "to_status_id": rows[-1]["id"],
            "to_status_label": rows[-1]["label"],
            "to_status_is_deleted": False,
            "count": 2,
            "_query": "status:x",
            "_leads_page_url": "https://app.close.com/",
            **extra,
        }
        for start in starts
        if rows
    ]
    tables = {
        "status_overview": overview,
        "status_transitions": transitions,
        "status_transitions_summary": transitions,
    }
    return {name: table for name, table in tables.items() if name not in context.options.reports_without}


def _custom(context: Context, request: Request) -> dict[str, Any]:
    return {"data": [{"x": dates.day_text(context.clock.micros()), "y": 3}], "x": request.query.get("x")}
