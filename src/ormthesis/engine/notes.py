"""What the declarations alone tell a person to know: the same for a run and for pytest."""

from __future__ import annotations

from collections.abc import Iterator

from ormthesis.core.text import shorten
from ormthesis.generation.testable import type_warnings
from ormthesis.invariants.base import Context
from ormthesis.schema.model import Schema


def declaration_notes(context: Context) -> tuple[str, ...]:
    """Columns, classes and factories that are tested in part only, or not as they stand."""
    return (
        *context.schema.warnings,
        *_factories(context),
        *context.narrowing.notes,
        *_listeners(context.schema),
        *type_warnings(context.schema),
    )


def _factories(context: Context) -> Iterator[str]:
    """One for each declaration of a factory that is not used."""
    for source in context.factories.values():
        for name, reason in source.unstable.items():
            yield f"{source.name}.{name} is not used: {reason}"


def _listeners(schema: Schema) -> Iterator[str]:
    names = shorten(", ".join(model.name for model in schema.models if model.listens), 200)
    if names:
        yield (
            f"Listeners run when objects are flushed, of {names}. What they change is taken as "
            "written, and rows that they add are left out of the comparison."
        )
