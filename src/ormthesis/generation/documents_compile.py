"""From a JSON Schema to a strategy, object by object."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st
from hypothesis_jsonschema import from_schema

from ormthesis.generation.documents_schema import JsonSchema, SchemaReader, merge, types_of
from ormthesis.generation.documents_storable import LARGEST_FLOAT, LARGEST_INTEGER, is_storable
from ormthesis.generation.values_text import pattern_text, text

Strategy = st.SearchStrategy[Any]
Path = tuple[str, ...] | None
"""Names and indexes from the root to a part (`*` for any item); None where nobody asks."""

_KEYWORDS: Mapping[str, tuple[str, ...]] = {
    "object": (
        "properties",
        "required",
        "additionalProperties",
        "patternProperties",
        "propertyNames",
        "minProperties",
        "maxProperties",
    ),
    "array": ("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"),
    "string": ("minLength", "maxLength", "pattern", "format"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}
# Rules that only validating can keep; filtered where they stand, so that few draws are lost.
_FILTERED = frozenset(
    {"oneOf", "not", "if", "contains", "propertyNames", "dependencies", "dependentRequired"}
    | {"dependentSchemas", "unevaluatedProperties", "unevaluatedItems"}
)


@dataclass(frozen=True, slots=True)
class Compiler:
    """Builds the strategy of a schema and of its parts.

    `broken` takes the place of the part at `broken_at`, which then is in every document: that is
    how one part is broken and all others are kept.
    """

    reader: SchemaReader
    anything: Strategy
    broken_at: Path = None
    broken: Strategy = field(default_factory=st.nothing)
    references: dict[str, Strategy] = field(default_factory=dict)

    def strategy(self, schema: JsonSchema, path: Path = ()) -> Strategy:
        if not self._leads(path):
            path = None
        elif path == self.broken_at:
            return self.broken
        if path is None and isinstance(schema, Mapping) and set(schema) == {"$ref"}:
            return self._reference(schema["$ref"])
        flat = self.reader.flat(schema)
        if isinstance(flat, bool):
            return st.one_of(self.anything, st.none()) if flat else st.nothing()
        found = self._alternatives(flat, path)
        if path is None and _FILTERED & set(flat):
            return found.filter(lambda document: self.reader.is_valid(flat, document))
        return found

    def _leads(self, path: Path) -> bool:
        """Whether the part at `path` is broken or contains what is."""
        if path is None or self.broken_at is None:
            return False
        return self.broken_at[: len(path)] == path

    def _reference(self, reference: str) -> Strategy:
        """One deferred strategy for all uses of a reference, so that schemas may recur."""
        if reference not in self.references:
            target = self.reader.target(reference)
            self.reader.flat({"$ref": reference})
            self.references[reference] = st.deferred(lambda: self.strategy(target, None))
        return self.references[reference]

    def _alternatives(self, schema: Mapping[str, Any], path: Path) -> Strategy:
        if "const" in schema or "enum" in schema:
            return self._listed(schema)
        for key in ("anyOf", "oneOf"):
            if key in schema:
                rest = _without(schema, key)
                parts = (merge(rest, part) for part in schema[key])
                return st.one_of(*(self.strategy(part, path) for part in parts))
        if "if" in schema:
            rest = _without(schema, "if", "then", "else")
            met = merge(merge(rest, schema["if"]), schema.get("then", True))
            unmet = merge(rest, schema.get("else", True))
            return st.one_of(self.strategy(met, path), self.strategy(unmet, path))
        return st.one_of(*(self._typed(name, schema, path) for name in _types(schema)))

    def _listed(self, schema: Mapping[str, Any]) -> Strategy:
        values = [schema["const"]] if "const" in schema else schema["enum"]
        allowed = [
            value for value in values if is_storable(value) and self.reader.is_valid(schema, value)
        ]
        return st.sampled_from(allowed) if allowed else st.nothing()

    def _typed(self, name: str, schema: Mapping[str, Any], path: Path) -> Strategy:
        if name == "object":
            return self._object(schema, path)
        if name == "array":
            return self._array(schema, path)
        leaf: Callable[[Mapping[str, Any]], Strategy] = _LEAVES[name]
        return leaf(schema)

    def _object(self, schema: Mapping[str, Any], path: Path) -> Strategy:
        parts: dict[str, JsonSchema] = dict(schema.get("properties", {}))
        for name in schema.get("required", ()):
            parts.setdefault(name, schema.get("additionalProperties", True))
        parts = {name: part for name, part in parts.items() if self.reader.flat(part) is not False}
        required = [name for name in parts if self._leads(_below(path, name))]
        required += [name for name in schema.get("required", ()) if name not in required]
        if any(name not in parts for name in required):
            return st.nothing()
        known = {name: self.strategy(part, _below(path, name)) for name, part in parts.items()}
        return _objects(known, required, self._extra(schema), schema)

    def _extra(self, schema: Mapping[str, Any]) -> Strategy | None:
        """Pairs of a name that the schema does not list and its value, None where it bars them."""
        pairs = [
            st.tuples(_pattern(pattern), self.strategy(part, None))
            for pattern, part in schema.get("patternProperties", {}).items()
        ]
        additional = schema.get("additionalProperties", True)
        names = schema.get("propertyNames", True)
        if additional is not False:
            keys = text(1, 8) if names is True else self._key(names)
            pairs.append(st.tuples(keys, self.strategy(additional, None)))
        return st.one_of(*pairs) if pairs else None

    def _key(self, names: JsonSchema) -> Strategy:
        return self.strategy(merge({"type": "string"}, names), None)

    def _array(self, schema: Mapping[str, Any], path: Path) -> Strategy:
        first, rest = _items(schema)
        least = schema.get("minItems", 0)
        heads = [self.strategy(part, _below(path, str(i))) for i, part in enumerate(first)]
        if self._leads(_below(path, "*")):
            heads.append(self.strategy(rest, _below(path, "*")))
        if "contains" in schema:
            found = self.strategy(merge(rest, schema["contains"]), None)
            heads += [found] * schema.get("minContains", 1)
        spare = 0 if self.reader.flat(rest) is False else 3
        most = schema.get("maxItems", max(least, len(heads)) + spare)
        if least > most:
            return st.nothing()
        heads = heads[:most]
        tails = st.lists(
            self.strategy(rest, None),
            min_size=max(0, least - len(heads)),
            max_size=max(0, most - len(heads)),
            unique_by=repr if schema.get("uniqueItems") else None,
        )
        if not heads:
            return tails
        arrays = st.tuples(st.tuples(*heads), tails).map(lambda parts: [*parts[0], *parts[1]])
        if not schema.get("uniqueItems"):
            return arrays
        return arrays.filter(lambda array: self.reader.is_valid({"uniqueItems": True}, array))

    def breaking(self, path: Path, broken: Strategy) -> Compiler:
        """A compiler of documents with `broken` in place of the part at `path`."""
        return replace(self, broken_at=path, broken=broken, references={})


def _below(path: Path, name: str) -> Path:
    return None if path is None else (*path, name)


def _objects(
    known: Mapping[str, Strategy],
    required: list[str],
    extra: Strategy | None,
    schema: Mapping[str, Any],
) -> Strategy:
    least, most = schema.get("minProperties", 0), schema.get("maxProperties")
    optional = [name for name in known if name not in required]
    # Properties that are needed to reach the least number are made required, in their order.
    promoted = optional[: max(0, least - len(required))]
    always = {name: known[name] for name in (*required, *promoted)}
    sometimes = {name: known[name] for name in optional if name not in promoted}
    objects: Strategy = st.fixed_dictionaries(always, optional=sometimes)
    missing = max(0, least - len(always))
    if extra is not None and (missing or _describes_extra(schema)):
        pairs = st.lists(
            extra.filter(lambda pair: pair[0] not in known),
            min_size=missing,
            max_size=missing + 2,
            unique_by=lambda pair: pair[0],
        )
        objects = st.tuples(objects, pairs).map(lambda parts: {**parts[0], **dict(parts[1])})
    elif missing:
        return st.nothing()
    if most is None:
        return objects
    if len(always) + missing > most:
        return st.nothing()
    keep = frozenset(always)
    return objects.map(lambda document: _cut(document, keep, most))


def _cut(document: dict[str, Any], keep: frozenset[str], most: int) -> dict[str, Any]:
    """The object without the last of its optional properties, as many as are too many."""
    spare = [name for name in document if name not in keep]
    for name in spare[::-1][: max(0, len(document) - most)]:
        del document[name]
    return document


def _describes_extra(schema: Mapping[str, Any]) -> bool:
    return (
        "patternProperties" in schema
        or bool(schema.get("additionalProperties"))
        or not schema.get("properties")
    )


def _items(schema: Mapping[str, Any]) -> tuple[list[JsonSchema], JsonSchema]:
    """The schemas of the first items, and of all others: `prefixItems`, or draft 7's list."""
    items = schema.get("items", True)
    if isinstance(items, list):
        return items, schema.get("additionalItems", True)
    return list(schema.get("prefixItems", ())), items


def _types(schema: Mapping[str, Any]) -> list[str]:
    """The declared types; else those that the keywords are about; else all."""
    if "type" in schema:
        return types_of(schema["type"])
    about = [name for name, keys in _KEYWORDS.items() if any(key in schema for key in keys)]
    return about or ["object", "array", "string", "integer", "number", "boolean", "null"]


def _without(schema: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    return {key: value for key, value in schema.items() if key not in keys}


def _string(schema: Mapping[str, Any]) -> Strategy:
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    if "format" in schema:
        return _leaf("string", schema).filter(is_storable)
    if "pattern" not in schema:
        return text(least, most) if most is None or least <= most else st.nothing()
    found = pattern_text(schema["pattern"], least, most)
    return _leaf("string", schema).filter(is_storable) if found is None else found


def _pattern(pattern: str) -> Strategy:
    return _string({"type": "string", "pattern": pattern})


def _number(schema: Mapping[str, Any]) -> Strategy:
    bounds: dict[str, Any] = {"minimum": -LARGEST_FLOAT, "maximum": LARGEST_FLOAT}
    return _leaf("number", {**bounds, **schema}).filter(is_storable)


def _integer(schema: Mapping[str, Any]) -> Strategy:
    bounds: dict[str, Any] = {"minimum": -LARGEST_INTEGER, "maximum": LARGEST_INTEGER}
    return _leaf("integer", {**bounds, **schema})


def _leaf(name: str, schema: Mapping[str, Any]) -> Strategy:
    keys = _KEYWORDS["number" if name == "integer" else name]
    with warnings.catch_warnings():
        # It warns of formats that it does not know, and draws any text for them.
        warnings.simplefilter("ignore")
        return from_schema(
            {"type": name, **{key: schema[key] for key in keys if key in schema}},
            allow_x00=False,
        )


_LEAVES: Mapping[str, Callable[[Mapping[str, Any]], Strategy]] = {
    "string": _string,
    "number": _number,
    "integer": _integer,
    "boolean": lambda schema: st.booleans(),
    "null": lambda schema: st.none(),
}
