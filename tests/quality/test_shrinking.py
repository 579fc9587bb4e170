"""Shrink equations: for a planted defect the minimal case has exactly these rows and values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.quality.minimal import changes, minimal, rows
from tests.tester.weakening import replaced, trigger

if TYPE_CHECKING:
    from tests.tester.worlds import Target

COUNTRY = "country#0"
TOWN = "town#0 country_id=country#0"
STREET = "street#0 town_id=town#0"
HOUSE = "house#0 street_id=street#0"
# A row at the end of the chain needs one row of each level, and no more.
CHAIN = [COUNTRY, TOWN, STREET, HOUSE]


def key(table: str, name: str, column: str, referred: str, action: str) -> tuple[str, str]:
    return replaced(table, name, f"FOREIGN KEY ({column}) REFERENCES {referred} ON DELETE {action}")


@pytest.mark.parametrize(
    ("check", "ddl", "changed"),
    [
        ("not-null", "ALTER TABLE houses ALTER number DROP NOT NULL", {"number": None}),
        ("check", "ALTER TABLE houses DROP CONSTRAINT floors_range", {"floors": 0}),
        ("length", "ALTER TABLE houses ALTER owner TYPE text", {"owner": "x" * 21}),
        ("range", "ALTER TABLE houses ALTER id TYPE bigint", {"id": -(2**31) - 1}),
        (
            "foreign-key",
            "ALTER TABLE houses DROP CONSTRAINT fk_houses_street",
            {"street_id": 20_000},
        ),
        (
            "foreign-key",
            "ALTER TABLE houses DROP CONSTRAINT fk_houses_old_street",
            {"old_street_id": 20_000},
        ),
    ],
)
def test_one_row_and_its_ancestors_suffice(
    tree: Target, check: str, ddl: str, changed: dict[str, Any]
) -> None:
    (failure,) = minimal(tree, "houses", check, ddl)
    assert rows(failure) == CHAIN
    assert changes(failure) == changed


def test_check_of_two_columns(tree: Target) -> None:
    (failure,) = minimal(
        tree, "towns", "check", "ALTER TABLE towns DROP CONSTRAINT mayor_needs_people"
    )
    assert rows(failure) == [COUNTRY, TOWN]
    assert changes(failure) == {"mayor": "", "people": 0}


def test_two_rows_for_a_unique_key(tree: Target) -> None:
    (failure,) = minimal(tree, "houses", "unique", "DROP INDEX uq_houses_number")
    assert rows(failure) == [*CHAIN, "house#1 street_id=street#0"]
    assert changes(failure).keys() == {"street_id", "number"}


def test_two_rows_for_a_primary_key(tree: Target) -> None:
    (failure,) = minimal(
        tree, "houses", "primary-key", "ALTER TABLE houses DROP CONSTRAINT houses_pkey"
    )
    # The second house differs from the first in no more than the other key asks for.
    assert rows(failure) == [*CHAIN, "house#1 street_id=street#0 number='0'"]


def test_key_that_is_too_wide_differs_in_the_added_column(tree: Target) -> None:
    failures = minimal(
        tree,
        "towns",
        "unique",
        *replaced("towns", "uq_towns_name", "UNIQUE (country_id, name, people)"),
    )
    (accepted,) = [failure for failure in failures if failure.mismatch.verdict == "accepted"]
    assert rows(accepted) == [COUNTRY, TOWN, "town#1 country_id=country#0 people=1"]


@pytest.mark.parametrize(
    ("ddl", "expected"),
    [
        ("ADD CONSTRAINT extra CHECK (floors < 8)", [*CHAIN[:3], f"{HOUSE} floors=8"]),
        (
            "ADD CONSTRAINT extra CHECK (old_street_id IS NULL)",
            [*CHAIN[:3], "house#0 street_id=street#0 old_street_id=street#0"],
        ),
        (
            "ADD CONSTRAINT extra CHECK (old_street_id = street_id)",
            [
                *CHAIN[:3],
                "street#1 town_id=town#0",
                "house#0 street_id=street#1 old_street_id=street#0",
            ],
        ),
        # Two houses in one street are enough; their street is shared.
        ("ADD UNIQUE (street_id)", [*CHAIN, "house#1 street_id=street#0 number='0'"]),
        # Here they need two streets, of one town.
        (
            "ADD UNIQUE (number)",
            [
                *CHAIN[:3],
                "street#1 town_id=town#0",
                HOUSE,
                "house#1 street_id=street#1",
            ],
        ),
    ],
)
def test_valid_rows_that_are_refused(tree: Target, ddl: str, expected: list[str]) -> None:
    (failure,) = minimal(tree, "houses", "accepted", f"ALTER TABLE houses {ddl}")
    assert rows(failure) == expected


def test_row_that_refers_to_itself(tree: Target) -> None:
    (failure,) = minimal(
        tree, "towns", "accepted", "ALTER TABLE towns ADD CONSTRAINT extra CHECK (twin_id <> id)"
    )
    assert rows(failure) == [COUNTRY, f"{TOWN} twin_id=town#0"]


def test_value_that_a_trigger_changes(tree: Target) -> None:
    (failure,) = minimal(
        tree, "houses", "round-trip", trigger("houses", "NEW.owner := upper(NEW.owner);")
    )
    assert rows(failure) == [*CHAIN[:3], f"{HOUSE} owner='a'"]


def test_refused_delete_of_a_long_chain(tree: Target) -> None:
    failures = minimal(
        tree,
        "countries",
        "delete-sql",
        *key("houses", "fk_houses_street", "street_id", "streets", "RESTRICT"),
    )
    (failure,) = [failure for failure in failures if failure.mismatch.verdict == "rejected"]
    assert rows(failure) == CHAIN
    assert str(failure.case.operation) == "delete row country#0"


def test_delete_that_takes_too_much(tree: Target) -> None:
    (failure,) = minimal(
        tree,
        "towns",
        "delete-sql",
        *key("towns", "fk_towns_twin", "twin_id", "towns", "CASCADE"),
    )
    assert rows(failure) == [COUNTRY, TOWN, "town#1 country_id=country#0 twin_id=town#0 name='0'"]


def test_delete_that_needs_two_chains(tree: Target) -> None:
    """The house stands outside the deleted country and refers to a street of it."""
    (failure,) = minimal(
        tree,
        "countries",
        "delete-sql",
        *key("houses", "fk_houses_old_street", "old_street_id", "streets", "CASCADE"),
    )
    assert [draft.table for draft in failure.case.graph.drafts].count("houses") == 1
    assert len(rows(failure)) == 7


@pytest.mark.parametrize(
    ("table", "check", "expected"),
    [
        ("houses", "low", [*CHAIN[:3], f"{HOUSE} floors=8"]),
        ("countries", "towns_are_small", [COUNTRY, f"{TOWN} people=5"]),
        ("houses", "one_house_in_a_street", [*CHAIN, "house#1 street_id=street#0 number='0'"]),
        ("houses", "nobody_owns_in_empty_towns", [*CHAIN[:3], f"{HOUSE} owner=''"]),
    ],
)
def test_invariants_of_the_users(tree: Target, table: str, check: str, expected: list[str]) -> None:
    (failure,) = minimal(tree, table, check)
    assert rows(failure) == expected


@pytest.mark.parametrize("seed", range(5))
def test_shrinks_alike_for_every_seed(tree: Target, seed: int) -> None:
    """Where the search happens to begin makes no difference to what is reported."""
    from tests.tester.worlds import shrunk, units

    with tree.world("ALTER TABLE houses ADD CONSTRAINT extra CHECK (floors < 8)") as world:
        (unit,) = units(tree, "houses", "accepted")
        (failure,) = shrunk(world, unit, max_examples=100, seed=seed)
    assert rows(failure) == [*CHAIN[:3], f"{HOUSE} floors=8"]
