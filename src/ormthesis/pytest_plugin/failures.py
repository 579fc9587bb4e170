"""How a unit's result becomes a pytest outcome."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from ormthesis.core.errors import OrmthesisError
from ormthesis.core.text import plural
from ormthesis.engine.baseline import Baseline, load_baseline
from ormthesis.engine.reproductions.store import ReproductionStore
from ormthesis.engine.results import UnitStatus
from ormthesis.reporting.findings import finding

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping, Sequence

    from ormthesis.config import Config
    from ormthesis.engine.results import Known, UnitResult
    from ormthesis.invariants.failure import Failure
    from ormthesis.schema.models import Models


class UnitFailed(AssertionError):  # noqa: N818  # a failure of the database, no error
    """The database, or the ORM, does not do what the models declare."""


class OrmthesisWarning(UserWarning):
    """Something that a person should look at, and that fails no test by itself."""


@contextmanager
def plainly_failing() -> Iterator[None]:
    """Errors fail the test with their message, without a traceback: it could not test."""
    __tracebackhide__ = True
    try:
        yield
    except OrmthesisError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


def conclude(
    result: UnitResult,
    models: Models,
    config: Config,
    *,
    seed: int,
    shown: MutableMapping[str, str],
) -> None:
    """Return for a pass; else raise UnitFailed, skip or xfail.

    Failures are saved as reproductions. Those of the baseline are an expected failure; `shown` maps
    the fingerprints of failures that this session has shown to the unit that did.
    """
    __tracebackhide__ = True
    store = ReproductionStore(config.reproductions)
    for failure in result.failures:
        store.save(failure, config.target)
    baseline = load_baseline(config.baseline) if config.baseline else Baseline()
    new, known = baseline.split(result.failures)
    _warn(result, baseline)
    if new:
        texts = list(_texts(result, new, known, models, config, shown))
        ignored = [text] if (text := store.git_warning()) else []
        repeat = f"Repeat with: --hypothesis-seed={seed}"
        raise UnitFailed("\n\n".join([*texts, *ignored, repeat]))
    if known:
        pytest.xfail("; ".join(_reason(entry) for entry in known))
    if result.status is UnitStatus.NOT_TESTED:
        pytest.skip(not_tested(result.reason))


def not_tested(reason: str) -> str:
    return f"not tested: {reason or 'no case could be made'}"


def _texts(
    result: UnitResult,
    new: Sequence[Failure],
    known: Sequence[Known],
    models: Models,
    config: Config,
    shown: MutableMapping[str, str],
) -> Iterator[str]:
    if len(new) > 1:
        yield plural(len(new), "failure")
    for failure in new:
        by = shown.setdefault(failure.fingerprint, result.id)
        if by == result.id:
            yield finding(failure, models, config).text()
        else:
            yield f"{failure.title}  [{failure.id}]\n  Shown in full by {by}."
    for entry in known:
        yield _reason(entry)


def _reason(known: Known) -> str:
    return f"known: {known.failure.title} [{known.failure.id}]: {known.reason}"


def _warn(result: UnitResult, baseline: Baseline) -> None:
    for text in result.warnings:
        warnings.warn(text, OrmthesisWarning, stacklevel=2)
    if result.status is UnitStatus.NOT_TESTED:
        return
    for entry in baseline.stale(result.failures, {(result.model, result.invariant)}):
        warnings.warn(
            f"The baseline entry {entry} matches nothing any more.", OrmthesisWarning, stacklevel=2
        )
