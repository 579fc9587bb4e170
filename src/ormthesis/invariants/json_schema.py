"""JSON columns with a declared JSON Schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ormthesis.config.settings import Mode
from ormthesis.generation.case import Case, MutationKind, Operation, OperationKind
from ormthesis.generation.documents import document_strategy
from ormthesis.generation.graph import EntityGraph, KeySource
from ormthesis.generation.invalid_documents import invalid_documents
from ormthesis.invariants.base import Context, Draw, Invariant, Subject
from ormthesis.invariants.failure import Failure
from ormthesis.invariants.mutate import mutation_case, pick_row, resolved
from ormthesis.oracle.oracle import Oracle
from ormthesis.oracle.outcome import Prediction, Refusal
from ormthesis.schema.model import Column, Table


@dataclass(frozen=True, kw_only=True)
class JsonSchemaFailure(Failure):
    invariant = "json-schema"
    broken = "does not keep its JSON Schema"


class JsonSchemaInvariant(Invariant):
    """Documents that a column's JSON Schema allows are stored unchanged; where the model validates
    the attribute, documents that the schema refuses are refused.

    The schema stands in the column's `info` under `json_schema`. PostgreSQL does not know it: only a
    `@validates` function of the model can refuse a document.
    """

    id = "json-schema"
    title = "JSON columns keep their JSON Schema"
    mode = Mode.ALL
    failure = JsonSchemaFailure

    def subjects(self, context: Context, table: Table) -> Iterable[Subject]:
        for column in table.columns:
            if column.json_schema is not None:
                yield Subject(id=subject_id(column))

    def cases(
        self,
        context: Context,
        table: Table,
        graph: EntityGraph,
        subjects: frozenset[str],
        draw: Draw,
    ) -> Iterator[Case]:
        draft = pick_row(graph, table, draw)
        if draft is None:
            return
        row = resolved(context, graph)[draft.ref]
        for column in table.columns:
            schema = column.json_schema
            if schema is None or subject_id(column) not in subjects:
                continue
            subject = subject_id(column)
            changes = {column.name: draw(document_strategy(schema))}
            yield mutation_case(graph, draft, MutationKind.EDGE, subject, row, changes)
            if _is_validated(context, table, column):
                document, _ = draw(invalid_documents(schema))
                wrong = {column.name: document}
                case = mutation_case(graph, draft, MutationKind.DOCUMENT, subject, row, wrong)
                yield Case(
                    graph=graph, operation=VALIDATE, mutation=case.mutation, subject=subject
                )

    def predict(self, oracle: Oracle, case: Case, keys: KeySource) -> Prediction:
        if case.operation is VALIDATE:
            return Refusal(rules=frozenset({case.subject}))
        return oracle.predict(case, keys)


VALIDATE = Operation(kind=OperationKind.VALIDATE)


def subject_id(column: Column) -> str:
    return f"{column}.json_schema"


def _is_validated(context: Context, table: Table, column: Column) -> bool:
    model = context.model(table)
    return model is not None and model.attributes.get(column.name) in model.validated
