"""A simulator of the ConnectWise PSA (Manage) REST API 3.0."""

from simulators.connectwise.options import Options
from simulators.connectwise.simulator import ConnectWiseSimulator
from simulators.rate_limit import RateLimit

__all__ = ["ConnectWiseSimulator", "Options", "RateLimit"]
