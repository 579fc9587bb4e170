"""All rules of a schema that are written in SQL, compiled once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from ormthesis.rules.computation import generated_values, uncertain_rules, without_generated
from ormthesis.rules.rule import Rule, compile_rule, compile_value, reads_whole_row
from ormthesis.rules.sample import Sample
from ormthesis.schema.constraints import Check, Exclusion, Unique
from ormthesis.schema.model import Computation, Schema, Table


@dataclass(frozen=True, kw_only=True)
class RuleBook:
    """`checks` by constraint id, `predicates` (of partial unique indexes) by constraint id.

    Not slotted: what cannot be read is looked up once.
    """

    checks: Mapping[str, Rule]
    predicates: Mapping[str, Rule]
    elements: Mapping[str, Mapping[str, Rule]] = field(default_factory=dict)
    """Expressions that are elements of unique indexes and exclusion constraints, by their SQL."""
    generated: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)
    """Of generated columns, by table: rules that are true or raise. Those that cannot are left out.
    """
    virtual: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)
    """The same of generated columns that may be computed only when they are read."""
    indexed: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)
    """The same of the expressions of indexes."""

    def evaluable(self, table: str, *, refused: bool = False) -> tuple[Rule, ...]:
        """What can be read of the expressions that are evaluated for every row and can raise; those
        of indexes not for a row that a CHECK refuses."""
        kinds = (self.virtual, self.generated, {} if refused else self.indexed)
        found = (rule for kind in kinds for rule in kind.get(table, ()))
        return tuple(rule for rule in found if rule.opaque is None)

    def samples(self, checks: Iterable[str]) -> Iterator[tuple[str, Sample]]:
        """Those of the checks that are opaque, with what the server made of some rows."""
        for key in checks:
            rule = self.checks.get(key)
            if rule is not None and rule.sample is not None:
                yield key, rule.sample

    @cached_property
    def uncertain(self) -> Mapping[str, Rule]:
        """Rules that have no value for some rows, by constraint id."""
        rules = {**self.checks, **self.predicates}
        return {key: rule for key, rule in rules.items() if rule.may_fail}

    @cached_property
    def opaque(self) -> Mapping[str, str]:
        """Constraint id to the reason why its SQL cannot be read."""
        rules = {**self.checks, **self.predicates}
        found = {key: rule.opaque for key, rule in rules.items() if rule.opaque is not None}
        return {**self.unread_keys, **found}

    @cached_property
    def unread_keys(self) -> Mapping[str, str]:
        """The same for unique indexes and exclusion constraints with an expression among them."""
        return {
            key: element.opaque
            for key, elements in self.elements.items()
            for element in elements.values()
            if element.opaque is not None
        }


def compile_rules(schema: Schema) -> RuleBook:
    checks: dict[str, Rule] = {}
    predicates: dict[str, Rule] = {}
    elements: dict[str, Mapping[str, Rule]] = {}
    for table in schema.tables:
        elements.update(_elements(table))
        checks.update(_checks(table))
        predicates.update(_predicates(table))
    return RuleBook(
        checks=checks,
        predicates=predicates,
        elements=elements,
        generated=_uncertain(schema, lambda each: each.type is not None and each.stored),
        virtual=_uncertain(schema, lambda each: not each.stored),
        indexed=_uncertain(schema, lambda each: each.type is None),
    )


def _uncertain(
    schema: Schema, wanted: Callable[[Computation], bool]
) -> dict[str, tuple[Rule, ...]]:
    """By table, rules about those of its computations that can raise."""
    rules = {
        table.key: tuple(uncertain_rules(filter(wanted, table.computations), table.types))
        for table in schema.tables
    }
    return {key: found for key, found in rules.items() if found}


def _checks(table: Table) -> dict[str, Rule]:
    values = generated_values(table.computations, table.types)
    rules = {
        rule.id: without_generated(compile_rule(rule.sql, table.types), values, table.types)
        for rule in table.constraints_of(Check)
    }
    return {key: _of_whole_row(rule, table) for key, rule in rules.items()}


def _of_whole_row(rule: Rule, table: Table) -> Rule:
    """An opaque rule reads every column where it names the table itself."""
    if table.name in table.types or not reads_whole_row(rule, table.name):
        return rule
    return replace(rule, columns=tuple(table.types), whole=table.key)


def _predicates(table: Table) -> dict[str, Rule]:
    return {
        rule.id: compile_rule(rule.where, table.types)
        for rule in _among_rows(table)
        if rule.where is not None
    }


def _among_rows(table: Table) -> Iterator[Unique | Exclusion]:
    yield from table.constraints_of(Unique)
    yield from table.constraints_of(Exclusion)


def _elements(table: Table) -> dict[str, Mapping[str, Rule]]:
    return {
        rule.id: {sql: compile_value(sql, table.types) for sql in rule.expressions}
        for rule in _among_rows(table)
        if rule.expressions
    }
