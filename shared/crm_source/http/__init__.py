"""Requests to a vendor: retries, waits, rate limits, and bytes made into rows."""
