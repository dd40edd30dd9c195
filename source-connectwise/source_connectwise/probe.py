"""Proving a key, and finding what it may not read. Sections are those of docs/vendors/connectwise.md."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from urllib.parse import quote

from crm_source.dates import server_time
from crm_source.errors import ApiError, Kind, configuration_error
from crm_source.http.client import Http
from crm_source.resources import Asked
from source_connectwise.answers import COMPANY_INFO, Answers
from source_connectwise.base_url import API

# Any list proves the key, also by refusing it for want of a right; the second is for a first that fails.
PROBES = ("/company/companies", "/service/priorities")
UNPROVEN = (Kind.FORBIDDEN, Kind.GONE, Kind.POISONED, Kind.HEAVY, Kind.TRANSIENT, Kind.OURS)
ONE_ROW = {"pageSize": 1, "fields": "id"}


class Probe:
    """Of one company's key. `answers` sorts what `http` brings, and knows whether something has proved the key."""

    def __init__(self, http: Http, answers: Answers, company: str):
        self._http = http
        self._answers = answers
        self._company = company

    def connect(self) -> datetime:
        """The server's time, of whatever answer proves the key: one row of a list, or a missing right (1.4, 4.2).

        A list that is slow or damaged says nothing of others. /system/info proves nothing, and is asked only where all
        that came was a refusal without a reason. Raises ApiError, or a configuration error for an unknown company.
        """
        failures: list[ApiError] = []
        for path in PROBES:
            try:
                return self._proven(self._http.get("", API + path, ONE_ROW).headers)
            except ApiError as error:
                if error.kind is Kind.CONFIGURATION:
                    self._name_a_wrong_company(error)
                if error.kind not in UNPROVEN:
                    raise
                if self._answers.is_connected:
                    return self._proven(self._answers.last_headers)
                failures.append(error)
        if any(error.kind is not Kind.FORBIDDEN for error in failures):
            raise failures[0]
        return self._proven(self._http.get("", f"{API}/system/info", {}).headers)

    def _proven(self, headers: Mapping[str, str]) -> datetime:
        self._answers.is_connected = True
        return server_time(headers)

    def _name_a_wrong_company(self, cause: ApiError) -> None:
        """Ask what needs no key, to tell a wrong company from a wrong key or server (1.2)."""
        try:
            self._http.get("", f"{COMPANY_INFO}{quote(self._company, safe='')}")
        except ApiError as error:
            if error.kind is Kind.GONE:
                text = f"company: {self._http.base_url} knows no company {self._company!r}."
                raise configuration_error(text) from cause

    def refused(self, lists: Sequence[Asked], workers: int) -> list[str]:
        """The lists that the key may not read: a row of each is asked for. Whatever else one answers says nothing."""
        with ThreadPoolExecutor(workers) as pool:
            answers = zip(lists, pool.map(self._is_refused, lists), strict=True)
            return [one.name for one, is_refused in answers if is_refused]

    def _is_refused(self, one: Asked) -> bool:
        try:
            self._http.get(one.name, API + one.path, ONE_ROW)
        except ApiError as error:
            return error.kind is Kind.FORBIDDEN
        return False
