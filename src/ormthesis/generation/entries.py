"""What rows of one table must not share: their entries in unique keys and exclusion constraints."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ormthesis.core.equality import hashable
from ormthesis.generation.distinct import capacity
from ormthesis.generation.drawn import is_drawn
from ormthesis.generation.graph import EntityRef, Row
from ormthesis.rules.errors import EvaluationError
from ormthesis.schema.constraints import Element, Exclusion, PrimaryKey, Unique

if TYPE_CHECKING:
    from ormthesis.generation.rows import RowPlan
    from ormthesis.rules.rule import Rule
    from ormthesis.schema.model import Column, Table

Values = tuple[Any, ...]


class Key:
    """One unique key with the columns that can be moved where two rows would share an entry."""

    def __init__(
        self,
        table: Table,
        rule: Unique | PrimaryKey | Exclusion,
        movable: Sequence[Column],
        expressions: Mapping[str, Rule],
        elements: Sequence[Element],
    ) -> None:
        self.rule = rule
        self.table = table
        self.movable = movable
        self.expressions = expressions
        self._elements = elements
        self._distinct_nulls = not isinstance(rule, Unique) or rule.nulls_distinct

    def entry(self, row: Row) -> Values | None:
        """What must differ between rows; None where NULLs keep it from colliding."""
        values = self.values(self._elements, row)
        return None if values is None or (self._distinct_nulls and None in values) else values

    def rest(self, row: Row) -> Values | None:
        """What rows with the same entry are compared by further; None where none can collide."""
        return ()

    def meets(self, rest: Values, other: Values) -> bool:
        """Whether two rows with the same entry collide."""
        return True

    def evasions(self, plan: RowPlan, row: Row, met: Sequence[Values]) -> Iterator[Row]:
        """Changes with which a row might not collide with those whose `rest` this is."""
        yield from ()

    @property
    def crowded(self) -> bool:
        """Whether a row can take the place of all others, so that it has to leave some room."""
        return False

    def values(self, elements: Iterable[Element], row: Row) -> Values | None:
        """The elements' values for a row; None where one has none."""
        found: list[Any] = []
        for element in elements:
            if element.column is not None:
                found.append(stored(self.table.by_name[element.column], row.get(element.column)))
                continue
            expression = self.expressions[element.sql]
            known = {n: stored(self.table.by_name[n], row.get(n)) for n in expression.columns}
            try:
                found.append(hashable(expression.value(known)))
            except EvaluationError:
                return None
        return tuple(found)


def unique_key(
    table: Table, rule: Unique | PrimaryKey, expressions: Mapping[str, Rule]
) -> Key | None:
    """None for keys that need no care: numbered ones, and those that cannot be read."""
    if not needs_care(table, rule, expressions):
        return None
    elements = () if isinstance(rule, PrimaryKey) else rule.elements
    named = elements or tuple(Element(sql=name, column=name) for name in rule.columns)
    return Key(table, rule, movable_columns(table, rule.columns), expressions, named)


def needs_care(
    table: Table, rule: Unique | PrimaryKey | Exclusion, expressions: Mapping[str, Rule]
) -> bool:
    """Whether it can be read, and no column is numbered: then rows differ anyway."""
    return not any(table.by_name[name].surrogate for name in rule.columns) and not any(
        expression.opaque for expression in expressions.values()
    )


def movable_columns(table: Table, names: Iterable[str]) -> list[Column]:
    """Those that have a value of their own; columns with few values last."""
    columns = [table.by_name[name] for name in names if name not in table.foreign_key_columns]
    drawn = [column for column in columns if is_drawn(table, column)]
    return sorted(drawn, key=lambda column: capacity(column.type) is not None)


def stored(column: Column, value: Any) -> Any:
    """The value as the column holds it; a row stands for values that are not known yet."""
    return value if isinstance(value, EntityRef) else hashable(column.type.stored(value))


def own_key(table: Table, identity: Container[str] = ()) -> tuple[Unique, ...]:
    """Rows without a primary key are told apart by what they hold, references aside: a delete may
    change those. By what a class takes for its key as a last resort: others may well share that."""
    drawn = (column.name for column in table.columns if is_drawn(table, column))
    names = tuple(sorted(drawn, key=lambda name: name in identity))
    if table.primary_key or not names:
        return ()
    return (Unique(id=f"{table.key}.row", table=table.key, columns=names, nulls_distinct=False),)
