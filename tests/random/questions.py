"""Questions about values, locks and sets, whose answers are numbers or truth values; quantifiers and labels."""

from __future__ import annotations

from dataclasses import replace

from tests.random import expressions, operations, places
from tests.random.draw import Weighted, always
from tests.random.scope import Scope, Site
from tests.random.types import (
    BOOL,
    INT,
    Atomic,
    Bits,
    Instance,
    Number,
    Optional,
    Ref,
    Scalar,
    SetOf,
    Type,
    Variable,
    scalar,
)


def comparison(scope: Scope, depth: int) -> str:
    """Return a comparison of two values of some type."""
    draw = scope.world.draw
    known: list[Scalar] = [type for _, type in places.places(scope) if scalar(type) and not isinstance(type, SetOf)]
    type = draw.of(known) if known else INT
    under = max(0, depth - 1)
    match type:
        case Number():
            operator = draw.one("==", "!=", "<", "<=", ">", ">=")
            return f"{expressions.number(scope, INT, under)} {operator} {expressions.number(scope, INT, under)}"
        case Bits():
            operator = draw.one("==", "!=", "<", "<=", ">", ">=")
            return f"{expressions.bits(scope, type, under)} {operator} {expressions.bits(scope, type, under)}"
        case Ref():
            right = "null" if draw.chance(0.6) else expressions.reference(scope, type, 0)
            left = expressions.reference(scope, type, under)
            # Two bare nulls have no type.
            return f"{_typed(scope, type, left)} {draw.one('==', '!=')} {right}"
        case Optional():
            right = "none" if draw.chance(0.5) else expressions.option(scope, type, 0)
            return f"{_typed(scope, type, 'none')} {draw.one('==', '!=')} {right}"
        case _:
            left, right = expressions.expression(scope, type, 0), expressions.expression(scope, type, 0)
            return (
                f"({left}) {draw.one('==', '!=')} ({right})"
                if type == BOOL
                else f"{left} {draw.one('==', '!=')} {right}"
            )


def _typed(scope: Scope, type: Scalar, text: str) -> str:
    """Return ``text``, or a place of the type if the text does not tell it."""
    if text not in ("null", "NULL", "none"):
        return text
    known = [place for place, found in places.places(scope) if found == type]
    if not known:
        return text if not isinstance(type, Optional) else f"some({expressions.known_to_fit(scope, type.element)})"
    return scope.world.draw.of(known)


def numbers(scope: Scope, depth: int) -> list[Weighted[str]]:
    """Return producers of numbers from other types."""
    draw = scope.world.draw
    found = places.places(scope)
    options: list[Weighted[str]] = []
    wide = [text for text, type in found if isinstance(type, Bits)]
    if wide:
        options.append((0.6, lambda: f"int({draw.of(wide)})"))
    atomics = [text for text, type in found if isinstance(type, Atomic)]
    if atomics:
        options.append((1.5, lambda: draw.of(atomics) + draw.one("", "", ".read()" if not scope.primed else "")))
    options += _sizes(scope, [text for text, type in found if isinstance(type, SetOf)])
    maybe = [text for text, type in found if isinstance(type, Optional) and isinstance(type.element, Number)]
    if maybe and (scope.world.careless() or scope.site in (Site.PURE, Site.PROPERTY)):
        options.append((1, lambda: f"the({draw.of(maybe)})"))
    if scope.site is Site.PROPERTY:
        options += [(0.5, always(f"nr_alloc({o.name})")) for o in scope.world.objects]
        if not scope.primed:
            options += _nr_at(scope)
    options += [(0.15, always("nr(p0)"))]
    return options


def _sizes(scope: Scope, sets: list[str]) -> list[Weighted[str]]:
    draw = scope.world.draw
    return [(0.6, lambda: draw.one("size({})", "{}.size()").format(draw.of(sets)))] if sets else []


def counted(scope: Scope, low: int, high: int, depth: int) -> list[Weighted[str]]:
    """Return producers of numbers between two bounds from operations whose results fit."""
    draw = scope.world.draw
    found = [(t, a) for t, a in operations.atomics(scope) if a.high is not None and low <= a.low and a.high <= high]
    if not found:
        return []
    return [(1.2, lambda: operations.atomic(scope, operations.NUMBER) or draw.of(found)[0])]


def truths(scope: Scope, depth: int) -> list[Weighted[str]]:
    """Return producers of truth values from locks, atomics, sets, options; quantifiers where they may stand."""
    draw, site = scope.world.draw, scope.site
    options: list[Weighted[str]] = []
    known = operations.locks(scope)
    if known:
        options.append((1, lambda: _ask(scope)))
        if depth > 0:
            options.append((1.2, lambda: operations.lock(scope, tries=True) or _ask(scope)))
    if operations.atomics(scope):
        options.append((0.2, lambda: _frozen(scope)))
        if depth > 0:
            options.append((1.5, lambda: operations.atomic(scope, operations.TRUTH) or boolean_of_atomic(scope)))
    if operations.words(scope) and depth > 0:
        options.append((0.8, lambda: operations.word(scope, operations.TRUTH) or "true"))
        options.append((0.8, lambda: _bit(scope)))
    found = places.places(scope)
    sets = [(text, type) for text, type in found if isinstance(type, SetOf)]
    if sets:
        options.append((1, lambda: _about_set(scope, *draw.of(sets))))
    if depth > 0 and (scope.effects or site is Site.GUARD):
        plain = [t for _, t in found if scalar(t) and not isinstance(t, SetOf)]
        if plain:
            options.append((0.3, lambda: operations.exchange(scope, draw.of(plain), tests=True) or "true"))
    if depth > 0 and scope.quantified and site is not Site.CODE:
        options.append((0.5, lambda: quantifier(scope, depth)))
    if site is Site.PROPERTY:
        options.append((0.6, lambda: f"done({_instances(scope)}){_prime(scope)}"))
    if site is Site.PROPERTY and not scope.primed and scope.world.labels:
        options.append((1.5, lambda: f"at({label_path(scope)})"))
    return options


def boolean_of_atomic(scope: Scope) -> str:
    """Return a comparison of an atomic's number."""
    known = operations.atomics(scope)
    place = scope.world.draw.of(known)[0] if known else "0"
    return f"{place} {scope.world.draw.one('==', '>', '!=')} {scope.world.draw.below(2)}"


def _bit(scope: Scope) -> str:
    """Return a question about a bit of a word, now and then one that changes it."""
    draw = scope.world.draw
    known = operations.words(scope)
    if not known:
        return "true"
    word = "test_bit"
    if scope.effects and draw.chance(0.6):
        word = draw.one("test_and_set_bit", "test_and_clear_bit", "test_and_change_bit", "test_and_set_bit_lock")
    return f"{word}({operations.bit(scope, *draw.of(known))})"


def _frozen(scope: Scope) -> str:
    draw = scope.world.draw
    known = operations.atomics(scope)
    return f"frozen({draw.of(known)[0]}){_prime(scope)}" if known else "false"


def _prime(scope: Scope) -> str:
    """Return the mark of the state after the step, where it may stand."""
    return "'" if scope.primed and scope.world.draw.chance(0.5) else ""


def _ask(scope: Scope) -> str:
    draw = scope.world.draw
    known = operations.locks(scope)
    if not known:
        return "true"
    place, kind = draw.of(known)
    if kind == "completion":
        return f"{draw.one('completed', 'completion_done')}({place}){_prime(scope)}"
    return f"{draw.one('held', 'locked')}({place}){_prime(scope)}"


def _about_set(scope: Scope, text: str, type: SetOf) -> str:
    draw = scope.world.draw
    element = type.element
    wide = isinstance(element, Number) and draw.chance(0.3)
    one = expressions.number(scope, INT, 0) if wide else expressions.known_to_fit(scope, element)
    if one in ("null", "NULL"):
        one = _typed(scope, element, one)
    if one in ("null", "NULL"):
        return f"empty({text})"
    return draw.one(
        f"{one} in {text}",
        f"{text}.has({one})",
        f"empty({text})",
        f"{text}.empty()",
        f"{text} <= {expressions.set_of(scope, type, 1)}",
        f"{text} == {expressions.set_of(scope, type, 1)}",
    )


def domain(scope: Scope, *, ordered: bool) -> tuple[str, Type]:
    """Return a domain and the type of its values; ``ordered``: one that ``for`` may run over."""
    draw, world = scope.world.draw, scope.world
    low = draw.between(-1, 1)
    high = low + draw.between(0, 1)
    options: list[tuple[str, Type]] = [(f"{low}..{high}", Number(low, high)), ("bool", BOOL)]
    if world.params:
        options.append(("1..SIZE", INT if ordered else Number(1, 2)))
    options += [(e.name, e) for e in world.enums]
    options += [(name, Instance(name)) for name in world.classes]
    if ordered and scope.site in (Site.ATOMIC, Site.INIT):
        options += [(o.name, Ref(o.name)) for o in world.objects for _ in range(2)]
    if not ordered:
        options += [(o.name, Ref(o.name)) for o in world.objects for _ in range(2)]
        options += [(text, type.element) for text, type in places.places(scope) if isinstance(type, SetOf)]
    return draw.of(options)


def quantifier(scope: Scope, depth: int) -> str:
    """Return ``forall`` or ``exists``."""
    draw = scope.world.draw
    over, type = domain(scope, ordered=False)
    name = draw.fresh("q")
    word = draw.one("forall", "exists")
    solid = ((name, type.target),) if isinstance(type, Ref) else ()
    site = Site.PURE if scope.site in (Site.GUARD, Site.ATOMIC, Site.INIT) else scope.site
    inner = replace(scope, site=site, fixed=(*scope.fixed, Variable(name, type)), solid=(*scope.solid, *solid, *solid))
    return f"({word} {name} in {over} : {expressions.condition(inner, depth - 1)})"


# ----------------------------------------------------------------------------------------- labels


def label_path(scope: Scope) -> str:
    """Return a label as properties name it: of all instances, of one, or through a call."""
    draw, world = scope.world.draw, scope.world
    outside = [label for label in world.labels if not label.atomic] or world.labels
    label = draw.of(outside if draw.chance(0.95) else world.labels)
    instance = ""
    if label.owner == "p0" and draw.chance(0.4):
        instance = "[0]" if not world.enums or "p0" not in world.classes else ""
    return f"{label.owner}{instance}::{label.name}"


def _instances(scope: Scope) -> str:
    """Return a process class, or one instance of one."""
    draw, world = scope.world.draw, scope.world
    known = [v.name for v in scope.fixed if v.type == Instance("p0")] if not scope.primed else []
    if known and draw.chance(0.6):
        return f"p0[{draw.of(known)}]"
    # With an enum for its index the class is named by its literals.
    if draw.chance(0.4) and not (world.enums and "p0" in world.classes):
        return "p0[0]"
    return draw.of(world.processes)


def _nr_at(scope: Scope) -> list[Weighted[str]]:
    if not scope.world.labels:
        return []

    def some() -> str:
        paths = dict.fromkeys(label_path(scope) for _ in range(scope.world.draw.between(1, 2)))
        return f"nr_at({', '.join(paths)})"

    return [(1, some)]
