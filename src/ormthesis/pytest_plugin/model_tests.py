"""`load`: the tests of one target, for use in a test module."""

from __future__ import annotations

import sys
import warnings
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import strategies as st

import _ormthesis_pytest as plugin
from ormthesis.config import SchemaSource
from ormthesis.config.load import useless_preparation
from ormthesis.core.errors import OptionError
from ormthesis.engine.notes import declaration_notes
from ormthesis.engine.plan import plan
from ormthesis.engine.prepare import preparations
from ormthesis.engine.reproductions.store import ReproductionStore
from ormthesis.engine.run import load_saved
from ormthesis.engine.session import open_world
from ormthesis.engine.setup import build_context, creator, import_hooks, open_target
from ormthesis.generation.factories import load_factories
from ormthesis.generation.requests import graphs_of
from ormthesis.persistence.persisted import ExampleSessions
from ormthesis.persistence.provisioning.existing import open_existing
from ormthesis.pytest_plugin.failures import OrmthesisWarning
from ormthesis.pytest_plugin.options import configured_target, read_config
from ormthesis.pytest_plugin.place import connected, current_place
from ormthesis.pytest_plugin.properties import decorated
from ormthesis.pytest_plugin.unit_test import UnitTest
from ormthesis.schema import load_models
from ormthesis.schema.claims import claims_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import ModuleType

    import sqlalchemy as sa
    from hypothesis.strategies import SearchStrategy

    from ormthesis.config import Config
    from ormthesis.engine.prepare import Prepare
    from ormthesis.engine.reproductions.reproduction import Reproduction
    from ormthesis.engine.world import World
    from ormthesis.generation.graph import EntityGraph
    from ormthesis.invariants.base import Context
    from ormthesis.persistence.provisioning.run import Database
    from ormthesis.schema.mapping import Model
    from ormthesis.schema.models import Models

F = TypeVar("F", bound="Callable[..., Any]")


class ModelTests:
    """The tests of one target: units to parametrize with, and graphs for properties.

    Made by `ormthesis.load`. Databases are opened when the first test needs one, and shared by
    all tests of the process.
    """

    def __init__(
        self,
        config: Config,
        models: Models,
        factories: str | ModuleType | Iterable[Any] | None,
        prepare: Prepare | None = None,
    ) -> None:
        self.config = config
        self.models = models
        self._prepare = prepare
        sources = {} if factories is None else load_factories(factories, models)
        self._context = build_context(models, sources)
        self._notes = list(declaration_notes(self._context))

    @cached_property
    def units(self) -> tuple[UnitTest, ...]:
        """One for each model and check, without those that do not apply to the model."""
        planned = plan(self._context, self.config, claims_of(self.models).values())
        return tuple(UnitTest(self, unit) for unit in planned if unit.subjects or unit.reasons)

    def parametrize(self) -> Callable[[F], F]:
        """Make one pytest item per unit of the decorated test, which gets it as `unit`.

        @models.parametrize()
        def test_models(unit):
            unit.check()
        """
        import pytest

        return pytest.mark.parametrize("unit", self.units, ids=lambda unit: unit.id)

    def given(
        self, *sources: type | SearchStrategy[EntityGraph], rows: tuple[int, int] = (1, 1)
    ) -> Callable[[Callable[..., None]], Callable[..., None]]:
        """Turn a function into a Hypothesis test over graphs that are in the database.

        `sources` are mapped classes (`rows` rows of each, least and most, with the rows that they
        refer to) or one strategy of graphs, such as `from_model(...)`. The function takes `graph`,
        a `PersistedGraph`, or `session`, or both; other arguments are fixtures. For every example
        the graph is written, the function called, and everything rolled back: commits are safe.

        Raises OptionError for sources that are neither, and for a function that takes neither.
        """
        return decorated(self.graphs(*sources, rows=rows), self)

    def graphs(
        self, *sources: type | SearchStrategy[EntityGraph], rows: tuple[int, int] = (1, 1)
    ) -> SearchStrategy[EntityGraph]:
        """The pure strategy behind `given`."""
        classes = [source for source in sources if isinstance(source, type)]
        strategies = [source for source in sources if not isinstance(source, type)]
        if len(strategies) == 1 and not classes:
            return strategies[0]
        if strategies or not classes:
            raise OptionError(
                "A property needs mapped classes, or one strategy of graphs.",
                hint="Write `@models.given(Project, Agent)` or `@models.given(from_model(Agent))`.",
            )
        models = [self._model(model) for model in classes]

        def found(context: Context) -> SearchStrategy[EntityGraph]:
            return context.narrowing.graphs(graphs_of(context.strategies, models, rows=rows))

        if not self._may_hold_rows:
            return found(self._context)
        # Which keys are taken is known once there is a database: when the first graph is drawn.
        return st.deferred(lambda: found(self.world().context))

    def tell(self) -> None:
        """What a run would print of the declarations, as warnings: once in a process."""
        while self._notes:
            warnings.warn(self._notes.pop(0), OrmthesisWarning, stacklevel=2)

    @property
    def _may_hold_rows(self) -> bool:
        """Whether the database holds rows before the first test."""
        existing = self.config.schema is SchemaSource.EXISTING
        return existing or bool(preparations(self.config, self._prepare))

    def build(self) -> Callable[[sa.Engine], None]:
        """What makes the tables in an empty database, and the rows that have to exist."""
        return creator(self.models, preparations(self.config, self._prepare))

    def world(self) -> World:
        """Where the units' cases are observed."""
        return current_place().hold((self, "world"), self._open_world)

    def sessions(self) -> ExampleSessions:
        """Where the graphs of properties are written."""
        return current_place().hold((self, "sessions"), self._open_sessions)

    def saved(self) -> Sequence[Reproduction]:
        """The saved reproductions of the target; a warning for each that cannot be read."""
        return current_place().hold((self, "saved"), self._load_saved)

    def _model(self, model: type) -> Model:
        for name, mapper in self.models.mappers.items():
            if mapper.class_ is model:
                return self.models.schema.model(name)
        raise OptionError(
            f"{model!r} is no mapped class of {self.models.name}.",
            hint=f"Its models are {', '.join(self.models.mappers) or 'none'}.",
        )

    def _database(self) -> Database:
        @contextmanager
        def opened() -> Iterator[Database]:
            if self.config.schema is SchemaSource.EXISTING:
                assert self.config.url is not None  # checked with the other settings
                yield open_existing(self.config.url)
            else:
                yield current_place().database(self.config, self.build())

        return current_place().hold((self, "database"), opened)

    @contextmanager
    def _open_world(self) -> Iterator[World]:
        with open_world(
            self.models, self._context, self._database(), mode=self.config.mode
        ) as world:
            yield world

    @contextmanager
    def _open_sessions(self) -> Iterator[ExampleSessions]:
        models = self.world().models if self._may_hold_rows else self.models
        database = self._database()
        with connected(database, pool_size=1) as engine:
            yield ExampleSessions(models, engine, owned=database.owned)

    @contextmanager
    def _load_saved(self) -> Iterator[list[Reproduction]]:
        store = ReproductionStore(self.config.reproductions)
        saved, unreadable = load_saved(store, self.models, self.config)
        for text in unreadable:
            warnings.warn(text, OrmthesisWarning, stacklevel=2)
        yield saved


def load(
    target: object,
    /,
    *,
    factories: str | ModuleType | Iterable[Any] | None = None,
    hooks: str | None = None,
    url: str | None = None,
    binaries: str | None = None,
    max_examples: int | None = None,
    seed: int | None = None,
    phases: Iterable[str] = (),
    mode: str | None = None,
    checks: Iterable[str] = (),
    exclude_checks: Iterable[str] = (),
    include_models: Iterable[str] = (),
    exclude_models: Iterable[str] = (),
    baseline: str | None = None,
    reproductions: str | None = None,
    schema: str | None = None,
    seed_sql: str | None = None,
    prepare: str | Callable[[sa.Connection], object] | None = None,
) -> ModelTests:
    """The tests of a declarative base, a registry, a MetaData or a Flask-SQLAlchemy extension.

    `target` may also be text such as `app.models:Base` or `postgresql://host/name`. `factories`
    are a module, its name, or factory classes. The other arguments are those of `ormthesis run`;
    what is not given comes from the environment, then from `[tool.ormthesis]` of pyproject.toml.
    `max_examples` is else that of Hypothesis's current profile. `prepare`, a function or its name,
    gets a SQLAlchemy connection after the tables are made, to insert rows that have to exist.

    Raises OrmthesisError where the models, the factories or a setting cannot be used.
    """
    spec = target if isinstance(target, str) else _spec(target)
    config = read_config(
        {
            "target": spec,
            "factories": factories if isinstance(factories, str) else None,
            "hooks": hooks,
            "url": url,
            "binaries": binaries,
            "max-examples": max_examples,
            "seed": seed,
            "phases": tuple(phases),
            "mode": mode,
            "checks": tuple(checks),
            "exclude-checks": tuple(exclude_checks),
            "include-model": tuple(include_models),
            "exclude-model": tuple(exclude_models),
            "baseline": baseline,
            "reproductions": reproductions,
            "schema": schema,
            "seed-sql": seed_sql,
            "prepare": prepare if isinstance(prepare, str) else None,
        },
        command_line=False,
    )
    if prepare is not None and config.schema is SchemaSource.EXISTING:
        raise useless_preparation("prepare")
    text = isinstance(target, str)
    if not text:
        import_hooks(config)
    models = open_target(config) if text else load_models(target, name=config.target)
    return ModelTests(
        config,
        models,
        config.factories if factories is None else factories,
        None if isinstance(prepare, str) else prepare,
    )


def configured_tests() -> ModelTests:
    """The tests of the target that the command line or pyproject.toml names."""
    config = read_config({}, command_line=True)
    _add_root_to_path()
    models = open_target(config)
    return ModelTests(config, models, config.factories)


def _add_root_to_path() -> None:
    """Modules are looked up from pytest's root folder, wherever it was started."""
    root = str(plugin.active[-1].rootpath)
    if root not in sys.path:
        sys.path.insert(0, root)


def _spec(target: object) -> str:
    """`package.module:attribute` of an object, as configured where that means the same object."""
    configured = configured_target()
    if configured and _is(configured, target):
        return configured
    if isinstance(target, type):
        return f"{target.__module__}:{target.__qualname__}"
    for name, module in sorted(sys.modules.items()):
        for attribute, value in list(getattr(module, "__dict__", {}).items()):
            if value is target:
                return f"{name}:{attribute}"
    return type(target).__name__


def _is(spec: str, target: object) -> bool:
    module, _, path = spec.partition(":")
    found: object = sys.modules.get(module)
    for name in path.split("."):
        found = getattr(found, name, None)
    return found is target
