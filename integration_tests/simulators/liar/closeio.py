"""The dialect of Close: GET with `_skip` and `_limit`, or a search by POST; `{data, has_more, total_results}`,
`{data, cursor, count}`, and the event log's `{data, cursor_next}`."""

import copy
import re
from typing import Any

import orjson

from simulators.liar.dialect import Dialect, Forward, number, with_body, with_query
from simulators.messages import Answer, Request

PREFIX = "/api/v1"
PLACES = {"_skip": None, "_cursor": None}
DATE = re.compile(r"date_(created|updated)__\w+")
FRACTION = re.compile(r"[.](\d+)")
LARGEST = 100
OWN_CURSOR = "liar-"


class CloseDialect(Dialect):
    prefix = PREFIX

    def is_probe(self, request: Request) -> bool:
        return self.path_of(request) == "/me"

    def _rows_in(self, content: Any) -> list[Any] | None:
        rows = content.get("data") if isinstance(content, dict) else None
        return rows if isinstance(rows, list) else None

    def _with_rows(self, content: Any, rows: list[Any]) -> Any:
        return {**content, "data": rows}

    def limit(self, request: Request) -> int | None:
        return number(_body(request).get("_limit") if request.body else request.query.get("_limit"))

    def with_limit(self, request: Request, limit: int) -> Request:
        if request.body:
            return with_body(request, {**_body(request), "_limit": limit})
        return with_query(request, {"_limit": limit})

    def place(self, request: Request) -> str:
        if request.body:
            return str(_body(request).get("cursor") or "")
        skip = request.query.get("_skip", "0")
        return request.query.get("_cursor", "") or ("" if skip == "0" else skip)

    def at_start(self, request: Request) -> Request:
        if request.body:
            return with_body(request, {**_body(request), "cursor": None})
        return with_query(request, PLACES)

    def without_dates(self, request: Request) -> Request:
        if not request.body:
            return with_query(request, {name: None for name in request.query if DATE.fullmatch(name)})
        body = _body(request)
        queries = [one for one in body["query"]["queries"] if one["type"] != "field_condition"]
        return with_body(request, {**body, "query": {**body["query"], "queries": queries}})

    def without_ids(self, request: Request) -> Request:
        return with_query(request, {"id__in": None})

    def with_coarse_dates(self, request: Request, digits: int) -> Request:
        if not request.body:
            found = {name: value for name, value in request.query.items() if DATE.fullmatch(name)}
            return with_query(request, {name: _cut(value, digits) for name, value in found.items()})
        body = copy.deepcopy(_body(request))
        for one in body["query"]["queries"]:
            for end in ("on_or_after", "before"):
                if (bound := one.get("condition", {}).get(end)) and "value" in bound:
                    bound["value"] = _cut(bound["value"], digits)
        return with_body(request, body)

    def count(self, answer: Answer, request: Request) -> int | None:
        content = orjson.loads(answer.body)
        return number(content.get("total_results", (content.get("count") or {}).get("total")))

    def put_count(self, answer: Answer, request: Request, value: int | str | None) -> None:
        content = orjson.loads(answer.body)
        if "total_results" in content:
            content["total_results"] = value
        elif "count" in content:
            content["count"] = None if value is None else {"limited": value, "total": value}
        answer.body = orjson.dumps(content)

    def put_more(self, answer: Answer, request: Request) -> None:
        content = orjson.loads(answer.body)
        if request.body:
            content["cursor"] = content.get("cursor") or self.place(request) or f"{OWN_CURSOR}0"
        elif "cursor_next" in content:
            content["cursor_next"] = content["cursor_next"] or self.place(request) or f"{OWN_CURSOR}0"
        else:
            content["has_more"] = True
        answer.body = orjson.dumps(content)

    def everything(self, request: Request, forward: Forward) -> list[Any] | None:
        found: list[Any] = []
        asked = self.with_limit(self.at_start(request), LARGEST)
        while True:
            answer = forward(asked)
            rows = self.rows(answer)
            if rows is None:
                return None
            found += rows
            content = orjson.loads(answer.body)
            cursor = content.get("cursor") or content.get("cursor_next")
            if request.body and cursor:
                asked = with_body(asked, {**_body(asked), "cursor": cursor})
            elif cursor:
                asked = with_query(asked, {"_cursor": cursor})
            elif content.get("has_more"):
                asked = with_query(asked, {"_skip": len(found)})
            else:
                return found

    def show(self, answer: Answer, request: Request, rows: list[Any]) -> None:
        start = number(self.place(request).removeprefix(OWN_CURSOR), 0) or 0
        limit = self.limit(request)
        end = len(rows) if limit is None else start + limit
        content = {**orjson.loads(answer.body), "data": rows[start:end]}
        following = f"{OWN_CURSOR}{end}" if end < len(rows) else None
        if "cursor_next" in content:
            content["cursor_next"] = following
        elif "cursor" in content:
            content["cursor"] = following
        else:
            content["has_more"] = following is not None
        answer.body = orjson.dumps(content)


def _body(request: Request) -> Any:
    return request.parsed if isinstance(request.parsed, dict) else {}


def _cut(text: str, digits: int) -> str:
    return FRACTION.sub(lambda found: f".{found[1][:digits]}" if digits else "", text)
