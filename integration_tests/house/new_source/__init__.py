"""make new-source: a small source that works, as the beginning of a real one."""
