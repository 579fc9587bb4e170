"""Keeps users' functions from ending the transaction in which they are called."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from ormthesis.core.claims import Claim
from ormthesis.core.errors import OptionError

_SPACE = r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*"
_ENDS = re.compile(
    rf"(?:^|;){_SPACE}(commit|end|abort|prepare\s+transaction"
    r"|rollback(?!\s+(?:work\s+|transaction\s+)?to\b))\b",
    re.IGNORECASE | re.DOTALL,
)


class TransactionGuard:
    """Refuses what would commit or undo everything on a connection, while it is watching.

    A session in a savepoint may commit and roll back; what goes past it may not.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._watched: list[Claim] = []
        sa.event.listen(connection, "before_cursor_execute", self._statement)
        sa.event.listen(connection, "commit", self._ended)
        sa.event.listen(connection, "rollback", self._ended)

    @contextmanager
    def watching(self, claim: Claim) -> Iterator[None]:
        """Raises OptionError, in the function's own call, where it ends the transaction."""
        self._watched.append(claim)
        try:
            yield
        finally:
            self._watched.pop()

    def _statement(self, connection: Any, cursor: Any, statement: str, *others: Any) -> None:
        if self._watched and _ENDS.search(statement):
            self._ended(connection)

    def _ended(self, connection: Any) -> None:
        if self._watched:
            raise OptionError(
                f"The invariant {self._watched[-1].name} ends the transaction in which it is "
                "asked.",
                hint="Commit and roll back through the session that it gets, or not at all: "
                "whatever it does is undone.",
            )
