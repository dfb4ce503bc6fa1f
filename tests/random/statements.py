"""Simple statements, and the choice between all statements."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.random import control, expressions, operations, places
from tests.random.draw import Weighted
from tests.random.scope import Scope, Site
from tests.random.types import (
    BOOL,
    INT,
    Array,
    Bits,
    Bool,
    Number,
    Ref,
    Scalar,
    SetOf,
    Struct,
    Variable,
    scalar,
    written,
)
from tests.random.world import Label, scalar_type

#: A statement and the scope of what follows it in the same block.
Written = tuple[str, Scope]


def block(scope: Scope, budget: int, depth: int) -> str:
    """Return statements of a block without its braces."""
    texts = []
    for _ in range(budget):
        text, scope = statement(scope, depth)
        texts.append(text)
    return " ".join(texts)


def statement(scope: Scope, depth: int) -> Written:
    """Return one statement, labelled now and then."""
    draw = scope.world.draw
    if draw.chance(0.25 if scope.steps else 0.06):
        return _labelled(scope, depth)
    return _unlabelled(scope, depth)


def _labelled(scope: Scope, depth: int) -> Written:
    draw, body = scope.world.draw, scope.body
    name = draw.fresh("L")
    order = body.next()
    # A label that jumps go back to begins with a step, so that no way round is without one.
    target = draw.chance(0.6)
    before = body.order
    text, after = (sure_step(scope), scope) if target else _unlabelled(scope, depth)
    simple = body.order == before
    atomic = scope.site is not Site.CODE
    body.labels.append(Label(body.owner, name, scope.inside, order, simple, atomic, target))
    return f"{name}: {text}", after


def sure_step(scope: Scope) -> str:
    """Return a statement that begins with a step wherever steps are."""
    draw, world = scope.world.draw, scope.world
    plain = [(v.name, v.type) for v in world.shared if isinstance(v.type, Number | Bool)]
    name, type = draw.of(plain)
    options: list[Weighted[str]] = [
        (3, lambda: f"{name} = {expressions.expression(scope, type, 0)};"),
        (0.5, lambda: f"when ({expressions.condition(replace(scope, site=Site.GUARD), 1)});" if scope.steps else ";"),
    ]
    if operations.locks(scope) and scope.steps:
        options.append((1, lambda: f"{operations.lock(scope, tries=False, waits=draw.chance(0.5)) or 'x0 = x0'};"))
    if world.events:
        options.append((1, lambda: _emit(scope)))
    text = draw.weighted(options)
    return text if text != ";" else f"{name} = {name};"


def _unlabelled(scope: Scope, depth: int) -> Written:
    draw = scope.world.draw
    if depth > 0 and draw.chance(0.4):
        # A compound statement is counted: what holds others is not simple.
        scope.body.next()
        return control.compound(scope, depth)
    return simple(scope, depth)


def simple(scope: Scope, depth: int) -> Written:
    """Return a statement without others in it."""
    draw, world = scope.world.draw, scope.world

    def same(make: Callable[[Scope], str]) -> Callable[[], Written]:
        return lambda: (make(scope), scope)

    options: list[Weighted[Written]] = [
        (5, same(assign)),
        (1, same(_compound_assign)),
        (0.6, same(_step_by_one)),
        (0.5, same(_assert)),
        (0.6, lambda: _local(scope)),
        (0.15, same(lambda _: draw.one("smp_mb();", ";", "smp_rmb();"))),
    ]
    if operations.atomics(scope):
        options.append((3.5, same(_atomic)))
    if operations.words(scope):
        options.append((2.5, same(_word)))
    if operations.locks(scope) and scope.site is not Site.INIT:
        options.append((3, same(_lock)))
    if world.events:
        options.append((2, same(_emit)))
    if world.objects:
        options.append((2.5, same(_object)))
        options.append((1, lambda: _hold(scope)))
    routines = expressions.callable_here(scope, None) + [r for r in world.routines if r.result is not None and r.quick]
    routines = [r for r in routines if r in expressions.callable_here(scope, r.result)]
    if routines:
        options.append((2, same(lambda s: f"{expressions.call(s, draw.of(routines))};")))
    if scope.site is not Site.INIT:
        options.append((0.8, lambda: control.pick(scope)))
        options.append((0.5, same(_jump)))
    if scope.steps:
        options.append((1, same(lambda s: f"when ({expressions.condition(replace(s, site=Site.GUARD), 2)});")))
    return draw.weighted(options)


def _targets(scope: Scope) -> list[tuple[str, Scalar]]:
    found = places.places(scope, assigned=True)
    return [(t, type) for t, type in found if scalar(type)]


def assign(scope: Scope) -> str:
    """Return an assignment to a place of any type."""
    draw = scope.world.draw
    place, type = draw.of(_targets(scope))
    value = expressions.expression(scope, type, 2)
    if draw.chance(0.08) and scope.site in (Site.CODE, Site.ATOMIC):
        return draw.one(f"WRITE_ONCE({place}, {value});", f"smp_store_release(&{place}, {value});")
    return f"{place} = {value};"


def _compound_assign(scope: Scope) -> str:
    draw = scope.world.draw
    known = [(p, t) for p, t in _targets(scope) if isinstance(t, Number | Bits | SetOf)]
    if not known:
        return assign(scope)
    place, type = draw.of(known)
    match type:
        case Number(low, high):
            value = expressions.number(scope, INT, 1) if scope.world.careless() else f"({place} - {place})"
            if low is not None and high is not None and low <= 0 and draw.chance(0.3):
                operator, value = draw.one("*", "/", "%"), draw.one("1", "2", "-1" if low < 0 else "1")
                return f"{place} {operator}= {value};"
            return f"{place} {draw.one('+', '-')}= {value};"
        case Bits(width):
            if draw.chance(0.2):
                return f"{place} {draw.one('<<', '>>')}= {draw.below(2)};"
            operator = draw.one("+", "-", "*", "&", "^", "|")
            return f"{place} {operator}= {expressions.bits(scope, Bits(width), 1)};"
        case _:
            assert isinstance(type, SetOf)
            element = expressions.known_to_fit(scope, type.element)
            if draw.chance(0.5):
                return f"{place}.{draw.one('add', 'remove')}({element});"
            return f"{place} {draw.one('|', '-', '&')}= {{{element}}};"


def _step_by_one(scope: Scope) -> str:
    draw = scope.world.draw
    known = [(p, t) for p, t in _targets(scope) if isinstance(t, Number | Bits)]
    if not known:
        return assign(scope)
    place, type = draw.of(known)
    operator = draw.one("++", "--")
    text = draw.one(f"{place}{operator};", f"{operator}{place};")
    if isinstance(type, Number) and type.low is not None and not scope.world.careless():
        bound = f"< {type.high}" if operator == "++" else f"> {type.low}"
        return f"if ({place} {bound}) {{ {text} }}"
    return text


def _assert(scope: Scope) -> str:
    draw = scope.world.draw
    condition = expressions.condition(replace(scope, site=Site.PURE), 2)
    if draw.chance(0.4):
        return f"{draw.one('BUG_ON', 'WARN_ON')}({condition});"
    if draw.chance(0.6):
        name = draw.fresh("check")
        scope.world.asserts.append(name)
        return f"assert {name}: {condition};"
    return f"assert {condition};"


def _local(scope: Scope) -> Written:
    """Return a declaration of a local in the middle of a block."""
    draw = scope.world.draw
    name = draw.fresh("m")
    type = local_type(scope)
    inner = replace(scope, locals=(*scope.locals, Variable(name, type)))
    if isinstance(type, Array | Struct):
        return f"local {name} : {written(type)};", inner
    if draw.chance(0.25):
        return f"local {name} : {written(type)}{draw.one('', ' = uninit')};", inner
    value = expressions.expression(scope, type, 2)
    if draw.chance(0.3) and type == BOOL:
        return f"local {name} = {value};", inner
    return f"local {name} : {written(type)} = {value};", inner


def local_type(scope: Scope) -> Scalar | Array | Struct:
    """Return a type that a local may have."""
    draw, world = scope.world.draw, scope.world
    if world.features.data and draw.chance(0.15):
        index: Scalar = BOOL if draw.chance(0.5) else Number(0, 1)
        element: Scalar = BOOL if draw.chance(0.5) else Number(0, 1)
        whole: list[Array | Struct] = [Array(index, element), *world.structs]
        return draw.of(whole)
    return scalar_type(world)


def _atomic(scope: Scope) -> str:
    draw = scope.world.draw
    if draw.chance(0.1):
        known = operations.atomics(scope)
        if known:
            place, type = draw.of(known)
            bound = Number(type.low, 2 if type.high is None else type.high)
            return f"{place} = {expressions.fitting(scope, bound, 1)};"
    kind = draw.one(operations.NOTHING, operations.NUMBER, operations.NUMBER, operations.TRUTH)
    found = operations.atomic(scope, kind)
    return f"{found};" if found and not found.endswith(".read()") and "_read(" not in found else assign(scope)


def _word(scope: Scope) -> str:
    """Return something done to an atomic word: an operation, or a load and a store."""
    draw = scope.world.draw
    known = operations.words(scope)
    if draw.chance(0.25) and known:
        place, type = draw.of(known)
        value = expressions.bits(scope, Bits(type.width), 1)
        return draw.one(f"{place} = {value};", f"{place} {draw.one('|', '&', '^', '+')}= {value};", f"{place}++;")
    if draw.chance(0.35) and known:
        word = draw.one("set", "clear", "change")
        return f"{draw.one('', '', '__')}{word}_bit({operations.bit(scope, *draw.of(known))});"
    found = operations.word(scope, draw.one(operations.NOTHING, operations.NUMBER, operations.TRUTH))
    return f"{found};" if found and not found.endswith(".read()") and "_read(" not in found else assign(scope)


def _lock(scope: Scope) -> str:
    draw = scope.world.draw
    waits = scope.steps and draw.chance(0.35)
    found = operations.lock(scope, tries=not waits and draw.chance(0.2), waits=waits)
    return f"{found};" if found else assign(scope)


def _emit(scope: Scope) -> str:
    draw = scope.world.draw
    event = draw.of(scope.world.events)
    arguments = [expressions.known_to_fit(scope, p.type) for p in event.parameters if scalar(p.type)]
    return f"emit {event.name}({', '.join(arguments)});"


def _references(scope: Scope, *, assigned: bool = False) -> list[tuple[str, Ref]]:
    return [(text, type) for text, type in places.places(scope, assigned=assigned) if isinstance(type, Ref)]


def _object(scope: Scope) -> str:
    """Return something done to an object as a whole, or to a reference."""
    draw = scope.world.draw
    known = _references(scope)
    solid = [(text, Ref(name)) for text, name in scope.solid]
    place, type = draw.of(solid if solid and not scope.world.careless() else known)
    word = draw.one("free", "kfree", "kfree", "touch", "touch")
    if word in ("free", "touch") and (place, Ref(type.target)) not in solid and not scope.world.careless():
        return f"if ({place} != null) {{ {word}({place}); }}"
    if draw.chance(0.15) and scope.effects:
        return f"{word}({expressions.reference(scope, type, 1)});" if scope.world.careless() else f"kfree({place});"
    return f"{word}({place});"


def _hold(scope: Scope) -> Written:
    """Return a local that refers to an object, taken for not null from here on."""
    draw = scope.world.draw
    locals_ = [v for v in scope.locals if isinstance(v.type, Ref)]
    if not locals_:
        return _object(scope), scope
    variable = draw.of(locals_)
    assert isinstance(variable.type, Ref)
    inner = replace(scope, solid=(*scope.solid, (variable.name, variable.type.target)))
    if draw.chance(0.5):
        return f"{variable.name} = {expressions.allocation(scope, variable.type, 1).replace('try_new', 'new')};", inner
    known = [place for place, type in _references(scope) if type == variable.type and place != variable.name]
    if not known:
        if scope.site is Site.INIT:
            return assign(scope), scope
        return f"pick {variable.name} in {variable.type.target};", inner
    away = jump_text(scope) if scope.site is not Site.INIT else ";"
    return f"{variable.name} = {draw.of(known)}; if ({variable.name} == null) {{ {away} }}", inner


def _jump(scope: Scope) -> str:
    return f"if ({expressions.condition(scope, 1)}) {{ {jump_text(scope)} }}"


def jump_text(scope: Scope) -> str:
    """Return a statement that leaves: ``return``, ``break``, ``continue`` or a ``goto`` whose label
    is chosen at the end of the body.
    """
    draw = scope.world.draw
    options: list[Weighted[str]] = [(1, lambda: _return(scope))]
    if scope.loop:
        options.append((2, lambda: draw.one("break;", "continue;")))
    options.append((2.5, lambda: _goto(scope)))
    return draw.weighted(options)


def _return(scope: Scope) -> str:
    if scope.result is None:
        return "return;"
    return f"return {expressions.expression(scope, scope.result, 1)};"


def _goto(scope: Scope) -> str:
    body = scope.body
    body.jumps.append((scope.inside, body.next()))
    return f"goto @{len(body.jumps) - 1}@;"
