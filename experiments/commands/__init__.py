"""The commands beside ``run``: a module each."""
