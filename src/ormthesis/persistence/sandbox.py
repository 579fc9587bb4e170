"""The sandbox: one private database in which cases are observed and nothing remains.

Two connections. The first sends raw SQL: insert probes in a transaction that is never committed,
deletes and updates on rows committed for the purpose and removed again. The second serves ORM
sessions, each observation in a transaction of its own that ends in ROLLBACK.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Container, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

import psycopg
import sqlalchemy as sa

from ormthesis.core.errors import InternalError
from ormthesis.generation.case import Case, Operation, OperationKind
from ormthesis.generation.drawn import is_drawn
from ormthesis.generation.graph import (
    EntityGraph,
    KeySource,
    graph_keys,
    resolve,
)
from ormthesis.generation.object_steps import UnobservableError
from ormthesis.oracle.outcome import Accepted, Outcome, Rejected, State
from ormthesis.persistence.below import Below, without_strangers
from ormthesis.persistence.catalog import read_catalog
from ormthesis.persistence.claim_observer import ClaimObserver
from ormthesis.persistence.committed import CommittedRows
from ormthesis.persistence.defects import observable
from ormthesis.persistence.graph_sql import Dialogue
from ormthesis.persistence.literals import Literals
from ormthesis.persistence.object_connection import ObjectConnection
from ormthesis.persistence.object_operations import ObjectOperations, listens
from ormthesis.persistence.object_reader import ObjectReader
from ormthesis.persistence.objects import ObjectWriter, Written, given_numbers
from ormthesis.persistence.observation import Observation, keys_from
from ormthesis.persistence.probes import BEGIN, Prober
from ormthesis.persistence.reader import Reader
from ormthesis.persistence.refusals import Refusals
from ormthesis.persistence.rejections import Rejections
from ormthesis.persistence.wire import Wire
from ormthesis.schema.instances import blank
from ormthesis.schema.models import Models

T = TypeVar("T")

# It warns of rows that are refused in a batch, which here is an everyday answer.
logging.getLogger("psycopg").addHandler(logging.NullHandler())

# A long transaction grows: rows of rolled-back savepoints stay until it ends and is cleaned up.
GRAPHS_PER_TRANSACTION = 250
GRAPHS_PER_SWEEP = 2500

# A statement that waits this long waits for ever: we are alone in the database.
_ALONE = "SET statement_timeout = '60s'; SET lock_timeout = '30s'; SET TimeZone = 'UTC'"
# Others work here, and must not wait for us; what we wait for is theirs.
_AMONG_OTHERS = (
    "SET statement_timeout = '20s'; SET lock_timeout = '2s'; SET TimeZone = 'UTC'; "
    "SET idle_in_transaction_session_timeout = '60s'"
)


class Sandbox(AbstractContextManager["Sandbox"]):
    """Observes cases in a database. Not for use by several threads.

    One that is not `owned` gets short transactions and not a single COMMIT. What is done with
    committed rows cannot be observed there.
    """

    def __init__(self, models: Models, engine: sa.Engine, *, owned: bool = True) -> None:
        self.models = models
        self._owned = owned
        self._engine = engine
        self._raw = engine.connect()
        literals = Literals(models)
        session = self._settings = _ALONE if owned else _AMONG_OTHERS
        objects = engine.connect()
        wire, below = _wire(self._raw, session), _wire(objects, session)
        self._objects = ObjectConnection(objects, below, owned=owned)
        catalog = read_catalog(wire.connection, models.schema)
        self._rejections = Rejections(catalog, models.schema.by_key)
        self._wire = wire
        self._dialogue = Dialogue(
            models.schema, literals, Reader(models.schema, literals, wire), self._rejections
        )
        self._prober = Prober(self._dialogue, wire, Refusals(wire) if owned else None)
        self._object_writer = ObjectWriter(
            models, numbers=given_numbers(models.schema, owned=owned)
        )
        self._below = Below(
            Reader(models.schema, literals, below), self._objects, self._dialogue.judging
        )
        operations = ObjectOperations(
            models, self._objects, self._object_writer.classes, self._below, self._rejections
        )
        self._committed = CommittedRows(self._dialogue, wire, operations.observe)
        self._object_reader = ObjectReader(models)
        self._claims: ClaimObserver | None = None
        self._graphs = 0
        self._open = False

    def observe(self, graph: EntityGraph, cases: Sequence[Case]) -> list[Observation]:
        """One observation per case, all on the same graph and of the same kind of operation."""
        return self.start(graph, cases)()

    def start(
        self, graph: EntityGraph, cases: Sequence[Case], refused: Container[int] = ()
    ) -> Callable[[], list[Observation]]:
        """Begin to observe; what is returned waits for the end. Where rows are written the server
        works meanwhile; `refused` tells which cases should be refused, so that they are tried in
        the quickest way.

        The next observation must not be started before this one was waited for.
        """
        asked = any(case.operation.asks for case in cases)
        if asked or any(case.operation.kind is not OperationKind.INSERT_ROWS for case in cases):
            return partial(self._observe_now, graph, cases)
        self._begin()
        waiting = self._prober.start(graph, cases, refused)
        return waiting if self._owned else partial(self._among_others, waiting)

    def _among_others(self, waiting: Callable[[], list[Observation]]) -> list[Observation]:
        """Keys that are not committed make others wait."""
        try:
            return waiting()
        finally:
            self._end()

    def _observe_now(self, graph: EntityGraph, cases: Sequence[Case]) -> list[Observation]:
        kinds = {case.operation.kind for case in cases}
        self._end()
        if any(case.operation.asks for case in cases):
            return self._claim_observer().observe(graph, cases)
        if all(case.operation.is_later for case in cases):
            if not self._owned:
                raise InternalError("deletes and updates are judged on committed rows")
            return self._committed.observe(graph, cases)
        if kinds <= {OperationKind.VALIDATE}:
            return [self._validate(case) for case in cases]
        ways = {_way(case.operation): None for case in cases}
        observed = {way: self._insert_objects(graph, cases, *way) for way in ways}
        return [observed[_way(case.operation)] for case in cases]

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __enter__(self) -> Self:
        return self

    def close(self) -> None:
        self._end()
        self._raw.close()
        self._objects.close()
        if self._claims is not None:
            self._claims.close()

    def _claim_observer(self) -> ClaimObserver:
        """Made with the first question: most runs ask none."""
        if self._claims is None:
            self._claims = ClaimObserver(
                self.models, self._connect, self._dialogue, owned=self._owned
            )
        return self._claims

    def _connect(self) -> tuple[sa.Connection, Wire]:
        connection = self._engine.connect()
        return connection, _wire(connection, self._settings)

    def _begin(self) -> None:
        if self._open and self._graphs % GRAPHS_PER_TRANSACTION == 0:
            self._end()
        if self._graphs % GRAPHS_PER_SWEEP == GRAPHS_PER_SWEEP - 1:
            self._end()
            self._sweep()
        if not self._open:
            self._wire.must(BEGIN)
            self._open = True
        self._graphs += 1

    def _end(self) -> None:
        if self._open:
            self._wire.must(["ROLLBACK"])
            self._open = False

    def _sweep(self) -> None:
        """Empty tables anew: dead rows of rolled-back probes would slow every later one."""
        names = ", ".join(self._dialogue.literals.tables.values())
        self._objects.end()
        if self._owned:
            kept = bool(self.models.schema.occupied.tables)
            self._wire.must([f"{'VACUUM' if kept else 'TRUNCATE'} {names}"])

    def _insert_objects(
        self, graph: EntityGraph, cases: Sequence[Case], model: str | None, through: str | None
    ) -> Observation:
        """Written once in one way, and looked at through all relationships that cases ask for."""
        wanted = (case for case in cases if _way(case.operation) == (model, through))
        related = tuple({name: None for case in wanted for name in case.operation.related})

        def body() -> tuple[Outcome, KeySource]:
            with self._objects.session() as session:
                written = self._object_writer.write(
                    session, graph, model=model, through=through, related=related
                )
                keys = keys_from(self._object_reader.keys(session, written))
                rows = resolve(self.models.schema, graph, keys)
                state = self._below.state(graph, self._object_reader.identified(written, rows))
                spoken = self._object_reader.spoken(written)
                if listens(written.objects):
                    state = without_strangers(graph, state)
                views: dict[str, State] = {}
                if related or self._leaves_to_defaults(graph):
                    session.expire_all()
                    refreshed = self._object_reader.reload(session, written)
                    views["session"] = self._object_reader.state(refreshed, related, below=state)
                with self._objects.session() as fresh:
                    reloaded = self._object_reader.reload(fresh, written)
                    views["reload"] = self._object_reader.state(reloaded, related, below=state)
            views = _with_classless(views, written, state)
            if listens(written.objects):
                views = {name: without_strangers(graph, view) for name, view in views.items()}
            return Accepted(state=state, views=views, spoken=spoken), keys

        try:
            outcome, keys = self._objects.undone(body)
        except UnobservableError as error:
            nothing, keys = Accepted(state=State(rows={})), graph_keys(self.models.schema)
            return Observation(base=nothing, outcome=None, keys=keys, reason=str(error))
        except Exception as error:  # whatever models, ORM, driver or server raise is observed
            rejected = Rejected(rejection=self._rejections.from_exception(observable(error)))
            return Observation(base=rejected, outcome=rejected, keys=graph_keys(self.models.schema))
        return Observation(base=outcome, outcome=outcome, keys=keys)

    def _leaves_to_defaults(self, graph: EntityGraph) -> bool:
        """Whether the session has values to fetch that nobody gave it."""
        tables = self.models.schema.by_key
        return any(
            is_drawn(tables[draft.table], column) and column.name not in draft.values
            for draft in graph.drafts
            for column in tables[draft.table].columns
        )

    def _validate(self, case: Case) -> Observation:
        """Set the mutated attributes on an object that is never written."""
        keys = graph_keys(self.models.schema)
        mutation = case.mutation
        assert mutation is not None
        model = self.models.schema.models_by_table[case.graph.by_ref[mutation.ref].table]
        instance = blank(self.models.mappers[model.name])
        outcome: Outcome = Accepted(state=State(rows={}))
        try:
            for change in mutation.changes:
                setattr(instance, model.attributes[change.column], change.new)
        except Exception as error:  # a validator may raise anything
            rejection = self._rejections.from_exception(observable(error))
            outcome = Rejected(rejection=replace(rejection, rule=case.subject))
        return Observation(base=outcome, outcome=outcome, keys=keys)


def _way(operation: Operation) -> tuple[str | None, str | None]:
    """What distinguishes one way of writing objects from others."""
    return operation.model, operation.through


def _with_classless(views: Mapping[str, State], written: Written, state: State) -> dict[str, State]:
    """Rows of secondary tables are seen in the database alone, and count as seen in every view."""
    bare = {
        draft.ref: state.rows[draft.ref]
        for draft in written.graph.drafts
        if draft.ref not in written.objects.owner and draft.ref in state.rows
    }
    return {name: replace(view, rows={**view.rows, **bare}) for name, view in views.items()}


def _wire(connection: sa.Connection, session: str) -> Wire:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    driver.execute(session)
    driver.commit()
    return Wire(driver)
