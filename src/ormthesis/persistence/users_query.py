"""Runs a query that a user's function makes."""

from __future__ import annotations

from typing import Any

import psycopg
import sqlalchemy as sa

from ormthesis.core.claims import Claim
from ormthesis.core.errors import OptionError, OrmthesisError
from ormthesis.core.text import shorten
from ormthesis.oracle.outcome import Breach
from ormthesis.persistence.raised import breach_of

Row = tuple[tuple[str, str], ...]
"""Column to value, as text."""

_BY_DATA = ("21", "22", "23", "P0")
"""Classes of errors that a correct query raises because of the rows that it meets."""


def returned(connection: sa.Connection, claim: Claim) -> list[Row] | Breach:
    """The rows that the query returns now; a breach where the rows make it raise.

    Raises OptionError where the function makes no query, or one that cannot be run.
    """
    query = made(claim)
    try:
        if isinstance(query, str):
            result = connection.exec_driver_sql(query, execution_options={"no_parameters": True})
        else:
            result = connection.execute(query)
        if not result.returns_rows:
            raise _no_query(claim, "a statement that returns no rows")
        names = list(result.keys())
        return [tuple(zip(names, map(_text, row), strict=True)) for row in result]
    except sa.exc.SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        state = (cause.sqlstate or "") if isinstance(cause, psycopg.Error) else ""
        if state.startswith(_BY_DATA):
            return breach_of(cause, claim)
        raise OptionError(
            f"The query of the invariant {claim.name} cannot be run: {shorten(str(cause), 300)}",
            hint=f"Repair the function in {claim.module}, line {claim.line}.",
        ) from error


def made(claim: Claim) -> sa.Executable | str:
    """The query itself. Raises OptionError where the function raises or gives none."""
    try:
        query = claim.function()
    except OrmthesisError:
        raise
    except Exception as error:  # a user's function may raise anything
        said = breach_of(error, claim)
        raise OptionError(
            f"The invariant {claim.name} makes no query: {said.message}",
            hint="Repair the function; it is called without arguments.",
        ) from error
    if not isinstance(query, (str, sa.Executable)):
        raise _no_query(claim, f"a {type(query).__name__}")
    return query


def _no_query(claim: Claim, what: str) -> OptionError:
    return OptionError(
        f"The invariant {claim.name} returned {what}, which is no query.",
        hint="Return a `select(...)`, `text(...)` or SQL of rows that must not be there.",
    )


def _text(value: Any) -> str:
    """As a reader of SQL would write it."""
    text = "NULL" if value is None else repr(value) if isinstance(value, str) else str(value)
    return shorten(text, 60)
