"""Whole connectors against servers that lie: what is drawn, what is owed, and the command that runs many of them."""
