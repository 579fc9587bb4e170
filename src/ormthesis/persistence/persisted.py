"""Drawn graphs as rows and objects, for users' own properties: written, used, rolled back."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.orm import Session

from ormthesis.core.errors import OptionError
from ormthesis.core.text import plural, suggestion
from ormthesis.persistence.objects import ObjectWriter, given_numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import sqlalchemy as sa

    from ormthesis.generation.graph import EntityGraph, EntityRef
    from ormthesis.schema.models import Models

T = TypeVar("T")


class PersistedGraph:
    """A graph that is in the database: its rows as ORM instances of the test's session.

    `len(graph)` is the number of rows, `graph["agent#0"]` the instance of one; iterating gives all
    instances in the order in which they were written, parents first.
    """

    def __init__(self, drafts: EntityGraph, instances: Mapping[EntityRef, Any]) -> None:
        self.drafts = drafts
        """The graph as it was drawn: pure data."""
        self.instances = instances

    def all(self, model: type[T]) -> list[T]:
        """The instances of a mapped class."""
        return [found for found in self if isinstance(found, model)]

    def one(self, model: type[T]) -> T:
        """The only instance of a mapped class. Raises OptionError unless there is exactly one."""
        found = self.all(model)
        if len(found) == 1:
            return found[0]
        raise OptionError(
            f"The graph holds {plural(len(found), 'row')} of {model.__name__}, not one.",
            hint=f"Use `graph.all({model.__name__})`, or ask for another graph.",
        )

    def ref(self, instance: object) -> EntityRef:
        """The label of an instance, such as `agent#0`. Raises OptionError for a foreign one."""
        for ref, found in self.instances.items():
            if found is instance:
                return ref
        raise OptionError(
            f"{instance!r} is not of this graph.",
            hint="Pass one that the graph handed out.",
        )

    def __getitem__(self, ref: EntityRef | str) -> Any:
        known = {str(key): instance for key, instance in self.instances.items()}
        if str(ref) in known:
            return known[str(ref)]
        raise OptionError(f"The graph has no row {str(ref)!r}.", hint=suggestion(str(ref), known))

    def __iter__(self) -> Iterator[Any]:
        return iter({id(found): found for found in self.instances.values()}.values())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"<PersistedGraph {', '.join(map(str, self.instances))}>"


class ExampleSessions:
    """Sessions on one connection, each in a transaction that ends in ROLLBACK."""

    def __init__(self, models: Models, engine: sa.Engine, *, owned: bool = True) -> None:
        self._schema = models.schema
        self._engine = engine
        self._writer = ObjectWriter(models, numbers=given_numbers(models.schema, owned=owned))

    @contextmanager
    def persisted(self, graph: EntityGraph) -> Iterator[tuple[PersistedGraph, Session]]:
        """The graph, written through the ORM, and the session that holds it.

        Commits and rollbacks of the session move savepoints only. Whatever the ORM or the database
        raises for the graph goes through.
        """
        self._require_mapped(graph)
        with self._engine.connect() as connection:
            transaction = connection.begin()
            try:
                with Session(connection, join_transaction_mode="create_savepoint") as session:
                    instances = self._writer.write(session, graph).instances
                    # A rollback within the test undoes what the test did, not the graph.
                    session.commit()
                    yield PersistedGraph(graph, instances), session
            finally:
                transaction.rollback()

    def _require_mapped(self, graph: EntityGraph) -> None:
        for draft in graph.drafts:
            if not {draft.table} & (self._schema.models_of.keys() | self._schema.through.keys()):
                raise OptionError(
                    f"The graph holds rows of {draft.table!r}, to which no class is mapped here.",
                    hint="Draw graphs of the models that were loaded.",
                )
