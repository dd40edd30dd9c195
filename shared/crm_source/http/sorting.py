"""What the answers of any vendor mean where there is nothing special about them. The text is read before the status."""

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests

from crm_source.errors import Kind, Verdict
from crm_source.http.headers import seconds_in

POISON_RETRIES = 2  # of a 500: the row that it may be about does not mend by itself
PAGE_RETRIES = 2  # of a web page in place of an answer, and of a firewall, which may let the next request through
HEAVY_RETRIES = 2
MOST_TEXT = 300  # characters of what a vendor says
READ = 4000  # bytes of a body that is no JSON

OUTAGES = {408, 429, 502, 503, 504, *range(520, 531)}  # 520 to 530: Cloudflare cannot reach the server behind it
RIGHT = re.compile(
    r"permission|privilege|\brights?\b|security role|(not|n't) have (the )?access|not (allowed|permitted) to",
    re.IGNORECASE,
)
TIMED_OUT = re.compile(r"time(d)?[ -]?out", re.IGNORECASE)
TITLE = re.compile(r"<title[^>]*>([^<]*)", re.IGNORECASE)
ERROR_NAMES = {
    *("code", "error", "errors", "error_code", "error_description", "field-errors", "message", "messages"),
    *("detail", "details", "title", "type", "status", "statuscode", "success", "traceid", "requestid", "request_id"),
}
TEXT_NAMES = ("error", "error_description", "title", "message", "Message", "msg", "detail", "details", "reason")
ROWS = re.compile(r"limit|page.?size|per.?page|\btop\b|\bcount\b|\brows?\b|\brecords?\b|\bresults?\b", re.IGNORECASE)
PLACE = re.compile(r"skip|offset|rate.?limit|per (second|minute|hour|day)", re.IGNORECASE)
BARE = re.compile(r"(the )?(value )?(must|should) be ", re.IGNORECASE)  # of a refusal that names no field
MOST = re.compile(
    r"(?:max(?:imum)?[ _]?(?:_?limit|page.?size)?(?: value)?(?: allowed)?(?: is| of)?\s*[=:]?|"
    r"less than or equal to|<=|at most|no(?:t)? more than|up to|between \d+ and|"
    r"(?:not|n't|n?or|cannot) (?:be )?(?:exceed|greater than|larger than|more than|above)(?: than)?)"
    r"\s*['\"(]?([0-9][0-9,]*)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Vendor:
    """What the sentences about a vendor's answers need.

    `key_refused`: a sentence on a key that is not accepted, with what to do. `record`: finds in the path of a record,
    or of a list below one, that it is that. `right`: who gives a missing right.
    """

    name: str
    key_refused: str
    record: re.Pattern[str]
    right: str = "an administrator can give it"
    address: str = "`base_url`"


@dataclass(frozen=True)
class Told:
    """An answer that is not data. `text` is the vendor's own, `said` is that in a sentence, after a space."""

    status: int
    method: str
    path: str
    body: Any = field(repr=False)
    text: str
    said: str
    is_page: bool
    title: str
    elsewhere: str  # where a redirect leads to
    retry_after: float | None  # seconds


def told_by(response: requests.Response, body: Any, name: str) -> Told:
    """Read an answer. `body` is its JSON, or None."""
    raw = "" if body is not None else response.content[:READ].decode("utf-8", "replace").lstrip("\ufeff").strip()
    page = is_page(raw.encode(), response.headers.get("content-type", ""))
    title = TITLE.search(raw) if page else None
    text = text_of(body) if body is not None else "" if page or raw.startswith(("{", "[")) else _one_line(raw)
    return Told(
        response.status_code,
        str(response.request.method),
        urlsplit(response.url).path,
        body,
        text,
        f' {name} says: "{_cut(text)}"' if text else "",
        page,
        _one_line(title[1])[:80] if title else "",
        response.headers.get("location", "another address").partition("?")[0],
        seconds_in(response.headers.get("retry-after")),
    )


def is_page(body: bytes, content_type: str) -> bool:
    """Whether a body that is no JSON is a web page."""
    start = body[:100].removeprefix(codecs.BOM_UTF8).lstrip()
    return start.startswith(b"<") or (bool(start) and "html" in content_type.lower())


def default_verdict(told: Told, vendor: Vendor, is_connected: bool, wait: float | None = None) -> Verdict:
    """Sort an answer that is not data. `is_connected`: address and key have worked in this run, so what is wrong now is
    wrong with this list. `wait`: what a 429 says, in seconds."""
    status, path, said, name = told.status, told.path, told.said, vendor.name
    if status == 429:
        return Verdict(Kind.THROTTLED, f"{name}'s rate limit was reached.", wait)
    if status in OUTAGES:
        return Verdict(Kind.TRANSIENT, f"{name} answered {status}.{said}", told.retry_after)
    if status >= 500:
        return _server_error(told, name)
    if 300 <= status < 400:
        return Verdict(
            Kind.CONFIGURATION, f"the server redirects to {told.elsewhere}: check {vendor.address} ({status})."
        )
    if status < 300:
        return _no_data(told, vendor, is_connected)
    if status in (403, 406) and told.is_page:
        page = f'a web page called "{told.title}"' if told.title else "a web page"
        return Verdict(
            Kind.FORBIDDEN,
            f"a firewall or proxy in front of {name} refuses {path} ({status}, {page}). It may not know this machine's "
            "address, or find the requests too many.",
            retries=PAGE_RETRIES,
        )
    if status in (401, 403):
        return _refused(told, vendor, is_connected)
    if status == 402:
        return Verdict(Kind.FORBIDDEN, f"the plan of this {name} account does not include {path} (402).{said}")
    if status in (404, 410):
        return _absent(told, vendor, is_connected)
    return Verdict(Kind.OURS, f"{name} refused {told.method} {path} with {status}.{said}", limit=limit_in(told.text))


def _server_error(told: Told, name: str) -> Verdict:
    if TIMED_OUT.search(told.text):
        return Verdict(Kind.HEAVY, f"{name} took too long ({told.status}).{told.said}", retries=HEAVY_RETRIES)
    return Verdict(Kind.POISONED, f"{name} answered {told.status}.{told.said}", retries=POISON_RETRIES)


def _no_data(told: Told, vendor: Vendor, is_connected: bool) -> Verdict:
    what = "a web page" if told.is_page else "something that is no list of records"
    if not is_connected:
        message = f"{vendor.address} is not the API: the server answers with {what}.{told.said}"
        return Verdict(Kind.CONFIGURATION, message, retries=PAGE_RETRIES)
    if told.is_page:
        return Verdict(Kind.TRANSIENT, f"{vendor.name} answers with a web page, as it does during maintenance.")
    return Verdict(Kind.SHAPE, f"{vendor.name} answers {told.path} with {what} ({told.status}).{told.said}")


def _refused(told: Told, vendor: Vendor, is_connected: bool) -> Verdict:
    status, path = told.status, told.path
    if RIGHT.search(told.text) or (status == 403 and is_connected):
        message = f"the user of the key has no right to {path} ({status}); {vendor.right}.{told.said}"
        return Verdict(Kind.FORBIDDEN, message)
    if is_connected:
        message = f"{vendor.name} does not accept the key for {path} ({status}), though it did elsewhere in this run; "
        return Verdict(Kind.FORBIDDEN, f"{message}a right may be missing, or the key was revoked.{told.said}")
    return Verdict(Kind.CONFIGURATION, f"{vendor.key_refused}{told.said}")


def _absent(told: Told, vendor: Vendor, is_connected: bool) -> Verdict:
    status, path = told.status, told.path
    if vendor.record.search(path):
        return Verdict(Kind.GONE, f"{vendor.name} has no {path} ({status}).{told.said}")
    if not is_connected:
        message = f"{vendor.address} is not the {vendor.name} API: it has no {path} ({status})."
        return Verdict(Kind.CONFIGURATION, f"{message}{told.said}")
    message = f"{vendor.name} has no {path} here ({status}): the plan or the version of the account may lack it."
    return Verdict(Kind.FORBIDDEN, f"{message}{told.said}")


def is_error(data: Any) -> bool:
    """Whether an object says nothing but that something went wrong, whatever its status."""
    return isinstance(data, Mapping) and bool(data) and all(str(name).lower() in ERROR_NAMES for name in data)


def text_of(body: Any) -> str:
    """The human part of an error body, in one line, whichever of the known shapes it has.

    Those are: a text; `error`, `message` or `detail` as a text, an object or a list of `{loc, msg}`; `errors` as a
    list of texts or objects, or by field; `field-errors`.
    """
    parts: list[str] = []
    for part in _texts(body):
        if part and part not in parts:
            parts.append(part)
    return _one_line(" ".join(parts))


def _texts(body: Any, level: int = 0) -> Iterator[str]:
    if isinstance(body, str):
        yield body
    if level > 4:
        return
    if isinstance(body, list):
        for one in body[:20]:
            yield from _texts(one, level + 1)
    if not isinstance(body, dict):
        return
    where = ".".join(str(one) for one in body["loc"]) if isinstance(body.get("loc"), list) else body.get("field")
    parts = [text for name in TEXT_NAMES for text in _texts(body.get(name), level + 1)]
    yield from ([f"{where}: {' '.join(parts)}"] if where and isinstance(where, str) and parts else parts)
    for name in ("errors", "field-errors", "fieldErrors", "ModelState"):
        found = body.get(name)
        if isinstance(found, dict) and not set(found) & set(TEXT_NAMES):
            yield from _by_field(found, level + 1)
        else:
            yield from _texts(found, level + 1)


def _by_field(found: Mapping[str, Any], level: int) -> Iterator[str]:
    for name, why in list(found.items())[:20]:
        inner = _by_field(why, level + 1) if isinstance(why, dict) and level < 4 else _texts(why, level)
        if text := " ".join(inner):
            yield f"{name}: {text}"


def limit_in(text: str) -> int | None:
    """How many rows a page may have, where the text of a refusal names that: «max_limit = 100», «pageSize cannot exceed
    250»."""
    for sentence in re.split(r"(?<=[.;!])\s+|\n", text):
        is_about_rows = ROWS.search(sentence) or BARE.match(sentence)
        if is_about_rows and not PLACE.search(sentence) and (found := MOST.search(sentence)):
            limit = int(found[1].replace(",", "")[:9])
            return limit if limit > 0 else None
    return None


def _one_line(text: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in text[: READ * 2]).split())


def _cut(text: str) -> str:
    return text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 1] + "…"
