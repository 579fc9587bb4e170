"""Reading JSON Schemas: references, conjunctions and validity."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # its stubs are a package of their own
from jsonschema.validators import validator_for  # type: ignore[import-untyped]

from ormthesis.core.errors import SchemaError

JsonSchema = Mapping[str, Any] | bool

# Of two bounds the tighter one holds.
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_ANNOTATIONS = frozenset(
    {"$schema", "$id", "$comment", "$defs", "definitions", "title", "description", "default"}
    | {"examples", "deprecated", "readOnly", "writeOnly", "$anchor"}
)


@dataclass(frozen=True, slots=True)
class SchemaReader:
    """One JSON Schema, checked, with its validator. Drafts 7 and 2020-12."""

    root: JsonSchema
    validator: Any
    open_references: list[str] = field(default_factory=list)
    """References being followed just now: one that comes up again leads nowhere."""

    def errors(self, schema: JsonSchema, document: Any) -> Iterator[jsonschema.ValidationError]:
        found: Iterator[jsonschema.ValidationError] = self.validator.evolve(
            schema=schema
        ).iter_errors(document)
        return found

    def is_valid(self, schema: JsonSchema, document: Any) -> bool:
        return bool(self.validator.evolve(schema=schema).is_valid(document))

    def accepts(self, document: Any) -> bool:
        """Whether the whole schema takes the document."""
        return bool(self.validator.is_valid(document))

    def target(self, reference: str) -> JsonSchema:
        """The schema that a local reference such as `#/$defs/name` names.

        Raises SchemaError for another kind of reference or one that leads nowhere.
        """
        if reference != "#" and not reference.startswith("#/"):
            raise SchemaError(
                f"The JSON Schema refers to {reference!r}, outside itself.",
                hint="Copy the schema that is meant into `$defs` and refer to `#/$defs/<name>`.",
            )
        found: Any = self.root
        for part in reference.split("/")[1:]:
            name = part.replace("~1", "/").replace("~0", "~")
            try:
                found = found[int(name)] if isinstance(found, list) else found[name]
            except (KeyError, IndexError, ValueError, TypeError):
                raise SchemaError(
                    f"The JSON Schema refers to {reference!r}, which it does not contain.",
                    hint="Correct the reference, or add the definition.",
                ) from None
        checked: JsonSchema = found
        return checked

    def flat(self, schema: JsonSchema) -> JsonSchema:
        """The same rules without annotations, `$ref` and `allOf` at the top, as far as they merge.

        What cannot be merged is left out: whole documents are validated in any case.
        """
        if isinstance(schema, bool):
            return schema
        result: JsonSchema = {
            key: value
            for key, value in schema.items()
            if key not in _ANNOTATIONS and key not in ("$ref", "allOf")
        }
        for part in schema.get("allOf", ()):
            result = merge(result, self.flat(part))
        if "$ref" in schema:
            result = merge(result, self._followed(schema["$ref"]))
        return result

    def _followed(self, reference: str) -> JsonSchema:
        if reference in self.open_references:
            raise SchemaError(
                f"The JSON Schema's reference {reference!r} leads back to itself.",
                hint="Put a property or an array between the reference and what it names.",
            )
        self.open_references.append(reference)
        try:
            return self.flat(self.target(reference))
        finally:
            self.open_references.pop()


def read_schema(schema: JsonSchema) -> SchemaReader:
    """Check a JSON Schema against its own draft (2020-12 where it names none).

    Raises SchemaError that names the place of the first fault.
    """
    draft = validator_for(schema, default=jsonschema.Draft202012Validator)
    try:
        draft.check_schema(schema)
    except jsonschema.SchemaError as error:
        raise SchemaError(
            f"The JSON Schema is malformed at {error.json_path}: {error.message}",
            hint="Correct the schema; its draft is the one that `$schema` names, else 2020-12.",
        ) from error
    return SchemaReader(schema, draft(schema))


def schema_key(schema: JsonSchema) -> str:
    """The schema as text, the key of a cache; it keeps the order of properties."""
    try:
        return json.dumps(schema)
    except (TypeError, ValueError) as error:
        raise SchemaError(
            f"The JSON Schema is not JSON: {error}",
            hint="Use only dicts with text keys, lists, text, numbers, booleans and None.",
        ) from error


def merge(first: JsonSchema, second: JsonSchema) -> JsonSchema:
    """A schema that asks for both, or for as much of the second as can be said in one schema."""
    if first is False or second is False:
        return False
    if isinstance(first, bool):
        return second
    if isinstance(second, bool):
        return first
    result = dict(first)
    for key, value in second.items():
        result[key] = _merged(key, result[key], value) if key in result else value
    return result


def _merged(key: str, first: Any, second: Any) -> Any:
    if key in _LOWER:
        return max(first, second)
    if key in _UPPER:
        return min(first, second)
    if key == "type":
        return _common_types(first, second)
    if key == "required":
        return list(dict.fromkeys([*first, *second]))
    if key == "enum":
        return [value for value in first if value in second]
    if key in ("properties", "patternProperties"):
        shared = {name: merge(first[name], second[name]) for name in first if name in second}
        return {**first, **second, **shared}
    if key in ("items", "additionalProperties") and not isinstance(first, list):
        return merge(first, second)
    return first


def _common_types(first: str | list[str], second: str | list[str]) -> list[str]:
    wider, narrower = types_of(first), types_of(second)
    common = [name for name in wider if name in narrower]
    if "integer" not in common and {"integer", "number"} <= {*wider, *narrower}:
        common += ["integer"] * (("number" in wider) != ("number" in narrower))
    return common


def types_of(declared: str | list[str]) -> list[str]:
    return [declared] if isinstance(declared, str) else list(declared)
