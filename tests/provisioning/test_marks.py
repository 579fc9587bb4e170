"""A mark counts only on the very database that it was written on."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ormthesis.persistence.provisioning.marks import DatabaseEntry, Mark, read_mark

MARK = Mark(system="7", oid=16400, name="shop_1a2b3c4d_0", run="1a2b3c4d")


def entry(mark: Mark) -> DatabaseEntry:
    return DatabaseEntry(oid=16400, name="shop_1a2b3c4d_0", comment=mark.text())


def test_a_genuine_mark() -> None:
    assert entry(MARK).mark("7") == MARK


@pytest.mark.parametrize(
    "other", [replace(MARK, system="8"), replace(MARK, oid=1), replace(MARK, name="shop")]
)
def test_a_mark_of_another_database(other: Mark) -> None:
    assert entry(other).mark("7") is None


@pytest.mark.parametrize(
    "comment",
    [
        None,
        "",
        "the shop's database",
        "[]",
        "null",
        '{"ormthesis": 1}',
        json.dumps({**json.loads(MARK.text()), "ormthesis": 2}),
        json.dumps({**json.loads(MARK.text()), "oid": "16400"}),
        json.dumps({**json.loads(MARK.text()), "oid": True}),
        json.dumps({**json.loads(MARK.text()), "more": 1}),
    ],
)
def test_every_other_comment_is_no_mark(comment: str | None) -> None:
    assert read_mark(comment) is None
