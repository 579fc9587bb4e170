"""The ONE property: draw a trial, observe it, judge it. Search first, then shrink.

Hypothesis tells bugs apart by exception class and line, and the first failing probe of a graph
hides the rest. So the search runs every probe and raises nothing; then each failing (invariant,
subject) gets a property of its own that finds and shrinks nothing but that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity, event, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from ormthesis.engine.minimise import minimise
from ormthesis.engine.plan import Unit
from ormthesis.engine.reproductions.reproduction import Reproduction
from ormthesis.engine.results import Evidence
from ormthesis.engine.world import Examined, World
from ormthesis.generation.layouts import Pin
from ormthesis.invariants.base import Trial
from ormthesis.invariants.failure import Failure

PINS_PER_EXAMPLE = 8
# A failing subject fails on nearly every graph; this many tries are plenty to find it again.
PINNED_EXAMPLES = 100
EXAMPLES_PER_RUN = 1000

QUIET = settings(
    database=None,
    deadline=None,
    verbosity=Verbosity.quiet,
    print_blob=False,
    report_multiple_bugs=False,
    derandomize=False,
    suppress_health_check=list(HealthCheck),
)


class _FoundError(AssertionError):
    """The pinned failure occurred."""


class Search:
    """One unit's search: examined trials, and the first trial behind each distinct failure."""

    def __init__(self, world: World, unit: Unit, *, seed: int) -> None:
        self.world = world
        self.unit = unit
        self.seed = seed
        self.total = Examined()
        self.examples = 0
        self.found: dict[str, tuple[Failure, Pin | None]] = {}
        self.replayed: set[str] = set()
        """Fingerprints of failures that a saved case showed: they are not searched for again."""

    def replay(self, saved: Iterable[Reproduction]) -> None:
        """Saved cases of this unit that still fail, as they were saved."""
        unit = self.unit
        for reproduction in saved:
            if (reproduction.model, reproduction.invariant) != (unit.model, unit.invariant.id):
                continue
            for failure in self.world.recheck(unit.invariant, unit.table, reproduction.case):
                if failure.fingerprint == reproduction.fingerprint:
                    self.found[failure.fingerprint] = (failure, None)
                    self.replayed.add(failure.fingerprint)

    def boundary(self) -> None:
        """Every pinned skeleton once, with the simplest values."""
        invariant, unit = self.unit.invariant, self.unit
        pins: Sequence[Pin | None] = invariant.pins(self.world.context, unit.table) or (None,)
        for chunk in _chunks(pins, PINS_PER_EXAMPLE):
            trials = st.tuples(
                *(self._trials(unit.subjects, pin, exhaustive=True) for pin in chunk)
            )
            run_property(trials, self._looker(chunk), seed=self.seed, max_examples=1)

    def random(self, max_examples: int) -> None:
        """In portions, since Hypothesis remembers every example of a run."""
        trials = self.random_trials()
        for portion, start in enumerate(range(0, max_examples, EXAMPLES_PER_RUN)):
            count = min(EXAMPLES_PER_RUN, max_examples - start)
            run_property(trials, self.probe, seed=self.seed + portion, max_examples=count)

    def random_trials(self) -> st.SearchStrategy[Trial]:
        """What the random phase draws, for callers that run Hypothesis themselves."""
        return self._trials(self.unit.subjects, None)

    def probe(self, trial: Trial) -> None:
        """The body of the random phase. Raises nothing for a failure: it is kept."""
        examined = self._look(trial, None)
        for subject, evidence in examined.evidence.items():
            event(f"{subject}: {_label(evidence)}")

    def shrunk(self) -> Iterator[Failure]:
        """Each distinct failure with its minimal case."""
        for fingerprint, (failure, pin) in self.found.items():
            if fingerprint not in self.replayed:
                failure = self._pinned(failure, pin)
            yield minimise(self.world, self.unit, failure)

    def _looker(self, pins: Sequence[Pin | None]) -> Callable[[tuple[Trial, ...]], None]:
        def body(drawn: tuple[Trial, ...]) -> None:
            for trial, pin in zip(drawn, pins, strict=True):
                self._look(trial, pin)

        return body

    def _look(self, trial: Trial, pin: Pin | None) -> Examined:
        examined = self.world.examine(self.unit.invariant, self.unit.table, trial)
        self.examples += 1
        _merge(self.total, examined)
        for failure in examined.failures:
            self.found.setdefault(failure.fingerprint, (failure, pin))
        return examined

    def _trials(
        self, subjects: frozenset[str], pin: Pin | None, *, exhaustive: bool = False
    ) -> st.SearchStrategy[Trial]:
        return self.unit.invariant.trials(
            self.world.context, self.unit.table, subjects, pin=pin, exhaustive=exhaustive
        )

    def _pinned(self, failure: Failure, pin: Pin | None) -> Failure:
        """Find the one failure again and let Hypothesis shrink it; else what was seen first."""
        subjects = self.unit.subjects & {failure.subject} or self.unit.subjects
        best = [failure]

        def body(trial: Trial) -> None:
            examined = self.world.examine(self.unit.invariant, self.unit.table, trial)
            for seen in examined.failures:
                if seen.fingerprint == failure.fingerprint:
                    best[0] = seen
                    raise _FoundError

        # Flaky: what a delete does can depend on where on disk the rows came to stand.
        with suppress(_FoundError, Flaky):
            run_property(
                self._trials(subjects, pin, exhaustive=True),
                body,
                seed=self.seed,
                max_examples=PINNED_EXAMPLES,
                phases=(Phase.generate, Phase.shrink),
            )
        return best[0]


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


def _merge(total: Examined, examined: Examined) -> None:
    total.probes += examined.probes
    total.rejected_graphs += examined.rejected_graphs
    for subject, evidence in examined.evidence.items():
        total.evidence[subject] = total.evidence.get(subject, Evidence()) + evidence


def _label(evidence: Evidence) -> str:
    if evidence.accepted and evidence.refused:
        return "accepted and refused"
    return "refused" if evidence.refused else "accepted"


def _chunks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    iterator = iter(items)
    while chunk := tuple(islice(iterator, size)):
        yield chunk
