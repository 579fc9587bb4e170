"""Values of users' own classes in printed scripts."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from ormthesis.reporting.reproduction.python_text import PythonText


@dataclass(frozen=True)
class Money:
    amount: int
    currency: str


class Account:
    """One whose `repr` says nothing."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Account) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return self.name


@pytest.mark.parametrize(
    "value", [Money(3, "EUR"), Account(""), Account("Money(1)"), [Account("x")]]
)
def test_the_text_gives_the_value_back(value: object) -> None:
    text = PythonText()
    expression = text.value(value)
    names: dict[str, object] = {}
    exec("\n".join([*text.standard_imports(), *text.class_imports()]), names)
    assert eval(expression, names) == value


def test_what_prints_itself_is_printed_so() -> None:
    assert PythonText().value(Money(3, "EUR")) == "Money(amount=3, currency='EUR')"
