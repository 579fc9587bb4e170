"""TypeDecorators: the type beneath, and the way to it and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, get_args, get_type_hints

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator, TypeEngine

Convert = Callable[[Any], Any]


def beneath(decorator: Any, dialect: sa.Dialect) -> TypeEngine[Any]:
    """The type that a TypeDecorator, or a type that emulates another, has on PostgreSQL."""
    if isinstance(decorator, sa.Uuid):
        return sa.CHAR(32)
    found: TypeEngine[Any] = decorator.load_dialect_impl(dialect)
    return found


def conversions(decorator: Any, dialect: sa.Dialect) -> tuple[Convert, Convert]:
    """Bind and result processing: to a value of the type beneath, and back.

    A type without `process_bind_param` of its own may have a whole `bind_processor`, as PickleType
    has; the like for results.
    """
    return (
        _conversion(decorator, "process_bind_param", "bind_processor", dialect),
        _conversion(decorator, "process_result_value", "result_processor", dialect),
    )


def _conversion(decorator: Any, value: str, whole: str, dialect: sa.Dialect) -> Convert:
    process = getattr(decorator, value, None)
    if process is not None and _is_own(decorator, value):
        return lambda given: process(given, dialect)
    if _is_own(decorator, whole):
        arguments = (dialect,) if whole == "bind_processor" else (dialect, None)
        convert: Convert | None = getattr(decorator, whole)(*arguments)
        if convert is not None:
            return convert
    return lambda given: given


def _is_own(decorator: Any, method: str) -> bool:
    return getattr(type(decorator), method) is not getattr(TypeDecorator, method)


def enums_of(decorator: Any) -> tuple[type[Enum], ...]:
    """The enumerations that a TypeDecorator names: among its attributes, or in its annotations."""
    named = [*vars(decorator).values(), *_annotated(type(decorator))]
    return tuple(
        dict.fromkeys(
            found for found in named if isinstance(found, type) and issubclass(found, Enum)
        )
    )


def _annotated(kind: type) -> Iterator[Any]:
    """The classes in `TypeDecorator[Size]` and in the annotations of bind and result processing."""
    for base in getattr(kind, "__orig_bases__", ()):
        yield from get_args(base)
    for name in ("process_bind_param", "process_result_value"):
        try:
            hints = get_type_hints(getattr(kind, name))
        except Exception:  # names that are imported for type checkers only
            continue
        for hint in hints.values():
            yield from (hint, *get_args(hint))
