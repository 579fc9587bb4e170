"""Texts of any kind: reading never raises, and what is read can be evaluated and solved."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from ormthesis.rules.errors import EvaluationError
from ormthesis.rules.rule import compile_rule
from ormthesis.rules.solve import Goal, boundaries, branches
from tests.unit.rules.columns import TYPES, VALUES
from tests.unit.rules.texts import OPAQUE, READABLE

_TOKEN = re.compile(r"'(?:[^']|'')*'|\w+|::|[^\w\s]")
_TEXTS = [_TOKEN.findall(sql) for sql in (*READABLE, *OPAQUE)]
_TOKENS = sorted({token for text in _TEXTS for token in text} | {"oid", "NULL", "'1 month'"})


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A rule of the corpus in which up to three tokens are others."""
    tokens = list(draw(st.sampled_from(_TEXTS)))
    for _ in range(draw(st.integers(1, 3))):
        tokens[draw(st.integers(0, len(tokens) - 1))] = draw(st.sampled_from(_TOKENS))
    return " ".join(tokens)


@settings(max_examples=300, deadline=None)
@given(
    sql=st.one_of(damaged(), st.text(), st.lists(st.sampled_from(_TOKENS)).map(" ".join)),
    data=st.data(),
)
def test_reading_never_raises(sql: str, data: st.DataObject) -> None:
    rule = compile_rule(sql, TYPES)
    if rule.opaque is not None:
        assert rule.opaque
        return
    row = {c: data.draw(st.sampled_from([None, *VALUES.get(c, [])])) for c in rule.columns}
    try:
        assert rule.evaluate(row) in (True, False, None)
    except EvaluationError:
        assert not rule.holds(row)
        assert not rule.breaks(row)
    for goal in Goal:
        branches(rule, goal)
    boundaries(rule)
