"""What a public repository shows to strangers is there, and is valid: forms of issues, CI, hooks, the way to report."""

from pathlib import Path
from typing import Any

from airbyte_cdk.utils.yaml_loader import safe_load_yaml

ROOT = Path(__file__).parent.parent.parent
FORMS = [one for one in sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml")) if one.name != "config.yml"]
# Which attributes each kind of field of a form needs.
NEEDED = {"markdown": {"value"}, "input": {"label"}, "textarea": {"label"}, "dropdown": {"label", "options"}}


def test_the_forms_of_issues_are_valid() -> None:
    assert len(FORMS) >= 3
    wrong = [f"{form.name}: {problem}" for form in FORMS for problem in problems_of(safe_load_yaml(form.read_text()))]
    assert not wrong


def problems_of(form: dict[str, Any]) -> list[str]:
    wrong = [f"no {name}" for name in ("name", "description", "body") if not form.get(name)]
    fields = form.get("body", [])
    ids = [field["id"] for field in fields if "id" in field]
    if len(ids) != len(set(ids)):
        wrong.append(f"an id stands twice: {ids}")
    if all(field["type"] == "markdown" for field in fields):
        wrong.append("nothing can be filled in")
    for field in fields:
        if missing := NEEDED[field["type"]] - field["attributes"].keys():
            wrong.append(f"{field.get('id', field['type'])} lacks {missing}")
    return wrong


def test_a_form_without_a_field_is_wrong() -> None:
    assert problems_of({"name": "x", "description": "y", "body": [{"type": "markdown", "attributes": {}}]}) == [
        "nothing can be filled in",
        "markdown lacks {'value'}",
    ]


def test_the_public_ci_runs_the_projects_own() -> None:
    workflow = safe_load_yaml((ROOT / ".github/workflows/ci.yml").read_text())
    commands = [step.get("run", "") for step in workflow["jobs"]["all"]["steps"]]
    assert ".ci/run" in commands
    assert (ROOT / ".ci/run").stat().st_mode & 0o100, "cannot be run"
    versions = workflow["jobs"]["versions"]["strategy"]["matrix"]["python"]
    readme = (ROOT / "README.md").read_text()
    assert [one for one in versions if one not in readme] == []


def test_hooks_use_the_tools_of_the_tests() -> None:
    hooks = safe_load_yaml((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    lint = (ROOT / "Makefile").read_text()
    for hook in hooks:
        tool = hook["entry"].removeprefix(".venv/bin/").split(" --force-exclude")[0]
        assert tool in lint or f"\n{tool.removeprefix('make ')}:" in lint, hook["id"]


def test_a_weakness_can_be_reported() -> None:
    assert "Report a vulnerability" in (ROOT / "SECURITY.md").read_text()
