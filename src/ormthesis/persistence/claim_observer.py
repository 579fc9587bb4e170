"""Observes what users' invariants say of a graph: written, asked, undone.

On a connection of its own, since users' functions may do anything with theirs.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ormthesis.core.errors import InternalError, OrmthesisError
from ormthesis.generation.case import Case, OperationKind
from ormthesis.generation.graph import EntityGraph, EntityRef, Row, graph_keys
from ormthesis.generation.object_steps import UnobservableError
from ormthesis.oracle.outcome import Accepted, Breach, Rejected, State
from ormthesis.persistence.asking import Asking
from ormthesis.persistence.defects import observable
from ormthesis.persistence.graph_sql import Dialogue, GraphSql
from ormthesis.persistence.objects import ObjectWriter, given_numbers
from ormthesis.persistence.observation import Observation
from ormthesis.persistence.step_by_step import StepByStep
from ormthesis.persistence.wire import Wire
from ormthesis.schema.claims import BoundClaim, claims_of
from ormthesis.schema.models import Models

_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ"
# The numbers of rows are then those that the printed script sees, in every run.
_AS_NEW = "SELECT setval(seqrelid, seqstart, false) FROM pg_sequence"
REFUSED = "its rows were refused, which other checks report"


class _RefusedError(Exception):
    """The rows were refused when written as SQL."""

    def __init__(self, outcome: Rejected) -> None:
        super().__init__()
        self.outcome = outcome


class ClaimObserver:
    """Each observation has a transaction of its own, which ends in ROLLBACK.

    In a database that is not `owned` others may write: what they commit meanwhile is not seen.
    """

    def __init__(
        self,
        models: Models,
        connect: Callable[[], tuple[sa.Connection, Wire]],
        dialogue: Dialogue,
        *,
        owned: bool,
    ) -> None:
        self._models = models
        self._connect = connect
        self._connected: tuple[sa.Connection, Wire] | None = None
        self._dialogue = dialogue
        self._writer = ObjectWriter(models, numbers=given_numbers(models.schema, owned=owned))
        self._beside = not owned or bool(models.schema.occupied.tables)
        self._beginning = [_BEGIN] if self._beside else [_BEGIN, _AS_NEW]
        self._claims: dict[str, BoundClaim] = {}

    def observe(self, graph: EntityGraph, cases: Sequence[Case]) -> list[Observation]:
        """One observation per case, all on the same graph and written in the same way."""
        keys = graph_keys(self._models.schema)
        nothing = Accepted(state=State(rows={}))
        try:
            found, spoilt = self._asked(graph, cases)
        except UnobservableError as error:
            return [
                Observation(base=nothing, outcome=None, keys=keys, reason=str(error)) for _ in cases
            ]
        except _RefusedError as error:
            rejected = error.outcome
        except Exception as error:  # whatever models, ORM, driver or server raise is observed
            rejected = Rejected(
                rejection=self._dialogue.rejections.from_exception(observable(error))
            )
        else:
            outcome = Accepted(state=State(rows={}), breaches=found)
            return [
                Observation(
                    base=outcome,
                    outcome=None if case.operation.asks in spoilt else outcome,
                    keys=keys,
                    reason=spoilt.get(case.operation.asks or "", ""),
                )
                for case in cases
            ]
        return [
            Observation(base=rejected, outcome=rejected, keys=keys, reason=REFUSED) for _ in cases
        ]

    def close(self) -> None:
        if self._connected is not None:
            self._connected[0].close()
            self._connected = None

    def _asked(
        self, graph: EntityGraph, cases: Sequence[Case]
    ) -> tuple[dict[str, Breach], dict[str, str]]:
        claims = [self._claim(case.operation.asks) for case in cases]
        if self._connected is None:
            self._connected = self._connect()
        connection, wire = self._connected
        transaction = connection.begin()
        try:
            wire.must(self._beginning)  # SQLAlchemy would wait for its own first statement
            asking = Asking(connection, claims, beside=self._beside)
            with warnings.catch_warnings():  # they refuse nothing, whatever they warn of
                warnings.simplefilter("ignore")
                names = self._write(connection, wire, graph, cases[0])
            wire.must(self._dialogue.judging)
            return asking.breaches(names), asking.spoilt
        except OrmthesisError:
            self.close()  # in which state it was left, nobody knows
            raise
        finally:
            if transaction.is_active:
                transaction.rollback()

    def _claim(self, asked: str | None) -> BoundClaim:
        if asked not in self._claims:
            self._claims.update(claims_of(self._models))
        if asked is None or asked not in self._claims:
            raise InternalError(f"nobody declares the invariant {asked!r}")
        return self._claims[asked]

    def _write(
        self, connection: sa.Connection, wire: Wire, graph: EntityGraph, case: Case
    ) -> dict[Any, str]:
        """Write the rows, and name the objects that they are."""
        if case.operation.kind is OperationKind.INSERT_OBJECTS:
            with _session(connection) as session:
                written = self._writer.write(session, graph, model=case.operation.model)
                return {
                    sa.inspect(written.instances[ref]).identity_key: str(ref)
                    for ref in written.objects.rows
                    if ref in written.instances
                }
        sql = GraphSql(self._dialogue, graph)
        outcome = StepByStep(sql, wire).write()
        if isinstance(outcome, Rejected):
            raise _RefusedError(outcome)
        return self._names(graph, sql.rows)

    def _names(self, graph: EntityGraph, rows: Mapping[EntityRef, Row]) -> dict[Any, str]:
        """The objects that rows written as SQL make."""
        names: dict[Any, str] = {}
        for ref, model in self._writer.classes.objects(graph).models.items():
            mapper = self._models.mappers[model.name]
            key = tuple(rows[ref].get(column.name) for column in mapper.primary_key)
            if None not in key:
                names[mapper.identity_key_from_primary_key(key)] = str(ref)
        return names


def _session(connection: sa.Connection) -> Session:
    return Session(connection, join_transaction_mode="rollback_only", expire_on_commit=False)
