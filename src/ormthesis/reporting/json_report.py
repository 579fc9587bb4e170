"""The whole result of a run as one JSON document; `result.schema.json` describes it."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ormthesis.core.errors import OptionError
from ormthesis.engine.results import UnitStatus
from ormthesis.reporting.findings import finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.config.settings import Config
    from ormthesis.engine.results import ConstraintResult, RunResult, UnitResult
    from ormthesis.reporting.findings import Finding
    from ormthesis.schema import Models

FORMAT_VERSION = 1


def result_document(result: RunResult, models: Models, config: Config) -> dict[str, Any]:
    """The result as plain data, in the order in which the reference page lists the keys."""
    new = [_failure(finding(failure, models, config)) for failure in result.failures]
    known = [
        {**_failure(finding(item.failure, models, config)), "known": item.reason}
        for item in result.known
    ]
    return {
        "format_version": FORMAT_VERSION,
        "target": result.target,
        "status": result.status.value,
        "seconds": round(result.seconds, 3),
        "seed": result.seed,
        "constraints": [_constraint(rule) for rule in result.constraints],
        "invariants": [_unit(unit) for unit in result.units],
        "failures": [*new, *known],
        "warnings": list(_warnings(result)),
    }


def check_writable(path: Path) -> None:
    """Raise OptionError, before a run, where its result could not be written."""
    if path.exists() and not path.is_file():
        raise _not_writable(path, "it is no ordinary file")
    if not path.parent.is_dir():
        raise _not_writable(path, f"there is no folder {path.parent}")
    if not os.access(path.parent, os.W_OK):
        raise _not_writable(path, f"the folder {path.parent} is not writable")


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Write the file whole or not at all. Raises OptionError where that fails."""
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    try:
        with tempfile.NamedTemporaryFile(
            "w",
            encoding="utf-8",
            errors="backslashreplace",
            dir=path.parent,
            prefix=f".{path.name}.",
            delete=False,
        ) as file:
            file.write(text)
        _publish(Path(file.name), path)
    except OSError as error:
        raise _not_writable(path, str(error)) from error


def _publish(temporary: Path, path: Path) -> None:
    try:
        # A temporary file is private; the result is for whoever reads the folder.
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _not_writable(path: Path, why: str) -> OptionError:
    return OptionError(
        f"--json {path} cannot be written: {why}.", hint="Name a file in a folder that exists."
    )


def _constraint(rule: ConstraintResult) -> dict[str, Any]:
    return {
        "id": rule.id,
        "kind": rule.kind,
        "table": rule.table,
        "columns": list(rule.columns),
        "accepted": rule.accepted,
        "refused": rule.refused,
        "verdict": rule.verdict.value,
        "reason": rule.reason,
    }


def _unit(unit: UnitResult) -> dict[str, Any]:
    return {
        "model": unit.model,
        "invariant": unit.invariant,
        "status": unit.status.value,
        "examples": unit.examples,
        "probes": unit.probes,
        "seconds": round(unit.seconds, 3),
    }


def _failure(found: Finding) -> dict[str, Any]:
    failure = found.failure
    rules = found.models.schema.constraints
    return {
        "id": failure.id,
        "invariant": failure.invariant,
        "model": failure.model,
        "table": failure.table,
        "constraint": failure.subject if failure.subject in rules else None,
        "title": failure.title,
        "message": found.message,
        "isolation": failure.isolation.value,
        "reproduction": str(found.saved),
    }


def _warnings(result: RunResult) -> Iterator[str]:
    yield from result.warnings
    for unit in result.units:
        if unit.status is UnitStatus.NOT_TESTED:
            yield f"not tested: {unit.model} {unit.invariant}: {unit.reason}"
    for entry in result.stale_baseline:
        yield f"baseline entry matches nothing any more: {entry}"
