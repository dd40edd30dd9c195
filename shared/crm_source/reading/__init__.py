"""From selected streams to lines of output: which lists are read, from where, and what of them is left."""
