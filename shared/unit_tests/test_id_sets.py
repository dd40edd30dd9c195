"""Sets of ids as text: nothing is lost, nothing damaged is taken for ids."""

import random
from base64 import b64encode
from zlib import compress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_source.deletions.id_sets import packed, unpacked

IDS = st.sets(st.integers(0, 2**31)) | st.sets(st.integers(0, 300)) | st.sets(st.text()) | st.sets(st.integers())


@given(IDS, IDS)
def test_ids_come_back_from_their_text(some: set[int | str], more: set[int | str]) -> None:
    assert unpacked(packed(some)) == some
    assert unpacked(f"{packed(some)} {packed(more)}") == some | more
    assert unpacked(packed(some | more)) == some | more


@pytest.mark.parametrize(("gap", "most"), [(1, 0.01), (100, 1.15), (2_000, 2.25)])
def test_a_text_is_short(gap: int, most: float) -> None:
    chance = random.Random(1)
    ids, last = set(), 0
    for _ in range(20_000):
        last += chance.randint(1, gap)
        ids.add(last)
    assert len(packed(ids)) / len(ids) < most


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tickets",
        "???",
        packed({number * number for number in range(100)})[:40],
        b64encode(b"i1").decode(),
        b64encode(compress(b"")).decode(),
        b64encode(compress(b"x12")).decode(),
        b64encode(compress(b"i\x01\x80")).decode(),
        b64encode(compress(b"j[")).decode(),
        b64encode(compress(b"j5")).decode(),
        b64encode(compress(b"j[[]]")).decode(),
        b64encode(compress(b"j\xff")).decode(),
    ],
)
def test_a_damaged_text_is_no_set_of_ids(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        unpacked(text)
