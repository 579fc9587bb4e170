"""factory_boy factories as sources of domain-valid values.

Only declarations of plain values are evaluated, never `create`, and nothing is instantiated:
a SubFactory says that there is a parent, which the graph supplies. Randomness and counters come
from the draw, so the values repeat and shrink.
"""

from __future__ import annotations

import random
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

from hypothesis import strategies as st
from hypothesis.errors import HypothesisException

from ormthesis.core.errors import FactoryError
from ormthesis.core.text import suggestion
from ormthesis.generation.factories_control import (
    KeepsState,
    Parent,
    ReadsParent,
    arguments,
    controlled,
    declarations,
    flags,
    mapped_class,
    require_factory_boy,
    resolver,
    sub_factories,
)
from ormthesis.schema.mapping import Model
from ormthesis.schema.model import Table
from ormthesis.schema.models import Models
from ormthesis.schema.target import import_module

_SEQUENCES = st.integers(0, 9999)
_RANDOMS = st.randoms(use_true_random=False)
_PROBES = 3
"""Seeds with which every declaration is evaluated twice."""
_NO_REPEAT = "it gives other values under the same draw (a clock, uuid4 or a state of its own)"


@dataclass(frozen=True, kw_only=True)
class FactorySource:
    """What one factory supplies for the rows of one table."""

    factory: type
    model: str
    table: str
    columns: tuple[str, ...]
    """The columns that it has plain values for, with or without its traits."""
    parents: Mapping[str, type]
    """Relationship attribute to the factory of the parent there."""
    unstable: Mapping[str, str]
    """Declaration to the reason why it is not used; the column's own strategy takes its place."""
    attributes: Mapping[str, str] = field(repr=False)
    """Attribute to column, for the columns that a draft holds values of."""
    stand_ins: frozenset[str] = field(repr=False)
    """Declarations of entities, never evaluated."""
    flags: tuple[tuple[str, bool], ...] = field(repr=False)
    """Traits and boolean Params with what they are by default."""

    def values(self) -> st.SearchStrategy[Mapping[str, Any]]:
        """Column name to Python value, for one row; columns of traits that are off are absent.

        A draw raises FactoryError where a declaration raises.
        """
        return _values(self, st.integers(0, (1 << len(self.flags)) - 1))

    def evaluate(
        self, rng: random.Random, sequence: int, switches: Mapping[str, bool]
    ) -> dict[str, Any]:
        """One row's values. Raises FactoryError where a declaration raises."""
        found = _evaluate(self, rng, sequence, switches)
        return {
            self.attributes[name]: value
            for name, value in found.arguments.items()
            if name in self.attributes
        }


@st.composite
def _values(
    draw: st.DrawFn, source: FactorySource, masks: st.SearchStrategy[int]
) -> Mapping[str, Any]:
    mask = draw(masks)
    switches = {
        name: bool(mask >> bit & 1) is not default
        for bit, (name, default) in enumerate(source.flags)
    }
    return source.evaluate(draw(_RANDOMS), draw(_SEQUENCES), switches)


@dataclass(frozen=True, slots=True)
class _Evaluated:
    values: Mapping[str, Any]
    """By the names of the declarations."""
    refused: Mapping[str, str]
    """Declaration to the reason why it has no value without a database."""
    arguments: Mapping[str, Any]
    """By the names of the model's attributes."""


def _evaluate(
    source: FactorySource, rng: random.Random, sequence: int, switches: Mapping[str, bool]
) -> _Evaluated:
    values: dict[str, Any] = {}
    refused: dict[str, str] = {}
    given = {**switches, **{name: Parent(name) for name in source.stand_ins}}
    with controlled(rng, sequence):
        stub = resolver(source.factory, sequence, given)
        for name in declarations(source.factory):
            if name in source.unstable:
                continue
            try:
                values[name] = getattr(stub, name)
            except (ReadsParent, KeepsState) as signal:
                refused[name] = str(signal)
            except HypothesisException:
                raise
            except Exception as error:  # whatever a user's function raises, reported as theirs
                raise _raised(source.factory, name, error) from error
        try:
            return _Evaluated(values, refused, arguments(source.factory, values))
        except HypothesisException:
            raise
        except Exception as error:  # as above, from the factory's `_adjust_kwargs`
            raise _raised(source.factory, "_adjust_kwargs", error) from error


def _raised(factory: type, name: str, error: Exception) -> FactoryError:
    return FactoryError(
        f"Factory {factory.__name__} raises in {name!r}: {type(error).__name__}: {error}",
        hint=f"Correct the declaration; `{factory.__name__}.build()` shows the whole traceback.",
    )


def read_factory(factory_class: Any, models: Models) -> FactorySource:
    """What a factory supplies, found by evaluating it a few times with and without its traits.

    Raises FactoryError for what is no factory, for one whose model the target does not map, and
    for one that raises; OptionError where factory_boy is not installed.
    """
    model = _model_name(factory_class, models)
    declared = models.schema.model(model)
    table = models.schema.by_key[declared.table]
    drawn = {
        attribute: name
        for name, attribute in declared.attributes.items()
        if name not in table.foreign_key_columns
        and not (table.by_name[name].surrogate or table.by_name[name].computed)
    }
    entities = dict(_entities(factory_class, models))
    related = {relationship.name for relationship in declared.relationships}
    source = FactorySource(
        factory=factory_class,
        model=model,
        table=table.key,
        columns=(),
        parents={name: parent for name, parent in entities.items() if name in related},
        unstable={},
        attributes=drawn,
        stand_ins=frozenset(entities) | _keys(table, declared, declarations(factory_class)),
        flags=tuple(flags(factory_class).items()),
    )
    return _probed(source)


def _model_name(factory_class: Any, models: Models) -> str:
    factory = require_factory_boy()
    if not (isinstance(factory_class, type) and issubclass(factory_class, factory.Factory)):
        raise FactoryError(
            f"{factory_class!r} is no factory_boy factory.",
            hint="Pass classes derived from factory.alchemy.SQLAlchemyModelFactory.",
        )
    model = mapped_class(factory_class)
    for name, mapper in models.mappers.items():
        if mapper.class_ is model:
            return name
    shown = getattr(model, "__name__", "no model")
    raise FactoryError(
        f"Factory {factory_class.__name__} makes {shown}, which {models.name} does not map.",
        hint=f"Set `class Meta: model` to a mapped class. {suggestion(shown, models.mappers)}",
    )


def _keys(table: Table, model: Model, names: Container[str]) -> frozenset[str]:
    """Declared attributes of foreign keys: the graph's references supply them."""
    keys = (model.attributes.get(name, name) for name in table.foreign_key_columns)
    return frozenset(name for name in keys if name in names)


def _entities(factory_class: Any, models: Models) -> Iterator[tuple[str, Any]]:
    """The declarations that build mapped entities."""
    mapped = {mapper.class_ for mapper in models.mappers.values()}
    for name, declaration in declarations(factory_class).items():
        try:
            for found in sub_factories(declaration):
                if mapped_class(found) in mapped:
                    yield name, found
        except (ImportError, AttributeError) as error:
            raise _raised(factory_class, name, error) from error


def _probed(source: FactorySource) -> FactorySource:
    """With its columns, and with what does not repeat set apart.

    Every declaration is evaluated twice under the same seed, for several seeds, with no trait,
    with each trait and with all.
    """
    unstable: dict[str, str] = {}
    names: dict[str, None] = {}
    for switches in _switchings(source):
        for seed in range(_PROBES):
            first = _evaluate(source, random.Random(seed), seed, switches)
            again = _evaluate(source, random.Random(seed), seed, switches)
            unstable.update(first.refused)
            differing = _differing(first.values, again.values)
            unstable.update(dict.fromkeys(differing, _NO_REPEAT))
            names.update(dict.fromkeys(first.arguments))
    used = frozenset(unstable)
    columns = tuple(
        column
        for attribute, column in source.attributes.items()
        if attribute in names and attribute not in used
    )
    return replace(source, columns=columns, unstable=unstable)


def _switchings(source: FactorySource) -> Iterator[dict[str, bool]]:
    default = dict(source.flags)
    yield default
    for name, value in source.flags:
        yield {**default, name: not value}
    if len(source.flags) > 1:
        yield {name: not value for name, value in source.flags}


def _differing(first: Mapping[str, Any], again: Mapping[str, Any]) -> Iterator[str]:
    for name, value in first.items():
        if not isinstance(value, Parent) and not _same(value, again.get(name)):
            yield name


def _same(first: Any, second: Any) -> bool:
    return type(first) is type(second) and (first == second or repr(first) == repr(second))


def load_factories(
    module_name_or_object: str | ModuleType | Iterable[Any], models: Models
) -> Mapping[str, FactorySource]:
    """Model name to source, for all factories of a module or an iterable.

    Of several factories for one model the first one counts. A module's factories of classes that
    the target does not map are passed over; an iterable must not hold any.

    Raises FactoryError where no factory is found, or as `read_factory` does; TargetError where the
    module cannot be imported.
    """
    found: dict[str, FactorySource] = {}
    for factory_class in _factories(module_name_or_object, models):
        source = read_factory(factory_class, models)
        found.setdefault(source.model, source)
    if not found:
        raise FactoryError(
            f"{_shown(module_name_or_object)} holds no factory for the models of {models.name}.",
            hint="Name the module that declares them, as in `tests.factories`.",
        )
    return found


def _factories(given: str | ModuleType | Iterable[Any], models: Models) -> Iterator[Any]:
    factory = require_factory_boy()
    holder = import_module(given) if isinstance(given, str) else given
    if not isinstance(holder, ModuleType):
        if not isinstance(holder, Iterable):
            raise FactoryError(
                f"{holder!r} is neither a module nor an iterable of factories.",
                hint="Pass a module, its name, or a tuple of factory classes.",
            )
        yield from holder
        return
    mapped = {mapper.class_ for mapper in models.mappers.values()}
    for value in vars(holder).values():
        is_factory = isinstance(value, type) and issubclass(value, factory.Factory)
        if is_factory and _maps(value, mapped):
            yield value


def _maps(factory_class: Any, mapped: Container[type]) -> bool:
    return not factory_class._meta.abstract and mapped_class(factory_class) in mapped


def _shown(given: object) -> str:
    if isinstance(given, ModuleType):
        return f"Module {given.__name__!r}"
    return f"Module {given!r}" if isinstance(given, str) else repr(given)
