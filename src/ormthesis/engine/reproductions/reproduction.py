"""A failing case with all that is needed to run it again and to say what went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ormthesis.oracle.outcome import Refusal, Rejected

if TYPE_CHECKING:
    from ormthesis.generation.case import Case
    from ormthesis.invariants.failure import Failure, Isolation
    from ormthesis.oracle.judge import Difference, Verdict
    from ormthesis.oracle.outcome import Breach, Rejection

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduction:
    """A failure as it is kept on disk. Of prediction and outcome it keeps what differs."""

    id: str
    fingerprint: str
    invariant: str
    model: str
    table: str
    subject: str
    target: str
    """What was tested, as `package.module:attribute`."""
    title: str
    case: Case
    isolation: Isolation
    verdict: Verdict
    rules: tuple[str, ...] = ()
    """The rules of which one was predicted to refuse the case; empty where none was."""
    rejection: Rejection | None = None
    """How the database refused the case; None where it took it."""
    differences: tuple[Difference, ...] = ()
    breach: Breach | None = None
    """How a user's invariant does not hold, where it is about one."""
    fired: str | None = None
    """The rule that refused the case, by id where it is a declared one."""
    format_version: int = FORMAT_VERSION

    @classmethod
    def of(cls, failure: Failure, *, target: str) -> Reproduction:
        """What is kept of a failure."""
        prediction, outcome = failure.prediction, failure.outcome
        rules = prediction.rules if isinstance(prediction, Refusal) else ()
        return cls(
            id=failure.id,
            fingerprint=failure.fingerprint,
            invariant=failure.invariant,
            model=failure.model,
            table=failure.table,
            subject=failure.subject,
            target=target,
            title=failure.title,
            case=failure.case,
            isolation=failure.isolation,
            verdict=failure.mismatch.verdict,
            rules=tuple(sorted(rules)),
            rejection=outcome.rejection if isinstance(outcome, Rejected) else None,
            differences=failure.mismatch.differences,
            breach=failure.mismatch.breach,
            fired=failure.fired,
        )
