"""The user's own resources: what `event_poller_configuration` says, and what it makes of the table of streams."""
