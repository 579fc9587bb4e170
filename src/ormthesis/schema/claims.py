"""Which of the declared claims concern a target, and which of its tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapper

from ormthesis.core.claims import CLAIMS, Claim
from ormthesis.core.errors import OptionError
from ormthesis.schema.models import Models


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundClaim:
    """A claim as far as it is about the rows of one table of a target."""

    claim: Claim
    table: str
    model: str
    classes: tuple[type[Any], ...] = ()
    """The mapped classes over the table that it is about, without subclasses of one another."""
    tables: tuple[str, ...] = ()
    """All tables of the target that it is about."""

    @property
    def id(self) -> str:
        """Such as `Order::totals_agree`."""
        return f"{self.model}::{self.claim.name}"


def claims_of(models: Models, claims: Iterable[Claim] = CLAIMS) -> Mapping[str, BoundClaim]:
    """What is claimed about the target, by id.

    A claim about a class is one about all mapped classes that derive from it, so that a mixin or
    the base itself can be named. Raises OptionError for a class that nothing mapped derives from,
    and for two claims of one name.
    """
    found: dict[str, BoundClaim] = {}
    for claim in claims:
        for bound in _bound(models, claim):
            other = found.setdefault(bound.id, bound)
            if other is not bound:
                found[bound.id] = _together(other, bound)
    _check_names(found.values())
    return found


def _bound(models: Models, claim: Claim) -> Iterator[BoundClaim]:
    classes: dict[str, list[type[Any]]] = {}
    for item in claim.about:
        if isinstance(item, type):
            for mapper in _mappers(models, claim, item):
                assert isinstance(mapper.local_table, sa.Table)
                classes.setdefault(mapper.local_table.key, []).append(mapper.class_)
        elif (key := _table(models, item)) is not None:
            classes.setdefault(key, [])
    for key, over in classes.items():
        yield BoundClaim(
            claim=claim,
            table=key,
            model=models.schema.name_of(key),
            classes=_outermost(over),
            tables=tuple(classes),
        )


def _mappers(models: Models, claim: Claim, wanted: type[Any]) -> list[Mapper[Any]]:
    found = [mapper for mapper in models.mappers.values() if issubclass(mapper.class_, wanted)]
    if not found and not _may_be_mapped(wanted):
        raise OptionError(
            f"The invariant {claim.name} of {claim.module} is about {wanted.__name__}, which is no "
            "mapped class, and none derives from it.",
            hint="Name a mapped class, a mixin of some, or their declarative base.",
        )
    return found


def _may_be_mapped(wanted: type[Any]) -> bool:
    """Whether it belongs to models, of this target or of another one."""
    if hasattr(wanted, "metadata") or sa.inspect(wanted, raiseerr=False) is not None:
        return True
    return any(map(_may_be_mapped, wanted.__subclasses__()))


def _table(models: Models, item: Any) -> str | None:
    """The key of a table of the target that is named, or is given itself."""
    if isinstance(item, str):
        return item if item in models.tables else None
    return next((key for key, table in models.tables.items() if table is item), None)


def _outermost(classes: Iterable[type[Any]]) -> tuple[type[Any], ...]:
    """Without those whose base class is among them: its objects are theirs as well."""
    found = tuple(dict.fromkeys(classes))
    return tuple(
        each for each in found if not any(issubclass(each, base) for base in found if base != each)
    )


def _together(one: BoundClaim, other: BoundClaim) -> BoundClaim:
    """Two decorators of one function. Raises OptionError where the functions are two."""
    if one.claim.function is not other.claim.function:
        raise _ambiguous(one.claim, other.claim)
    tables = tuple(dict.fromkeys((*one.tables, *other.tables)))
    return replace(one, classes=_outermost((*one.classes, *other.classes)), tables=tables)


def _check_names(found: Iterable[BoundClaim]) -> None:
    """A name stands for one function, whichever tables that is about."""
    functions: dict[str, Claim] = {}
    for bound in found:
        other = functions.setdefault(bound.claim.name, bound.claim)
        if other.function is not bound.claim.function:
            raise _ambiguous(other, bound.claim)


def _ambiguous(one: Claim, other: Claim) -> OptionError:
    places = [f"{claim.module}, line {claim.line}" for claim in (one, other)]
    return OptionError(
        f"Two invariants are called {one.name}: in {places[0]}, and in {places[1]}.",
        hint="Give one of them another name, as in `name='totals_agree'`.",
    )
