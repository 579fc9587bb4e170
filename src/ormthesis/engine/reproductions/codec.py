"""Reproductions as JSON. A case comes back equal to the one that was written.

What differs from the written value: a date-time keeps its offset from UTC but not the name of its
zone and its fold, and mappings come back as dicts.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from ormthesis.core.errors import ReproductionError
from ormthesis.engine.reproductions.decode import (
    decode_breach,
    decode_case,
    decode_difference,
    decode_rejection,
)
from ormthesis.engine.reproductions.fields import Fields, damaged, texts_of
from ormthesis.engine.reproductions.fits import check_fits
from ormthesis.engine.reproductions.rekey import with_keys_of_today
from ormthesis.engine.reproductions.reproduction import FORMAT_VERSION, Reproduction
from ormthesis.engine.reproductions.values import encode_value
from ormthesis.invariants.failure import Isolation
from ormthesis.oracle.judge import Verdict

if TYPE_CHECKING:
    from ormthesis.generation.actions import Action
    from ormthesis.generation.case import Case, Mutation
    from ormthesis.generation.graph import EntityDraft
    from ormthesis.invariants.failure import Failure
    from ormthesis.oracle.judge import Difference
    from ormthesis.oracle.outcome import Rejection
    from ormthesis.schema.model import Schema

_TEXTS = ("id", "fingerprint", "invariant", "model", "table", "subject", "target", "title")


def encode_failure(failure: Failure, *, target: str) -> dict[str, Any]:
    """The failure in JSON's types.

    Raises ReproductionError where its rows hold a value that has no form in JSON.
    """
    return encode_reproduction(Reproduction.of(failure, target=target))


def encode_reproduction(reproduction: Reproduction) -> dict[str, Any]:
    """The same for what was read from a file."""
    texts: dict[str, Any] = {name: getattr(reproduction, name) for name in _TEXTS}
    return texts | {
        "format_version": FORMAT_VERSION,
        "isolation": reproduction.isolation.value,
        "verdict": reproduction.verdict.value,
        "fired": reproduction.fired,
        "rules": list(reproduction.rules),
        "rejection": _rejection(reproduction.rejection),
        "differences": [_difference(item) for item in reproduction.differences],
        "case": _case(reproduction.case),
        **({"breach": asdict(reproduction.breach)} if reproduction.breach else {}),
    }


def decode_reproduction(
    data: Any, schema: Schema, *, source: str = "The reproduction"
) -> Reproduction:
    """The reproduction that `encode_failure` wrote, bound to the models of today.

    `source` names the file in messages. Raises ReproductionError where the data are damaged, of a
    newer format, or about a table, column, rule or relationship that the models no longer have.
    """
    fields = Fields.open(data, source)
    _check_version(fields)
    texts: dict[str, Any] = {name: fields.text(name) for name in _TEXTS}
    rejection = fields.optional_child("rejection")
    breach = fields.optional_child("breach") if "breach" in fields.data else None
    case = decode_case(fields.child("case"), schema)
    reproduction = Reproduction(
        **texts,
        isolation=fields.choice("isolation", Isolation),
        verdict=fields.choice("verdict", Verdict),
        fired=fields.optional_text("fired"),
        rules=fields.read("rules", texts_of),
        rejection=decode_rejection(rejection) if rejection else None,
        differences=tuple(
            decode_difference(item, case, schema) for item in fields.children("differences")
        ),
        breach=decode_breach(breach) if breach else None,
        case=case,
    )
    check_fits(reproduction, schema, source)
    return replace(reproduction, case=with_keys_of_today(case, schema))


def _check_version(fields: Fields) -> None:
    version = fields.get("format_version")
    if type(version) is not int or version < 1:
        raise damaged(fields.source, f"format_version is {version!r}, not {FORMAT_VERSION}")
    if version > FORMAT_VERSION:
        raise ReproductionError(
            f"{fields.source} has format {version}; this version of Ormthesis reads "
            f"{FORMAT_VERSION}.",
            hint="The file is left as it is. Upgrade Ormthesis to replay it.",
        )


def _rejection(rejection: Rejection | None) -> dict[str, Any] | None:
    if rejection is None:
        return None
    return {
        "kind": rejection.kind.value,
        "message": rejection.message,
        "sqlstate": rejection.sqlstate,
        "constraint": rejection.constraint,
        "table": rejection.table,
        "column": rejection.column,
        "rule": rejection.rule,
    }


def _difference(difference: Difference) -> dict[str, Any]:
    return {
        "ref": str(difference.ref) if difference.ref else None,
        "column": difference.column,
        "expected": encode_value(difference.expected),
        "actual": encode_value(difference.actual),
        "view": difference.view,
    }


def _case(case: Case) -> dict[str, Any]:
    operation = case.operation
    return {
        "subject": case.subject,
        "operation": {
            "kind": operation.kind.value,
            "ref": str(operation.ref) if operation.ref else None,
            "loaded": operation.loaded,
            "related": list(operation.related),
            **({"model": operation.model} if operation.model else {}),
            **({"through": operation.through} if operation.through else {}),
            **({"whole": True} if operation.whole else {}),
            **({"action": _action(operation.action)} if operation.action else {}),
            **({"asks": operation.asks} if operation.asks else {}),
        },
        "graph": [_draft(draft) for draft in case.graph.drafts],
        "mutation": _mutation(case.mutation) if case.mutation else None,
    }


def _action(action: Action) -> dict[str, Any]:
    return {
        "kind": action.kind.value,
        "ref": str(action.ref),
        "values": {name: encode_value(value) for name, value in action.values.items()},
        "relationship": action.relationship,
        "other": str(action.other) if action.other else None,
    }


def _draft(draft: EntityDraft) -> dict[str, Any]:
    return {
        "ref": str(draft.ref),
        "table": draft.table,
        "values": {name: encode_value(value) for name, value in draft.values.items()},
        "references": {
            key: str(parent) if parent else None for key, parent in draft.references.items()
        },
    }


def _mutation(mutation: Mutation) -> dict[str, Any]:
    return {
        "kind": mutation.kind.value,
        "constraint": mutation.constraint,
        "ref": str(mutation.ref),
        "changes": [
            {
                "column": change.column,
                "old": encode_value(change.old),
                "new": encode_value(change.new),
            }
            for change in mutation.changes
        ],
    }
