"""A simulator of the Close CRM REST API v1."""

from simulators.closeio.options import Caps, Options
from simulators.closeio.simulator import CloseSimulator
from simulators.rate_limit import RateLimit

__all__ = ["Caps", "CloseSimulator", "Options", "RateLimit"]
