"""The connection that ORM sessions work on; nothing that they do is committed."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TypeVar

import psycopg
import sqlalchemy as sa
from psycopg.pq.abc import PGresult
from sqlalchemy.orm import Session

from ormthesis.persistence.wire import Wire

T = TypeVar("T")

# psycopg forgets its prepared statements at each ROLLBACK, and what the unit of work sends is
# parsed and planned anew. So many observations share a transaction, and each is undone by itself.
OBSERVATIONS_PER_TRANSACTION = 250
MOST_PREPARED = 100
_BEGIN = ("DEALLOCATE ALL", "BEGIN", "SAVEPOINT observation")
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
        self._undoing = False
        self._prepared: dict[str, str] = {}
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

    def select(self, queries: Sequence[str], *, first: Sequence[str] = ()) -> list[PGresult]:
        """What queries show below the ORM, once the statements `first` are done."""
        new = [query for query in dict.fromkeys(queries) if query not in self._prepared]
        if len(self._prepared) + len(new) > MOST_PREPARED:
            return self._wire.must([*first, *queries])[len(first) :]
        self._prepared |= {
            query: f"ormthesis_{number}" for number, query in enumerate(new, len(self._prepared))
        }
        prepares = [f"PREPARE {self._prepared[query]} AS {query}" for query in new]
        executes = [f"EXECUTE {self._prepared[query]}" for query in queries]
        return self._wire.must([*prepares, *first, *executes])[len(prepares) + len(first) :]

    def end(self) -> None:
        """End the transaction that observations share."""
        self._settle()
        if (transaction := self._connection.get_transaction()) is not None:
            transaction.rollback()

    def close(self) -> None:
        self._settle()
        self._connection.close()

    def _transaction(self) -> sa.RootTransaction:
        self._settle()
        transaction = self._connection.get_transaction()
        if transaction is None:
            transaction = self._connection.begin()
            self._wire.must(_BEGIN)
            self._prepared = {}
            self._left = OBSERVATIONS_PER_TRANSACTION if self._owned else 1
        self._left -= 1
        return transaction

    def _undo(self) -> None:
        """The server undoes while the caller judges."""
        if self._left > 0:
            self._wire.send([_UNDO])
            self._undoing = True
        else:
            self.end()

    def _settle(self) -> None:
        """Wait until the last observation is undone."""
        if self._undoing:
            self._undoing = False
            reply = self._wire.receive()
            if reply.error is not None:
                raise psycopg.errors.error_from_result(reply.error)
