"""Rules that no row can break alone, because breaking them breaks another one, too."""

from __future__ import annotations

from ormthesis.generation.wiring import keys_of
from ormthesis.schema.constraints import ForeignKey, PrimaryKey, Unique
from ormthesis.schema.model import Schema, Table


def implying_key(schema: Schema, key: ForeignKey) -> ForeignKey | None:
    """A wider foreign key whose parents have a reference to the same row.

    Whenever the narrow key is set, so is the wide one; and the row that it names refers to the
    narrow one's parent by a key of its own.
    """
    table = schema.by_key[key.table]
    for wide in table.foreign_keys:
        if set(key.columns) < set(wide.columns) and _set_together(table, key, wide):
            middle = schema.by_key.get(wide.referred_table)
            there = dict(zip(wide.columns, wide.referred_columns, strict=True))
            through = {
                (there[n], r) for n, r in zip(key.columns, key.referred_columns, strict=True)
            }
            if middle is not None and any(
                other.referred_table == key.referred_table
                and set(zip(other.columns, other.referred_columns, strict=True)) == through
                for other in middle.foreign_keys
            ):
                return wide
    return None


def _set_together(table: Table, key: ForeignKey, wide: ForeignKey) -> bool:
    return all(name in key.columns or not table.by_name[name].nullable for name in wide.columns)


def implying_unique(table: Table, rule: Unique | PrimaryKey) -> Unique | PrimaryKey | None:
    """A narrower key: what is a duplicate in the wide one is a duplicate in it."""
    if isinstance(rule, Unique) and rule.expressions:
        return None
    for narrow in keys_of(table):
        if _narrower(table, narrow, rule):
            return narrow
    return None


def _narrower(table: Table, narrow: Unique | PrimaryKey, rule: Unique | PrimaryKey) -> bool:
    if isinstance(narrow, Unique) and (narrow.where or narrow.expressions):
        return False
    columns, wide = set(narrow.columns), set(rule.columns)
    if not (columns < wide or (columns == wide and _comes_first(table, narrow, rule))):
        return False
    if isinstance(narrow, PrimaryKey) or not narrow.nulls_distinct:
        return True
    nulls_collide = isinstance(rule, Unique) and not rule.nulls_distinct
    return not nulls_collide or not any(table.by_name[name].nullable for name in columns)


def _comes_first(table: Table, narrow: Unique | PrimaryKey, rule: Unique | PrimaryKey) -> bool:
    """Of two keys over the same columns the later one is implied by the earlier."""
    rules = table.constraints
    return rules.index(narrow) < rules.index(rule)
