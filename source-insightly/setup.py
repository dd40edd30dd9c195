"""Packs the engine into the package with `shared/packing.py`, which lies beside this folder, and in an sdist inside."""

import sys
from pathlib import Path

HERE = Path(__file__).parent.resolve()
sys.path += [str(HERE / "shared"), str(HERE.parent / "shared")]

from packing import pack  # noqa: E402

pack()
