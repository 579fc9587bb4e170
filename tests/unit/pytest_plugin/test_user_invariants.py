"""Users' invariants as pytest items: from the models, from hooks, from a test module."""

from __future__ import annotations

import pytest

from tests.unit.pytest_plugin.projects import PYPROJECT, shop

pytest_plugins = ["pytester"]

FAST = "--ormthesis-max-examples=15"

INVARIANTS = """
import ormthesis
from shop import Customer, Order


@ormthesis.invariant(Order)
def belongs_to_an_adult(order):
    assert order.customer.age is None or order.customer.age >= 18


@ormthesis.query_invariant(Customer, Order)
def orders_cost_something():
    return "SELECT total FROM orders WHERE total <= 0"
"""
ITEMS = [
    "ormthesis::Customer::orders_cost_something",
    "ormthesis::Order::belongs_to_an_adult",
    "ormthesis::Order::orders_cost_something",
]


def own(items: list[str]) -> list[str]:
    return [item for item in items if "_" in item]


def test_hooks_of_the_configuration_are_collected(project):
    project.write("hooks.py", INVARIANTS)
    project.write("pyproject.toml", f'{PYPROJECT}hooks = "hooks"\n')
    assert own(project.collected()) == ITEMS
    result = project.run(FAST, *ITEMS)
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            "orders_cost_something does not hold *",
            "*hooks, line 11 declares orders_cost_something.*",
            "*Observed     accepted, and orders_cost_something returns 1 row",
            "*total = 0",
            "*Shown in full by Customer::orders_cost_something.*",
        ]
    )


def test_a_module_that_cannot_be_used_is_a_usage_error(project):
    project.write("pyproject.toml", f'{PYPROJECT}hooks = "hoks"\n')
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*No module named 'hoks'.*"])


def test_invariants_beside_the_models_and_in_conftest_are_collected(project):
    project.write("shop.py", shop() + INVARIANTS.replace("from shop import Customer, Order", ""))
    assert own(project.collected()) == ITEMS


def test_invariants_of_a_conftest_are_collected(project):
    project.write("conftest.py", INVARIANTS)
    assert own(project.collected()) == ITEMS


def test_a_test_module_may_declare_after_it_has_loaded(project):
    project.write(
        "test_shop.py",
        f"""
import ormthesis
from shop import Base

models = ormthesis.load(Base, checks=["belongs_*", "orders_*"], max_examples=15)
{INVARIANTS}

@models.parametrize()
def test_shop(unit):
    unit.check()
""",
    )
    result = project.run("--no-ormthesis", "-v")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(["*test_shop?Order::belongs_to_an_adult? PASSED*"])


def test_hooks_are_an_argument_of_load(project):
    project.write("hooks.py", INVARIANTS)
    project.write(
        "test_shop.py",
        """
import ormthesis
from shop import Base

models = ormthesis.load(Base, checks=["belongs_*"], hooks="hooks", max_examples=15)


@models.parametrize()
def test_shop(unit):
    unit.check()
""",
    )
    project.run("--no-ormthesis").assert_outcomes(passed=1)
