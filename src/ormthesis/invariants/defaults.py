"""Defaults: what is left out gets the declared value, in Python and in the database alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ormthesis.config.settings import Mode
from ormthesis.generation.case import INSERT_OBJECTS, INSERT_ROWS, Case, Operation
from ormthesis.generation.drawn import is_drawn
from ormthesis.generation.graph import EntityDraft, EntityGraph, graph_keys, needed_by
from ormthesis.generation.holdable import refuses_default
from ormthesis.invariants.attribution import only
from ormthesis.invariants.base import Context, Drawing, Judged, Subject
from ormthesis.invariants.failure import Failure
from ormthesis.invariants.objects import ObjectInvariant, refused_by_server
from ormthesis.oracle.defaults import has_default
from ormthesis.oracle.judge import Mismatch
from ormthesis.oracle.outcome import Outcome, Refusal, Rejected
from ormthesis.schema.model import Column, Table


@dataclass(frozen=True, kw_only=True)
class DefaultsFailure(Failure):
    invariant = "defaults"
    broken = "does not get its declared default"


class DefaultsInvariant(ObjectInvariant):
    """A column that is left out gets its declared default, and the session sees the stored value.

    Python defaults are tried through the ORM, server defaults by SQL that leaves the column out:
    other writers than the application depend on them.
    """

    id = "defaults"
    title = "Defaults are what the models declare"
    mode = Mode.POSITIVE
    failure = DefaultsFailure

    def subjects(self, context: Context, table: Table) -> Iterable[Subject]:
        bare = self.unmapped(context, table)
        model = context.model(table)
        if model is not None and model.abstract:
            bare = f"{model.name} has no objects of its own"
        for column in table.columns:
            if _has_any_default(table, column):
                only_python = column.server_default is None
                reason = bare
                if _is_discriminator(context, column):
                    reason = "the ORM sets the discriminator itself"
                yield Subject(id=str(column), reason=reason if only_python else "")

    def cases(self, drawing: Drawing) -> Iterator[Case]:
        draft = drawing.pick()
        if draft is None:
            return
        table = drawing.table
        # Among other rows one may have the default in a unique column already.
        alone = needed_by(drawing.graph, draft.ref)
        wanted = [column for column in table.columns if str(column) in drawing.subjects]
        by_orm = [column for column in wanted if not _is_discriminator(drawing.context, column)]
        by_server = [column for column in wanted if column.server_default is not None]
        for chosen, operation in (
            *((columns, INSERT_ROWS) for columns in _subsets(drawing, by_server)),
            *((columns, INSERT_OBJECTS) for columns in _subsets(drawing, by_orm)),
        ):
            if operation is INSERT_OBJECTS and self.unmapped(drawing.context, table):
                return
            left_out = alone.replace(_leave_out(draft, chosen))
            if _is_refused(drawing.context, left_out, operation):
                continue  # a row that it refers to has the default in a unique column
            for column in chosen:
                yield Case(graph=left_out, operation=operation, subject=str(column))

    def refine(self, context: Context, judged: Judged) -> Mismatch | None:
        column = judged.case.subject.rpartition(".")[2]
        if refused_by_server(judged) and not _is_about(context, judged.outcome, column):
            return None
        return only(judged.mismatch, lambda difference: difference.column == column)


def _is_refused(context: Context, graph: EntityGraph, operation: Operation) -> bool:
    case = Case(graph=graph, operation=operation)
    return isinstance(context.oracle.predict(case, graph_keys(context.schema)), Refusal)


def _is_discriminator(context: Context, column: Column) -> bool:
    return any(
        model.identity is not None
        and (model.identity.table, model.identity.column) == (column.table, column.name)
        for model in context.schema.models
    )


def _is_about(context: Context, outcome: Outcome, column: str) -> bool:
    """Whether the rule that refused reads the column that was left out."""
    if not isinstance(outcome, Rejected):
        return False
    rule = context.schema.constraints.get(outcome.rejection.rule or "")
    return outcome.rejection.column == column or (rule is not None and column in rule.columns)


def _has_any_default(table: Table, column: Column) -> bool:
    return is_drawn(table, column) and has_default(column, through_orm=True)


def _subsets(drawing: Drawing, columns: list[Column]) -> Iterator[list[Column]]:
    """All columns left out at once, and in the boundary phase each one alone; always alone one
    whose type refuses its default, since then nothing is written."""
    together = [column for column in columns if not refuses_default(column)]
    if together:
        yield together
    alone = columns if drawing.exhaustive and len(columns) > 1 else []
    yield from ([column] for column in columns if column in alone or refuses_default(column))


def _leave_out(draft: EntityDraft, columns: list[Column]) -> EntityDraft:
    names = {column.name for column in columns}
    kept = {name: value for name, value in draft.values.items() if name not in names}
    return replace(draft, values=kept)
