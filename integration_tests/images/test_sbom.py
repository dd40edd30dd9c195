"""The bill of materials that docker/sbom writes for an image."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from images.image import ROOT, inside
from vendors import VENDORS, Vendor

VALIDATE = """
import pathlib, sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(pathlib.Path(sys.argv[1]).read_text())
sys.exit(repr(wrong) if wrong else 0)
"""
by_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)


@by_vendor
def test_its_bill_of_materials_is_valid_and_names_what_is_in_it(vendor: Vendor, tmp_path: Path) -> None:
    subprocess.run(["docker/sbom", vendor.script], cwd=ROOT, env={**os.environ, "INTO": str(tmp_path)}, check=True)
    (path,) = tmp_path.glob(f"{vendor.script}-*.cdx.json")
    subprocess.run([ROOT / ".venv-sbom" / "bin" / "python", "-c", VALIDATE, path], check=True)
    bill = json.loads(path.read_text())
    assert bill["metadata"]["component"]["name"] == f"crm-sources-{vendor.name}"
    named = {one["name"].lower().replace("_", "-").replace(".", "-"): one["version"] for one in bill["components"]}
    assert named["airbyte-cdk"] == inside(vendor)["distributions"]["airbyte-cdk"]
    needs = {one["ref"]: one.get("dependsOn", []) for one in bill["dependencies"]}
    assert f"airbyte-cdk=={named['airbyte-cdk']}" in needs[bill["metadata"]["component"]["bom-ref"]]
    assert named == {name: version for name, version in inside(vendor)["distributions"].items() if "crm-" not in name}
