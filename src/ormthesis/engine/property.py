"""The ONE way in which Hypothesis runs a property of ours outside pytest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis import strategies as st

QUIET = settings(
    database=None,
    deadline=None,
    verbosity=Verbosity.quiet,
    print_blob=False,
    report_multiple_bugs=False,
    derandomize=False,
    suppress_health_check=list(HealthCheck),
)


def run_property(
    strategy: st.SearchStrategy[Any],
    body: Callable[[Any], None],
    *,
    seed: int,
    max_examples: int,
    phases: tuple[Phase, ...] = (Phase.generate,),
) -> None:
    """Run a Hypothesis test outside pytest. Whatever the body raises goes through."""
    test = hypothesis.given(strategy)(body)
    test = settings(QUIET, max_examples=max_examples, phases=phases)(test)
    hypothesis.seed(seed)(test)()
