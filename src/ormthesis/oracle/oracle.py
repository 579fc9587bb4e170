"""The oracle: from a schema and a case to the predicted outcome, with no database."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ormthesis.core.errors import InternalError
from ormthesis.generation.case import Case, OperationKind
from ormthesis.generation.graph import (
    EntityGraph,
    EntityRef,
    KeySource,
    Row,
    resolve,
    together,
    up_to,
)
from ormthesis.generation.numbered import numbering
from ormthesis.generation.objects import Classes, Objects
from ormthesis.oracle.coercion import coerce
from ormthesis.oracle.defaults import default_value, has_default
from ormthesis.oracle.links import related_pairs
from ormthesis.oracle.operations import Operations
from ormthesis.oracle.outcome import Accepted, Prediction, Refusal, State, Unspecified
from ormthesis.oracle.raising import Objections
from ormthesis.oracle.unit_of_work import renewed
from ormthesis.oracle.violations import Violations
from ormthesis.rules.book import RuleBook
from ormthesis.rules.rule import Rule
from ormthesis.schema.constraints import Check, ForeignKey
from ormthesis.schema.model import Column, Schema, Table

StoredRows = dict[str, dict[EntityRef, dict[str, Any]]]
"""Table to rows, in the order in which they are written."""


# One graph is drawn while another is judged; predictions about both are asked for several times.
_REMEMBERED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Memo:
    """What was found out about a graph while cases about it come in."""

    graph: EntityGraph
    prefixes: dict[EntityRef, StoredRows] = field(default_factory=dict)
    """The rows up to each mutated one."""
    predictions: dict[int, tuple[Case, Prediction]] = field(default_factory=dict)
    """By the identity of the case, which is kept alive."""


class Oracle:
    """Predicts outcomes from the declarations alone.

    `keys` names the rows of a graph: where they were numbered by the database, the numbers it
    gave; they tell rows apart and carry no other information.
    """

    def __init__(self, schema: Schema, book: RuleBook) -> None:
        self.schema = schema
        self.violations = Violations(schema=schema, book=book)
        self._memos: deque[_Memo] = deque(maxlen=_REMEMBERED)
        self.classes = Classes(schema)
        self._operations = Operations(
            schema=schema, violations=self.violations, classes=self.classes
        )

    def predict(self, case: Case, keys: KeySource) -> Prediction:
        match case.operation.kind:
            case OperationKind.INSERT_ROWS if case.mutation is not None:
                memo = self._memo(case.graph)
                if id(case) not in memo.predictions:
                    memo.predictions[id(case)] = case, self._predict_mutation(case, memo, keys)
                return memo.predictions[id(case)][1]
            case OperationKind.INSERT_ROWS:
                return self._predict_insert(case.graph, keys, through_orm=False)
            case OperationKind.INSERT_OBJECTS:
                model = case.operation.model
                return self._predict_insert(case.graph, keys, through_orm=True, model=model)
            case OperationKind.VALIDATE:
                raise InternalError("what a validator does is predicted by its invariant")
            case _:
                return self._predict_later(case, keys)

    def stored(
        self, graph: EntityGraph, keys: KeySource, *, through_orm: bool, model: str | None = None
    ) -> StoredRows:
        """The graph as rows of stored values, defaults filled in."""
        objects = self.classes.objects(graph, model) if through_orm else None
        rows: StoredRows = {}
        for ref, row in resolve(self.schema, graph, keys).items():
            table = self.schema.by_key[graph.by_ref[ref].table]
            given = row if objects is None else self._given(objects, ref, table, row)
            full = rows.setdefault(table.key, {})[ref] = _stored(
                table, given, through_orm=through_orm
            )
            if objects is not None:
                self._count_version(objects, ref, table, full)
        self._follow_defaults(graph, rows)
        return rows

    def _count_version(
        self, objects: Objects, ref: EntityRef, table: Table, row: dict[str, Any]
    ) -> None:
        """Whatever was drawn, the ORM starts to count anew."""
        model = objects.models.get(objects.owner.get(ref, ref))
        version = model.version if model is not None else None
        if version is not None and version.table == table.key:
            known = version.first is not None
            row[version.column] = version.first if known else Unspecified.NOT_NULL

    def _follow_defaults(self, graph: EntityGraph, rows: StoredRows) -> None:
        """References to a key that is left to its default hold what that gives."""
        for draft in graph.drafts:
            for key_id, parent in draft.references.items():
                if parent is None:
                    continue
                key = self.schema.foreign_key(key_id)
                row, found = rows[key.table][draft.ref], rows[key.referred_table][parent]
                for name, referred in zip(key.columns, key.referred_columns, strict=True):
                    if row.get(name) is None:
                        row[name] = found.get(referred)

    def _given(self, objects: Objects, ref: EntityRef, table: Table, row: Row) -> Row:
        """What the ORM writes of a row: the columns that the object's class maps.

        A column that must have a value and gets none stays: that no object can be written then is
        for the database to show.
        """
        model = objects.models.get(objects.owner.get(ref, ref))
        part = model.part(table.key) if model is not None else None
        mapped = table.foreign_key_columns if part is None else part.attributes.keys()
        return {
            name: value
            for name, value in row.items()
            if name in mapped
            or table.by_name[name].surrogate
            or _must_be_given(table.by_name[name])
        }

    def links(
        self, graph: EntityGraph, model: str | None = None
    ) -> Mapping[str, frozenset[tuple[EntityRef, EntityRef]]]:
        """The pairs of objects that every relationship relates, from its own side."""
        objects = self.classes.objects(graph, model)
        return {
            relationship.id: frozenset(related_pairs(self.schema, graph, objects, relationship))
            for declared in self.schema.models
            for relationship in declared.relationships
        }

    def _predict_insert(
        self,
        graph: EntityGraph,
        keys: KeySource,
        *,
        through_orm: bool,
        model: str | None = None,
    ) -> Prediction:
        rows = self.stored(graph, keys, through_orm=through_orm, model=model)
        objections = Objections()
        for key, found in rows.items():
            for ref, row in found.items():
                objections |= self.violations.objections(self.schema.by_key[key], ref, row, rows)
        if objections:
            rules = objections.rules | self._undecided(rows)
            return Refusal(rules=rules, errors=objections.errors)
        if through_orm:
            self._touch(graph, rows, self.classes.objects(graph, model))
        links = self.links(graph, model) if through_orm else {}
        unless = self._undecided(rows) | self._broken_meanwhile(graph, through_orm=through_orm)
        if through_orm:
            unless |= self._numbered(rows)
        state = State(rows=self._coerced(rows), links=links)
        return Accepted(state=state, unless=unless, errors=objections.errors)

    def _touch(self, graph: EntityGraph, rows: StoredRows, objects: Objects) -> None:
        """Objects get references to later ones, to themselves and by `post_update` by an UPDATE:
        what that supplies is left open."""
        posted = {
            each.foreign_key
            for declared in self.schema.models
            for each in declared.relationships
            if each.post_update
        }
        for draft in graph.drafts:
            if any(
                parent is not None
                and (key in posted or parent == draft.ref or graph.is_late(draft, parent))
                for key, parent in draft.references.items()
            ):
                owner = objects.owner.get(draft.ref, draft.ref)
                parts = objects.rows.get(owner, {draft.table: draft})
                for table, name in renewed(self.schema, objects.models.get(owner), draft.table):
                    rows[table][parts[table].ref][name] = Unspecified.ANY

    def _undecided(self, rows: StoredRows) -> frozenset[str]:
        return frozenset(
            rule
            for table_key, found in rows.items()
            for row in found.values()
            for rule in self.violations.undecided(self.schema.by_key[table_key], row)
        )

    def _numbered(self, rows: StoredRows) -> frozenset[str]:
        """CHECKs that read the numbers of objects: the database gives them, and where it refuses
        the object nobody knows which they were."""
        checks = self.violations.book.checks
        return frozenset(
            rule.id
            for table in map(self.schema.by_key.__getitem__, rows)
            for rule in table.constraints_of(Check)
            if not set(checks[rule.id].columns).isdisjoint(self._numbers(table, checks[rule.id]))
        )

    def _numbers(self, table: Table, rule: Rule) -> Iterable[str]:
        """The columns of numbers on which the rule can depend."""
        if rule.sample is not None:
            return numbering(self.schema, table)
        return [column.name for column in table.columns if column.surrogate]

    def _broken_meanwhile(self, graph: EntityGraph, *, through_orm: bool) -> frozenset[str]:
        """Rules that read a reference which is NULL until the later row is written.

        Such rows cannot be written without breaking the rule for a moment. Objects are given
        references to themselves after the first flush, too.
        """
        return frozenset(
            rule.id
            for draft in graph.drafts
            for key, parent in draft.references.items()
            if parent is not None
            and (graph.is_late(draft, parent) or (through_orm and parent == draft.ref))
            for rule in self.schema.by_key[draft.table].constraints
            if not isinstance(rule, ForeignKey)
            and set(rule.columns) & set(self.schema.foreign_key(key).columns)
        )

    def _predict_mutation(self, case: Case, memo: _Memo, keys: KeySource) -> Prediction:
        """Only the mutated row is judged, among the rows written before it, and only by the rules
        that read what was changed: the rest of the row is part of the unbroken graph."""
        mutation = case.mutation
        assert mutation is not None
        table = self.schema.by_key[case.graph.by_ref[mutation.ref].table]
        rows = self._written_before(memo, mutation.ref, keys)
        changes = {
            change.column: table.by_name[change.column].type.stored(change.new)
            for change in mutation.changes
        }
        row = {**rows[table.key][mutation.ref], **changes}
        found = self.violations.objections(table, mutation.ref, row, rows, frozenset(changes))
        found |= self._left_behind(case.graph, mutation.ref, row, rows)
        undecided = frozenset(self.violations.undecided(table, row))
        if found:
            # A rule that nobody can decide may fire first: of a computed column, say.
            return Refusal(rules=found.rules | undecided, errors=found.errors)
        written = {name: coerce(table.by_name[name].type, row[name]) for name in changes}
        state = State(rows={mutation.ref: written})
        return Accepted(state=state, unless=undecided, errors=found.errors)

    def _left_behind(
        self, graph: EntityGraph, ref: EntityRef, row: Row, rows: StoredRows
    ) -> Objections:
        """References to the row as it was, of those that are written in one statement with it."""
        broken: set[str] = set()
        for other in together(self.schema, graph, ref):
            draft = graph.by_ref[other]
            for key in self.schema.by_key[draft.table].foreign_keys:
                if other != ref and draft.references.get(key.id) == ref:
                    mine = rows[draft.table][other]
                    pairs = zip(key.columns, key.referred_columns, strict=True)
                    if any(mine.get(name) != row.get(there) for name, there in pairs):
                        broken.add(key.id)
        return Objections(rules=frozenset(broken))

    def _written_before(self, memo: _Memo, ref: EntityRef, keys: KeySource) -> StoredRows:
        """The rows up to one."""
        if ref not in memo.prefixes:
            earlier = up_to(self.schema, memo.graph, ref)
            memo.prefixes[ref] = self.stored(earlier, keys, through_orm=False)
        return memo.prefixes[ref]

    def _memo(self, graph: EntityGraph) -> _Memo:
        for memo in self._memos:
            if memo.graph is graph:
                return memo
        self._memos.appendleft(_Memo(graph=graph))
        return self._memos[0]

    def _predict_later(self, case: Case, keys: KeySource) -> Prediction:
        rows = self.stored(case.graph, keys, through_orm=False)
        return self._operations.predict(case, self._coerced_by_table(rows))

    def _coerced_by_table(self, rows: StoredRows) -> StoredRows:
        return {
            key: {
                ref: {
                    name: coerce(self.schema.by_key[key].by_name[name].type, value)
                    for name, value in row.items()
                }
                for ref, row in found.items()
            }
            for key, found in rows.items()
        }

    def _coerced(self, rows: StoredRows) -> dict[EntityRef, dict[str, Any]]:
        return {
            ref: row
            for found in self._coerced_by_table(rows).values()
            for ref, row in found.items()
        }


def _stored(table: Table, row: Row, *, through_orm: bool) -> dict[str, Any]:
    full: dict[str, Any] = {}
    for column in table.columns:
        value = row.get(column.name)
        # The ORM leaves out None where the column has a default.
        given = value is not None or column.name in table.foreign_key_columns
        left_out = column.name not in row or (through_orm and not given)
        if left_out and has_default(column, through_orm=through_orm):
            full[column.name] = default_value(column, through_orm=through_orm)
        elif column.computed:
            full[column.name] = Unspecified.ANY if column.nullable else Unspecified.NOT_NULL
        else:
            stored = column.type.flushed if through_orm else column.type.stored
            full[column.name] = stored(value)
    return full


def _must_be_given(column: Column) -> bool:
    return not column.nullable and not has_default(column, through_orm=True)
