"""JSON columns with a declared JSON Schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ormthesis.config.settings import Mode
from ormthesis.generation.case import Case, MutationKind, Operation, OperationKind
from ormthesis.generation.documents import document_strategy
from ormthesis.generation.graph import KeySource
from ormthesis.generation.invalid_documents import invalid_documents
from ormthesis.invariants.base import Context, Drawing, Invariant, Subject
from ormthesis.invariants.failure import Failure
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

    The schema stands in the column's `info` under `json_schema`. PostgreSQL does not know it: only
    a `@validates` function of the model can refuse a document.
    """

    id = "json-schema"
    title = "JSON columns keep their JSON Schema"
    mode = Mode.ALL
    company = "rows"
    failure = JsonSchemaFailure

    def subjects(self, context: Context, table: Table) -> Iterable[Subject]:
        for column in table.columns:
            if column.json_schema is not None:
                yield Subject(id=subject_id(column))

    def cases(self, drawing: Drawing) -> Iterator[Case]:
        draft = drawing.pick()
        if draft is None:
            return
        row = drawing.rows[draft.ref]
        for column in drawing.table.columns:
            schema, subject = column.json_schema, subject_id(column)
            if schema is None or subject not in drawing.subjects:
                continue
            valid = {column.name: drawing.draw(document_strategy(schema))}
            yield drawing.mutation(draft, row, MutationKind.EDGE, subject, valid)
            if _is_validated(drawing.context, drawing.table, column):
                document, _ = drawing.draw(invalid_documents(schema))
                wrong = {column.name: document}
                case = drawing.mutation(draft, row, MutationKind.DOCUMENT, subject, wrong)
                yield replace(case, operation=VALIDATE)

    def predict(self, oracle: Oracle, case: Case, keys: KeySource) -> Prediction:
        if case.operation == VALIDATE:
            return Refusal(rules=frozenset({case.subject}))
        return oracle.predict(case, keys)


VALIDATE = Operation(kind=OperationKind.VALIDATE)


def subject_id(column: Column) -> str:
    return f"{column}.json_schema"


def _is_validated(context: Context, table: Table, column: Column) -> bool:
    model = context.model(table)
    return model is not None and model.attributes.get(column.name) in model.validated
