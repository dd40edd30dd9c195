"""The simulator kit answers strictly, and a vendor in it is its lists and how it writes its requests and answers."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import requests

from simulators.kit import KitSimulator, ListOf, Query, RefusedError, Row
from simulators.messages import Request
from simulators.rate_limit import RateLimit


class Small(KitSimulator):
    """Pages by number, newest first on demand."""

    prefix = "/api"
    most_rows = 10
    lists = (
        ListOf("deals", "/deals", lambda number: {"name": f"Deal {number}"}, count=25),
        ListOf("calls", "/calls", lambda number: {"is_done": number > 2, "kind": "x"}, count=5, filters=("is_done",)),
        ListOf("notes", "/deals/{id}/notes", lambda number: {"text": "x"}, count=40, parent="deals", owner="deal_id"),
        ListOf("files", "/notes/{id}/files", lambda number: {}, count=9, key="code", parent="notes"),
    )

    def headers(self) -> dict[str, str]:
        return {"X-Key": self.api_key}

    def query(self, request: Request) -> Query:
        where = {name: value for name, value in request.query.items() if name in ("is_done", "kind")}
        if request.query.keys() - {"page", "newest", *where}:
            raise RefusedError(400, "Not known.", is_ours=True)
        place = (int(request.query.get("page", "1")) - 1) * self.most_rows
        return Query(order=-1 if "newest" in request.query else 0, place=place, limit=self.most_rows, where=where)

    def page(self, rows: Sequence[Row], query: Query, total: int) -> Any:
        return {"items": rows, "total": total}

    def error(self, status: int, text: str) -> Any:
        return {"error": text}


class Client:
    def __init__(self, sim: Small, url: str) -> None:
        self.sim = sim
        self.url = url

    def get(self, path: str, key: str = "", **query: Any) -> requests.Response:
        headers = {"X-Key": key or self.sim.api_key}
        return requests.get(self.url + path, params=query, headers=headers, timeout=10)

    def all(self, path: str, **query: Any) -> list[Row]:
        rows: list[Row] = []
        while page := self.get(path, page=len(rows) // 10 + 1, **query).json()["items"]:
            rows += page
            if len(page) < 10:
                break
        return rows


@pytest.fixture
def client() -> Iterator[Client]:
    sim = Small(3)
    with sim.serve() as url:
        yield Client(sim, url)


def test_lists_have_their_rows_and_rows_below_others_those_of_their_record(client: Client) -> None:
    assert client.all("/deals") == client.sim.rows("deals")
    notes = [row for deal in client.sim.ids("deals") for row in client.all(f"/deals/{deal}/notes")]
    assert sorted(row["id"] for row in notes) == sorted(client.sim.ids("notes"))
    assert all(client.get(f"/deals/{row['deal_id']}/notes/{row['id']}").json() == row for row in notes[:3])
    assert client.sim.violations == []


def test_a_list_is_filtered_by_the_fields_that_it_says(client: Client) -> None:
    assert [row["id"] for row in client.all("/calls", is_done="true")] == [3, 4, 5]
    assert [row["id"] for row in client.all("/calls", is_done="false")] == [1, 2]
    assert client.sim.violations == []
    assert client.get("/calls", kind="x").status_code == 400
    assert len(client.sim.violations) == 1


def test_newest_first_is_by_the_date_of_change(client: Client) -> None:
    client.sim.clock.advance(60)
    client.sim.update("deals", 7, {"name": "moved"})
    client.sim.clock.advance(60)
    client.sim.update("deals", 8, {"name": "did not move"}, silent=True)
    dates = [row["updated_at"] for row in client.all("/deals", newest=1)]
    assert dates == sorted(dates, reverse=True)
    assert client.get("/deals", newest=1).json()["items"][0]["id"] == 7
    assert client.get("/deals/8").json()["name"] == "did not move"


def test_what_is_deleted_goes_with_all_below_it(client: Client) -> None:
    note = client.sim.rows("notes")[0]
    client.sim.create("files", {"name": "f"}, owner=note["id"])
    assert client.get(f"/notes/{note['id']}/files").json()["total"] >= 1
    files = len(client.sim.ids("files"))
    client.sim.delete("deals", note["deal_id"])
    assert client.get(f"/deals/{note['deal_id']}").status_code == 404
    assert client.get(f"/deals/{note['deal_id']}/notes").status_code == 404
    assert note["id"] not in client.sim.ids("notes")
    assert len(client.sim.ids("files")) < files


def test_what_a_connector_should_not_ask_for_is_refused_and_noted(client: Client) -> None:
    assert client.get("/deals", key="other").status_code == 401
    assert client.get("/nothing").status_code == 404
    assert client.get("/deals", colour="red").json() == {"error": "Not known."}
    assert requests.post(client.url + "/deals", headers=client.sim.headers(), timeout=10).status_code == 405
    assert requests.get(client.url.removesuffix("/api") + "/deals", timeout=10).status_code == 404
    assert len(client.sim.violations) == 5


def test_faults_and_limits(client: Client) -> None:
    client.sim.faults.add("429", "/deals", seconds=2)
    answer = client.get("/deals")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
    assert client.get("/deals").status_code == 200
    client.sim.rate_limit = RateLimit(limit=2, window=60)
    assert [client.get("/me").status_code for _ in range(3)] == [200, 200, 429]


def test_volumes_are_those_of_the_lists_and_the_same_for_one_seed() -> None:
    assert len(Small(3, deals=3, notes=0).ids("deals")) == 3
    assert Small(3, deals=0).ids("notes") == []
    assert Small(3).rows("notes") == Small(3).rows("notes") != Small(4).rows("notes")
    with pytest.raises(ValueError, match="deels"):
        Small(3, deels=3)


def test_rows_change_one_after_the_other(client: Client) -> None:
    before = client.sim.clock.now()
    assert len(client.sim.change("deals", 3)) == 3
    assert sum(row["updated_at"] >= f"{before:%Y-%m-%dT%H:%M:%S}Z" for row in client.sim.rows("deals")) == 3
