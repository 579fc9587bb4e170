"""Statements straight to the server: several in one message, errors as data.

The simple query protocol takes a whole script in one round trip and names the statement that
failed by the number of results before it. No exception is built for a rejection, which here is an
everyday answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

from ormthesis.core.errors import InternalError


@dataclass(frozen=True, slots=True)
class Reply:
    """Results of the statements that were done, and the error that ended the script, if any."""

    results: list[PGresult]
    error: PGresult | None


class Wire:
    """One psycopg connection, used below its own transaction handling."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self._pgconn = connection.pgconn
        self._transformer = Transformer(connection)
        self._waiting = False

    def run(self, statements: Sequence[str]) -> Reply:
        """Send the statements as one message. After an error the transaction is aborted."""
        self.send(statements)
        return self.receive()

    def send(self, statements: Sequence[str]) -> None:
        """The first half of `run`: the server works while the caller does something else.

        The reply to an earlier message that nobody received is thrown away.
        """
        if self._waiting:
            self.receive()
        if statements:  # the server answers an empty message with a result of its own
            self._pgconn.send_query("; ".join(statements).encode())
        self._waiting = True

    def receive(self) -> Reply:
        """The second half of `run`."""
        if not self._waiting:
            raise InternalError("a reply was received twice, or given up before")
        self._waiting = False
        results: list[PGresult] = []
        error: PGresult | None = None
        while (result := self._pgconn.get_result()) is not None:
            if result.status == ExecStatus.FATAL_ERROR:
                error = result
            else:
                results.append(result)
        return Reply(results, error)

    def must(self, statements: Sequence[str]) -> list[PGresult]:
        """The same for statements that cannot be refused. Raises psycopg.Error if one is."""
        reply = self.run(statements)
        if reply.error is not None:
            raise psycopg.errors.error_from_result(reply.error)
        return reply.results

    def rows(self, result: PGresult) -> list[tuple[Any, ...]]:
        """The rows of one result as Python values."""
        self._transformer.set_pgresult(result)
        return self._transformer.load_rows(0, result.ntuples, tuple)
