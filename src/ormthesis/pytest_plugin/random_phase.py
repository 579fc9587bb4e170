"""The random phase of a unit as a plain Hypothesis test: profile, seed, statistics.

The only door to Hypothesis's internals of this package.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.statistics import collector, describe_statistics

if TYPE_CHECKING:
    import pytest

    from ormthesis.engine.company import Company


@dataclass(frozen=True, slots=True)
class ProfiledPhase:
    """Runs under the current profile; leaves its statistics on the item, for Hypothesis to show."""

    item: pytest.Item | None

    def __call__(self, company: Company, max_examples: int) -> None:
        profile = settings()
        if Phase.generate not in profile.phases:
            return
        test = given(company.random_trials())(company.probe)
        test = settings(
            profile,
            max_examples=max_examples,
            phases=[Phase.generate],  # the body raises nothing: nothing to replay or to shrink
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )(test)
        with collector.with_value(cast("None", self._note)):  # typed as always None
            seed(company.seed)(test)()

    def _note(self, statistics: Any) -> None:
        if self.item is not None:
            statistics["nodeid"] = self.item.nodeid
            item: Any = self.item
            item.hypothesis_statistics = describe_statistics(statistics)


def fit(test: Any, *, explain: bool = False) -> None:
    """Fit the profile's settings to a Hypothesis test that uses a database.

    No deadline, and unless asked for no explain phase: it would name lines of ours, at three to
    four times the cost. What the test sets for itself stays.
    """
    function = getattr(test, "__func__", test)
    own: settings = getattr(function, "_hypothesis_internal_use_settings", None) or settings()
    profile = settings()
    changes: dict[str, Any] = {}
    if own.deadline == profile.deadline:
        changes["deadline"] = None
    if own.phases == profile.phases and not explain:
        changes["phases"] = [phase for phase in own.phases if phase is not Phase.explain]
    function._hypothesis_internal_use_settings = settings(own, **changes)
