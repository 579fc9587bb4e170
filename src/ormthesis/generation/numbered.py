"""Columns whose values follow from a row's label, or from that of the row that it refers to.

They are not drawn. Where a CHECK reads such a column beside a drawn one, the number is known before
the row is drawn; where it reads nothing else, rows are given numbers that keep it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ormthesis.generation.graph import EntityRef, KeySource, Row, graph_keys
from ormthesis.generation.wiring import Skeleton, Slot, renamed
from ormthesis.rules.book import RuleBook
from ormthesis.schema.constraints import Check
from ormthesis.schema.model import Schema, Table

OWN, PARENTS = 16, 8
"""Numbers that an opaque rule is asked about: more of a table's own, so that some are kept."""
_TRIED = 100
"""Numbers among which those that keep a rule are looked for."""


def numbering(schema: Schema, table: Table) -> Mapping[str, str]:
    """Column to the table whose rows' numbers it holds."""
    found = {column.name: table.key for column in table.columns if column.surrogate}
    keys = [key for key in table.foreign_keys if key.referred_table in schema.by_key]
    for name in sorted(table.foreign_key_columns - table.loose_columns):
        referred = [
            (key.referred_table, key.referred_columns[key.columns.index(name)])
            for key in keys
            if name in key.columns
        ]
        if len(referred) == 1 and name not in found:
            ((parent, column),) = referred
            if schema.by_key[parent].by_name[column].surrogate:
                found[name] = parent
    return found


def numbers(schema: Schema, table: Table) -> Mapping[str, Sequence[int]]:
    """The values that such columns have in small graphs."""
    found: dict[str, Sequence[int]] = {}
    for name, owner in numbering(schema, table).items():
        first = schema.first_keys[schema.by_key[owner].label]
        count = OWN if table.by_name[name].surrogate else PARENTS
        found[name] = range(first, first + count)
    return found


def known_values(schema: Schema, slot: Slot, names: Mapping[str, str], keys: KeySource) -> Row:
    """Those columns of a row whose parents are chosen."""
    table = schema.by_key[slot.table]
    parents = {n: slot.references.get(k.id) for k in table.foreign_keys for n in k.columns}
    found: Row = {}
    for name in names:
        ref = slot.ref if table.by_name[name].surrogate else parents.get(name)
        found[name] = None if ref is None else keys(ref)
    return found


def kept_numbers(schema: Schema, book: RuleBook, table: Table) -> Sequence[int] | None:
    """The indexes of rows whose number alone breaks no CHECK; None where that is the case of all,
    or of none that was tried."""
    own = {column.name for column in table.columns if column.surrogate}
    checks = [book.checks[rule.id] for rule in table.constraints_of(Check)]
    rules = [rule for rule in checks if rule.opaque is None and set(rule.columns) <= own != set()]
    if not rules:
        return None
    key, (name, *_) = graph_keys(schema), own
    rows = ({name: key(EntityRef(table.label, index))} for index in range(_TRIED))
    kept = [index for index, row in enumerate(rows) if all(rule.holds(row) for rule in rules)]
    return kept if 0 < len(kept) < _TRIED else None


def with_kept_numbers(skeleton: Skeleton, kept: Mapping[str, Sequence[int]]) -> Skeleton:
    """The skeleton's rows labelled anew in tables, by label, in which some numbers break a rule."""
    rows = [slot.ref for slot in skeleton.slots if slot.ref.entity in kept]
    names = {
        old: EntityRef(label, index)
        for label, indexes in kept.items()
        for old, index in zip((ref for ref in rows if ref.entity == label), indexes, strict=False)
    }
    spare = {old: EntityRef(old.entity, old.index + _TRIED) for old in rows if old not in names}
    names |= spare
    return replace(skeleton, slots=tuple(renamed(slot, names) for slot in skeleton.slots))
