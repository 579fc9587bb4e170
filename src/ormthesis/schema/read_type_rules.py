"""The rules that come with a column's type: lengths, ranges, labels, and those of a DOMAIN.

Those of an array are about its items; its id has brackets after the column's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from ormthesis.core.exact import EXACT
from ormthesis.schema.constraints import Check, Constraint, Enumeration, Length, Range
from ormthesis.schema.model import Column
from ormthesis.schema.types import DataType, TypeKind

_SIZED = (TypeKind.TEXT, TypeKind.BITS)
_CENT = Decimal("0.01")


def type_rules(column: Column) -> Iterator[Constraint]:
    """What the column's type refuses beyond values of another kind."""
    where = f"{column.table}.{column.name}"
    yield from _rules(column, column.type, where)
    if column.type.kind is TypeKind.ARRAY and column.type.item is not None:
        yield from _rules(column, column.type.item, f"{where}[]")


def domain_rules(column: Column) -> Iterator[Constraint]:
    """The CHECK of the column's DOMAIN; its NOT NULL is the column's."""
    domain = column.type.domain
    if domain is not None and domain.check is not None:
        yield Check(
            id=f"{column.table}.{column.name}.domain({domain.name})",
            table=column.table,
            columns=(column.name,),
            name=domain.check_name,
            sql=about_column(domain.check, column.name),
            domain=domain.name,
        )


def about_column(check: str, name: str) -> str:
    """A domain's CHECK as one about a column: its name in place of VALUE outside of quotes."""
    quoted = '"' + name.replace('"', '""') + '"'
    return re.sub(
        r"""('(?:[^']|'')*'|"(?:[^"]|"")*")|\bVALUE\b""",
        lambda found: found[1] or quoted,
        check,
        flags=re.IGNORECASE,
    )


def _rules(column: Column, data_type: DataType, where: str) -> Iterator[Constraint]:
    if data_type.kind in _SIZED and data_type.length is not None:
        limit = data_type.length
        yield Length(
            id=f"{where}.length({limit})",
            table=column.table,
            columns=(column.name,),
            limit=limit,
        )
    elif data_type.kind is TypeKind.ENUM and _database_enforces(data_type):
        yield _enumeration(column, data_type, where)
    elif bounds := _bounds(data_type):
        low, high, step = bounds
        yield Range(
            id=f"{where}.range({data_type.name.lower()})",
            table=column.table,
            columns=(column.name,),
            minimum=low,
            maximum=high,
            step=step,
        )


def _database_enforces(data_type: DataType) -> bool:
    source = _declared(data_type).source
    return data_type.native or bool(getattr(source, "create_constraint", False))


def _declared(data_type: DataType) -> DataType:
    """The type beneath all decorators, which SQLAlchemy's enum is."""
    while data_type.decorates is not None:
        data_type = data_type.decorates
    return data_type


def _enumeration(column: Column, data_type: DataType, where: str) -> Enumeration:
    type_name = getattr(_declared(data_type).source, "name", None)
    return Enumeration(
        id=f"{where}.enum({type_name or ','.join(data_type.labels)})",
        table=column.table,
        columns=(column.name,),
        labels=data_type.labels,
        native=data_type.native,
        type_name=type_name,
    )


def _bounds(data_type: DataType) -> tuple[int | Decimal, int | Decimal, int | Decimal] | None:
    if data_type.kind is TypeKind.INTEGER and not data_type.unsigned:
        low, high = data_type.integer_bounds
        return low, high, 1
    if data_type.kind is TypeKind.NUMERIC and data_type.precision is not None:
        unit = Decimal(1).scaleb(-(data_type.scale or 0))
        # Built from digits: arithmetic would round beyond 28 of them.
        nines = Decimal("9" * data_type.precision)
        high_decimal = nines.scaleb(-(data_type.scale or 0), EXACT)
        return high_decimal.copy_negate(), high_decimal, unit
    if data_type.kind is TypeKind.MONEY:
        return -(2**63) * _CENT, (2**63 - 1) * _CENT, _CENT
    return None
