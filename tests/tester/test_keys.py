"""Each kind of key, dropped or changed in the database: found by name; as declared it passes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.tester.databases import new_database
from tests.tester.tenancy import METADATA
from tests.tester.weakening import Weakening, other, reindexed, replaced, weaker
from tests.tester.worlds import make_target, passes, search, sweep, units

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.engine.world import World
    from ormthesis.persistence.provisioning.run import Database, Run
    from tests.tester.worlds import Target

CHECKS = ("accepted", "primary-key", "unique", "foreign-key", "exclusion", "delete-sql")
OWNER = "tasks.(tenant_id,owner)->users"
EMAIL = "users.unique(lower(email))"
NICK = "users.unique(tenant_id,coalesce(nick, ''))"
ROOM = "bookings.exclude(one_at_a_time)"
FOLLOWS = "follows.primary_key(tenant_id,who,whom)"
TO_USERS = "REFERENCES users (tenant_id, code)"


def excluded(definition: str) -> tuple[str, str]:
    return replaced("bookings", "one_at_a_time", f"EXCLUDE USING gist ({definition}")


WEAKENINGS = (
    weaker(
        "shared key dropped",
        "tasks",
        "foreign-key",
        OWNER,
        "ALTER TABLE tasks DROP CONSTRAINT fk_tasks_owner",
    ),
    other(
        "shared key narrowed",
        "tasks",
        {("foreign-key", OWNER)},
        "ALTER TABLE users ADD UNIQUE (code)",
        *replaced("tasks", "fk_tasks_owner", "FOREIGN KEY (owner) REFERENCES users (code)"),
        allows={("accepted", "users"), ("accepted", "tasks")},
    ),
    weaker(
        "narrow key dropped",
        "tasks",
        "foreign-key",
        "tasks.tenant_id->tenants",
        "ALTER TABLE tasks DROP CONSTRAINT fk_tasks_tenant",
    ),
    weaker(
        "columns exchanged",
        "follows",
        "foreign-key",
        "follows.(tenant_id,who)->users",
        *replaced("follows", "fk_follows_who", f"FOREIGN KEY (tenant_id, whom) {TO_USERS}"),
    ),
    weaker(
        "association key dropped",
        "follows",
        "primary-key",
        FOLLOWS,
        "ALTER TABLE follows DROP CONSTRAINT follows_pkey",
    ),
    other(
        "association key narrowed",
        "follows",
        {("accepted", "follows")},
        *replaced("follows", "follows_pkey", "PRIMARY KEY (tenant_id, who)"),
        allows={("primary-key", FOLLOWS), ("foreign-key", "follows.(tenant_id,whom)->users")},
    ),
    weaker(
        "match full lost",
        "links",
        "foreign-key",
        "links.(tenant_id,code)->users",
        *replaced("links", "fk_links_user", f"FOREIGN KEY (tenant_id, code) {TO_USERS}"),
    ),
    weaker(
        "expression lost", "users", "unique", EMAIL, *reindexed("uq_users_email", "users (email)")
    ),
    weaker(
        "another expression",
        "users",
        "unique",
        EMAIL,
        *reindexed("uq_users_email", "users (lower(email), code)"),
    ),
    weaker(
        "coalesce lost",
        "users",
        "unique",
        NICK,
        *reindexed("uq_users_nick", "users (tenant_id, nick)"),
    ),
    weaker(
        "deferrable key dropped",
        "users",
        "unique",
        "users.unique(badge)",
        "ALTER TABLE users DROP CONSTRAINT uq_users_badge",
    ),
    other(
        "key that is a reference dropped",
        "settings",
        {("primary-key", "settings.primary_key(tenant_id)")},
        "ALTER TABLE settings DROP CONSTRAINT settings_pkey CASCADE",
        allows={("foreign-key", "settings.previous->settings")},
    ),
    weaker(
        "key of a cycle dropped",
        "hens",
        "foreign-key",
        "hens.egg_id->eggs",
        "ALTER TABLE hens DROP CONSTRAINT fk_hens_egg",
    ),
    weaker(
        "key that closes a cycle dropped",
        "eggs",
        "foreign-key",
        "eggs.hen_id->hens",
        "ALTER TABLE eggs DROP CONSTRAINT fk_eggs_hen",
    ),
    weaker(
        "key to the row itself dropped",
        "roots",
        "foreign-key",
        "roots.root_id->roots",
        "ALTER TABLE roots DROP CONSTRAINT fk_roots",
    ),
    weaker(
        "shared key to its own table dropped",
        "pages",
        "foreign-key",
        "pages.(tenant_id,parent)->pages",
        "ALTER TABLE pages DROP CONSTRAINT fk_pages_parent",
    ),
    weaker(
        "exclusion dropped",
        "bookings",
        "exclusion",
        ROOM,
        "ALTER TABLE bookings DROP CONSTRAINT one_at_a_time",
    ),
    weaker(
        "exclusion widened by a reference",
        "bookings",
        "exclusion",
        ROOM,
        *excluded("room WITH =, during WITH &&, tenant_id WITH =) WHERE (NOT cancelled)"),
    ),
    other(
        "exclusion narrowed",
        "bookings",
        {("exclusion", ROOM)},
        *excluded("during WITH &&) WHERE (NOT cancelled)"),
        allows={("accepted", "bookings")},
    ),
    other(
        "exclusion of equal ranges only",
        "bookings",
        {("exclusion", ROOM)},
        *excluded("room WITH =, during WITH =) WHERE (NOT cancelled)"),
        allows={("accepted", "bookings")},  # it refuses two empty ranges
    ),
    other(
        "exclusion without its WHERE",
        "bookings",
        {("exclusion", ROOM)},
        *excluded("room WITH =, during WITH &&)"),
        allows={("accepted", "bookings")},
        graphs=20,
    ),
)


@pytest.fixture(scope="module")
def tenancy(tester_database: Database) -> Target:
    return make_target(tester_database, METADATA)


@pytest.fixture(scope="module")
def intact(run: Run, tenancy: Target) -> Iterator[World]:
    with (
        new_database(run, "tenancy") as database,
        replace(tenancy, database=database).world() as world,
    ):
        yield world


@pytest.mark.parametrize("weakening", WEAKENINGS, ids=str)
def test_weakened_key_is_reported_by_name(
    tenancy: Target, intact: World, weakening: Weakening
) -> None:
    with tenancy.world(*weakening.ddl) as world:
        wanted = units(tenancy, weakening.table, *CHECKS[:-1])
        failures = sweep(world, wanted, max_examples=weakening.graphs)
    found = {(failure.invariant, failure.subject) for failure in failures}
    assert weakening.finds <= found <= weakening.finds | weakening.allows
    assert passes(intact, failures)


@pytest.mark.parametrize("table", list(METADATA.tables))
def test_declared_keys_are_proved(tenancy: Target, intact: World, table: str) -> None:
    """Both ways, or implied by another key; and no drawn graph breaks a declared rule."""
    for unit in units(tenancy, table, *CHECKS):
        found = search(intact, unit, max_examples=15)
        assert found.found == {}
        assert not found.total.rejected_graphs
        assert all(reason.startswith("implied by") for reason in unit.reasons.values())
        if unit.invariant.id not in ("accepted", "delete-sql"):
            for subject in unit.subjects:
                seen = found.total.evidence[subject]
                assert seen.accepted
                assert seen.refused
