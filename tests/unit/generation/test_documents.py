"""Documents of JSON Schemas, valid and invalid, judged by jsonschema."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ormthesis.core.errors import SchemaError
from ormthesis.generation.documents import document_strategy, simplest_document
from ormthesis.generation.documents_storable import is_storable
from ormthesis.generation.invalid_documents import invalid_documents
from tests.unit.generation.minimal import minimal

TREE = {
    "$defs": {
        "node": {
            "type": "object",
            "properties": {
                "value": {"type": "integer"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/node"}, "maxItems": 2},
            },
            "required": ["value"],
            "additionalProperties": False,
        }
    },
    "$ref": "#/$defs/node",
}
ORDER = {
    "type": "object",
    "properties": {
        "id": {"type": "integer", "minimum": 1, "maximum": 9999},
        "state": {"enum": ["open", "closed"]},
        "note": {"type": "string", "pattern": "^[a-z ]{1,30}$"},
        "lines": {
            "type": "array",
            "minItems": 1,
            "maxItems": 3,
            "items": {
                "type": "object",
                "properties": {
                    "sku": {"type": "string", "minLength": 2, "maxLength": 5},
                    "price": {"type": "number", "exclusiveMinimum": 0},
                },
                "required": ["sku", "price"],
                "additionalProperties": False,
            },
        },
        "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
    },
    "required": ["id", "lines"],
    "additionalProperties": False,
}
# A schema, what its documents shrink to, and the keywords whose faults must be found.
SCHEMAS: dict[str, tuple[Any, Any, set[str]]] = {
    "any": ({}, {}, set()),
    "true": (True, {}, set()),
    "object": ({"type": "object"}, {}, {"type"}),
    "order": (
        ORDER,
        {"id": 1, "lines": [{"sku": "00", "price": 1.0}]},
        {"type", "enum", "pattern", "minimum", "maximum", "exclusiveMinimum", "required"}
        | {"minLength", "maxLength", "minItems", "maxItems", "uniqueItems"}
        | {"additionalProperties"},
    ),
    "tree": (TREE, {"value": 0}, {"type", "required", "additionalProperties", "maxItems"}),
    "text": ({"type": "string"}, "", {"type"}),
    "digits": ({"type": "string", "pattern": "^[0-9]{2,4}$"}, "00", {"type", "pattern"}),
    "moment": ({"type": "string", "format": "date-time"}, "2000-01-01T00:00:00Z", {"type"}),
    "any pattern": ({"type": "string", "pattern": "^a(b|c)+$"}, "ab", {"type", "pattern"}),
    "steps": ({"type": "integer", "multipleOf": 5, "minimum": 3}, 5, {"minimum", "multipleOf"}),
    "const": ({"const": "x"}, "x", {"const"}),
    "enum": ({"enum": [3, "x", None]}, 3, {"enum"}),
    "nullable": ({"type": ["string", "null"]}, "", {"type"}),
    "tuple": (
        {
            "type": "array",
            "prefixItems": [{"type": "string"}, {"type": "integer"}],
            "items": False,
            "minItems": 2,
        },
        ["", 0],
        {"type", "minItems"},
    ),
    "draft 7 tuple": (
        {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "type": "array",
            "items": [{"type": "boolean"}],
            "additionalItems": False,
            "minItems": 1,
        },
        [False],
        {"type", "minItems"},
    ),
    "no items": ({"type": "array", "maxItems": 0}, [], {"type", "maxItems"}),
    "contains": ({"type": "array", "contains": {"const": 7}}, [7], {"type"}),
    "named by pattern": (
        {
            "type": "object",
            "patternProperties": {"^x_[a-z]+$": {"type": "integer"}},
            "additionalProperties": False,
        },
        {},
        {"type", "additionalProperties"},
    ),
    "other properties": (
        {"type": "object", "additionalProperties": {"type": "boolean"}, "minProperties": 1},
        None,
        {"type"},
    ),
    "few properties": (
        {
            "type": "object",
            "properties": {name: {"type": "integer"} for name in "abcd"},
            "minProperties": 2,
            "maxProperties": 3,
        },
        {"a": 0, "b": 0},
        {"type"},
    ),
    "all of": (
        {
            "allOf": [
                {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
                {"properties": {"b": {"const": 3}}, "required": ["b"]},
            ]
        },
        {"a": "", "b": 3},
        {"type", "required", "const"},
    ),
    "any of": (
        {"anyOf": [{"type": "integer", "minimum": 3}, {"type": "string", "minLength": 2}]},
        3,
        set(),
    ),
    "one of": (
        {"oneOf": [{"type": "integer", "minimum": 3}, {"type": "integer", "maximum": 5}]},
        None,
        set(),
    ),
    "condition": (
        {
            "type": "object",
            "properties": {"kind": {"enum": ["a", "b"]}, "size": {"type": "integer"}},
            "required": ["kind"],
            "if": {"properties": {"kind": {"const": "a"}}},
            "then": {"required": ["size"]},
        },
        {"kind": "a", "size": 0},
        {"type", "enum", "required"},
    ),
    "names": (
        {"type": "object", "propertyNames": {"pattern": "^[a-z]{1,3}$"}, "minProperties": 1},
        None,
        {"type"},
    ),
}
CASES = pytest.mark.parametrize("name", SCHEMAS)
FEW = settings(max_examples=40, database=None, suppress_health_check=[HealthCheck.too_slow])


def drawn(strategy: st.SearchStrategy[Any], profile: settings = FEW) -> list[Any]:
    found: list[Any] = []

    @profile
    @given(strategy)
    def collect(value: Any) -> None:
        found.append(value)

    collect()
    return found


def validator(schema: Any) -> Any:
    found = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    return found(schema)


@CASES
def test_documents_are_valid_and_storable(name: str) -> None:
    schema, _, _ = SCHEMAS[name]
    documents = drawn(document_strategy(schema))
    judge = validator(schema)
    assert documents
    assert all(judge.is_valid(document) for document in documents)
    assert all(document is not None and is_storable(document) for document in documents)


@CASES
def test_documents_shrink_to_the_simplest(name: str) -> None:
    schema, simplest, _ = SCHEMAS[name]
    if simplest is not None:
        assert minimal(document_strategy(schema)) == simplest
        assert simplest_document(schema) == simplest


@CASES
def test_invalid_documents_break_the_keyword_that_they_name(name: str) -> None:
    schema, _, keywords = SCHEMAS[name]
    strategy = invalid_documents(schema)
    if not keywords:
        assert strategy.is_empty
        return
    judge = validator(schema)
    for document, keyword in drawn(strategy, settings(FEW, max_examples=80)):
        assert document is not None
        assert is_storable(document)
        assert keyword in {error.validator for error in _leaves(judge.iter_errors(document))}


def _leaves(errors: Any) -> Any:
    for error in errors:
        yield error
        yield from _leaves(error.context or ())


@CASES
def test_a_fault_of_every_keyword_is_found(name: str) -> None:
    schema, _, keywords = SCHEMAS[name]
    for keyword in keywords:
        _, found = minimal(invalid_documents(schema), lambda pair, k=keyword: pair[1] == k)
        assert found == keyword


def test_an_invalid_document_has_one_fault_and_is_otherwise_minimal() -> None:
    smallest = minimal(invalid_documents(ORDER), lambda pair: pair[1] == "exclusiveMinimum")
    assert smallest == ({"id": 1, "lines": [{"sku": "00", "price": 0}]}, "exclusiveMinimum")
    smallest = minimal(invalid_documents(ORDER), lambda pair: pair[1] == "additionalProperties")
    assert smallest[0] in (
        {"id": 1, "lines": [{"sku": "00", "price": 1.0}], "unknown": 0},
        {"id": 1, "lines": [{"sku": "00", "price": 1.0, "unknown": 0}]},
    )


def test_optional_properties_come_and_go() -> None:
    strategy = document_strategy(ORDER)
    assert "tags" in minimal(strategy, lambda document: "tags" in document)
    assert minimal(strategy, lambda document: len(document["lines"]) > 1)["lines"] == [
        {"sku": "00", "price": 1.0},
        {"sku": "00", "price": 1.0},
    ]


def test_a_recursive_schema_is_drawn_to_some_depth() -> None:
    deep = minimal(document_strategy(TREE), lambda tree: bool(tree.get("children")))
    assert deep == {"value": 0, "children": [{"value": 0}]}


def test_equal_schemas_share_a_strategy() -> None:
    assert document_strategy({"type": "object"}) is document_strategy({"type": "object"})


def test_the_simplest_document_is_a_fresh_copy() -> None:
    simplest_document(ORDER)["lines"].clear()
    assert simplest_document(ORDER)["lines"]


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"type": "objekt"}, r"malformed at \$\.type"),
        ({"properties": {"a": {"minimum": "3"}}}, r"malformed at \$\.properties\.a\.minimum"),
        ({"$ref": "#/$defs/absent"}, "does not contain"),
        ({"$ref": "https://example.org/schema.json"}, "outside itself"),
        ({"$ref": "#"}, "leads back to itself"),
        (False, "No document satisfies"),
        ({"type": "object", "properties": {"a": False}, "required": ["a"]}, "No document"),
        ({"enum": ["a", "b"], "type": "integer"}, "No document"),
        pytest.param({"type": "string", "default": object()}, "is not JSON", id="an object"),
    ],
    ids=str,
)
def test_an_unusable_schema_is_refused_with_its_fault(schema: Any, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        document_strategy(schema)
