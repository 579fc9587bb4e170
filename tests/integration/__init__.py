"""The reference domain on a real PostgreSQL: the deterministic baseline of the generated tests."""
