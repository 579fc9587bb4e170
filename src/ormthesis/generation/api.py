"""Strategies of pure entity graphs for users' own properties: `from_model`, `from_factory`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, registry

from ormthesis.core.errors import OptionError
from ormthesis.generation.factories import FactorySource, read_factory
from ormthesis.generation.factories_control import mapped_class
from ormthesis.generation.fill import GraphStrategies
from ormthesis.generation.narrowing import Narrowing, read_narrowing
from ormthesis.generation.overrides import read_overrides
from ormthesis.generation.requests import RowRequest
from ormthesis.rules.book import RuleBook, compile_rules
from ormthesis.schema.models import Models, load_models

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hypothesis.strategies import SearchStrategy

    from ormthesis.generation.graph import EntityGraph


def from_model(model: type, /, **overrides: Any) -> SearchStrategy[EntityGraph]:
    """Graphs of one row of a mapped class and of the rows that it refers to.

    Draws are pure: nothing is written and no object of a mapped class is made. The row is the
    first of the class's table, and loads as this class, not as a base class or a subclass. Keyword
    arguments are attributes of the class, each a Hypothesis strategy or a plain value; `...` means
    infer: a value is drawn, never NULL. A reference, by its relationship or its key's attribute,
    can be `...` (there is a row) or None (there is none).
    CHECKs are solved together with what is given.

    Raises OptionError for an attribute that does not exist and for values that no row can have.
    """
    declared = _declared(_mapper(model))
    return _graphs(declared, model.__name__, overrides, factories={})


def from_factory(factory: type, /, **overrides: Any) -> SearchStrategy[EntityGraph]:
    """Like `from_model` for the factory's model, half of the rows with the factory's values.

    The factory is evaluated under the draw's control and creates nothing; a SubFactory's factory
    supplies the values of the parents. Overrides go before the factory's declarations.

    Raises FactoryError for what is no factory and for one that raises, OptionError as `from_model`.
    """
    declared = _declared(_mapper(_model_of(factory)))
    source = read_factory(factory, declared.models)
    sources = {found.table: found for found in _with_parents(source, declared.models)}
    return _graphs(declared, source.model, overrides, sources)


def mapped_models(model: object) -> Models:
    """All models that share a registry with this mapped class. Raises OptionError for another."""
    return _declared(_mapper(model)).models


@dataclass(frozen=True, slots=True)
class _Declared:
    """A registry, read once. `size` tells whether classes or tables were added since."""

    size: tuple[int, int]
    models: Models
    book: RuleBook
    narrowing: Narrowing


_READ: WeakKeyDictionary[registry, _Declared] = WeakKeyDictionary()


def _declared(mapper: Mapper[Any]) -> _Declared:
    owner = mapper.registry
    size = (len(tuple(owner.mappers)), len(owner.metadata.tables))
    known = _READ.get(owner)
    if known is None or known.size != size:
        models = load_models(owner, name=f"the registry of {mapper.class_.__name__}")
        book = compile_rules(models.schema)
        narrowing = read_narrowing(models, GraphStrategies(models.schema, book))
        known = _READ[owner] = _Declared(size, models, book, narrowing)
    return known


def _mapper(model: object) -> Mapper[Any]:
    mapper: object = sa.inspect(model, raiseerr=False) if isinstance(model, type) else None
    if isinstance(mapper, Mapper) and isinstance(mapper.local_table, sa.Table):
        return mapper
    raise OptionError(
        f"{model!r} is no mapped class.",
        hint="Pass a class that SQLAlchemy maps to a table, such as `Project`.",
    )


def _model_of(factory: Any) -> object:
    """None where it is no factory: `_mapper` and `read_factory` say what it should be."""
    return mapped_class(factory) if hasattr(factory, "_meta") else factory


def _with_parents(source: FactorySource, models: Models) -> Iterator[FactorySource]:
    """The factory's source and those of its SubFactories, the nearest of each table."""
    seen: set[str] = set()
    waiting = [source]
    while waiting:
        found = waiting.pop(0)
        if found.table not in seen:
            seen.add(found.table)
            yield found
            waiting.extend(read_factory(parent, models) for parent in found.parents.values())


def _graphs(
    declared: _Declared,
    name: str,
    overrides: Mapping[str, Any],
    factories: Mapping[str, FactorySource],
) -> SearchStrategy[EntityGraph]:
    schema = declared.models.schema
    model = schema.model(name)
    table = schema.by_key[model.table]
    values = {key: source.values() for key, source in factories.items()}
    strategies = GraphStrategies(schema, declared.book, factories=values)
    request = read_overrides(model, table, overrides)
    graphs = RowRequest(strategies, model, request, values.get(table.key)).graphs()
    given = frozenset(f"{table.key}.{name}" for name in (*request.fixed, *request.drawn))
    return declared.narrowing.graphs(graphs, given)
