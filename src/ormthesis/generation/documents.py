"""JSON documents: any that JSONB keeps unchanged, and those that a JSON Schema takes.

Objects, arrays and plain text are built from public strategies; hypothesis-jsonschema draws the
other leaves (it fails on `type: object` with the newest Hypothesis, and is slower on whole
documents). Every document of a schema is validated with jsonschema before it is used.
"""

from __future__ import annotations

import json
from copy import deepcopy
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from ormthesis.core.errors import SchemaError
from ormthesis.core.text import shorten
from ormthesis.generation.documents_compile import Compiler
from ormthesis.generation.documents_schema import JsonSchema, read_schema, schema_key
from ormthesis.generation.documents_storable import LARGEST_FLOAT, LARGEST_INTEGER, is_storable
from ormthesis.generation.values_simplest import simplest_of
from ormthesis.generation.values_text import text


@lru_cache(maxsize=1)
def json_values() -> st.SearchStrategy[Any]:
    """Any document but null that comes back from JSONB as it was written; shrinks to `{}`.

    No NUL or surrogate in text, no NaN, infinity or -0.0, at most three levels.
    """
    numbers = st.integers(-LARGEST_INTEGER, LARGEST_INTEGER)
    floats = st.floats(-LARGEST_FLOAT, LARGEST_FLOAT).map(_positive_zero)
    scalars = st.one_of(text(), numbers, st.booleans(), floats)
    leaves = st.one_of(st.none(), scalars)
    keys = text(0, 8)
    inner = st.one_of(
        leaves,
        st.lists(leaves, max_size=3),
        st.dictionaries(keys, leaves, max_size=3),
    )
    return st.one_of(st.dictionaries(keys, inner, max_size=3), st.lists(inner, max_size=3), scalars)


def document_strategy(json_schema: JsonSchema) -> st.SearchStrategy[Any]:
    """Documents other than null that the schema takes and that JSONB keeps unchanged.

    Objects get properties that the schema does not name only where it describes them
    (`additionalProperties`, `patternProperties`) or asks for more than it names.

    Raises SchemaError for a malformed schema, a reference outside the schema, or a schema that
    no document satisfies.
    """
    return _document_strategy(schema_key(json_schema))


def simplest_document(json_schema: JsonSchema) -> Any:
    """What `document_strategy` shrinks to. Raises as it does."""
    return deepcopy(simplest_of(document_strategy(json_schema)))


@lru_cache(maxsize=256)
def _document_strategy(key: str) -> st.SearchStrategy[Any]:
    reader = read_schema(json.loads(key))
    documents = Compiler(reader, anything=json_values()).strategy(reader.root)
    if documents.is_empty:
        raise SchemaError(
            f"No document satisfies the JSON Schema {shorten(key)}",
            hint="Correct the contradiction, or take the schema from the column's `info`.",
        )
    return documents.filter(
        lambda document: document is not None and is_storable(document) and reader.accepts(document)
    )


def _positive_zero(value: float) -> float:
    return value + 0.0
