"""Ask the database whether it refuses a statement, with its rules as declared or weakened."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What the server said: the condition's code and the names it gave, None where none."""

    sqlstate: str | None
    constraint: str | None
    table: str | None
    column: str | None


def refusal_of(session: Session, action: Callable[[], object]) -> Refusal | None:
    """Run `action` in a savepoint that is undone; None when the database accepts it."""
    savepoint = session.begin_nested()
    try:
        action()
        session.flush()
    except DBAPIError as error:
        if not isinstance(error.orig, psycopg.Error):
            raise
        diagnostic = error.orig.diag
        return Refusal(
            sqlstate=error.orig.sqlstate,
            constraint=diagnostic.constraint_name,
            table=diagnostic.table_name,
            column=diagnostic.column_name,
        )
    finally:
        savepoint.rollback()
    return None


def refusal_of_sql(session: Session, statement: str, **parameters: Any) -> Refusal | None:
    """`refusal_of` one SQL statement."""
    return refusal_of(session, lambda: session.execute(text(statement), parameters))


@contextmanager
def weakened(session: Session, *ddl: str) -> Iterator[None]:
    """Run DDL that drops a rule; the rule is back after the block.

    PostgreSQL's DDL is transactional. It locks tables, which belong to this worker alone.
    """
    savepoint = session.begin_nested()
    try:
        for statement in ddl:
            session.execute(text(statement))
        yield
    finally:
        savepoint.rollback()
