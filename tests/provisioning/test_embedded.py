"""The embedded server starts for every user, touches nothing foreign, and always goes away."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ormthesis.core.errors import ServerError
from ormthesis.persistence.provisioning.connect import connect
from ormthesis.persistence.server import account as accounts
from ormthesis.persistence.server.account import Account, may_reach, server_account
from ormthesis.persistence.server.binaries import find_binaries
from ormthesis.persistence.server.embedded import start_embedded
from ormthesis.persistence.server.folders import runtime_root

from .processes import HOLDER, SECONDS, holder, is_running, wait_until

if TYPE_CHECKING:
    from ormthesis.persistence.server.embedded import EmbeddedServer

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
NOBODY = Account(uid=65534, gid=65534, switched=True)


def postmaster(folder: Path) -> int:
    return int((folder / "data" / "postmaster.pid").read_text().split()[0])


def content(runtime_folder: Path) -> list[str]:
    """What is left of servers: all files but the lock that every start uses."""
    return [str(path) for path in runtime_folder.glob("ormthesis-*/*") if path.stem != "root"]


def python_for(account: Account) -> str:
    """A Python of our version that the account may run; ours may lie in a closed folder."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for path in (os.path.realpath(sys.executable), f"/usr/bin/{version}"):
        if os.path.exists(path) and may_reach(account, Path(path)):
            return path
    pytest.skip(f"no {version} that an ordinary user may run")


def test_settings(embedded: EmbeddedServer) -> None:
    names = ["fsync", "autovacuum", "log_min_messages", "jit", "TimeZone", "listen_addresses"]
    with connect(embedded.url) as connection:
        rows = connection.execute(
            "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", (names,)
        )
        assert dict(rows.fetchall()) == {  # type: ignore[arg-type]  # psycopg's rows are untyped
            "fsync": "off",
            "autovacuum": "off",
            "log_min_messages": "fatal",
            "jit": "off",
            "TimeZone": "UTC",
            "listen_addresses": "",
        }
        assert connection.execute("SELECT upper('é')").fetchall() == [("É",)]


def test_the_socket_is_closed_to_other_users(embedded: EmbeddedServer) -> None:
    status = (embedded.folder / "socket").stat()
    assert stat.S_IMODE(status.st_mode) == 0o700
    assert status.st_uid == server_account().uid


def test_stop_removes_everything_and_may_be_repeated(runtime_folder: Path) -> None:
    with start_embedded() as server:
        assert server.folder.is_relative_to(runtime_folder)
        pid = postmaster(server.folder)
        assert is_running(pid)
        for process in (pid, server._watchdog.pid):  # out of reach of the terminal's Ctrl-C
            assert os.getsid(process) != os.getsid(0)
        child = os.fork()
        if child == 0:
            server.stop()  # not the child's to stop
            os._exit(0)
        os.waitpid(child, 0)
        assert is_running(pid)
    assert not is_running(pid)
    assert content(runtime_folder) == []
    server.stop()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_the_server_goes_when_its_owner_does(runtime_folder: Path, number: signal.Signals) -> None:
    """The signal goes to the whole process group, as Ctrl-C does: the watchdog is outside it."""
    with holder("run") as held:
        folder = Path(held.facts["host"]).parent
        pid = postmaster(folder)
        os.killpg(held.process.pid, number)
        held.process.wait(timeout=SECONDS)
    if number == signal.SIGKILL:
        wait_until(lambda: not content(runtime_folder), "the watchdog removes the server")
    assert content(runtime_folder) == []
    assert not is_running(pid)


def test_a_forked_child_does_not_keep_the_server_alive(runtime_folder: Path) -> None:
    with holder("forked") as held:  # the child lives until its input ends
        held.process.kill()
        held.process.wait(timeout=SECONDS)
        wait_until(lambda: not content(runtime_folder), "the watchdog removes the server")


def test_the_next_start_removes_what_lost_its_watchdog(runtime_folder: Path) -> None:
    with holder("server") as held:
        folder = Path(held.facts["folder"])
        pid = postmaster(folder)
        os.kill(held.facts["watchdog"], signal.SIGKILL)
        held.process.kill()
        held.process.wait(timeout=SECONDS)
        wait_until(lambda: not is_running(held.facts["watchdog"]), "the watchdog dies")
    assert is_running(pid)
    assert folder.exists()
    with start_embedded() as server:
        assert not is_running(pid)
        assert not folder.exists()
        assert server.folder.exists()


def test_stop_works_when_the_watchdog_was_killed(runtime_folder: Path) -> None:
    with start_embedded() as server:
        pid = postmaster(server.folder)
        server._watchdog.kill()
        server._watchdog.wait()
        assert is_running(pid)
    assert not is_running(pid)
    assert content(runtime_folder) == []


@as_root
def test_root_drops_to_an_ordinary_user(embedded: EmbeddedServer) -> None:
    owner = (embedded.folder / "data").stat().st_uid
    assert owner != 0
    assert pwd.getpwuid(owner).pw_name in accounts.UNPRIVILEGED


@as_root
def test_as_an_ordinary_user(runtime_folder: Path) -> None:
    python = python_for(NOBODY)
    paths = [*sys.path, sysconfig.get_path("purelib"), str(HOLDER.parents[2] / "src")]
    if not all(may_reach(NOBODY, Path(path)) for path in paths[-2:]):
        pytest.skip("the installed packages are closed to ordinary users")
    environment = {
        "PATH": os.environ["PATH"],
        "TMPDIR": str(runtime_folder),
        "PYTHONPATH": os.pathsep.join(paths[-2:]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    with holder(
        "server",
        python=python,
        user=NOBODY.uid,
        group=NOBODY.gid,
        extra_groups=[],
        cwd="/",
        env=environment,
    ) as held:
        folder = Path(held.facts["folder"])
        assert held.facts["uid"] == NOBODY.uid
        assert (folder / "data").stat().st_uid == NOBODY.uid
        assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
        pid = postmaster(folder)
    assert not is_running(pid)
    assert content(runtime_folder) == []


@as_root
def test_binaries_in_a_closed_folder_are_copied_once(
    runtime_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    original = find_binaries()
    package = original.folder.parents[1]
    installation = closed / package.name / original.folder.parent.name
    for folder in (original.folder.parent, package.with_name(f"{package.name}.libs")):
        shutil.copytree(
            folder,
            closed / folder.relative_to(package.parent),
            ignore=shutil.ignore_patterns("include", "*.a"),
        )
    assert not may_reach(NOBODY, installation / "bin" / "postgres")
    for _ in range(2):
        with start_embedded(str(installation)) as server:
            program = Path(f"/proc/{postmaster(server.folder)}/exe").resolve()
            assert program.is_relative_to(runtime_folder)
        monkeypatch.setattr(
            "ormthesis.persistence.server.binaries._copy_installation", _must_not_copy
        )
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700, "a foreign folder was opened"


def _must_not_copy(*_: object) -> None:
    raise AssertionError("copied again")


def test_a_user_without_passwd_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    with pytest.raises(ServerError, match="user id 54321: it has no passwd entry"):
        server_account()


def test_root_without_a_user_to_drop_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(accounts, "UNPRIVILEGED", ("no-such-user",))
    with pytest.raises(ServerError, match="refuses to run as root"):
        server_account()


def test_the_package_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "ormthesis.persistence.server.binaries.DEFAULT_PACKAGE", "no-such-distribution"
    )
    with pytest.raises(ServerError, match="no-such-distribution is not installed") as caught:
        find_binaries()
    assert "ormthesis[embedded]" in caught.value.hint
    assert "URL" in caught.value.hint


def test_a_folder_without_binaries(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="no folder with PostgreSQL's programs"):
        find_binaries(str(tmp_path))


def test_binaries_that_do_not_run(tmp_path: Path) -> None:
    for name in ("initdb", "postgres"):
        (tmp_path / name).write_text("#!/bin/sh\necho not for this machine >&2; exit 1\n")
        (tmp_path / name).chmod(0o755)
    with pytest.raises(ServerError, match="does not run: not for this machine"):
        find_binaries(str(tmp_path))


def test_a_server_that_does_not_start_says_why_and_leaves_nothing(
    runtime_folder: Path,
) -> None:
    folder = runtime_folder / "broken"
    folder.mkdir(mode=0o755)
    (folder / "postgres").write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 18.0'\n")
    (folder / "initdb").write_text("#!/bin/sh\necho the disk is full; exit 1\n")
    for name in ("initdb", "postgres"):
        (folder / name).chmod(0o755)
    with pytest.raises(ServerError, match="did not start: the disk is full"):
        start_embedded(str(folder))
    assert content(runtime_folder) == []


def test_a_runtime_folder_that_others_can_write(runtime_folder: Path) -> None:
    (runtime_folder / f"ormthesis-{os.geteuid()}").mkdir()
    (runtime_folder / f"ormthesis-{os.geteuid()}").chmod(0o777)
    with pytest.raises(ServerError, match="others than the present user can write it"):
        start_embedded()


def test_a_long_temporary_folder_is_avoided(
    monkeypatch: pytest.MonkeyPatch, runtime_folder: Path
) -> None:
    assert runtime_root(server_account()).parent == runtime_folder
    long = runtime_folder / ("x" * 100)
    long.mkdir()
    long.chmod(0o1777)
    monkeypatch.setattr("tempfile.tempdir", str(long))
    assert runtime_root(server_account()).parent == Path("/tmp")


@pytest.mark.skipif(not Path("/usr/lib/postgresql").is_dir(), reason="no PostgreSQL is installed")
def test_an_installed_postgresql() -> None:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))[-1].parent
    with start_embedded(str(installed)) as server, connect(server.url) as connection:
        assert connection.info.server_version // 10000 == find_binaries(str(installed)).major
