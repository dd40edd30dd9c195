"""The command `views`: names out of labels, and SQL that a database takes."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from acme import AcmeSource, Server

from crm_source.cli import launch
from crm_source.columns import with_label
from crm_source.views.labels import named, slug
from crm_source.views.sql import DIALECTS, LOADERS, view

TEXT = {"type": ["null", "string"]}
NUMBER = {"type": ["null", "number"]}
COLUMNS: dict[str, Any] = {
    "id": TEXT,
    "industry": TEXT,
    "custom.cf_aBcDeF123456": with_label(TEXT, "Industry"),
    "custom.cf_xyz987": with_label(NUMBER, "Größe (m²)"),
    "custom.cf_111111": with_label(TEXT, "Owner"),
    "custom.cf_222222": with_label(TEXT, "owner!"),
    "custom_fields": {"type": ["null", "object"], "properties": {"12": with_label(NUMBER, "Seats"), "a'b": TEXT}},
}
LABELS = st.dictionaries(st.text("abcXYZ0.", min_size=1, max_size=60), st.text(max_size=80), max_size=8)


def names_of(labels: dict[str, str], taken: set[str] | None = None, kept: dict[str, str] | None = None) -> list[str]:
    return list(named(labels, taken or set(), kept or {}).values())


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Industry", "industry"),
        ("  Größe (m²) ", "grösse_m2"),
        ("STRASSE", "strasse"),
        ("業種", "業種"),
        ("Won / Lost?", "won_lost"),
        ("🚀", ""),
        ("x" * 99, "x" * 45),
        ("ж" * 40, "ж" * 22),
    ],
)
def test_a_name_has_the_words_of_the_label(label: str, name: str) -> None:
    assert slug(label) == name


def test_two_fields_of_one_label_are_told_apart_by_their_ids_whatever_their_order() -> None:
    labels = {"custom.cf_111111": "Owner", "custom.cf_222222": "owner"}
    wanted = {"custom.cf_111111": "owner_111111", "custom.cf_222222": "owner_222222"}
    assert named(labels, (), {}) == wanted
    assert named(dict(reversed(labels.items())), (), {}) == wanted


def test_a_label_that_is_a_columns_name_gets_the_end_of_its_id() -> None:
    assert names_of({"custom.cf_aBcDeF123456": "Industry"}, {"industry"}) == ["industry_123456"]
    assert names_of({"custom.cf_1": ""}) == ["custom_cf_1"]


def test_a_name_that_was_given_before_stays() -> None:
    kept = {"custom.cf_111111": "owner"}
    labels = {"custom.cf_222222": "Owner", "custom.cf_111111": "Holder"}
    assert named(labels, (), kept) == {"custom.cf_111111": "owner", "custom.cf_222222": "owner_222222"}


def test_a_name_that_was_given_before_gives_way_to_a_column() -> None:
    assert names_of({"custom.cf_111111": "Owner"}, {"owner"}, {"custom.cf_111111": "owner"}) == ["owner_111111"]


@given(
    LABELS, st.sets(st.sampled_from(["a", "b", "x"])), st.dictionaries(st.text("abcXYZ0."), st.text("ab", max_size=20))
)
def test_names_are_unique_in_any_case_and_short(labels: dict[str, str], taken: set[str], kept: dict[str, str]) -> None:
    found = named(labels, taken, kept)
    assert found.keys() == labels.keys()
    assert len({*map(str.upper, found.values())} | {*map(str.upper, taken)}) == len(found) + len(taken)
    assert all(0 < len(name.encode()) <= 63 for name in found.values())
    assert named(dict(reversed(labels.items())), taken, {}) == named(labels, taken, {})


@given(LABELS, st.text("abcXYZ0.", min_size=1, max_size=60), st.text(max_size=80))
def test_names_that_are_kept_do_not_change_when_a_field_is_added(labels: dict[str, str], key: str, label: str) -> None:
    before = named(labels, (), {})
    after = named({**labels, key: label}, (), before)
    assert before.items() <= after.items()


def sql_of(dialect: str, loader: str, columns: dict[str, Any] = COLUMNS) -> str:
    found = view("leads", columns, dialect, loader, {})
    assert found
    return found.sql


def test_a_view_names_custom_columns_and_leaves_the_others() -> None:
    assert sql_of("duckdb", "pyairbyte") == (
        'DROP VIEW IF EXISTS "leads_readable";\n'
        'CREATE VIEW "leads_readable" AS\n'
        "SELECT\n"
        '    "id",\n'
        '    "industry",\n'
        '    "custom_fields",\n'
        '    "_airbyte_extracted_at",\n'
        '    "custom_cf_abcdef123456" AS "industry_123456",\n'
        '    "custom_cf_xyz987" AS "grösse_m2",\n'
        '    "custom_cf_111111" AS "owner_111111",\n'
        '    "custom_cf_222222" AS "owner_222222",\n'
        """    CAST("custom_fields" ->> '$."12"' AS DOUBLE) AS "seats"\n"""
        'FROM "leads";\n'
    )


@pytest.mark.parametrize(
    ("dialect", "loader", "lines"),
    [
        (
            "postgres",
            "platform",
            [
                '"custom_cf_aBcDeF123456" AS "industry_123456"',
                """CAST("custom_fields" ->> '12' AS NUMERIC) AS "seats\"""",
            ],
        ),
        ("postgres", "pyairbyte", ['"custom_cf_abcdef123456" AS "industry_123456"']),
        (
            "snowflake",
            "platform",
            [
                '"CUSTOM.CF_ABCDEF123456" AS "INDUSTRY_123456"',
                """CAST(GET("CUSTOM_FIELDS", '12') AS FLOAT) AS "SEATS\"""",
                'FROM "LEADS"',
                '"_AIRBYTE_EXTRACTED_AT"',
            ],
        ),
        ("snowflake", "pyairbyte", ['"CUSTOM_CF_ABCDEF123456" AS "INDUSTRY_123456"']),
    ],
)
def test_columns_are_called_what_the_loader_calls_them_there(dialect: str, loader: str, lines: list[str]) -> None:
    assert [line for line in lines if line not in sql_of(dialect, loader)] == []


def test_names_that_sql_could_take_for_its_own_are_quoted() -> None:
    columns = {
        "1st name": TEXT,
        'a"b': with_label(TEXT, "x"),
        "o": {"type": "object", "properties": {"a'b": with_label(TEXT, "y")}},
    }
    assert '"_1st_name"' in sql_of("duckdb", "platform", columns)
    assert '"_1st_name"' in sql_of("postgres", "pyairbyte", columns)
    assert '"A""B" AS "X"' in sql_of("snowflake", "platform", columns)
    assert """"o" ->> '$."a''b"' AS "y\"""" in sql_of("duckdb", "platform", columns)


def test_a_stream_without_labels_has_no_view() -> None:
    assert view("users", {"id": TEXT, "name": {**TEXT, "description": "Its name"}}, "duckdb", "platform", {}) is None


def catalog(path: Path, columns: dict[str, Any]) -> str:
    stream = {"name": "leads", "json_schema": {"properties": columns}, "supported_sync_modes": ["full_refresh"]}
    path.write_text(json.dumps({"streams": [{"stream": stream, "sync_mode": "full_refresh"}]}))
    return str(path)


class Shell:
    def __init__(self, folder: Path, capfd: pytest.CaptureFixture[str]):
        self.folder = folder
        self.capfd = capfd

    def views(self, columns: dict[str, Any], *more: str) -> tuple[int, str, str]:
        self.capfd.readouterr()
        code = 0
        try:
            launch(AcmeSource(Server()), ["views", "--catalog", catalog(self.folder / "catalog.json", columns), *more])
        except SystemExit as stop:
            code = int(stop.code or 0)
        return (code, *self.capfd.readouterr())


@pytest.fixture
def shell(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path, capfd)


def test_the_command_prints_sql_and_nothing_else(shell: Shell) -> None:
    for dialect in DIALECTS:
        for loader in LOADERS:
            assert shell.views(COLUMNS, "--dialect", dialect, "--loader", loader) == (0, sql_of(dialect, loader), "")


def test_names_are_kept_in_a_file(shell: Shell) -> None:
    names = shell.folder / "names.json"
    code, first, _ = shell.views(COLUMNS, "--names", str(names))
    assert (code, json.loads(names.read_text())["leads"]["custom_fields.12"]) == (0, "seats")
    renamed = {**COLUMNS, "custom.cf_xyz987": with_label(NUMBER, "Area"), "custom.cf_9": with_label(TEXT, "Seats")}
    code, second, _ = shell.views(renamed, "--names", str(names))
    assert code == 0
    assert [line for line in first.splitlines() if " AS " in line and line.rstrip(",") not in second] == []
    assert '"custom_cf_9" AS "seats_cf_9"' in second
    assert '"custom_cf_xyz987" AS "area"' in shell.views(renamed)[1]


@pytest.mark.parametrize(("content", "told"), [("[]", "a list"), ('{"leads": 1}', "stream -> column -> name")])
def test_a_file_of_names_that_is_none_is_told(shell: Shell, content: str, told: str) -> None:
    names = shell.folder / "names.json"
    names.write_text(content)
    code, out, said = shell.views(COLUMNS, "--names", str(names))
    assert (code, out, "Traceback" in said) == (1, "", False)
    assert told in said
    assert names.read_text() == content


def test_streams_without_labels_are_a_sentence(shell: Shell) -> None:
    code, out, said = shell.views({"id": TEXT})
    assert (code, out, "Traceback" in said) == (1, "", False)
    assert "No column of these streams has a label" in said
