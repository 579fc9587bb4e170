"""Collectors and items of a configured target: `ormthesis::Project::not-null`."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import pytest
from _pytest._code.code import ReprExceptionInfo, ReprFileLocation, ReprTracebackNative

import _ormthesis_pytest as plugin
from ormthesis.core.errors import OrmthesisError
from ormthesis.core.text import plural, suggestion
from ormthesis.pytest_plugin.failures import UnitFailed
from ormthesis.pytest_plugin.model_tests import ModelTests, configured_tests
from ormthesis.pytest_plugin.options import seed_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from os import PathLike

    from ormthesis.pytest_plugin.unit_test import UnitTest

_TESTS = pytest.StashKey[ModelTests]()


def root_collector(session: pytest.Session, named: Sequence[str]) -> pytest.Collector:
    """The collector of all units, or of those that are `named` on the command line.

    Raises pytest.UsageError where the target or an option cannot be used, or a name matches none.
    """
    plugin.register_profiles()
    try:
        tests = configured_tests()
        units = _chosen(tests.units, named)
    except OrmthesisError as error:
        raise pytest.UsageError(str(error)) from error
    session.config.stash[_TESTS] = tests
    return RootCollector.from_parent(session, name=plugin.ROOT, nodeid=plugin.ROOT, units=units)


def summary_lines(config: pytest.Config) -> list[str]:
    tests = config.stash.get(_TESTS, None)
    if tests is None:  # the collection was given up
        return []
    size = f"{plural(len(tests.units), 'unit')} of {plural(tests.config.max_examples, 'example')}"
    seed = f"--hypothesis-seed={seed_of(tests.config)}"
    return [f"ormthesis: {tests.config.target}, {size} ({seed})"]


def _chosen(units: Sequence[UnitTest], named: Sequence[str]) -> Sequence[UnitTest]:
    if not named:
        return units
    names = [name.removeprefix(f"{plugin.ROOT}::") for name in named]
    for name in names:
        if name not in {unit.id for unit in units} | {unit.model for unit in units}:
            known = [unit.id for unit in units]
            raise pytest.UsageError(f"not found: {plugin.ROOT}::{name}. {suggestion(name, known)}")
    return [unit for unit in units if unit.id in names or unit.model in names]


class RootCollector(pytest.Collector):
    """All units of a target."""

    def __init__(self, *, units: Sequence[UnitTest], **keywords: Any) -> None:
        super().__init__(**keywords)
        self.units = units
        self.add_marker(plugin.ROOT)

    def collect(self) -> Iterator[pytest.Collector]:
        for model, units in groupby(self.units, key=lambda unit: unit.model):
            yield ModelCollector.from_parent(self, name=model, units=list(units))


class ModelCollector(pytest.Collector):
    """The units of one model."""

    def __init__(self, *, units: Sequence[UnitTest], **keywords: Any) -> None:
        super().__init__(**keywords)
        self.units = units

    def collect(self) -> Iterator[pytest.Item]:
        for unit in self.units:
            yield UnitItem.from_parent(self, name=unit.invariant, unit=unit)


class UnitItem(pytest.Item):
    """One unit."""

    def __init__(self, *, unit: UnitTest, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.unit = unit
        self.add_marker("hypothesis")

    def setup(self) -> None:
        self.unit.prepare()

    def runtest(self) -> None:
        self.unit.check()

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Failures that explain themselves, without a traceback.

        The short summary has the first line: in CI pytest would print a plain text twice in full.
        """
        if not isinstance(excinfo.value, UnitFailed):
            return super().repr_failure(excinfo, style)
        text = str(excinfo.value)
        summary = ReprFileLocation(self.nodeid, 0, text.partition("\n")[0])
        return ReprExceptionInfo(ReprTracebackNative([text]), summary)

    def reportinfo(self) -> tuple[PathLike[str] | str, int | None, str]:
        return self.config.rootpath / plugin.ROOT, None, self.unit.id
