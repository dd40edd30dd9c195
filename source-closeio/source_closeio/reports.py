"""Close's reports as rows (docs/vendors/closeio.md, section 5)."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from crm_source.dates import BEGINNING, day_of, text_of
from crm_source.http.client import Http
from crm_source.report import Report
from crm_source.walks.page import Row
from source_closeio.answers import rows_of

STATUS_SECTIONS = {
    "status_overview": "overview",
    "status_transitions": "transitions",
    "status_transitions_summary": "transitions_summary",
}


def metrics(http: Http) -> list[Row]:
    """The metrics of the activity report: key, name and description of each."""
    return rows_of(http.get("report_activity", "/report/activity/metrics/"), "report_activity", "metrics")


def activity(http: Http, start: datetime, until: datetime, user_id: str | None) -> Iterator[Row]:
    """Every metric since the start date, in the steps that Close chooses. Money in cents, times in seconds."""
    keys = [str(one["key"]) for one in metrics(http) if one.get("key")]
    reach = {"start": text_of(start), "end": text_of(until)}
    body: dict[str, Any] = {"type": "overview", "metrics": keys, "datetime_range": reach}
    if user_id:
        body["users"] = [user_id]
    for row in rows_of(http.post("report_activity", "/report/activity/", body), "report_activity"):
        yield {**row, "range_start": reach["start"], "range_end": reach["end"]}


def sent_emails(http: Http, organization: str, reach: Mapping[str, str], user_id: str | None) -> Iterator[Row]:
    """One row a template; the grand total has no template and gets the key `all`."""
    params = {**reach, **({"user_id": user_id} if user_id else {})}
    answer = http.get("report_sent_emails", f"/report/sent_emails/{organization}/", params)
    for row in rows_of(answer, "report_sent_emails", "sent_email_stats"):
        yield {**row, **reach, "organization_id": organization, "row_key": row.get("template_id") or "all"}


def statuses(
    http: Http, report: Report, stream: str, path: str, organization: str, params: Mapping[str, str]
) -> Iterator[Row]:
    """The three tables of a status report, told apart by `section`. One that is missing leaves the others."""
    answer = http.get(stream, f"{path}{organization}/", params)
    sections = answer.data if isinstance(answer.data, dict) else {}
    missing = [name for name in STATUS_SECTIONS if not isinstance(sections.get(name), list)]
    if len(missing) == len(STATUS_SECTIONS):
        rows_of(answer, stream, missing[0])  # raises: nothing of the report is there
    if missing:
        report.warn(f"Stream {stream}: Close's answer has no {', '.join(missing)}. The report comes without them.")
    for name, section in STATUS_SECTIONS.items():
        for row in sections.get(name) or () if name not in missing else ():
            own = row.get("status_id") or f"{row.get('from_status_id') or 'created'}>{row.get('to_status_id')}"
            reach = {key: params[key] for key in ("date_start", "date_end") if key in params}
            yield {**row, **reach, "organization_id": organization, "section": section, "row_key": f"{section}:{own}"}


def days(start: datetime | None, until: datetime) -> dict[str, str]:
    return {"date_start": day_of(start or BEGINNING).isoformat(), "date_end": day_of(until).isoformat()}
