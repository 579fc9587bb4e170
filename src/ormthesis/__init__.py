"""Ormthesis tests a database against its SQLAlchemy models.

For test modules: `load` (explicit pytest items, and properties over persisted graphs),
`from_model` and `from_factory` (Hypothesis strategies of pure entity graphs), `register_type`,
`reflect` (a live database as MetaData). For models and test modules: `invariant`,
`session_invariant` and `query_invariant`, what users declare to hold.
Names are imported when they are first used, so that `import ormthesis` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ormthesis.core.claims import invariant, query_invariant, session_invariant
    from ormthesis.core.errors import OrmthesisError
    from ormthesis.generation.api import from_factory, from_model
    from ormthesis.generation.graph import EntityDraft, EntityGraph, EntityRef
    from ormthesis.generation.type_registry import register_type
    from ormthesis.persistence.persisted import PersistedGraph
    from ormthesis.persistence.reflection import reflect
    from ormthesis.pytest_plugin.failures import OrmthesisWarning, UnitFailed
    from ormthesis.pytest_plugin.model_tests import ModelTests, load
    from ormthesis.pytest_plugin.unit_test import UnitTest

__all__ = [
    "EntityDraft",
    "EntityGraph",
    "EntityRef",
    "ModelTests",
    "OrmthesisError",
    "OrmthesisWarning",
    "PersistedGraph",
    "UnitFailed",
    "UnitTest",
    "from_factory",
    "from_model",
    "invariant",
    "load",
    "query_invariant",
    "reflect",
    "register_type",
    "session_invariant",
]

_MODULES = {
    "EntityDraft": "generation.graph",
    "EntityGraph": "generation.graph",
    "EntityRef": "generation.graph",
    "ModelTests": "pytest_plugin.model_tests",
    "OrmthesisError": "core.errors",
    "OrmthesisWarning": "pytest_plugin.failures",
    "PersistedGraph": "persistence.persisted",
    "UnitFailed": "pytest_plugin.failures",
    "UnitTest": "pytest_plugin.unit_test",
    "from_factory": "generation.api",
    "from_model": "generation.api",
    "invariant": "core.claims",
    "load": "pytest_plugin.model_tests",
    "query_invariant": "core.claims",
    "reflect": "persistence.reflection",
    "register_type": "generation.type_registry",
    "session_invariant": "core.claims",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
