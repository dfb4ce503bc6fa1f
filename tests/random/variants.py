"""Variants: one or two of every kind of edit, on labels, by text and of whole declarations."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.random import expressions, routines, statements
from tests.random.scope import Body, Scope, Site
from tests.random.types import Number, Variable, scalar, written
from tests.random.world import Label, World, literal

#: An edit, and the labels or names that no other edit may touch.
Edit = tuple[str, tuple[str, ...]]


def variants(world: World, bodies: list[str], lines: list[str]) -> list[str]:
    """Return a variant or two (or a patch and a variant that builds on it); ``bodies``: names,
    ``lines``: what is declared.
    """
    draw = world.draw
    if not draw.chance(0.3):
        return []
    touched: set[str] = set()
    made: list[list[str]] = []
    for _ in range(draw.between(1, 2)):
        edits = []
        for _ in range(draw.between(1, 3)):
            found = _edit(world, bodies, lines)
            if found is not None and not touched & set(found[1]):
                touched |= set(found[1])
                edits.append(found[0])
        if edits:
            made.append(edits)
    if not made:
        return []
    texts = [f"{draw.one('variant', 'patch') if len(made) > 1 else 'variant'} w0 {{ {' '.join(made[0])} }}"]
    if len(made) > 1:
        parent = draw.one(" : w0", ": w0", "") if texts[0].startswith("variant") else " : w0"
        texts.append(f'variant w1{parent} "more of it" {{ {" ".join(made[1])} }}')
    return texts


def _code(world: World, owner: str, *, atomic: bool = False) -> str:
    """Return statements that need no names of the body."""
    body = Body(owner, atomic)
    scope = Scope(world, Site.ATOMIC if atomic else Site.CODE, body)
    known = world.routines
    # A routine may call those before it.
    world.routines = known[: next((i for i, r in enumerate(known) if r.name == owner), len(known))]
    text = statements.block(scope, world.draw.between(1, 2), 1)
    world.routines = known
    # Where it lands it finds no labels of its own, and must not end the body.
    return re.sub(r"goto @?\w+@?;|\breturn\b[^;]*;|\b\w+: (?=\w)", "", text)


def _edit(world: World, bodies: list[str], lines: list[str]) -> Edit | None:
    draw = world.draw
    kinds: list[Callable[[World, list[str], list[str]], Edit | None]] = [
        _insert,
        _insert,
        _replace,
        _replace,
        _delete,
        _edge,
        _text,
        _override,
        _override,
        _add,
        _set,
        *([_param] * (4 if world.params else 0)),
    ]
    return draw.of(kinds)(world, bodies, lines)


def _label(world: World, *, simple: bool) -> Label | None:
    known = [label for label in world.labels if label.simple or not simple]
    return world.draw.of(known) if known else None


def _insert(world: World, bodies: list[str], lines: list[str]) -> Edit | None:
    label = _label(world, simple=False)
    if label is None:
        return None
    where = world.draw.one("before", "after")
    code = _code(world, label.owner, atomic=label.atomic)
    return f"insert {where} {label.owner}::{label.name} {{ {code} }}", (f"{label.owner}::{label.name}",)


def _replace(world: World, bodies: list[str], lines: list[str]) -> Edit | None:
    label = _label(world, simple=True)
    if label is None:
        return None
    scope = Scope(world, Site.ATOMIC if label.atomic else Site.CODE, Body(label.owner, label.atomic))
    code = f"{statements.sure_step(scope)} {_code(world, label.owner, atomic=label.atomic)}"
    return f"replace {label.owner}::{label.name} {{ {code} }}", (f"{label.owner}::{label.name}",)


def _delete(world: World, bodies: list[str], lines: list[str]) -> Edit | None:
    label = _label(world, simple=True)
    if label is None:
        return None
    return f"delete {label.owner}::{label.name};", (f"{label.owner}::{label.name}",)


def _edge(world: World, bodies: list[str], lines: list[str]) -> Edit | None:
    """Code at the start of a body, where its statements begin, or at its end."""
    owner = world.draw.of(bodies)
    if any(r.name == owner for r in world.routines):
        return None
    where = world.draw.one("_start", "_end")
    return f"insert {world.draw.one('before', 'after')} {owner}::{where} {{ {_code(world, owner)} }}", (
        f"{owner}::{where}",
    )


_SIMPLE = re.compile(r"(?<=[;{}] )(x\d = [^;{}@]*;)")


def _text(world: World, bodies: list[str], lines: list[str]) -> Edit | None:
    """Replace a statement by its text, if it stands once."""
    for line in lines:
        head = re.match(r"(?:process|server) (\w+)", line)
        if head is None:
            continue
        found = [text for text in _SIMPLE.findall(line) if line.count(text.rstrip(";")) == 1]
        if found:
            text = world.draw.of(found)
            code = statements.sure_step(Scope(world, Site.ATOMIC, Body(head[1], True)))
            where = (
                world.draw.one(f" in {head[1]}", "") if sum(text in other for other in lines) == 1 else f" in {head[1]}"
            )
            return f"replace{where} {{ {text} }} with {{ {code} }}", (head[1], f"text {text}")
    return None


def _override(world: World, bodies: list[str], lines: list[str]) -> Edit | None:
    """Another body for an inline, callback or process; another declaration of a variable."""
    draw = world.draw
    kind = draw.below(3)
    if kind == 0 and world.routines:
        routine = draw.of(world.routines)
        if routine.pure or any(label.owner == routine.name for label in world.labels):
            return None
        before, known = len(world.labels), world.routines
        # Only those before it may be called.
        world.routines = known[: known.index(routine)]
        body = routines.routine_body(world, routine)
        world.routines = known
        del world.labels[before:]
        head = next(line for line in lines if re.match(rf"(inline|callback) {routine.name}\(", line))
        head = re.split(r" requires | sleeps| \{", head)[0]
        return f"override {head} {{ {body} }}", (routine.name,)
    if kind == 1:
        variable = draw.of([v for v in world.shared if isinstance(v.type, Number)])
        value = literal(draw, variable.type, world)
        return f"override shared {variable.name} : {written(variable.type)} = {value};", (variable.name,)
    before = len(world.labels)
    if any(label.owner == "p0" for label in world.labels):
        return None
    body = routines.process(world, "p0", "process p0", 2)
    del world.labels[before:]
    return None if "p0" in world.classes else (f"override {body}", ("p0",))


def _add(world: World, bodies: list[str], lines: list[str]) -> Edit | None:
    draw = world.draw
    name = draw.fresh("added")
    owner = _label(world, simple=False)
    if owner is None:
        return f"add shared {name} : 0..2 = 1;", (name,)
    value = expressions.fitting(Scope(world, Site.ATOMIC, Body(owner.owner, True)), Number(0, 2), 1)
    code = f"{name} = {value};"
    edit = f"add shared {name} : 0..2 = 1; insert after {owner.owner}::{owner.name} {{ {code} }}"
    return edit, (name, f"{owner.owner}::{owner.name}")


def _set(world: World, bodies: list[str], lines: list[str]) -> Edit | None:
    draw = world.draw
    known: list[Variable] = [v for v in world.shared if scalar(v.type)]
    known += [Variable(f"{o.name}.{f.name}", f.type) for o in world.objects for f in o.fields if scalar(f.type)]
    variable = draw.of(known)
    value = literal(draw, variable.type, world)
    return None if value is None else (f"set {variable.name} = {value};", (variable.name,))


def _param(world: World, bodies: list[str], lines: list[str]) -> Edit | None:
    if not world.params:
        return None
    return world.draw.one(
        ("param SIZE = 1;", ("SIZE",)), ("param SIZE = 2;", ("SIZE",)), ("param FAST = true;", ("FAST",))
    )
