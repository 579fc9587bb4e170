"""What a SQLAlchemy type says of its Python values beyond the type in the database."""

from __future__ import annotations

from dataclasses import dataclass

from ormthesis.schema.types import DataType, TypeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """Read from `DataType.source`, which does not take part in comparing types."""

    decimal: bool = True
    """For NUMERIC and FLOAT whether the model gets a Decimal."""
    uuid: bool = True
    """For UUID whether the model gets a UUID, not text."""
    microseconds: int = 1
    """For dates with a time and intervals the step that the declared precision leaves."""
    as_tuple: bool = False
    """For ARRAY whether the model gets tuples."""
    dimensions: int = 1
    """For ARRAY its declared number of dimensions."""


def read_facets(data_type: DataType) -> Facets:
    source = data_type.source
    digits = data_type.precision if _has_clock(data_type) else None
    return Facets(
        decimal=bool(getattr(source, "asdecimal", data_type.kind is TypeKind.NUMERIC)),
        uuid=bool(getattr(source, "as_uuid", True)),
        microseconds=1 if digits is None else 10 ** (6 - min(digits, 6)),
        as_tuple=bool(getattr(source, "as_tuple", False)),
        dimensions=getattr(source, "dimensions", None) or 1,
    )


def _has_clock(data_type: DataType) -> bool:
    return data_type.kind in (TypeKind.TIME, TypeKind.TIMESTAMP, TypeKind.INTERVAL)
