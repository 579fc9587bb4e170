"""Asks users' invariants whether they hold of what a connection sees now.

Each is asked in a savepoint that is undone, with a session of its own, so that what one writes is
seen by no other. None of them can end the transaction.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ormthesis.core.claims import ClaimKind
from ormthesis.core.errors import OptionError, OrmthesisError
from ormthesis.core.text import plural, shorten
from ormthesis.oracle.outcome import Breach
from ormthesis.persistence.raised import breach_of
from ormthesis.persistence.transaction_guard import TransactionGuard
from ormthesis.persistence.users_query import Row, returned
from ormthesis.schema.claims import BoundClaim, claims_of
from ormthesis.schema.models import Models

Names = Mapping[Any, str]
"""SQLAlchemy's identity key of an object to what it is called."""

SHOWN = 3
"""Rows of a query's answer that are kept."""


class Asking:
    """Some claims and the connection on which they are asked, which is inside a transaction.

    Made before a case is written: with `beside`, rows exist that are not the case's. Then only the
    objects that have names are asked, and what is so already is not blamed on the case.
    """

    def __init__(
        self, connection: sa.Connection, claims: Iterable[BoundClaim], *, beside: bool = False
    ) -> None:
        self._connection = connection
        self._guard = TransactionGuard(connection)
        self._beside = beside
        self._claims = {bound.id: bound for bound in claims}
        self._before: dict[str, Counter[Row]] = {}
        self.spoilt: dict[str, str] = {}
        """Ids of the claims that cannot be asked, because they do not hold already, and why."""
        if beside:
            self._look_before()

    @classmethod
    def about(
        cls,
        connection: sa.Connection,
        models: Models,
        classes: Iterable[type[Any]],
        *,
        beside: bool = False,
    ) -> Asking:
        """Everything that is claimed about the tables of these classes: to be asked after each step
        of several."""
        keys = {mapper.local_table for mapper in map(sa.inspect, classes)}
        tables = {key for key, table in models.tables.items() if table in keys}
        claims = claims_of(models).values()
        about = (bound for bound in claims if bound.table in tables)
        return cls(connection, about, beside=beside)

    def breaches(self, names: Names | None = None) -> dict[str, Breach]:
        """The claims that do not hold now, by id.

        Raises OptionError for one that gives no answer: it returns something else than it should,
        its query cannot be run, or it tries to end the transaction.
        """
        asked = (bound for key, bound in self._claims.items() if key not in self.spoilt)
        found = ((bound.id, self._ask(bound, names or {})) for bound in asked)
        return {key: breach for key, breach in found if breach is not None}

    def _look_before(self) -> None:
        for key, bound in self._claims.items():
            if bound.claim.kind is ClaimKind.QUERY:
                with self._undone(bound) as session:
                    rows = returned(session.connection(), bound.claim)
                if isinstance(rows, Breach):
                    self.spoilt[key] = f"before a row is written, its query {rows.what}"
                else:
                    self._before[key] = Counter(rows)
            elif bound.claim.kind is ClaimKind.SESSION:
                breach = self._ask(bound, {})
                if breach is not None:
                    self.spoilt[key] = f"of the rows that exist already it {breach.what}"

    def _ask(self, bound: BoundClaim, names: Names) -> Breach | None:
        with self._undone(bound) as session:
            match bound.claim.kind:
                case ClaimKind.OBJECT:
                    return self._of_objects(session, bound, names)
                case ClaimKind.SESSION:
                    return _answer(bound, session)
                case ClaimKind.QUERY:
                    return self._of_query(session, bound)

    def _of_objects(self, session: Session, bound: BoundClaim, names: Names) -> Breach | None:
        for instance in self._objects(session, bound, names):
            breach = _answer(bound, instance)
            if breach is not None:
                return replace(breach, what=f"{breach.what} for {_called(instance, names)}")
        return None

    def _objects(self, session: Session, bound: BoundClaim, names: Names) -> Iterator[Any]:
        """All of them, each class in the order of its keys; those with names alone where others
        exist."""
        for wanted in bound.classes:
            if self._beside:
                keys = [key for key in names if issubclass(wanted, key[0])]
                found = [session.get(wanted, key[1]) for key in keys]
                yield from (instance for instance in found if instance is not None)
            else:
                query = sa.select(wanted).order_by(*sa.inspect(wanted).primary_key)
                yield from session.scalars(query).unique().all()

    def _of_query(self, session: Session, bound: BoundClaim) -> Breach | None:
        rows = returned(session.connection(), bound.claim)
        if isinstance(rows, Breach):
            return rows
        before = self._before.get(bound.id, Counter())
        new = list((Counter(rows) - before).elements())
        if not new:
            return None
        beside = " that it did not return before" if self._beside else ""
        shown = tuple(map(dict, new[:SHOWN]))
        return Breach(what=f"returns {plural(len(new), 'row')}{beside}", rows=shown)

    @contextmanager
    def _undone(self, bound: BoundClaim) -> Iterator[Session]:
        """A session whose commits and rollbacks move savepoints only.

        Warnings are no answers, even where the process makes errors of them.
        """
        savepoint = self._connection.begin_nested()
        try:
            with (
                self._guard.watching(bound.claim),
                warnings.catch_warnings(),
                Session(self._connection, join_transaction_mode="create_savepoint") as session,
            ):
                warnings.simplefilter("ignore")
                yield session
        finally:
            if savepoint.is_active:
                savepoint.rollback()


def _answer(bound: BoundClaim, argument: Any) -> Breach | None:
    """What a predicate says of an object or a session; None where it holds."""
    try:
        answer = bound.claim.function(argument)
    except OrmthesisError:
        raise
    except Exception as error:  # a user's function may raise anything
        return breach_of(error, bound.claim)
    if answer is None or isinstance(answer, bool):
        return Breach(what="is false") if answer is False else None
    raise OptionError(
        f"The invariant {bound.claim.name} returned {shorten(repr(answer))}, of type "
        f"{type(answer).__name__}, which is no answer.",
        hint="Return True or False, or assert and return nothing. A query is for "
        "`ormthesis.query_invariant`.",
    )


def _called(instance: Any, names: Names) -> str:
    """`order#0`, or `Order(1)` for an object without a name."""
    key = sa.inspect(instance).identity_key
    values = ", ".join(map(repr, key[1]))
    return names.get(key) or f"{type(instance).__name__}({values})"
