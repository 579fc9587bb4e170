"""Probes per second, against a hand-written Hypothesis test of the same rules."""

from __future__ import annotations

import warnings

from sqlalchemy.exc import SAWarning

from benchmarks.figures import Figure
from benchmarks.peers.rule_tests import rule_tests
from benchmarks.place import Place, open_place
from benchmarks.timing import interleaved
from ormthesis.config.settings import DEFAULT_MAX_EXAMPLES
from ormthesis.engine.company import Company, companies
from ormthesis.engine.property import run_property
from ormthesis.engine.world import World

RULES = (
    "not-null", "unique", "primary-key", "foreign-key", "check", "enum", "length", "range",
)  # fmt: skip
ROUNDS = 3
GRAPHS = DEFAULT_MAX_EXAMPLES
"""Graphs of each unit in a round, as many as a default run draws."""
EXAMPLES = 20
"""Examples of each hand-written test in a round."""


def measure(url: str | None) -> list[Figure]:
    with open_place(url) as place, place.world() as world:
        engine = place.database().engine()
        tests = [(test.objects, test.body(engine)) for test in rule_tests()]

        def by_hand(number: int) -> float:
            with warnings.catch_warnings():
                # Twins with one key: SQLAlchemy warns before the database refuses.
                warnings.simplefilter("ignore", SAWarning)
                for objects, body in tests:
                    run_property(objects, body, seed=number, max_examples=EXAMPLES)
            return len(tests) * EXAMPLES

        rounds = interleaved(
            {"engine": lambda number: probes(place, world, number), "by hand": by_hand},
            rounds=ROUNDS,
        )
        engine.dispose()
    return [
        Figure(
            name="probes per second, times the peer's",
            value=rounds.ratio("by hand", "engine"),
            unit="x",
            limit=20,
            at_least=True,
            peer=f"{rounds.rate('engine'):,.0f}/s against {rounds.rate('by hand'):,.0f}/s by hand"
            f" ({len(tests)} tests)",
        )
    ]


def probes(place: Place, world: World, seed: int) -> int:
    """Search every unit about a rule that the database enforces; the number of probes."""
    total = 0
    for units in companies(unit for unit in place.units(world) if unit.invariant.id in RULES):
        company = Company(world, units, seed=seed)
        company.boundary()
        company.random(GRAPHS)
        total += sum(search.total.probes for search in company.searches)
    return total
