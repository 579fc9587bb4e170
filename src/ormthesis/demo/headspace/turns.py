"""Turns: what user and agent say to each other during a command."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Enum, ForeignKey, Index, String, Text, false
from sqlalchemy import text as sql_text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ormthesis.demo.headspace.base import Base, now
from ormthesis.demo.headspace.enums import TurnActor, TurnIntent
from ormthesis.demo.headspace.json_schemas import TOOL_INPUT_SCHEMA, json_document

if TYPE_CHECKING:
    from ormthesis.demo.headspace.commands import Command


class Turn(Base):
    """One message. A question may name the turn that answers it."""

    __tablename__ = "turns"
    __table_args__ = (
        Index(
            None,
            "command_id",
            "jsonl_entry_hash",
            unique=True,
            postgresql_where=sql_text("jsonl_entry_hash IS NOT NULL"),
        ),
        Index(None, "command_id", "timestamp"),
        Index(None, "command_id", "actor"),
    )

    command_id: Mapped[int] = mapped_column(
        ForeignKey("commands.id", ondelete="CASCADE"), index=True
    )
    actor: Mapped[TurnActor] = mapped_column(Enum(TurnActor, name="turnactor"))
    intent: Mapped[TurnIntent] = mapped_column(Enum(TurnIntent, name="turnintent"))
    text: Mapped[str] = mapped_column(Text)
    timestamp: Mapped[datetime] = mapped_column(default=now, index=True)
    is_internal: Mapped[bool] = mapped_column(default=False, server_default=false())
    timestamp_source: Mapped[str | None] = mapped_column(String(20), default="server")
    jsonl_entry_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    tool_input: Mapped[dict[str, Any] | None] = mapped_column(
        json_document(), info={"json_schema": TOOL_INPUT_SCHEMA}
    )
    answered_by_turn_id: Mapped[int | None] = mapped_column(
        ForeignKey("turns.id", ondelete="SET NULL")
    )

    command: Mapped["Command"] = relationship(back_populates="turns")
