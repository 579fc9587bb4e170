"""factory_boy and Faker under the control of a draw: the only door to their internals."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ormthesis.core.errors import OptionError

# The module-level functions of `random`, as a factory's own functions call them.
_RANDOM_FUNCTIONS = tuple(
    name
    for name in dir(random.Random)
    if not name.startswith("_") and name not in ("seed", "getstate", "setstate", "VERSION")
)


class ReadsParent(Exception):  # noqa: N818  # a signal between two functions, no error of a user
    """A declaration asked for an attribute of the row's parent, which is not drawn here."""


class KeepsState(Exception):  # noqa: N818  # as above
    """A declaration draws from a state of its own that a draw cannot set."""


class Parent:
    """Stands for the entity that a SubFactory would build."""

    FACTORY_BUILDER_PHASE = None  # factory_boy asks every value for it

    def __init__(self, name: str) -> None:
        self.__dict__["_name"] = name

    def __getattr__(self, attribute: str) -> Any:
        raise ReadsParent(f"it reads {attribute!r} of the parent {self.__dict__['_name']!r}")


def require_factory_boy() -> Any:
    """The module `factory`. Raises OptionError where factory_boy is not installed."""
    try:
        import factory
    except ModuleNotFoundError as error:
        raise OptionError(
            "Factories are given, but factory_boy is not installed.",
            hint="Install it: `pip install ormthesis[factories]`.",
        ) from error
    return factory


@contextmanager
def controlled(rng: random.Random, sequence: int) -> Iterator[None]:
    """For a while, all randomness of factories comes from `rng` and every counter is `sequence`.

    In place of factory_boy's generator, of every Faker's, and of the functions of `random`. What
    they were is put back afterwards; no counter moves. Iterators refuse to work: their position
    is a state of the test suite.
    """
    replacements = _replacements(rng, sequence)
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in replacements]
    try:
        for owner, name, value in replacements:
            setattr(owner, name, value)
        yield
    finally:
        for owner, name, value in before:
            setattr(owner, name, value)


def _replacements(rng: random.Random, sequence: int) -> list[tuple[Any, str, Any]]:
    import factory.base
    import factory.declarations
    import factory.random
    import faker.generator
    import faker.utils.distribution

    rng.state_set = False  # type: ignore[attr-defined]  # factory_boy's mark of a seed
    generator = faker.generator.Generator
    return [
        (factory.random, "randgen", rng),
        (faker.generator, "random", rng),
        (faker.generator, "mod_random", rng),
        (faker.utils.distribution, "mod_random", rng),
        (generator, "random", property(lambda _: rng, vars(generator)["random"].fset)),
        (factory.base.FactoryOptions, "next_sequence", lambda _: sequence),
        (factory.declarations.Iterator, "evaluate", _refuse),
        *((random, name, getattr(rng, name)) for name in _RANDOM_FUNCTIONS),
    ]


def _refuse(*_: object) -> Any:
    raise KeepsState("an Iterator keeps a position of its own, which a draw cannot set")


def resolver(factory_class: Any, sequence: int, given: Mapping[str, Any]) -> Any:
    """An object whose attributes are the factory's declarations, evaluated when first read.

    `given` holds values in place of declarations: flags of traits, stand-ins for parents. Nothing
    is instantiated and nothing runs after generation.
    """
    import factory.builder
    import factory.enums

    builder: Any = factory.builder
    meta = factory_class._meta
    declared, _ = builder.parse_declarations(
        dict(given), base_pre=meta.pre_declarations, base_post=meta.post_declarations
    )
    step = builder.BuildStep(
        builder=builder.StepBuilder(meta, {}, factory.enums.BUILD_STRATEGY), sequence=sequence
    )
    step.stub = builder.Resolver(declarations=declared, step=step, sequence=sequence)
    return step.stub


def mapped_class(factory_class: Any) -> Any:
    """What the factory makes, None for an abstract one."""
    return factory_class._meta.get_model_class()


def declarations(factory_class: Any) -> dict[str, Any]:
    """Name to declaration or plain value, of everything but what runs after generation."""
    found: dict[str, Any] = dict(factory_class._meta.pre_declarations.declarations)
    return found


def flags(factory_class: Any) -> dict[str, bool]:
    """The parameters that are on or off, with their default: traits, and boolean Params."""
    from factory.declarations import Trait

    found: dict[str, bool] = {}
    for name, parameter in factory_class._meta.parameters.items():
        value = getattr(parameter, "value", None)
        if isinstance(parameter, Trait):
            found[name] = False
        elif isinstance(value, bool):
            found[name] = value
    return found


def sub_factories(declaration: Any) -> Iterator[Any]:
    """The factories of entities that a declaration may build, within Maybe and traits as well."""
    from factory.declarations import Maybe, SubFactory

    if isinstance(declaration, Maybe):
        yield from sub_factories(declaration.yes)
        yield from sub_factories(declaration.no)
    elif isinstance(declaration, SubFactory):
        wrapper: Any = declaration
        yield wrapper.get_factory()


def arguments(factory_class: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """What the model's constructor would get: renamed, adjusted, without what is excluded."""
    meta = factory_class._meta
    missing = {name: Parent(name) for name in meta.inline_args if name not in values}
    args, kwargs = meta.prepare_arguments({**values, **missing})
    given = {**dict(zip(meta.inline_args, args, strict=True)), **kwargs}
    return {name: value for name, value in given.items() if not isinstance(value, Parent)}
