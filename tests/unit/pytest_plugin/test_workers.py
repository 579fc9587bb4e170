"""pytest-xdist: one run for the session, a database for each worker, the same items."""

from __future__ import annotations

import pytest

from tests.unit.pytest_plugin.projects import dropped, shop

pytest_plugins = ["pytester"]

pytestmark = pytest.mark.slow

NOTING = """
import os
import pathlib

def pytest_sessionstart(session):
    from ormthesis.persistence.provisioning.run import Run

    create = Run._create

    def noting(self, worker, *, template):
        database = create(self, worker, template=template)
        with pathlib.Path("databases.txt").open("a") as file:
            print(self.id, worker, template or "", file=file)
        return database

    Run._create = noting
"""
"""A conftest.py that notes every database that is made."""

PROPERTY = """
import ormthesis
from shop import Base, Order

models = ormthesis.load(Base)


@models.given(Order)
def test_orders_belong_to_customers(graph):
    assert graph.one(Order).customer in graph
"""


def test_two_workers_share_one_run(project):
    project.write("shop.py", shop(dropped("adult")))
    project.write("conftest.py", NOTING)
    project.write("test_orders.py", PROPERTY)
    chosen = ("-k", "not-null or check or belong", "--ormthesis-max-examples=10")
    result = project.run_apart("-n2", *chosen)
    result.assert_outcomes(passed=4, failed=1, skipped=1)
    result.stdout.fnmatch_lines(["FAILED ormthesis::Customer::check*"])
    made = (project.pytester.path / "databases.txt").read_text().splitlines()
    rows = [line.split(" ") for line in made]
    assert len({run for run, _, _ in rows}) == 1
    workers = {worker.partition("x")[0] for _, worker, _ in rows}
    assert workers <= {"template", "gw0", "gw1"}
    assert len(workers) > 1
    cloned = [worker for _, worker, template in rows if template]
    assert cloned
    assert all(worker.startswith("gw") for worker in cloned)


def test_last_failures_run_again_on_workers(project):
    project.write("shop.py", shop(dropped("adult")))
    chosen = ("-k", "Customer and (not-null or check)", "--ormthesis-max-examples=10")
    project.run(*chosen).assert_outcomes(passed=1, failed=1, deselected=None)
    again = project.run_apart("-n2", "--lf", "--ormthesis-max-examples=10")
    again.assert_outcomes(failed=1)


def test_a_bad_target_ends_the_session_before_any_worker_starts(project):
    result = project.run_apart("-n2", "--ormthesis", "shopp:Base")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*No module named 'shopp'.", "Did you mean 'shop'?*"])
    result.stderr.no_fnmatch_line("*Traceback*")
