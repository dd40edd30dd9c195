"""The sources' wheels, built for a test."""

import subprocess
import sys
from pathlib import Path

from vendors import Vendor

ROOT = Path(__file__).parent.parent
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    """What it printed. Fails with all that it said."""
    done = subprocess.run([str(one) for one in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def built(into: Path, *sources: Path) -> Path:
    """The folder of the sources' wheels. What builds them is in this environment, so that nothing is fetched."""
    run(*PIP, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", into, *sources)
    return into


def wheel_of(vendor: Vendor, folder: Path) -> Path:
    (found,) = folder.glob(f"crm_sources_{vendor.name}-*.whl")
    return found
