"""Values as JSON and back."""

from __future__ import annotations

import datetime as dt
import json
import math
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ormthesis.core.errors import ReproductionError
from ormthesis.engine.reproductions.values import MemberGoneError, decode_value, encode_value
from ormthesis.generation.graph import EntityRef
from ormthesis.oracle.outcome import Unspecified
from tests.unit.reproductions.failures import LIBRARY
from tests.unit.reproductions.library import Color

COLOR = LIBRARY.schema.by_key["shelves"].by_name["color"].type

zones = st.integers(-1439, 1439).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters()),
    st.text("\ud800\udfff$\0é"),
    st.binary(),
    st.decimals(),
    st.uuids(),
    st.datetimes(timezones=st.none() | zones).map(lambda moment: moment.replace(fold=0)),
    st.dates(),
    st.times(timezones=st.none() | zones).map(lambda time: time.replace(fold=0)),
    st.timedeltas(),
    st.builds(EntityRef, st.text(), st.integers(0)),
    st.sampled_from(Unspecified),
)
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner),
        st.lists(inner).map(tuple),
        st.dictionaries(st.text() | st.sampled_from(["$ref", "$enum"]) | st.integers(), inner),
    ),
    max_leaves=8,
)


def through_json(value: Any) -> Any:
    """What a file would give back."""
    text = json.dumps(encode_value(value), ensure_ascii=False, allow_nan=False)
    return json.loads(text.encode())


def identical(one: Any, other: Any) -> bool:
    """Equal in value, class and sign, with NaN equal to NaN."""
    return repr(one) == repr(other) and type(one) is type(other)


@given(values)
@example(-0.0)
@example({"$decimal": "1"})
@example("\ud83d\ude00")
@example(Decimal("-sNaN7"))
@example((True, 1, [()]))
def test_every_value_comes_back(value: Any) -> None:
    assert identical(decode_value(through_json(value)), value)


def test_repr_tells_the_values_of_the_property_apart() -> None:
    assert not identical(1, True)
    assert not identical(-0.0, 0.0)
    assert identical(math.nan, math.nan)


def test_what_json_holds_stays_readable() -> None:
    document = {"a": [1, "é", None, True, 0.5]}
    assert encode_value(document) == document


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (Decimal("1.50"), {"$decimal": "1.50"}),
        (-0.0, {"$float": "-0.0"}),
        (math.inf, {"$float": "inf"}),
        (UUID(int=1), {"$uuid": "00000000-0000-0000-0000-000000000001"}),
        (b"\0\xff", {"$bytes": "00ff"}),
        (dt.datetime(2000, 1, 2, tzinfo=dt.UTC), {"$datetime": "2000-01-02T00:00:00+00:00"}),
        (dt.timedelta(-1, 2, 3), {"$timedelta": [-1, 2, 3]}),
        (("a",), {"$tuple": ["a"]}),
        (Color.RED, {"$enum": "RED"}),
        (EntityRef("agent", 0), {"$ref": "agent#0"}),
    ],
)
def test_the_form_of_a_tagged_value(value: Any, encoded: Any) -> None:
    assert encode_value(value) == encoded


def test_members_are_found_through_the_type_of_the_column() -> None:
    assert decode_value({"$enum": "BLUE"}, COLOR) is Color.BLUE
    assert decode_value("BLUE", COLOR) == "BLUE"


def test_a_member_that_is_gone() -> None:
    with pytest.raises(MemberGoneError, match="member 'GREEN' of the enum Color"):
        decode_value({"$enum": "GREEN"}, COLOR)


@pytest.mark.parametrize(
    "data", [{"$complex": "1j"}, {"$decimal": "one"}, {"$uuid": 5}, {"$timedelta": [1]}]
)
def test_a_tag_that_cannot_be_read(data: Any) -> None:
    with pytest.raises(ValueError, match=next(iter(data)).replace("$", r"\$")):
        decode_value(data)


def test_a_class_without_a_form_is_named() -> None:
    with pytest.raises(ReproductionError, match=r"builtins\.complex"):
        encode_value(1j)
