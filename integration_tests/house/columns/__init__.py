"""Writes docs/columns: a page a source with every stream's columns, how streams join, and questions as SQL."""
