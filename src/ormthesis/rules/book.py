"""All rules of a schema that are written in SQL, compiled once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from ormthesis.rules.rule import Rule, compile_rule
from ormthesis.rules.sample import Sample
from ormthesis.schema.constraints import Check, Unique
from ormthesis.schema.model import Schema, Table


@dataclass(frozen=True, kw_only=True)
class RuleBook:
    """`checks` by constraint id, `predicates` (of partial unique indexes) by constraint id.

    Not slotted: what cannot be read is looked up once.
    """

    checks: Mapping[str, Rule]
    predicates: Mapping[str, Rule]

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
        return {key: rule.opaque for key, rule in rules.items() if rule.opaque is not None}


def compile_rules(schema: Schema) -> RuleBook:
    checks: dict[str, Rule] = {}
    predicates: dict[str, Rule] = {}
    for table in schema.tables:
        checks.update(_checks(table))
        predicates.update(_predicates(table))
    return RuleBook(checks=checks, predicates=predicates)


def _checks(table: Table) -> dict[str, Rule]:
    return {rule.id: compile_rule(rule.sql, table.types) for rule in table.constraints_of(Check)}


def _predicates(table: Table) -> dict[str, Rule]:
    return {
        rule.id: compile_rule(rule.where, table.types)
        for rule in table.constraints_of(Unique)
        if rule.where is not None
    }
