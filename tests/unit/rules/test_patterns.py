"""Patterns: what matches, what witnesses it, and when the answer is left to the server."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ormthesis.rules.errors import EvaluationError, Unreadable
from ormthesis.rules.patterns import Matcher, Trust, like, regular, similar

MATCHERS = {
    "like": like("a%_b"),
    "ilike": like("a%_b", ignore_case=True),
    "similar": similar("(a|b)_%"),
    "plain": regular("^[a-c]+$"),
    "classes": regular(r"^\d+-\w*$"),
    "negated": regular(r"^[^\d]+$"),
    "folded": regular("^a.b$", ignore_case=True),
    "posix": regular("^[[:alpha:]_]{2,3}$"),
}


@pytest.mark.parametrize("name", MATCHERS)
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_every_witness_matches(name: str, data: st.DataObject) -> None:
    matcher = MATCHERS[name]
    text = data.draw(st.from_regex(matcher.witness))
    if matcher.trust is Trust.ASCII and not text.isascii():
        return  # before an unanchored start or after an end that is not pinned
    assert matcher(text)


@pytest.mark.parametrize("name", MATCHERS)
@settings(max_examples=50, deadline=None)
@given(text=st.text(alphabet="abcAB01_- \n"))
def test_ascii_matches_are_witnessed(name: str, text: str) -> None:
    matcher = MATCHERS[name]
    assert matcher(text) == (re.search(matcher.witness, text) is not None)


@pytest.mark.parametrize(
    ("matcher", "text", "expected"),
    [
        (regular(r"\d"), "é1", True),  # found in ASCII, so certain
        (regular(r"\d"), "é", None),
        (regular(r"^\D$"), "é", None),
        (regular("^[^a]$"), "é", True),
        (like("É%"), "École", True),
        (like("e%", ignore_case=True), "École", None),
    ],
)
def test_beyond_ascii(matcher: Matcher, text: str, expected: bool | None) -> None:
    if expected is None:
        with pytest.raises(EvaluationError):
            matcher(text)
    else:
        assert matcher(text) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        "(a)\\1",
        "(?=a)",
        "(?i)a",
        "***=a",
        "\\ma",
        "a**",
        "a*+",
        "*a",
        "[a",
        "(a",
        "a)",
        "[[.a.]]",
        "a\\",
        "\\y",
        "[b-a]",
        "a{2",
        "^*",
        "\\u0041",
    ],
)
def test_refused(pattern: str) -> None:
    with pytest.raises(Unreadable):
        regular(pattern)
