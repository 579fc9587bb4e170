"""Factories as sources of values: under control, repeatable, shrinking, without side effects."""

from __future__ import annotations

import random
import time
import types
import uuid
from typing import Any

import factory
import factory.fuzzy
import factory.random
import faker
import faker.generator
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from ormthesis.core.errors import FactoryError, OptionError, TargetError
from ormthesis.generation.factories import FactorySource, load_factories, read_factory
from ormthesis.schema.models import Models, load_models
from tests.unit.generation.minimal import minimal


class Base(DeclarativeBase):
    pass


class Shop(Base):
    __tablename__ = "shops"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    city: Mapped[str | None]


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(sa.ForeignKey("shops.id"))
    spare_shop_id: Mapped[int | None] = mapped_column(sa.ForeignKey("shops.id"))
    title: Mapped[str]
    price: Mapped[int] = mapped_column("price_cents")
    code: Mapped[str]
    note: Mapped[str | None]
    details: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    shop: Mapped[Shop] = relationship(foreign_keys=shop_id)
    spare: Mapped[Shop | None] = relationship(foreign_keys=spare_shop_id)


class NotMapped:
    pass


fake = faker.Faker()


class ShopFactory(factory.Factory[Shop]):
    class Meta:
        model = Shop

    name = factory.Faker("company")


class ItemFactory(factory.Factory[Item]):
    class Meta:
        model = Item
        exclude = ("base_price",)
        rename = {"label": "title"}  # noqa: RUF012  # as factory_boy wants it

    class Params:
        is_cheap = True
        noted = factory.Trait(note=factory.Faker("word"), spare=factory.SubFactory(ShopFactory))

    shop = factory.SubFactory(ShopFactory)
    shop_id = factory.SelfAttribute("shop.id")
    label = factory.Sequence(lambda n: f"item {n}")
    base_price = factory.LazyAttribute(lambda item: 1 if item.is_cheap else 500)
    price = factory.LazyAttribute(lambda item: item.base_price * 2)
    code = factory.LazyFunction(lambda: f"{random.randint(0, 9999)}")
    details = factory.Dict({"word": factory.Faker("word"), "n": factory.Sequence(lambda n: n)})

    @factory.post_generation
    def never_called(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        raise AssertionError("nothing runs after generation")


@pytest.fixture(scope="module")
def models() -> Models:
    return load_models(Base)


@pytest.fixture(scope="module")
def item(models: Models) -> FactorySource:
    return read_factory(ItemFactory, models)


def made(models: Models, **declarations: Any) -> FactorySource:
    """The source of a factory of Shop with these declarations."""
    meta = type("Meta", (), {"model": Shop})
    shop = {"name": "x", **declarations}
    return read_factory(type("MadeFactory", (factory.Factory,), {"Meta": meta, **shop}), models)


def test_what_a_factory_supplies(item: FactorySource) -> None:
    assert (item.model, item.table) == ("Item", "items")
    assert item.columns == ("title", "price_cents", "code", "note", "details")
    assert dict(item.parents) == {"shop": ShopFactory, "spare": ShopFactory}
    assert item.unstable == {}


def test_values_shrink_to_traits_off_and_counters_at_zero(item: FactorySource) -> None:
    assert minimal(item.values()) == {
        "title": "item 0",
        "price_cents": 2,
        "code": "0",
        "details": {"word": minimal(item.values())["details"]["word"], "n": 0},
    }


def test_traits_and_params_are_drawn(item: FactorySource) -> None:
    assert "note" in minimal(item.values(), lambda row: "note" in row)
    assert minimal(item.values(), lambda row: row["price_cents"] > 2)["price_cents"] == 1000
    assert minimal(item.values(), lambda row: row["title"] != "item 0")["title"] == "item 1"


NUMBERS = {
    "random": factory.LazyFunction(lambda: str(random.randint(0, 10**6))),
    "factory.random": factory.LazyFunction(lambda: str(factory.random.randgen.randint(0, 10**6))),
    "Faker declaration": factory.LazyAttribute(lambda o: str(o.number)),
    "own Faker": factory.LazyFunction(lambda: str(fake.random_int(0, 10**6))),
    "fuzzy": factory.LazyAttribute(lambda o: str(o.number)),
}
INNER = {
    "Faker declaration": factory.Faker("random_int", min=0, max=10**6),
    "fuzzy": factory.fuzzy.FuzzyInteger(0, 10**6),
}


@pytest.mark.parametrize("generator", NUMBERS)
def test_a_number_of_at_least_1000_shrinks_to_1000(models: Models, generator: str) -> None:
    inner = {"Params": type("Params", (), {"number": INNER.get(generator, 0)})}
    source = made(models, city=NUMBERS[generator], **inner)
    assert source.unstable == {}
    row = minimal(source.values(), lambda found: int(found["city"]) >= 1000)
    assert row["city"] == "1000"


def test_equal_seeds_draw_equal_rows(item: FactorySource) -> None:
    def run() -> list[Any]:
        rows: list[Any] = []

        @settings(max_examples=30, database=None, derandomize=True)
        @given(item.values())
        def collect(row: Any) -> None:
            rows.append(row)

        collect()
        return rows

    first = run()
    assert first == run()
    assert len({repr(row) for row in first}) > 10


UNSTABLE = {
    "uuid4": (factory.LazyFunction(lambda: str(uuid.uuid4())), "other values"),
    "clock": (factory.LazyFunction(lambda: str(time.time_ns())), "other values"),
    "system random": (
        factory.LazyFunction(lambda: str(random.SystemRandom().random())),
        "other values",
    ),
    "iterator": (factory.Iterator(["Rome", "Oslo"]), "position of its own"),
    "iterator in a trait": (factory.Maybe("named", factory.Iterator(["Rome"]), None), "position"),
}


@pytest.mark.parametrize("kind", UNSTABLE)
def test_what_does_not_repeat_is_reported_and_not_used(models: Models, kind: str) -> None:
    declaration, reason = UNSTABLE[kind]
    source = made(models, city=declaration, named=True)
    assert reason in source.unstable["city"]
    assert source.columns == ("name",)
    assert minimal(source.values()) == {"name": "x"}


def test_what_depends_on_the_unstable_is_unstable_too(models: Models) -> None:
    source = made(
        models,
        token=factory.LazyFunction(lambda: uuid.uuid4().hex),
        city=factory.LazyAttribute(lambda o: o.token[:4]),
    )
    assert set(source.unstable) == {"token", "city"}


def test_a_value_of_the_parent_is_not_used(models: Models) -> None:
    class Reading(ItemFactory):
        code = factory.LazyAttribute(lambda item: item.shop.name)

    source = read_factory(Reading, models)
    assert source.unstable == {"code": "it reads 'name' of the parent 'shop'"}


def test_no_entity_is_built_and_no_session_used(models: Models) -> None:
    class Failing(factory.alchemy.SQLAlchemyModelFactory):  # type: ignore[misc]
        class Meta:
            model = Shop
            sqlalchemy_session_factory = staticmethod(lambda: pytest.fail("a session was opened"))

        name = "x"

        @classmethod
        def _setup_next_sequence(cls) -> int:
            return pytest.fail("the counter was read from the database")

        @classmethod
        def _build(cls, model_class: type, *args: Any, **kwargs: Any) -> Any:
            return pytest.fail("an entity was built")

    class Holder(ItemFactory):
        shop = factory.SubFactory(Failing)

    assert minimal(read_factory(Failing, models).values()) == {"name": "x"}
    assert minimal(read_factory(Holder, models).values())["title"] == "item 0"


def test_nothing_of_the_users_state_changes(models: Models) -> None:
    def state() -> tuple[Any, ...]:
        generator = faker.generator.Generator
        return (
            factory.random.randgen,
            factory.random.randgen.getstate(),
            faker.generator.random,
            faker.generator.random.getstate(),
            fake.random.getstate(),
            vars(generator)["random"],
            random.randint,
            random.random,
            factory.Iterator.evaluate,
            factory.base.FactoryOptions.next_sequence,
        )

    iterator = factory.Iterator(["Rome", "Oslo"])
    numbered = type("Numbered", (ShopFactory,), {"name": factory.Sequence(str), "city": iterator})
    before = numbered.build().name, state()
    source = read_factory(numbered, models)
    for seed in range(20):
        source.evaluate(random.Random(seed), seed, {})
    assert state() == before[1]
    after = numbered.build()
    assert (before[0], after.name, after.city) == ("0", "1", "Oslo")


def test_state_is_restored_after_an_error(models: Models) -> None:
    before = factory.random.randgen, random.randint

    def fail() -> str:
        raise ZeroDivisionError("no city")

    with pytest.raises(FactoryError, match=r"MadeFactory.*'city'.*ZeroDivisionError: no city"):
        made(models, city=factory.LazyFunction(fail))
    assert (factory.random.randgen, random.randint) == before


def test_a_factory_that_raises_in_a_draw_is_named(models: Models) -> None:
    def numbered(number: int) -> str:
        if number >= 50:
            raise ValueError("too many shops")
        return str(number)

    source = made(models, city=factory.Sequence(numbered))
    with pytest.raises(FactoryError, match=r"MadeFactory raises in 'city'.*too many shops"):
        minimal(source.values(), lambda row: False)


@pytest.mark.parametrize("given_factories", [NotMapped, "not a class", 3, factory.Factory])
def test_what_is_no_factory_of_a_model_is_refused(models: Models, given_factories: Any) -> None:
    with pytest.raises(FactoryError):
        read_factory(given_factories, models)


def test_a_factory_of_another_class_is_named(models: Models) -> None:
    class StrangerFactory(factory.Factory[NotMapped]):
        class Meta:
            model = NotMapped

    with pytest.raises(FactoryError, match="StrangerFactory makes NotMapped"):
        load_factories([StrangerFactory], models)


@pytest.fixture
def module() -> types.ModuleType:
    return types.ModuleType("some_factories")


def test_all_factories_of_a_module_are_found(models: Models, module: types.ModuleType) -> None:
    module.__dict__.update(
        ShopFactory=ShopFactory, ItemFactory=ItemFactory, Abstract=factory.Factory, other=3
    )
    assert list(load_factories(module, models)) == ["Shop", "Item"]


def test_a_module_is_found_by_its_name(models: Models) -> None:
    found = load_factories(__name__, models)
    assert set(found) == {"Shop", "Item"}
    assert found["Item"].columns


def test_the_first_factory_of_a_model_counts(models: Models) -> None:
    class Second(ShopFactory):
        name = "second"

    assert load_factories([ShopFactory, Second], models)["Shop"].factory is ShopFactory


def test_a_module_without_factories_is_refused(models: Models, module: types.ModuleType) -> None:
    with pytest.raises(FactoryError, match="'some_factories' holds no factory"):
        load_factories(module, models)


def test_a_module_that_does_not_exist_is_refused(models: Models) -> None:
    with pytest.raises(TargetError, match="no_such_factories"):
        load_factories("no_such_factories", models)


def test_a_sub_factory_that_cannot_be_imported_is_named(models: Models) -> None:
    class Broken(ItemFactory):
        shop = factory.SubFactory("nowhere.ShopFactory")

    with pytest.raises(FactoryError, match=r"Broken raises in 'shop'"):
        read_factory(Broken, models)


def test_without_factory_boy_the_message_says_how_to_get_it(
    models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "factory", None)
    with pytest.raises(OptionError, match="factory_boy is not installed"):
        read_factory(ItemFactory, models)
