"""The event poller: changes of the polled resources, delivered to a callback."""
