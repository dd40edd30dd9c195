"""make new-source writes a source that passes lint, types and its own tests, and reads from its own simulator."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from house.new_source.__main__ import ROOT, left_to_do, make

BIN = Path(sys.executable).parent
SIMULATORS = "integration_tests/simulators"


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
    assert "5 passed" in outcome_of_tests(folder)


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
        assert "5 passed" in outcome_of_tests(folder)
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
