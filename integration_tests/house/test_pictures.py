"""The pictures of the documents: small, shown somewhere, and those of the forms as the specifications are."""

from pathlib import Path

import pytest
from PIL import Image

from house.pictures import FOLDER, answer, cut, form, form_of, is_current, marked
from vendors import VENDORS, Vendor

ROOT = FOLDER.parents[1]
MOST_BYTES = 150_000


def test_every_picture_is_small_and_shown() -> None:
    pages = "".join(path.read_text() for path in (ROOT / "README.md", *ROOT.glob("docs/**/*.md")))
    found = sorted(FOLDER.glob("*.png"))
    assert len(found) == 2 * len(VENDORS)
    assert [path.name for path in found if path.stat().st_size > MOST_BYTES] == []
    assert [path.name for path in found if f"pictures/{path.name})" not in pages] == []


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_the_picture_of_a_form_is_that_of_the_specification(vendor: Vendor) -> None:
    assert is_current(FOLDER / f"form_{vendor.name}.png", form_of(vendor)), "make pictures"


def test_a_form_shows_what_is_required_or_open_names_what_is_optional_and_hides_the_rest() -> None:
    common = {"type": "string", "group": "account"}
    drawn = form(
        {
            "title": "Acme",
            "required": ["key"],
            "groups": [{"id": "account", "title": "Account"}],
            "properties": {
                "closed": {**common, "title": "Closed one", "description": "Not to be seen", "order": 3},
                "key": {**common, "title": "The key", "description": "<Made> by Acme", "order": 1},
                "open": {**common, "title": "Open one", "always_show": True, "order": 2},
                "gone": {**common, "title": "Hidden one", "airbyte_hidden": True, "order": 4},
            },
        }
    )
    assert drawn.index("The key <b") < drawn.index("Open one") < drawn.index("Optional fields") < drawn.index("Closed")
    assert "&lt;Made&gt; by Acme" in drawn
    assert "Not to be seen" not in drawn
    assert "Hidden one" not in drawn


def test_an_answer_is_cut_to_a_few_rows_and_a_picture_to_what_is_on_it() -> None:
    drawn = answer("Which?", "SELECT 1", ["a", "b"], [("x<", 1234.4)] * 20)
    assert drawn.count("x&lt;") == 8
    assert ">1,234<" in drawn
    blank = Image.new("RGB", (50, 400), "white")
    blank.putpixel((3, 100), (0, 0, 0))
    assert cut(blank).size == (50, 121)


def test_a_picture_of_another_form_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (5, 5)).save(path, pnginfo=marked("one"))
    assert is_current(path, "one")
    assert not is_current(path, "another")
