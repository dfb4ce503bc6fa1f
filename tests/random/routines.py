"""Bodies: of processes, servers, inlines, callbacks and init blocks; jumps find their labels here."""

from __future__ import annotations

import re
from dataclasses import replace

from tests.random import expressions, mistakes, statements
from tests.random.scope import Body, Scope, Site
from tests.random.types import BOOL, INT, Atomic, Lock, Number, Ref, Scalar, Type, Variable, Word, scalar, written
from tests.random.world import Label, Routine, World, scalar_type


def finish(scope: Scope, text: str) -> str:
    """Return the text of a body with a label for each jump, and make its labels known."""
    body, draw = scope.body, scope.world.draw

    def choose(match: re.Match[str]) -> str:
        inside, order = body.jumps[int(match[1])]
        fitting = [
            label
            for label in body.labels
            if label.inside == inside[: len(label.inside)]
            and (label.order > order or (label.target and not _within(label.inside, body)))
        ]
        return f"goto {draw.of(fitting).name};" if fitting else ";"

    scope.world.labels += body.labels
    return re.sub(r"goto @(\d+)@;", choose, text)


def _within(inside: tuple[int, ...], body: Body) -> bool:
    """Whether a jump back to a place would be one inside an ``atomic``."""
    return body.unbroken or any(key in body.atomics for key in inside)


def process(world: World, name: str, head: str, size: int, *, server: bool = False) -> str:
    """Return a process or server; ``head``: its first line up to the brace."""
    draw = world.draw
    scope = Scope(world, Site.CODE, Body(name, False), process=None if server else name)
    declared = []
    for _ in range(draw.below(3)):
        variable = Variable(draw.fresh("m"), scalar_type(world))
        declared.append(_declaration(scope, variable))
        scope = _with(scope, variable)
    if world.objects and draw.chance(0.8):
        variable = Variable(draw.fresh("m"), Ref(draw.of(world.objects).name))
        declared.append(_declaration(scope, variable))
        scope = _with(scope, variable)
    first = mistakes.mistake(scope) if not server and draw.chance(0.25) else ""
    if first and draw.chance(0.5):
        first = f"if ({expressions.condition(scope, 1)}) {{ {first} }}"
    if server:
        text = _server(scope, size)
    elif draw.chance(0.2):
        inner = _looping(scope)
        word = draw.one("loop quiescent", "loop quiescent", "loop endless")
        text = f"{word} {{ {statements.sure_step(inner)} {statements.block(inner, size, 2)} }}"
        if draw.chance(0.3):
            text = f"{statements.block(scope, 1, 1)} {text}"
    else:
        text = statements.block(scope, size, 2)
    text = f"{first} {text}" if first else text
    if draw.chance(0.3):
        label = draw.fresh("L")
        text += f" {label}: {statements.sure_step(scope)}"
        scope.body.labels.append(_last_label(scope, label))
    provided = ""
    if draw.chance(0.06):
        provided = f" provided ({expressions.condition(Scope(world, Site.PURE, scope.body), 1)})"
    return f"{head}{provided} {{\n{' '.join(declared)}\n{finish(scope, text)}\n}}"


def _last_label(scope: Scope, name: str) -> Label:
    return Label(scope.body.owner, name, (), scope.body.next(), True, False, True)


def _looping(scope: Scope) -> Scope:
    return replace(scope, loop=True)


def _with(scope: Scope, *variables: Variable) -> Scope:
    return replace(scope, locals=(*scope.locals, *variables))


def _declaration(scope: Scope, variable: Variable) -> str:
    assert scalar(variable.type)
    if scope.world.draw.chance(0.25):
        return f"local {variable.name} : {written(variable.type)};"
    value = expressions.expression(scope, variable.type, 1)
    return f"local {variable.name} : {written(variable.type)} = {value};"


def _server(scope: Scope, size: int) -> str:
    draw = scope.world.draw
    inner = _looping(scope)
    guard = replace(inner, site=Site.GUARD)
    known = [(v.name, v.type.target) for v in scope.world.shared if isinstance(v.type, Ref)]
    there = ""
    if known and draw.chance(0.5):
        # A server that waits for something in an object that others free.
        name, target = draw.of(known)
        guard = replace(guard, solid=((name, target),) * 3)
        there = f"{name} != null && "
    kind = draw.below(3)
    if kind == 0:
        atomic = replace(inner, site=Site.ATOMIC, inside=(scope.body.next(),))
        scope.body.atomics.add(atomic.inside[0])
        body = f"atomic when ({there}{expressions.condition(guard, 2)}) {{ {statements.block(atomic, size, 1)} }}"
    elif kind == 1:
        body = f"when ({there}{expressions.condition(guard, 2)}); {statements.block(inner, size, 1)}"
    else:
        one, two = statements.block(inner, 1, 1), statements.block(inner, 1, 0)
        first_guard, second_guard = expressions.condition(guard, 1), expressions.condition(guard, 1)
        body = f"when ({first_guard}) {{ {one} }} or when ({second_guard}) {{ {two} }}"
    first = statements.block(scope, 1, 0) + " " if draw.chance(0.15) else ""
    return f"{first}{draw.one('loop', 'loop', 'loop', 'loop quiescent', 'loop quiescent', 'loop endless')} {{ {body} }}"


# ------------------------------------------------------------------------------ inlines, callbacks


def routines(world: World) -> list[str]:
    """Draw some inlines and callbacks; each may call those before it."""
    draw = world.draw
    if not world.features.calls:
        return []
    lines = [_pure(world) for _ in range(draw.below(2))]
    lines += [_routine(world, callback=False) for _ in range(draw.between(1, 2))]
    lines += [_routine(world, callback=True) for _ in range(draw.below(3))]
    return lines


def _parameters(world: World, most: int, by_reference: float) -> list[tuple[bool, Variable]]:
    draw = world.draw
    parameters: list[tuple[bool, Variable]] = []
    for _ in range(draw.between(0, most)):
        name = draw.fresh("y")
        if draw.chance(by_reference):
            types: list[Type] = [
                v.type for v in world.shared if scalar(v.type) or isinstance(v.type, Atomic | Word | Lock)
            ]
            parameters.append((True, Variable(name, draw.of(types))))
        else:
            parameters.append((False, Variable(name, scalar_type(world))))
    return parameters


def _head(parameters: list[tuple[bool, Variable]], result: Scalar | None) -> str:
    texts = ", ".join(f"{'&' if by_reference else ''}{p.name}: {written(p.type)}" for by_reference, p in parameters)
    return f"({texts})" + ("" if result is None else f" -> {written(result)}")


def _pure(world: World) -> str:
    """Return an inline that is one ``return``: guards may call it."""
    draw = world.draw
    name = draw.fresh("pure")
    parameters = _parameters(world, 1, 0)
    conditional = draw.chance(0.3)
    result: Scalar = BOOL if conditional or draw.chance(0.7) else INT
    scope = Scope(
        world,
        Site.GUARD if conditional else Site.PURE,
        Body(name, True),
        fixed=tuple(p for _, p in parameters),
        quantified=False,
    )
    value = expressions.expression(scope, result, 1)
    chooses = _chooses(world, value)
    world.routines.append(Routine(name, tuple(parameters), result, True, True, conditional, False, False, chooses))
    return f"inline {name}{_head(parameters, result)} {{ return {value}; }}"


def _routine(world: World, *, callback: bool) -> str:
    draw = world.draw
    name = draw.fresh("cb" if callback else "f")
    parameters = _parameters(world, 2, 0 if callback else 0.5)
    result = draw.of([None, BOOL, Number(0, 2), scalar_type(world)])
    quick = draw.chance(0.4)
    made = Routine(name, tuple(parameters), result, quick, False, False, callback, False, True)
    body = routine_body(world, made)
    made = replace(made, chooses=_chooses(world, body))
    clauses = ""
    if callback:
        scope = Scope(world, Site.PURE, Body(name, True), fixed=tuple(p for _, p in parameters))
        if draw.chance(0.6):
            clauses += f" requires {expressions.condition(scope, 1)}"
            made = replace(made, requires=True)
        if draw.chance(0.5):
            clauses += " sleeps"
    world.routines.append(made)
    return f"{'callback' if callback else 'inline'} {name}{_head(parameters, result)}{clauses} {{ {body} }}"


def routine_body(world: World, routine: Routine) -> str:
    """Return the statements of an inline or callback; also another body for the same head."""
    draw = world.draw
    site = Site.ATOMIC if routine.quick else Site.CODE
    scope = Scope(
        world,
        site,
        Body(routine.name, routine.quick),
        locals=tuple(p for _, p in routine.parameters),
        result=routine.result,
        quantified=not routine.quick,
        passed=frozenset(p.name for by_reference, p in routine.parameters if by_reference),
    )
    text = statements.block(scope, draw.between(1, 3), 1)
    if routine.result is not None:
        text += f" return {expressions.expression(scope, routine.result, 1)};"
    return finish(scope, text)


#: What no initial state may hold: choices, and operations on locks.
_NOT_AT_THE_START = re.compile(r"choose|pick|lock|completion|complete|down_|up_")


def _chooses(world: World, body: str) -> bool:
    """Whether a body, or what it calls, holds something that no initial state may hold."""
    called = [r for r in world.routines if r.chooses and f"{r.name}(" in body]
    return bool(called) or _NOT_AT_THE_START.search(body) is not None


def init(world: World, name: str) -> str:
    """Return an init block."""
    scope = Scope(world, Site.INIT, Body(name, True))
    before = len(world.labels)
    text = finish(scope, statements.block(scope, world.draw.between(1, 3), 1))
    del world.labels[before:]
    return f"init {name} {{ {text} }}"
