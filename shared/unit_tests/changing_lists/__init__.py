"""Lists that change between any two requests, for the tests of the walks."""
