"""`Models`: the schema that a target declares, bound to the SQLAlchemy objects that declare it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from types import ModuleType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, registry

from ormthesis.core.errors import SchemaError, TargetError
from ormthesis.schema.circles import with_circles
from ormthesis.schema.model import Schema, Table
from ormthesis.schema.read_mappers import read_model
from ormthesis.schema.read_tables import read_table


@dataclass(frozen=True, kw_only=True)
class Models:
    """Schema and SQLAlchemy objects side by side; only persistence uses the latter."""

    name: str
    schema: Schema
    metadata: sa.MetaData
    tables: Mapping[str, sa.Table]
    mappers: Mapping[str, Mapper[Any]]


def load_models(target: object, *, name: str | None = None) -> Models:
    """Read a declarative base, a registry, a MetaData, a Table or a Flask-SQLAlchemy extension.

    A module stands for the one MetaData that it holds. Raises TargetError for another object or
    one without tables, SchemaError for models that SQLAlchemy cannot configure.
    """
    metadata, owner = _open(target)
    if owner is not None:
        _configure(owner)
    label = str(name or getattr(target, "__name__", type(target).__name__))
    if not metadata.tables:
        raise TargetError(
            f"{label} has no tables.",
            hint="Import the modules that declare the models before naming the base.",
        )
    mappers = () if owner is None else owner.mappers
    return _bind(label, metadata, sorted(mappers, key=_base_classes_first))


def _base_classes_first(mapper: Mapper[Any]) -> tuple[int, str]:
    return len(list(mapper.iterate_to_root())), mapper.class_.__name__


Opened = tuple[sa.MetaData, registry | None]


def _open(target: object) -> Opened:
    found = _opened(_of_module(target) if isinstance(target, ModuleType) else target)
    if found is None:
        raise TargetError(
            f"TARGET is of type {type(target).__name__}, not a declarative base, registry, "
            "MetaData, Table or Flask-SQLAlchemy extension.",
            hint="Name the base class of the models, as in `package.module:Base`.",
        )
    return found


def _opened(target: object) -> Opened | None:
    if isinstance(target, sa.MetaData):
        return target, None
    if isinstance(target, sa.Table):
        return target.metadata, None
    if isinstance(target, registry):
        return target.metadata, target
    model = getattr(target, "Model", target)
    # SQLModel's classes keep the registry under SQLAlchemy's inner name alone.
    owner = getattr(model, "registry", None) or getattr(model, "_sa_registry", None)
    if isinstance(owner, registry):
        return getattr(model, "metadata", owner.metadata), owner
    return None


def _of_module(module: ModuleType) -> object:
    """The one thing in a module that holds tables; a base counts before the MetaData under it.

    Raises TargetError where the module has none, or several.
    """
    candidates = [
        (name, value, opened)
        for name, value in vars(module).items()
        if _may_hold_tables(value) and (opened := _opened(value)) and opened[0].tables
    ]
    found: dict[int, tuple[str, object]] = {}
    for name, value, (metadata, _) in sorted(candidates, key=lambda each: each[2][1] is None):
        found.setdefault(id(metadata), (name, value))
    if len(found) == 1:
        return next(value for _, value in found.values())
    names = ", ".join(name for name, _ in found.values())
    raise TargetError(
        f"The module {module.__name__!r} has "
        + (f"several sets of tables: {names}." if found else "no tables."),
        hint=f"Name what holds the tables to test, as in `{module.__name__}:Base`.",
    )


def _may_hold_tables(value: object) -> bool:
    """Asking other objects for attributes can run anything, as a proxy of Flask does."""
    kinds = (sa.MetaData, sa.Table, registry, type)
    return isinstance(value, kinds) or "Model" in getattr(value, "__dict__", ())


def _configure(owner: registry) -> None:
    """Only the target's own mappers: another base in the same process is not our business."""
    try:
        owner.configure(cascade=True)
    except (sa.exc.SQLAlchemyError, AttributeError) as error:
        raise SchemaError(
            f"SQLAlchemy cannot configure the mappers: {error}",
            hint="Repair the relationship that the message names, then run again.",
        ) from error


def _bind(name: str, metadata: sa.MetaData, mappers: Iterable[Mapper[Any]]) -> Models:
    every = list(mappers)
    mapped = [
        mapper
        for mapper in every
        if isinstance(mapper.local_table, sa.Table) and mapper.local_table.metadata is metadata
    ]
    labels = _labels(metadata, mapped)
    tables = {key: read_table(table, labels[key]) for key, table in metadata.tables.items()}
    models = tuple(read_model(mapper, tables) for mapper in mapped)
    ordered = with_circles([tables[key] for key in _dependency_order(tables)])
    position = {table.key: index for index, table in enumerate(ordered)}
    schema = Schema(
        tables=ordered,
        models=tuple(sorted(models, key=lambda model: position[model.table])),
        warnings=tuple(_not_over_a_table(every)),
    )
    return Models(
        name=name,
        schema=schema,
        metadata=metadata,
        tables=dict(metadata.tables),
        mappers={mapper.class_.__name__: mapper for mapper in mapped},
    )


def _not_over_a_table(mappers: Iterable[Mapper[Any]]) -> Iterator[str]:
    """Classes over a join or a subquery have no rows of their own to write."""
    for mapper in mappers:
        if not isinstance(mapper.local_table, sa.Table):
            kind = type(mapper.local_table).__name__.lower()
            yield (
                f"{mapper.class_.__name__} is mapped to a {kind}, not to a table: its objects are "
                "not tested. The tables below it are."
            )


def _labels(metadata: sa.MetaData, mappers: Iterable[Mapper[Any]]) -> dict[str, str]:
    """Table key to the singular name of its rows, after the first class over it that is nobody's
    subclass; the table's own name where no class has it."""
    labels = {key: key for key in metadata.tables}
    named: set[str] = set()
    for mapper in mappers:
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", mapper.class_.__name__).lower()
        table = mapper.local_table
        if isinstance(table, sa.Table) and table.key not in named:
            named.add(table.key)
            if snake not in labels.values():
                labels[table.key] = snake
    return labels


def _dependency_order(tables: Mapping[str, Table]) -> list[str]:
    """Parents before children; nullable keys give way first where keys form a cycle."""
    for keep in (lambda table, key: True, lambda table, key: table.is_required(key)):
        graph: dict[str, set[str]] = {
            table.key: {
                key.referred_table
                for key in table.foreign_keys
                if not key.is_self_reference and keep(table, key)
            }
            for table in tables.values()
        }
        try:
            return list(TopologicalSorter(graph).static_order())
        except CycleError:
            continue
    return list(tables)
