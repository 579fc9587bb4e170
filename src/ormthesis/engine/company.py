"""Units that are searched together: one graph is drawn, and the rules of all are probed on it.

Drawing a graph costs as much as a dozen probes. Units of one table whose invariants draw alike
form a company; what is seen of each is kept apart, so that a unit's result means what it would mean
alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from hypothesis import event
from hypothesis import strategies as st

from ormthesis.engine.plan import Unit
from ormthesis.engine.property import run_property
from ormthesis.engine.results import Evidence
from ormthesis.engine.search import Search
from ormthesis.engine.world import World
from ormthesis.generation.layouts import Pin
from ormthesis.invariants.base import Trial, joint_trials

PINS_PER_EXAMPLE = 8
EXAMPLES_PER_RUN = 1000

Trials = tuple[Trial, ...]
"""One for each unit of a company, all on the same drawn graph."""


class Company:
    """The searches of some units of one table; with one unit it is that unit's search alone."""

    def __init__(self, world: World, units: Sequence[Unit], *, seed: int) -> None:
        self.world = world
        self.seed = seed
        self.table = units[0].table
        self.searches = tuple(Search(world, unit, seed=seed) for unit in units)

    def boundary(self) -> None:
        """Every pinned skeleton of any unit once, with the simplest values."""
        pins: dict[str, Pin | None] = {}
        for search in self.searches:
            found = search.unit.invariant.pins(self.world.context, self.table)
            pins.update({pin.label if pin else "": pin for pin in found or (None,)})
        for chunk in _chunks([*pins.values()], PINS_PER_EXAMPLE):
            trials = st.tuples(*(self._trials(pin, exhaustive=True) for pin in chunk))
            run_property(trials, self._looker(chunk), seed=self.seed, max_examples=1)

    def random(self, max_examples: int) -> None:
        """In portions, since Hypothesis remembers every example of a run.

        The server writes a graph while the next one is drawn.
        """
        trials, pipeline = self.random_trials(), _Pipeline()
        for portion, start in enumerate(range(0, max_examples, EXAMPLES_PER_RUN)):
            count = min(EXAMPLES_PER_RUN, max_examples - start)
            run_property(
                trials,
                lambda drawn: pipeline.push(lambda: self.start(drawn, None)),
                seed=self.seed + portion,
                max_examples=count,
            )
        pipeline.drain()

    def random_trials(self) -> st.SearchStrategy[Trials]:
        """What the random phase draws, for callers that run Hypothesis themselves."""
        return self._trials(None)

    def probe(self, trials: Trials) -> None:
        """The body of the random phase. Raises nothing for a failure: it is kept."""
        for subject, evidence in self._look(trials, None):
            event(f"{subject}: {_label(evidence)}")

    def _looker(self, pins: Sequence[Pin | None]) -> Callable[[tuple[Trials, ...]], None]:
        def body(drawn: tuple[Trials, ...]) -> None:
            for trials, pin in zip(drawn, pins, strict=True):
                self._look(trials, pin)

        return body

    def _look(self, trials: Trials, pin: Pin | None) -> list[tuple[str, Evidence]]:
        """Examine the trials, keep what they show, and return the evidence."""
        return self.start(trials, pin)()

    def start(self, trials: Trials, pin: Pin | None) -> Callable[[], list[tuple[str, Evidence]]]:
        """Begin `_look`; what is returned waits for the end."""
        wanted = [
            (search.unit.invariant, trial)
            for search, trial in zip(self.searches, trials, strict=True)
        ]
        wait = self.world.start(self.table, wanted)

        def finish() -> list[tuple[str, Evidence]]:
            seen = wait()
            for search, examined in zip(self.searches, seen, strict=True):
                search.note(examined, pin)
            return [item for examined in seen for item in examined.evidence.items()]

        return finish

    def _trials(self, pin: Pin | None, *, exhaustive: bool = False) -> st.SearchStrategy[Trials]:
        members = [(search.unit.invariant, search.unit.subjects) for search in self.searches]
        return joint_trials(members, self.world.context, self.table, pin=pin, exhaustive=exhaustive)


class _Pipeline:
    """Work that is begun when the work before it is finished, and finished when more comes.

    What work raises is kept for the end: to Hypothesis it would come from the wrong example, which
    does not raise it again.
    """

    def __init__(self) -> None:
        self._waiting: Callable[[], object] | None = None
        self._error: Exception | None = None

    def push(self, begin: Callable[[], Callable[[], object]]) -> None:
        try:
            self._finish()
            if self._error is None:
                self._waiting = begin()
        except Exception as error:
            self._error = error

    def drain(self) -> None:
        """Finish what is left. Raises what was kept."""
        if self._error is not None:
            raise self._error
        self._finish()

    def _finish(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting()


def companies(units: Iterable[Unit]) -> list[tuple[Unit, ...]]:
    """Units in groups that are searched together, in the order of their first members."""
    groups: dict[tuple[str, str], list[Unit]] = {}
    for unit in units:
        if unit.subjects:
            company = unit.invariant.company or unit.invariant.id
            groups.setdefault((unit.table.key, company), []).append(unit)
    return [tuple(group) for group in groups.values()]


def _label(evidence: Evidence) -> str:
    if evidence.accepted and evidence.refused:
        return "accepted and refused"
    return "refused" if evidence.refused else "accepted"


def _chunks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    iterator = iter(items)
    while chunk := tuple(islice(iterator, size)):
        yield chunk
