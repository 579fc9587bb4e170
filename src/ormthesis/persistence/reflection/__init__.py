"""A live database's catalog as SQLAlchemy's MetaData: what `postgresql://...` as a TARGET means."""

from ormthesis.persistence.reflection.reflect import reflect

__all__ = ["reflect"]
