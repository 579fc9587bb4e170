"""The folder of reproductions."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from ormthesis.core.errors import ReproductionError
from ormthesis.engine.reproductions import Reproduction, ReproductionStore
from tests.unit.reproductions.failures import FAILURES, LIBRARY

if TYPE_CHECKING:
    from pathlib import Path

TARGET = "tests.unit.reproductions.library:Base"
SCHEMA = LIBRARY.schema
FAILURE = FAILURES["cascade"]


@pytest.fixture
def store(tmp_path: Path) -> ReproductionStore:
    return ReproductionStore(tmp_path / "kept" / "reproductions")


def test_what_is_saved_is_loaded(store: ReproductionStore) -> None:
    path = store.save(FAILURE, TARGET)
    assert path == store.folder / f"{FAILURE.id}.json"
    assert store.load(FAILURE.id, SCHEMA) == Reproduction.of(FAILURE, target=TARGET)
    assert store.all(SCHEMA) == (Reproduction.of(FAILURE, target=TARGET),)


def test_files_are_stable_and_sorted(store: ReproductionStore) -> None:
    text = store.save(FAILURE, TARGET).read_text()
    assert store.save(FAILURE, TARGET).read_text() == text
    data = json.loads(text)
    assert text == json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    assert [path.name for path in store.folder.iterdir()] == [f"{FAILURE.id}.json"]


def test_an_empty_store(store: ReproductionStore) -> None:
    assert store.all(SCHEMA) == ()
    with pytest.raises(ReproductionError, match="No reproduction 'abc'"):
        store.load("abc", SCHEMA)


def test_an_unknown_id_gets_a_suggestion(store: ReproductionStore) -> None:
    store.save(FAILURE, TARGET)
    with pytest.raises(ReproductionError) as caught:
        store.load(FAILURE.id[:-1], SCHEMA)
    assert f"Did you mean {FAILURE.id!r}?" in caught.value.hint


def test_an_id_cannot_lead_out_of_the_folder(store: ReproductionStore) -> None:
    store.folder.mkdir(parents=True)
    (store.folder.parent / "other.json").write_text("{}")
    with pytest.raises(ReproductionError, match="No reproduction"):
        store.load("../other", SCHEMA)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"format_version": 9}', "\udcff"])
def test_damaged_and_newer_files_are_reported_and_left_untouched(
    store: ReproductionStore, text: str
) -> None:
    good = store.save(FAILURE, TARGET)
    bad = store.folder / "0bad.json"
    content = text.encode(errors="surrogateescape")
    bad.write_bytes(content)
    error, found = store.all(SCHEMA)
    assert isinstance(error, ReproductionError)
    assert str(bad) in error.message
    assert "left as it is" in error.hint
    assert isinstance(found, Reproduction)
    assert bad.read_bytes() == content
    assert good.exists()
    with pytest.raises(ReproductionError):
        store.load("0bad", SCHEMA)


def test_files_about_another_target_can_be_left_out(store: ReproductionStore) -> None:
    store.save(FAILURE, "other.models:Base")
    mine = store.save(FAILURES["no_unique"], TARGET)
    (found,) = store.all(SCHEMA, target=TARGET)
    assert isinstance(found, Reproduction)
    assert found.id == mine.stem
    assert len(store.all(SCHEMA)) == 2


def test_a_folder_that_takes_no_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReproductionError, match="cannot be written"):
        ReproductionStore(tmp_path / "file" / "reproductions").save(FAILURE, TARGET)


def test_a_write_that_fails_leaves_the_old_file(
    store: ReproductionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = store.save(FAILURE, TARGET)
    before = path.read_bytes()

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(ReproductionError, match="No space left"):
        store.save(FAILURE, "another:Base")
    assert path.read_bytes() == before
    assert list(store.folder.iterdir()) == [path]


def test_git_is_asked_whether_it_ignores_the_folder(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    store = ReproductionStore(tmp_path / "kept")
    assert store.git_warning() is None
    (tmp_path / ".gitignore").write_text("kept/\n")
    warning = store.git_warning()
    assert warning is not None
    assert "git ignores" in warning
    assert str(store.folder) in warning


def test_without_git_there_is_no_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text("kept/\n")
    store = ReproductionStore(tmp_path / "kept")
    assert store.git_warning() is not None
    monkeypatch.setenv("PATH", "")
    assert store.git_warning() is None
    assert store.save(FAILURE, TARGET).exists()
