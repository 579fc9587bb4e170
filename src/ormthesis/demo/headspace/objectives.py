"""Objectives: what all the work is for, with a history."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ormthesis.demo.headspace.base import Base, now


class Objective(Base):
    """The current objective."""

    __tablename__ = "objectives"

    current_text: Mapped[str] = mapped_column(Text)
    constraints: Mapped[str | None] = mapped_column(Text)
    priority_enabled: Mapped[bool] = mapped_column(default=True, server_default=true())
    set_at: Mapped[datetime] = mapped_column(default=now)

    history: Mapped[list["ObjectiveHistory"]] = relationship(
        back_populates="objective",
        cascade="all, delete-orphan",
        order_by="ObjectiveHistory.started_at.desc(), ObjectiveHistory.id.desc()",
    )


class ObjectiveHistory(Base):
    """What an objective said during a period."""

    __tablename__ = "objective_histories"

    objective_id: Mapped[int] = mapped_column(
        ForeignKey("objectives.id", ondelete="CASCADE"), index=True
    )
    text: Mapped[str] = mapped_column(Text)
    constraints: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]

    objective: Mapped["Objective"] = relationship(back_populates="history")
