"""The ways to walk a list, and the windows of time and id that say what of it is left."""
