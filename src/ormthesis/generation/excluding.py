"""Exclusion constraints: rows that agree in every `=` must lie apart in another element."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects.postgresql import Range

from ormthesis.generation.apart import distances, moved, short_ranges
from ormthesis.generation.distinct import capacity
from ormthesis.generation.drawn import is_drawn
from ormthesis.generation.entries import Key, Values, movable_columns, needs_care
from ormthesis.generation.graph import Row
from ormthesis.generation.pools import holds
from ormthesis.rules.ranges import overlap
from ormthesis.schema.constraints import Element, Exclusion
from ormthesis.schema.ranges import single_range
from ormthesis.schema.types import DataType, TypeKind

if TYPE_CHECKING:
    from ormthesis.generation.rows import RowPlan
    from ormthesis.rules.rule import Rule
    from ormthesis.schema.model import Table


class ExclusionKey(Key):
    """The elements compared by `=` are the entry; the others are asked where it is shared."""

    rule: Exclusion

    def __init__(self, table: Table, rule: Exclusion, expressions: Mapping[str, Rule]) -> None:
        equal = [element for element in rule.elements if element.operator == "="]
        named = [element.column for element in equal if element.column is not None]
        super().__init__(table, rule, movable_columns(table, named), expressions, equal)
        self.others = [element for element in rule.elements if element.operator != "="]
        self._compare = [_MEETS.get(element.operator, _always) for element in self.others]

    def rest(self, row: Row) -> Values | None:
        values = self.values(self.others, row)
        if values is None or None in values:
            return None
        types = [self.table.types.get(element.column or "") for element in self.others]
        pairs = zip(types, values, strict=True)
        return tuple(value if kind is None else single_range(kind, value) for kind, value in pairs)

    def meets(self, rest: Values, other: Values) -> bool:
        both = zip(self._compare, rest, other, strict=True)
        return all(compare(left, right) for compare, left, right in both)

    @property
    def crowded(self) -> bool:
        return all(capacity(column.type) is not None for column in self.movable)

    def evasions(self, plan: RowPlan, row: Row, met: Sequence[Values]) -> Iterator[Row]:
        """Ranges that lie apart from the others', what they hold for `<>`, NULL, empty ranges."""
        for at, element in enumerate(self.others):
            taken = [rest[at] for rest in met]
            if element.operator == "&&":
                yield from self.apart(plan, element, row, taken)
            column = self.table.by_name.get(element.column or "")
            if column is None or not is_drawn(self.table, column):
                continue
            if element.operator == "<>":
                yield from ({column.name: column.type.loaded(value)} for value in taken[:1])
            if column.nullable:
                yield {column.name: None}
            if element.operator == "&&" and _is_plain_range(column.type):
                yield {column.name: Range(empty=True)}

    def apart(
        self, plan: RowPlan, element: Element, row: Row, taken: Sequence[Range[Any]]
    ) -> Iterator[Row]:
        """Changes that move the element's range where it may lie beside the taken ones.

        What is moved are the row's own values, those that are known to keep the table's CHECKs, and
        ranges of a single step.
        """
        data_type = self.range_type(element)
        if data_type is None:
            return
        for source in self._sources(plan, element, data_type, row):
            found = self.values([element], {**row, **source})
            if found is None or not isinstance(found[0], Range) or found[0].isempty:
                continue
            for distance in (0, *distances(data_type, found[0], taken)):
                changes = {name: moved(data_type, v, distance) for name, v in source.items()}
                if all(v is not None and holds(self.table.types[n], v) for n, v in changes.items()):
                    yield changes

    def range_type(self, element: Element) -> DataType | None:
        """The type of a range that is a drawn column, or an expression of drawn columns."""
        columns = [self.table.by_name[name] for name in self._names(element)]
        if not all(is_drawn(self.table, each) and not each.type.decorates for each in columns):
            return None
        tree = None if element.column is not None else self.expressions[element.sql].tree
        own = None if element.column is None else self.table.by_name[element.column].type
        found = own if tree is None else tree.type
        return found if found is not None and _is_plain_range(found) else None

    def ends(self, element: Element, data_type: DataType) -> list[str]:
        """The columns that move with the range: itself, or those of the type of its ends."""
        kinds = (TypeKind.RANGE, data_type.item.kind if data_type.item else None)
        types = self.table.types
        return [name for name in self._names(element) if types[name].kind in kinds]

    def _names(self, element: Element) -> Sequence[str]:
        if element.column is not None:
            return (element.column,)
        return self.expressions[element.sql].columns

    def _sources(
        self, plan: RowPlan, element: Element, data_type: DataType, row: Row
    ) -> Iterator[Row]:
        names = self.ends(element, data_type)
        own = {name: row.get(name) for name in names}
        yield own
        for branch in plan.branches:
            if set(names) <= set(branch.pool.columns):
                yield from ({name: found[name] for name in names} for found in branch.pool.rows)
        if element.column is not None:
            yield from ({element.column: v} for v in short_ranges(data_type, own[element.column]))


def exclusion_key(
    table: Table, rule: Exclusion, expressions: Mapping[str, Rule]
) -> ExclusionKey | None:
    """None where it needs no care: a column is numbered, or it cannot be read."""
    return ExclusionKey(table, rule, expressions) if needs_care(table, rule, expressions) else None


def _is_plain_range(data_type: DataType) -> bool:
    plain = data_type.kind is TypeKind.RANGE and data_type.decorates is None
    return plain and not data_type.multiple and data_type.item is not None


def _always(left: Any, right: Any) -> bool:
    return True


def _overlap(left: Any, right: Any) -> bool:
    if isinstance(left, Range) and isinstance(right, Range):
        return overlap(left, right)
    return True


_MEETS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<>": lambda left, right: bool(left != right),
    "&&": _overlap,
}
"""Whether rows conflict; of other operators only the server knows, so that they might."""
