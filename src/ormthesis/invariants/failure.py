"""Failures: tested, and the property is false. Data only; `reporting` makes the text."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from ormthesis.generation.case import Case
from ormthesis.oracle.judge import Mismatch, Verdict
from ormthesis.oracle.outcome import Outcome, Prediction, Rejected


class Isolation(str, Enum):
    """On which rows the failure was seen."""

    ROLLED_BACK = "rolled back"  # written and probed in one transaction
    COMMITTED = "committed"  # the graph was committed before the probe


@dataclass(frozen=True, kw_only=True)
class Failure:
    """One rule of one model that the database, or the ORM, does not keep, with its minimal case.

    Subclasses are one per invariant and give the title.
    """

    invariant: ClassVar[str] = ""
    broken: ClassVar[str] = "does not hold"
    """What is said of the subject in the title."""

    model: str
    table: str
    subject: str
    """The id of the constraint or relationship, or the model's name."""
    case: Case
    prediction: Prediction
    outcome: Outcome
    mismatch: Mismatch
    isolation: Isolation = Isolation.ROLLED_BACK

    @property
    def fired(self) -> str | None:
        """The rule that rejected the case, by id where it is a declared one."""
        if not isinstance(self.outcome, Rejected):
            return None
        rejection = self.outcome.rejection
        return rejection.rule or rejection.constraint or rejection.kind.value

    @property
    def fingerprint(self) -> str:
        """What makes two failures the same finding, whatever their values; for baselines."""
        parts = (self.invariant, self.model, self.subject, self.mismatch.verdict.value, self.fired)
        return " | ".join(part for part in parts if part)

    @property
    def id(self) -> str:
        """Eight hexadecimal digits of the fingerprint."""
        return hashlib.sha256(self.fingerprint.encode()).hexdigest()[:8]

    @property
    def title(self) -> str:
        if self.mismatch.verdict is Verdict.ACTION_ORDER:
            return f"{self.subject} is refused by {self.fired}, whose own action would clear it"
        if self.mismatch.verdict is Verdict.WRITE_ORDER:
            return f"{self.subject} is refused by {self.fired}, which the same flush would free"
        if self.mismatch.verdict is Verdict.CONTRADICTION:
            return f"{self.subject}: {self.fired} refuses what a declared SET NULL does"
        return f"{self.subject} {self.broken}"
