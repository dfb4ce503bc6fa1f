"""Properties of every kind: expressions over states and steps, monitors of events, obligations."""

from __future__ import annotations

from dataclasses import replace

from tests.random import expressions, questions
from tests.random.scope import Body, Scope, Site
from tests.random.types import (
    BOOL,
    Array,
    Atomic,
    Enumeration,
    Lock,
    Number,
    Ref,
    Struct,
    Type,
    Variable,
    Word,
    finite,
    scalar,
)
from tests.random.world import World

#: An event as a pattern names it, and the types of its arguments; ``result``: the last one stands behind ``==``.
Pattern = tuple[str, tuple[Type, ...], bool]


def properties(world: World, processes: list[str]) -> list[str]:
    """Draw some properties."""
    draw = world.draw
    scope = Scope(world, Site.PROPERTY, Body("property", True))
    lines = [
        f"invariant inv0 : {expressions.condition(scope, 2)};",
        f"final fin0 : {expressions.condition(scope, 2)};",
    ]
    if draw.chance(0.6):
        lines.append(f"step step0 : {_step(scope)};")
    if draw.chance(0.6):
        lines.append(f"cover cov0 : {expressions.condition(scope, 2)};")
    if world.labels:
        lines += _labels(scope)
    if draw.chance(0.3):
        lines.append(f"invariant inv2 : {questions.quantifier(scope, 2)};")
    if draw.chance(0.4):
        lines.append(f"may may0 : {_may(scope)};")
    patterns = _patterns(world)
    if patterns:
        lines += [_monitor(scope, patterns) for _ in range(draw.between(1, 3))]
    if draw.chance(0.3):
        lines += obligations(world, processes)
    return lines


def _step(scope: Scope) -> str:
    draw = scope.world.draw
    known = [v for v in scope.world.shared if isinstance(v.type, Number)]
    variable = draw.of(known).name
    if draw.chance(0.4):
        return f"{variable}' {draw.one('>=', '==', '<=', '!=')} {variable}"
    inner = replace(scope, primed=True)
    return f"{expressions.condition(inner, 2)} {draw.one('||', '=>')} {expressions.condition(inner, 1)}"


def _labels(scope: Scope) -> list[str]:
    draw = scope.world.draw
    word = draw.one("at", "after")
    lines = [
        f"{draw.one('invariant', 'cover')} lab0 : {word}({questions.label_path(scope)}) {draw.one('=>', '&&')}"
        f" {expressions.condition(scope, 1)};"
    ]
    if draw.chance(0.4):
        one, two = questions.label_path(scope), questions.label_path(scope)
        both = one if one == two else f"{one}, {two}"
        lines.append(
            f"{draw.one('invariant', 'cover', 'final')} lab1 : nr_at({both}) {draw.one('<=', '==')} {draw.below(3)};"
        )
    return lines


# ------------------------------------------------------------------------------------------ events


def _patterns(world: World) -> list[Pattern]:
    found: list[Pattern] = [(e.name, tuple(p.type for p in e.parameters), False) for e in world.events] * 2
    for o in world.objects:
        found += [("new", (Ref(o.name),), False), ("free", (Ref(o.name),), False)]
    for r in world.routines:
        if r.callback:
            types = tuple(p.type for _, p in r.parameters)
            found.append((r.name, types, False))
            if r.result is not None and not isinstance(r.result, Array | Struct):
                found.append((r.name, (*types, r.result), True))
    return found


def _argument(scope: Scope, type: Type) -> str:
    """Return a constant or ``_``."""
    draw = scope.world.draw
    match type:
        case _ if draw.chance(0.4):
            return "_"
        case Number(low, high):
            return str(draw.between(0 if low is None else low, 2 if high is None else high))
        case Enumeration(_, literals):
            return draw.of(literals)
        case Ref() if draw.chance(0.3):
            return "null"
        case _ if type == BOOL:
            return draw.one("true", "false")
        case _:
            return "_"


def _written(pattern: Pattern, arguments: list[str]) -> str:
    name, _, result = pattern
    if result:
        return f"{name}({', '.join(arguments[:-1])}) == {arguments[-1]}"
    return f"{name}({', '.join(arguments)})"


def _open(scope: Scope, pattern: Pattern) -> str:
    """Return a pattern without keys."""
    name, types, _ = pattern
    if name in ("new", "free"):
        assert isinstance(types[0], Ref)
        return f"{name}({types[0].target})"
    return _written(pattern, [_argument(scope, type) for type in types])


def _pair(scope: Scope, patterns: list[Pattern]) -> tuple[str, str] | None:
    """Return two patterns with a common key; None if there are none."""
    draw = scope.world.draw
    for _ in range(6):
        one, two = draw.of(patterns), draw.of(patterns)
        common = [
            (i, j) for i, a in enumerate(one[1]) for j, b in enumerate(two[1]) if a == b and finite(a) and scalar(a)
        ]
        if not common or (one[0] in ("new", "free") and two[0] in ("new", "free")):
            continue
        i, j = draw.of(common)
        if (two[0] in ("new", "free") and one[2] and i == len(one[1]) - 1) or (
            one[0] in ("new", "free") and two[2] and j == len(two[1]) - 1
        ):
            continue  # the result of a callback does not tell the object
        first = [_argument(scope, type) for type in one[1]]
        second = [_argument(scope, type) for type in two[1]]
        first[i] = second[j] = "key"
        return _written(one, first), _written(two, second)
    return None


def _monitor(scope: Scope, patterns: list[Pattern]) -> str:
    draw = scope.world.draw
    kind = draw.below(5)
    if kind <= 1:
        return _count(scope, patterns)
    if kind == 2:
        pair = _pair(scope, patterns) if draw.chance(0.7) else None
        one, two = pair or (_open(scope, draw.of(patterns)), _open(scope, draw.of(patterns)))
        return f"order {draw.fresh('ord')} : {one} before {two};"
    if kind == 3:
        return _only_if(scope, draw.of(patterns))
    pair = _pair(scope, patterns)
    if pair is None:
        return _count(scope, patterns)
    window = draw.one("", " until next", " within drained", " until next within drained", " within drained")
    quantity = draw.one("exactly once", "exactly once", "at most once", "at most 2", "at least once")
    return f"count {draw.fresh('cnt')} : {quantity} {pair[0]} per {pair[1]}{window};"


def _count(scope: Scope, patterns: list[Pattern]) -> str:
    draw = scope.world.draw
    quantity = draw.one("exactly once", "at most once", "at most 2", "at least once", "never")
    window = "" if quantity == "never" else draw.one("", " within drained", " within drained")
    return f"count {draw.fresh('cnt')} : {quantity} {_open(scope, draw.of(patterns))}{window};"


def _only_if(scope: Scope, pattern: Pattern) -> str:
    name, types, _ = pattern
    draw = scope.world.draw
    if name in ("new", "free"):
        return f"only_if {draw.fresh('only')} : {_open(scope, pattern)} only if {expressions.condition(scope, 2)};"
    arguments, bound = [], []
    for index, type in enumerate(types):
        if draw.chance(0.6) and scalar(type):
            arguments.append(f"key{index}")
            bound.append(Variable(f"key{index}", type))
        else:
            arguments.append(_argument(scope, type))
    inner = replace(scope, fixed=tuple(bound))
    return f"only_if {draw.fresh('only')} : {_written(pattern, arguments)} only if {expressions.condition(inner, 2)};"


def _may(scope: Scope) -> str:
    draw, world = scope.world.draw, scope.world
    key = ""
    if draw.chance(0.4):
        over, type = questions.domain(replace(scope, flat=True), ordered=True)
        if world.objects and draw.chance(0.6):
            over = draw.of(world.objects).name
            type = Ref(over)
        key = f"exists key in {over} : "
        scope = replace(scope, fixed=(Variable("key", type),), solid=(("key", over),) if isinstance(type, Ref) else ())
    condition = expressions.boolean(scope, 1)
    patterns = _patterns(world)
    if not patterns or draw.chance(0.3):
        return f"{key}{condition} may {expressions.boolean(scope, 1)}"
    pattern = draw.of(patterns)
    if pattern[0] in ("new", "free"):
        return f"{key}{condition} may {_open(scope, pattern)}"
    arguments = [_argument(scope, type) for type in pattern[1]]
    for index, type in enumerate(pattern[1]):
        if key and scope.fixed[0].type == type and "SIZE" not in key:
            arguments[index] = "key"
            break
    return f"{key}{condition} may {_written(pattern, arguments)}"


# -------------------------------------------------------------------------------------- obligations

_OBJECT = ("null_deref", "null_access", "use_after_free", "double_free", "leak", "pool_exhausted")
_LOCK = ("double_unlock", "self_deadlock", "lock_held_at_end")
_BARE = ("deadlock", "stuck", "assertion", "requires", "frozen", "refcount", "sleep_in_atomic", "unassigned_read")


def obligations(world: World, processes: list[str]) -> list[str]:
    """Return obligations of several kinds and subjects under names of their own; no kind twice."""
    draw = world.draw
    targets: list[str] = [
        *draw.some(_BARE, 3),
        *draw.some(("division_by_zero", "option_none", "range", "index", "uninit", "free_locked"), 2),
    ]
    if "uninit" in targets and "unassigned_read" in targets:
        targets.remove("uninit")
    names = [o.name for o in world.objects]
    if names:
        kinds = draw.some(_OBJECT, 3)
        if "null_deref" in kinds and "null_access" in kinds:
            kinds.remove("null_access")
        targets += [f"{kind}({', '.join(draw.some(names, 2) or names)})" for kind in kinds]
    subjects = _subjects(world)
    targets += [
        f"{kind}({draw.of(known)})"
        for kind, known in subjects.items()
        if known and kind not in targets and draw.chance(0.3)
    ]
    if "division_by_zero" not in targets and draw.chance(0.2):
        targets.append(f"division_by_zero({draw.of(processes)})")
    targets = list(dict.fromkeys(targets))
    draw.random.shuffle(targets)
    half = len(targets) // 2
    return [
        f"obligation ob{number} : {', '.join(part)};"
        for number, part in enumerate((targets[:half], targets[half:]))
        if part
    ]


def _subjects(world: World) -> dict[str, list[str]]:
    """Return for kinds about variables which names they may be about."""
    leaves: list[tuple[str, Type]] = [(v.name, v.type) for v in world.shared]
    leaves += [(f"{o.name}.{f.name}", f.type) for o in world.objects for f in o.fields]
    inner = [(name, type.element if isinstance(type, Array) else type) for name, type in leaves]
    locks = [(name, type.kind) for name, type in inner if isinstance(type, Lock) and type.kind != "completion"]
    atomics = [(name, type) for name, type in inner if isinstance(type, Atomic)]
    found = {kind: [name for name, _ in locks] for kind in _LOCK}
    found["unlock_not_owner"] = [name for name, kind in locks if kind != "bitlock"]
    found["range"] = [name for name, type in inner if isinstance(type, Number) and type.low is not None]
    found["range"] += [name for name, _ in atomics]
    found["index"] = [name for name, type in leaves if isinstance(type, Array)]
    found["unassigned_read"] = [name for name, type in inner if not isinstance(type, Lock | Atomic | Word | Struct)]
    found["frozen"] = [name for name, _ in atomics] + [name for name, type in inner if isinstance(type, Word)]
    found["refcount"] = [name for name, type in atomics if type.refcount]
    found["assertion"] = list(world.asserts)
    found["requires"] = [r.name for r in world.routines if r.callback]
    return found
