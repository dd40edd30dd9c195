"""What is in an image: all that its commands need, and little else; and what its labels say."""

import json
import re
import subprocess
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from tables import no

from connector import Json, files
from images.image import ROOT, image_of, in_shell, inside, inspected, left_out
from vendors import VENDORS, Vendor

LARGEST = 80_000_000  # bytes more than the base
# The CDK's imports of what is left out, in functions that no source of ours calls.
NEVER_CALLED = {"airbyte_cdk.sources.declarative.extractors.response_to_file_extractor: pandas"}
by_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)


def canonical(names: set[str]) -> set[str]:
    return {name.lower().replace("_", "-") for name in names}


@by_vendor
def test_what_is_left_out_is_not_there_and_all_else_is(vendor: Vendor) -> None:
    assert {*inside(vendor)["lacking"]} <= canonical(left_out())
    assert {*inside(vendor)["distributions"]} & canonical(left_out()) == set()
    assert "airbyte-cdk" in inside(vendor)["distributions"]


@by_vendor
def test_no_module_imports_what_is_left_out_not_even_later(vendor: Vendor) -> None:
    names = canonical(left_out())
    gone = {module for module, packages in packages_distributions().items() if canonical({*packages}) & names}
    assert {"pandas", "numpy", "nltk", "google", "rich"} <= gone
    imported = inside(vendor)["imports"]
    assert any(module.startswith(vendor.script.replace("-", "_") + "._engine.") for module in imported)
    found = {f"{module}: {name}" for module, names in imported.items() for name in {*names} & gone}
    no(sorted(found - NEVER_CALLED))


@by_vendor
def test_it_is_small(vendor: Vendor) -> None:
    image = inspected(image_of(vendor))
    base = inspected(image["Config"]["Labels"]["org.opencontainers.image.base.name"])
    assert image["Size"] - base["Size"] < LARGEST


@by_vendor
def test_nothing_is_in_it_that_a_source_does_not_need(vendor: Vendor) -> None:
    assert in_shell(vendor, "id -u").stdout == "1000\n"
    assert in_shell(vendor, "touch /airbyte/file /venv/file").returncode != 0
    assert in_shell(vendor, "/venv/bin/python -m pip --version").returncode != 0
    assert in_shell(vendor, "ls /build /package").stdout == ""


@by_vendor
def test_its_labels_are_what_the_package_says(vendor: Vendor) -> None:
    labels = inspected(image_of(vendor))["Config"]["Labels"]
    project = tomllib.loads((ROOT / vendor.script / "pyproject.toml").read_text())["project"]
    assert labels["io.airbyte.name"] == f"crm-sources/{vendor.script}"
    assert labels["io.airbyte.version"] == project["version"]
    known = {key.removeprefix("org.opencontainers.image."): value for key, value in labels.items()}
    assert known["title"] == vendor.script
    assert [known[key] for key in ("version", "description")] == [project[key] for key in ("version", "description")]
    assert known["licenses"] == project["license"]
    assert known["base.name"].startswith("python:3.")


@by_vendor
def test_a_sync_as_the_readme_has_it_works_in_it(vendor: Vendor, tmp_path: Path) -> None:
    stream = next(iter(vendor.tables))
    tmp_path.chmod(0o777)  # the container's user is another
    sim = vendor.account(2)
    with sim.serve() as url, files(vendor.config(sim, url), None, None) as secrets:

        def in_image(line: str) -> str:
            docker = ["docker", "run", "--rm", "--network", "host", "--workdir", "/out", "--entrypoint", "sh"]
            mounted = ["--volume", f"{secrets}:/secrets:ro", "--volume", f"{tmp_path}:/out", image_of(vendor)]
            text = line.replace("SOURCE", f"/venv/bin/{vendor.script}")
            done = subprocess.run([*docker, *mounted, "-c", text], capture_output=True, text=True, check=False)
            assert (done.returncode, done.stderr.count("Traceback")) == (0, 0), done.stderr + done.stdout[-3000:]
            return done.stdout

        in_image(f"SOURCE catalog --config /secrets/config.json {stream} > catalog.json")
        read = "SOURCE read --config /secrets/config.json --catalog catalog.json"
        in_image(f"{read} | tee all | SOURCE state > state.json")
        assert len(records(tmp_path / "all")) == len(vendor.expected(sim, stream)) > 0
        in_image(f"{read} --state state.json --state-out state.json > more")
        assert len(records(tmp_path / "more")) < len(records(tmp_path / "all"))
        assert vendor.script in in_image("SOURCE --version")
        found = in_image(f"SOURCE verify --config /secrets/config.json --streams {stream} || [ $? = 1 ]")
        assert re.search(rf"^{stream} .*ok", found, re.MULTILINE)
        assert found.count("DIFFERS") == found.count("clock: DIFFERS")  # the simulator's stands elsewhere
        in_image("SOURCE views --catalog catalog.json")


def records(path: Path) -> list[Json]:
    return [one for one in map(json.loads, path.read_text().splitlines()) if one["type"] == "RECORD"]
