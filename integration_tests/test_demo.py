"""`make demo`, which begins with the wall clock, as a newcomer runs it."""

import re
import subprocess
from pathlib import Path

import pytest

from connector import script
from vendors import VENDORS, Vendor

DEMO = Path(__file__).parent / "demo.py"


@pytest.mark.parametrize("vendor", VENDORS[:1], ids=lambda vendor: vendor.name)
def test_the_demo_finds_every_change(vendor: Vendor) -> None:
    command = [script("python"), str(DEMO), vendor.name]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    for step in ("simulator", "check", "discover", "read", "change", "read again"):
        assert re.search(rf"^{step:<11}.*, \d+\.\d s$", done.stdout, re.MULTILINE), step
