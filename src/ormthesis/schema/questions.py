"""What the models' own code makes of values that their columns allow.

Validators, the fields of Pydantic's classes (SQLModel) and composites may refuse or change a value.
They are asked on an instance that no session ever knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy.orm import Mapper, attributes

from ormthesis.core.equality import equal
from ormthesis.core.text import shorten
from ormthesis.schema.instances import blank, composite_values
from ormthesis.schema.mapping import Model
from ormthesis.schema.models import Models

Values = tuple[Any, ...]
_FIELD = "its field"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Question:
    """Some columns of a row, and what the class makes of their values."""

    name: str
    """Such as `User.email`."""
    who: str
    """What is asked, in words."""
    table: str
    columns: tuple[str, ...]
    answer: Callable[..., Values]
    """Raises whatever the class raises for values that it refuses."""
    usual: bool = False
    """Every column of its kind has one, and most take everything."""

    def settled(self, values: Values) -> Values | None:
        """The values as the class keeps them; None where it refuses them. Nobody is asked of NULL
        alone."""
        if all(value is None for value in values):
            return values
        try:
            kept = self.answer(*values)
            return kept if equal(kept, self.answer(*kept)) else None
        except Exception:  # a class may refuse in its own way
            return None

    def refusal(self, values: Values) -> str:
        """The words of a refusal; empty where the values are taken."""
        try:
            self.answer(*values)
        except Exception as error:  # as above
            return shorten(f"{type(error).__name__}: {_words(error)}", 80)
        return ""


def questions_of(models: Models) -> Iterator[Question]:
    """Of every class about the columns of its own table."""
    for model in models.schema.models:
        mapper = models.mappers[model.name]
        columns = {attribute: column for column, attribute in model.attributes.items()}
        for attribute, column in columns.items():
            for who, answer in _asked_alone(mapper, model, attribute):
                yield Question(
                    name=f"{model.name}.{attribute}",
                    who=who,
                    table=model.table,
                    columns=(column,),
                    answer=answer,
                    usual=who == _FIELD,
                )
        for composite in model.composites:
            if columns.keys() >= set(composite.attributes):
                yield Question(
                    name=f"{model.name}.{composite.name}",
                    who="its composite",
                    table=model.table,
                    columns=tuple(columns[name] for name in composite.attributes),
                    answer=partial(_composed, mapper, composite.name, composite.attributes),
                )


def _asked_alone(
    mapper: Mapper[Any], model: Model, attribute: str
) -> Iterator[tuple[str, Callable[..., Values]]]:
    if attribute in model.validated:
        yield "its validator", partial(_validated, mapper, attribute)
    made: Any = mapper.class_
    if hasattr(made, "__pydantic_validator__") and attribute in made.model_fields:
        yield _FIELD, partial(_of_field, mapper, attribute)


def _words(error: Exception) -> str:
    """Pydantic's errors say first how many there are."""
    listed = error.errors() if hasattr(error, "errors") else ()
    return str(listed[0]["msg"]) if listed else str(error)


def _validated(mapper: Mapper[Any], attribute: str, value: Any) -> Values:
    instance = blank(mapper)
    setattr(instance, attribute, value)
    return (getattr(instance, attribute),)


def _of_field(mapper: Mapper[Any], attribute: str, value: Any) -> Values:
    """Classes of SQLModel that are tables do not ask their fields by themselves."""
    made: Any = mapper.class_
    instance = blank(mapper)
    made.__pydantic_validator__.validate_assignment(instance, attribute, value)
    return (instance.__dict__[attribute],)


def _composed(mapper: Mapper[Any], name: str, parts: Sequence[str], *values: Any) -> Values:
    instance = blank(mapper)
    for attribute, value in zip(parts, values, strict=True):
        attributes.set_committed_value(instance, attribute, value)
    found = composite_values(instance, name)
    return values if found is None else (*found, *values[len(found) :])
