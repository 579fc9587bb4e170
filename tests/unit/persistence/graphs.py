"""Graphs of the store's rows, written down."""

from __future__ import annotations

from typing import Any

from ormthesis.generation.case import Case, Change, Mutation, MutationKind
from ormthesis.generation.graph import EntityDraft, EntityGraph, EntityRef
from tests.tester.store import Status

SUPPLIER = EntityRef("supplier", 0)
PRODUCT = EntityRef("product", 0)


def supplier(index: int = 0, **values: Any) -> EntityDraft:
    """A valid supplier, unlike those of other indexes in every key."""
    simplest = {
        "code": f"code {index}",
        "nickname": None,
        "country": "SE",
        "register": index,
        "email": None,
        "active": True,
    }
    return EntityDraft(
        ref=EntityRef("supplier", index),
        table="suppliers",
        values={**simplest, **values},
        references={},
    )


def product(index: int = 0, *, replaced_by: EntityRef | None = None, **values: Any) -> EntityDraft:
    """A valid product of the first supplier."""
    simplest = {
        "label": "chair",
        "status": Status.DRAFT,
        "stock": 0,
        "rank": None,
        "lowest": 0,
        "highest": 0,
        "price": None,
        "weight": None,
        "unit": None,
        "remark": "",
        "listed_at": None,
    }
    return EntityDraft(
        ref=EntityRef("product", index),
        table="products",
        values={**simplest, **values},
        references={
            "products.supplier_id->suppliers": SUPPLIER,
            "products.replaced_by_id->products": replaced_by,
        },
    )


def graph(*drafts: EntityDraft) -> EntityGraph:
    return EntityGraph(drafts=drafts)


def mutated(rows: EntityGraph, ref: EntityRef, subject: str, **changes: Any) -> Case:
    """A case in which some columns of one row are written with other values."""
    recorded = tuple(Change(column=name, old=None, new=new) for name, new in changes.items())
    mutation = Mutation(kind=MutationKind.BREAK, constraint=subject, ref=ref, changes=recorded)
    return Case(graph=rows, mutation=mutation, subject=subject)
