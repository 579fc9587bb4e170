"""What happens in a run, in the past tense. Reporters consume these and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from ormthesis.engine.results import RunResult, UnitResult
from ormthesis.invariants.failure import Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    target: str
    seed: int
    units: tuple[tuple[str, str], ...]
    """(model, invariant) of each unit to come, in order."""
    database: str
    """`PostgreSQL 18.6, embedded` or the server's address without a password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitStarted:
    model: str
    invariant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureFound:
    """Sent when the failure is minimal."""

    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFinished:
    result: UnitResult


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningRaised:
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished:
    result: RunResult


Event = RunStarted | UnitStarted | FailureFound | UnitFinished | WarningRaised | RunFinished
