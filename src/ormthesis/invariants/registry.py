"""The built-in invariants, in the order in which they are run and shown."""

from __future__ import annotations

from collections.abc import Mapping

from ormthesis.invariants.accepted import Accepted
from ormthesis.invariants.base import Invariant
from ormthesis.invariants.check import CheckInvariant
from ormthesis.invariants.defaults import DefaultsInvariant
from ormthesis.invariants.deletes import (
    DeleteAgreementInvariant,
    DeleteOrmInvariant,
    DeleteSqlInvariant,
)
from ormthesis.invariants.enum import EnumInvariant
from ormthesis.invariants.exclusion import ExclusionInvariant
from ormthesis.invariants.factory import FactoryInvariant
from ormthesis.invariants.foreign_key import ForeignKeyInvariant
from ormthesis.invariants.json_schema import JsonSchemaInvariant
from ormthesis.invariants.length import LengthInvariant
from ormthesis.invariants.not_null import NotNullInvariant
from ormthesis.invariants.range import RangeInvariant
from ormthesis.invariants.relationship_changes import (
    RelationshipChangesInvariant,
    RemovalAgreementInvariant,
)
from ormthesis.invariants.relationships import RelationshipsInvariant
from ormthesis.invariants.round_trip import RoundTripInvariant
from ormthesis.invariants.unique import PrimaryKeyInvariant, UniqueInvariant
from ormthesis.invariants.update_key import UpdateKeyInvariant

_BUILTIN: tuple[Invariant, ...] = (
    Accepted(),
    RoundTripInvariant(),
    FactoryInvariant(),
    NotNullInvariant(),
    PrimaryKeyInvariant(),
    UniqueInvariant(),
    ExclusionInvariant(),
    ForeignKeyInvariant(),
    CheckInvariant(),
    EnumInvariant(),
    LengthInvariant(),
    RangeInvariant(),
    JsonSchemaInvariant(),
    DefaultsInvariant(),
    RelationshipsInvariant(),
    DeleteSqlInvariant(),
    DeleteOrmInvariant(),
    DeleteAgreementInvariant(),
    UpdateKeyInvariant(),
    RelationshipChangesInvariant(),
    RemovalAgreementInvariant(),
)


def builtin() -> Mapping[str, Invariant]:
    """Id to invariant."""
    return {invariant.id: invariant for invariant in _BUILTIN}
