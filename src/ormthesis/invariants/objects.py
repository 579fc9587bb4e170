"""Shared by the invariants that write graphs through the ORM."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ormthesis.config.settings import Mode
from ormthesis.generation.layouts import ancestors
from ormthesis.invariants.base import Context, Invariant
from ormthesis.oracle.judge import Difference, Mismatch, Verdict
from ormthesis.schema.model import Table


class ObjectInvariant(Invariant):
    """Needs a mapped class for every table that a graph can hold."""

    mode = Mode.POSITIVE

    def unmapped(self, context: Context, table: Table) -> str:
        """Why the ORM cannot write such graphs; empty where it can."""
        bare = sorted(ancestors(context.schema, table.key) - set(context.schema.models_by_table))
        return f"no class is mapped to {', '.join(bare)}" if bare else ""


def only(
    mismatch: Mismatch | None, keep: Callable[[Difference], bool]
) -> Mismatch | None:
    """A wrong state cut down to some differences; None where none of them is left."""
    if mismatch is None or mismatch.verdict is not Verdict.WRONG_STATE:
        return mismatch
    kept = tuple(difference for difference in mismatch.differences if keep(difference))
    return replace(mismatch, differences=kept) if kept else None
