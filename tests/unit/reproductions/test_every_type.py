"""Values of every type survive being saved, printed as Python and shown; strategies hold them."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from ormthesis.core.equality import equal, hashable
from ormthesis.engine.reproductions.values import decode_value, encode_value
from ormthesis.generation.distinct import distinct_value
from ormthesis.generation.edges import edge_values
from ormthesis.generation.holdable import type_refusal
from ormthesis.generation.values import simplest_value
from ormthesis.oracle.coercion import coerce
from ormthesis.reporting.reproduction.python_text import PythonText
from ormthesis.reporting.values import show
from ormthesis.schema.read_types import read_type
from ormthesis.schema.types import DataType, Stored
from tests.unit.oracle.every_type import TYPES

EVERY = pytest.mark.parametrize("name", TYPES)


@cache
def values_of(name: str) -> tuple[DataType, tuple[Any, ...]]:
    data_type = read_type(TYPES[name])
    return data_type, (simplest_value(data_type), *edge_values(data_type))


@EVERY
def test_saved_and_read_again(name: str) -> None:
    data_type, values = values_of(name)
    for value in values:
        written = json.loads(json.dumps(encode_value(value)))
        assert equal(decode_value(written, data_type), value)
        stored = Stored(data_type.stored(value))
        written = json.loads(json.dumps(encode_value(stored)))
        assert decode_value(written, data_type) == stored or stored.value != stored.value


@EVERY
def test_printed_as_python(name: str) -> None:
    data_type, values = values_of(name)
    for value in values:
        python = PythonText()
        text = python.value(value, data_type)
        names: dict[str, Any] = dict(python.classes)
        for line in python.standard_imports():
            exec(line, names)
        assert equal(eval(text, names), value)
        assert show(value)


@EVERY
def test_coercing_twice_changes_nothing(name: str) -> None:
    data_type, values = values_of(name)
    for value in values:
        stored = data_type.stored(value)
        once = coerce(data_type, stored)
        assert equal(coerce(data_type, once), once)
        assert type_refusal(data_type.beneath, stored) is None


# Of these the one value of a bounded domain may be all there is.
@pytest.mark.parametrize("name", [name for name in TYPES if name not in {"months"}])
def test_another_value_is_found_beside_one(name: str) -> None:
    data_type, values = values_of(name)
    taken = {hashable(data_type.stored(values[0]))}
    other = distinct_value(data_type, values[0], taken)
    assert other is not None
    assert hashable(data_type.stored(other)) not in taken
