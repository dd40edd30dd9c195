"""Simulators of the three vendors' APIs, for tests, the demo and the benchmarks."""
