"""Access to JSON documents run backwards (see `inverses`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ormthesis.rules.documents import JSON_NULL
from ormthesis.rules.inverse_values import ANY, Inverse, Proposal
from ormthesis.rules.tree import Call
from ormthesis.schema.types import TypeKind


def _member(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    """`->`: the document with a member set, or taken out."""
    document, key = values
    if target is None:
        yield 0, _without(document, key)
        return
    for value in (1, "x", {}) if target is ANY else (target,):
        yield 0, _with(document, key, None if value is JSON_NULL else value)


def _member_text(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    """`->>`: as a string, or as the number or truth value that is written so."""
    document, key = values
    if target is None:
        yield 0, _without(document, key)
        return
    text = "x" if target is ANY else target
    yield 0, _with(document, key, text)
    if text in ("true", "false"):
        yield 0, _with(document, key, text == "true")
    yield 0, _with(document, key, int(text))


def _path(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    """`#>` and `#>>`: each step of the path is a member."""
    document, path = values
    wanted = "x" if target is ANY else target
    yield 0, _at_path(document, list(path), wanted)


def _at_path(document: Any, path: list[Any], wanted: Any) -> Any:
    if not path:
        return None if wanted is JSON_NULL else wanted
    key = int(path[0]) if isinstance(document, list) and str(path[0]).isdecimal() else path[0]
    if wanted is None and len(path) == 1:
        return _without(document, key)
    inside = document.get(key) if isinstance(document, dict) else None
    return _with(document, key, _at_path(inside, path[1:], wanted))


def _with(document: Any, key: Any, value: Any) -> Any:
    if isinstance(key, int):
        items = list(document) if isinstance(document, list) else []
        items += [value] * (key + 1 - len(items))
        items[key] = value
        return items
    return {**(document if isinstance(document, dict) else {}), key: value}


def _without(document: Any, key: Any) -> Any:
    if isinstance(document, dict):
        return {name: value for name, value in document.items() if name != key}
    return []


def _typed(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    """`jsonb_typeof`."""
    samples = {
        "object": ({}, {"k": 1}),
        "array": ([], [1]),
        "string": ("x", ""),
        "number": (1, 0),
        "boolean": (True, False),
        "null": (JSON_NULL,),
    }
    yield from ((0, sample) for sample in samples.get(target, ()))


def _has_key(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    document, key = values
    keys = key if isinstance(key, (list, tuple)) else [key]
    changed = document
    for each in keys:
        changed = _with(changed, each, 1) if target else _without(changed, each)
        yield 0, changed


def _contains(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    document, wanted = values
    if node.args[0].type.kind is TypeKind.ARRAY:
        yield from ((0, other) for other in ([*(document or ()), *wanted], []))
        return
    if target:
        yield 0, _merged(document, wanted)
        yield 0, wanted
    others: tuple[Any, ...] = ({}, [], {"other": 1})
    yield from ((0, other) for other in others)


def _merged(document: Any, wanted: Any) -> Any:
    if isinstance(wanted, dict):
        have = document if isinstance(document, dict) else {}
        return {**have, **{k: _merged(have.get(k), v) for k, v in wanted.items()}}
    if isinstance(wanted, list):
        return [*(document if isinstance(document, list) else []), *wanted]
    return wanted


DOCUMENTS: dict[str, Inverse] = {
    "->": _member,
    "->>": _member_text,
    **dict.fromkeys(("#>", "#>>"), _path),
    **dict.fromkeys(("jsonb_typeof", "json_typeof"), _typed),
    **dict.fromkeys(("?", "?&", "?|"), _has_key),
    "@>": _contains,
}
