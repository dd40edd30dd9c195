"""make new-source writes a source that passes lint, types and its own tests, and reads from its own simulator."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from house.copying import answers_of_new_stream, copy_to, run_in
from house.new_source.__main__ import ROOT, left_to_do, make

BIN = Path(sys.executable).parent
SIMULATORS = "integration_tests/simulators"
MOMENT = "2026-01-01T00:00:00Z"
DEAL = {"id": 7, "name": "Big", "is_open": True, "lines": [{"sku": "a"}], "created_at": MOMENT, "updated_at": MOMENT}
GROWN: tuple[tuple[tuple[str, ...], dict[str, object]], ...] = (
    (("deals", "/deals", "--kind", "incremental"), DEAL),
    (("stages", "/stages", "--key", "code"), {"code": 1, "label": "New"}),
    (
        ("deal_tasks", "/deals/{id}/tasks", "--kind", "nested", "--parent", "deals"),
        {"id": 1, "deal_id": 7, "x": 1.5},
    ),
    (("task_files", "/tasks/{id}/files", "--kind", "nested", "--parent", "deal_tasks"), {"id": 1, "size": 3}),
    (("file_tags", "/files/{id}/tags", "--kind", "nested", "--parent", "task_files"), {"id": 1, "tag": "x"}),
    (("user_teams", "/users/{id}/teams", "--kind", "nested", "--parent", "users"), {"id": 1, "team": "x"}),
    (("deal_lines", "lines", "--kind", "embedded", "--parent", "deals"), {}),
    (("open_deals", "/deals?is_open=true", "--kind", "view", "--parent", "deals"), {}),
    (("lost_deals", "/deals?is_open=false&name=Big", "--kind", "view", "--parent", "deals"), {}),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    repository = tmp_path_factory.mktemp("made")
    (repository / "shared").symlink_to(ROOT / "shared")  # what is beside it decides how imports are sorted
    never = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "integration_tests" / "simulators", repository / SIMULATORS, ignore=never)
    for name in ("conftest.py", "pytest.ini"):
        shutil.copy(ROOT / name, repository)
    return make("acme-crm", "Acme CRM", repository)


def outcome_of_tests(folder: Path) -> str:
    """What the command says that make new-source prints, in the repository as it is then: nothing was installed."""
    command = [str(BIN / "pytest"), f"{folder.name}/unit_tests", "-q", "-n0", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=folder.parent, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stdout + done.stderr
    return done.stdout


def run(folder: Path, *command: str) -> str:
    inside = [folder, folder / "unit_tests", folder.parent / "integration_tests"]
    paths = os.pathsep.join(map(str, [*inside, ROOT / "shared"]))
    environment = {**os.environ, "PYTHONPATH": paths, "MYPYPATH": paths}
    done = subprocess.run(command, cwd=folder.parent, env=environment, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stdout + done.stderr
    return done.stdout


def test_a_made_source_passes_lint_and_types(folder: Path) -> None:
    config = str(ROOT / "ruff.toml")
    made = (folder.name, f"{SIMULATORS}/acme_crm.py")
    run(folder, str(BIN / "ruff"), "check", "--config", config, *made)
    run(folder, str(BIN / "ruff"), "format", "--check", "--config", config, *made)
    packages = ("-p", "source_acme_crm", "-p", "simulators.acme_crm", "-p", "test_source", "-p", "test_table")
    run(folder, str(BIN / "mypy"), "--config-file", str(ROOT / "mypy.ini"), *packages)


def test_a_made_source_passes_its_own_tests_which_read_from_its_simulator(folder: Path) -> None:
    assert "6 passed" in outcome_of_tests(folder)


def test_its_tests_hold_for_other_streams_as_they_are(folder: Path) -> None:
    """Deals instead of contacts, lines inside them, and no users: what a vendor with three streams changes."""
    package, simulator = folder / "source_acme_crm", folder.parent / SIMULATORS / "acme_crm.py"
    before = {path: path.read_text() for path in (package / "resources.py", simulator, *package.glob("schemas/*.json"))}
    without = re.compile(r'^ *(STYLE\.full|ListOf)\("users".*\n', re.MULTILINE)
    try:
        for path, text in before.items():
            path.unlink()
            renamed = path.with_name(path.name.replace("contact_emails", "deal_lines").replace("contact", "deal"))
            told = text.replace("contact_emails", "deal_lines").replace("contact", "deal").replace("emails", "lines")
            renamed.write_text(without.sub("", told))
        assert "6 passed" in outcome_of_tests(folder)
    finally:
        for path in package.glob("schemas/*.json"):
            path.unlink()
        for path, text in before.items():
            path.write_text(text)


def test_a_made_source_answers_to_the_command_line(folder: Path) -> None:
    spec = json.loads(run(folder, sys.executable, "-m", "source_acme_crm.run", "spec").splitlines()[-1])["spec"]
    properties = spec["connectionSpecification"]["properties"]
    assert {"api_key", "start_date", "event_notification_callback_url"} <= properties.keys()
    assert len({about["order"] for about in properties.values()}) == len(properties)


def test_what_is_left_to_do_is_listed_with_its_place(folder: Path) -> None:
    listed = left_to_do(folder)
    assert any(one.startswith("source-acme-crm/source_acme_crm/api.py:") for one in listed)
    assert any(one.startswith(f"{SIMULATORS}/acme_crm.py:") for one in listed)
    assert len(listed) >= 8
    made = [path.read_text() for path in folder.rglob("*") if path.suffix in (".py", ".md", ".json", ".toml", ".yaml")]
    assert not [text for text in made if "closeio" in text.lower() or "MODULE" in text or "TITLE" in text]


@pytest.mark.parametrize("name", ["Acme", "acme_crm", "7acme", "acme-", "", "../acme"])
def test_a_name_that_cannot_be_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="lower case"):
        make(name, "Acme", tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_simulator_is_about_a_hundred_lines(folder: Path) -> None:
    assert len((folder.parent / SIMULATORS / "acme_crm.py").read_text().splitlines()) < 100


def test_a_simulator_that_is_there_is_not_written_over(folder: Path) -> None:
    (folder.parent / SIMULATORS / "other.py").touch()
    with pytest.raises(FileExistsError, match="simulator"):
        make("other", "Other", folder.parent)
    assert not (folder.parent / "source-other").exists()


def test_a_source_that_is_there_is_not_written_over(folder: Path) -> None:
    with pytest.raises(FileExistsError):
        make("acme-crm", "Acme CRM", folder.parent)


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made source with streams that make new-stream has added, and the pages that make pages writes."""
    root = tmp_path_factory.mktemp("grown")
    copy_to(root)
    make("acme-crm", "Acme CRM", root)
    for arguments, row in GROWN:
        (root / "sample.json").write_text(json.dumps({"data": [row]}))
        sample = ("--sample", "sample.json") if row else ()
        run_in(root, sys.executable, "-m", "house.new_stream", "acme-crm", *arguments, *sample)
    for page in ("streams", "columns", "counts", "deletions"):
        run_in(root, sys.executable, "-m", f"house.{page}")
    return root


def test_streams_can_be_added_to_a_made_source_and_pass_its_checks_and_tests(grown: Path) -> None:
    assert "6 passed" in outcome_of_tests(grown / "source-acme-crm")
    made = ("source-acme-crm", f"{SIMULATORS}/acme_crm.py")
    config = str(grown / "ruff.toml")
    run_in(grown, str(BIN / "ruff"), "check", "--config", config, *made)
    run_in(grown, str(BIN / "ruff"), "format", "--check", "--config", config, *made)
    packages = ("-p", "source_acme_crm", "-p", "simulators.acme_crm")
    run_in(grown, str(BIN / "mypy"), "--config-file", str(grown / "mypy.ini"), *packages)


def test_the_schemas_of_added_streams_have_the_keys_of_the_records_above(grown: Path) -> None:
    schemas = grown / "source-acme-crm" / "source_acme_crm" / "schemas"
    columns = {one.stem: json.loads(one.read_text())["properties"] for one in schemas.glob("*.json")}
    integer, moment = {"type": ["null", "integer"]}, {"type": ["null", "string"], "format": "date-time"}
    assert columns["file_tags"] == {
        "id": integer,
        "tag": {"type": ["null", "string"]},
        "task_file_id": integer,
        "deal_id": integer,
        "deal_date_updated": moment,
    }
    assert columns["deal_lines"]["deal_id"] == columns["deal_lines"]["position"] == integer
    assert columns["user_teams"]["user_id"] == integer
    assert "open_deals" not in columns


def test_no_page_needs_an_entry_for_a_new_source_or_stream(grown: Path) -> None:
    page = (grown / "source-acme-crm" / "docs" / "acme-crm.md").read_text()
    assert "| `open_deals` | `id` | `updated_at` | Part of `deals`. |" in page
    assert "| `file_tags` | `id` | `deal_date_updated` | For each of `task_files`. |" in page
    columns = (grown / "docs" / "columns" / "acme-crm.md").read_text()
    assert columns.startswith("# Columns of Acme CRM")
    assert "### deal_tasks\n" in columns
    assert 'deals ||--o{ deal_tasks : "deal_id"' in columns
    deletions = (grown / "docs" / "deletions.md").read_text()
    assert "### acme-crm\n" in deletions
    assert "| open_deals | not known | a refresh | none |" in deletions
    before = (ROOT / "docs" / "deletions.md").read_text()
    assert before.partition("### closeio\n")[2] == deletions.partition("### closeio\n")[2]
    for name in ("closeio", "connectwise", "insightly"):
        page = f"source-{name}/docs/{name}.md"
        assert (grown / page).read_text() == (ROOT / page).read_text()


def test_a_stream_that_is_taken_out_of_the_table_goes_from_the_page(grown: Path, tmp_path: Path) -> None:
    root = tmp_path / "less"
    shutil.copytree(grown, root)
    resources = root / "source-acme-crm" / "source_acme_crm" / "resources.py"
    resources.write_text(re.sub(r'(?m)^ *STYLE\.full\("stages".*\n', "", resources.read_text()))
    run_in(root, sys.executable, "-m", "house.streams")
    page = (root / "source-acme-crm" / "docs" / "acme-crm.md").read_text()
    assert "`stages`" not in page
    assert "`deals`" in page


def test_what_cannot_be_right_is_refused_for_a_made_source_too(grown: Path) -> None:
    before = {path: path.read_bytes() for path in grown.rglob("*.py")}
    wrong = (
        (("tags", "/tags"), "Give a sample"),
        (("tags", "names", "--kind", "embedded", "--parent", "deals"), "deals has no column names"),
        (("tags", "lines", "--kind", "embedded", "--parent", "deal_tasks"), "deal_tasks has no column lines"),
        (("tags", "/deals?colour=red", "--kind", "view", "--parent", "deals"), "deals has no column colour"),
        (("tags", "/deals?is_open=maybe", "--kind", "view", "--parent", "deals"), "maybe is no value"),
        (("tags", "/tasks/{id}/x", "--kind", "nested", "--parent", "tasks"), "tasks"),
    )
    answers = answers_of_new_stream(grown, [("acme-crm", *arguments) for arguments, _ in wrong])
    for (arguments, why), said in zip(wrong, answers, strict=True):
        assert said.startswith("Nothing was written."), arguments
        assert why in said, arguments
    assert {path: path.read_bytes() for path in grown.rglob("*.py")} == before
