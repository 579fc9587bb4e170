"""Invariants that users declare: a predicate over objects or rows, or a query without rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from ormthesis.core.claims import ClaimKind
from ormthesis.core.errors import OptionError
from ormthesis.generation.case import INSERT_OBJECTS, INSERT_ROWS, Case
from ormthesis.generation.skeleton import Shape, joined, shape_for
from ormthesis.invariants.base import Context, Drawing, Invariant, Judged, Subject
from ormthesis.invariants.failure import Failure
from ormthesis.invariants.objects import ObjectInvariant
from ormthesis.invariants.registry import builtin
from ormthesis.oracle.judge import Mismatch, Verdict
from ormthesis.oracle.oracle import Oracle
from ormthesis.oracle.outcome import Accepted, State
from ormthesis.persistence.observation import Observation
from ormthesis.schema.claims import BoundClaim
from ormthesis.schema.model import Table


@dataclass(frozen=True, kw_only=True)
class UserFailure(Failure):
    """Each user's invariant has a subclass with its name."""

    of_rows: ClassVar[str] = ""
    """Of a claim about all rows together: the first of its models. Units of others find the same.
    """
    declared_in: ClassVar[str] = ""
    """Such as `shop, line 31`."""
    says: ClassVar[str] = ""
    """What it says, in the user's own words; may be empty."""

    @property
    def fired(self) -> str | None:
        """A predicate that raises is another finding than one that says no."""
        breach = self.mismatch.breach
        return breach.raised or None if breach is not None else None

    @property
    def fingerprint(self) -> str:
        if not self.of_rows:
            return super().fingerprint
        parts = (self.invariant, self.of_rows, self.mismatch.verdict.value, self.fired)
        return " | ".join(part for part in parts if part)

    @property
    def title(self) -> str:
        whose = "" if self.of_rows else f" for {self.model}"
        return f"{self.invariant} does not hold{whose}"


class UserInvariant(ObjectInvariant):
    """Valid graphs are written, and what the user declares must hold of them.

    Through the ORM where classes are mapped to the tables, so that their listeners and defaults
    have their say; else as SQL.
    """

    company = "user"

    def __init__(self, name: str, bound: Iterable[BoundClaim]) -> None:
        """All claims of one name in a target: one function, and the tables that it is about."""
        self.bound: Mapping[str, BoundClaim] = {each.table: each for each in bound}
        first = next(iter(self.bound.values()))
        self.claim = first.claim
        self.id = name
        self.title = self.claim.says or name
        self.failure = _failure(first)

    @property
    def rationale(self) -> str:
        return self.claim.says

    def subjects(self, context: Context, table: Table) -> Iterable[Subject]:
        bound = self.bound.get(table.key)
        return [] if bound is None else [Subject(id=bound.id, reason=self._reason(context, table))]

    def shape(self, context: Context, table: Table) -> Shape:
        """All rows that a predicate can come to: those below the table, and all that it names."""
        schema, bound = context.schema, self.bound.get(table.key)
        others = [
            shape_for(schema, other, rows=(0, 2))
            for other in (bound.tables if bound is not None else ())
            if other != table.key and other not in schema.untestable
        ]
        return joined(schema, [shape_for(schema, table.key, descendants=True), *others])

    def focus(self, context: Context, table: Table) -> frozenset[str]:
        """Every row varies: any of them may be what breaks it."""
        return frozenset(context.schema.by_key)

    def cases(self, drawing: Drawing) -> Iterator[Case]:
        subject = self.bound[drawing.table.key].id
        if subject in drawing.subjects:
            mapped = not any(self._unmapped_tables(drawing))
            operation = replace(INSERT_OBJECTS if mapped else INSERT_ROWS, asks=subject)
            yield Case(graph=drawing.graph, operation=operation, subject=subject)

    def judge(
        self, context: Context, oracle: Oracle, observed: Iterable[tuple[Case, Observation]]
    ) -> Iterator[Judged]:
        """It is predicted to hold. A graph that is refused is the finding of other invariants."""
        for case, observation in observed:
            if isinstance(observation.outcome, Accepted):
                breach = observation.outcome.breaches.get(case.subject)
                broken = Mismatch(verdict=Verdict.BROKEN, breach=breach)
                yield Judged(
                    case=case,
                    prediction=Accepted(state=State(rows={})),
                    outcome=observation.outcome,
                    mismatch=None if breach is None else broken,
                )

    def _unmapped_tables(self, drawing: Drawing) -> Iterator[str]:
        """Those of the graph whose rows can be written as SQL only, each by the reason."""
        schema = drawing.context.schema
        for key in {draft.table for draft in drawing.graph.drafts}:
            if reason := self.unmapped(drawing.context, schema.by_key[key]):
                yield reason

    def _reason(self, context: Context, table: Table) -> str:
        if self.claim.kind is not ClaimKind.OBJECT:
            return ""
        return self.unmapped(context, table)


def user_invariants(claims: Iterable[BoundClaim]) -> dict[str, Invariant]:
    """Name to invariant. Raises OptionError for a name that a built-in one has."""
    found: dict[str, list[BoundClaim]] = {}
    for bound in claims:
        name = bound.claim.name
        if name in builtin():
            raise OptionError(
                f"The invariant {name} in {bound.claim.module}, line {bound.claim.line}, has the "
                "name of a built-in check.",
                hint=f"Give it another one, as in `name='{bound.model.lower()}_{name}'`.",
            )
        found.setdefault(name, []).append(bound)
    return {name: UserInvariant(name, bound) for name, bound in found.items()}


def _failure(first: BoundClaim) -> type[UserFailure]:
    claim = first.claim
    return type(
        "UserFailure",
        (UserFailure,),
        {
            "invariant": claim.name,
            "of_rows": "" if claim.kind is ClaimKind.OBJECT else first.model,
            "declared_in": f"{claim.module}, line {claim.line}",
            "says": claim.says,
        },
    )
