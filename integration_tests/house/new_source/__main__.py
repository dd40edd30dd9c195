"""Writes a source of four streams and a simulator that it reads from, and lists what is to be made of them.

    python -m house.new_source acme-crm "Acme CRM" [--into FOLDER]

The name is lower case, with hyphens. What all sources have alike is copied from source-closeio: package, image and
command.
"""

import argparse
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
SIMULATOR = TEMPLATE / "simulator.py.template"
TO_DO = re.compile(r"To do: (.*?)(\"\"\"|\"|$)")


def words_for(name: str, title: str) -> Mapping[str, str]:
    """What stands for what in the templates."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise ValueError(f"{name}: a name is lower case, with hyphens, such as acme-crm.")
    return {
        "MODULE": f"source_{name.replace('-', '_')}",
        "SHORT": name.replace("-", "_"),
        "CLASS": "".join(part.capitalize() for part in name.split("-")),
        "NAME": name,
        "TITLE": title,
        "TODAY": f"{datetime.now(UTC):%Y-%m-%d}",
        "UUID": str(uuid.uuid4()),
    }


def filled(text: str, words: Mapping[str, str]) -> str:
    return re.sub(r"MODULE|SHORT|CLASS|NAME|TITLE|TODAY|UUID", lambda found: words[found[0]], text)


def make(name: str, title: str, into: Path = ROOT) -> Path:
    """The folder of the new source. Raises ValueError for a name that cannot be, FileExistsError for one that is."""
    words = words_for(name, title)
    folder, simulator = into / f"source-{name}", _simulator(into, words)
    if simulator.exists():
        raise FileExistsError(f"There is a simulator {simulator} already.")
    folder.mkdir()
    _write(simulator, SIMULATOR, words)
    for path in sorted(TEMPLATE.rglob("*.template")):
        if path == SIMULATOR:
            continue
        inner = str(path.relative_to(TEMPLATE).with_suffix("")).replace("module/", "MODULE/")
        _write(folder / filled(inner, words), path, words)
    for inner, text in _copied(words).items():
        (folder / inner).write_text(text)
    (folder / words["MODULE"] / "py.typed").touch()
    _formatted(folder, simulator)
    return folder


def _simulator(into: Path, words: Mapping[str, str]) -> Path:
    return into / "integration_tests" / "simulators" / f"{words['SHORT']}.py"


def _formatted(folder: Path, simulator: Path) -> None:
    """Names have lengths of their own, so lines break elsewhere, and imports are sorted by them."""
    ruff, config = str(Path(sys.executable).with_name("ruff")), str(ROOT / "ruff.toml")
    for command in (["check", "--select", "I", "--fix"], ["format"]):
        subprocess.run(
            [ruff, *command, "--quiet", "--config", config, folder.name, str(simulator)], cwd=folder.parent, check=True
        )


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
    return re.sub(r'(?m)^(version = |LABEL [\w.]+\.version=)"[^"]*"', r'\1"0.1.0"', text)


def left_to_do(folder: Path) -> list[str]:
    """What the made files ask for, with file and line."""
    found = []
    short = folder.name.removeprefix("source-")
    simulator = _simulator(folder.parent, {"SHORT": short.replace("-", "_")})
    for path in [*sorted(folder.rglob("*")), simulator]:
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
    print(f"{folder} reads four simulated streams: .venv/bin/pytest {folder.name}/unit_tests\nStill to do:")
    print("\n".join(f"  {one}" for one in left_to_do(folder)))


if __name__ == "__main__":
    main()
