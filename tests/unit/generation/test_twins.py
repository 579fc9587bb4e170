"""Which columns two rows have to differ in."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from ormthesis.generation.twins import separations
from ormthesis.schema import load_models


def sets_of(*keys: sa.Constraint) -> set[frozenset[str]]:
    columns: list[Any] = [sa.Column(name, sa.Integer, nullable=False) for name in "abcd"]
    metadata = sa.MetaData()
    sa.Table("things", metadata, *columns, *keys)
    return {*separations(load_models(metadata).schema.by_key["things"])}


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ([], {""}),
        ([sa.PrimaryKeyConstraint("a")], {"a"}),
        ([sa.PrimaryKeyConstraint("a", "b")], {"a", "b"}),
        ([sa.PrimaryKeyConstraint("a"), sa.UniqueConstraint("b", "c")], {"ab", "ac"}),
        # Differing in b serves both keys: then neither a nor c has to.
        ([sa.UniqueConstraint("a", "b"), sa.UniqueConstraint("b", "c")], {"b", "ac"}),
    ],
)
def test_one_column_of_each_key(keys: list[sa.Constraint], expected: set[str]) -> None:
    assert sets_of(*keys) == {frozenset(names) for names in expected}
