"""Which rows of a graph make up which objects: what a mapped class would see in the rows.

An object of a joined subclass has a row in its own table and one in each table of its base classes;
in single-table inheritance the discriminator tells the class.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ormthesis.generation.conditions import Condition
from ormthesis.generation.graph import EntityDraft, EntityGraph, EntityRef
from ormthesis.rules.rule import Rule, compile_rule
from ormthesis.schema.mapping import Identity, Model
from ormthesis.schema.model import Schema


@dataclass(slots=True)
class Objects:
    """A graph as objects. Each is known by the ref of its first row, the base class's."""

    owner: dict[EntityRef, EntityRef] = field(default_factory=dict)
    """Row to the object that it is a part of; rows of tables without a class are absent."""
    rows: dict[EntityRef, dict[str, EntityDraft]] = field(default_factory=dict)
    """Object to its rows, by table."""
    models: dict[EntityRef, Model] = field(default_factory=dict)
    """Object to its class; absent where no class has such rows."""

    @property
    def complete(self) -> bool:
        """Whether a class has such rows, for every object."""
        return self.models.keys() == self.rows.keys()

    def is_a(self, ref: EntityRef, model: str) -> bool:
        """Whether a row is part of an object of the class or a subclass."""
        found = self.models.get(self.owner.get(ref, ref))
        return found is not None and found.is_a(model)


class Classes:
    """The classes of a schema, by the rows that their objects have."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._by_tables: dict[frozenset[str], list[Model]] = {}
        for model in schema.models:
            if not model.abstract and not model.untestable:
                self._by_tables.setdefault(tables_of(model), []).append(model)
        self._predicates: dict[Identity, Rule] = {}
        self._conditions: dict[tuple[str, str], Condition] = {}
        self.plain = not schema.inheritance_keys and all(
            len(models) == 1 and models[0].identity is None and models[0].version is None
            for models in schema.models_of.values()
        )
        """No inheritance, one class at most for each table, no version counter: nothing is asked of
        rows beyond what the tables ask."""

    def over(self, tables: frozenset[str]) -> list[Model]:
        """The classes whose objects have rows in exactly these tables."""
        return self._by_tables.get(tables, [])

    def over_more(self, tables: frozenset[str]) -> list[Model]:
        """The classes whose objects have rows in these tables and in as few others as possible."""
        found = [names for names in self._by_tables if tables <= names]
        least = min(map(len, found), default=0)
        return [model for names in found if len(names) == least for model in self._by_tables[names]]

    def objects(self, graph: EntityGraph, prefer: str | None = None) -> Objects:
        """The graph's objects. Of several unrelated classes over a table, `prefer` is taken."""
        found = Objects()
        for draft in graph.drafts:
            if draft.table not in self.schema.models_of:
                continue
            key = self.schema.inheritance_keys.get(draft.table)
            parent = draft.references.get(key.id) if key is not None else None
            owner = draft.ref if parent is None else found.owner.get(parent, parent)
            found.owner[draft.ref] = owner
            found.rows.setdefault(owner, {})[draft.table] = draft
        for owner, rows in found.rows.items():
            model = self._class_of(rows, prefer)
            if model is not None:
                found.models[owner] = model
        return found

    def rows_of(self, graph: EntityGraph, ref: EntityRef) -> list[EntityDraft]:
        """All rows of the object that a row is part of, the base class's first."""
        found = self.objects(graph)
        rows = found.rows.get(found.owner.get(ref, ref))
        return list(rows.values()) if rows is not None else [graph.by_ref[ref]]

    def condition(self, model: Model, table: str) -> Condition:
        """What a row of one of the class's tables must be to belong to an object of the class."""
        if (model.name, table) not in self._conditions:
            self._conditions[model.name, table] = self._condition(model, table)
        return self._conditions[model.name, table]

    def _class_of(self, rows: Mapping[str, EntityDraft], prefer: str | None) -> Model | None:
        fitting = [model for model in self.over(frozenset(rows)) if self._identifies(model, rows)]
        preferred = [model for model in fitting if prefer is not None and model.is_a(prefer)]
        return next(iter(preferred or fitting), None)

    def _identifies(self, model: Model, rows: Mapping[str, EntityDraft]) -> bool:
        identity = model.identity
        if identity is None:
            return True
        table, draft = self.schema.by_key[identity.table], rows.get(identity.table)
        if draft is None:
            return False
        if identity.column is not None:
            stored = table.by_name[identity.column].type.stored
            return bool(stored(draft.values.get(identity.column)) == stored(identity.value))
        values = {
            name: table.by_name[name].type.stored(value) for name, value in draft.values.items()
        }
        return bool(self.predicate(identity).selects(values))

    def predicate(self, identity: Identity) -> Rule:
        if identity not in self._predicates:
            types = self.schema.by_key[identity.table].types
            self._predicates[identity] = compile_rule(identity.sql or "", types)
        return self._predicates[identity]

    def _condition(self, model: Model, table: str) -> Condition:
        declared, part = self.schema.by_key[table], model.part(table)
        others = {
            name
            for other in self.schema.models
            if (found := other.part(table)) is not None
            for name in found.attributes
        }
        own = part.attributes if part is not None else {}
        null = frozenset(
            column.name
            for column in declared.columns
            if column.nullable and column.name in others and column.name not in own
        )
        version = model.version
        counted = version is not None and version.table == table and version.first is not None
        equal = ((version.column, version.first),) if version is not None and counted else ()
        return Condition(null=null, equal=equal) & self._identity_condition(model, table)

    def _identity_condition(self, model: Model, table: str) -> Condition:
        identity = model.identity
        if identity is None or identity.table != table:
            return Condition()
        if identity.column is None:
            return Condition(selected=(identity.sql or "",))
        column = self.schema.by_key[table].by_name[identity.column]
        value: Any = column.type.stored(identity.value)
        return Condition(equal=((identity.column, value),))


def tables_of(model: Model) -> frozenset[str]:
    return frozenset(part.table for part in model.parts)
