"""Expressions of a wanted type."""

from __future__ import annotations

from dataclasses import replace

from tests.random import operations, places, questions
from tests.random.draw import Weighted, always
from tests.random.scope import Scope, Site
from tests.random.types import (
    BOOL,
    INT,
    MARKED,
    Atomic,
    Bits,
    Bool,
    Enumeration,
    Instance,
    Number,
    Optional,
    Ref,
    Scalar,
    SetOf,
    Variable,
    Word,
    includes,
    scalar,
)
from tests.random.world import Routine, literal


def expression(scope: Scope, type: Scalar, depth: int = 2) -> str:
    """Return an expression of a type, at most ``depth`` operators deep."""
    match type:
        case Bool():
            return boolean(scope, depth)
        case Number():
            return fitting(scope, type, depth)
        case Bits():
            return bits(scope, type, depth)
        case Ref():
            return reference(scope, type, depth)
        case Optional():
            return option(scope, type, depth)
        case SetOf():
            return set_of(scope, type, depth)
        case Enumeration() | Instance():
            return _plain(scope, type, depth)


def _places(scope: Scope, type: Scalar) -> list[str]:
    return [text for text, found in places.places(scope) if found == type]


def _conditional(scope: Scope, type: Scalar, depth: int) -> str:
    one, two = expression(scope, type, depth - 1), expression(scope, type, depth - 1)
    return f"({boolean(scope, depth - 1)} ? {one} : {two})"


def _common(scope: Scope, type: Scalar, depth: int) -> list[Weighted[str]]:
    """Return producers that every type has: places, conditionals, calls, exchanges, waiting loads."""
    draw = scope.world.draw
    options: list[Weighted[str]] = []
    known = _places(scope, type)
    if known:
        options.append((4, lambda: _read(scope, draw.of(known))))
    if depth > 0:
        options.append((0.5, lambda: _conditional(scope, type, depth)))
        routines = callable_here(scope, type)
        if routines:
            options.append((1.2, lambda: call(scope, draw.of(routines))))
        if known and scope.effects and not isinstance(type, SetOf | Instance):
            options.append((0.4, lambda: operations.exchange(scope, type) or draw.of(known)))
        if known and scope.steps:
            options.append((0.25, lambda: cond_load(scope, type, draw.of(known))))
    return options


def _read(scope: Scope, place: str) -> str:
    """Return a read of a place, now and then as the kernel writes it."""
    draw = scope.world.draw
    if scope.site in (Site.CODE, Site.ATOMIC) and not place.endswith("'") and draw.chance(0.06):
        word = draw.one("READ_ONCE({})", "smp_load_acquire(&{})")
        return word.format(place)
    return place


def cond_load(scope: Scope, type: Scalar, place: str) -> str:
    """Return a load that waits for a value."""
    seen = replace(scope, site=Site.PURE, fixed=(*scope.fixed, Variable("VAL", type)) if scalar(type) else scope.fixed)
    return f"cond_load({place}, {boolean(seen, 1)})"


# ------------------------------------------------------------------------------------------- calls


def callable_here(scope: Scope, result: Scalar | None) -> list[Routine]:
    """Return the routines with that result that may be called here."""
    found = []
    for routine in scope.world.routines:
        if routine.result != result or (routine.callback and not scope.effects):
            continue
        if scope.site in (Site.PURE, Site.PROPERTY) and (not routine.pure or routine.conditional):
            continue
        if scope.site is Site.GUARD and not routine.pure:
            continue
        if scope.site in (Site.ATOMIC, Site.INIT) and not routine.quick:
            continue
        if scope.site is Site.INIT and routine.chooses:
            continue
        if all(not by_reference or _by_reference(scope, p) for by_reference, p in routine.parameters):
            found.append(routine)
    return found


def _by_reference(scope: Scope, parameter: Variable) -> list[str]:
    known = places.places(scope, assigned=True)
    return [text for text, type in known if type == parameter.type and not text.endswith("'")]


def call(scope: Scope, routine: Routine) -> str:
    """Return a call of a routine that ``callable_here`` gave."""
    draw = scope.world.draw
    arguments = []
    for by_reference, parameter in routine.parameters:
        if by_reference:
            known = _by_reference(scope, parameter)
            # The draws that choose indices may have led to no place: then the parameter's kind has a plain variable.
            if not known:
                known = [v.name for v in (*scope.world.shared, *scope.locals) if v.type == parameter.type]
            arguments.append(draw.one("", "&") + draw.of(known) if known else "&" + scope.world.shared[0].name)
        elif isinstance(parameter.type, Number) and scope.world.careless():
            arguments.append(number(scope, INT, 1))
        else:
            assert scalar(parameter.type)
            arguments.append(expression(scope, parameter.type, 1))
    return f"{routine.name}({', '.join(arguments)})"


# ----------------------------------------------------------------------------------------- numbers


def number(scope: Scope, type: Number, depth: int) -> str:
    """Return a number, which may lie outside the range that is wanted."""
    draw = scope.world.draw
    options: list[Weighted[str]] = [(2, lambda: str(draw.between(0, 2)))]
    known = [text for text, found in places.places(scope) if isinstance(found, Number)]
    if known:
        options.append((5, lambda: _read(scope, draw.of(known))))
    options += [(0.5, always(v.name)) for v in scope.world.params if isinstance(v.type, Number)]
    options += questions.numbers(scope, depth)
    if depth > 0:
        options.append((3, lambda: _arithmetic(scope, depth)))
        options += _common(scope, INT, depth)
        options.append((0.4, lambda: operations.atomic(scope, operations.NUMBER) or str(draw.below(2))))
    return draw.weighted(options)


def _arithmetic(scope: Scope, depth: int) -> str:
    draw = scope.world.draw
    left, right = number(scope, INT, depth - 1), number(scope, INT, depth - 1)
    if draw.chance(0.1):
        return f"(-{left})" if not left.startswith("-") else f"(0 - {left})"
    if draw.chance(0.2):
        if scope.body.owner not in scope.world.dividing:
            scope.world.dividing.append(scope.body.owner)
        return (
            f"({left} {draw.one('/', '%')}"
            f" {draw.one(right, '(1 - 1)', f'({left} - {left})') if scope.world.careless() else draw.one('2', '3', '-2')})"
        )
    return f"({left} {draw.one('+', '+', '-', '*')} {right})"


def fitting(scope: Scope, type: Number, depth: int) -> str:
    """Return a number that (mostly) fits a range."""
    draw = scope.world.draw
    if scope.world.careless() or (type == INT and draw.chance(0.3)):
        text = number(scope, type, depth)
        # A literal outside is refused, so it is computed.
        return f"({text} + 0)" if text.isdigit() else text
    low, high = (0, 2) if type.low is None or type.high is None else (type.low, type.high)
    known = [t for t, found in places.places(scope) if isinstance(found, Number) and includes(type, found)]
    options: list[Weighted[str]] = [(2, lambda: str(draw.between(low, high)))]
    if type == INT:
        known = [text for text in known if not text.endswith("'")]
    if known:
        options.append((4, lambda: _read(scope, draw.of(known))))
        if type.low is not None:
            options.append((1.5, lambda: _stepped(scope, draw.of(known), low, high)))
    if depth > 0:
        options += [o for o in _common(scope, type, depth) if type != INT or o[0] < 4]
        options += [(w, p) for w, p in questions.counted(scope, low, high, depth)]
    return draw.weighted(options)


def _stepped(scope: Scope, place: str, low: int, high: int) -> str:
    """Return the next number, around the range."""
    if scope.world.draw.chance(0.5):
        return f"({place} == {high} ? {low} : {place} + 1)"
    return f"({place} <= {low} ? {high} : {place} - 1)"


# -------------------------------------------------------------------------------------- truth values


def boolean(scope: Scope, depth: int = 2) -> str:
    """Return a condition."""
    draw = scope.world.draw
    options: list[Weighted[str]] = [(0.4, lambda: draw.one("true", "false"))]
    options += [(0.7, always(v.name)) for v in scope.world.params if v.type == BOOL]
    options += _common(scope, BOOL, depth)
    options += questions.truths(scope, depth)
    if depth > 0:
        options.append((4, lambda: questions.comparison(scope, depth)))
        options.append((2, lambda: _logical(scope, depth)))
        options.append((0.7, lambda: f"!({boolean(scope, depth - 1)})"))
        options.append((0.8, lambda: _of_c(scope, depth - 1)))
    else:
        options.append((1.5, lambda: questions.comparison(scope, 0)))
    return draw.weighted(options)


def _logical(scope: Scope, depth: int) -> str:
    operator = scope.world.draw.one("&&", "||", "=>")
    return f"({boolean(scope, depth - 1)} {operator} {boolean(scope, depth - 1)})"


def condition(scope: Scope, depth: int = 2) -> str:
    """Return what may stand where C has a condition: also a number, a reference or an option."""
    return _asked(scope, depth) if scope.world.draw.chance(0.12) else boolean(scope, depth)


def _of_c(scope: Scope, depth: int) -> str:
    """Return an operator of C that takes conditions, one of whose operands is no bool."""
    draw = scope.world.draw
    asked = _asked(scope, depth)
    options: list[Weighted[str]] = [
        (1, lambda: f"!{asked}"),
        (1, lambda: f"!!{asked}"),
        (1, lambda: f"({asked} {draw.one('&&', '||', '=>')} {boolean(scope, depth)})"),
        (1, lambda: f"({boolean(scope, depth)} {draw.one('&&', '||', '=>')} {asked})"),
        (1, lambda: f"({asked} ? {boolean(scope, depth)} : {boolean(scope, depth)})"),
    ]
    return draw.weighted(options)


def _asked(scope: Scope, depth: int) -> str:
    """Return a number, a bit-vector, a reference or an option as a condition."""
    draw = scope.world.draw
    known = [type for _, type in places.places(scope) if isinstance(type, Number | Bits | Ref | Optional)]
    type = draw.of(known) if known else INT
    match type:
        case Bits():
            return f"({bits(scope, type, depth)})"
        case Ref() | Optional():
            return draw.of(_places(scope, type) or ["true"])
        case _:
            return f"({number(scope, INT, depth)})"


# ------------------------------------------------------------------------------------- other types


def bits(scope: Scope, type: Bits, depth: int) -> str:
    """Return a bit-vector."""
    draw = scope.world.draw
    known = _places(scope, type) + [text for text, word in operations.words(scope) if word.width == type.width]
    options: list[Weighted[str]] = []
    # A literal has a type only beside a place of it.
    if not known or depth == 0:
        options.append((1, lambda: f"bv<{type.width}>({draw.below(2 << type.width)})"))
    if known:
        options.append((4, lambda: _read(scope, draw.of(known))))
    if depth > 0:
        options += [
            (1.5, lambda: f"({bits(scope, type, 0)} {draw.one('+', '-', '*', '&', '|', '^')} {bits(scope, type, 0)})"),
            (0.8, lambda: f"({bits(scope, type, 0)} {draw.one('<<', '>>')} {draw.below(2)})"),
            (0.3, lambda: f"({bits(scope, type, 0)} {draw.one('/', '%')} {draw.below((1 << type.width) - 1) + 1})"),
            (1.5, lambda: f"{draw.one('~', '-')}{bits(scope, type, 0)}"),
            (0.6, lambda: f"bv<{type.width}>({number(scope, INT, depth - 1)})"),
        ]
        if type.width == MARKED.width and scope.world.features.atomics:
            options += [
                (
                    0.8,
                    lambda: f"({bits(scope, type, 0)} {draw.one('&', '|', '^')} {draw.one('BUSY', 'SEEN', '~SEEN')})",
                ),
                (0.3, lambda: f"({bits(scope, type, 0)} {draw.one('<<', '>>')} SEEN)"),
            ]
        if scope.world.careless():
            options.append((1, lambda: f"({bits(scope, type, 0)} {draw.one('/', '%')} {bits(scope, type, 0)})"))
        if known and operations.words(scope):
            options.append(
                (1.5, lambda: operations.word(scope, operations.NUMBER, type.width) or draw.of(known)),
            )
        options += _common(scope, type, depth)
    return draw.weighted(options)


def reference(scope: Scope, type: Ref, depth: int) -> str:
    """Return a reference, allocated on the spot now and then."""
    draw = scope.world.draw
    known = _places(scope, type)
    options: list[Weighted[str]] = [(0.7, lambda: draw.one("null", "null", "NULL"))]
    if known:
        options.append((4, lambda: _read(scope, draw.of(known))))
    if depth > 0:
        options += _common(scope, type, depth)
        if scope.effects:
            options.append((0.8, lambda: allocation(scope, type, depth)))
    return draw.weighted(options)


def allocation(scope: Scope, type: Ref, depth: int) -> str:
    """Return ``new`` or ``try_new``, with initialisers that may be anything."""
    draw = scope.world.draw
    inits = []
    for f in draw.some(scope.world.object(type.target).fields, 2):
        if scalar(f.type):
            inits.append(f"{f.name} = {expression(scope, f.type, min(1, depth - 1))};")
        elif isinstance(f.type, Word):
            inits.append(f"{f.name} = {bits(scope, Bits(f.type.width), 0)};")
        elif isinstance(f.type, Atomic):
            bound = Number(f.type.low, 2 if f.type.high is None else f.type.high)
            inits.append(f"{f.name} = {fitting(scope, bound, 0)};")
    word = "new" if scope.world.careless() else draw.one("new", "try_new", "try_new")
    return f"{word} {type.target}" + (" { " + " ".join(inits) + " }" if inits else "")


def option(scope: Scope, type: Optional, depth: int) -> str:
    """Return an option."""
    draw = scope.world.draw
    options: list[Weighted[str]] = [(1, lambda: f"some({known_to_fit(scope, type.element)})")]
    known = _places(scope, type)
    if known:
        options.append((3, lambda: _read(scope, draw.of(known))))
    if depth > 0:
        options += [(1, lambda: "none"), *_common(scope, type, depth)]
    return draw.weighted(options)


def known_to_fit(scope: Scope, type: Scalar) -> str:
    """Return a value where no store checks it: a number must be known to lie in the range."""
    draw = scope.world.draw
    if not isinstance(type, Number):
        return expression(scope, type, 0)
    known = [text for text, found in places.places(scope) if isinstance(found, Number) and includes(type, found)]
    if known and draw.chance(0.6):
        return draw.of(known)
    return str(draw.between(0 if type.low is None else type.low, 2 if type.high is None else type.high))


def set_of(scope: Scope, type: SetOf, depth: int) -> str:
    """Return a set."""
    draw = scope.world.draw
    known = _places(scope, type)
    if not known:
        return "{" + known_to_fit(scope, type.element) + "}"
    place = draw.of(known)
    options: list[Weighted[str]] = [(3, lambda: place)]
    if depth > 0:
        options += [
            (2, lambda: f"({place} {draw.one('|', '&', '-')} {{{known_to_fit(scope, type.element)}}})"),
            (0.5, lambda: f"({place} {draw.one('|', '&', '-')} {draw.of(_places(scope, type) or [place])})"),
            *_common(scope, type, depth),
        ]
    return draw.weighted(options)


def _plain(scope: Scope, type: Enumeration | Instance, depth: int) -> str:
    """Return a literal of an enum, an instance of a class, or a place that holds one."""
    draw = scope.world.draw
    value = literal(draw, type, scope.world)
    options: list[Weighted[str]] = []
    if value is not None:
        options.append((1.5, lambda: value))
    if isinstance(type, Instance):
        if scope.process == type.process:
            options.append((3, lambda: "self"))
        known = _places(scope, Optional(type))
        if known and (scope.world.careless() or scope.site in (Site.PURE, Site.PROPERTY)):
            options.append((1, lambda: f"the({draw.of(known)})"))
    options += _common(scope, type, depth)
    if not options:
        known = _places(scope, Optional(type))
        return f"the({draw.of(known)})" if known else "self"
    return draw.weighted(options)
