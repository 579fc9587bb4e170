"""The connection that ORM sessions work on; nothing that they do is committed."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ormthesis.persistence.wire import Wire

T = TypeVar("T")

# psycopg forgets its prepared statements at each ROLLBACK, and what the unit of work sends is
# parsed and planned anew. So many observations share a transaction, and each is undone by itself.
OBSERVATIONS_PER_TRANSACTION = 250
_UNDO = "ROLLBACK TO SAVEPOINT observation"


class ObjectConnection:
    """Runs observations through the ORM, each undone at its end.

    Among others (`owned` is false) each has a transaction of its own, since keys that are not
    committed make others wait.
    """

    def __init__(self, connection: sa.Connection, wire: Wire, *, owned: bool) -> None:
        self._connection = connection
        self._wire = wire
        self._owned = owned
        self._left = 0
        wire.connection.prepare_threshold = 1 if owned else None

    def session(self) -> Session:
        """A session inside the observation's transaction, which is undone whatever it does."""
        return Session(
            bind=self._connection, join_transaction_mode="rollback_only", expire_on_commit=False
        )

    def undone(self, body: Callable[[], T]) -> T:
        """Run the body and undo what it did.

        Warnings are no refusals, even where the process makes errors of them: what they warn of
        is what the observation shows.
        """
        transaction = self._transaction()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return body()
        finally:
            if transaction.is_active:  # a session that failed has rolled it back already
                self._undo()

    def end(self) -> None:
        """End the transaction that observations share."""
        if (transaction := self._connection.get_transaction()) is not None:
            transaction.rollback()

    def close(self) -> None:
        self._connection.close()

    def _transaction(self) -> sa.RootTransaction:
        transaction = self._connection.get_transaction()
        if transaction is None:
            transaction = self._connection.begin()
            self._wire.must(["BEGIN", "SAVEPOINT observation"])
            self._left = OBSERVATIONS_PER_TRANSACTION if self._owned else 1
        self._left -= 1
        return transaction

    def _undo(self) -> None:
        if self._left > 0:
            self._wire.must([_UNDO])
        else:
            self.end()
