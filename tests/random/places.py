"""Places: variables, elements, fields, through references and in structs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tests.random import expressions
from tests.random.scope import Scope, Site
from tests.random.types import INT, Array, Lock, Number, Ref, Scalar, Struct, Type, Variable


def places(scope: Scope, *, assigned: bool = False) -> list[tuple[str, Type]]:
    """Return places that can be named here, one for each leaf; ``assigned``: no loop variables."""
    found: list[tuple[str, Type]] = []
    variables = [*scope.world.shared, *scope.locals]
    if not assigned:
        variables += scope.fixed
    for variable in variables:
        found += _leaves(scope, variable.name, variable.type, True)
    for reference, name in _references(scope):
        for f in scope.world.object(name).fields:
            found += _leaves(scope, f"{reference}->{f.name}", f.type, False)
    if scope.primed:
        found += [(f"{text}'", type) for text, type in found if not isinstance(type, Array | Struct | Lock)]
    return found


def _leaves(scope: Scope, text: str, type: Type, top: bool) -> Iterator[tuple[str, Type]]:
    match type:
        case Array() if scope.flat:
            return
        case Array(index, element):
            yield from _leaves(scope, f"{text}[{index_text(scope, index, top)}]", element, False)
        case Struct(_, fields):
            for f in fields:
                yield from _leaves(scope, f"{text}.{f.name}", f.type, False)
        case _:
            yield text, type


def index_text(scope: Scope, index: Scalar, top: bool) -> str:
    """Return an index of an array, now and then one that has effects or may lie outside."""
    draw = scope.world.draw
    flat = replace(scope, flat=True, primed=False)
    depth = 1 if top and draw.chance(0.2) else 0
    if isinstance(index, Number) and scope.world.careless() and scope.site is not Site.INIT:
        return f"({expressions.number(flat, INT, depth)} + {draw.below(2)})"
    return expressions.expression(flat, index, depth)


def _references(scope: Scope) -> list[tuple[str, str]]:
    """Return references to go through, with their objects: those taken for not null, and now and then any."""
    world, draw = scope.world, scope.world.draw
    found = list(scope.solid)
    variables: tuple[Variable, ...] = (*world.shared, *scope.locals, *scope.fixed)
    known = [(v.name, v.type.target) for v in variables if isinstance(v.type, Ref)]
    if known and (scope.site in (Site.PROPERTY, Site.PURE) or world.careless() or world.careless()):
        found.append(draw.of(known))
    if found and draw.chance(0.1):
        reference, name = draw.of(found)
        for f in world.object(name).fields:
            if isinstance(f.type, Ref):
                found.append((f"{reference}->{f.name}", f.type.target))
                break
    return found
