"""What the server makes of a rule that cannot be read: its expression, evaluated for some rows.

Only the declared expression is asked for, over a list of VALUES; no table and no constraint takes
part, so that a constraint that the database lacks is noticed like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ormthesis.generation.guesses import can_be_guessed, guessed_rows
from ormthesis.generation.numbered import numbers
from ormthesis.persistence.literal_values import DIALECT, DriverRefused
from ormthesis.persistence.literals import Literals
from ormthesis.rules.sample import Sample, sampled
from ormthesis.schema.constraints import Check

if TYPE_CHECKING:
    from ormthesis.generation.fill import GraphStrategies
    from ormthesis.rules.book import RuleBook
    from ormthesis.rules.rule import Rule
    from ormthesis.schema.model import Table
    from ormthesis.schema.models import Models

PythonRow = Mapping[str, Any]

_SESSION = "SET LOCAL TimeZone = 'UTC'; SET LOCAL statement_timeout = '{}'"
_AS_COLUMNS = "({values}) AS {name} ({columns})"
# A row of the table's own type, which functions of that type take; no row of the table itself.
_AS_ROWS = (
    "(SELECT ormthesis_row, to_jsonb(found) AS ormthesis_values "
    "FROM ({values}) AS found ({columns})) AS ormthesis_rows "
    "CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, ormthesis_values) AS {name}"
)
# An expression can take for ever on some values; those are left out like those that raise.
_PATIENCE, _PATIENCE_FOR_ONE = "5s", "100ms"


def sample_checks(
    connection: sa.Connection, models: Models, strategies: GraphStrategies
) -> RuleBook:
    """The strategies' rules, opaque CHECKs with a sample where the server evaluates them."""
    schema, book = strategies.schema, strategies.book
    found: dict[str, Rule] = {}
    for table in schema.tables:
        rules = {c.id: book.checks[c.id] for c in table.constraints_of(Check)}
        asked = {k: r for k, r in rules.items() if r.opaque and can_be_guessed(schema, table, r)}
        if asked:
            rows = guessed_rows(
                strategies.plan(table.key), list(asked.values()), numbers(schema, table)
            )
            questions = _Questions(connection, models, table, rows)
            found.update({key: questions.sampled(rule) for key, rule in asked.items()})
    return replace(book, checks={**book.checks, **found}) if found else book


class _Questions:
    """The candidate rows of one table, ready to be sent."""

    def __init__(
        self, connection: sa.Connection, models: Models, table: Table, rows: Sequence[PythonRow]
    ) -> None:
        self._connection = connection
        self._table = table
        self._source = models.tables[table.key]
        self._literals = Literals(models)
        self._rows = [(row, text) for row in rows if (text := self._text(row)) is not None]

    def sampled(self, rule: Rule) -> Rule:
        """The rule as it was where the server cannot evaluate it for any row."""
        answers = list(self._answers(rule))
        known = [(self._stored(row), value) for row, value in answers if not isinstance(value, str)]
        if not known:
            return rule
        rows, values = zip(*known, strict=True)
        failed = len(answers) - len(known)
        return sampled(rule, Sample(rows=rows, values=values, failed=failed))

    def _answers(self, rule: Rule) -> Iterator[tuple[PythonRow, bool | str | None]]:
        """Each row with the expression's value, or the sqlstate of the error in its place."""
        try:
            values: Sequence[bool | str | None] = self._ask(rule, [text for _, text in self._rows])
        except sa.exc.DBAPIError:  # of some row: ask one by one
            values = [self._one(rule, text) for _, text in self._rows]
        return zip((row for row, _ in self._rows), values, strict=True)

    def _one(self, rule: Rule, text: str) -> bool | str | None:
        try:
            (value,) = self._ask(rule, [text])
        except sa.exc.DBAPIError as error:
            return str(getattr(error.orig, "sqlstate", None) or "error")
        return value

    def _ask(self, rule: Rule, texts: Sequence[str]) -> Sequence[bool | None]:
        names = ", ".join(self._literals.columns[self._table.key][n] for n in self._names)
        values = ", ".join(f"({number}, {text})" for number, text in enumerate(texts, start=1))
        typed = ", ".join(f"CAST(NULL AS {self._type(name)})" for name in self._names)
        source = _AS_ROWS if rule.whole else _AS_COLUMNS
        found = source.format(
            values=f"VALUES (0, {typed}), {values}",
            columns=f"ormthesis_row, {names}",
            name=DIALECT.identifier_preparer.quote(self._table.name),
            table=DIALECT.identifier_preparer.format_table(self._source),
        )
        statement = (
            f"SELECT ({rule.sql}) FROM {found} WHERE ormthesis_row > 0 ORDER BY ormthesis_row"
        )
        patience = _PATIENCE if len(texts) > 1 else _PATIENCE_FOR_ONE
        with self._connection.begin_nested():
            self._connection.exec_driver_sql(_SESSION.format(patience))
            answers = self._connection.exec_driver_sql(statement.replace("%", "%%"))
            return [value for (value,) in answers]

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(self._rows[0][0]) if self._rows else ()

    def _type(self, name: str) -> str:
        column = next(c for c in self._source.columns if c.name == name)
        return column.type.compile(dialect=DIALECT)

    def _text(self, row: PythonRow) -> str | None:
        with suppress(DriverRefused):
            return ", ".join(self._literals.texts(self._table.key, row).values())
        return None

    def _stored(self, row: PythonRow) -> dict[str, Any]:
        return {name: self._table.by_name[name].type.stored(value) for name, value in row.items()}
