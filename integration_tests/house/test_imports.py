"""What `make circles` finds, in a small repository with the folders of this one."""

from pathlib import Path

import pytest

from house.imports import circles, graph_of, upward


def repository(folder: Path, **files: str) -> Path:
    """Files by their path, with a double underscore for each slash."""
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.mark.parametrize(
    "back",
    [
        "import crm_source.one",
        "from crm_source.one import x",
        "from crm_source import one",
        "from . import one",
        "from .one import x",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from crm_source.one import x",
        "def late() -> None:\n    import crm_source.one",
    ],
)
def test_an_import_that_goes_back_is_a_circle_however_it_is_written(tmp_path: Path, back: str) -> None:
    one = "from crm_source.two import x"
    graph = graph_of(repository(tmp_path, shared__crm_source__one=one, shared__crm_source__two=back))
    assert graph == {"crm_source.one": {"crm_source.two"}, "crm_source.two": {"crm_source.one"}}
    (circle,) = circles(graph)
    assert sorted(circle[:-1]) == ["crm_source.one", "crm_source.two"]
    assert circle[0] == circle[-1]


def test_every_circle_is_found() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": {"c"}, "e": {"a"}}
    assert sorted(sorted(set(circle)) for circle in circles(graph)) == [["a", "b", "c"], ["c", "d"]]
    assert circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_unit_tests_of_two_sources_may_have_the_same_names(tmp_path: Path) -> None:
    files = {"unit_tests__calls": "", "unit_tests__test_api": "import calls"}
    repository(tmp_path / "source-a", **files)
    repository(tmp_path / "source-b", **files)
    graph = graph_of(tmp_path)
    assert graph["source-a/test_api"] == {"source-a/calls"}
    assert graph["source-b/test_api"] == {"source-b/calls"}


@pytest.mark.parametrize(
    ("name", "other", "is_upward"),
    [
        ("crm_source.polling.poller", "crm_source.source", False),
        ("crm_source.source", "crm_source.polling.poller", True),
        ("crm_source.reading.nested", "crm_source.deletions.sweep", False),
        ("crm_source.deletions.sweep", "crm_source.reading.nested", True),
        ("crm_source.walks.by_id", "crm_source.walks.walk", False),
        ("crm_source.walks.by_id", "crm_source.api", True),
        ("crm_source.resources", "crm_source.entries.simple_date_format", False),
        ("crm_source.resources", "crm_source.entries.entry", True),
        ("crm_source.records", "crm_source.walks.walk", False),
        ("crm_source.api", "source_closeio.api", True),
        ("source_closeio.api", "crm_source.api", False),
        ("source_closeio.api", "source_insightly.api", True),
        ("simulators.base", "crm_source.dates", True),
        ("connector", "crm_source.source", False),
    ],
)
def test_imports_go_down(name: str, other: str, is_upward: bool) -> None:
    assert upward({name: {other}}) == ([(name, other)] if is_upward else [])
