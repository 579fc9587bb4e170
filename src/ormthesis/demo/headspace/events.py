"""Events: the log of what happened."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ormthesis.demo.headspace.base import Base, now
from ormthesis.demo.headspace.json_schemas import EVENT_PAYLOAD_SCHEMA, json_document


class Event(Base):
    """A log entry. It outlives what it is about, so every key is optional and set to NULL."""

    __tablename__ = "events"
    __table_args__ = (
        Index(None, "project_id", "timestamp"),
        Index(None, "agent_id", "timestamp"),
        Index(None, "event_type", "timestamp"),
    )

    timestamp: Mapped[datetime] = mapped_column(default=now, index=True)
    project_id: Mapped[int | None] = mapped_column(
        ForeignKey("projects.id", ondelete="SET NULL"), index=True
    )
    agent_id: Mapped[int | None] = mapped_column(
        ForeignKey("agents.id", ondelete="SET NULL"), index=True
    )
    command_id: Mapped[int | None] = mapped_column(
        ForeignKey("commands.id", ondelete="SET NULL"), index=True
    )
    turn_id: Mapped[int | None] = mapped_column(
        ForeignKey("turns.id", ondelete="SET NULL"), index=True
    )
    event_type: Mapped[str] = mapped_column(String(64), index=True)
    payload: Mapped[dict[str, Any] | None] = mapped_column(
        json_document(), info={"json_schema": EVENT_PAYLOAD_SCHEMA}
    )
