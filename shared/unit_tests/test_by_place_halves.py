"""Walks by place that share a list which gains and loses rows anywhere."""

import threading
from random import Random
from typing import Any

import pytest
from changing_lists.asks import ask
from changing_lists.places import PAGE, TOP, WINDOW, Run, Server, ids_of, read
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_source.walks.by_place import ByPlace
from crm_source.walks.walk import Walk

some_ids = st.sets(st.integers(1, TOP), max_size=150)


@settings(max_examples=300, deadline=None)
@given(some_ids, st.data())
def test_whatever_happens_every_row_that_stays_comes_out_once(ids: set[int], data: st.DataObject) -> None:
    """Walks take turns at random, also while an answer is on its way, and the list changes before every request."""
    random = data.draw(st.randoms(use_true_random=False))
    changes, stops, splits = random.choice([0, 1, 3, 20]), random.random() < 0.5, random.random() < 0.8
    server = Server(sorted(ids))
    server.tells_total = random.random() < 0.9
    server.size = lambda limit: random.randint(min(limit, 2), limit) if random.random() < 0.1 else limit
    stays, there = set(ids), set(ids)
    run = Run(server, [WINDOW], random.choice([2, 3, PAGE]))

    def change() -> None:
        server.largest_page = 5 if random.random() < 0.03 else server.largest_page
        for _ in range(random.randint(0, changes)):
            action = random.random()
            if action < 0.4 and server.ids:
                at = random.choice([0, random.randrange(len(server.ids))])
                gone = server.ids[at : at + random.choice([1, 1, 1, 30])]
                stays.difference_update(gone)
                server.delete(*gone)
            elif action < 0.8:
                low = random.randint(1, TOP)
                joins = {low} if random.random() < 0.9 else {low + random.randint(0, 40) for _ in range(30)}
                server.join(*{id_ for id_ in joins if id_ <= TOP})
            else:
                server.join(max([TOP, *server.ids]) + 1)
        there.update(server.ids)

    def others() -> None:
        while run.steppable and random.random() < 0.4:
            run.step(random.choice(run.steppable), splits and random.random() < 0.5)

    server.before, server.during = change, others
    while run.open:
        run.step(random.choice(run.steppable), splits and random.random() < 0.5)
        assert not run.unread(stays)
        assert len(run.out) == len(set(run.out))
        if stops and random.random() < 0.1:
            stays -= set(run.out)
            run = Run(server, run.pending, PAGE)
    assert stays <= set(run.out) <= there


@given(some_ids, st.integers(0, 25), st.booleans())
def test_what_is_left_after_any_page_is_all_that_is_not_out_and_no_more(ids: set[int], stop: int, splits: bool) -> None:
    server = Server(sorted(ids))
    run = Run(server, [WINDOW])
    for number in range(stop):
        if run.open:
            run.step(run.steppable[number % len(run.steppable)], splits)
    while any(walk.left and walk.left == run.left[0] for walk in run.walks[1:]):
        run.step(max(n for n in run.open if n and run.walks[n].left == run.left[0]))  # until the joints are known
    rest = Run(server, run.pending)
    while rest.open:
        rest.step(rest.steppable[0])
    assert set(run.out) | set(rest.out) == ids


def test_a_walk_knows_with_its_last_page_that_it_is_done() -> None:
    server = Server(range(1, 101))
    part = ByPlace(ask(server.fetch, PAGE, 2), WINDOW._replace(up_to=8))
    next(part.pages())
    assert (part.left, part.expected) == (None, 0)
    run = Run(server, [WINDOW])
    run.step(0, splits=True)
    while run.left[0]:
        run.step(0)
    assert run.out == list(range(1, run.out[-1] + 1))
    assert run.walks[0].expected == 0


def test_halves_are_expected_to_have_half_each() -> None:
    server = Server(range(1, 101))
    walk = ByPlace(ask(server.fetch, PAGE, 2), WINDOW)
    next(walk.pages())
    given = walk.split()
    assert given is not None
    assert (walk.expected, given.expected) == (48, 43)  # of 92, without the row that halves them


@pytest.mark.parametrize("far_first", [True, False])
def test_halves_need_no_request_more_and_bring_no_row_twice(far_first: bool) -> None:
    server = Server(range(1, 101))
    read(ByPlace(ask(server.fetch, PAGE, 2)))
    alone = len(server.asked)
    server.asked.clear()
    run = Run(server, [WINDOW])
    run.step(0, splits=True)
    while run.open:
        run.step(run.steppable[-1 if far_first else 0])
    assert sorted(run.out) == list(range(1, 101))
    assert len(server.asked) == alone


def test_the_first_page_of_the_far_half_settles_where_the_near_one_ends() -> None:
    server = Server(range(10, 1010, 10))
    run = Run(server, [WINDOW])
    run.step(0, splits=True)
    assert run.left == [WINDOW._replace(after=80)] * 2
    server.join(*range(91, 96))  # the same place is now at a lower id
    run.step(1)
    first = run.out[8]
    assert run.left[1] == WINDOW._replace(after=run.out[-1])
    run.step(0)
    assert run.left[0] == WINDOW._replace(after=100, up_to=first - 1)
    while run.open:
        run.step(run.steppable[0])
    assert sorted(run.out) == sorted([*range(10, 1010, 10), *range(91, 96)])


def test_the_near_half_settles_where_the_far_one_begins_when_it_comes_there_before() -> None:
    server = Server(range(10, 1010, 10))
    run = Run(server, [WINDOW])
    run.step(0, splits=True)
    while 0 in run.open:
        run.step(0)
    end = run.out[-1]
    assert end < 1000
    server.delete(*range(10, 300, 10))
    while run.open:
        run.step(1)
    assert run.out == list(range(10, 1010, 10))
    assert run.out[run.out.index(end) + 1] == end + 10


def test_a_far_half_whose_place_has_gone_steps_back_to_find_its_rows() -> None:
    server = Server(range(1, 101))
    run = Run(server, [WINDOW])
    run.step(0, splits=True)
    server.delete(*range(20, 90))
    while run.open:
        run.step(run.steppable[-1])
    assert sorted(run.out) == [*range(1, 20), *range(90, 101)]


@pytest.mark.parametrize("middle_has_begun", [True, False])
def test_halves_of_halves_leave_each_row_to_one_when_their_places_are_at_lower_ids(middle_has_begun: bool) -> None:
    server = Server(range(1000, 1200))
    run = Run(server, [WINDOW])
    run.step(0, splits=True)
    run.step(0, splits=True)  # the middle of three is the last to have been made
    if middle_has_begun:
        run.step(2)
    server.join(*range(1, 500))
    run.step(1)
    while run.open:
        run.step(run.steppable[0])
    assert sorted(run.out) == list(range(1000, 1200))


def test_halves_of_halves_leave_each_row_to_one_when_their_places_are_at_higher_ids() -> None:
    server = Server(range(1000, 1200))
    run = Run(server, [WINDOW])
    run.step(0, splits=True)
    run.step(0, splits=True)
    run.step(1)
    server.delete(*range(1020, run.out[-PAGE]))  # what follows on the first one's rows now, the last one has read
    while run.open:
        run.step(run.steppable[0])
    assert sorted(run.out) == sorted({*server.ids, *range(1000, 1020)})


def test_no_lock_is_held_while_a_request_is_made() -> None:
    server = Server(range(1, 200))
    run = Run(server, [WINDOW])
    run.step(0, splits=True)
    done = threading.Event()

    def other() -> None:
        server.during = lambda: None
        thread = threading.Thread(target=far, daemon=True)
        thread.start()
        thread.join(10)

    def far() -> None:
        run.step(1)
        done.set()

    server.during = other
    run.step(0)
    assert done.is_set()


def test_many_threads_share_a_list() -> None:
    server = Server(range(1, 5000))
    first = ByPlace(ask(server.fetch, PAGE, 2))
    found: list[Any] = []
    threads: list[threading.Thread] = []

    def work(walk: Walk) -> None:
        for rows in walk.pages():
            found.extend(ids_of([rows]))
            if len(threads) < 20 and (given := walk.split()):
                thread = threading.Thread(target=work, args=[given])
                thread.start()
                threads.append(thread)

    work(first)
    for thread in threads:
        thread.join(60)
    assert len(threads) >= 20
    assert sorted(found) == list(range(1, 5000))


def requests_for(rows: int, workers: int) -> tuple[int, int]:
    """Requests, and walks, when so many workers take turns at random and split as the engine does."""
    server = Server(range(1, rows + 1))
    run = Run(server, [WINDOW], 500)
    random = Random(workers)
    while run.open:
        number = random.choice(run.steppable)
        longest = max(run.walks[n].expected for n in run.open)
        is_worth = run.walks[number].expected >= longest / 2 and len(run.walks) < 10 + len(server.asked) // 40
        run.step(number, splits=len(run.open) < workers and is_worth)
    assert sorted(run.out) == list(range(1, rows + 1))
    return len(server.asked), len(run.walks)


def test_a_hundred_thousand_rows_take_hardly_more_requests_than_they_have_pages() -> None:
    assert requests_for(100_000, workers=1) == (201, 1)
    requests, walks = requests_for(100_000, workers=8)
    assert walks > 10
    assert requests <= 202


def test_a_half_behind_the_end_of_a_part_has_no_rows() -> None:
    server = Server(range(1, 1001))
    run = Run(server, [WINDOW._replace(up_to=100)])
    run.step(0, splits=True)
    while run.open:
        run.step(run.steppable[-1])
    assert run.out == list(range(1, 101))


def test_pages_shorter_than_asked_for_leave_nothing_out() -> None:
    server = Server(range(1, 26))
    server.size = lambda limit: limit - 3
    run = Run(server, [WINDOW])
    run.step(0, splits=True)
    while run.open:
        run.step(run.steppable[-1])
    assert sorted(run.out) == list(range(1, 26))
    assert len(run.walks) == 2  # as four such pages were left
    assert len(server.asked) == 6  # of four new rows each


def test_all_of_a_list_that_is_not_sorted_is_left_until_it_is_read_and_other_walks_stop_only_then() -> None:
    server = Server(range(1, 201))
    run = Run(server, [WINDOW])
    run.step(0, splits=True)
    run.step(0, splits=True)
    server.ids[20], server.ids[21] = server.ids[21], server.ids[20]
    run.step(0)
    assert run.left[0] == WINDOW
    run.step(1)
    assert run.left[1] is not None
    for number in (0, 1, 2):
        assert WINDOW in run.pending
        run.step(number)
    assert run.open == {0}
    while run.pending:
        assert run.pending == (WINDOW,)
        run.step(0)
    assert set(run.out) == set(range(1, 201))


def test_only_one_of_two_walks_that_find_the_list_not_sorted_reads_it_again() -> None:
    server = Server(range(1, 201))
    run = Run(server, [WINDOW])
    run.step(0, splits=True)
    server.ids = server.ids[::-1]
    run.step(0)
    run.step(1)
    run.step(1)
    run.step(0)
    assert run.open == {1}


def test_what_a_half_had_left_ends_where_the_other_begins_as_soon_as_that_is_known() -> None:
    near = ByPlace(ask(Server(range(1, 101)).fetch, PAGE, 2), WINDOW)
    near_pages = near.pages()
    last = ids_of([next(near_pages)])[-1]
    far = near.split()
    assert near.left
    assert far
    assert near.bounded(near.left) == near.left == WINDOW._replace(after=last)
    first = ids_of([next(iter(far.pages()))])[0]
    assert near.left == WINDOW._replace(after=last)
    assert near.bounded(near.left) == WINDOW._replace(after=last, up_to=first - 1)
