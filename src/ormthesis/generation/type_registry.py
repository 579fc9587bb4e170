"""Strategies that users register for SQLAlchemy types of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis.strategies import SearchStrategy
from sqlalchemy.types import TypeEngine

from ormthesis.core.errors import OptionError, UnsupportedTypeError
from ormthesis.schema.types import DataType

Predicate = Callable[[TypeEngine[Any]], bool]
TypeKey = type[TypeEngine[Any]] | Predicate


@dataclass(slots=True)
class TypeStrategies:
    """From a SQLAlchemy type to a strategy of the Python values that the model takes, None aside.

    An exact class is looked up first, then its base classes, nearest first, then predicates,
    newest first; a later registration of the same key replaces the earlier one. Mutable, so that
    types can be registered one by one; whoever needs a set of their own takes a `copy`.
    """

    classes: dict[type[Any], SearchStrategy[Any]] = field(default_factory=dict)
    predicates: list[tuple[Predicate, SearchStrategy[Any]]] = field(default_factory=list)

    def register(self, key: TypeKey, strategy: SearchStrategy[Any]) -> None:
        """Use `strategy` for the types that `key` (a class or a predicate) matches.

        Raises OptionError for a key that is neither, or for a value that is no strategy.
        """
        if not isinstance(strategy, SearchStrategy):
            raise OptionError(
                f"{strategy!r} is a {type(strategy).__name__}, not a Hypothesis strategy.",
                hint="Pass a strategy such as `st.text()` as the second argument.",
            )
        if isinstance(key, type) and issubclass(key, TypeEngine):
            self.classes[key] = strategy
        elif callable(key) and not isinstance(key, type):
            self.predicates.append((key, strategy))
        else:
            raise OptionError(
                f"{key!r} is neither a SQLAlchemy type class nor a function of one.",
                hint="Pass a class such as `MyType`, or `lambda sa_type: ...` that returns a bool.",
            )

    def find(self, sa_type: object) -> SearchStrategy[Any] | None:
        """The registered strategy, or None where nothing matches."""
        for base in type(sa_type).__mro__:
            if base in self.classes:
                return self.classes[base]
        if isinstance(sa_type, TypeEngine):
            matching = (found for asks, found in reversed(self.predicates) if asks(sa_type))
            return next(matching, None)
        return None

    def copy(self) -> TypeStrategies:
        return TypeStrategies(dict(self.classes), list(self.predicates))


DEFAULT_TYPES = TypeStrategies()
"""What `register_type` fills, and what is used where no other registry is named."""


def register_type(sa_type_or_predicate: TypeKey, strategy: SearchStrategy[Any]) -> None:
    """Tell Ormthesis how to draw values for columns of a SQLAlchemy type.

    The strategy yields what the model's attribute takes and gives back, and never None. It goes
    before the built-in strategy of the type, where there is one.
    """
    DEFAULT_TYPES.register(sa_type_or_predicate, strategy)


def unsupported(data_type: DataType) -> UnsupportedTypeError:
    """The error for a type that has no strategy."""
    source = type(data_type.source).__name__
    about = f"the type {data_type.name} ({source})"
    return UnsupportedTypeError(
        f"No strategy is known for {about}."
        if data_type.decorates is None
        else f"No values were found that {about} takes and gives back unchanged.",
        hint=f"Register one: `ormthesis.register_type({source}, strategy)`, where the strategy "
        "yields Python values that the column takes; or exclude the model.",
    )
