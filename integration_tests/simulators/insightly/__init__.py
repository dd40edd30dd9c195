"""A simulator of the Insightly CRM REST API 3.1."""

from simulators.insightly.options import Options
from simulators.insightly.simulator import InsightlySimulator
from simulators.rate_limit import RateLimit

__all__ = ["InsightlySimulator", "Options", "RateLimit"]
