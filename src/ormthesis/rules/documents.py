"""JSON documents: equality, containment, members and text as jsonb has them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from ormthesis.rules.errors import EvaluationError, undecided

_WHOLE = re.compile(r"-?[0-9]{1,9}")


class _JsonNull:
    """JSON's null found inside a document, which is not SQL's NULL."""

    def __repr__(self) -> str:
        return "null"


JSON_NULL: Final = _JsonNull()


def _normal(value: Any) -> object:
    """Equal exactly where jsonb is: true is not 1, and 1.0 is."""
    if value is None or value is JSON_NULL:
        return ("null",)
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, (int, float)):
        return ("number", Decimal(repr(value)))
    if isinstance(value, str):
        return ("string", value)
    if isinstance(value, dict):
        return ("object", frozenset((str(key), _normal(item)) for key, item in value.items()))
    return ("array", tuple(_normal(item) for item in value))


def documents_equal(left: Any, right: Any) -> bool:
    return _normal(left) == _normal(right)


def type_name(value: Any) -> str:
    """`jsonb_typeof`."""
    kind = _normal(value)
    return str(kind[0]) if isinstance(kind, tuple) else ""


def member(document: Any, key: str | int, *, binary: bool) -> object:
    """`document -> key`: None where there is no such member. A jsonb scalar is its own item 0."""
    if isinstance(document, dict) and isinstance(key, str):
        return _found(document[key]) if key in document else None
    if isinstance(document, (list, tuple)) and isinstance(key, int):
        inside = -len(document) <= key < len(document)
        return _found(document[key]) if inside else None
    if binary and isinstance(key, int) and not isinstance(document, dict):
        return document if key in (0, -1) else None
    return None


def _found(value: Any) -> object:
    return JSON_NULL if value is None else value


def at(document: Any, path: Sequence[str] | None, *, binary: bool) -> object:
    """`document #> path`: each step a key, or the number of an item."""
    found = None if path is None else document
    for step in path or ():
        is_list = isinstance(found, (list, tuple))
        if is_list and not _WHOLE.fullmatch(step):
            return None
        found = member(found, int(step) if is_list else step, binary=binary)
        if found is None:
            return None
    return found


def text_at(document: Any, path: Sequence[str] | None, *, binary: bool) -> str | None:
    """`document #>> path`."""
    return _as_text(at(document, path, binary=binary), binary=binary)


def without(document: Any, key: str) -> object:
    """`document - key`: without the member, or without the strings of an array."""
    if isinstance(document, dict):
        return {name: value for name, value in document.items() if name != key}
    if isinstance(document, (list, tuple)):
        return [item for item in document if item != key or not isinstance(item, str)]
    raise EvaluationError("cannot delete from scalar", sqlstate="22023")


def member_text(document: Any, key: str | int, *, binary: bool) -> str | None:
    """`document ->> key`."""
    return _as_text(member(document, key, binary=binary), binary=binary)


def _as_text(value: object, *, binary: bool) -> str | None:
    if value is None or value is JSON_NULL:
        return None
    if isinstance(value, str):
        return value
    if not binary and not isinstance(value, (bool, int)):
        raise undecided("text of a json value")
    return _text(value)


def _text(value: Any) -> str:
    """As jsonb prints it: keys by length, then by bytes."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
        inside = ", ".join(f"{_text(key)}: {_text(value[key])}" for key in keys)
        return "{" + inside + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_text(item) for item in value) + "]"
    if isinstance(value, float):
        number = Decimal(repr(value))
        return format(abs(number) if number == 0 else number, "f")
    return json.dumps(value, ensure_ascii=False)


def array_length(document: Any) -> int:
    if not isinstance(document, (list, tuple)):
        raise EvaluationError("the document is not an array", sqlstate="22023")
    return len(document)


def has_key(document: Any, key: str) -> bool:
    """`document ? key`: a key of an object, a string of an array, or the string itself."""
    if isinstance(document, dict):
        return key in document
    if isinstance(document, (list, tuple)):
        return any(isinstance(item, str) and item == key for item in document)
    return isinstance(document, str) and document == key


def contains(left: Any, right: Any) -> bool:
    """`left @> right`; at the top an array also contains a scalar."""
    if isinstance(left, (list, tuple)) and not isinstance(right, (dict, list, tuple)):
        return any(documents_equal(item, right) for item in left)
    return _contains(left, right)


def _contains(left: Any, right: Any) -> bool:
    if isinstance(left, dict) and isinstance(right, dict):
        return all(key in left and _contains(left[key], item) for key, item in right.items())
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        return all(any(_contains(have, want) for have in left) for want in right)
    return documents_equal(left, right)
