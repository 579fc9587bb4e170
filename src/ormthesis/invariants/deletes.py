"""Deletes: what goes, what is set NULL, what is refused, and that every other row is untouched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from ormthesis.config.settings import Mode
from ormthesis.generation.case import Case, Operation, OperationKind
from ormthesis.generation.graph import EntityDraft, EntityRef
from ormthesis.generation.layouts import Pin, reference_pins, twin_pins
from ormthesis.generation.skeleton import Shape, shape_for
from ormthesis.generation.twins import namesake_pins
from ormthesis.invariants.action_order import in_order, in_write_order
from ormthesis.invariants.agreement import AgreementInvariant
from ormthesis.invariants.base import Context, Drawing, Invariant, Judged, Subject
from ormthesis.invariants.failure import Failure, Isolation
from ormthesis.oracle.judge import Mismatch
from ormthesis.schema.mapping import Model
from ormthesis.schema.model import Table


@dataclass(frozen=True, kw_only=True)
class DeleteSqlFailure(Failure):
    invariant = "delete-sql"
    broken = "rows are not deleted as the foreign keys declare"


@dataclass(frozen=True, kw_only=True)
class DeleteOrmFailure(Failure):
    invariant = "delete-orm"
    broken = "objects are not deleted as the relationships declare"


@dataclass(frozen=True, kw_only=True)
class DeleteAgreementFailure(Failure):
    invariant = "delete-agreement"
    broken = "is deleted differently by SQL and through the ORM"


_BY_SQL = Operation(kind=OperationKind.DELETE_ROW)
_BY_ORM = Operation(kind=OperationKind.DELETE_OBJECT)


class DeleteInvariant(Invariant):
    """Graphs hold every subset of nullable references, on one ancestor chain and with separate
    parents; every row of the table is deleted once."""

    mode = Mode.ALL
    company = "deletes"
    of_objects = True
    isolation = Isolation.COMMITTED
    operations: ClassVar[tuple[Operation, ...]]
    """The ways in which each row is deleted; `ref` is filled in."""

    def shape(self, context: Context, table: Table) -> Shape:
        return shape_for(context.schema, table.key, rows=(1, 2), descendants=True)

    def focus(self, context: Context, table: Table) -> frozenset[str]:
        return frozenset({table.key}) | context.schema.checked_references

    def pins(self, context: Context, table: Table) -> tuple[Pin, ...]:
        return reference_pins(context.schema, table.key, context.strategies.patterns)

    def subjects(self, context: Context, table: Table) -> Iterable[Subject]:
        return [Subject(id=table.key)]

    def chosen(self, drawing: Drawing) -> Sequence[Operation]:
        """All ways for an enumerated graph, one for a random one."""
        return drawing.some(self.operations)

    def refine(self, context: Context, judged: Judged) -> Mismatch | None:
        """A refusal that the declared actions would have made void is a class of its own."""
        mismatch = in_order(context, judged, lambda key: key.on_delete)
        if judged.case.operation.kind is OperationKind.DELETE_OBJECT:
            return in_write_order(context, judged, mismatch)
        return mismatch

    def cases(self, drawing: Drawing) -> Iterator[Case]:
        for draft in _told_apart(drawing):
            for operation in self.chosen(drawing):
                aimed = replace(operation, ref=draft.ref)
                yield Case(graph=drawing.graph, operation=aimed, subject=drawing.table.key)


def _told_apart(drawing: Drawing) -> Sequence[EntityDraft]:
    """The rows that a DELETE can name alone: without a primary key, those that equal no other."""
    if drawing.table.primary_key:
        return drawing.drafts
    rows = drawing.rows
    held = [repr(rows[draft.ref]) for draft in drawing.drafts]
    return [draft for draft, row in zip(drawing.drafts, held, strict=True) if held.count(row) == 1]


class DeleteSqlInvariant(DeleteInvariant):
    """`DELETE` by SQL leaves exactly the rows that the ON DELETE rules declare.

    What goes, what is set NULL, what is refused; and every other row is untouched. Judged on
    committed rows: rows that the deleting transaction inserted itself behave differently.
    """

    id = "delete-sql"
    title = "Deletes by SQL follow ON DELETE"
    failure = DeleteSqlFailure
    operations = (_BY_SQL,)


class DeleteOrmInvariant(DeleteInvariant):
    """`session.delete` leaves exactly the rows that cascades and ON DELETE rules declare together.

    Tried with the object's collections loaded and not loaded: `passive_deletes` makes these differ.
    """

    id = "delete-orm"
    title = "Deletes through the ORM follow the cascades"
    failure = DeleteOrmFailure
    operations = (_BY_ORM, replace(_BY_ORM, loaded=True))

    def subjects(self, context: Context, table: Table) -> Iterable[Subject]:
        return _mapped_subjects(context, table)

    def pins(self, context: Context, table: Table) -> tuple[Pin, ...]:
        models = context.schema.models_of.get(table.key, ())
        namesakes = namesake_pins(context.strategies, table, models)
        return (
            *super().pins(context, table),
            *twin_pins(context.schema, table.key),
            *namesakes,
        )


class DeleteAgreementInvariant(AgreementInvariant, DeleteInvariant):
    """Deleting by SQL and through the ORM leave the same rows.

    Where cascade and ON DELETE disagree, what remains depends on who deletes: the application,
    a script, or a colleague with psql. Each way is judged for itself first; this compares them.
    """

    id = "delete-agreement"
    title = "SQL and ORM deletes agree"
    failure = DeleteAgreementFailure
    operations = (replace(_BY_SQL, whole=True), _BY_ORM)

    def subjects(self, context: Context, table: Table) -> Iterable[Subject]:
        return _mapped_subjects(context, table)

    def chosen(self, drawing: Drawing) -> Sequence[Operation]:
        return self.operations

    def companions(self, case: Case) -> tuple[Case, ...]:
        ref = case.operation.ref
        return (
            replace(case, operation=replace(_BY_SQL, ref=ref, whole=True)),
            replace(case, operation=replace(_BY_ORM, ref=ref)),
        )

    def by_sql(self, case: Case) -> bool:
        return case.operation.kind is OperationKind.DELETE_ROW

    def done(self, case: Case) -> EntityRef | None:
        return case.operation.ref


def _mapped_subjects(context: Context, table: Table) -> list[Subject]:
    """Rows of other tables may have no class: what becomes of them is for the database alone."""
    models = context.schema.models_of.get(table.key, ())
    reasons = [reason for model in _deleted_with(context, models) if (reason := _unforeseen(model))]
    return [Subject(id=table.key, reason=next(iter(reasons), ""))] if models else []


def _deleted_with(context: Context, models: Iterable[Model]) -> list[Model]:
    """Classes whose objects may go with those of some classes, these included."""
    found = {model.name: model for model in models}
    waiting = list(found.values())
    while waiting:
        for relationship in waiting.pop().relationships:
            target = context.schema.model(relationship.target)
            if "delete" in relationship.cascade and target.name not in found:
                found[target.name] = target
                waiting.append(target)
    return list(found.values())


def _unforeseen(model: Model) -> str:
    """Why it is not known what the unit of work does to an object; empty where it is."""
    for relationship in model.relationships:
        known = relationship.foreign_key is not None or relationship.secondary is not None
        to_parent = relationship.is_to_one
        harmless = relationship.viewonly or (to_parent and "delete" not in relationship.cascade)
        if not known and not harmless:
            return f"which rows {relationship.id} leads to is not known: its join is its own"
    return model.untestable
