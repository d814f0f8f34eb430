"""Calibration: what is unknown of Kazakhstan since 2010, what was observed, and the waves of runs that join them."""
