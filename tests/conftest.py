"""Settings that all tests share."""

from hypothesis import settings

# rules are compiled when they are first called, so an example may take seconds once
settings.register_profile("compiled rules", deadline=None)
settings.load_profile("compiled rules")
