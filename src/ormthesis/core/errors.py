"""Errors: Ormthesis could not test. Each one ends a run with exit code 2 and one message.

Failures (tested, and the property is false) have another root, in `ormthesis.invariants.failure`.
"""

from __future__ import annotations


class OrmthesisError(Exception):
    """Something could not be tested.

    `message` names the thing, the value and what was expected; `hint` says what to do next.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class TargetError(OrmthesisError):
    """TARGET names nothing that holds models, or importing it failed."""


class OptionError(OrmthesisError):
    """An option, a configuration value or an argument of the public API is not usable."""


class SchemaError(OrmthesisError):
    """The models declare something that PostgreSQL or Ormthesis cannot take."""


class UnsupportedTypeError(SchemaError):
    """A column has a type without a strategy, and the column cannot be left out."""


class ServerError(OrmthesisError):
    """No server, no access, or not the rights that a run needs."""


class DatabaseUrlError(ServerError):
    """A database URL cannot be parsed or names something that is not PostgreSQL."""


class FactoryError(OrmthesisError):
    """A factory module or factory cannot be used as a source of values."""


class ReproductionError(OrmthesisError):
    """A saved reproduction is damaged, or of a format that this version does not read."""


class InternalError(OrmthesisError):
    """A defect of Ormthesis itself: a generator or prediction that contradicts itself."""
