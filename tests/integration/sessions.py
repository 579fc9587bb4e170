"""Sessions whose work is undone, whatever the test did with them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine


@contextmanager
def rolled_back_connection(engine: Engine) -> Iterator[Connection]:
    """A connection within a transaction that ends in ROLLBACK."""
    with engine.connect() as connection:
        outer = connection.begin()
        try:
            yield connection
        finally:
            outer.rollback()


def joined_session(connection: Connection) -> Session:
    """A session in the connection's transaction: its commits and rollbacks move only savepoints."""
    return Session(bind=connection, join_transaction_mode="create_savepoint")
