"""What the models' validators refuse of what their columns allow: news for the user, no failure.

Rows are written through the ORM as a load would hold them, so validators have no part in it; and
the database is tested by SQL, for every value of a column.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Mapper

from ormthesis.core.errors import UnsupportedTypeError
from ormthesis.core.text import shorten
from ormthesis.generation.edges import edge_values
from ormthesis.generation.values import simplest_value
from ormthesis.schema.instances import blank
from ormthesis.schema.model import Column, Model
from ormthesis.schema.models import Models


def narrowings(models: Models) -> Iterator[str]:
    """A note for each validated column of which some value is refused."""
    for model in models.schema.models:
        for part in model.parts[-1:]:
            columns = models.schema.by_key[part.table].by_name
            for name, attribute in part.attributes.items():
                if attribute in model.validated:
                    mapper = models.mappers[model.name]
                    yield from _refused(mapper, model, columns[name], attribute)


def _refused(mapper: Mapper[Any], model: Model, column: Column, attribute: str) -> Iterator[str]:
    for value in _candidates(column):
        try:
            setattr(blank(mapper), attribute, value)
        except Exception as error:  # a validator may raise anything
            reason = shorten(f"{type(error).__name__}: {error}", 80)
            yield (
                f"{model.name}.{attribute}: its validator refuses values that the column allows, "
                f"such as {shorten(repr(value), 40)} ({reason}). Objects are written as a load "
                "holds them, without it; the column itself is tested by SQL."
            )
            return


def _candidates(column: Column) -> list[Any]:
    try:
        return [simplest_value(column.type, None), *edge_values(column.type)]
    except UnsupportedTypeError:
        return []
