"""What the database under test held before the run, as data: graphs keep clear of it.

It predicts nothing. Rows that exist are premises of every case, like the rows of its own graph.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupied:
    tables: frozenset[str] = frozenset()
    """Keys of the tables that hold rows."""
    entries: Mapping[str, frozenset[tuple[Any, ...]]] = field(default_factory=dict)
    """Id of a unique or primary key to the values that it holds, as far as they were read."""
    offsets: Mapping[str, int] = field(default_factory=dict)
    """Table to what is added to the numbers that graphs give as keys, so that they are free."""

    def offset(self, table: str) -> int:
        return self.offsets.get(table, 0)


NOTHING = Occupied()
