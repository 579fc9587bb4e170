"""Names of databases keep their run and worker within PostgreSQL's 63 bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ormthesis.core.errors import OptionError
from ormthesis.persistence.provisioning.names import database_name, new_run_id


@given(base=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_only_the_base_is_cut(base: str) -> None:
    name = database_name(base, "1a2b3c4d", "gw0")
    assert len(name.encode()) <= 63
    assert name.endswith("_1a2b3c4d_gw0")
    kept = name.removesuffix("_1a2b3c4d_gw0")
    assert base.startswith(kept)
    # Nothing is cut that had room: at most three bytes are lost to a character cut in two.
    assert kept == base or len(name.encode()) > 63 - 4


@pytest.mark.parametrize("worker", ["w" * 60, "a\0b"])
def test_a_worker_that_does_not_fit(worker: str) -> None:
    with pytest.raises(OptionError, match="does not fit"):
        database_name("base", "1a2b3c4d", worker)


def test_run_ids_differ_and_fit_the_lock() -> None:
    ids = {new_run_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(len(run) == 8 and int(run, 16) < 1 << 32 for run in ids)
