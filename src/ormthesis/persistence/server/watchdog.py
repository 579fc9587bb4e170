"""The process beside an embedded server: it starts the server and removes it when we die.

It runs as a script of its own (`python watchdog.py PLAN LIFE_FD LOCK_FD`), in a session of its own,
with nothing but the standard library, so that it starts at once and Ctrl-C does not reach it. Its
owner holds the other end of the pipe `LIFE_FD` and never writes: end of file means that the owner
has closed it or has died, by SIGKILL included. The lock file stays locked for as long as either
lives, which tells other starts that the folder is in use.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

STOP_SECONDS = 10.0
"""How long a server may take to stop when asked, before it is killed."""


def main(plan_text: str, life: int, lock: int) -> int:
    """Run the plan's commands in turn until the owner's end; 1 when one of them ended by itself.

    PLAN is JSON: `folder`, `commands` (lists of arguments; the last is the server), `user`, `group`
    (numbers, or null to stay who we are) and `environment`. After a command that failed the folder
    stays, for the owner to read the log.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.set_inheritable(life, False)
    os.set_inheritable(lock, False)
    plan = json.loads(plan_text)
    for command in plan["commands"]:
        ended_well = run_until_owner_ends(command, plan, life)
        if ended_well is None:
            remove_folder(Path(plan["folder"]))
            return 0
        if not ended_well:
            return 1
    return 1


def run_until_owner_ends(command: list[str], plan: dict[str, Any], life: int) -> bool | None:
    """True or False: the command ended, well or not. None: the owner ended, and it was stopped."""
    alive, held_by_children = os.pipe()
    with open(plan["folder"] + "/log", "ab") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=plan["folder"],
            env=plan["environment"],
            pass_fds=(held_by_children,),
            user=plan["user"],
            group=plan["group"],
            extra_groups=None if plan["user"] is None else [],
        )
    os.close(held_by_children)  # end of file on `alive` now means: the command and all below ended
    try:
        readable, _, _ = select.select([life, alive], [], [])
        if life not in readable:
            return process.wait() == 0
        process.send_signal(signal.SIGQUIT)  # at once and without a checkpoint: nothing is kept
        if not select.select([alive], [], [], STOP_SECONDS)[0]:
            process.kill()
            select.select([alive], [], [], STOP_SECONDS)
        process.wait()
        return None
    finally:
        os.close(alive)


def dismantle(folder: Path) -> None:
    """Stop the server of a folder that has lost its watchdog, if it runs, and remove the folder."""
    pid = _postmaster(folder)
    for number in (signal.SIGQUIT, signal.SIGKILL):
        if pid is None or not _serves(pid, folder):
            break
        _signal(pid, number)
        deadline = time.monotonic() + STOP_SECONDS
        while _serves(pid, folder) and time.monotonic() < deadline:
            time.sleep(0.01)  # not our child, so there is nothing to wait on
    remove_folder(folder)


def remove_folder(folder: Path) -> None:
    """Remove a server's folder, then its lock file. Raises OSError when something stays."""
    import shutil  # here, because it costs a third of the start

    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            break
        time.sleep(0.02)  # a last process of a killed server may still have been writing
    else:
        shutil.rmtree(folder)
    folder.with_suffix(".lock").unlink(missing_ok=True)


def _postmaster(folder: Path) -> int | None:
    try:
        return int((folder / "data" / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _serves(pid: int, folder: Path) -> bool:
    """True when the process is a server of this folder, and not another one with a reused number.

    A process that has ended but was not waited for has no arguments any more: it does not count.
    """
    data = str(folder / "data")
    if Path("/proc/self/cmdline").exists():
        try:
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return os.fsencode(data) in arguments
    listing = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return data in listing.stdout.split()


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
