"""Projects: the code bases that agents work on."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ormthesis.demo.headspace.base import Base, now

if TYPE_CHECKING:
    from ormthesis.demo.headspace.agents import Agent


class Project(Base):
    """A code base, known by its slug and its path."""

    __tablename__ = "projects"
    __table_args__ = (
        Index(None, "slug", unique=True),
        UniqueConstraint("path"),
    )

    name: Mapped[str] = mapped_column(String)
    slug: Mapped[str] = mapped_column(String(64))
    path: Mapped[str] = mapped_column(Text)
    github_repo: Mapped[str | None] = mapped_column(Text)
    current_branch: Mapped[str | None] = mapped_column(String)
    description: Mapped[str | None] = mapped_column(Text)
    inference_paused: Mapped[bool] = mapped_column(default=False, server_default=false())
    inference_paused_at: Mapped[datetime | None]
    inference_paused_reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)

    agents: Mapped[list["Agent"]] = relationship(
        back_populates="project", cascade="all, delete-orphan"
    )
