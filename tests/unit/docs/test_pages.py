"""The documentation is whole: pages, headings, links, and what they name."""

from __future__ import annotations

import re

import pytest

from ormthesis.engine.baseline import load_baseline
from ormthesis.invariants.registry import builtin
from tests.unit.docs.pages import (
    DOCS,
    INVARIANTS,
    ROOT,
    all_pages,
    anchor,
    blocks,
    headings,
    links,
    named,
    read,
)

REQUIRED = (
    "What it catches",
    "Why hold it",
    "Sample output",
    "How to fix it",
    "How to silence it",
    "Limits",
)
GUIDE = (
    "Prerequisites",
    "How to run",
    "A new integration test, step by step",
    "How to write a property",
    "Factory patterns",
    "Fixture reference",
    "How to read a failure",
    "How to replay a failure",
)
MAKEFILE = read(ROOT / "Makefile")
TARGETS = frozenset(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
BASELINE = ROOT / "src" / "ormthesis" / "demo" / "headspace" / "baseline.toml"


def test_every_invariant_has_a_page_and_no_other_has():
    pages = {page.stem for page in INVARIANTS.glob("*.md")} - {"index"}
    assert pages == set(builtin())


@pytest.mark.parametrize("invariant", builtin().values(), ids=builtin())
def test_the_page_of_an_invariant(invariant):
    text = read(INVARIANTS / f"{invariant.id}.md")
    assert headings(text) == [f"{invariant.id}: {invariant.title}", *REQUIRED]
    assert f"$ ormthesis run shop:Base --checks {invariant.id}" in text
    assert f"--exclude-checks {invariant.id}`" in text
    assert "(../baseline.md)" in text


@pytest.mark.parametrize("invariant", builtin().values(), ids=builtin())
def test_the_overview_of_the_invariants(invariant):
    row = rf"^\| \[`{invariant.id}`\]\({invariant.id}\.md\) .* \| (\w+) \|$"
    found = re.search(row, read(INVARIANTS / "index.md"), re.MULTILINE)
    assert found, "it is not in the table"
    assert found[1] == invariant.mode.value


def test_the_guide_has_its_headings():
    text = read(DOCS / "testing" / "integration-testing-guide.md")
    assert [heading for heading in headings(text) if heading in GUIDE] == list(GUIDE)


@pytest.mark.parametrize("page", all_pages(), ids=named)
def test_links_lead_somewhere(page):
    broken = [link for link in links(read(page)) if not leads_somewhere(page, link)]
    assert broken == []


def leads_somewhere(page, link):
    path, _, fragment = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.is_file():
        return False
    return not fragment or fragment in map(anchor, headings(read(target)))


def test_every_page_is_in_the_navigation():
    found = re.findall(r": (\S+\.md)$", read(ROOT / "mkdocs.yml"), re.MULTILINE)
    pages = [str(page.relative_to(DOCS)) for page in all_pages() if DOCS in page.parents]
    assert sorted(found) == sorted(pages)


@pytest.mark.parametrize("page", all_pages(), ids=named)
def test_make_commands_exist(page):
    text = read(page)
    commands = re.findall(r"`make ([a-z]+)", text)
    commands += re.findall(r"^\$ make ([a-z]+)", "".join(blocks(text, "console")), re.MULTILINE)
    assert set(commands) <= TARGETS


def test_the_makefile_describes_its_targets():
    described = re.findall(r"^([a-z]+):.*## \S", MAKEFILE, re.MULTILINE)
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert phony
    assert sorted(described) == sorted(phony[1].split()) == sorted(TARGETS)


def test_the_known_findings_are_explained():
    text = read(DOCS / "findings.md")
    for entry in load_baseline(BASELINE).entries:
        invariant, _, subject, _, fired = entry.fingerprint.split(" | ")
        row = next(line for line in text.splitlines() if line.startswith(f"| `{entry.id}` |"))
        assert invariant == "delete-sql"
        assert f"the {subject.removesuffix('s')} |" in row
        assert f"`{fired}`" in row
        assert entry.date


@pytest.mark.parametrize("page", all_pages(), ids=named)
def test_no_page_names_a_machine(page):
    found = re.findall(r"https?://\S+|/(?:home|work|root|Users)/\S*", read(page))
    assert found == []
