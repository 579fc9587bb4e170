"""What operations on rows that are there lead to: deletes and changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ormthesis.generation.actions import Action
from ormthesis.generation.case import Case
from ormthesis.generation.graph import EntityRef
from ormthesis.generation.objects import Classes
from ormthesis.oracle.coercion import coerce
from ormthesis.oracle.outcome import Prediction, StoredRow
from ormthesis.oracle.reference_database import ReferenceDatabase
from ormthesis.oracle.relationship_changes import RelationshipChanges
from ormthesis.oracle.unit_of_work import UnitOfWork
from ormthesis.oracle.violations import Violations
from ormthesis.schema.model import Schema

Rows = Mapping[str, Mapping[EntityRef, StoredRow]]
"""By table, as they are stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """Predicts them in a reference database."""

    schema: Schema
    violations: Violations
    classes: Classes

    def predict(self, case: Case, rows: Rows) -> Prediction:
        """The outcome of a delete or of a change."""
        database = ReferenceDatabase(self.schema, self.violations, rows)
        operation = case.operation
        if operation.action is not None:
            self._change(case, operation.action, database)
        elif operation.through_orm:
            self._delete_object(case, database)
        else:
            self._delete_row(case, database)
        return database.predict()

    def _delete_row(self, case: Case, database: ReferenceDatabase) -> None:
        ref = case.operation.ref
        assert ref is not None
        drafts = [case.graph.by_ref[ref]]
        if case.operation.whole:
            drafts = self.classes.rows_of(case.graph, ref)
        database.delete([(draft.table, draft.ref) for draft in drafts])

    def _delete_object(self, case: Case, database: ReferenceDatabase) -> None:
        ref = case.operation.ref
        assert ref is not None
        objects = self.classes.objects(case.graph, case.operation.model)
        unit = UnitOfWork(self.schema, database, objects, loaded=case.operation.loaded)
        unit.delete(objects.owner.get(ref, ref))
        unit.flush()

    def _change(self, case: Case, action: Action, database: ReferenceDatabase) -> None:
        if action.through_orm:
            objects = self.classes.objects(case.graph, case.operation.model)
            unit = UnitOfWork(self.schema, database, objects, loaded=True)
            RelationshipChanges(self.schema, unit).take(action)
            unit.flush()
            return
        table = self.schema.by_key[case.graph.by_ref[action.ref].table]
        types = table.types
        values: dict[str, Any] = {
            name: coerce(types[name], types[name].stored(value))
            for name, value in action.values.items()
        }
        database.update(table.key, action.ref, values)
