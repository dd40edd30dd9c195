"""What is uncertain about Insightly, or differs between instances, as switches."""

from dataclasses import dataclass, field
from typing import Literal

Shape = Literal["null", "{}", "204", "nothing"]
Plan = Literal["Gratis", "Plus", "Professional", "Enterprise"]


@dataclass(slots=True)
class Options:
    """Defaults are the reading of the reference that is the likeliest; where that is unclear, the harsher one.

    Of the rows, to be set before the simulator is made:
    etag: rows have an ETag.
    unsure_fields: rows have the fields that only some clients know: EMAIL_TO, EMAIL_CC, BODY, those of comments.
    unsure_types: more types of custom fields, whose codes are not known.
    odd_values: some values of custom fields are not of the type that their definition tells.
    links: list name -> LINKS of each row, about 250 bytes each, for rows that are huge.

    Of lists:
    top_above_max: a `top` above 500 counts as 500, or is a 400. It is a violation in any case.
    odd_dates: updated_after_utc with fractions, offsets, or only a date: 400, or accepted.
    unpaired_filter: field_name without field_value, or the reverse: 400, or no effect.
    undated_search: what updated_after_utc compares where rows have no DATE_UPDATED_UTC (emails, templates).
    converted_leads_listed: converted leads stay in lists.
    permissions_form: /Permissions is an object, or an array of one.

    Of the ends of lists, for all that are paged (12):
    total: X-Total-Count is the number of rows that the request selects, or so many more or less; it is not sent; it is
      the length of the page, or that of the whole list whatever is filtered. `counted`: only of these lists.
    most_rows: pages have no more, whatever is asked for.
    skip_ignored: every page is the first.

    Of lists by name:
    unsorted: their rows come in an order of their own, which stays the same.
    veiled: ids of rows that are left out of a page after it was cut, so that it has less, and the count has them.
    unsendable: ids of rows that make every answer that holds them a 500 with a web page.
    shapes: what is answered in place of the array: null, an empty object, 204, or 200 without a body.

    Of refusals:
    plan: decides about the daily quota and the lists that there are (3.3).
    lead_management: without it, /LeadSources and /LeadStatuses are a 403.
    custom_objects_gate: what /CustomObjects answers below Enterprise.
    gated: list name -> status that all its addresses answer, on top of the plan.
    api_access: an administrator has switched the API off for this user when false.
    users_me: what /Users/Me answers to a valid key.
    wrong_pod: the account is on another pod; answers to everything.
    retry_after: which 429s have the header.
    throttled_body: form of the body of a 429.
    quota_reset: at midnight UTC, or 24 hours after the first request.
    max_page: list name -> `top` above which full (not brief) rows time out with a gateway's page.
    max_answer: bytes above which an answer is such a page.
    seconds_per_row: how long a page takes for each of its full rows.
    gzip: answers are compressed for clients that accept it.
    """

    etag: bool = True
    unsure_fields: bool = True
    unsure_types: tuple[str, ...] = ("LOOKUP", "URL")
    odd_values: bool = False
    links: dict[str, int] = field(default_factory=dict)
    top_above_max: Literal["clamp", "refuse"] = "clamp"
    odd_dates: Literal["accept", "refuse"] = "refuse"
    unpaired_filter: Literal["ignore", "refuse"] = "refuse"
    undated_search: Literal["created", "updated", "ignore"] = "created"
    converted_leads_listed: bool = True
    permissions_form: Literal["object", "array"] = "object"
    total: Literal["honest", "missing", "page", "whole"] | int = "honest"
    counted: frozenset[str] | None = None
    most_rows: int | None = None
    skip_ignored: bool = False
    unsorted: frozenset[str] = frozenset()
    veiled: dict[str, set[int]] = field(default_factory=dict)
    unsendable: dict[str, set[int]] = field(default_factory=dict)
    shapes: dict[str, Shape] = field(default_factory=dict)
    plan: Plan = "Enterprise"
    lead_management: bool = True
    custom_objects_gate: Literal["403", "404", "empty"] = "403"
    gated: dict[str, int] = field(default_factory=dict)
    api_access: bool = True
    users_me: Literal[200, 403] = 200
    wrong_pod: Literal[401, 404] | None = None
    retry_after: Literal["burst", "always", "never"] = "burst"
    throttled_body: Literal["json", "text", "empty"] = "json"
    quota_reset: Literal["midnight", "24h"] = "midnight"
    max_page: dict[str, int] = field(default_factory=dict)
    max_answer: int | None = None
    seconds_per_row: float = 0.0
    gzip: bool = False
