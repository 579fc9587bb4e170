"""A process that holds a run or a server until its input ends or it is killed.

Run as `python holder.py HOW [URL]`. It prints one line of JSON about what it holds. HOW is `run`
(with a template and a clone), `server`, `forked` (a server, and a forked child that lives on), or
`die-unmarked` (killed between the creation of a clone and its mark).
"""

from __future__ import annotations

import json
import os
import signal
import sys

from sqlalchemy import Engine, text

from ormthesis.persistence.provisioning import databases
from ormthesis.persistence.provisioning.run import open_run
from ormthesis.persistence.provisioning.urls import parse_server_url
from ormthesis.persistence.server.embedded import start_embedded


def build(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE things (id int PRIMARY KEY)"))


def hold(**facts: object) -> None:
    print(json.dumps(facts), flush=True)
    sys.stdin.read()


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


# A shell starts background jobs with SIGINT ignored, and children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


def main(how: str, url: str | None = None) -> None:
    if how in ("server", "forked"):
        with start_embedded() as server:
            if how == "forked" and os.fork() == 0:
                sys.stdin.read()
                os._exit(0)
            hold(folder=str(server.folder), watchdog=server._watchdog.pid, uid=os.getuid())
        return
    with open_run(parse_server_url(url) if url else None, base_name="held") as run:
        template = run.create_template(build)
        if how == "die-unmarked":
            print(json.dumps({"run": run.id}), flush=True)
            vars(databases)["write_mark"] = die
        clone = run.clone(template)
        hold(run=run.id, clone=clone.name, host=run.server_url.query.get("host"))


if __name__ == "__main__":
    main(*sys.argv[1:])
