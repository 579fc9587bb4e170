"""SQLAlchemy and PostgreSQL judge what the oracle says of the unit of work: drawn classes, drawn
objects, every change of a relationship and every delete."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, event, given, settings

from ormthesis.oracle.judge import Verdict
from ormthesis.oracle.outcome import Rejected
from ormthesis.reporting.explain import done, observed, predicted
from tests.tester.worlds import make_target, search, units
from tests.unit.oracle.mapped_schemas import MappedPlan, mapped_plans

if TYPE_CHECKING:
    from ormthesis.invariants.failure import Failure
    from ormthesis.persistence.provisioning.run import Database

# Others than these few show what SQLAlchemy itself forgets; `RANDOM_CASCADES=100` draws as many.
EXAMPLES = int(os.environ.get("RANDOM_CASCADES", "8"))

SETTINGS = settings(
    max_examples=EXAMPLES,
    derandomize="RANDOM_CASCADES" not in os.environ,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


def described(plan: MappedPlan, failure: Failure) -> str:
    rows = [
        f"{draft.ref}({', '.join(f'{key}={parent}' for key, parent in draft.references.items())})"
        for draft in failure.case.graph.drafts
    ]
    seen = [predicted(failure), observed(failure), *map(str, failure.mismatch.differences)]
    return " | ".join([str(plan), *rows, done(failure), *seen])


def is_true(failure: Failure) -> bool:
    """Whether it is so in PostgreSQL or in SQLAlchemy, and no mistake of the oracle."""
    if failure.mismatch.verdict in ORDERS:
        return True
    outcome = failure.outcome
    return isinstance(outcome, Rejected) and outcome.rejection.message.startswith(CIRCULAR)


ORDERS = (Verdict.ACTION_ORDER, Verdict.WRITE_ORDER, Verdict.CONTRADICTION)
CIRCULAR = "CircularDependencyError"


@SETTINGS
@given(plan=mapped_plans())
def test_drawn_classes(database: Database, plan: MappedPlan) -> None:
    target = make_target(database, plan.registry())
    with target.world() as world:
        for table in target.context.schema.tables:
            for unit in units(target, table.key, "relationship-changes", "delete-orm"):
                if not unit.subjects:
                    continue
                found = search(world, unit, max_examples=4)
                for failure, _ in found.found.values():
                    assert is_true(failure), described(plan, failure)
                    event(failure.mismatch.verdict.value)
                assert not found.total.rejected_graphs, str(plan)
                event(f"{unit.invariant.id}: {'some' if found.total.probes else 'no'} probes")
