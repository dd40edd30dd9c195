"""A busy machine is no failure of a random test."""

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
