"""Runs a console script whose requests are not spaced out, where the vendor allows some a second:

python unpaced.py .venv/bin/source-insightly read --config ...
"""

import runpy
import sys

from crm_source.http.pace import AdaptivePace


def unpace() -> None:
    """For the whole of this process."""
    setattr(AdaptivePace, "wait", lambda pace: 0.0)  # noqa: B010  # a method is not assigned to otherwise


if __name__ == "__main__":
    unpace()
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")
