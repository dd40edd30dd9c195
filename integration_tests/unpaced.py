"""Runs a console script whose requests are not spaced out, where the vendor allows some a second:

python unpaced.py .venv/bin/source-insightly read --config ...
"""

import runpy
import sys

from crm_source.pace import AdaptivePace

if __name__ == "__main__":
    setattr(AdaptivePace, "wait", lambda pace: 0.0)  # noqa: B010  # a method is not assigned to otherwise
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")
