"""The dialect of ConnectWise: bare arrays, `page` and `pageSize`, conditions with `id > n`, and the Link header."""

import re
from typing import Any

from simulators.liar.dialect import Dialect, Forward, number, with_query
from simulators.messages import Answer, Request

PREFIX = "/v4_6_release/apis/3.0"
LARGEST = 1000
AND = " and "
AFTER = re.compile(r"id > (\d+)")
ANY_ID = re.compile(r"id (>|<=) \d+")
LAST = re.compile(r'[?&]page=(\d+)[^>]*>; rel="last"')


class ConnectWiseDialect(Dialect):
    prefix = PREFIX

    def is_probe(self, request: Request) -> bool:
        is_one = request.query.get("pageSize") == "1" and request.query.get("fields") == "id"
        return self.path_of(request) == "/system/info" or (is_one and "conditions" not in request.query)

    def _rows_in(self, content: Any) -> list[Any] | None:
        return content if isinstance(content, list) else None

    def _with_rows(self, content: Any, rows: list[Any]) -> Any:
        return rows

    def limit(self, request: Request) -> int | None:
        return number(request.query.get("pageSize"))

    def with_limit(self, request: Request, limit: int) -> Request:
        return with_query(request, {"pageSize": limit})

    def place(self, request: Request) -> str:
        page = request.query.get("page", "1")
        after = AFTER.search(request.query.get("conditions", ""))
        return after[1] if after else "" if page == "1" else f"page {page}"

    def at_start(self, request: Request) -> Request:
        return self._with_conditions(with_query(request, {"page": None}), lambda one: not AFTER.fullmatch(one))

    def without_ids(self, request: Request) -> Request:
        return self._with_conditions(request, lambda one: not ANY_ID.fullmatch(one))

    def without_dates(self, request: Request) -> Request:
        return self._with_conditions(request, lambda one: "lastUpdated" not in one)

    @staticmethod
    def _with_conditions(request: Request, is_kept: Any) -> Request:
        conditions = [one for one in request.query.get("conditions", "").split(AND) if one and is_kept(one)]
        return with_query(request, {"conditions": AND.join(conditions) or None})

    def count(self, answer: Answer, request: Request) -> int | None:
        """Rows up to the last page, which is all that the header tells."""
        rows, last = self.rows(answer), LAST.search(answer.headers.get("link", ""))
        if last:
            return int(last[1]) * (self.limit(request) or 25)
        return None if rows is None else len(rows)

    def put_count(self, answer: Answer, request: Request, value: int | str | None) -> None:
        if value is None:
            answer.headers.pop("link", None)
            return
        if isinstance(value, str):
            answer.headers["link"] = f'<{value}>; rel="last"'
            return
        limit = self.limit(request) or 25
        last, page = -(-value // limit), number(request.query.get("page"), 1) or 1
        links = [f'<https://na.example/x?page={page + 1}>; rel="next"'] if page < last else []
        answer.headers["link"] = ", ".join([*links, f'<https://na.example/x?page={last}>; rel="last"'])

    def put_more(self, answer: Answer, request: Request) -> None:
        page = number(request.query.get("page"), 1) or 1
        answer.headers["link"] = f'<https://na.example/x?page={page + 1}>; rel="next"'

    def everything(self, request: Request, forward: Forward) -> list[Any] | None:
        return self.rows(forward(with_query(request, {"page": None, "pageSize": LARGEST})))

    def show(self, answer: Answer, request: Request, rows: list[Any]) -> None:
        limit, page = self.limit(request) or 25, number(request.query.get("page"), 1) or 1
        self.put_rows(answer, rows[(page - 1) * limit : page * limit])
        if len(rows) > limit:
            self.put_count(answer, request, len(rows))
        else:
            answer.headers.pop("link", None)

    def said(self, text: str) -> Any:
        return {"code": "ConnectWiseApi", "message": text, "errors": None}
