"""Shared by the invariants that write graphs through the ORM."""

from __future__ import annotations

from ormthesis.config.settings import Mode
from ormthesis.generation.layouts import ancestors
from ormthesis.invariants.base import Context, Invariant, Judged
from ormthesis.oracle.judge import Verdict
from ormthesis.oracle.outcome import Rejected
from ormthesis.schema.model import Table


class ObjectInvariant(Invariant):
    """Needs a mapped class for every table that a graph can hold."""

    mode = Mode.POSITIVE
    company = "objects"

    def unmapped(self, context: Context, table: Table) -> str:
        """Why the ORM cannot write such graphs; empty where it can."""
        bare = sorted(ancestors(context.schema, table.key) - set(context.schema.models_by_table))
        return f"no class is mapped to {', '.join(bare)}" if bare else ""


def refused_by_server(judged: Judged) -> bool:
    """Whether a whole valid graph was refused: found by `accepted` and `round-trip` already."""
    return (
        judged.mismatch is not None
        and judged.mismatch.verdict is Verdict.REJECTED
        and isinstance(judged.outcome, Rejected)
        and judged.outcome.rejection.sqlstate is not None
    )
