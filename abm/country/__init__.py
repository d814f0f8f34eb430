"""Another country: a template of its scenario file, a report on a file, and series from public tables."""
