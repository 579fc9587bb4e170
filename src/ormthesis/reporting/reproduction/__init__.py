"""A failure in forms that run without Ormthesis: a Python script and SQL."""

from ormthesis.reporting.reproduction.script import script_for
from ormthesis.reporting.reproduction.sql import sql_for

__all__ = ["script_for", "sql_for"]
