"""The ledger keeps what every run notes, and touches no file that it does not understand."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ormthesis.core.errors import ServerError
from ormthesis.persistence.provisioning.ledger import Entry, Ledger, state_folder


def entry(name: str, system: str = "7") -> Entry:
    return Entry(system=system, name=name, oid=1_500_000_000, run="1a2b3c4d")


def test_entries_are_kept_by_server_until_removed() -> None:
    Ledger().add(entry("a"))
    Ledger().add(entry("a", system="8"))
    Ledger().add(entry("b"))
    Ledger().remove("7", "a")
    assert Ledger().entries("7") == (entry("b"),)
    assert Ledger().entries("8") == (entry("a", system="8"),)


def test_writers_at_the_same_time_lose_nothing() -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: Ledger().add(entry(f"d{n}")), range(40)))
    assert {e.name for e in Ledger().entries("7")} == {f"d{n}" for n in range(40)}


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"format_version": 2, "databases": []}', '{"format_version": 1}']
)
def test_a_damaged_or_newer_file_is_left_untouched(state_folder: Path, content: str) -> None:
    state_folder.mkdir()
    path = state_folder / "databases.json"
    path.write_text(content)
    with pytest.raises(ServerError, match=r"databases\.json is damaged or of another version"):
        Ledger().add(entry("a"))
    assert path.read_text() == content


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ORMTHESIS_STATE_DIR", str(tmp_path / "file" / "state"))
    with pytest.raises(ServerError, match="cannot be kept") as caught:
        Ledger().entries("7")
    assert "ORMTHESIS_STATE_DIR" in caught.value.hint


def test_where_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("XDG_STATE_HOME", "/xdg")
    monkeypatch.setenv("ORMTHESIS_STATE_DIR", "/named")
    assert state_folder() == Path("/named")
    monkeypatch.delenv("ORMTHESIS_STATE_DIR")
    assert state_folder() == Path("/xdg/ormthesis")
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    assert state_folder() == Path("/home/somebody/.local/state/ormthesis")
