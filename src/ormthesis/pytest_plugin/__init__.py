"""Ormthesis under pytest: collected items, explicit tests, and users' own properties."""
