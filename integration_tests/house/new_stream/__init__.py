"""make new-stream: a stream's row, schema, simulated list and line of the docs, as far as a sample or a model tells."""
