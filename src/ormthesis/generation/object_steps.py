"""How a graph is written through mapped classes, as steps: persistence takes them, and scripts that
reproduce a failure print them.

Parents are given through relationships where the object's class has one for the key; where it has
none, the parents are flushed first and their key values are copied, since the unit of work orders
inserts by relationships alone. A known key of the object itself, and one that is required and
checked at the end, is copied before the parent is flushed. Rows of a secondary table come of
collections.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ormthesis.generation.graph import EntityDraft, EntityGraph, EntityRef
from ormthesis.generation.objects import Classes, Objects
from ormthesis.schema.mapping import Model, Relationship
from ormthesis.schema.model import Column, Schema
from ormthesis.schema.types import TypeKind


class UnobservableError(Exception):
    """Rows that cannot be written as objects: what becomes of them says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    attribute: str
    column: Column
    value: Any
    validated: bool = False
    """A validator of the class may refuse or change what is set."""
    null: bool = False
    """NULL in spite of a default, which None would not be."""


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
    early: bool = False
    """Before the parent is written: its key is a known value."""


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
                is_parent = each.is_to_one and not each.viewonly
                if is_parent and each.foreign_key is not None:
                    self._to_parent.setdefault(each.foreign_key, []).append(each)
        self._settables: dict[tuple[str, str], Mapping[str, tuple[Column, str, bool]]] = {}
        self._lone = dict(self._lone_parents())
        """Relationships whose parent no second object can have, with the one that shows it."""

    def steps(
        self,
        graph: EntityGraph,
        objects: Objects,
        through: str | None = None,
        related: Iterable[str] = (),
    ) -> Iterator[Step]:
        """`through` is the id of a relationship that shall write the rows of its secondary table,
        `related` are those that are looked at.

        Raises UnobservableError for rows that make no object, and for those that no session can
        hold, except where this is what a relationship that is looked at shows.
        """
        shared: set[tuple[str, EntityRef]] = set()
        made: set[EntityRef] = set()
        seen = {*related, None}
        done: set[EntityRef] = set()
        waiting: set[EntityRef] = set()
        late: list[Point | Copy] = []
        for owner in _in_order(graph, objects):
            now, later = self._references(objects, owner, done)
            for step in (*now, *later):
                if isinstance(step, Point) and self._lone.get(step.relationship.id) not in seen:
                    self._keep_lone(step, shared)
            if any(isinstance(step, Copy) and step.parent in waiting for step in now):
                yield Flush()
                waiting.clear()
            early = [step.parent for step in now if isinstance(step, Copy) and step.early]
            for ref in dict.fromkeys((owner, *early)):
                if ref not in made:
                    made.add(ref)
                    yield self._make(objects, ref)
            yield from now
            yield Add(ref=owner)
            late += later
            done.add(owner)
            waiting.add(owner)
        yield from self._relates(graph, objects, through)
        # What is between rows that are there already takes no flush of its own, unless others of
        # their kind are still to be written: then the unit of work might see a circle.
        kinds = {ref.entity for ref in waiting}
        ready = [step for step in late if kinds.isdisjoint((step.ref.entity, step.parent.entity))]
        yield from (*ready, Flush())
        if left := [step for step in late if step not in ready]:
            yield from (*left, Flush())

    def _lone_parents(self) -> Iterator[tuple[str, str]]:
        for relationships in self._to_parent.values():
            for each in relationships:
                target = self.schema.model(each.target)
                for other in target.relationships:
                    if other.name == each.back_populates and not other.uselist:
                        yield each.id, other.id
                if each.single_parent:
                    yield each.id, ""

    def _keep_lone(self, step: Point, shared: set[tuple[str, EntityRef]]) -> None:
        pair = step.relationship.id, step.parent
        if pair in shared:
            raise UnobservableError(f"{pair[0]} cannot lead to {step.parent} from two objects")
        shared.add(pair)

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
        settable = self._settable(model, draft.table)
        for name, value in draft.values.items():
            if name in settable:
                column, attribute, validated = settable[name]
                # None would be written as JSON null; a value left out is SQL NULL.
                if value is not None or column.type.kind is not TypeKind.JSON:
                    yield Value(
                        attribute=attribute, column=column, value=value, validated=validated
                    )
        yield from self._null_references(model, draft)

    def _settable(self, model: Model, table: str) -> Mapping[str, tuple[Column, str, bool]]:
        """Columns that the class maps and the ORM does not set, with the attribute and whether it
        has a validator."""
        key = model.name, table
        if key not in self._settables:
            set_by_orm = {
                (each.table, each.column) for each in (model.identity, model.version) if each
            }
            self._settables[key] = {
                column.name: (column, attribute, attribute in model.validated)
                for column in self.schema.by_key[table].columns
                if (attribute := model.attribute(table, column.name)) is not None
                and (table, column.name) not in set_by_orm
            }
        return self._settables[key]

    def _null_references(self, model: Model, draft: EntityDraft) -> Iterator[Value]:
        """Columns of references that are not set, where a default would set them."""
        table = self.schema.by_key[draft.table]
        if not table.defaulted_references:
            return
        keys = (key for key in table.foreign_keys if draft.references.get(key.id) is not None)
        supplied = {name for key in keys for name in key.columns} | draft.values.keys()
        for name in table.defaulted_references - supplied:
            column, attribute = table.by_name[name], model.attribute(draft.table, name)
            if attribute is not None:
                yield Value(attribute=attribute, column=column, value=None, null=True)

    def _references(
        self, objects: Objects, owner: EntityRef, done: set[EntityRef]
    ) -> tuple[list[Point | Copy], list[Point | Copy]]:
        """The object's references: those to objects that exist, and those that have to wait."""
        now: list[Point | Copy] = []
        late: list[Point | Copy] = []
        for draft in objects.rows[owner].values():
            for step in self._of_draft(objects, draft, done):
                early = isinstance(step, Copy) and step.early
                (now if early or step.parent in done else late).append(step)
        return now, late

    def _of_draft(
        self, objects: Objects, draft: EntityDraft, done: set[EntityRef]
    ) -> Iterator[Point | Copy]:
        """Relationships first; keys are copied for the columns that none of these writes."""
        inherited = self.schema.inheritance_keys.get(draft.table)
        written: set[str] = set()
        left: list[tuple[str, EntityRef, bool]] = []
        for _, key, parent in _references([draft]):
            if inherited is not None and inherited.id == key:
                continue
            if parent not in objects.owner:
                raise UnobservableError(f"no class is mapped to the table of {parent}")
            early = objects.owner[parent] not in done and self._is_early(
                objects, draft, key, parent
            )
            left.append((key, parent, early))
            found = None if early else self._relationship(objects, draft, key, parent)
            if found is not None:
                written.update(found.written)
                owner, other = objects.owner[draft.ref], objects.owner[parent]
                yield Point(ref=owner, relationship=found, parent=other)
        for key, parent, early in left:
            for copy in self._copies(objects, draft, key, parent, written):
                yield replace(copy, early=early)

    def _is_early(self, objects: Objects, draft: EntityDraft, key: str, parent: EntityRef) -> bool:
        """Whether the key is to be copied before its parent is written."""
        foreign_key, columns = self.schema.foreign_key(key), self.schema.by_key[draft.table].by_name
        owner = objects.owner[parent]
        known = objects.rows[owner][foreign_key.referred_table].values
        required = not any(columns[name].nullable for name in foreign_key.columns)
        # The unit of work sees a circle in an object that a relationship leads back to itself.
        return (
            owner == objects.owner[draft.ref] or (required and foreign_key.initially_deferred)
        ) and all(known.get(name) is not None for name in foreign_key.referred_columns)

    def _relationship(
        self, objects: Objects, draft: EntityDraft, key: str, parent: EntityRef
    ) -> Relationship | None:
        for found in self._to_parent.get(key, ()):
            if objects.is_a(draft.ref, found.model) and objects.is_a(parent, found.target):
                return found
        return None

    def _copies(
        self,
        objects: Objects,
        draft: EntityDraft,
        key: str,
        parent: EntityRef,
        written: set[str],
    ) -> Iterator[Copy]:
        foreign_key = self.schema.foreign_key(key)
        owner, other = objects.owner[draft.ref], objects.owner[parent]
        for name, referred in zip(foreign_key.columns, foreign_key.referred_columns, strict=True):
            if name not in written:
                written.add(name)
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
