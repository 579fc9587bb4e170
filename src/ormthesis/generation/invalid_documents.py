"""JSON documents that a JSON Schema refuses, each for one known reason."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from ormthesis.generation.documents import json_values
from ormthesis.generation.documents_compile import Compiler, Strategy
from ormthesis.generation.documents_schema import (
    JsonSchema,
    SchemaReader,
    read_schema,
    schema_key,
)
from ormthesis.generation.documents_storable import is_storable

# One plain value of each type, and near misses of numbers and labels.
_PLAIN: tuple[Any, ...] = ("", 0, 0.5, True, [], {}, "x", 1, -1, None)
_TEXTS = ("", " ", "0", "a", "A", "!", "é", "0" * 21, "0" * 101)
_LONGEST = 5000
_ARRAYS = ("maxItems", "uniqueItems")
"""Keywords that are broken by repeating an item, so there must be one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way to break a schema: `keyword` at the part at `path`, every other rule kept."""

    path: tuple[str, ...]
    keyword: str
    values: Strategy
    """What stands at the part instead of what is valid there."""


def invalid_documents(json_schema: JsonSchema) -> st.SearchStrategy[tuple[Any, str]]:
    """Pairs of a document that the schema refuses and the keyword that it breaks.

    The fault is drawn first, then a document that has the part in question. Faults are sought
    in the schema, its properties and items, not within `anyOf`, `oneOf` and `not`. Empty
    (`is_empty`) where none is found, as for the schema `{}`.

    Raises SchemaError for a malformed schema.
    """
    return _invalid_documents(schema_key(json_schema))


@lru_cache(maxsize=256)
def _invalid_documents(key: str) -> st.SearchStrategy[tuple[Any, str]]:
    reader = read_schema(json.loads(key))
    compiler = Compiler(reader, anything=json_values())
    return st.one_of(*(_broken_by(fault, compiler) for fault in find_faults(compiler)))


def _broken_by(fault: Fault, compiler: Compiler) -> st.SearchStrategy[tuple[Any, str]]:
    reader, keyword = compiler.reader, fault.keyword
    documents = compiler.breaking(fault.path, fault.values).strategy(reader.root)
    return documents.filter(
        lambda document: (
            document is not None and is_storable(document) and not reader.accepts(document)
        )
    ).map(lambda document: (document, keyword))


def find_faults(compiler: Compiler) -> tuple[Fault, ...]:
    """All single faults of the schema, parts nearer to the root first."""
    return tuple(_part_faults(compiler, compiler.reader.root, (), frozenset()))


def _part_faults(
    compiler: Compiler, schema: JsonSchema, path: tuple[str, ...], followed: frozenset[str]
) -> Iterator[Fault]:
    flat = compiler.reader.flat(schema)
    if isinstance(schema, bool) or isinstance(flat, bool):
        return
    reference = schema.get("$ref")
    if reference in followed:
        return
    for keyword, make in _FAULTS.items():
        if keyword in flat and (values := make(compiler, flat)) is not None:
            yield Fault(path=path, keyword=keyword, values=values)
    below = followed | ({reference} if reference else set())
    for name, part in _parts(flat):
        yield from _part_faults(compiler, part, (*path, name), below)


def _parts(schema: Mapping[str, Any]) -> Iterator[tuple[str, JsonSchema]]:
    yield from schema.get("properties", {}).items()
    items = schema.get("items")
    first = items if isinstance(items, list) else schema.get("prefixItems", [])
    yield from ((str(index), part) for index, part in enumerate(first))
    if items is not None and not isinstance(items, list) and not first:
        yield "*", items


def _listed(reader: SchemaReader, schema: JsonSchema, keyword: str, values: Any) -> Strategy | None:
    """Those of the values that break the keyword and nothing else."""
    kept = [value for value in values if _breaks(reader, schema, keyword, value)]
    return st.sampled_from(kept) if kept else None


def _breaks(reader: SchemaReader, schema: JsonSchema, keyword: str, value: Any) -> bool:
    return {error.validator for error in reader.errors(schema, value)} == {keyword}


Maker = Callable[[Compiler, Mapping[str, Any]], Strategy | None]


def _values(keyword: str, near: Callable[[Any], list[Any]]) -> Maker:
    """Values made from the keyword's own: bounds and labels with their neighbours."""
    return lambda compiler, schema: _listed(compiler.reader, schema, keyword, near(schema[keyword]))


def _beyond(keyword: str, direction: int) -> Maker:
    """The bound itself, its outer neighbours, and the nearest multiples outside."""

    def make(compiler: Compiler, schema: Mapping[str, Any]) -> Strategy | None:
        bound, step = schema[keyword], schema.get("multipleOf", 1)
        inner = bound // step * step
        multiples = [inner + count * step for count in (0, direction, 2 * direction)]
        values = [bound, bound + direction, bound + direction / 2, *multiples]
        return _listed(compiler.reader, schema, keyword, values)

    return make


def _changed(keyword: str, change: Callable[[Mapping[str, Any], Any], Any]) -> Maker:
    """Valid values of the part, each changed so that it breaks the keyword and nothing else."""

    def make(compiler: Compiler, schema: Mapping[str, Any]) -> Strategy:
        valid = compiler.strategy(_filled(schema) if keyword in _ARRAYS else schema, None)
        return valid.map(lambda value: change(schema, value)).filter(
            lambda value: _breaks(compiler.reader, schema, keyword, value)
        )

    return make


def _filled(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of an array, for arrays that have an item."""
    return {
        **schema,
        "minItems": max(1, schema.get("minItems", 0)),
        "maxItems": max(1, schema.get("maxItems", 3)),
    }


def _required(compiler: Compiler, schema: Mapping[str, Any]) -> Strategy | None:
    """Valid objects without one of the names that they must have."""
    names = schema["required"]
    if not names:
        return None
    pairs = st.tuples(st.sampled_from(names), compiler.strategy(schema, None))
    return pairs.map(
        lambda pair: {name: part for name, part in pair[1].items() if name != pair[0]}
    ).filter(lambda value: _breaks(compiler.reader, schema, "required", value))


def _additional(compiler: Compiler, schema: Mapping[str, Any]) -> Strategy | None:
    if schema["additionalProperties"] is not False:
        return None
    add: Maker = _changed("additionalProperties", lambda _, value: {**value, _stranger(value): 0})
    return add(compiler, schema)


def _stranger(value: Mapping[str, Any]) -> str:
    name = "unknown"
    while name in value:
        name += "_"
    return name


def _longer(schema: Mapping[str, Any], value: list[Any]) -> list[Any]:
    """One item more than allowed, the last one repeated."""
    missing: int = schema["maxItems"] + 1 - len(value)
    return [*value, *value[-1:] * missing]


def _near_labels(labels: list[Any]) -> list[Any]:
    texts = [label for label in labels if isinstance(label, str)]
    return [*_PLAIN, *(text.swapcase() for text in texts), *(text + "_" for text in texts)]


def _near_pattern(pattern: str) -> list[str]:
    limits = {int(limit) for limit in re.findall(r"(\d+)\}", pattern)}
    return [*_TEXTS, *("a" * (limit + 1) for limit in sorted(limits) if limit < _LONGEST)]


def _short(least: int) -> list[str]:
    return [char * (least - 1) for char in "0a" if least]


def _long(most: int) -> list[str]:
    return [char * (most + 1) for char in "0a"]


def _multiples(step: float) -> list[Any]:
    return [step / 2, 1, step + 1, 0.5]


_FAULTS: Mapping[str, Maker] = {
    "type": lambda compiler, schema: _listed(compiler.reader, schema, "type", _PLAIN),
    "enum": _values("enum", _near_labels),
    "const": _values("const", lambda value: _near_labels([value])),
    "minimum": _beyond("minimum", -1),
    "maximum": _beyond("maximum", 1),
    "exclusiveMinimum": _beyond("exclusiveMinimum", -1),
    "exclusiveMaximum": _beyond("exclusiveMaximum", 1),
    "multipleOf": _values("multipleOf", _multiples),
    "minLength": _values("minLength", _short),
    "maxLength": _values("maxLength", _long),
    "pattern": _values("pattern", _near_pattern),
    "required": _required,
    "additionalProperties": _additional,
    "minItems": _changed("minItems", lambda schema, value: value[: schema["minItems"] - 1]),
    "maxItems": _changed("maxItems", _longer),
    "uniqueItems": _changed("uniqueItems", lambda _, value: value + value[-1:]),
}
