"""Keys of every kind: shared columns, keys that are references, expressions, exclusions."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import INT4RANGE, ExcludeConstraint

METADATA = sa.MetaData()

sa.Table("tenants", METADATA, sa.Column("id", sa.Integer, primary_key=True))
sa.Table(
    "users",
    METADATA,
    sa.Column("tenant_id", sa.ForeignKey("tenants.id", name="fk_users_tenant"), primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("nick", sa.Text),
    sa.Column("badge", sa.Integer),
    sa.Index("uq_users_email", sa.text("lower(email)"), unique=True),
    sa.Index("uq_users_nick", "tenant_id", sa.text("coalesce(nick, '')"), unique=True),
    sa.UniqueConstraint("badge", name="uq_users_badge", deferrable=True, initially="DEFERRED"),
)
# Both keys have the tenant in them: a task's user and its tenant agree.
sa.Table(
    "tasks",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("tenant_id", sa.Integer, nullable=False),
    sa.Column("owner", sa.Text),
    sa.Column("helper", sa.Text),
    sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_tasks_tenant"),
    sa.ForeignKeyConstraint(
        ["tenant_id", "owner"], ["users.tenant_id", "users.code"], name="fk_tasks_owner"
    ),
    sa.ForeignKeyConstraint(
        ["tenant_id", "helper"], ["users.tenant_id", "users.code"], name="fk_tasks_helper"
    ),
    sa.CheckConstraint("owner IS NOT NULL OR helper IS NULL", name="owner_first"),
)
# An association: its key is made of references alone.
sa.Table(
    "follows",
    METADATA,
    sa.Column("tenant_id", sa.Integer, primary_key=True),
    sa.Column("who", sa.Text, primary_key=True),
    sa.Column("whom", sa.Text, primary_key=True),
    sa.ForeignKeyConstraint(
        ["tenant_id", "who"], ["users.tenant_id", "users.code"], name="fk_follows_who"
    ),
    sa.ForeignKeyConstraint(
        ["tenant_id", "whom"], ["users.tenant_id", "users.code"], name="fk_follows_whom"
    ),
)
sa.Table(
    "links",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("tenant_id", sa.Integer),
    sa.Column("code", sa.Text),
    sa.ForeignKeyConstraint(
        ["tenant_id", "code"],
        ["users.tenant_id", "users.code"],
        name="fk_links_user",
        match="FULL",
    ),
)
# One row for each tenant, by its key; the badge refers to a unique column that is no key.
sa.Table(
    "settings",
    METADATA,
    sa.Column("tenant_id", sa.ForeignKey("tenants.id", name="fk_settings"), primary_key=True),
    sa.Column("previous", sa.ForeignKey("settings.tenant_id", name="fk_previous"), unique=True),
)
sa.Table(
    "bookings",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("tenant_id", sa.ForeignKey("tenants.id", name="fk_bookings"), nullable=False),
    sa.Column("room", sa.Integer, nullable=False),
    sa.Column("during", INT4RANGE, nullable=False),
    sa.Column("cancelled", sa.Boolean, nullable=False),
    ExcludeConstraint(
        ("room", "="), ("during", "&&"), where=sa.text("NOT cancelled"), name="one_at_a_time"
    ),
)
# Neither can be written before the other: one statement has to write both.
sa.Table(
    "hens",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("egg_id", sa.Integer, nullable=False),
    sa.ForeignKeyConstraint(["egg_id"], ["eggs.id"], name="fk_hens_egg", use_alter=True),
)
sa.Table(
    "eggs",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("hen_id", sa.ForeignKey("hens.id", name="fk_eggs_hen"), nullable=False),
    sa.Column("weight", sa.Integer, unique=True),
)
# The first row refers to itself; a page's parent is of its own tenant.
sa.Table(
    "roots",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("root_id", sa.ForeignKey("roots.id", name="fk_roots"), nullable=False),
)
sa.Table(
    "pages",
    METADATA,
    sa.Column("tenant_id", sa.ForeignKey("tenants.id", name="fk_pages_tenant"), primary_key=True),
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("parent", sa.Text),
    sa.ForeignKeyConstraint(
        ["tenant_id", "parent"], ["pages.tenant_id", "pages.path"], name="fk_pages_parent"
    ),
    sa.CheckConstraint("parent <> path", name="not_its_own_parent"),
)
