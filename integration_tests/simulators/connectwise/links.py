"""The Link header (2.1, 2.2): the server's own idea of its address, and the query encoded anew."""

import re
from collections.abc import Mapping
from urllib.parse import urlencode

from simulators.connectwise.options import Options
from simulators.messages import Request

UPPER = re.compile(r"%[0-9A-F]{2}")


class Links:
    """`base` is the API's address as the request had it."""

    def __init__(self, options: Options, request: Request, base: str) -> None:
        self._url = (options.link_base or base) + request.path + ("/" if options.link_slash else "")
        self._query = {name: value for name, value in request.query.items() if name.lower() not in ("page", "pageid")}

    def numbered(self, page: int, last: int) -> str:
        """Next first, then last; `next` and `prev` only when there is one; nothing for a single page."""
        if last <= 1:
            return ""
        found = {"next": page + 1} if page < last else {}
        found["last"] = last
        if page > 1:
            found |= {"first": 1, "prev": min(page - 1, last)}
        return ", ".join(self._link({"page": number}, rel) for rel, number in found.items())

    def forward(self, page_id: int) -> str:
        return self._link({"pageId": page_id}, "next")

    def _link(self, more: Mapping[str, int], rel: str) -> str:
        query = UPPER.sub(lambda match: match.group().lower(), urlencode({**self._query, **more}))
        return f'<{self._url}?{query}>; rel="{rel}"'
