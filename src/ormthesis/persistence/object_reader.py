"""From mapped objects back to rows: attributes, relationships, and objects loaded anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, Session

from ormthesis.generation.graph import (
    EntityDraft,
    EntityRef,
    Row,
)
from ormthesis.oracle.coercion import coerce
from ormthesis.oracle.judge import same
from ormthesis.oracle.outcome import State, StoredRow
from ormthesis.persistence.instances import composed, loaded, related
from ormthesis.persistence.objects import Instances, Written
from ormthesis.schema.constraints import ForeignKey
from ormthesis.schema.mapping import Model, Relationship
from ormthesis.schema.model import Column
from ormthesis.schema.models import Models

Identity = tuple[Any, ...]

# Rows of several classes are loaded as one product of at most so many rows: a query costs as much.
LARGEST_PRODUCT = 8


class ObjectReader:
    """Looks at instances as a user's code would: attributes and relationships."""

    def __init__(self, models: Models) -> None:
        self._schema = models.schema
        self._tables = models.tables
        self._queries: dict[tuple[tuple[type[Any], ...], tuple[bool, ...]], sa.Select[Any]] = {}
        self.relationships = {
            relationship.id: relationship
            for model in models.schema.models
            for relationship in model.relationships
        }

    def keys(self, session: Session, written: Written) -> Mapping[EntityRef, int]:
        """What the database numbered the rows."""
        found: dict[EntityRef, int] = {}
        for draft in written.graph.drafts:
            for column in self._schema.by_key[draft.table].columns:
                if not column.surrogate:
                    continue
                model = written.objects.models.get(written.objects.owner.get(draft.ref, draft.ref))
                if model is None:
                    found[draft.ref] = self._number(session, written, draft, column.name)
                elif attribute := model.attribute(draft.table, column.name):
                    found[draft.ref] = getattr(written.instances[draft.ref], attribute)
        return found

    def spoken(self, written: Written) -> dict[EntityRef, Row]:
        """What listeners made of the values of their objects: the attributes just after a flush,
        where these are not what was set."""
        found: dict[EntityRef, Row] = {}
        for draft in written.graph.drafts:
            model = written.objects.models.get(written.objects.owner.get(draft.ref, draft.ref))
            if model is not None and model.listens:
                found[draft.ref] = self._changed(written.instances[draft.ref], model, draft)
        return found

    def _changed(self, instance: Any, model: Model, draft: EntityDraft) -> Row:
        table, held = self._schema.by_key[draft.table], sa.inspect(instance).dict
        changed: Row = {}
        for column in table.columns:
            attribute = model.attribute(draft.table, column.name)
            # What is left out comes from Python where that has a default, else from the server.
            known = column.name in draft.values or column.default is not None
            if not known or attribute not in held or column.name in table.foreign_key_columns:
                continue
            if not same(draft.values.get(column.name), held[attribute]):
                changed[column.name] = coerce(column.type, column.type.flushed(held[attribute]))
        return changed

    def identified(self, written: Written, rows: Mapping[EntityRef, Row]) -> dict[EntityRef, Row]:
        """The rows with what tells them apart as their objects have it: it may be left to its
        default."""
        return {ref: {**row, **self._key(written, ref)} for ref, row in rows.items()}

    def _key(self, written: Written, ref: EntityRef) -> Row:
        draft = written.graph.by_ref[ref]
        table = self._schema.by_key[draft.table]
        left_out = (
            column.name
            for column in table.columns
            if (column.default or column.server_default) and draft.values.get(column.name) is None
        )
        names = table.primary_key or tuple(left_out)
        found = {name: self._value(written, draft, name) for name in names}
        return {name: value for name, value in found.items() if value is not None}

    def _value(self, written: Written, draft: EntityDraft, column: str) -> Any:
        """A column as the object knows it; of a secondary table's row as those that it relates."""
        model = written.objects.models.get(written.objects.owner.get(draft.ref, draft.ref))
        attribute = model.attribute(draft.table, column) if model is not None else None
        if attribute is not None:
            return getattr(written.instances[draft.ref], attribute)
        for key in self._schema.by_key[draft.table].foreign_keys:
            parent = draft.references.get(key.id)
            if parent is not None and column in key.columns:
                referred = key.referred_columns[key.columns.index(column)]
                return self._value(written, written.graph.by_ref[parent], referred)
        return None

    def _number(self, session: Session, written: Written, draft: EntityDraft, column: str) -> int:
        """The number of a secondary table's row, found by the rows that it relates."""
        table = self._tables[draft.table]
        columns = {found.name: found for found in table.columns}
        query = sa.select(columns[column])
        for key_id, parent in draft.references.items():
            key = self._schema.foreign_key(key_id)
            for name, referred in _pairs(key) if parent is not None else ():
                assert parent is not None
                model = written.objects.models[written.objects.owner[parent]]
                attribute = model.attribute(key.referred_table, referred)
                value = getattr(written.instances[parent], str(attribute))
                query = query.where(columns[name] == value)
        number = session.scalars(query.order_by(columns[column])).first()
        return int(number) if number is not None else 0

    def reload(self, session: Session, written: Written) -> Written:
        """The same objects as the session loads them now, in few queries.

        In the session that wrote them these are the same objects with fresh values.
        """
        refs: dict[tuple[type[Any], Identity], list[EntityRef]] = {}
        by_class: dict[type[Any], list[Identity]] = {}
        for ref, instance in written.instances.items():
            mapped, identity = type(instance), sa.inspect(instance).identity
            if (mapped, identity) not in refs:
                by_class.setdefault(mapped, []).append(identity)
            refs.setdefault((mapped, identity), []).append(ref)
        found: Instances = {}
        for group in _groups(by_class):
            loaded = self._load(session, group)
            if len(group) > 1 and len(loaded) < sum(map(len, group.values())):
                # A row that is gone takes all others out of a product with it.
                loaded = [each for one in group for each in self._load(session, {one: group[one]})]
            for instance in loaded:
                key = type(instance), sa.inspect(instance).identity
                found.update(dict.fromkeys(refs.get(key, ()), instance))
        instances = {ref: found[ref] for ref in written.instances if ref in found}
        return replace(written, instances=instances)

    def _load(self, session: Session, wanted: Mapping[type[Any], list[Identity]]) -> list[Any]:
        """The rows of some classes by their primary keys, fresh, as the product of all."""
        single = tuple(len(identities) == 1 for identities in wanted.values())
        keys: dict[str, Any] = {}
        for number, identities in enumerate(wanted.values()):
            if single[number]:
                keys |= {f"key_{number}_{at}": part for at, part in enumerate(identities[0])}
            else:
                keys[f"keys_{number}"] = [key[0] if len(key) == 1 else key for key in identities]
        rows = session.execute(self._by_keys(tuple(wanted), single), keys).unique()
        return list({id(instance): instance for row in rows for instance in row}.values())

    def _by_keys(self, classes: tuple[type[Any], ...], single: tuple[bool, ...]) -> sa.Select[Any]:
        """Made once for each tuple of classes, of which some have a single row: a list of keys
        makes new SQL for each length."""
        if (classes, single) not in self._queries:
            query = sa.select(*classes)
            for number, mapped in enumerate(classes):
                mapper = sa.inspect(mapped)
                query = query.where(_has_key(mapper, number, single=single[number]))
                query = query.options(*_undeferred(mapper))
            self._queries[classes, single] = query.execution_options(populate_existing=True)
        return self._queries[classes, single]

    def state(self, written: Written, wanted: Sequence[str] = (), *, below: State) -> State:
        """Attributes of every object, row by row, and what the named relationships lead to.

        `below` holds the rows as the database does: a decorator may give NULL another value.
        """
        rows = {ref: self._row(written, ref, below.rows.get(ref, {})) for ref in written.instances}
        return State(rows=rows, links=self.links(written, wanted))

    def links(
        self, written: Written, wanted: Sequence[str]
    ) -> dict[str, frozenset[tuple[EntityRef, EntityRef]]]:
        owner = written.objects.owner
        refs = {id(instance): owner[ref] for ref, instance in written.instances.items()}
        return {
            name: frozenset(_related_pairs(self.relationships[name], written, refs))
            for name in wanted
        }

    def _row(self, written: Written, ref: EntityRef, below: StoredRow) -> dict[str, Any]:
        draft = written.graph.by_ref[ref]
        table = self._schema.by_key[draft.table]
        model = written.objects.models[written.objects.owner[ref]]
        part, instance = model.part(table.key), written.instances[ref]
        attributes = part.attributes if part is not None else {}
        shown = loaded(instance, attributes.values())
        shown.update(composed(instance, model.composites))
        return {
            column.name: _seen(
                column,
                shown[attributes[column.name]],
                draft.values.get(column.name),
                below.get(column.name),
            )
            for column in table.columns
            if column.name in attributes
        }


def _groups(
    by_class: Mapping[type[Any], list[Identity]],
) -> Iterator[dict[type[Any], list[Identity]]]:
    """Classes that are loaded in one query."""
    group: dict[type[Any], list[Identity]] = {}
    product = 1
    for mapped, identities in by_class.items():
        if not _is_plain(sa.inspect(mapped)):
            yield {mapped: identities}
            continue
        if group and product * len(identities) > LARGEST_PRODUCT:
            yield group
            group, product = {}, 1
        group[mapped] = identities
        product *= len(identities)
    if group:
        yield group


def _has_key(mapper: Mapper[Any], number: int, *, single: bool) -> sa.ColumnElement[bool]:
    """Whether a row has one of the keys that are given when the query runs."""
    columns = [
        mapper.get_property_by_column(column).class_attribute for column in mapper.primary_key
    ]
    if single:
        pairs = enumerate(columns)
        return sa.and_(*(column == sa.bindparam(f"key_{number}_{at}") for at, column in pairs))
    key = columns[0] if len(columns) == 1 else sa.tuple_(*columns)
    return key.in_(sa.bindparam(f"keys_{number}", expanding=True))


def _seen(column: Column, value: Any, written: Any, below: Any) -> Any:
    """The stored value that an attribute shows.

    Of a decorated column it is the one in the database where the attribute has the value that was
    written; where none was, the one that the decorator reads.
    """
    if column.type.decorates is None:
        return coerce(column.type, column.type.stored(value))
    expected = written if written is not None else _loaded(column, below)
    return below if same(expected, value) else coerce(column.type, column.type.flushed(value))


def _loaded(column: Column, stored: Any) -> Any:
    try:
        return column.type.loaded(stored)
    except Exception:  # a user's type may refuse a value in its own way
        return stored


def _undeferred(mapper: Mapper[Any]) -> Iterator[Any]:
    """Loads every column at once: some must not be loaded by a touch."""
    for prop in mapper.column_attrs:
        if prop.deferred and isinstance(prop.columns[0], sa.Column):
            yield sa.orm.undefer(prop.class_attribute)


def _is_plain(mapper: Mapper[Any]) -> bool:
    """One table and columns alone: what else a class loads could correlate with other tables."""
    return (
        not mapper.concrete
        and mapper.inherits is None
        and len(mapper.self_and_descendants) == 1
        and all(
            isinstance(column, sa.Column) for each in mapper.column_attrs for column in each.columns
        )
    )


def load_collections(
    instance: Any, relationships: Mapping[str, Relationship], seen: set[int] | None = None
) -> None:
    """Touch every relationship of an object and of what it leads to."""
    seen = seen if seen is not None else set()
    if id(instance) in seen:
        return
    seen.add(id(instance))
    for prop in sa.inspect(instance).mapper.relationships:
        known = relationships.get(f"{prop.parent.class_.__name__}.{prop.key}")
        for other in related(instance, known) if known is not None else ():
            load_collections(other, relationships, seen)


def _related_pairs(
    relationship: Relationship, written: Written, refs: Mapping[int, EntityRef]
) -> Iterator[tuple[EntityRef, EntityRef]]:
    for owner in written.objects.rows:
        if owner in written.instances and written.objects.is_a(owner, relationship.model):
            for other in related(written.instances[owner], relationship):
                yield owner, refs.get(id(other), EntityRef("unknown object", 0))


def _pairs(key: ForeignKey) -> Iterator[tuple[str, str]]:
    return zip(key.columns, key.referred_columns, strict=True)
