"""The committed schemas are those that the committed models make, so that a change of a model can be seen in them."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
SCRIPTS = sorted(ROOT.glob("source-*/schemas_from_models.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.parent.name)
def test_the_schemas_are_those_of_the_models(script: Path) -> None:
    made = _module(script)
    files: dict[Path, str] = made.files(json.loads(made.MODELS.read_text()))
    committed = set(made.SCHEMAS.glob("**/*.json"))
    by_hand = {one for one in committed if one.stem == "deletions"}
    changed = sorted(path.name for path, text in files.items() if path not in committed or path.read_text() != text)
    assert not changed, f"Run `python {script.relative_to(ROOT)}`: {changed}"
    assert committed - by_hand == files.keys()


def _module(script: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"{script.parent.name}_schemas", script)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
