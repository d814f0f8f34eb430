"""Predictions: what the calibrated model says of years and countries before they are looked at, and its scores."""
