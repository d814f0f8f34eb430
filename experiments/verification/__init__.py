"""Closed forms that the model can express, and the worlds that express them: a family a module."""
