"""The sources read into DuckDB files by PyAirbyte: a client of theirs, in a virtual environment of its own."""
