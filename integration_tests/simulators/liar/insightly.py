"""The dialect of Insightly: bare arrays, `skip` and `top`, and X-Total-Count."""

from typing import Any

from simulators.liar.dialect import Dialect, Forward, number, with_query
from simulators.messages import Answer, Request

PREFIX = "/v3.1"
LARGEST = 500
TOTAL = "x-total-count"


class InsightlyDialect(Dialect):
    prefix = PREFIX

    def is_probe(self, request: Request) -> bool:
        return self.path_of(request).lower() == "/users/me"

    def _rows_in(self, content: Any) -> list[Any] | None:
        return content if isinstance(content, list) else None

    def _with_rows(self, content: Any, rows: list[Any]) -> Any:
        return rows

    def limit(self, request: Request) -> int | None:
        return number(request.query.get("top"))

    def with_limit(self, request: Request, limit: int) -> Request:
        return with_query(request, {"top": limit})

    def place(self, request: Request) -> str:
        skip = request.query.get("skip", "0")
        return "" if skip == "0" else skip

    def at_start(self, request: Request) -> Request:
        return with_query(request, {"skip": 0})

    def without_dates(self, request: Request) -> Request:
        return with_query(request, {"updated_after_utc": None})

    def count(self, answer: Answer, request: Request) -> int | None:
        return number(answer.headers.get(TOTAL))

    def put_count(self, answer: Answer, request: Request, value: int | str | None) -> None:
        if value is None:
            answer.headers.pop(TOTAL, None)
        else:
            answer.headers[TOTAL] = str(value)

    def put_more(self, answer: Answer, request: Request) -> None:
        """There is no other sign of more than the count."""
        rows = self.rows(answer) or ()
        answer.headers[TOTAL] = str((number(request.query.get("skip"), 0) or 0) + len(rows) + 1000)

    def everything(self, request: Request, forward: Forward) -> list[Any] | None:
        """Until a page is empty, as another lie may cap them, or repeats the one before, as another ignores places."""
        found: list[Any] = []
        last: list[Any] = []
        while True:
            rows = self.rows(forward(with_query(request, {"skip": len(found), "top": LARGEST})))
            if rows is None:
                return None
            if not rows or rows == last:
                return found
            found += rows
            last = rows

    def show(self, answer: Answer, request: Request, rows: list[Any]) -> None:
        start, limit = number(request.query.get("skip"), 0) or 0, self.limit(request) or 100
        self.put_rows(answer, rows[start : start + limit])

    def said(self, text: str) -> Any:
        return {"Message": text}
