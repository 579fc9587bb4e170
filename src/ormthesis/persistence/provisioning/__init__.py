"""Databases of our own on a PostgreSQL server: made for a run, marked, dropped after it."""
