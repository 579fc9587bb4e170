"""Rows whose references break a CHECK once their values are known: given other parents, or none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ormthesis.core.equality import hashable
from ormthesis.generation.graph import (
    EntityDraft,
    EntityGraph,
    Resolver,
    Row,
    graph_keys,
    without,
)
from ormthesis.generation.wiring import keys_of
from ormthesis.rules.book import RuleBook
from ormthesis.rules.rule import Rule
from ormthesis.schema.constraints import Check, ForeignKey
from ormthesis.schema.model import Schema, Table


@dataclass(frozen=True, slots=True)
class Mending:
    """A CHECK such as `parent <> path` compares a row's own values with its parents'."""

    schema: Schema
    book: RuleBook

    def mended(self, graph: EntityGraph) -> EntityGraph:
        """The graph without rows that break such a CHECK, as little changed as can be."""
        for ref in [draft.ref for draft in graph.drafts]:
            draft = graph.by_ref.get(ref)
            if draft is None or not (rules := self._rules(self.schema.by_key[draft.table])):
                continue
            if self._holds(graph, draft, rules):
                continue
            changed = (graph.replace(other) for other in self._others(graph, draft, rules))
            fitting = (g for g in changed if self._fits(g, g.by_ref[ref], rules))
            graph = next(fitting, None) or without(self.schema, graph, ref)
        return graph

    def _rules(self, table: Table) -> list[Rule]:
        found = [self.book.checks[rule.id] for rule in table.constraints_of(Check)]
        return [
            rule
            for rule in found
            if rule.opaque is None and not table.foreign_key_columns.isdisjoint(rule.columns)
        ]

    def _row(self, graph: EntityGraph, draft: EntityDraft) -> Row:
        """The row's stored values."""
        types = self.schema.by_key[draft.table].types
        row = Resolver(self.schema, graph.by_ref, graph_keys(self.schema)).row(draft)
        return {name: types[name].stored(value) for name, value in row.items()}

    def _holds(self, graph: EntityGraph, draft: EntityDraft, rules: list[Rule]) -> bool:
        row = self._row(graph, draft)
        return not any(rule.breaks(row) for rule in rules)

    def _others(
        self, graph: EntityGraph, draft: EntityDraft, rules: list[Rule]
    ) -> Iterator[EntityDraft]:
        """The row with another parent, or none, under one of the keys that the rules read."""
        table = self.schema.by_key[draft.table]
        read = {name for rule in rules for name in rule.columns}
        for key in table.foreign_keys:
            if read.isdisjoint(key.columns):
                continue
            for parent in graph.of_table(key.referred_table):
                if not graph.is_late(draft, parent.ref):
                    yield draft.with_reference(key.id, parent.ref)
            if not table.is_required(key):
                yield draft.with_reference(key.id, None)

    def _fits(self, graph: EntityGraph, draft: EntityDraft, rules: list[Rule]) -> bool:
        """Whether the changed row keeps the rules, and every key of its table."""
        table, row = self.schema.by_key[draft.table], self._row(graph, draft)
        if any(rule.breaks(row) for rule in rules):
            return False
        if not all(self._agrees(graph, draft, key, row) for key in table.foreign_keys):
            return False
        others = [self._row(graph, o) for o in graph.of_table(table.key) if o.ref != draft.ref]
        return not any(
            all(hashable(row.get(n)) == hashable(other.get(n)) for n in key.columns)
            for key in keys_of(table)
            for other in others
        )

    def _agrees(self, graph: EntityGraph, draft: EntityDraft, key: ForeignKey, row: Row) -> bool:
        """Whether the key's columns are those of its parent, or NULL where it has none."""
        values = [row.get(name) for name in key.columns]
        parent = draft.references.get(key.id)
        if parent is None:
            return None in values
        owner = self._row(graph, graph.by_ref[parent])
        return values == [owner.get(name) for name in key.referred_columns]
