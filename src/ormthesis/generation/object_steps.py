"""How a graph is written through mapped classes, as steps: persistence takes them, and scripts that
reproduce a failure print them.

Parents are given through relationships where the object's class has one for the key; where it has
none, the parents are flushed first and their key values are copied, since the unit of work orders
inserts by relationships alone. Rows of a secondary table come of collections.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ormthesis.generation.graph import EntityDraft, EntityGraph, EntityRef
from ormthesis.generation.objects import Classes, Objects
from ormthesis.schema.model import Column, Direction, Model, Relationship, Schema
from ormthesis.schema.types import TypeKind


class UnobservableError(Exception):
    """Rows that cannot be written as objects: what becomes of them says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    attribute: str
    column: Column
    value: Any
    validated: bool
    """A validator of the class may refuse or change what is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Make:
    """A new object; objects are named by their first row."""

    ref: EntityRef
    model: Model
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Set a relationship to a parent."""

    ref: EntityRef
    relationship: Relationship
    parent: EntityRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """Set an attribute to a parent's key value."""

    ref: EntityRef
    attribute: str
    parent: EntityRef
    referred: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Relate:
    """Put an object into another's collection; a row of the secondary table comes of it."""

    ref: EntityRef
    relationship: Relationship
    other: EntityRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Add:
    ref: EntityRef


@dataclass(frozen=True, slots=True)
class Flush:
    pass


Step = Make | Point | Copy | Relate | Add | Flush


class ObjectSteps:
    """The steps of any graph of one schema."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.classes = Classes(schema)
        self._to_parent: dict[str, list[Relationship]] = {}
        for model in schema.models:
            for each in model.relationships:
                is_parent = each.direction is Direction.MANY_TO_ONE and not each.viewonly
                if is_parent and each.foreign_key is not None:
                    self._to_parent.setdefault(each.foreign_key, []).append(each)

    def steps(
        self, graph: EntityGraph, objects: Objects, through: str | None = None
    ) -> Iterator[Step]:
        """`through` is the id of a relationship that shall write the rows of its secondary table.

        Raises UnobservableError for rows that make no object.
        """
        done: set[EntityRef] = set()
        waiting: set[EntityRef] = set()
        late: list[Step] = []
        for owner in _in_order(graph, objects):
            now, later = self._references(objects, owner, done)
            if any(isinstance(step, Copy) and step.parent in waiting for step in now):
                yield Flush()
                waiting.clear()
            yield self._make(objects, owner)
            yield from now
            yield Add(ref=owner)
            late += later
            done.add(owner)
            waiting.add(owner)
        yield from self._relates(graph, objects, through)
        yield Flush()
        if late:
            yield from (*late, Flush())

    def _make(self, objects: Objects, owner: EntityRef) -> Make:
        model = objects.models.get(owner)
        if model is None:
            raise UnobservableError(f"no class has rows like {owner}")
        values = {
            value.attribute: value
            for draft in objects.rows[owner].values()
            for value in self._values(model, draft)
        }
        return Make(ref=owner, model=model, values=tuple(values.values()))

    def _values(self, model: Model, draft: EntityDraft) -> Iterator[Value]:
        columns, identity = self.schema.by_key[draft.table].by_name, model.identity
        set_by_orm = (identity.table, identity.column) if identity is not None else None
        for name, value in draft.values.items():
            attribute = model.attribute(draft.table, name)
            # None would be written as JSON null; a value left out is SQL NULL.
            is_null = value is None and columns[name].type.kind is TypeKind.JSON
            if attribute is not None and not is_null and (draft.table, name) != set_by_orm:
                yield Value(
                    attribute=attribute,
                    column=columns[name],
                    value=value,
                    validated=attribute in model.validated,
                )

    def _references(
        self, objects: Objects, owner: EntityRef, done: set[EntityRef]
    ) -> tuple[list[Step], list[Step]]:
        """The object's references: those to objects that exist, and those that have to wait."""
        now: list[Step] = []
        late: list[Step] = []
        for draft, key, parent in _references(objects.rows[owner].values()):
            inherited = self.schema.inheritance_keys.get(draft.table)
            if inherited is not None and inherited.id == key:
                continue
            if parent not in objects.owner:
                raise UnobservableError(f"no class is mapped to the table of {parent}")
            found = self._reference(objects, draft, key, parent)
            (now if objects.owner[parent] in done else late).extend(found)
        return now, late

    def _reference(
        self, objects: Objects, draft: EntityDraft, key: str, parent: EntityRef
    ) -> Iterator[Step]:
        owner, other = objects.owner[draft.ref], objects.owner[parent]
        for found in self._to_parent.get(key, ()):
            if objects.is_a(owner, found.model) and objects.is_a(other, found.target):
                yield Point(ref=owner, relationship=found, parent=other)
                return
        foreign_key = self.schema.foreign_key(key)
        for name, referred in zip(foreign_key.columns, foreign_key.referred_columns, strict=True):
            yield Copy(
                ref=owner,
                attribute=self._attribute(objects, owner, draft.table, name),
                parent=other,
                referred=self._attribute(objects, other, foreign_key.referred_table, referred),
            )

    def _attribute(self, objects: Objects, owner: EntityRef, table: str, column: str) -> str:
        model = objects.models.get(owner)
        found = model.attribute(table, column) if model is not None else None
        if found is None:
            raise UnobservableError(f"the class of {owner} does not map {table}.{column}")
        return found

    def _relates(
        self, graph: EntityGraph, objects: Objects, through: str | None
    ) -> Iterator[Relate]:
        seen: set[tuple[EntityRef, EntityRef]] = set()
        for draft in graph.drafts:
            if draft.ref not in objects.owner:
                step = self._relate(objects, draft, through)
                if (step.ref, step.other) in seen:
                    raise UnobservableError(f"{draft.ref} relates the same objects again")
                seen.add((step.ref, step.other))
                yield step

    def _relate(self, objects: Objects, draft: EntityDraft, through: str | None) -> Relate:
        candidates = self.schema.through.get(draft.table, ())
        for found in sorted(candidates, key=lambda each: each.id != through):
            assert found.secondary is not None
            one, other = (draft.references.get(key) for key in found.secondary)
            if one is None or other is None:
                continue
            if objects.is_a(one, found.model) and objects.is_a(other, found.target):
                return Relate(
                    ref=objects.owner[one], relationship=found, other=objects.owner[other]
                )
        raise UnobservableError(f"no relationship can write {draft.ref}")


def _in_order(graph: EntityGraph, objects: Objects) -> list[EntityRef]:
    """Objects after those that their rows refer to, as far as rows do not form circles."""
    found: dict[EntityRef, None] = {}
    entered: set[EntityRef] = set()

    def enter(owner: EntityRef) -> None:
        if owner in entered:
            return
        entered.add(owner)
        for draft, _, parent in _references(objects.rows[owner].values()):
            if parent in objects.owner and not graph.is_late(draft, parent):
                enter(objects.owner[parent])
        found[owner] = None

    for owner in objects.rows:
        enter(owner)
    return list(found)


def _references(drafts: Iterable[EntityDraft]) -> Iterator[tuple[EntityDraft, str, EntityRef]]:
    for draft in drafts:
        for key, parent in draft.references.items():
            if parent is not None:
                yield draft, key, parent
