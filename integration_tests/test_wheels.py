"""Each source is one package: its wheel, its sdist and its folder need no other of ours, and leave others alone."""

import ast
import shutil
import sys
import sysconfig
import zipfile
from collections.abc import Iterator, Sequence
from email import message_from_string
from email.message import Message
from pathlib import Path

import pytest

from connector import Json, files, outcome
from vendors import VENDORS, Vendor
from wheels import PIP, ROOT, built, run, wheel_of

by_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
CLOSE, INSIGHTLY = (next(one for one in VENDORS if one.name == name) for name in ("closeio", "insightly"))
OTHER_VERSION = "9.9.9"


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("dist"), *(ROOT / vendor.script for vendor in VENDORS))


def metadata(wheel: zipfile.ZipFile) -> Message:
    (path,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return message_from_string(wheel.read(path).decode())


@by_vendor
def test_a_wheel_is_one_package_and_needs_none_of_ours(vendor: Vendor, wheels: Path) -> None:
    package = vendor.script.replace("-", "_")
    with zipfile.ZipFile(wheel_of(vendor, wheels)) as wheel:
        about, names = metadata(wheel), set(wheel.namelist())
        assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {package}
        needed = about.get_all("Requires-Dist", [])
        assert any(one.startswith("airbyte-cdk") for one in needed)
        assert not [one for one in needed if "crm" in one.lower() or "source" in one.lower()]
        code = {name: wheel.read(name).decode() for name in names if name.endswith(".py")}
    assert not [f"{name}: {one}" for name, text in code.items() for one in imported(text) if one == "crm_source"]
    folders = {ROOT / vendor.script / package: package, ROOT / "shared" / "crm_source": f"{package}/_engine"}
    wanted = {
        f"{inside}/{path.relative_to(folder)}"
        for folder, inside in folders.items()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert wanted - names == set()


def imported(code: str) -> Iterator[str]:
    """The top-level packages."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").partition(".")[0]


class Environment:
    """A virtual environment whose packages are its own, and after them, the third parties' of this one."""

    def __init__(self, folder: Path):
        run(sys.executable, "-m", "venv", "--without-pip", folder)
        self.bin = folder / "bin"
        self.packages = Path(run(self.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())

    @property
    def python(self) -> Path:
        return self.bin / "python"

    def pip(self, *command: str | Path) -> str:
        # Without those of this environment, which has the same sources.
        third_parties = self.packages / "third_parties.pth"
        third_parties.unlink(missing_ok=True)
        try:
            return run(*PIP, "--python", self.python, *command)
        finally:
            third_parties.write_text(sysconfig.get_path("purelib"))

    def spec_of(self, vendor: Vendor) -> Json:
        (found,) = outcome([str(self.bin / vendor.script), "spec"]).of("SPEC")
        return dict(found["spec"])

    def check(self, vendor: Vendor, config: Json) -> Sequence[Json]:
        with files(config, None, None) as folder:
            output = outcome([str(self.bin / vendor.script), "check", "--config", f"{folder}/config.json"])
        return [one["connectionStatus"] for one in output.of("CONNECTION_STATUS")]

    def version_of(self, vendor: Vendor) -> str:
        return run(self.bin / vendor.script, "--version").split()[1]


@pytest.fixture(scope="module")
def another_version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of Insightly's source in another version, whose engine has another module."""
    repository = tmp_path_factory.mktemp("another")
    for name in ("shared", INSIGHTLY.script):
        shutil.copytree(ROOT / name, repository / name, ignore=shutil.ignore_patterns("unit_tests", "__pycache__"))
    shutil.copy(ROOT / "LICENSE", repository)
    (repository / "shared" / "crm_source" / "only_there.py").write_text("")
    project = repository / INSIGHTLY.script / "pyproject.toml"
    lines = project.read_text().splitlines()
    changed = [f'version = "{OTHER_VERSION}"' if line.startswith("version = ") else line for line in lines]
    project.write_text("\n".join(changed))
    return built(repository / "dist", project.parent)


def test_two_sources_of_different_versions_live_in_one_environment(
    wheels: Path, another_version: Path, tmp_path: Path
) -> None:
    environment = Environment(tmp_path / "env")
    environment.pip("install", "--no-deps", "--no-index", wheel_of(CLOSE, wheels))
    before = environment.spec_of(CLOSE)
    environment.pip("install", "--no-deps", "--no-index", wheel_of(INSIGHTLY, another_version))
    assert environment.version_of(INSIGHTLY) == OTHER_VERSION != environment.version_of(CLOSE)
    assert {path.parents[1].name for path in environment.packages.rglob("only_there.py")} == {"source_insightly"}
    for vendor in (CLOSE, INSIGHTLY):
        sim = vendor.account(1)
        with sim.serve() as url:
            assert environment.check(vendor, vendor.config(sim, url)) == [{"status": "SUCCEEDED"}]
    environment.pip("uninstall", "--yes", "crm-sources-insightly")
    assert not (environment.packages / "source_insightly").exists()
    assert not (environment.bin / INSIGHTLY.script).exists()
    assert environment.spec_of(CLOSE) == before


def test_an_sdist_makes_the_same_wheel(wheels: Path, tmp_path: Path) -> None:
    again = built(tmp_path / "dist", hooked("build_sdist", CLOSE, tmp_path))
    assert contents(wheel_of(CLOSE, again)) == contents(wheel_of(CLOSE, wheels))


def hooked(hook: str, vendor: Vendor, into: Path) -> Path:
    """What a hook of the build backend makes of a source's folder."""
    call = f"import setuptools.build_meta as backend; print(backend.{hook}({str(into)!r}))"
    return into / run(sys.executable, "-c", call, cwd=ROOT / vendor.script).split()[-1]


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as wheel:
        return {name: wheel.read(name) for name in wheel.namelist() if ".dist-info/" not in name}


def test_an_editable_install_alone_has_the_engine_where_it_lies(tmp_path: Path) -> None:
    environment = Environment(tmp_path / "env")
    environment.pip("install", "--no-deps", "--no-index", hooked("build_editable", CLOSE, tmp_path))
    found = run(environment.python, "-c", "import crm_source, source_closeio; print(crm_source.__file__)")
    assert Path(found.strip()) == ROOT / "shared" / "crm_source" / "__init__.py"
    assert environment.spec_of(CLOSE)
