"""From a graph to mapped objects and back: the only place that uses ORM sessions.

Sessions do not survive a rollback to a savepoint: each observation has its own, none outlives it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ormthesis.generation.graph import EntityDraft, EntityGraph, EntityRef, KeySource
from ormthesis.oracle.coercion import coerce
from ormthesis.oracle.judge import same
from ormthesis.oracle.outcome import State, StoredRow
from ormthesis.schema.constraints import ForeignKey
from ormthesis.schema.model import Column, Direction, Model, Relationship
from ormthesis.schema.models import Models
from ormthesis.schema.types import TypeKind

Instances = dict[EntityRef, Any]
Identity = tuple[Any, ...]

# Rows of several classes are loaded as one product of at most so many rows: a query costs as much.
LARGEST_PRODUCT = 8


class ObjectWriter:
    """Builds instances of mapped classes and flushes them as a user's code would.

    Parents are given through relationships where the model has one for the key; where it has
    none, the parents are flushed first and their key values are copied, since the unit of work
    orders inserts by relationships alone.
    """

    def __init__(self, models: Models, *, numbers: KeySource | None = None) -> None:
        """`numbers` are keys to give to rows that the database would number itself."""
        self._schema = models.schema
        self._numbers = numbers
        self._classes = {name: mapper.class_ for name, mapper in models.mappers.items()}
        self._to_parent = {
            relationship.foreign_key: relationship
            for model in models.schema.models
            for relationship in model.relationships
            if relationship.direction is Direction.MANY_TO_ONE and not relationship.viewonly
        }

    def write(self, session: Session, graph: EntityGraph) -> Instances:
        """Add and flush the whole graph. Whatever the ORM or the database raises goes through."""
        instances: Instances = {}
        waiting: set[EntityRef] = set()
        for draft in graph.drafts:
            if any(parent in waiting for parent in self._copied_parents(draft)):
                session.flush()
                waiting.clear()
            instances[draft.ref] = self._build(draft, instances)
            session.add(instances[draft.ref])
            waiting.add(draft.ref)
        session.flush()
        if self._close(graph, instances):
            session.flush()
        return instances

    def _copied_parents(self, draft: EntityDraft) -> Iterator[EntityRef]:
        for key, parent in draft.references.items():
            if parent is not None and key not in self._to_parent:
                yield parent

    def _build(self, draft: EntityDraft, instances: Instances) -> Any:
        table = self._schema.by_key[draft.table]
        model = self._schema.models_by_table[draft.table]
        values = {
            model.attributes[name]: value
            for name, value in draft.values.items()
            # None would be written as JSON null; a value left out is SQL NULL.
            if value is not None or table.by_name[name].type.kind is not TypeKind.JSON
        }
        instance = self._classes[model.name](**values)
        if self._numbers is not None:
            for column in table.columns:
                if column.surrogate and column.name in model.attributes:
                    setattr(instance, model.attributes[column.name], self._numbers(draft.ref))
        for key, parent in draft.references.items():
            if parent is not None and parent in instances:
                self._refer(instance, model, key, instances[parent])
        return instance

    def _refer(self, instance: Any, model: Model, key: str, parent: Any) -> None:
        relationship = self._to_parent.get(key)
        if relationship is not None:
            setattr(instance, relationship.name, parent)
            return
        foreign_key = self._schema.foreign_key(key)
        owner = self._schema.models_by_table[foreign_key.referred_table]
        for name, referred in _pairs(foreign_key):
            setattr(instance, model.attributes[name], getattr(parent, owner.attributes[referred]))

    def _close(self, graph: EntityGraph, instances: Instances) -> bool:
        """Set the references to rows that did not exist yet, a row's own included."""
        closed = False
        for draft in graph.drafts:
            model = self._schema.models_by_table[draft.table]
            for key, parent in draft.references.items():
                if parent is not None and graph.position[parent] >= graph.position[draft.ref]:
                    closed = True
                    self._refer(instances[draft.ref], model, key, instances[parent])
        return closed


class ObjectReader:
    """Looks at instances as a user's code would: attributes and relationships."""

    def __init__(self, models: Models) -> None:
        self._schema = models.schema
        self._classes = {name: mapper.class_ for name, mapper in models.mappers.items()}
        self._queries: dict[tuple[type[Any], ...], sa.Select[Any]] = {}
        self._relationships = {
            relationship.id: relationship
            for model in models.schema.models
            for relationship in model.relationships
        }

    def keys(self, graph: EntityGraph, instances: Instances) -> Mapping[EntityRef, int]:
        """What the database numbered the rows."""
        found: dict[EntityRef, int] = {}
        for draft in graph.drafts:
            table = self._schema.by_key[draft.table]
            attributes = self._schema.models_by_table[draft.table].attributes
            for column in table.columns:
                if column.surrogate:
                    found[draft.ref] = getattr(instances[draft.ref], attributes[column.name])
        return found

    def reload(self, session: Session, written: Instances) -> Instances:
        """The same rows as the session loads them now, in few queries.

        In the session that wrote them these are the same objects with fresh values.
        """
        refs: dict[tuple[type[Any], Identity], EntityRef] = {}
        by_class: dict[type[Any], list[Identity]] = {}
        for ref, instance in written.items():
            identity = sa.inspect(instance).identity
            refs[type(instance), identity] = ref
            by_class.setdefault(type(instance), []).append(identity)
        found: Instances = {}
        for group in _groups(by_class):
            loaded = self._load(session, group)
            if len(group) > 1 and len(loaded) < sum(map(len, group.values())):
                # A row that is gone takes all others out of a product with it.
                loaded = [each for one in group for each in self._load(session, {one: group[one]})]
            for instance in loaded:
                found[refs[type(instance), sa.inspect(instance).identity]] = instance
        return {ref: found[ref] for ref in written if ref in found}

    def _load(self, session: Session, wanted: Mapping[type[Any], list[Identity]]) -> list[Any]:
        """The rows of some classes by their primary keys, fresh, as the product of all."""
        keys = {
            f"keys_{number}": [key[0] if len(key) == 1 else key for key in identities]
            for number, identities in enumerate(wanted.values())
        }
        rows = session.execute(self._by_keys(tuple(wanted)), keys).unique()
        return list({id(instance): instance for row in rows for instance in row}.values())

    def _by_keys(self, classes: tuple[type[Any], ...]) -> sa.Select[Any]:
        """Made once for each tuple of classes."""
        if classes not in self._queries:
            query = sa.select(*classes)
            for number, mapped in enumerate(classes):
                columns = sa.inspect(mapped).primary_key
                key = columns[0] if len(columns) == 1 else sa.tuple_(*columns)
                query = query.where(key.in_(sa.bindparam(f"keys_{number}", expanding=True)))
            self._queries[classes] = query.execution_options(populate_existing=True)
        return self._queries[classes]

    def state(
        self,
        graph: EntityGraph,
        instances: Instances,
        related: Sequence[str] = (),
        *,
        below: State,
    ) -> State:
        """Attributes of every instance, and what the named relationships lead to.

        `below` holds the rows as the database does: a decorator may give NULL another value.
        """
        rows = {
            ref: self._row(graph.by_ref[ref], instance, below.rows.get(ref, {}))
            for ref, instance in instances.items()
        }
        return State(rows=rows, links=self.links(graph, instances, related))

    def links(
        self, graph: EntityGraph, instances: Instances, wanted: Sequence[str]
    ) -> dict[str, frozenset[tuple[EntityRef, EntityRef]]]:
        refs = {id(instance): ref for ref, instance in instances.items()}
        return {
            name: frozenset(self._pairs(self._relationships[name], graph, instances, refs))
            for name in wanted
        }

    def _pairs(
        self,
        relationship: Relationship,
        graph: EntityGraph,
        instances: Instances,
        refs: Mapping[int, EntityRef],
    ) -> Iterator[tuple[EntityRef, EntityRef]]:
        table = self._schema.model(relationship.model).table
        for draft in graph.of_table(table):
            instance = instances.get(draft.ref)
            if instance is None:
                continue
            related = getattr(instance, relationship.name)
            for other in related if relationship.uselist else [related]:
                if other is not None:
                    yield draft.ref, refs.get(id(other), EntityRef("unknown object", 0))

    def _row(self, draft: EntityDraft, instance: Any, below: StoredRow) -> dict[str, Any]:
        table = self._schema.by_key[draft.table]
        attributes = self._schema.models_by_table[draft.table].attributes
        return {
            column.name: _seen(
                column,
                getattr(instance, attributes[column.name]),
                draft.values.get(column.name),
                below.get(column.name),
            )
            for column in table.columns
            if column.name in attributes
        }


def _groups(
    by_class: Mapping[type[Any], list[Identity]],
) -> Iterator[dict[type[Any], list[Identity]]]:
    """Classes that are loaded in one query."""
    group: dict[type[Any], list[Identity]] = {}
    product = 1
    for mapped, identities in by_class.items():
        if group and product * len(identities) > LARGEST_PRODUCT:
            yield group
            group, product = {}, 1
        group[mapped] = identities
        product *= len(identities)
    if group:
        yield group


def _seen(column: Column, value: Any, written: Any, below: Any) -> Any:
    """The stored value that an attribute shows.

    Of a decorated column it is the one in the database where the attribute has the value that was
    written; where none was, the one that the decorator reads.
    """
    if column.type.decorates is None:
        return coerce(column.type, column.type.stored(value))
    expected = written if written is not None else _loaded(column, below)
    return below if same(expected, value) else coerce(column.type, column.type.flushed(value))


def _loaded(column: Column, stored: Any) -> Any:
    try:
        return column.type.loaded(stored)
    except Exception:  # a user's type may refuse a value in its own way
        return stored


def load_collections(instance: Any, seen: set[int] | None = None) -> None:
    """Touch every relationship of an object and of what it leads to."""
    seen = seen if seen is not None else set()
    if id(instance) in seen:
        return
    seen.add(id(instance))
    for relationship in sa.inspect(instance).mapper.relationships:
        related = getattr(instance, relationship.key)
        for other in related if relationship.uselist else [related]:
            if other is not None:
                load_collections(other, seen)


def _pairs(key: ForeignKey) -> Iterator[tuple[str, str]]:
    return zip(key.columns, key.referred_columns, strict=True)
