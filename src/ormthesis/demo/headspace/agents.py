"""Agents: coding sessions within a project."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Text,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ormthesis.demo.headspace.base import Base, now

if TYPE_CHECKING:
    from ormthesis.demo.headspace.commands import Command
    from ormthesis.demo.headspace.projects import Project


class Agent(Base):
    """A coding session. A session that continues another one names it as its predecessor."""

    __tablename__ = "agents"
    __table_args__ = (
        Index(None, "session_uuid", unique=True),
        Index(
            None,
            "claude_session_id",
            unique=True,
            postgresql_where=text("claude_session_id IS NOT NULL"),
        ),
        Index(None, "project_id", "last_seen_at"),
        CheckConstraint(
            "(priority_score IS NULL AND priority_reason IS NULL"
            " AND priority_updated_at IS NULL)"
            " OR (priority_score IS NOT NULL AND priority_reason IS NOT NULL"
            " AND priority_updated_at IS NOT NULL)",
            name="priority_complete",
        ),
        CheckConstraint("ended_at IS NULL OR ended_at >= started_at", name="ended_after_start"),
        CheckConstraint("context_percent_used BETWEEN 0 AND 100", name="context_percent"),
    )

    session_uuid: Mapped[uuid.UUID] = mapped_column(Uuid)
    claude_session_id: Mapped[str | None] = mapped_column(String)
    project_id: Mapped[int] = mapped_column(
        ForeignKey("projects.id", ondelete="CASCADE"), index=True
    )
    previous_agent_id: Mapped[int | None] = mapped_column(
        ForeignKey("agents.id", ondelete="SET NULL")
    )
    tmux_session: Mapped[str | None] = mapped_column(String(128))
    transcript_path: Mapped[str | None] = mapped_column(String(1024))
    started_at: Mapped[datetime] = mapped_column(default=now)
    last_seen_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]
    priority_score: Mapped[int | None]
    priority_reason: Mapped[str | None] = mapped_column(Text)
    priority_updated_at: Mapped[datetime | None]
    context_percent_used: Mapped[int | None] = mapped_column(SmallInteger)
    context_remaining_tokens: Mapped[str | None] = mapped_column(String(32))

    project: Mapped["Project"] = relationship(back_populates="agents")
    commands: Mapped[list["Command"]] = relationship(
        back_populates="agent",
        cascade="all, delete-orphan",
        order_by="Command.started_at.desc(), Command.id.desc()",
    )
    # An agent may be its own predecessor, or one of a cycle: without post_update the unit of work
    # finds no order in which to write or delete these rows and raises CircularDependencyError.
    previous_agent: Mapped["Agent | None"] = relationship(
        back_populates="successors", remote_side="Agent.id", post_update=True
    )
    successors: Mapped[list["Agent"]] = relationship(
        back_populates="previous_agent", post_update=True
    )
