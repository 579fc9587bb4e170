"""What the search for one unit's failures has seen, and how each failure is shrunk.

Hypothesis tells bugs apart by exception class and line, and the first failing probe of a graph
hides the rest. So the search runs every probe and raises nothing; then each failing (invariant,
subject) gets a property of its own that finds and shrinks nothing but that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress

from hypothesis import Phase
from hypothesis.errors import Flaky

from ormthesis.engine.minimise import minimise
from ormthesis.engine.plan import Unit
from ormthesis.engine.property import run_property
from ormthesis.engine.reproductions.reproduction import Reproduction
from ormthesis.engine.world import Examined, World
from ormthesis.generation.layouts import Pin
from ormthesis.invariants.base import Trial
from ormthesis.invariants.failure import Failure

# A failing subject fails on nearly every graph; this many tries are plenty to find it again.
PINNED_EXAMPLES = 100


class _FoundError(AssertionError):
    """The pinned failure occurred."""


class Search:
    """One unit: what was examined, and the first trial behind each distinct failure."""

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

    def note(self, examined: Examined, pin: Pin | None = None) -> None:
        """Keep what one trial showed."""
        self.examples += 1
        self.total.merge(examined)
        for failure in examined.failures:
            self.found.setdefault(failure.fingerprint, (failure, pin))

    def shrunk(self) -> Iterator[Failure]:
        """Each distinct failure with its minimal case."""
        for fingerprint, (failure, pin) in self.found.items():
            if fingerprint not in self.replayed:
                failure = self._pinned(failure, pin)
            yield minimise(self.world, self.unit, failure)

    def _pinned(self, failure: Failure, pin: Pin | None) -> Failure:
        """Find the one failure again and let Hypothesis shrink it; else what was seen first."""
        unit = self.unit
        subjects = unit.subjects & {failure.subject} or unit.subjects
        best = [failure]

        def body(trial: Trial) -> None:
            for seen in self.world.examine(unit.invariant, unit.table, trial).failures:
                if seen.fingerprint == failure.fingerprint:
                    best[0] = seen
                    raise _FoundError

        trials = unit.invariant.trials(
            self.world.context, unit.table, subjects, pin=pin, exhaustive=True
        )
        # Flaky: what a delete does can depend on where on disk the rows came to stand.
        with suppress(_FoundError, Flaky):
            run_property(
                trials,
                body,
                seed=self.seed,
                max_examples=PINNED_EXAMPLES,
                phases=(Phase.generate, Phase.shrink),
            )
        return best[0]
