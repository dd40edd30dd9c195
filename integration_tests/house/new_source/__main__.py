"""Writes a source that reads four streams of a small made-up account, and lists what is to be made of it.

    python -m house.new_source acme-crm "Acme CRM" [--into FOLDER]

The name is lower case, with hyphens. What all sources have alike is copied from source-closeio: package, image and
command.
"""

import argparse
import json
import re
import subprocess
import sys
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
TEMPLATE = HERE / "template"
MODEL = ROOT / "source-closeio"
TO_DO = re.compile(r"To do: (.*?)(\"\"\"|\"|$)")


def words_for(name: str, title: str) -> Mapping[str, str]:
    """What stands for what in the templates."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise ValueError(f"{name}: a name is lower case, with hyphens, such as acme-crm.")
    return {
        "MODULE": f"source_{name.replace('-', '_')}",
        "CLASS": "".join(part.capitalize() for part in name.split("-")),
        "NAME": name,
        "TITLE": title,
        "TODAY": f"{datetime.now(UTC):%Y-%m-%d}",
        "UUID": str(uuid.uuid4()),
    }


def filled(text: str, words: Mapping[str, str]) -> str:
    return re.sub(r"MODULE|CLASS|NAME|TITLE|TODAY|UUID", lambda found: words[found[0]], text)


def make(name: str, title: str, into: Path = ROOT) -> Path:
    """The folder of the new source. Raises ValueError for a name that cannot be, FileExistsError for one that is."""
    words = words_for(name, title)
    folder = into / f"source-{name}"
    folder.mkdir()
    for path in sorted(TEMPLATE.rglob("*.template")):
        inner = str(path.relative_to(TEMPLATE).with_suffix("")).replace("module/", "MODULE/")
        _write(folder / filled(inner, words), path, words)
    for inner, text in _copied(words).items():
        (folder / inner).write_text(text)
    (folder / words["MODULE"] / "py.typed").touch()
    _with_common_entries(folder / words["MODULE"] / "spec.json")
    _formatted(folder)
    return folder


def _formatted(folder: Path) -> None:
    """Names have lengths of their own, so lines break elsewhere, and imports are sorted by them."""
    ruff, config = str(Path(sys.executable).with_name("ruff")), str(ROOT / "ruff.toml")
    for command in (["check", "--select", "I", "--fix"], ["format"]):
        subprocess.run([ruff, *command, "--quiet", "--config", config, folder.name], cwd=folder.parent, check=True)


def _write(path: Path, template: Path, words: Mapping[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(filled(template.read_text(), words))


def _copied(words: Mapping[str, str]) -> dict[str, str]:
    """What is the same in all sources but for the name."""
    files = ("pyproject.toml", "setup.py", "Dockerfile", "icon.svg", "source_closeio/run.py")
    return {one.replace("source_closeio", words["MODULE"]): _renamed((MODEL / one).read_text(), words) for one in files}


def _renamed(text: str, words: Mapping[str, str]) -> str:
    names = {
        "source_closeio": words["MODULE"],
        "SourceCloseio": f"Source{words['CLASS']}",
        "closeio": words["NAME"],
        "Close (close.com, formerly close.io)": words["TITLE"],
    }
    for old, new in names.items():
        text = text.replace(old, new)
    return re.sub(r'(?m)^(version = |LABEL io.airbyte.version=)"[^"]*"', r'\1"0.1.0"', text)


def _with_common_entries(path: Path) -> None:
    """The entries of the configuration that every source has, after the new source's own."""
    spec, model, other = (
        json.loads(one.read_text())
        for one in (
            path,
            MODEL / "source_closeio" / "spec.json",
            ROOT / "source-insightly" / "source_insightly" / "spec.json",
        )
    )
    own, common, others = (one["connectionSpecification"]["properties"] for one in (spec, model, other))
    shared = common.keys() & others.keys() - {"username", "password"} - own.keys()
    for name in [name for name in common if name in shared]:
        own[name] = {**common[name], "order": len(own)}
    spec["connectionSpecification"]["groups"] = model["connectionSpecification"]["groups"]
    path.write_text(json.dumps(spec, indent=2) + "\n")


def left_to_do(folder: Path) -> list[str]:
    """What the made files ask for, with file and line."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".py", ".md", ".json"):
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if what := TO_DO.search(line):
                    found.append(f"{path.relative_to(folder.parent)}:{number}: {what[1].strip()}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="new_source", description="Begin a new source.")
    parser.add_argument("name", help="lower case, with hyphens, such as acme-crm")
    parser.add_argument("title", nargs="?", help="how the vendor writes its name")
    parser.add_argument("--into", type=Path, default=ROOT, help="the folder to write into")
    options = parser.parse_args()
    try:
        folder = make(options.name, options.title or options.name.replace("-", " ").title(), options.into)
    except (ValueError, FileExistsError) as error:
        sys.exit(str(error))
    print(f"{folder} reads four streams of a made-up account: .venv/bin/pytest {folder.name}/unit_tests\nStill to do:")
    print("\n".join(f"  {one}" for one in left_to_do(folder)))


if __name__ == "__main__":
    main()
