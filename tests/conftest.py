"""Settings that all tests share."""

from hypothesis import HealthCheck, settings

# rules are compiled when they are first called, so an example may take seconds once; and how long examples take to draw
# says more about the machine than about what is drawn
settings.register_profile("compiled rules", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("compiled rules")
