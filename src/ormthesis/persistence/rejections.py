"""From an error of the server, the driver or the ORM to a `Rejection`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.pq import DiagnosticField
from psycopg.pq.abc import PGresult

from ormthesis.core.errors import ServerError
from ormthesis.generation.case import Mutation
from ormthesis.oracle.outcome import Rejection, RejectionKind
from ormthesis.persistence.catalog import Catalog
from ormthesis.schema.constraints import Check, Constraint, Enumeration, Length, NotNull, Range
from ormthesis.schema.model import Table

_KINDS: Mapping[str, RejectionKind] = {
    "23502": RejectionKind.NOT_NULL_VIOLATION,
    "23505": RejectionKind.UNIQUE_VIOLATION,
    "23503": RejectionKind.FOREIGN_KEY_VIOLATION,
    "23001": RejectionKind.RESTRICT_VIOLATION,
    "23514": RejectionKind.CHECK_VIOLATION,
    "23P01": RejectionKind.EXCLUSION_VIOLATION,
    "22001": RejectionKind.STRING_DATA_RIGHT_TRUNCATION,
    "22026": RejectionKind.STRING_DATA_LENGTH_MISMATCH,
    "22003": RejectionKind.NUMERIC_VALUE_OUT_OF_RANGE,
    "22P02": RejectionKind.INVALID_TEXT_REPRESENTATION,
}

# These errors name no constraint: the one column that was changed tells which rule it was.
_BY_COLUMN: Mapping[RejectionKind, type[Constraint]] = {
    RejectionKind.STRING_DATA_RIGHT_TRUNCATION: Length,
    RejectionKind.STRING_DATA_LENGTH_MISMATCH: Length,
    RejectionKind.NUMERIC_VALUE_OUT_OF_RANGE: Range,
    RejectionKind.INVALID_TEXT_REPRESENTATION: Enumeration,
}

_NO_ANSWER = frozenset({"57014", "55P03", "40P01", "40001", "53100", "53200", "53300", "57P01"})
"""Timeouts, deadlocks, a server that is full or going: nothing that the schema says."""
_BY_DOMAIN: Mapping[RejectionKind, type[Constraint]] = {
    RejectionKind.NOT_NULL_VIOLATION: NotNull,
    RejectionKind.CHECK_VIOLATION: Check,
}

_BLANKED = re.compile(r"tried to blank-out primary key column '(.+)\.([^.']+)'")

Fields = Callable[[DiagnosticField], str | None]


class Rejections:
    """Names the rule behind an error with the help of the catalog."""

    def __init__(self, catalog: Catalog, tables: Mapping[str, Table]) -> None:
        self._catalog = catalog
        self._tables = tables

    def from_result(
        self, result: PGresult, table: str | None = None, mutation: Mutation | None = None
    ) -> Rejection:
        def field(name: DiagnosticField) -> str | None:
            value = result.error_field(name)
            return value.decode("utf-8", "replace") if value is not None else None

        return self._from_fields(field, table, mutation)

    def from_fields(
        self, fields: Fields, table: str | None = None, mutation: Mutation | None = None
    ) -> Rejection:
        """The same for an error whose fields were read elsewhere."""
        return self._from_fields(fields, table, mutation)

    def from_exception(self, error: Exception) -> Rejection:
        """An exception that the ORM or the driver raised while objects were written."""
        original = error.orig if isinstance(error, sa.exc.DBAPIError) else error
        if isinstance(original, psycopg.Error) and original.sqlstate:
            diagnostic = original.diag
            return self._from_fields(
                lambda name: getattr(diagnostic, _ATTRIBUTES[name]), None, None
            )
        driver = isinstance(original, psycopg.Error) or isinstance(error, sa.exc.StatementError)
        kind = RejectionKind.DRIVER if driver else RejectionKind.MODEL
        message = f"{type(original).__name__}: {original}"
        return Rejection(kind=kind, message=message, rule=self._rule_of_orm(message))

    def _rule_of_orm(self, message: str) -> str | None:
        """The rule that the unit of work keeps itself: it sets no primary key to NULL."""
        found = _BLANKED.search(message)
        owner = self._tables.get(found[1]) if found is not None else None
        return _rule_of(owner, NotNull, found[2]) if found is not None and owner else None

    def from_driver(self, error: Exception) -> Rejection:
        return Rejection(kind=RejectionKind.DRIVER, message=str(error))

    def _from_fields(
        self, field: Fields, table: str | None, mutation: Mutation | None
    ) -> Rejection:
        sqlstate = field(DiagnosticField.SQLSTATE)
        if sqlstate in _NO_ANSWER:
            raise ServerError(
                f"The database gave no answer: {field(DiagnosticField.MESSAGE_PRIMARY)}.",
                hint="Others may be working there. Try again, or test a copy.",
            )
        kind = _KINDS.get(sqlstate or "", RejectionKind.OTHER)
        column = field(DiagnosticField.COLUMN_NAME)
        schema_name, table_name = (
            field(DiagnosticField.SCHEMA_NAME),
            field(DiagnosticField.TABLE_NAME),
        )
        constraint = field(DiagnosticField.CONSTRAINT_NAME)
        owner = self._catalog.table(schema_name, table_name)
        if (domain := field(DiagnosticField.DATATYPE_NAME)) is not None:
            rule = self._rule_of_domain(kind, domain, table, mutation)
        elif kind is RejectionKind.NOT_NULL_VIOLATION:
            rule = _rule_of(owner, NotNull, column)
        elif kind in _BY_COLUMN:
            rule = self._rule_of_mutation(kind, table, mutation)
        else:
            rule = self._catalog.rule(schema_name, table_name, constraint)
        return Rejection(
            kind=kind,
            message=field(DiagnosticField.MESSAGE_PRIMARY) or "",
            sqlstate=sqlstate,
            constraint=constraint,
            # A table or column that is missing comes without a name of its own.
            table=owner.key if owner else table_name or table,
            column=column,
            rule=rule,
            function=_function(field(DiagnosticField.CONTEXT)),
        )

    def _rule_of_domain(
        self, kind: RejectionKind, domain: str, table: str | None, mutation: Mutation | None
    ) -> str | None:
        """The rule of a column that has this domain, one that was changed if there is any: the
        error names no column."""
        owners = [self._tables[table]] if table is not None else self._tables.values()
        changed = mutation.columns if mutation is not None else ()
        found = sorted(
            (
                rule
                for owner in owners
                for rule in owner.constraints_of(_BY_DOMAIN.get(kind, Check))
                if _has_domain(owner, rule, domain)
            ),
            key=lambda rule: rule.columns[0] not in changed,
        )
        return found[0].id if found else None

    def _rule_of_mutation(
        self, kind: RejectionKind, table: str | None, mutation: Mutation | None
    ) -> str | None:
        if table is None or mutation is None or len(mutation.columns) != 1:
            return None
        owner, column = self._tables[table], mutation.columns[0]
        # A label that is no member may also be too long for the varchar that holds the labels.
        return _rule_of(owner, _BY_COLUMN[kind], column) or _rule_of(owner, Enumeration, column)


_ATTRIBUTES: Mapping[DiagnosticField, Any] = {
    DiagnosticField.SQLSTATE: "sqlstate",
    DiagnosticField.COLUMN_NAME: "column_name",
    DiagnosticField.SCHEMA_NAME: "schema_name",
    DiagnosticField.TABLE_NAME: "table_name",
    DiagnosticField.DATATYPE_NAME: "datatype_name",
    DiagnosticField.CONSTRAINT_NAME: "constraint_name",
    DiagnosticField.MESSAGE_PRIMARY: "message_primary",
    DiagnosticField.CONTEXT: "context",
}


def _function(context: str | None) -> str | None:
    """The outermost function of a call stack: what our own statement set off."""
    lines = [line.strip() for line in (context or "").splitlines()]
    named = [line for line in lines if _NAMES_FUNCTION.search(line)]
    return named[-1] if named else None


# `PL/pgSQL function check_stock() line 3 at RAISE`, `SQL function "is_even" statement 1`.
_NAMES_FUNCTION = re.compile(r"\bfunction\b.*(\(|\")", re.IGNORECASE)


def _rule_of(table: Table | None, kind: type[Constraint], column: str | None) -> str | None:
    if table is None or column is None:
        return None
    for rule in table.constraints_of(kind):
        if rule.columns == (column,):
            return rule.id
    return None


def _has_domain(table: Table, rule: Constraint, domain: str) -> bool:
    """Whether the rule is the domain's own, or a NOT NULL of a column of the domain."""
    declared = table.by_name[rule.columns[0]].type.domain if rule.columns else None
    of_type = declared is not None and declared.name == domain
    return of_type and (not isinstance(rule, Check) or rule.domain == domain)
