"""Equality of values as a database sees it."""

from __future__ import annotations

from typing import Any


def equal(expected: Any, actual: Any) -> bool:
    """Equal, and of one kind: 1 is not True, NaN equals NaN; lists and tuples are alike."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() == actual.keys() and all(
            equal(value, actual[key]) for key, value in expected.items()
        )
    if isinstance(expected, (list, tuple)) and isinstance(actual, (list, tuple)):
        return len(expected) == len(actual) and all(map(equal, expected, actual))
    if isinstance(expected, bool) is not isinstance(actual, bool):
        return False
    return bool(expected == actual) or (expected != expected and actual != actual)


def hashable(value: Any) -> Any:
    """The value, or its text where it cannot be an element of a set."""
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value
