"""An image of a source that docker/images has built."""

import json
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from connector import Json
from vendors import Vendor

INSIDE = Path(__file__).with_name("inside.py").read_text()
ROOT = Path(__file__).parents[2]


def image_of(vendor: Vendor) -> str:
    return f"crm-sources/{vendor.script}:dev"


def inspected(image: str) -> Json:
    """What the engine knows of it: Config, Size in bytes, and more."""
    text = subprocess.run(["docker", "image", "inspect", image], stdout=subprocess.PIPE, check=True).stdout
    found: Json
    (found,) = json.loads(text)
    return found


def run_as(image: str, program: str, arguments: Sequence[str], given: str = "") -> subprocess.CompletedProcess[str]:
    """Run another program than the entry point in a new container, with a text as its standard input."""
    docker = ["docker", "run", "--rm", "--interactive", "--network", "host", "--entrypoint", program, image]
    return subprocess.run([*docker, *arguments], input=given, capture_output=True, text=True, check=False)


def in_shell(vendor: Vendor, text: str) -> subprocess.CompletedProcess[str]:
    """What the platform does: a shell in the container, and not the entry point."""
    return run_as(image_of(vendor), "sh", ["-c", text])


def left_out() -> set[str]:
    """The names of the packages that docker/left_out.txt takes out of the images."""
    lines = (ROOT / "docker" / "left_out.txt").read_text().splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def inside(vendor: Vendor) -> Json:
    """What inside.py prints; it has imported each module of the source."""
    return _inside(image_of(vendor), vendor.script.replace("-", "_"))


@cache
def _inside(image: str, package: str) -> Json:
    done = run_as(image, "/venv/bin/python", ["-", package], INSIDE)
    assert done.returncode == 0, done.stderr
    found: Json = json.loads(done.stdout.splitlines()[-1])
    return found
