"""Relationships that change: objects put in, taken out, pointed elsewhere, and what becomes of
them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ormthesis.config.settings import Mode
from ormthesis.generation.actions import Action, ActionKind
from ormthesis.generation.case import Case, Operation, OperationKind
from ormthesis.generation.graph import EntityRef
from ormthesis.generation.layouts import Pin, pair_pins
from ormthesis.generation.objects import Objects
from ormthesis.generation.skeleton import Shape, shape_for
from ormthesis.invariants.action_order import in_write_order
from ormthesis.invariants.agreement import AgreementInvariant
from ormthesis.invariants.attribution import only
from ormthesis.invariants.base import Context, Drawing, Invariant, Judged, Subject
from ormthesis.invariants.failure import Failure, Isolation
from ormthesis.invariants.objects import unknown_join
from ormthesis.oracle.judge import Difference, Mismatch
from ormthesis.oracle.links import related_pairs
from ormthesis.oracle.outcome import Rejected
from ormthesis.schema.mapping import Direction, Model, Relationship
from ormthesis.schema.model import Schema, Table

Pairs = frozenset[tuple[EntityRef, EntityRef]]


@dataclass(frozen=True, kw_only=True)
class RelationshipChangesFailure(Failure):
    invariant = "relationship-changes"
    broken = "does not change as its cascades declare"


@dataclass(frozen=True, kw_only=True)
class RemovalAgreementFailure(Failure):
    invariant = "removal-agreement"
    broken = "is emptied differently by SQL and through the ORM"


class ChangeInvariant(Invariant):
    """Graphs hold two objects at each end of every relationship of the table's classes."""

    mode = Mode.ALL
    company = "changes"
    of_objects = True
    isolation = Isolation.COMMITTED

    def subjects(self, context: Context, table: Table) -> Iterable[Subject]:
        for model in context.schema.models_of.get(table.key, ()):
            for relationship in model.relationships:
                if relationship.model == model.name and self.concerns(context, relationship):
                    yield Subject(
                        id=relationship.id, reason=_unforeseen(context.schema, model, relationship)
                    )

    def concerns(self, context: Context, relationship: Relationship) -> bool:
        """Whether a relationship is one of those that the invariant is about."""
        return not relationship.viewonly

    def shape(self, context: Context, table: Table) -> Shape:
        return shape_for(context.schema, table.key, rows=(1, 2), parents=2, children=True)

    def focus(self, context: Context, table: Table) -> frozenset[str]:
        return frozenset({table.key}) | context.schema.checked_references

    def pins(self, context: Context, table: Table) -> tuple[Pin, ...]:
        models = context.schema.models_of.get(table.key, ())
        found = [each for model in models for each in model.relationships if not each.viewonly]
        keys = [each.foreign_key or (each.secondary or ("",))[0] for each in found]
        return pair_pins(context.schema, filter(None, keys), context.strategies.patterns)

    def cases(self, drawing: Drawing) -> Iterator[Case]:
        """All changes of an enumerated graph, one for each relationship of a random one."""
        schema = drawing.context.schema
        objects = drawing.context.oracle.classes.objects(drawing.graph)
        for subject in sorted(drawing.subjects) if objects.complete else ():
            relationship = schema.relationship(subject)
            pairs = frozenset(related_pairs(schema, drawing.graph, objects, relationship))
            changes = [*_changes(schema, objects, relationship, pairs)]
            for action in drawing.some(changes):
                operation = Operation(kind=OperationKind.CHANGE, action=action)
                yield from self.tried(
                    Case(graph=drawing.graph, operation=operation, subject=subject)
                )

    def tried(self, case: Case) -> Iterator[Case]:
        """The cases that one change makes."""
        yield case

    def refine(self, context: Context, judged: Judged) -> Mismatch | None:
        """A key that is broken within the flush alone is a class of its own."""
        relationship = context.schema.relationship(judged.case.subject)
        declared = context.schema.constraints.get(relationship.foreign_key or "")

        def is_own(found: Difference) -> bool:
            """Rows that go, and the reference; what becomes of others is for the delete checks."""
            draft = judged.case.graph.by_ref.get(found.ref) if found.ref else None
            if draft is None or found.column is None:
                return True
            if declared is None:
                return False
            return draft.table == declared.table and found.column in declared.columns

        if _is_circle_of_others(context.schema, judged, relationship):
            return None
        mismatch = only(judged.mismatch, is_own)
        return in_write_order(context, judged, mismatch, relationship.written)


class RelationshipChangesInvariant(ChangeInvariant):
    """Putting in, taking out and pointing elsewhere leave exactly the rows that cascades declare.

    An object that is taken out loses its reference, or goes where `delete-orphan` says so; one that
    a scalar replaces gives way. All other rows stay as they are.
    """

    id = "relationship-changes"
    title = "Changed relationships leave what their cascades declare"
    failure = RelationshipChangesFailure


class RemovalAgreementInvariant(AgreementInvariant, ChangeInvariant):
    """Taking an object out of a collection leaves the same rows as clearing its reference by SQL.

    With `delete-orphan` the ORM deletes it. Where its key may be NULL, the database keeps it: what
    remains depends on who takes it out.
    """

    id = "removal-agreement"
    title = "SQL and ORM removals agree"
    failure = RemovalAgreementFailure
    sql_is_judged = False

    def concerns(self, context: Context, relationship: Relationship) -> bool:
        """Only what may lose its parent by SQL."""
        if relationship.viewonly or relationship.direction is not Direction.ONE_TO_MANY:
            return False
        if relationship.foreign_key is None or "delete-orphan" not in relationship.cascade:
            return False
        key = context.schema.foreign_key(relationship.foreign_key)
        return not context.schema.by_key[key.table].is_required(key)

    def tried(self, case: Case) -> Iterator[Case]:
        action = case.operation.action
        if action is not None and action.kind is ActionKind.TAKE_OUT:
            yield from self.companions(case)

    def companions(self, case: Case) -> tuple[Case, ...]:
        action = case.operation.action
        assert action is not None
        assert action.other is not None
        update = Action(kind=ActionKind.UPDATE_ROW, ref=action.other, values=action.values)
        return replace(case, operation=replace(case.operation, action=update)), case

    def by_sql(self, case: Case) -> bool:
        return not case.operation.through_orm

    def done(self, case: Case) -> tuple[str, EntityRef | None]:
        action = case.operation.action
        assert action is not None
        return case.subject, action.other if action.through_orm else action.ref


def _is_circle_of_others(schema: Schema, judged: Judged, relationship: Relationship) -> bool:
    """Whether the unit of work finds no order for rows that other relationships lead round."""
    outcome = judged.outcome
    message = outcome.rejection.message if isinstance(outcome, Rejected) else ""
    if not message.startswith("CircularDependencyError"):
        return False
    reverse = schema.reverse_of(relationship)
    ends = [relationship] if reverse is None else [relationship, reverse]
    return not any(f"({end.id})" in message for end in ends)


def _changes(
    schema: Schema, objects: Objects, relationship: Relationship, pairs: Pairs
) -> Iterator[Action]:
    owners = [ref for ref in objects.rows if objects.is_a(ref, relationship.model)]
    targets = [ref for ref in objects.rows if objects.is_a(ref, relationship.target)]
    if _has_own_orphan(schema, relationship, pairs):
        return
    for owner in owners:
        current = [other for one, other in pairs if one == owner]
        yield from _removals(schema, objects, relationship, owner, sorted(current))
        for target in targets:
            # The ORM refuses a second object that leads to the same one.
            taken = relationship.single_parent and any(other == target for _, other in pairs)
            if target not in current and not taken and relationship.secondary is None:
                kind = ActionKind.POINT if relationship.is_to_one else ActionKind.PUT_IN
                yield Action(kind=kind, ref=owner, relationship=relationship.id, other=target)


def _has_own_orphan(schema: Schema, relationship: Relationship, pairs: Pairs) -> bool:
    """Whether an object would be its own orphan: the unit of work forgets its other cascades."""
    reverse = schema.reverse_of(relationship)
    ends = [relationship] if reverse is None else [relationship, reverse]
    orphans = any("delete-orphan" in end.cascade for end in ends)
    return orphans and any(one == other for one, other in pairs)


def _removals(
    schema: Schema,
    objects: Objects,
    relationship: Relationship,
    owner: EntityRef,
    current: Iterable[EntityRef],
) -> Iterator[Action]:
    for other in current:
        if relationship.is_to_one:
            yield Action(kind=ActionKind.POINT, ref=owner, relationship=relationship.id)
            continue
        row = other
        if relationship.foreign_key is not None:
            row = objects.rows[other][schema.foreign_key(relationship.foreign_key).table].ref
        yield Action(
            kind=ActionKind.TAKE_OUT,
            ref=owner,
            relationship=relationship.id,
            other=row,
            values=dict.fromkeys(relationship.written),
        )


def _unforeseen(schema: Schema, model: Model, relationship: Relationship) -> str:
    """Why it is not known what a change of the relationship does; empty where it is."""
    target = schema.model(relationship.target)
    if reason := model.untestable or target.untestable or unknown_join(relationship):
        return reason
    if relationship.lazy == "noload":
        return "its collection is never loaded"
    if relationship.foreign_key is not None:
        table = schema.by_key[schema.foreign_key(relationship.foreign_key).table]
        if {*table.primary_key} & {*relationship.written}:
            return f"it writes a part of the primary key of {table.key}"
    reverse = schema.reverse_of(relationship)
    if reverse is not None and reverse.is_to_one and "delete-orphan" in reverse.cascade:
        return f"{reverse.id} deletes what it no longer leads to"
    if relationship.name in model.validated:
        return "a validator decides what it takes"
    others = [other.id for other in schema.relationships.values() if _overlap(relationship, other)]
    return f"{others[0]} writes the same columns" if others else ""


def _overlap(one: Relationship, other: Relationship) -> bool:
    """Whether two relationships that do not know of each other write the same reference."""
    if other.id == one.id or other.viewonly or other.back_populates == one.name:
        return False
    if one.secondary is not None:
        return other.secondary is not None and {*one.secondary} == {*other.secondary}
    return other.foreign_key == one.foreign_key and bool({*one.written} & {*other.written})
