"""How a walk by place gets over rows that are taken out after pages were cut, and what it does not believe."""

from collections.abc import Callable, Iterable, Sequence
from random import Random

import pytest
from changing_lists.asks import ask
from changing_lists.places import TOP, WINDOW, Run, Server, failure, read
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_source.dates import BEGINNING
from crm_source.errors import ApiError, Kind
from crm_source.walks.by_place import ByPlace
from crm_source.walks.page import Page
from crm_source.walks.walk import MOST_IN_VAIN
from crm_source.walks.windows import Reach

WHOLE = WINDOW._replace(since=BEGINNING)


SEEN = "the others are likely rows that the user of the key may not see."


class Hiding(Server):
    """It says no more of its list than Insightly does: how many rows its filter leaves."""

    def __init__(self, ids: Sequence[int], hidden: Iterable[int]) -> None:
        super().__init__(ids)
        self.tells_more, self.hidden = False, set(hidden)

    def fetch(self, reach: Reach | None, place: int, limit: int) -> Page:
        is_ahead = reach is not None and reach.since > WINDOW.until
        return Page([], total=0) if is_ahead else super().fetch(reach, place, limit)


def hiding(rows: int, *hidden: int) -> Server:
    return Hiding(range(1, rows + 1), hidden)


def shown(server: Server) -> list[int]:
    return [id_ for id_ in server.ids if id_ not in server.hidden]


def walk(server: Server, limit: int = 10, **more: Callable[[str], None]) -> ByPlace:
    return ByPlace(ask(server.fetch, limit, 2, **more), WHOLE)


CHANGES: dict[str, Callable[[Server, Random], None]] = {
    "nothing": lambda server, random: None,
    "rows go": lambda server, random: server.delete(*random.sample(server.ids, min(len(server.ids), 2))),
    "rows join": lambda server, random: server.join(random.randint(1, TOP)),
    "rows are added": lambda server, random: server.join(max([TOP, *server.ids]) + 1),
}


@settings(max_examples=300, deadline=None)
@given(
    st.sets(st.integers(1, TOP), max_size=150),
    st.sets(st.integers(1, TOP), max_size=60),
    st.lists(st.tuples(st.integers(1, TOP), st.integers(1, 150)), max_size=3),
    st.sampled_from(list(CHANGES)),
    st.data(),
)
def test_hidden_rows_hide_no_other_in_silence_whatever_else_happens(
    ids: set[int], hidden: set[int], stretches: list[tuple[int, int]], change: str, data: st.DataObject
) -> None:
    """Walks take turns at random, pages are cut at random, and before a request the list may change, in one way: rows
    that go and others that join at once can be made out only by what they leave."""
    random = data.draw(st.randoms(use_true_random=False))
    server = Hiding(sorted(ids), hidden.union(*(range(first, first + length) for first, length in stretches)))
    cuts, rate = random.choice([0, 0.1]), random.choice([0.0, 0.02, 0.2])
    server.weight = lambda rows: random.randint(2, rows) if rows > 2 and random.random() < cuts else rows
    stays = ids - server.hidden
    run = Run(server, [random.choice([WINDOW, WHOLE])], random.choice([2, 3, 8]))

    def before() -> None:
        if random.random() < rate:
            CHANGES[change](server, random)
            stays.intersection_update(server.ids)

    def step() -> None:
        run.step(random.choice(run.steppable), random.random() < 0.5)

    def others() -> None:
        while run.steppable and random.random() < 0.2:
            step()

    server.before, server.during = before, others
    told: ApiError | None = None
    while run.open and not told:
        try:
            step()
        except ApiError as error:
            told = error
        assert not run.unread(stays)
    assert stays <= set(run.out) or (told and told.kind is Kind.STUCK)
    assert len(run.out) == len(set(run.out))


@pytest.mark.parametrize("first", [1, 2, 1500, 3400])
def test_a_stretch_of_many_pages_is_crossed_page_by_page(first: int) -> None:
    """More of them than a walk may ask for in vain."""
    server, still, notes = hiding(4000, *range(first, first + 600)), hiding(4000), list[str]()
    assert read(walk(server, on_note=notes.append)) == shown(server)
    assert read(walk(still)) == still.ids
    assert len(server.asked) <= len(still.asked) + 10
    assert MOST_IN_VAIN < 600 / 10
    assert notes == ["the server counts 4,000 rows and sends 3,400; " + SEEN]


@pytest.mark.parametrize("first", [1, 500, 701])
def test_where_far_too_much_is_hidden_the_rest_comes_and_it_is_told(first: int) -> None:
    server, found = hiding(1000, *range(first, first + 300)), list[int]()

    def read_on() -> None:
        for rows in walk(server).pages():
            found.extend(row["id"] for row in rows)

    with pytest.raises(ApiError, match=r"counts 1,000 rows and sends 700\. A permission may hide the others") as caught:
        read_on()
    assert caught.value.kind is Kind.STUCK
    assert found == shown(server)


def test_what_a_part_does_not_show_is_missed_though_its_rows_cannot_be_counted() -> None:
    server = hiding(1000, *range(301, 1001))
    part = ByPlace(ask(server.fetch, 10, 2), WHOLE._replace(after=200, up_to=900))
    with pytest.raises(ApiError, match="counts 1,000 rows and sends none from place 301 on") as caught:
        read(part)
    assert caught.value.kind is Kind.STUCK
    assert part.left == WHOLE._replace(after=300, up_to=900)


def test_a_part_crosses_what_is_hidden_in_it() -> None:
    server = hiding(1000, *range(250, 350))
    part = ByPlace(ask(server.fetch, 10, 2), WHOLE._replace(after=200, up_to=400))
    assert read(part) == [*range(201, 250), *range(350, 401)]


def test_a_part_of_a_list_whose_count_ignores_the_filter_ends_with_its_rows() -> None:
    """Nobody knows whether the others are hidden, or were not asked for."""

    def fetch(reach: Reach | None, place: int, limit: int) -> Page:
        is_ahead = reach is not None and reach.since > WINDOW.until
        return Page([{"id": id_ + 1} for id_ in range(place, min(place + limit, 30)) if not is_ahead], total=1000)

    assert read(ByPlace(ask(fetch, 10, 2), WINDOW._replace(after=5))) == list(range(6, 31))


def test_a_list_that_grows_all_the_while_is_not_complete_and_says_what_to_do() -> None:
    server = hiding(100, *range(30, 60))
    server.before = lambda: server.join(server.ids[-1] + 1)
    with pytest.raises(ApiError, match=r"changes too fast .* a quieter time, or with a key whose user") as caught:
        read(walk(server))
    assert caught.value.kind is Kind.STUCK


GOES = {"a row before it": [5], "a row in it": [35], "all that is read": range(1, 30)}


@pytest.mark.parametrize("added", [[], [500]], ids=["", "one is added"])
@pytest.mark.parametrize("gone", GOES.values(), ids=GOES)
@pytest.mark.parametrize("length", range(8, 13))
def test_rows_that_move_up_while_a_stretch_is_crossed_are_read(
    length: int, gone: Sequence[int], added: Sequence[int]
) -> None:
    """Whenever they do."""
    for request in range(4, 11):
        server = hiding(100, *range(30, 30 + length))

        def change(server: Server = server) -> None:
            server.delete(*gone)
            server.join(*added)

        server.at_request(request, change)
        found = set(read(walk(server)))
        assert set(shown(server)) - {500} <= found, request


def test_after_pages_that_were_cut_a_page_without_rows_is_trusted_for_less() -> None:
    """The server looks at two rows only, at times: once where that shows, and where rows are hidden."""
    server = hiding(100, *range(30, 37))
    server.size = lambda limit: min(2, limit) if len(server.asked) == 2 or 4 < len(server.asked) < 40 else limit
    assert read(walk(server)) == shown(server)


def test_a_look_that_fails_shows_that_something_is_there() -> None:
    server = hiding(100, *range(30, 60))

    def fetch(reach: Reach | None, place: int, limit: int) -> Page:
        if place == 90:
            raise failure(Kind.HEAVY)
        return server.fetch(reach, place, limit)

    assert read(ByPlace(ask(fetch, 10, 2), WHOLE._replace(up_to=80))) == [*range(1, 30), *range(60, 81)]


def test_a_list_that_begins_with_an_empty_page_by_mistake_is_read() -> None:
    server = hiding(40)

    def fetch(reach: Reach | None, place: int, limit: int) -> Page:
        page = server.fetch(reach, place, limit)
        return page if len(server.asked) > 1 else Page([], total=1000)

    assert read(ByPlace(ask(fetch, 10, 2), WHOLE)) == server.ids


@pytest.mark.parametrize(("hidden", "splits"), [(1, False), (2, True), (2, False), (3, True)])
def test_a_list_that_grows_by_hidden_rows_is_not_taken_for_read(hidden: int, splits: bool) -> None:
    """What is last by the count is hidden, and so few rows were there before that they may be those that are hidden."""
    server = Hiding(range(1, 21), [hidden, *range(400, 600)])
    server.before = lambda: server.join(400 + len(server.asked))
    run, stays = Run(server, [WHOLE], 2), set(shown(server))

    def read_on() -> None:
        while run.open:
            run.step(run.steppable[0], splits)
            assert not run.unread(stays)

    with pytest.raises(ApiError) as caught:
        read_on()
    assert caught.value.kind is Kind.STUCK
    assert not run.unread(stays)
