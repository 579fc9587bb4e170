"""What a run found out, as data: units, constraints, failures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from ormthesis.invariants.failure import Failure


class UnitStatus(str, Enum):
    PASSED = "passed"
    FAILED = "failed"
    KNOWN = "known"  # failed, and every failure is in the baseline
    NOT_APPLICABLE = "not applicable"  # the model declares nothing of this kind
    NOT_TESTED = "not tested"  # declared, but this version cannot test it; `reason` says why


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """How often cases about one rule were taken, or refused by that rule."""

    accepted: int = 0
    refused: int = 0
    untested: str = ""
    """Why the rule could not be tested, where it could not."""
    implied: bool = False
    """Whether no row can break it alone."""
    note: str = ""
    """How it was tested, where that is worth knowing."""

    def __add__(self, other: Evidence) -> Evidence:
        return Evidence(
            accepted=self.accepted + other.accepted,
            refused=self.refused + other.refused,
            untested=self.untested or other.untested,
            implied=self.implied or other.implied,
            note=self.note or other.note,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitResult:
    """One (model, invariant), tested."""

    model: str
    table: str
    invariant: str
    status: UnitStatus
    reason: str = ""
    examples: int = 0
    probes: int = 0
    seconds: float = 0.0
    failures: tuple[Failure, ...] = ()
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.model}::{self.invariant}"


class ConstraintVerdict(str, Enum):
    PROVED = "proved"  # both accepted and refused cases were seen
    ACCEPTED_ONLY = "accepted-only"
    REFUSED_ONLY = "refused-only"
    UNTESTED = "untested"
    IMPLIED = "implied"  # no row can break it alone, so there is nothing to prove
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstraintResult:
    id: str
    kind: str
    table: str
    columns: tuple[str, ...]
    accepted: int
    refused: int
    verdict: ConstraintVerdict
    reason: str = ""


class RunStatus(str, Enum):
    """`exit_code` is what the command line ends with."""

    PASSED = "passed"
    FAILED = "failed"

    @property
    def exit_code(self) -> int:
        return 0 if self is RunStatus.PASSED else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A failure that the baseline accepts, and why."""

    failure: Failure
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    target: str
    seed: int
    seconds: float
    units: tuple[UnitResult, ...]
    constraints: tuple[ConstraintResult, ...]
    failures: tuple[Failure, ...]
    """New ones: those that the baseline does not know."""
    known: tuple[Known, ...] = ()
    stale_baseline: tuple[str, ...] = ()
    """Baseline entries that matched nothing in a run that tested what they are about."""
    warnings: tuple[str, ...] = ()

    @property
    def status(self) -> RunStatus:
        return RunStatus.FAILED if self.failures else RunStatus.PASSED
