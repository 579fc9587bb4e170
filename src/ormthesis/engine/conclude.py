"""From the units' results to the run's: constraints counted, known failures told apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from ormthesis.config.settings import Config
from ormthesis.engine.baseline import Baseline, load_baseline
from ormthesis.engine.results import (
    ConstraintResult,
    ConstraintVerdict,
    Evidence,
    RunResult,
    UnitResult,
    UnitStatus,
)
from ormthesis.invariants.base import Context
from ormthesis.invariants.failure import Failure
from ormthesis.invariants.registry import builtin
from ormthesis.schema.constraints import Constraint


def conclude(
    config: Config,
    context: Context,
    seed: int,
    seconds: float,
    results: Sequence[UnitResult],
    warnings: Sequence[str] = (),
) -> RunResult:
    """Raises OptionError where the baseline file is damaged."""
    baseline = load_baseline(config.baseline) if config.baseline else Baseline()
    failures = tuple(distinct(failure for result in results for failure in result.failures))
    new, known = baseline.split(failures)
    accepted = {entry.failure.fingerprint for entry in known}
    tested = {
        (result.model, result.invariant)
        for result in results
        if result.status not in (UnitStatus.NOT_APPLICABLE, UnitStatus.NOT_TESTED)
    }
    return RunResult(
        target=config.target,
        seed=seed,
        seconds=seconds,
        units=tuple(_with_known(result, accepted) for result in results),
        constraints=tuple(constraint_results(context, results, failures)),
        failures=new,
        known=known,
        stale_baseline=baseline.stale(failures, tested),
        warnings=(*warnings, *(text for result in results for text in result.warnings)),
    )


def distinct(failures: Iterable[Failure]) -> Iterator[Failure]:
    """Each finding once, with its smallest case; several units can meet the same."""
    smallest: dict[str, Failure] = {}
    for failure in failures:
        other = smallest.get(failure.fingerprint)
        if other is None or len(failure.case.graph) < len(other.case.graph):
            smallest[failure.fingerprint] = failure
    yield from smallest.values()


def constraint_results(
    context: Context, results: Sequence[UnitResult], failures: Iterable[Failure]
) -> Iterator[ConstraintResult]:
    """Every declared rule of the tested tables, with what was seen of it."""
    seen: dict[str, Evidence] = {}
    for result in results:
        invariant = builtin().get(result.invariant)  # users' own are about no declared rule
        proves = invariant is not None and invariant.proves
        for subject, evidence in result.evidence.items() if proves else ():
            seen[subject] = seen.get(subject, Evidence()) + evidence
    failed = {failure.subject for failure in failures}
    tables = {result.table for result in results}
    for table in context.schema.tables:
        if table.key in tables:
            for rule in table.constraints:
                yield _constraint_result(rule, seen, failed)


def _constraint_result(
    rule: Constraint, seen: Mapping[str, Evidence], failed: set[str]
) -> ConstraintResult:
    evidence = seen.get(rule.id, Evidence())
    verdict = _verdict(rule, evidence, failed)
    return ConstraintResult(
        id=rule.id,
        kind=rule.kind.value,
        table=rule.table,
        columns=rule.columns,
        accepted=evidence.accepted,
        refused=evidence.refused,
        verdict=verdict,
        reason=_reason(verdict, evidence),
    )


_ONE_WAY = {
    ConstraintVerdict.ACCEPTED_ONLY: "no row was refused by it: none breaks it alone",
    ConstraintVerdict.REFUSED_ONLY: "no row that keeps it was accepted",
}


def _reason(verdict: ConstraintVerdict, evidence: Evidence) -> str:
    """Why a rule is not proved, and how it was tested where that is worth knowing."""
    if verdict in _ONE_WAY:
        return evidence.note or _ONE_WAY[verdict]
    if verdict not in (ConstraintVerdict.UNTESTED, ConstraintVerdict.IMPLIED):
        return evidence.note
    known = "; ".join(text for text in (evidence.note, evidence.untested) if text)
    return known or "no selected check is about it"


def _verdict(rule: Constraint, evidence: Evidence, failed: set[str]) -> ConstraintVerdict:
    if rule.id in failed:
        return ConstraintVerdict.FAILED
    if evidence.accepted and evidence.refused:
        return ConstraintVerdict.PROVED
    if evidence.implied:
        return ConstraintVerdict.IMPLIED
    if evidence.accepted:
        return ConstraintVerdict.ACCEPTED_ONLY
    return ConstraintVerdict.REFUSED_ONLY if evidence.refused else ConstraintVerdict.UNTESTED


def _with_known(result: UnitResult, accepted: set[str]) -> UnitResult:
    fingerprints = {failure.fingerprint for failure in result.failures}
    if fingerprints and fingerprints <= accepted:
        return replace(result, status=UnitStatus.KNOWN)
    return result
