"""What reading and evaluating a rule can raise."""

from __future__ import annotations

from ormthesis.core.errors import OrmthesisError


class Unreadable(Exception):  # noqa: N818  # a signal inside this package, never shown
    """The text uses something outside the language that is understood; str() is the reason."""


class OpaqueRuleError(OrmthesisError):
    """An opaque rule was asked for its value."""


class EvaluationError(OrmthesisError):
    """A readable rule has no truth value for this row.

    `sqlstate` is the error that PostgreSQL raises in its place (`22012` for a division by zero);
    None where PostgreSQL has a value that depends on the server's locale, or lies beyond Python.
    """

    def __init__(self, message: str, *, sqlstate: str | None = None) -> None:
        super().__init__(message, hint="Leave such rows to the database: they cannot be predicted.")
        self.sqlstate = sqlstate


def out_of_range(thing: str) -> EvaluationError:
    """Sqlstate 22003: a number does not fit its type."""
    return EvaluationError(f"{thing} out of range", sqlstate="22003")


def division_by_zero() -> EvaluationError:
    return EvaluationError("division by zero", sqlstate="22012")


def undecided(thing: str) -> EvaluationError:
    """The value exists, and only the server knows it."""
    return EvaluationError(f"{thing} depends on the server's locale or exceeds Python's range")
