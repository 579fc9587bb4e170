"""What the models declare, in words: the first half of every failure's message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ormthesis.core.text import shorten
from ormthesis.invariants.user import UserFailure
from ormthesis.reporting.values import enumerate_words, show
from ormthesis.schema.constraints import (
    Check,
    Constraint,
    Enumeration,
    Exclusion,
    ForeignKey,
    Length,
    NotNull,
    PrimaryKey,
    Range,
    ReferentialAction,
    Unique,
)

if TYPE_CHECKING:
    from ormthesis.invariants.failure import Failure
    from ormthesis.schema.mapping import Relationship
    from ormthesis.schema.model import Schema


def declaration(failure: Failure, schema: Schema | None) -> str:
    """A sentence about what a failure is about."""
    if isinstance(failure, UserFailure):
        says = f": {failure.says.rstrip('.')}" if failure.says else ""
        return f"{failure.declared_in} declares {failure.invariant}{says}."
    return declared(failure.subject, schema)


def declared(subject: str, schema: Schema | None) -> str:
    """A sentence about what a failure is about, by its id or name."""
    if schema is None:
        return f"This is about {subject}."
    if subject in schema.constraints:
        return f"The models declare that {describe(schema.constraints[subject])}."
    if subject in schema.by_key:
        return _table(subject, schema)
    for model in schema.models:
        if model.name == subject:
            return f"The model {subject} declares table {model.table}."
        for relationship in model.relationships:
            if relationship.id == subject:
                return f"The models declare that {_relationship(relationship)}."
    return f"This is about {subject}."


def _table(key: str, schema: Schema) -> str:
    """The keys that refer to the table: they are what a delete of its rows sets off."""
    clauses = [f"that {describe(rule)}" for rule in schema.referring.get(key, ())]
    if not clauses:
        return f"The models declare table {key}, and no key that refers to it."
    return f"The models declare {enumerate_words(clauses)}."


def describe(rule: Constraint) -> str:
    """What a rule says, as a clause: `agents.name is NOT NULL`."""
    where = _columns(rule)
    match rule:
        case NotNull():
            return f"{where} is NOT NULL"
        case PrimaryKey():
            return f"{where} is the primary key"
        case Unique():
            return _unique(rule, where)
        case ForeignKey():
            return _foreign_key(rule, where)
        case Check():
            return f"rows of {rule.table} satisfy CHECK ({shorten(rule.sql, 200)})"
        case Exclusion():
            return f"rows of {rule.table} satisfy {shorten(rule.sql, 200)}"
        case Length():
            return f"{where} holds at most {rule.limit} characters"
        case Range():
            return f"{where} holds values from {show(rule.minimum)} to {show(rule.maximum)}"
        case Enumeration():
            return f"{where} holds only the labels {', '.join(rule.labels)}"
    return rule.id


def _columns(rule: Constraint) -> str:
    if len(rule.columns) == 1:
        return f"{rule.table}.{rule.columns[0]}"
    return f"{rule.table} ({', '.join(rule.columns)})"


def _unique(rule: Unique, where: str) -> str:
    if rule.expressions:
        where = f"{rule.table} ({', '.join(element.sql for element in rule.elements)})"
    condition = f" where {rule.where}" if rule.where else ""
    nulls = "" if rule.nulls_distinct else ", NULLs counting as equal"
    return f"{where} is unique{condition}{nulls}"


def _foreign_key(rule: ForeignKey, where: str) -> str:
    text = f"{where} references {rule.referred_table} ({', '.join(rule.referred_columns)})"
    for event, action in (("DELETE", rule.on_delete), ("UPDATE", rule.on_update)):
        if action is not ReferentialAction.NO_ACTION:
            text += f" ON {event} {action.value}"
    if rule.initially_deferred:
        text += " DEFERRABLE INITIALLY DEFERRED"
    return text


def _relationship(relationship: Relationship) -> str:
    direction = relationship.direction.value.replace("TO", " to ").replace("_", "").lower()
    text = f"{relationship.id} relates {relationship.model} to {relationship.target} ({direction})"
    if relationship.back_populates:
        text += f", back-populating {relationship.target}.{relationship.back_populates}"
    return text
