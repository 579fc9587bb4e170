"""The body of a script that writes through mapped classes, as a user's code would."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ormthesis.generation.case import OperationKind
from ormthesis.oracle.judge import Verdict
from ormthesis.oracle.outcome import Unspecified
from ormthesis.reporting.reproduction.layout import arguments, quoted
from ormthesis.reporting.reproduction.script_rows import JUDGE
from ormthesis.schema.model import Direction
from ormthesis.schema.types import TypeKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.engine.reproductions import Reproduction
    from ormthesis.generation.graph import EntityDraft, EntityRef
    from ormthesis.oracle.judge import Difference
    from ormthesis.reporting.reproduction.python_text import PythonText
    from ormthesis.schema.model import Model, Table
    from ormthesis.schema.models import Models


class ObjectBody:
    """Keys are the database's, so predictions name objects instead of numbers.

    Parents are given through relationships; where a key has none, they are flushed first and
    their keys copied, since the unit of work orders inserts by relationships alone.
    """

    def __init__(self, found: Reproduction, models: Models, python: PythonText) -> None:
        self.uses: set[str] = {"orm"}
        self._found = found
        self._models = models
        self._schema = models.schema
        self._python = python
        self._graph = found.case.graph
        self._to_parent = {
            relationship.foreign_key: relationship
            for model in models.schema.models
            for relationship in model.relationships
            if relationship.direction is Direction.MANY_TO_ONE and not relationship.viewonly
        }

    def prepare(self) -> Iterator[str]:
        yield from ()

    def operate(self) -> Iterator[str]:
        if self._found.case.operation.kind is OperationKind.VALIDATE:
            yield from self._validate()
            return
        yield "with orm.Session(connection) as session:"
        yield from (f"    {line}" for line in self._session_lines())

    def _session_lines(self) -> Iterator[str]:
        waiting: set[EntityRef] = set()
        for draft in self._graph.drafts:
            if waiting.intersection(self._copied_parents(draft)):
                yield "session.flush()"
                waiting.clear()
            yield from self._build(draft)
            yield f"session.add({variable(draft.ref)})"
            waiting.add(draft.ref)
        yield "session.flush()"
        late = [line for draft in self._graph.drafts for line in self._late(draft)]
        if late:
            yield from (*late, "session.flush()")
        yield JUDGE
        if self._found.verdict is not Verdict.WRONG_STATE:
            yield "return []"
            return
        yield "found = []"
        yield from self._checks()
        yield "return found"

    def _copied_parents(self, draft: EntityDraft) -> Iterator[EntityRef]:
        for key, parent in draft.references.items():
            if parent is not None and key not in self._to_parent:
                yield parent

    def _build(self, draft: EntityDraft) -> Iterator[str]:
        values = {**self._plain(draft), **self._early(draft)}
        pairs = [f"{name}={text}" for name, text in values.items()]
        yield from arguments(f"{variable(draft.ref)} = {self._class(draft.table)}(", pairs)

    def _plain(self, draft: EntityDraft) -> dict[str, str]:
        table, model = self._schema.by_key[draft.table], self._schema.models_by_table[draft.table]
        return {
            model.attributes[name]: self._python.value(value, table.by_name[name].type)
            for name, value in draft.values.items()
            # None would be written as JSON null; a value left out is SQL NULL.
            if value is not None or table.by_name[name].type.kind is not TypeKind.JSON
        }

    def _early(self, draft: EntityDraft) -> dict[str, str]:
        """References to objects that exist already."""
        position = self._graph.position
        found: dict[str, str] = {}
        for key, parent in draft.references.items():
            if parent is not None and position[parent] < position[draft.ref]:
                found.update(self._reference(draft, key, parent))
        return found

    def _late(self, draft: EntityDraft) -> Iterator[str]:
        position = self._graph.position
        for key, parent in draft.references.items():
            if parent is not None and position[parent] >= position[draft.ref]:
                for name, text in self._reference(draft, key, parent).items():
                    yield f"{variable(draft.ref)}.{name} = {text}"

    def _reference(self, draft: EntityDraft, key: str, parent: EntityRef) -> dict[str, str]:
        """Attribute to expression: the parent itself, or its key where no relationship leads."""
        relationship = self._to_parent.get(key)
        if relationship is not None:
            return {relationship.name: variable(parent)}
        foreign_key = self._schema.foreign_key(key)
        model = self._schema.models_by_table[draft.table]
        return {
            model.attributes[name]: f"{variable(parent)}.{self._attribute(parent, referred)}"
            for name, referred in zip(
                foreign_key.columns, foreign_key.referred_columns, strict=True
            )
        }

    def _attribute(self, ref: EntityRef, column: str) -> str:
        return self._schema.models_by_table[self._graph.by_ref[ref].table].attributes[column]

    def _class(self, table: str) -> str:
        mapper = self._models.mappers[self._schema.models_by_table[table].name]
        return self._python.mapped_class(mapper.class_)

    def _checks(self) -> Iterator[str]:
        """First what the session holds, then what it loads anew, then what another one sees."""
        of_view: dict[str, list[Difference]] = {}
        for item in self._found.differences:
            of_view.setdefault(item.view, []).append(item)
        for view in ("session", "database"):
            for item in of_view.get(view, []):
                if item.ref is not None:
                    yield from self._column_check(item, item.ref)
        links = [item for item in of_view.get("session", []) if item.ref is None]
        if links:
            yield "session.expire_all()"
            for item in links:
                yield from self._link_checks(item)
        if reload := of_view.get("reload", []):
            yield 'with orm.Session(connection, join_transaction_mode="create_savepoint") as fresh:'
            for item in reload:
                checks = self._column_check(item, item.ref) if item.ref else self._link_checks(item)
                yield from (f"    {line}" for line in checks)

    def _column_check(self, item: Difference, ref: EntityRef) -> Iterator[str]:
        if ref not in self._graph.by_ref or item.expected is Unspecified.ANY:
            return
        view = "" if item.view == "database" else f" in the {item.view}"
        table = self._schema.by_key[self._graph.by_ref[ref].table]
        if item.column is None:
            if item.actual is None:
                yield f"if not {self._read(item, ref, table, table.columns[0].name)}:"
                yield f"    found.append({quoted(f'{ref}{view} is gone')})"
            return
        what, read = f"{ref}.{item.column}{view}", self._read(item, ref, table, item.column)
        if item.expected is Unspecified.NOT_NULL:
            yield f"if {read} == [None]:"
            yield f"    found.append({quoted(what + ' is NULL')})"
            return
        self.uses.add("compare")
        expected = self._expected(item, ref, table)
        yield from arguments("compare(", ["found", quoted(what), read, expected])

    def _read(self, item: Difference, ref: EntityRef, table: Table, column: str) -> str:
        """An expression for [value], or [] when the row is gone."""
        attribute = self._schema.models_by_table[table.key].attributes.get(column, column)
        if item.view == "session":
            return f"[{variable(ref)}.{attribute}]"
        if item.view == "reload":
            self.uses.add("again")
            return f"[row.{attribute} for row in again(fresh, {variable(ref)})]"
        self.uses.add("stored")
        columns = {found.name: found.key for found in self._models.tables[table.key].columns}
        key = ", ".join(
            f"{quoted(columns[name])}: {variable(ref)}.{self._attribute(ref, name)}"
            for name in table.primary_key
        )
        return f"stored(connection, {quoted(table.key)}, {{{key}}}, {quoted(columns[column])})"

    def _expected(self, item: Difference, ref: EntityRef, table: Table) -> str:
        """Numbers that the database gave are named by the object that has them."""
        assert item.column is not None
        draft = self._graph.by_ref[ref]
        for key in table.foreign_keys:
            parent = draft.references.get(key.id)
            if item.column in key.columns and parent is not None and item.expected is not None:
                referred = key.referred_columns[key.columns.index(item.column)]
                return f"{variable(parent)}.{self._attribute(parent, referred)}"
        column = table.by_name[item.column]
        if column.surrogate:
            return f"{variable(ref)}.{self._attribute(ref, column.name)}"
        return self._python.value(item.expected, column.type)

    def _link_checks(self, item: Difference) -> Iterator[str]:
        """A relationship that lacks pairs, or has pairs too many."""
        if item.column is None:
            return
        self.uses.add("related")
        name = item.column.rpartition(".")[2]
        for pairs, wanted in ((item.expected, True), (item.actual, False)):
            for one, other in pairs:
                if one in self._graph.by_ref and other in self._graph.by_ref:
                    yield from self._link_check(item, name, (one, other), wanted=wanted)

    def _link_check(
        self, item: Difference, name: str, pair: tuple[EntityRef, EntityRef], *, wanted: bool
    ) -> Iterator[str]:
        one, other = pair
        seen = f"again(fresh, {variable(one)})", f"again(fresh, {variable(other)})"
        if item.view == "reload":
            self.uses.add("again")
        else:
            seen = f"[{variable(one)}]", f"[{variable(other)}]"
        verb = "does not lead" if wanted else "leads"
        text = f"{item.column} in the {item.view} {verb} from {one} to {other}"
        yield f"if {'not ' if wanted else ''}related({seen[0]}, {quoted(name)}, {seen[1]}):"
        yield f"    found.append({quoted(text)})"

    def _validate(self) -> Iterator[str]:
        """Only the model is asked."""
        mutation = self._found.case.mutation
        assert mutation is not None
        draft = self._graph.by_ref[mutation.ref]
        model: Model = self._schema.models_by_table[draft.table]
        table = self._schema.by_key[draft.table]
        name = variable(draft.ref)
        yield f"{name} = {self._class(draft.table)}()"
        for change in mutation.changes:
            new: Any = change.new
            text = self._python.value(new, table.by_name[change.column].type)
            yield f"{name}.{model.attributes[change.column]} = {text}"
        yield "return []"


def variable(ref: EntityRef) -> str:
    """`agent#0` as a name of Python."""
    return re.sub(r"\W", "_", f"{ref.entity}_{ref.index}")
