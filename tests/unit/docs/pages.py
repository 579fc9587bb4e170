"""The documentation as text: its pages, their headings, links and blocks of code."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
INVARIANTS = DOCS / "reference" / "invariants"

_FENCE = re.compile(r"^( *)```.*?^\1```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def all_pages() -> list[Path]:
    """README and ARCHITECTURE, and everything in docs but the notes about changes."""
    inside = sorted(page for page in DOCS.rglob("*.md") if page.parent.name != "changes")
    return [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *inside]


def named(page: Path) -> str:
    """The page's path within the project, for the ids of tests."""
    return str(page.relative_to(ROOT))


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose(text: str) -> str:
    """The text without its blocks of code."""
    return _FENCE.sub("", text)


def headings(text: str) -> list[str]:
    return [text.replace("`", "") for text in re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)]


def links(text: str) -> list[str]:
    """Targets of links to other pages and places, without those to other sites."""
    return [link for link in _LINK.findall(prose(text)) if "://" not in link]


def anchor(heading: str) -> str:
    """The id that a heading gets on the site."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def section(text: str, heading: str) -> str:
    """What stands between a heading of the second level and the next one."""
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def blocks(text: str, language: str) -> list[str]:
    """Contents of the blocks of one language, in order; those within lists without the indent."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```$", text, re.DOTALL | re.MULTILINE)
    return [dedent(block) for _, block in found]
