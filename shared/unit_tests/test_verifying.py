"""What `verify` looks at, without whole servers; those are in integration_tests/test_verify.py."""

import json
import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import requests_mock
from acme import AcmeSource, config
from changing_lists.asks import ask
from requests.auth import HTTPBasicAuth

from crm_source.cli import launch
from crm_source.config import Config
from crm_source.errors import ApiError, Kind, Stopped, Verdict
from crm_source.http.answers import Answers
from crm_source.http.budget import Allowance, RateBudget
from crm_source.http.client import Http
from crm_source.http.sorting import Vendor
from crm_source.reading.nodes import Selected, nodes_for
from crm_source.records import rows_in
from crm_source.resources import Dates, Embedded, Listed, Nested, Pass, Resource
from crm_source.table import Table
from crm_source.verifying import command, telling
from crm_source.verifying.findings import Findings, Look, Verified
from crm_source.verifying.lists import Lists
from crm_source.verifying.pages import Pages
from crm_source.verifying.witness import Witness
from crm_source.walks.at_once import Rows
from crm_source.walks.by_cursor import ByCursor
from crm_source.walks.by_date import ByDate
from crm_source.walks.by_id import ById
from crm_source.walks.by_offset import ByOffset
from crm_source.walks.by_page import ByPage
from crm_source.walks.by_place import ByPlace
from crm_source.walks.page import Page, Row
from crm_source.walks.sorting import Bounds
from crm_source.walks.walk import Asking, Walk
from crm_source.walks.windows import Reach, Window

T0 = datetime(2026, 1, 1, tzinfo=UTC)
UNTIL = T0 + timedelta(days=100)
WINDOW = Window(T0, UNTIL)
PAGE = 10


def row(number: int) -> Row:
    return {"id": number, "changed": (T0 + timedelta(hours=number)).isoformat()}


ROWS = [row(number) for number in range(1, 41)]


def since(rows: list[Row], reach: Any) -> list[Row]:
    return [one for one in rows if not reach or _changed(one) >= reach.since]


def _changed(one: Any) -> datetime:
    return datetime.fromisoformat(one["changed"]) if isinstance(one, dict) and "changed" in one else T0


class Server:
    """Answers as a list by place, of so many rows; what is changed makes it a lie."""

    def __init__(self, rows: list[Row] = ROWS) -> None:
        self.rows = rows
        self.asked = 0
        self.most = 1000
        self.total: Callable[[int, int], int | None] = lambda rows, came: rows
        self.ignores_dates = self.ignores_places = False
        self.more: bool | None = None

    def fetch(self, reach: Reach | None, place: int, limit: int) -> Page:
        self.asked += 1
        rows = self.rows if self.ignores_dates else since(self.rows, reach)
        start = 0 if self.ignores_places else place
        found = rows[start : start + min(limit, self.most)]
        return Page(found, more=self.more, total=self.total(len(rows), len(found)))

    def looks(self, walk: type[ByPlace] | type[ByOffset] = ByPlace, window: Window = WINDOW) -> dict[str, bool | None]:
        def over(part: Window) -> Asking:
            return walk(ask(self.fetch, PAGE, 2, dated_by="changed"), part)

        return looks_of(over(window), over)


def looks_of(walk: Asking, within: Callable[[Window], Asking] | None = None) -> dict[str, bool | None]:
    found: dict[str, bool | None] = {}
    for one in Pages(walk, UNTIL, within).seen().looks:
        found[one.name] = found.get(one.name) is not False and one.is_well
    return found


WELL = {"rows": True, "order": True, "pages": True, "count": True, "size": True, "filter": True}


def test_an_honest_list_by_place_takes_four_requests() -> None:
    server = Server()
    assert server.looks() == WELL
    assert server.asked == 4


def test_a_list_of_one_page_takes_three_and_one_without_a_date_two() -> None:
    server = Server(ROWS[:7])
    assert server.looks() == {name: True for name in WELL if name != "size"}
    assert server.asked == 3
    looks_of(ByPlace(ask(server.fetch, PAGE, 2)))
    assert server.asked == 5


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("order", {"rows": ROWS[::-1]}),
        ("filter", {"ignores_dates": True}),
        ("pages", {"ignores_places": True}),
        ("size", {"most": 6}),
        ("count", {"total": lambda rows, came: rows + 1}),
        ("count", {"total": lambda rows, came: rows - 1}),
        ("count", {"total": lambda rows, came: came}),
        ("rows", {"rows": [{"changed": ROWS[0]["changed"]}, *ROWS]}),
        ("rows", {"rows": ["text", *ROWS]}),
        ("pages", {"rows": [], "more": True}),
    ],
)
def test_what_differs_is_named(name: str, change: dict[str, Any]) -> None:
    server = Server()
    for what, value in change.items():
        setattr(server, what, value)
    assert server.looks()[name] is False


def test_a_list_that_says_that_it_ends_need_not_know_of_places() -> None:
    server = Server(ROWS[:5])
    server.more, server.ignores_places = False, True
    assert False not in server.looks(ByOffset).values()


def test_a_list_by_id_a_page_by_number_and_a_chain_are_looked_at_in_their_ways() -> None:
    def by_id(reach: Any, after: int | None, up_to: int | None, limit: int) -> Page:
        found = [one for one in since(ROWS, reach) if one["id"] > (after or 0)]
        return Page(found[:limit], more=len(found) > limit)

    well = looks_of(ById(ask(by_id, PAGE, dated_by="changed"), WINDOW), lambda part: ById(ask(by_id, PAGE), part))
    assert well["order"] is well["pages"] is well["size"] is True
    ignored = looks_of(ById(ask(lambda reach, after, up_to, limit: Page(ROWS[:limit], more=True), PAGE), WINDOW))
    assert ignored["pages"] is False

    def by_page(number: int, limit: int) -> Page:
        return Page(ROWS[(number - 1) * limit : number * limit])

    assert looks_of(ByPage(ask(by_page, PAGE, key=""))) == {"rows": True, "pages": True}
    assert looks_of(ByPage(ask(lambda number, limit: by_page(1, limit), PAGE, key="")))["pages"] is False

    def by_cursor(window: Window, cursor: str | None, limit: int) -> Page:
        start = int(cursor or 0)
        found = ROWS[::-1][start : start + limit]
        return Page(found, cursor=str(start + limit) if start + limit < len(ROWS) else None)

    assert looks_of(ByCursor(ask(by_cursor, PAGE), WINDOW, "changed"))["pages"] is True
    stuck = ByCursor(ask(lambda window, cursor, limit: by_cursor(window, None, limit), PAGE), WINDOW, "changed")
    assert looks_of(stuck)["pages"] is False


@pytest.mark.parametrize(("counts", "is_well"), [(lambda rows: rows, True), (lambda rows: rows + 5, False)])
def test_a_sorted_search_is_looked_at_where_its_next_query_begins(counts: Callable[[int], int], is_well: bool) -> None:
    asked = []

    def fetch(bounds: Bounds, cursor: str | None, limit: int) -> Page:
        asked.append(bounds)
        found = since(ROWS, bounds.windows.get("changed"))
        return Page(found[:limit], cursor="on" if len(found) > limit else None, total=counts(len(found)))

    def over(window: Window) -> Asking:
        return ByDate(ask(fetch, PAGE, dated_by="changed"), window, ("changed", "id"))

    found = looks_of(over(WINDOW), over)
    assert {name: found[name] for name in ("order", "pages", "filter")} == {
        "order": True,
        "pages": True,
        "filter": True,
    }
    assert found["count"] is is_well
    assert len(asked) == 4
    backwards = looks_of(ByDate(ask(lambda *asked: Page(ROWS[9::-1], cursor="x"), PAGE), WINDOW, ("changed",)))
    assert backwards["order"] is False


def failing(kind: Kind) -> Asking:
    def fetch(*asked: Any) -> Page:
        raise ApiError(Verdict(kind, f"it says secret-{kind.value}"), "")

    return ByPlace(ask(fetch, PAGE, 2), WINDOW)


@pytest.mark.parametrize("kind", [Kind.TRANSIENT, Kind.POISONED, Kind.SHAPE, Kind.OURS, Kind.HEAVY])
def test_a_list_that_fails_differs_without_the_vendors_own_words(kind: Kind) -> None:
    (look,) = Pages(failing(kind), UNTIL, None).seen().looks
    assert (look.name, look.is_well) == ("rows", False)
    assert "secret" not in look.what


@pytest.mark.parametrize("kind", [Kind.CONFIGURATION, Kind.EXHAUSTED, Kind.FORBIDDEN, Kind.GONE])
def test_what_is_no_matter_of_the_list_is_raised(kind: Kind) -> None:
    with pytest.raises(ApiError):
        Pages(failing(kind), UNTIL, None).seen()


COLUMNS = {"id": {"type": "integer"}, "changed": {"type": "string"}, "parts": {"type": ["null", "array"]}}
THINGS = Listed("things", "/things", dates=Dates("changed"), passes=(Pass(moves=False),))
BROUGHT = {"thing_id": "id", "thing_changed": "changed"}
PARTS = Embedded("parts", parent="things", rows_at="parts", keys=BROUGHT, dates=Dates("thing_changed"))
NOTES = Nested("notes", "/things/{id}/notes", parent="things", keys={"thing_id": "id"})


class Api:
    """The part of a vendor's that looks need: things by place, parts in them, notes below them."""

    def __init__(self, things: list[Row], notes: Callable[[int], list[Row]]) -> None:
        self.config = Config(workers=2)
        self.server = Server(things)
        self.notes = notes
        self.further: tuple[bool | None, str] | None = None

    def walk(self, task: Any) -> Walk:
        if task.resource is NOTES:
            return Rows(lambda: iter(self.notes(task.parent["id"])))
        return ByPlace(ask(self.server.fetch, PAGE, 2, dated_by="changed"), task.window)

    def rows_of(self, resource: Resource, parent: Row) -> list[Row]:
        return list(rows_in(PARTS, parent))

    def look_further(self, resource: Listed, now: datetime) -> Any:
        return self.further


def findings(things: list[Row], notes: Callable[[int], list[Row]] = lambda id_: [], **api: Any) -> dict[str, Findings]:
    account = Api(things, notes)
    for name, value in api.items():
        setattr(account, name, value)
    table = Table.of((THINGS, PARTS, NOTES))
    selected = {one.name: Selected(one, columns=COLUMNS if one is THINGS else {}) for one in table}
    (node,) = nodes_for(table, selected)
    lists = Lists(account, Witness(), UNTIL)  # type: ignore[arg-type]  # the part of it that is used
    return {one.stream: one for one in lists.findings(node)}


def test_fields_and_types_are_named_and_rows_without_a_date_counted() -> None:
    things: list[Row] = [{**row(1), "new": 1}, {**row(2), "parts": "x y z", "id": 2}, {"id": 3}, {**row(4), "id": 4}]
    found = findings(things)["things"]
    assert found.unknown_fields == ["new"]
    assert found.of("fields").is_well is False
    assert found.of("dates") == Look("dates", False, "1 of 4 records show no date of change")
    assert found.of("types").is_well is True  # a single value becomes an array
    assert found.differs


def test_lists_below_are_looked_at_for_two_records_at_most_and_rows_inside_for_none() -> None:
    asked: list[int] = []

    def notes(id_: int) -> list[Row]:
        asked.append(id_)
        if id_ == 1:
            raise ApiError(Verdict(Kind.GONE, "gone"), "")
        return [{"id": 1}, {"text": "without an id"}]

    found = findings([{**row(id_), "parts": [{"id": 1}]} for id_ in range(1, 5)], notes)
    assert asked == [1, 2]
    assert found["notes"].of("rows").what == "1 of 2 records have no key"
    assert (found["parts"].rows, found["parts"].differs) == (4, False)
    assert findings([])["notes"].refused == "there is no record that it could be asked for"


def test_what_only_the_vendor_knows_of_is_told_as_it_says() -> None:
    assert findings(ROWS, further=(None, "nobody knows"))["things"].of("further") == Look(
        "further", None, "nobody knows"
    )


def test_every_answer_is_heard_with_its_clock_and_its_limit() -> None:
    witness = Witness()
    now = format_datetime(datetime.now(UTC))
    budget = RateBudget(lambda response: None, lambda request: "")
    http = Http("https://acme.example", HTTPBasicAuth("", ""), _gone, budget, 1, on_answer=witness.answered)
    with requests_mock.Mocker() as mock:
        mock.get(
            "https://acme.example/well", json=[], headers={"date": now, "ratelimit": "limit=9, remaining=1, reset=2"}
        )
        mock.get("https://acme.example/gone", status_code=404)
        http.get("x", "/well")
        with pytest.raises(ApiError):
            http.get("x", "/gone")
        assert (witness.clock(), witness.limits(_told)) == (Look("clock", True), Look("rate limit", True))
        late = format_datetime(datetime.now(UTC) + timedelta(hours=30))
        mock.get(
            "https://acme.example/odd", json=[], headers={"date": late, "ratelimit": "limit=9, remaining=90, reset=1"}
        )
        http.get("x", "/odd")
        assert "1 of 2 answers tell a time that is up to +30 hours off" in witness.clock().what
        assert "1 of 2 answers tell what cannot be" in witness.limits(_told).what
    assert (witness.answers, witness.answers_here) == (3, 3)
    witness.answered(200, {})
    silent = Witness()
    silent.answered(200, {})
    assert silent.clock().what == "1 of 1 answers tell no time that can be read"
    assert silent.limits(_told).what == "1 of 1 answers tell nothing of the rate limit that can be read"


def _gone(response: Any, body: Any) -> Verdict:
    return Verdict(Kind.GONE, "gone")


def _told(headers: Any) -> Allowance | None:
    return Answers(Vendor("Acme", "no", re.compile("x"))).told_in(headers)


def test_a_witness_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    witness = Witness()
    with caplog.at_level(logging.INFO):
        witness.note("x", "what a guard says")
        witness.info("what is done")
    assert not caplog.records


def verified(*lists: Findings) -> Verified:
    return Verified("source-acme", "1.0", list(lists), [Look("clock", True)], 7)


def test_the_table_has_a_line_a_stream_and_a_sentence_for_what_differs() -> None:
    odd = Findings(
        "things", "ById", 3, 10, [Look("order", False, "it is not sorted"), Look("fields", False, "1 field")]
    )
    odd.unknown_fields = ["new"]
    text = telling.table(verified(odd, Findings("notes", refused="nobody may")))
    lines = text.splitlines()
    assert lines[1].split() == ["things", "3", "10", "-", "-", "DIFFERS", "-", "-", "-", "-", "DIFFERS", "-"]
    assert "things: order: it is not sorted." in lines
    assert "things: fields: 1 field: new." in lines
    assert "notes: not looked at: nobody may." in lines
    assert "please open an issue" in lines[-1]
    assert "Everything that could be looked at is as this source relies on it." in telling.table(verified())
    report = json.loads(telling.report(verified(odd)))
    assert report["differs"] is True
    assert report["streams"][0]["looks"]["order"] == {"is": "differs", "what": "it is not sorted"}
    assert report["streams"][0]["unknown_fields"] == ["new"]


@pytest.fixture
def config_file(tmp_path: Path) -> str:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config()))
    return str(path)


@pytest.mark.parametrize(("is_well", "code"), [(True, 0), (False, 1)])
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_the_command_prints_what_is_found_and_ends_accordingly(
    monkeypatch: pytest.MonkeyPatch, capfd: Any, config_file: str, is_well: bool, code: int, form: list[str]
) -> None:
    found = verified(Findings("things", looks=[Look("order", is_well)]))
    asked: list[Any] = []

    def verify(source: Any, config: Any, streams: Any) -> Verified:
        asked.append(streams)
        return found

    monkeypatch.setattr(command, "verify", verify)
    try:
        launch(AcmeSource(), ["verify", "--config", config_file, *form, "--streams", "a,b", "c"])
        ended = 0
    except SystemExit as end:
        ended = int(end.code or 0)
    out = capfd.readouterr().out
    assert ended == code
    assert asked == [["a,b", "c"]]
    assert json.loads(out)["differs"] is (not is_well) if form else out.startswith("stream ")


def test_errors_are_a_sentence_and_a_stop_is_a_stop(
    monkeypatch: pytest.MonkeyPatch, capfd: Any, config_file: str
) -> None:
    def fails(*_: Any) -> Verified:
        raise ApiError(Verdict(Kind.TRANSIENT, "Acme is down."), "")

    monkeypatch.setattr(command, "verify", fails)
    with pytest.raises(SystemExit):
        launch(AcmeSource(), ["verify", "--config", config_file])
    out, err = capfd.readouterr()
    assert (out, err.splitlines()[-1]) == ("", "Acme is down.")

    def stops(*_: Any) -> Verified:
        raise Stopped

    monkeypatch.setattr(command, "verify", stops)
    with pytest.raises(Stopped):
        launch(AcmeSource(), ["verify", "--config", config_file])


def test_verify_asks_for_the_streams_that_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    source = AcmeSource()
    schema = {"properties": {"id": {"type": "integer"}}}
    monkeypatch.setattr(type(source), "schema_of", lambda self, api, one: schema)
    found = command.verify(source, source.configure(config(), ""), ["orders,customers"])
    assert [one.stream for one in found.lists] == ["customers", "orders"]
    assert found.source == "acme"
    everything = command.verify(source, source.configure(config(), ""), [])
    assert "deletions" not in [one.stream for one in everything.lists]
    with pytest.raises(Exception, match="--streams: the source does not know the stream 'order'"):
        command.verify(source, source.configure(config(), ""), ["order"])
