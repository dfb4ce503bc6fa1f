"""The visitor and the mapper of typed trees know every kind of node, and agree with each other."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import get_args

import pytest

from modelcheck.language.resolve.resolve import instantiate
from modelcheck.language.syntax.parse import parse_text
from modelcheck.model import trees, typed
from tests.features import harness
from tests.features.harness import HERE

KINDS = (*get_args(typed.Expr), *get_args(typed.Stmt), *get_args(typed.Type), *get_args(typed.PropertyBody))


@pytest.fixture(scope="module")
def models() -> list[typed.Model]:
    return [
        instantiate(parse_text((HERE / f"{name}.mc").read_text(encoding="utf-8"), name), scenario)[0]
        for name, scenario in harness.cells()[::2]
    ]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.__name__))
def test_every_kind_of_node_has_its_fields(kind: type) -> None:
    assert trees.FIELDS[kind] == tuple(field.name for field in dataclasses.fields(kind))


def test_the_visitor_leaves_out_no_field_that_holds_a_node(models: list[typed.Model]) -> None:
    def everything(node: object) -> Iterator[object]:
        if isinstance(node, tuple):
            for part in node:
                yield from everything(part)
        elif type(node) in trees.FIELDS:
            yield node
            for name in trees.FIELDS[type(node)]:
                yield from everything(getattr(node, name))

    for model in models:
        assert list(map(id, trees.below(model))) == list(map(id, everything(model)))


def test_the_visitor_follows_the_order_of_the_text(models: list[typed.Model]) -> None:
    for model in models:
        for process in model.processes:
            emits = [n.span.start for n in trees.below(process.body) if isinstance(n, typed.Emit | typed.Goto)]
            assert emits == sorted(emits)


def test_statements_in_finds_every_statement(models: list[typed.Model]) -> None:
    statements = get_args(typed.Stmt)
    for model in models:
        for process in model.processes:
            by_visitor = [n for n in trees.below(process.body) if isinstance(n, statements)]
            assert list(map(id, trees.statements_below(process.body))) == list(map(id, by_visitor))


def test_the_mapper_changes_what_the_operands_are(models: list[typed.Model]) -> None:
    met = set[type]()
    for model in models:
        for node in trees.below((model.processes, model.properties, model.inlines)):
            if isinstance(node, get_args(typed.Expr)):
                changed: list[int] = []

                def change(e: typed.Expr, changed: list[int] = changed) -> typed.Expr:
                    changed.append(id(e))
                    return e

                def change_place(
                    place: typed.Place, change: Callable[[typed.Expr], typed.Expr] = change
                ) -> typed.Place:
                    return trees.mapped_place(place, change)

                assert trees.mapped(node, change, change_place) == node
                assert changed == [id(e) for e in trees.operands(node)]
                within = {id(n) for n in trees.below(node)} - {id(node)}
                assert set(changed) <= within
                met.add(type(node))
    assert len(met) >= 20
