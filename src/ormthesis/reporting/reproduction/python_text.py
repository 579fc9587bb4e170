"""Python values as source text, and the imports that it needs."""

from __future__ import annotations

import ast
import datetime as dt
import ipaddress
import math
import pickle
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from types import FunctionType
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import Range

from ormthesis.reporting.reproduction.layout import quoted
from ormthesis.schema.types import DataType, TypeKind

if TYPE_CHECKING:
    from collections.abc import Iterator

Importable = type | FunctionType

_REPEATED = 20
"""Texts of one letter that are longer than this are written as a product."""

_STANDARD = {
    "dt": "import datetime as dt",
    "decimal": "import decimal",
    "ipaddress": "import ipaddress",
    "pickle": "import pickle",
    "uuid": "import uuid",
}


@dataclass(frozen=True, slots=True)
class PythonText:
    """Writes values and class names, and remembers what the text has to import."""

    reserved: frozenset[str] = frozenset()
    """Names that the text uses otherwise."""
    modules: set[str] = field(default_factory=set)
    classes: dict[str, Importable] = field(default_factory=dict)
    """Name in the text to the class or function."""
    unimportable: dict[str, type] = field(default_factory=dict)
    """The same for mapped classes that no module holds, which a registry has to find."""

    def value(self, value: Any, data_type: DataType | None = None) -> str:
        """The value as an expression; enum members by their class where it can be imported."""
        if data_type is not None and data_type.kind is TypeKind.ENUM and isinstance(value, str):
            value = _member(value, data_type)
        if isinstance(value, Enum):
            return self._member(value, data_type)
        if isinstance(value, list):
            return f"[{', '.join(self._items(value, data_type))}]"
        if isinstance(value, tuple):
            items = list(self._items(value, data_type))
            return f"({', '.join(items)}{',' if len(items) == 1 else ''})"
        if isinstance(value, Mapping):
            pairs = (f"{self.value(key)}: {self.value(item)}" for key, item in value.items())
            return "{" + ", ".join(pairs) + "}"
        return self._scalar(value)

    def class_name(self, found: Importable) -> str | None:
        """The name by which the text knows a class or function; None where none can be imported."""
        if not _importable(found):
            return None
        name = found.__name__
        while name in self.reserved or self.classes.get(name, found) is not found:
            name += "_"
        self.classes[name] = found
        return name

    def mapped_class(self, found: type) -> str:
        """The name of a mapped class, by whichever way the text comes by it."""
        name = self.class_name(found)
        if name is None:
            name = found.__name__ + ("_" if found.__name__ in self.reserved else "")
            self.unimportable[name] = found
        return name

    def lookups(self, registry: str) -> list[str]:
        """An assignment for each class that has to be found through the registry."""
        where = f"mapper.class_ for mapper in {registry}.mappers if mapper.class_.__name__"
        return [
            f"{name} = next({where} == {quoted(found.__name__)})"
            for name, found in sorted(self.unimportable.items())
        ]

    def standard_imports(self) -> list[str]:
        return [_STANDARD[name] for name in sorted(self.modules)]

    def class_imports(self) -> list[str]:
        """One `from ... import` for each module, in alphabetical order."""
        modules: dict[str, list[str]] = {}
        for name, found in sorted(self.classes.items()):
            alias = "" if found.__name__ == name else f" as {name}"
            modules.setdefault(found.__module__, []).append(f"{found.__name__}{alias}")
        return [f"from {module} import {', '.join(modules[module])}" for module in sorted(modules)]

    def _items(self, values: list[Any] | tuple[Any, ...], outer: DataType | None) -> Iterator[str]:
        inner = (outer.item or outer) if outer else None
        return (self.value(item, inner) for item in values)

    def _member(self, value: Enum, data_type: DataType | None) -> str:
        name = self.class_name(type(value))
        if name is None:
            return quoted(data_type.stored(value) if data_type else value.name)
        if value.name.isidentifier():
            return f"{name}.{value.name}"
        return f"{name}[{quoted(value.name)}]"

    def _scalar(self, value: Any) -> str:
        match value:
            case float() if not math.isfinite(value):
                return f"float({quoted(str(value))})"
            case str() if len(value) > _REPEATED and len(set(value)) == 1:
                return f"{quoted(value[0])} * {len(value)}"
            case str():
                return quoted(value)
            case Decimal():
                return f"{self._module('decimal')}.Decimal({quoted(str(value))})"
            case UUID():
                return f"{self._module('uuid')}.UUID({quoted(str(value))})"
            case Range():
                return self._range(value)
            case set() | frozenset():
                items = ", ".join(sorted(map(self.value, value)))
                return f"{type(value).__name__}([{items}])"
            case ipaddress.IPv4Network() | ipaddress.IPv6Network():
                return f"{self._module('ipaddress')}.ip_network({quoted(str(value))})"
            case ipaddress.IPv4Interface() | ipaddress.IPv6Interface():
                return f"{self._module('ipaddress')}.ip_interface({quoted(str(value))})"
            case ipaddress.IPv4Address() | ipaddress.IPv6Address():
                return f"{self._module('ipaddress')}.ip_address({quoted(str(value))})"
            case dt.datetime() | dt.date() | dt.time() | dt.timedelta():
                return self._moment(value)
        return repr(value) if type(value).__module__ == "builtins" else self._object(value)

    def _object(self, value: Any) -> str:
        """A value of a class that a user's type reads: a call where its `repr` is one that gives
        the value back, else its pickle."""
        name = type(value).__name__
        if _is_call_of(type(value), value) and self.class_name(type(value)) == name:
            return repr(value)
        try:
            text = f"loads({pickle.dumps(value, protocol=0)!r})"
        except Exception:  # a user's class may refuse in its own way
            return repr(value)
        return f"{self._module('pickle')}.{text}"

    def _range(self, value: Range[Any]) -> str:
        name = self.class_name(Range) or "Range"
        if value.isempty:
            return f"{name}(empty=True)"
        ends = f"{self.value(value.lower)}, {self.value(value.upper)}"
        return f"{name}({ends}, bounds={quoted(value.bounds)})"

    def _moment(self, value: dt.datetime | dt.date | dt.time | dt.timedelta) -> str:
        prefix = f"{self._module('dt')}."
        if isinstance(value, dt.timedelta):
            parts = {
                "days": value.days,
                "seconds": value.seconds,
                "microseconds": value.microseconds,
            }
            given = ", ".join(f"{name}={part}" for name, part in parts.items() if part)
            return f"{prefix}timedelta({given})"
        if isinstance(value, (dt.datetime, dt.time)):
            offset = value.utcoffset()
            plain = repr(value.replace(tzinfo=None, fold=0)).removeprefix("datetime.")
            if offset is None:
                return prefix + plain
            zone = f"timezone({self._moment(offset)})" if offset else "timezone.utc"
            zone = f"{prefix}{zone}"
            return f"{prefix}{plain[:-1]}, tzinfo={zone})"
        return prefix + repr(value).removeprefix("datetime.")

    def _module(self, name: str) -> str:
        self.modules.add(name)
        return name


def _is_call_of(found: type, value: Any) -> bool:
    """Whether the value's `repr` is a call of its class with plain arguments that makes it anew."""
    try:
        call = ast.parse(repr(value), mode="eval").body
        if not (isinstance(call, ast.Call) and ast.unparse(call.func) == found.__name__):
            return False
        arguments = [ast.literal_eval(each) for each in call.args]
        named = {str(each.arg): ast.literal_eval(each.value) for each in call.keywords}
        return bool(found(*arguments, **named) == value)
    except Exception:  # a user's class may refuse in its own way
        return False


def _member(label: str, data_type: DataType) -> Any:
    """The member that a stored label stands for; any other text stays what it is."""
    if isinstance(label, Enum) or label not in data_type.labels:
        return label
    return data_type.members[data_type.labels.index(label)]


def _importable(found: Importable) -> bool:
    """Whether `from module import name` gives this very class or function."""
    module = sys.modules.get(getattr(found, "__module__", ""))
    name = getattr(found, "__qualname__", "")
    return name.isidentifier() and getattr(module, name, None) is found
