"""Builds a source as one package with the engine inside: `setup.py` of each source calls `pack`.

In the repository a source imports `crm_source`, which lies beside it in `shared/`. Nobody else should need a second
package for that, and two sources in one environment must not share one, which the first to be uninstalled would take
along. So a wheel holds the engine as `source_NAME/_engine`, and each import of `crm_source` names that. An sdist holds
the engine as the repository has it, in `shared/`. An editable install leaves everything where it is.
"""

import ast
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py
from setuptools.command.editable_wheel import editable_wheel
from setuptools.command.sdist import sdist

HERE = Path(__file__).parent.resolve()
ENGINE = HERE / "crm_source"
LICENSE = HERE.parent / "LICENSE"
IGNORED = shutil.ignore_patterns("__pycache__")


def pack(*dependencies: str) -> None:
    """Run setuptools for the source in the current folder. `dependencies`: what it needs besides the engine's."""
    with tempfile.TemporaryDirectory() as scratch:
        setup(
            packages=find_packages(include=["source_*"]),
            install_requires=[*engines_dependencies(), *dependencies],
            cmdclass={"build_py": BuildWithEngine, "editable_wheel": EditableWithEngine, "sdist": SdistWithEngine},
            # Not build/ in the source's folder, of which setuptools takes along what was deleted since.
            options={"build": {"build_base": scratch}},
        )


def engines_dependencies() -> list[str]:
    lines = (HERE / "requirements.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


class BuildWithEngine(build_py):
    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            (top,) = (name for name in self.packages if "." not in name)
            put_engine_into(Path(self.build_lib, top))


class EditableWithEngine(editable_wheel):
    """`pip install -e` makes `crm_source` importable from where it lies."""

    def finalize_options(self) -> None:
        super().finalize_options()
        engine = ["crm_source", *(f"crm_source.{name}" for name in find_packages(str(ENGINE)))]
        self.distribution.packages = [*(self.distribution.packages or ()), *engine]
        self.distribution.package_dir = {"crm_source": os.path.relpath(ENGINE)}


class SdistWithEngine(sdist):
    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        super().make_release_tree(base_dir, files)
        shared = Path(base_dir, "shared")
        shutil.copytree(ENGINE, shared / "crm_source", ignore=IGNORED)
        for name in ("packing.py", "requirements.txt"):
            shutil.copy(HERE / name, shared)
        shutil.copy(LICENSE, base_dir)


def put_engine_into(package: Path) -> None:
    """Copy the engine into a built package, and have all of it import the copy."""
    own = package / "_engine"
    shutil.copytree(ENGINE, own, ignore=IGNORED)
    shutil.copy(LICENSE, own)
    for path in sorted(package.rglob("*.py")):
        path.write_text(moved(path.read_text(), f"{package.name}._engine"))


def moved(code: str, engine: str) -> str:
    """The code with its imports from `crm_source` out of `engine` instead.

    Raises ValueError for `import crm_source.x`, which makes a name that only the original has.
    """
    lines = code.splitlines(keepends=True)
    for node in _imports_of_engine(ast.parse(code)):
        if isinstance(node, ast.Import):
            raise ValueError(f"line {node.lineno}: write `from crm_source... import ...`")
        start = lines[node.lineno - 1]
        lines[node.lineno - 1] = start[: node.col_offset] + start[node.col_offset :].replace("crm_source", engine, 1)
    return "".join(lines)


def _imports_of_engine(tree: ast.Module) -> Iterator[ast.Import | ast.ImportFrom]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        else:
            continue
        if any(name.partition(".")[0] == "crm_source" for name in names):
            yield node
