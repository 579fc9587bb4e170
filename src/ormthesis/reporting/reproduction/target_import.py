"""How a script comes by the models: the import of the target, or of what leads to its tables."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import MetaData, Table

from ormthesis.config.urls import is_database
from ormthesis.core.errors import OptionError

if TYPE_CHECKING:
    from ormthesis.schema.models import Models


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetImport:
    """`lines` import; `metadata` is then the expression for the tables' MetaData."""

    lines: tuple[str, ...]
    metadata: str


def target_import(models: Models, target: str, reserved: frozenset[str]) -> TargetImport:
    """The import of `package.module:attribute`; without a target that of the models' base.

    A live database is read again.

    Raises OptionError where neither is known and no module holds the MetaData.
    """
    spec = target or models.name
    if is_database(spec):
        return TargetImport(lines=("from ormthesis import reflect",), metadata=f"reflect({spec!r})")
    module, colon, path = spec.partition(":")
    if colon:
        found = _resolve(module, path)
        return _import(module, path, _metadata_attribute(found, models.metadata), reserved)
    return _import_base(models, reserved)


def _import(module: str, path: str, attribute: str, reserved: frozenset[str]) -> TargetImport:
    first, dot, rest = path.partition(".")
    name = f"{first}_" if first in reserved else first
    alias = f" as {name}" if name != first else ""
    return TargetImport(
        lines=(f"from {module} import {first}{alias}",),
        metadata=f"{name}{dot}{rest}{attribute}",
    )


def _resolve(module: str, path: str) -> Any:
    found: Any = sys.modules.get(module)
    for name in path.split("."):
        found = getattr(found, name, None)
    return found


def _metadata_attribute(found: Any, metadata: MetaData) -> str:
    """How to get from the target to its MetaData; a base's way where the target is not loaded."""
    if isinstance(found, MetaData):
        return ""
    if found is None or getattr(found, "metadata", None) is metadata:
        return ".metadata"
    return ".Model.metadata"


def _import_base(models: Models, reserved: frozenset[str]) -> TargetImport:
    """The base class of the mapped classes, after all their modules."""
    modules = sorted({mapper.class_.__module__ for mapper in models.mappers.values()})
    for mapper in models.mappers.values():
        for base in reversed(mapper.class_.__mro__):
            holds = getattr(base, "metadata", None) is models.metadata
            if holds and _resolve(base.__module__, base.__name__) is base:
                found = _import(base.__module__, base.__name__, ".metadata", reserved)
                every = tuple(f"importlib.import_module({name!r})" for name in modules)
                lines = ("import importlib", *every, *found.lines)
                return TargetImport(lines=lines, metadata=found.metadata)
    return _import_metadata(models, reserved)


def _import_metadata(models: Models, reserved: frozenset[str]) -> TargetImport:
    for module_name, module in sorted(sys.modules.items()):
        for name, value in list(getattr(module, "__dict__", {}).items()):
            if value is models.metadata:
                return _import(module_name, name, "", reserved)
            # Not isinstance: it asks the object for its class, and lazy ones raise.
            if issubclass(type(value), Table) and value.metadata is models.metadata:
                return _import(module_name, name, ".metadata", reserved)
    raise OptionError(
        f"The script cannot import the models of {models.name!r}: no module holds their MetaData.",
        hint="Name the target as package.module:attribute.",
    )
