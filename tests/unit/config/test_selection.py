"""`select`: from the names of an option to the names that exist."""

from __future__ import annotations

import pytest

from ormthesis.config import select
from ormthesis.core.errors import OptionError

KNOWN = ("accepted", "delete-sql", "delete-orm", "unique", "odd[name]")


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ((), set()),
        (("unique",), {"unique"}),
        (("delete-*",), {"delete-sql", "delete-orm"}),
        (("unique", "delete-?ql", "unique"), {"unique", "delete-sql"}),
        (("*",), set(KNOWN)),
        (("odd[name]",), {"odd[name]"}),
    ],
)
def test_exact_names_and_globs(names, found):
    assert select(names, KNOWN, "check") == found


def test_case_counts():
    with pytest.raises(OptionError):
        select(("Unique",), KNOWN, "check")


def test_a_name_that_matches_nothing_is_an_error_with_a_suggestion():
    with pytest.raises(OptionError) as caught:
        select(("unique", "unqiue"), KNOWN, "check")
    assert str(caught.value) == "There is no check 'unqiue'.\nDid you mean 'unique'?"


def test_a_glob_that_matches_nothing_lists_what_there_is():
    with pytest.raises(OptionError, match="Known: accepted, delete-orm, delete-sql, odd"):
        select(("zz*",), KNOWN, "check")
