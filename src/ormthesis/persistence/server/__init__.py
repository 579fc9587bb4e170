"""A PostgreSQL server of our own: find the binaries, start a throw-away cluster, remove it."""
