"""What the repository asks of itself: `make circles`, `make mutants`."""
