"""What is uncertain about ConnectWise PSA, or differs between instances, as switches."""

from dataclasses import dataclass, field
from typing import Literal

Absent = Literal["refuse", "ignore", "filter"]


@dataclass(slots=True)
class Options:
    """Defaults are the reading of the reference that is the likeliest; where that is unclear, the harsher one.

    Of the rows, to be set before the simulator is made:
    nulls: "omit" leaves empty fields out, as newer servers do; "null" sends them.
    newer_fields: rows have the fields of servers of 2025.16 and later.
    unsure_last_updated: lists whose rows are not known to carry `_info.lastUpdated` carry it all the same.
    date_entered_everywhere: `_info.dateEntered` on all rows that have an `_info`, not only where it was seen.
    hidden_fraction: lastUpdated has a fraction of a second that conditions see and rows do not show.
    service_lists_project_tickets: /service/tickets lists project tickets, too (5.2).

    Of conditions, sort and fields:
    last_updated_absent: a lastUpdated condition on a list that has none (N, R): 400, no effect, or a hidden column.
    last_updated: the same by list name, for lists that are only expected to have the condition (L).
    unsearchable: fields that are in the rows, but no condition may name, by list.
    and_first: AND binds tighter than OR.
    default_order: order of a navigable list without orderBy, e.g. "id desc".
    fields_refuses_unknown: an unknown name in `fields` is a 400 instead of being dropped (2.3).

    Of paging:
    link_base: the server's own idea of its address, for Link headers; None takes the one of the request.
    link_slash: the path in Link headers ends with a slash.
    forward_end: Link header of a forward-only page with nothing behind it: "next" has one until a page is empty,
        "empty" sends an empty header.
    forward_unsupported: lists that ignore `pagination-type: forward-only`.
    forward_order_by: orderBy together with forward-only is a 400, or ignored.

    Of refusals:
    wrong_key_status: 401, or the 404 of the cloud.
    missing_client_id_status: 401 or 403.
    unknown_company: companyinfo answers 200 `null`, or 404.
    forbidden: path prefix -> status, for missing rights: {"/finance/": 403, "/service/boards/3/": 403}.
    own_only: lists whose rows are restricted to the caller's own, silently (Inquire = My).
    poisoned: list name -> ids of rows that make every page that contains them a 500.
    max_page: list name -> pageSize above which the query times out (500).
    max_matching: list name -> number of matching rows above which the query times out (500).
    seconds_per_row: how long a page takes for each of its rows.
    retry_after: form of the header of a 429 over the rate limit.
    system_info_open: /system/info answers without credentials (1.4).
    versions: versions of the rows that the server knows, all of them when empty.
    unknown_version: how it refuses others: with a 406 without a word, or with a 400 that names the version.
    missing_endpoints: paths that this version of the server does not have yet (404); not a violation.
    pretty_errors: error bodies are indented and have CRLF.
    forecast_object: /sales/opportunities/ID/forecast is one object instead of an array.

    Of changes:
    touching: lists whose changes move the lastUpdated of the parent (of the ticket, for time entries).
    """

    nulls: Literal["omit", "null"] = "omit"
    newer_fields: bool = False
    unsure_last_updated: bool = True
    date_entered_everywhere: bool = False
    hidden_fraction: bool = False
    service_lists_project_tickets: bool = False
    last_updated_absent: Absent = "refuse"
    last_updated: dict[str, Absent] = field(default_factory=dict)
    unsearchable: dict[str, tuple[str, ...]] = field(default_factory=lambda: {"company_sites": ("defaultFlag",)})
    and_first: bool = True
    default_order: str = "id asc"
    fields_refuses_unknown: bool = False
    link_base: str | None = "https://na.myconnectwise.net/v4_6_release/apis/3.0"
    link_slash: bool = True
    forward_end: Literal["next", "empty"] = "next"
    forward_unsupported: frozenset[str] = frozenset({"audit_trail"})
    forward_order_by: Literal["refuse", "ignore"] = "refuse"
    wrong_key_status: Literal[401, 404] = 401
    missing_client_id_status: Literal[401, 403] = 401
    unknown_company: Literal["null", "404"] = "null"
    forbidden: dict[str, int] = field(default_factory=dict)
    own_only: frozenset[str] = frozenset()
    poisoned: dict[str, set[int]] = field(default_factory=dict)
    max_page: dict[str, int] = field(default_factory=dict)
    max_matching: dict[str, int] = field(default_factory=dict)
    seconds_per_row: float = 0.0
    retry_after: Literal["seconds", "date", "none"] = "seconds"
    system_info_open: bool = False
    versions: frozenset[str] = frozenset()
    unknown_version: Literal["406", "text"] = "406"
    missing_endpoints: tuple[str, ...] = ()
    pretty_errors: bool = False
    forecast_object: bool = False
    touching: frozenset[str] = frozenset({"ticket_notes", "project_ticket_notes", "time_entries"})
