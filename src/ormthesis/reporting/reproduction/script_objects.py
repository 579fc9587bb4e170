"""The body of a script that writes through mapped classes, as a user's code would."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from ormthesis.generation.case import OperationKind
from ormthesis.generation.object_steps import (
    Add,
    Copy,
    Flush,
    Make,
    ObjectSteps,
    Point,
    Relate,
    Step,
    Value,
)
from ormthesis.oracle.judge import Verdict
from ormthesis.oracle.outcome import Unspecified
from ormthesis.reporting.reproduction.layout import arguments, quoted
from ormthesis.reporting.reproduction.script_questions import Question
from ormthesis.reporting.reproduction.script_rows import JUDGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ormthesis.engine.reproductions import Reproduction
    from ormthesis.generation.graph import EntityRef
    from ormthesis.oracle.judge import Difference
    from ormthesis.reporting.reproduction.python_text import PythonText
    from ormthesis.schema.mapping import Model
    from ormthesis.schema.model import Table
    from ormthesis.schema.models import Models


class ObjectBody:
    """Keys are the database's, so predictions name objects instead of numbers."""

    def __init__(self, found: Reproduction, models: Models, python: PythonText) -> None:
        self.uses: set[str] = {"orm"}
        self._found = found
        self._models = models
        self._schema = models.schema
        self._python = python
        self._graph = found.case.graph
        self._steps = ObjectSteps(models.schema)
        self._objects = self._steps.classes.objects(self._graph, found.case.operation.model)

    def prepare(self) -> Iterator[str]:
        yield from ()

    def operate(self) -> Iterator[str]:
        if self._found.case.operation.kind is OperationKind.VALIDATE:
            yield from self._validate()
            return
        yield "with orm.Session(connection) as session:"
        yield from (f"    {line}" for line in self._session_lines())

    def _session_lines(self) -> Iterator[str]:
        way = self._found.case.operation
        steps = self._steps.steps(self._graph, self._objects, way.through, way.related)
        yield from self._written(list(steps))
        yield JUDGE
        if self._found.verdict is Verdict.BROKEN:
            yield from Question(self._found, self._models, self._python, self.uses).lines()
            return
        if self._found.verdict is not Verdict.WRONG_STATE:
            yield "return []"
            return
        yield "found = []"
        yield from self._checks()
        yield "return found"

    def _written(self, steps: list[Step]) -> Iterator[str]:
        """Each object in one call where its class has SQLAlchemy's own constructor."""
        made: set[EntityRef] = set()
        for index, step in enumerate(steps):
            match step:
                case Make():
                    ahead = takewhile(lambda each: not isinstance(each, Add), steps[index + 1 :])
                    early = dict(pair for each in ahead for pair in self._set(each))
                    yield from self._make(step, early)
                case Add():
                    made.add(step.ref)
                    yield f"session.add({variable(step.ref)})"
                case Flush():
                    yield "session.flush()"
                case Relate():
                    yield from self._relate(step)
                case Point() | Copy() if step.ref in made:
                    for name, text in self._set(step):
                        yield f"{variable(step.ref)}.{name} = {text}"

    def _set(self, step: Step) -> Iterator[tuple[str, str]]:
        """Attribute to expression: the parent itself, or its key where no relationship leads."""
        match step:
            case Point():
                yield step.relationship.name, variable(step.parent)
            case Copy():
                yield step.attribute, f"{variable(step.parent)}.{step.referred}"

    def _make(self, step: Make, early: Mapping[str, str]) -> Iterator[str]:
        name, mapped = variable(step.ref), self._class(step.model)
        mapper = self._models.mappers[step.model.name]
        plain = [value for value in step.values if not value.validated]
        values = {each.attribute: self._value(each) for each in plain}
        if mapper.class_manager.original_init is mapper.registry.constructor:
            pairs = [f"{key}={text}" for key, text in {**values, **early}.items()]
            yield from arguments(f"{name} = {mapped}(", pairs)
        else:
            self.uses.add("new")
            yield f"{name} = new({mapped})"
            yield from (f"{name}.{key} = {text}" for key, text in {**values, **early}.items())
        for value in step.values:
            if value.validated:
                text = self._python.value(value.value, value.column.type)
                parts = [name, quoted(value.attribute), text]
                yield from arguments("orm.attributes.set_committed_value(", parts)

    def _value(self, value: Value) -> str:
        return "sa.null()" if value.null else self._python.value(value.value, value.column.type)

    def _relate(self, step: Relate) -> Iterator[str]:
        one, other, name = variable(step.ref), variable(step.other), step.relationship.name
        if not step.relationship.uselist:
            yield f"{one}.{name} = {other}"
        elif step.relationship.lazy in ("dynamic", "write_only"):
            yield f"{one}.{name}.add({other})"
        else:
            yield f"orm.collections.collection_adapter({one}.{name}).append_with_event({other})"

    def _attribute(self, ref: EntityRef, column: str) -> str:
        model = self._objects.models[self._objects.owner[ref]]
        return model.attribute(self._graph.by_ref[ref].table, column) or column

    def _class(self, model: Model) -> str:
        return self._python.mapped_class(self._models.mappers[model.name].class_)

    def _variable(self, ref: EntityRef) -> str:
        return variable(self._objects.owner.get(ref, ref))

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
        name = self._variable(ref)
        if item.view in ("session", "reload"):
            if item.view == "session":
                return f"[{self._shown(name, ref, column)}]"
            self.uses.add("again")
            return f"[{self._shown('row', ref, column)} for row in again(fresh, {name})]"
        self.uses.add("stored")
        columns = {found.name: found.key for found in self._models.tables[table.key].columns}
        key = ", ".join(
            f"{quoted(columns[each])}: {self._key_value(ref, table, each)}"
            for each in table.primary_key
        )
        return f"stored(connection, {quoted(table.key)}, {{{key}}}, {quoted(columns[column])})"

    def _shown(self, instance: str, ref: EntityRef, column: str) -> str:
        """The attribute, or what a composite shows of it."""
        attribute = self._attribute(ref, column)
        for composite in self._objects.models[self._objects.owner[ref]].composites:
            if attribute in composite.attributes:
                self.uses.add("composed")
                return f"composed({instance}, {quoted(composite.name)}, {quoted(attribute)})"
        return f"{instance}.{attribute}"

    def _key_value(self, ref: EntityRef, table: Table, column: str) -> str:
        """The value of a row's column as the objects know it; a secondary row's as its parents."""
        if ref in self._objects.owner:
            return f"{self._variable(ref)}.{self._attribute(ref, column)}"
        for key in table.foreign_keys:
            parent = self._graph.by_ref[ref].references.get(key.id)
            if column in key.columns and parent is not None:
                referred = key.referred_columns[key.columns.index(column)]
                return f"{self._variable(parent)}.{self._attribute(parent, referred)}"
        return "None"

    def _expected(self, item: Difference, ref: EntityRef, table: Table) -> str:
        """Numbers that the database gave are named by the object that has them."""
        assert item.column is not None
        draft = self._graph.by_ref[ref]
        for key in table.foreign_keys:
            parent = draft.references.get(key.id)
            if item.column in key.columns and parent is not None and item.expected is not None:
                referred = key.referred_columns[key.columns.index(item.column)]
                return f"{self._variable(parent)}.{self._attribute(parent, referred)}"
        column = table.by_name[item.column]
        if column.surrogate:
            return f"{self._variable(ref)}.{self._attribute(ref, column.name)}"
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
        self.uses.add("new")
        yield f"{name} = new({self._class(model)})"
        for change in mutation.changes:
            new: Any = change.new
            text = self._python.value(new, table.by_name[change.column].type)
            yield f"{name}.{model.attributes[change.column]} = {text}"
        yield "return []"


def variable(ref: EntityRef) -> str:
    """`agent#0` as a name of Python."""
    return re.sub(r"\W", "_", f"{ref.entity}_{ref.index}")
