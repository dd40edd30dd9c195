"""What is uncertain about Close, or differs between accounts, as switches."""

from dataclasses import dataclass, field
from typing import Literal

Step = Literal["microsecond", "millisecond", "second"]
STEPS: dict[Step, int] = {"microsecond": 1, "millisecond": 1_000, "second": 1_000_000}  # in microseconds
CapError = Literal["error", "errors", "field-errors", "detail"]


@dataclass(slots=True)
class Options:
    """Defaults are the likeliest reading of docs/vendors/closeio.md; where that is unclear, the harsher one.

    step: how finely the store keeps dates (docs/vendors/closeio.md, section 2.6); filters with finer digits are cut to
        it, in search, lists and the event log.
    recorded_fields: rows have every field that recorded answers have (recorded.json).
    search_cursor_semantics: "offset" counts rows, so rows that leave the result shift later pages of a chain;
        "after" continues behind the last row seen.
    search_bare_custom: does `custom` in a search's `_fields` select all custom fields (2.5).
    search_always_id: is `id` in a search row although `_fields` does not name it.
    search_index_lag: seconds (of the virtual clock) until search sees a change.
    search_rows: "index" gives rows as the index knows them; "database" sorts and selects by the index and fills them
        from the database, so that a row may show a newer date than the one of its place, and deleted ones are missing.
    search_unknown_fields: names that the `_fields` of a search must not have.
    search_checks_custom: nor names of custom fields that there are not (any more).
    search_field_error: does the 400 for them name "all" of them, the first "one", or "none".
    search_iso_range: does `moment_range` accept `{"gte": iso, "lt": iso}` (2.5, reported by one user).
    search_types: object types that are searchable at the top level.
    activity_filters_without_lead: `_type`, `user_id`, `contact_id` on /activity/ and `activity_at` anywhere (4.2).
    redirect_status: of a request without the trailing slash, 301 or 308 (1.1).
    connected_account_type_filter_ignored: `_type` on /connected_account/ is not documented (4.3).
    undocumented_paging: do lists without documented paging, but with has_more, honour `_skip` and `_limit`.
    skip_error: wording of the skip cap's 400: "old", or "new" in one of the shapes of an error (2.1).
    limit_error: shape of the limit cap's 400.
    semicolons: the `ratelimit` header as it is, rather than as it is documented.
    event_error: what /event/ answers with 400, if anything.
    firewall: path prefixes that a firewall answers with a web page and 403.
    reports_without: tables that a status report leaves out.
    garbage_date: answer to a date filter that is no date.
    naive_tz_shift: does `x-tz-offset` move naive date-times too (2.2).
    naive_dates, synced_share: formats of 1.4, at seeding: naive dates of the newer services; share of e-mails and
        meetings that were synced, so that their fraction is zero.
    default_order: order of a list without `_order_by`, by path, e.g. {"/lead/": "-date_updated"}.
    admin: False hides the payload of events older than an hour (8.2).
    event_data: False leaves out the payload of every event.
    consolidation_seconds: updates of one object within this time become one event (8.2).
    event_retention_days: 30 in production.
    forbidden: path prefix -> 402, 403 or 400, for plans and rights: {"/send_as/": 402}.
    restricted_leads: caller with restricted lead visibility: /comment_thread/ without ids is 403 (3.3).
    bearer_token: accepted next to the API key.
    """

    step: Step = "microsecond"
    recorded_fields: bool = False
    search_cursor_semantics: Literal["offset", "after"] = "offset"
    search_bare_custom: bool = False
    search_always_id: bool = False
    search_index_lag: float = 0.0
    search_rows: Literal["index", "database"] = "index"
    search_unknown_fields: tuple[str, ...] = ()
    search_checks_custom: bool = False
    search_field_error: Literal["all", "one", "none"] = "all"
    search_iso_range: bool = False
    search_types: tuple[str, ...] = ("lead", "contact", "opportunity", "custom_object")
    expired_cursor_error: str = "Expired cursor"
    activity_filters_without_lead: Literal["ignore", "400"] = "ignore"
    redirect_status: int = 308
    connected_account_type_filter_ignored: bool = True
    undocumented_paging: bool = True
    skip_error: Literal["old", "new", "error", "errors", "detail"] = "old"
    limit_error: CapError = "error"
    semicolons: bool = False
    event_error: str = ""
    firewall: tuple[str, ...] = ()
    reports_without: tuple[str, ...] = ()
    garbage_date: Literal["400", "ignore"] = "400"
    naive_tz_shift: bool = False
    naive_dates: bool = True
    synced_share: float = 0.4
    default_order: dict[str, str] = field(default_factory=dict)
    admin: bool = True
    event_data: bool = True
    consolidation_seconds: float = 10.0
    event_retention_days: float = 30.0
    forbidden: dict[str, int] = field(default_factory=dict)
    restricted_leads: bool = False
    bearer_token: str | None = None

    def cut(self, micros: int) -> int:
        """The instant as the store keeps it."""
        return micros // STEPS[self.step] * STEPS[self.step]

    def stamp(self, micros: int) -> int:
        """The instant that the server stamps on a change: it knows no more than milliseconds."""
        return self.cut(micros // 1000 * 1000)


@dataclass(slots=True)
class Caps:
    """Largest `_limit` and `_skip` by list path (2.1); paths that are not named have 100 and no skip cap."""

    max_limit: dict[str, int] = field(
        default_factory=lambda: {
            "/lead/": 200,
            "/opportunity/": 250,
            "/task/": 1000,
            "/user/": 1000,
            "/custom_field/lead/": 1000,
            "/custom_field/contact/": 1000,
            "/custom_field/opportunity/": 1000,
            "/custom_field/activity/": 1000,
            "/sequence/": 1000,
            "/saved_search/": 600,
            "/event/": 50,
            "/data/search/": 200,
        }
    )
    max_skip: dict[str, int] = field(default_factory=lambda: {"/lead/": 10_000, "/activity/": 250_000})

    def limit_of(self, path: str) -> int:
        return self.max_limit.get(path, 100)

    def skip_of(self, path: str) -> int | None:
        """Activities of one type share the cap of /activity/ unless they have their own."""
        if path in self.max_skip:
            return self.max_skip[path]
        return self.max_skip.get("/activity/") if path.startswith("/activity/") else None
