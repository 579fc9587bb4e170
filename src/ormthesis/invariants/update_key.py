"""Updates of a referenced key: references follow, are cleared, or refuse, as ON UPDATE says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ormthesis.config.settings import Mode
from ormthesis.generation.actions import Action, ActionKind
from ormthesis.generation.case import Case, Operation, OperationKind
from ormthesis.generation.graph import EntityDraft, EntityGraph
from ormthesis.generation.layouts import Pin, reference_pins
from ormthesis.generation.skeleton import Shape, shape_for
from ormthesis.invariants.action_order import in_order
from ormthesis.invariants.attribution import only
from ormthesis.invariants.base import Context, Drawing, Invariant, Judged, Subject
from ormthesis.invariants.failure import Failure, Isolation
from ormthesis.oracle.judge import Difference, Mismatch, Verdict
from ormthesis.oracle.outcome import Refusal, Rejected
from ormthesis.schema.constraints import ForeignKey
from ormthesis.schema.model import Schema, Table


@dataclass(frozen=True, kw_only=True)
class UpdateKeyFailure(Failure):
    invariant = "update-key"
    broken = "does not do ON UPDATE what it declares"


class UpdateKeyInvariant(Invariant):
    """`UPDATE` of a key does to the rows that refer to it what ON UPDATE declares.

    They follow, are cleared, or refuse; and every other row is untouched. Judged on committed rows,
    as deletes are.
    """

    id = "update-key"
    title = "Key updates follow ON UPDATE"
    mode = Mode.ALL
    failure = UpdateKeyFailure
    isolation = Isolation.COMMITTED
    proves = False

    def subjects(self, context: Context, table: Table) -> Iterable[Subject]:
        """The foreign keys that refer to the table."""
        for key in context.schema.referring.get(table.key, ()):
            yield Subject(id=key.id, reason=_reason(context.schema, table, key))

    def shape(self, context: Context, table: Table) -> Shape:
        return shape_for(context.schema, table.key, rows=(2, 3), descendants=True)

    def focus(self, context: Context, table: Table) -> frozenset[str]:
        return frozenset({table.key}) | context.schema.checked_references

    def pins(self, context: Context, table: Table) -> tuple[Pin, ...]:
        return reference_pins(context.schema, table.key, context.strategies.patterns, spare=True)

    def cases(self, drawing: Drawing) -> Iterator[Case]:
        """Each row gets the key of one that was drawn for it, and is not there."""
        spare = _spare(drawing)
        if spare is None:
            return
        graph = EntityGraph(drafts=tuple(d for d in drawing.graph.drafts if d.ref != spare.ref))
        for draft in graph.of_table(drawing.table.key):
            for key in drawing.context.schema.referring[drawing.table.key]:
                if key.id in drawing.subjects:
                    yield from _updates(drawing, graph, draft, spare, key)

    def refine(self, context: Context, judged: Judged) -> Mismatch | None:
        """What another key does is that key's business."""
        schema = context.schema
        key = schema.foreign_key(judged.case.subject)
        mismatch = in_order(context, judged, lambda each: each.on_update)
        if isinstance(judged.outcome, Rejected):
            fired = schema.constraints.get(judged.outcome.rejection.rule or "")
            foreign = isinstance(fired, ForeignKey) and fired.referred_table == key.referred_table
            return None if foreign and fired is not key else mismatch
        if mismatch is not None and mismatch.verdict is Verdict.ACCEPTED:
            prediction = judged.prediction
            own = isinstance(prediction, Refusal) and key.id in prediction.rules
            return mismatch if own else None

        def is_own(found: Difference) -> bool:
            draft = judged.case.graph.by_ref.get(found.ref) if found.ref else None
            of_table = draft is None or draft.table == key.table
            return of_table and (found.column is None or found.column in key.columns)

        return only(mismatch, is_own)


def _reason(schema: Schema, table: Table, key: ForeignKey) -> str:
    """Why the key's values cannot be changed; empty where they can."""
    if key.table in schema.untestable:
        return schema.untestable[key.table]
    columns = [table.by_name[name] for name in key.referred_columns]
    if all(column.always for column in columns):
        return f"{', '.join(map(str, columns))}: GENERATED ALWAYS, so that no UPDATE changes it"
    return "the database computes it" if all(column.computed for column in columns) else ""


def _spare(drawing: Drawing) -> EntityDraft | None:
    """The last row of the table, where it is not the only one and nothing refers to it."""
    *others, last = drawing.drafts or (None,)
    if not others or last is None:
        return None
    referred = (draft.ref for draft in drawing.graph.drafts if last.ref in draft.parents)
    return None if any(ref != last.ref for ref in referred) else last


def _updates(
    drawing: Drawing, graph: EntityGraph, draft: EntityDraft, spare: EntityDraft, key: ForeignKey
) -> Iterator[Case]:
    columns = drawing.table.by_name
    old, new = drawing.rows[draft.ref], drawing.rows[spare.ref]
    values = {
        name: new[name]
        for name in key.referred_columns
        if name in new and not columns[name].always and new[name] != old.get(name)
    }
    if values and graph.by_ref.keys() >= set(spare.parents) - {spare.ref}:
        action = Action(kind=ActionKind.UPDATE_ROW, ref=draft.ref, values=values)
        operation = Operation(kind=OperationKind.CHANGE, action=action)
        yield Case(graph=graph, operation=operation, subject=key.id)
