"""The random phase of a unit as a plain Hypothesis test: profile, seed, statistics.

The only door to Hypothesis's internals of this package.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.statistics import collector, describe_statistics

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from ormthesis.engine.property import Search


@dataclass(frozen=True, slots=True)
class ProfiledPhase:
    """Runs under the current profile; leaves its statistics on the item, for Hypothesis to show."""

    item: pytest.Item | None

    def __call__(self, search: Search, max_examples: int) -> None:
        profile = settings()
        if Phase.generate not in profile.phases:
            return
        test = given(search.random_trials())(search.probe)
        test = settings(
            profile,
            max_examples=max_examples,
            phases=[Phase.generate],  # the body raises nothing: nothing to replay or to shrink
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )(test)
        with collector.with_value(cast("None", self._note)):  # typed as always None
            seed(search.seed)(test)()

    def _note(self, statistics: Any) -> None:
        if self.item is not None:
            statistics["nodeid"] = self.item.nodeid
            item: Any = self.item
            item.hypothesis_statistics = describe_statistics(statistics)


def without_deadline(test: Callable[..., Any]) -> None:
    """Turn the profile's deadline off for a Hypothesis test; one of the test's own stays."""
    function: Any = getattr(test, "__func__", test)
    own: settings = getattr(function, "_hypothesis_internal_use_settings", None) or settings()
    if own.deadline == settings().deadline:
        function._hypothesis_internal_use_settings = settings(own, deadline=None)
