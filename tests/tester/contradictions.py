"""Keys whose ON DELETE another rule never lets happen, and a CHECK about nothing but keys."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"

    id: Mapped[int] = mapped_column(primary_key=True)


class Post(Base):
    """Has to have an author, and is to lose it."""

    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id", ondelete="SET NULL"))


class Note(Base):
    """Belongs to one of two, and is to lose either."""

    __tablename__ = "notes"
    __table_args__ = (CheckConstraint("num_nonnulls(author_id, post_id) = 1", name="one_parent"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("authors.id", ondelete="SET NULL"))
    post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", ondelete="SET NULL"))
