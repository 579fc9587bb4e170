"""Types that SQLAlchemy has no class for, under PostgreSQL's own name."""

from __future__ import annotations

from typing import Any

from sqlalchemy.types import UserDefinedType


class OtherType(UserDefinedType[Any]):
    """A composite type, one of an extension, or the like: it can be created, not generated."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: object) -> str:
        return self.name
