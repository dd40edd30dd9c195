"""Deletions of vendors that do not tell of them."""
