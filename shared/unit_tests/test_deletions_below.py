"""What is known of the lists below records, and what has gone from them."""

from hypothesis import given
from hypothesis import strategies as st

from crm_source.deletions.below import KnownLists, whole_ids
from crm_source.deletions.id_sets import packed, unpacked

MONDAY, TUESDAY = "2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z"
IDS = st.integers(0, 2**64 - 1)
LISTS = st.dictionaries(IDS, st.sets(IDS, max_size=5), max_size=4)


def known(lists: dict[int, set[int]], time: str = MONDAY) -> KnownLists:
    found = KnownLists({}, {})
    for record, ids in lists.items():
        found.was_read(record, ids, time)
    return found


@given(LISTS, LISTS)
def test_what_is_not_in_a_list_that_is_read_again_has_gone(
    before: dict[int, set[int]], now: dict[int, set[int]]
) -> None:
    first = known(before)
    again = KnownLists(*first.saved())
    for record, ids in now.items():
        again.was_read(record, ids, TUESDAY)
    expected = {(record, one) for record, ids in before.items() if record in now for one in ids - now[record]}
    assert again.gone() == dict.fromkeys(expected, MONDAY)
    assert again.missing == len(expected)
    assert again.compared == sum(len(ids) for record, ids in before.items() if record in now)


@given(LISTS)
def test_a_state_brings_everything_back(lists: dict[int, set[int]]) -> None:
    ids, *_ = known(lists).saved()
    assert unpacked(packed(ids)) == set(ids)
    again = KnownLists(dict.fromkeys(unpacked(packed(ids)), MONDAY), {})
    assert again.records_are_gone(list(lists)) == {
        (record, one): MONDAY for record, some in lists.items() for one in some
    }


def test_what_has_gone_is_kept_until_it_is_told() -> None:
    lists = known({7: {1, 2, 3}})
    lists.was_read(7, {1}, TUESDAY)
    later = KnownLists(*lists.saved())
    assert later.gone() == {(7, 2): MONDAY, (7, 3): MONDAY}
    later.was_told([(7, 2)])
    assert KnownLists(*later.saved()).gone() == {(7, 3): MONDAY}


def test_what_comes_back_has_not_gone() -> None:
    lists = known({7: {1, 2}})
    lists.was_read(7, {1}, TUESDAY)
    lists.was_read(7, {1, 2}, TUESDAY)
    assert lists.gone() == {}


def test_what_is_not_believed_is_known_as_before() -> None:
    lists = known({7: {1, 2}})
    lists.was_read(7, set(), TUESDAY)
    lists.keep_gone()
    assert lists.gone() == {}
    lists.was_read(7, {1}, TUESDAY)
    assert lists.gone() == {(7, 2): MONDAY}


def test_what_is_no_whole_number_is_no_id() -> None:
    assert list(whole_ids([1, None, "2", 2.0, True, -1, 2**64, 2**64 - 1])) == [1, 2**64 - 1]
