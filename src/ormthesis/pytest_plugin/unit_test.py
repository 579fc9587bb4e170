"""One unit as a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

import _ormthesis_pytest as plugin
from ormthesis.engine.unit import run_unit
from ormthesis.pytest_plugin.failures import conclude, not_tested, plainly_failing
from ormthesis.pytest_plugin.options import seed_of
from ormthesis.pytest_plugin.place import current_place
from ormthesis.pytest_plugin.random_phase import ProfiledPhase

if TYPE_CHECKING:
    from ormthesis.engine.plan import Unit
    from ormthesis.pytest_plugin.model_tests import ModelTests


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class UnitTest:
    """One (model, invariant). `check` is the whole test."""

    tests: ModelTests
    unit: Unit

    @property
    def id(self) -> str:
        """Such as `Project::not-null`."""
        return self.unit.id

    @property
    def model(self) -> str:
        return self.unit.model

    @property
    def invariant(self) -> str:
        return self.unit.invariant.id

    def __repr__(self) -> str:
        return f"<{self.id}>"

    def prepare(self) -> None:
        """Skip where nothing can be tested; else open the database. Fails where that fails."""
        if not self.unit.subjects:
            pytest.skip(not_tested("; ".join(sorted(set(self.unit.reasons.values())))))
        with plainly_failing():
            self.tests.world()
        self.tests.tell()

    def check(self) -> None:
        """Test the unit under Hypothesis's current profile.

        Raises UnitFailed with the text of all failures, skips what cannot be tested, and is an
        expected failure where the baseline accepts everything that was found. Fails with one
        message where it cannot test.
        """
        __tracebackhide__ = True
        self.prepare()
        item = plugin.running[-1] if plugin.running else None
        config = self.tests.config
        seed = seed_of(config)
        with plainly_failing():
            result = run_unit(
                self.tests.world(),
                self.unit,
                config,
                seed=seed,
                saved=self.tests.saved(),
                random_phase=ProfiledPhase(item),
            )
        if item is not None:
            item.user_properties.append(("ormthesis_examples", result.examples))
            item.user_properties.append(("ormthesis_probes", result.probes))
        conclude(result, self.tests.models, config, seed=seed, shown=current_place().seen)
