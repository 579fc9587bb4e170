"""One CHECK or index predicate, ready to be evaluated on rows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ormthesis.rules.canonical import canonical
from ormthesis.rules.errors import EvaluationError, OpaqueRuleError, Unreadable
from ormthesis.rules.evaluate import Evaluate, Row, compile_node
from ormthesis.rules.parse import parse, structure
from ormthesis.rules.read import read, read_value
from ormthesis.rules.sample import Sample
from ormthesis.rules.tree import Node, column_names, may_fail

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlglot import exp

    from ormthesis.schema.types import DataType


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A boolean expression over the columns of one table.

    Rows map column names to *stored* values (an enum's label, an aware datetime for timestamptz);
    None and a missing column are NULL. The session's TimeZone is UTC.
    """

    sql: str
    columns: tuple[str, ...]
    """What it reads, in the order of the table; a superset where the rule is opaque."""
    opaque: str | None
    """Why it cannot be read; None where it can."""
    canonical: str
    """Equal for texts of one meaning, such as a model's and pg_get_constraintdef's."""
    tree: Node | None = field(default=None, compare=False, repr=False)
    sample: Sample | None = field(default=None, compare=False, repr=False)
    """For a rule that cannot be read, the rows that the server has evaluated it for."""
    whole: str | None = None
    """The table whose whole row an opaque rule reads."""
    _evaluate: Evaluate | None = field(default=None, compare=False, repr=False)

    def evaluate(self, row: Row) -> bool | None:
        """The value in three-valued logic.

        Raises:
            OpaqueRuleError: the rule cannot be read.
            EvaluationError: PostgreSQL raises an error for this row, or its answer is unknown.
        """
        if self._evaluate is None:
            raise OpaqueRuleError(
                f"the rule {self.sql!r} cannot be read: {self.opaque}",
                hint="Ask the database for its value, or rewrite the rule in a simpler form.",
            )
        value: bool | None = self._evaluate(row)
        return value

    @property
    def may_fail(self) -> bool:
        """Whether evaluating some row fails: the rule is opaque, or has parts that raise."""
        return self.tree is None or may_fail(self.tree)

    def decides(self, row: Row) -> bool:
        """Whether the value for this row is known, be it an error."""
        try:
            self.evaluate(row)
        except EvaluationError as error:
            return error.sqlstate is not None
        except OpaqueRuleError:
            return False
        return True

    def value(self, row: Row) -> object:
        """The value of an expression of any type. Raises as `evaluate`."""
        return self.evaluate(row)

    def holds(self, row: Row) -> bool:
        """Whether a CHECK passes for certain: true or NULL. False where evaluating fails."""
        try:
            return self.evaluate(row) is not False
        except EvaluationError:
            return False

    def breaks(self, row: Row) -> bool:
        """Whether a CHECK is violated for certain. False where evaluating fails."""
        try:
            return self.evaluate(row) is False
        except EvaluationError:
            return False

    def selects(self, row: Row) -> bool:
        """Whether a partial index's predicate takes the row. False where evaluating fails."""
        try:
            return self.evaluate(row) is True
        except EvaluationError:
            return False


def compile_rule(sql: str, types: Mapping[str, DataType]) -> Rule:
    """Read a CHECK or predicate as a model or pg_get_constraintdef writes it.

    `types` are all columns of the table, in its order. Never raises: what cannot be read gives a
    rule whose `opaque` says why.
    """
    return _compiled(sql, types, read)


def compile_value(sql: str, types: Mapping[str, DataType]) -> Rule:
    """The same for an expression of any type, such as an element of an index."""
    return _compiled(sql, types, read_value)


def _compiled(
    sql: str,
    types: Mapping[str, DataType],
    reader: Callable[[exp.Expression, Mapping[str, DataType]], Node],
) -> Rule:
    tree: exp.Expression | None = None
    try:
        tree = parse(sql)
        node = reader(tree, types)
    except Unreadable as reason:
        return unread(sql, types, str(reason), _plain_text(sql, tree))
    return rule_of(node, types, sql=sql)


def unread(
    sql: str, types: Mapping[str, DataType], reason: str, canonical: str | None = None
) -> Rule:
    """A rule that is opaque for this reason."""
    return Rule(sql=sql, columns=_mentioned(sql, types), opaque=reason, canonical=canonical or sql)


_NO_PREFIX = r"(?!\s*\(|\s*\.\s*[\w\"])"
"""No function's name, and not what stands before a column's; `name.*` is the whole row, too."""


def reads_whole_row(rule: Rule, table: str) -> bool:
    """Whether an opaque rule has the table's name where a column's would stand for the value."""
    quoted = '"' + re.escape(table.replace('"', '""')) + '"'
    bare = rf"(?<![\w.\"$]){re.escape(table)}(?![\w\"$]){_NO_PREFIX}"
    sql = re.sub(r"'(?:[^']|'')*'", "''", rule.sql)
    found = re.search(rf"{quoted}{_NO_PREFIX}", sql) or re.search(bare, sql, re.IGNORECASE)
    return rule.opaque is not None and found is not None


def rule_of(node: Node, order: Mapping[str, object] | tuple[str, ...], *, sql: str = "") -> Rule:
    """The rule of a tree that has been read; `order` is the table's columns."""
    names = column_names(node)
    text = canonical(node)
    return Rule(
        sql=sql or text,
        columns=tuple(name for name in order if name in names),
        opaque=None,
        canonical=text,
        tree=node,
        _evaluate=compile_node(node),
    )


def _mentioned(sql: str, types: Mapping[str, DataType]) -> tuple[str, ...]:
    """Columns whose names occur as words outside quoted strings; at worst too many."""
    words = set(re.findall(r'"((?:[^"]|"")+)"', sql)) | {
        word.lower() for word in re.findall(r"\w+", re.sub(r"'(?:[^']|'')*'", "", sql))
    }
    return tuple(name for name in types if name in words)


def _plain_text(sql: str, tree: exp.Expression | None) -> str:
    """For an opaque rule: its structure, or where it has none its words."""
    return " ".join(sql.split()) if tree is None else structure(tree)
