"""Lists that are not asked for by page: one call, or one for each of a few objects, returns all their rows."""

from collections.abc import Iterable
from datetime import datetime

from crm_source.config import Config
from crm_source.dates import BEGINNING
from crm_source.errors import ApiError, Kind
from crm_source.http.client import Http
from crm_source.report import Report
from crm_source.resources import Asked
from crm_source.walks.page import Row
from source_closeio import reports
from source_closeio.answers import rows_of


class WholeLists:
    """Of one account. `me` is what /me/ answered."""

    def __init__(self, http: Http, config: Config, report: Report):
        self.me: Row = {}
        self._http = http
        self._config = config
        self._report = report

    def own_organizations(self) -> list[str]:
        return [str(one["id"]) for one in self.me.get("organizations") or () if isinstance(one, dict) and one.get("id")]

    def _organizations(self) -> list[str]:
        wanted = self._config.raw.get("organization_id")
        return [wanted] if wanted else self.own_organizations()

    def rows(self, resource: Asked, until: datetime) -> Iterable[Row]:
        name, path, raw = resource.name, resource.path, self._config.raw
        user_id, start = raw.get("user_id"), self._config.start_date
        match resource.walk:
            case "me":
                return [self.me]
            case "organizations":
                return [self._http.get(name, f"{path}{one}/").data for one in self._organizations()]
            case "groups":
                return self._groups(resource)
            case "field_schemas":
                return self._field_schemas(resource)
            case "availability":
                rows: list[Row] = []
                for one in self._organizations():
                    rows += rows_of(self._http.get(name, path, {"organization_id": one}), resource.name)
                return rows
            case "activity_report":
                return reports.activity(self._http, start or BEGINNING, until, user_id)
            case "sent_emails_report":
                reach = reports.days(start, until)
                return [
                    row for one in self._organizations() for row in reports.sent_emails(self._http, one, reach, user_id)
                ]
            case "status_report":
                params = reports.days(start, until)
                if user_id and "opportunity" in path:
                    params["user_id"] = user_id
                return [
                    row
                    for one in self._organizations()
                    for row in reports.statuses(self._http, self._report, name, path, one, params)
                ]
        raise AssertionError(f"{name}: there is no walk called {resource.walk}")

    def _groups(self, resource: Asked) -> Iterable[Row]:
        """The list has no members; each group has to be asked for (4.1)."""
        listed = rows_of(self._http.get(resource.name, resource.path, {"_fields": "id,name"}), resource.name)
        asked = {"_fields": "id,name,organization_id,members"}
        for group in listed:
            try:
                yield self._http.get(resource.name, f"{resource.path}{group['id']}/", asked).data
            except ApiError as error:
                if error.kind is not Kind.GONE:
                    raise

    def _field_schemas(self, resource: Asked) -> Iterable[Row]:
        types = ["lead", "contact", "opportunity"]
        for prefix, path in (("activity", "/custom_activity/"), ("custom_object", "/custom_object_type/")):
            try:
                found = rows_of(self._http.get(resource.name, path), resource.name)
            except ApiError as error:
                if error.kind is not Kind.FORBIDDEN:
                    raise
                self._report.warn(f"custom_field_schemas has no rows for {prefix} types. {error.message}")
                continue
            types += [f"{prefix}/{one['id']}" for one in found]
        for object_type in types:
            answer = self._http.get(resource.name, f"{resource.path}{object_type}/").data
            yield {**answer, "object_type": object_type}
