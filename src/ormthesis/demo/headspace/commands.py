"""Commands: what an agent was told to do."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ormthesis.demo.headspace.base import Base, now
from ormthesis.demo.headspace.enums import CommandState

if TYPE_CHECKING:
    from ormthesis.demo.headspace.agents import Agent
    from ormthesis.demo.headspace.turns import Turn


class Command(Base):
    """One instruction to an agent, from idle to complete."""

    __tablename__ = "commands"
    __table_args__ = (
        Index(None, "agent_id", "state"),
        CheckConstraint(
            "completed_at IS NULL OR completed_at >= started_at", name="completed_after_start"
        ),
    )

    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id", ondelete="CASCADE"), index=True)
    state: Mapped[CommandState] = mapped_column(
        Enum(CommandState, name="commandstate"), default=CommandState.IDLE, index=True
    )
    started_at: Mapped[datetime] = mapped_column(default=now)
    completed_at: Mapped[datetime | None]
    instruction: Mapped[str | None] = mapped_column(Text)
    completion_summary: Mapped[str | None] = mapped_column(Text)
    plan_file_path: Mapped[str | None] = mapped_column(String(1024))

    agent: Mapped["Agent"] = relationship(back_populates="commands")
    turns: Mapped[list["Turn"]] = relationship(
        back_populates="command",
        cascade="all, delete-orphan",
        order_by="Turn.timestamp, Turn.id",
    )
