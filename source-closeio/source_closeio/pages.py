"""Pages of a list: the fields that come only when they are named, and fewer rows where these make them large."""

from typing import Any

from crm_source.http.client import Answer, Http
from crm_source.resources import Asked
from crm_source.schemas import fields_of
from source_closeio.facts import close_facts

TRANSCRIPT_ROWS = 25  # a page, at first: the transcript of an hour has some 100 kB
LARGEST_ANSWER = 4_000_000  # bytes of an answer with transcripts; of larger ones fewer rows are asked for

ALWAYS = frozenset({"id", "date_created", "date_updated"})  # what walks and the late index look at
TRANSCRIPTS = frozenset({"recording_transcript", "voicemail_transcript", "transcripts"})


class Pages:
    """Of one account. Used by many threads: what is remembered is only advice."""

    def __init__(self, http: Http, with_transcripts: bool):
        self._http = http
        self._with_transcripts = with_transcripts
        self._most: dict[str, int] = {}  # rows of a page of some megabytes, by the address of the list

    def limit(self, resource: Asked, wanted: int) -> int:
        """Rows to ask for, where so many are wanted."""
        return min(wanted, TRANSCRIPT_ROWS) if self.selected(resource) else wanted

    def selected(self, resource: Asked) -> str:
        """`_fields` of a list whose transcripts are wanted: they come only when all fields are named (2.3)."""
        if not self._with_transcripts or not close_facts(resource).transcripts:
            return ""
        return ",".join(fields_of(__package__, resource.schema_name))

    def named(self, resource: Asked, needed: frozenset[str] | None) -> str:
        """`_fields` of a list of which not all fields are needed, or whose transcripts are wanted; empty: all (2.3)."""
        if needed is None:
            return self.selected(resource)
        names = ALWAYS | {one.partition(".")[0] for one in needed}
        if not self._with_transcripts:
            names -= TRANSCRIPTS
        return ",".join(sorted(names))

    def get(self, resource: Asked, params: dict[str, Any], limit: int) -> Answer:
        """A page of a list."""
        rows = min(limit, self._most.get(resource.path, limit))
        answer = self._http.get(resource.name, resource.path, {**params, "_limit": rows})
        if rows > 2 and answer.size > LARGEST_ANSWER and self.selected(resource):
            self._most[resource.path] = max(rows * LARGEST_ANSWER // answer.size, 2)
        return answer
