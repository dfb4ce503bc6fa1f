"""Statements with others inside."""

from __future__ import annotations

from dataclasses import replace

from tests.random import expressions, operations, places, questions, statements
from tests.random.draw import Weighted
from tests.random.scope import Scope, Site
from tests.random.types import INT, Lock, Number, Ref, Variable, includes, written
from tests.random.world import Label, scalar_type


def compound(scope: Scope, depth: int) -> statements.Written:
    """Return a statement with others inside."""
    draw = scope.world.draw
    under = depth - 1
    options: list[Weighted[str]] = [
        (3, lambda: _if(scope, under)),
        (1, lambda: _for(scope, under)),
        (1, lambda: _block(scope, under)),
    ]
    if scope.world.objects:
        options.append((2.5, lambda: _guarded(scope, under)))
    if scope.site is not Site.INIT:
        options.append((0.8, lambda: _choose(scope, under)))
    if scope.steps:
        options += [
            (0.8, lambda: _while(scope, under)),
            (0.4, lambda: _do(scope, under)),
            (0.5, lambda: _loop(scope, under)),
            (0.4, lambda: _entered_loop(scope, under)),
            (2.2, lambda: atomic(scope, under)),
            (1, lambda: _when(scope, under)),
        ]
        if scope.world.features.locks:
            options.append((1.5, lambda: _section(scope, under)))
    elif scope.site is Site.ATOMIC:
        options.append((0.3, lambda: f"atomic {{ {_some(scope, under)} }}"))
    return draw.weighted(options), scope


def _some(scope: Scope, depth: int, most: int = 2) -> str:
    return statements.block(scope, scope.world.draw.between(1, most), depth)


def _if(scope: Scope, depth: int) -> str:
    draw = scope.world.draw
    text = f"if ({expressions.condition(scope, 2)}) {{ {_some(scope, depth)} }}"
    if draw.chance(0.4):
        text += f" else {{ {_some(scope, depth, 1)} }}"
    return text


def _guarded(scope: Scope, depth: int) -> str:
    """Return code about an object that is there."""
    draw = scope.world.draw
    known = [(text, type) for text, type in places.places(scope) if isinstance(type, Ref)]
    place, type = draw.of(known)
    inner = replace(scope, solid=(*scope.solid, (place, type.target), (place, type.target)))
    fields = [f for f in scope.world.object(type.target).fields if isinstance(f.type, Lock)]
    if fields and scope.steps and draw.chance(0.5):
        f = draw.of(fields)
        lock = "complete" if f.type == Lock("completion") else "lock"
        end = draw.one(f"kfree({place});", "" if lock == "complete" else f"unlock({place}->{f.name});")
        between = _some(inner, depth) if draw.chance(0.5) else ""
        return f"if ({place} != null) {{ {lock}({place}->{f.name}); {between} {end} }}"
    return f"if ({place} != null) {{ {_some(inner, depth, 3)} }}"


def _while(scope: Scope, depth: int) -> str:
    inner = replace(scope, loop=True)
    condition = expressions.condition(scope, 2)
    return f"while ({condition}) {{ {statements.sure_step(inner)} {_some(inner, depth, 1)} }}"


def _do(scope: Scope, depth: int) -> str:
    inner = replace(scope, loop=True)
    body = f"{statements.sure_step(inner)} {_some(inner, depth, 1)}"
    return f"do {{ {body} }} while ({expressions.condition(scope, 2)});"


def _loop(scope: Scope, depth: int) -> str:
    draw = scope.world.draw
    inner = replace(scope, loop=True)
    word = (
        draw.one("loop quiescent", "loop quiescent", "loop endless") if draw.chance(0.5) and scope.process else "loop"
    )
    body = f"{statements.sure_step(inner)} {_some(inner, depth, 1)}"
    return f"{word} {{ {body} if ({expressions.condition(inner, 1)}) {{ {statements.jump_text(inner)} }} }}"


def _entered_loop(scope: Scope, depth: int) -> str:
    """Return a loop into the middle of which a jump leads, now and then the only way into it."""
    draw = scope.world.draw
    inner = replace(scope, loop=True)
    name = draw.fresh("L")
    jump = f"goto {name};" if draw.chance(0.3) else f"if ({expressions.condition(scope, 1)}) {{ goto {name}; }}"
    before = statements.sure_step(inner) + " " if draw.chance(0.7) else ""
    order = scope.body.next()
    scope.body.labels.append(Label(scope.body.owner, name, scope.inside, order, True, False, True))
    body = f"{before}{name}: {statements.sure_step(inner)} {_some(inner, depth, 1)}"
    if draw.chance(0.5):
        return f"{{ {jump} while ({expressions.condition(scope, 1)}) {{ {body} }} }}"
    return f"{{ {jump} loop {{ {body} if ({expressions.condition(inner, 1)}) {{ {statements.jump_text(inner)} }} }} }}"


def _inside(scope: Scope) -> tuple[tuple[int, ...], int]:
    key = scope.body.next()
    return (*scope.inside, key), key


def _for(scope: Scope, depth: int) -> str:
    draw = scope.world.draw
    over, type = questions.domain(scope, ordered=True)
    name = draw.fresh("i")
    inside, _ = _inside(scope)
    solid = ((name, type.target),) * 2 if isinstance(type, Ref) else ()
    fixed = (*scope.fixed, Variable(name, type))
    inner = replace(scope, loop=True, fixed=fixed, inside=inside, solid=(*scope.solid, *solid))
    return f"for ({name} in {over}) {{ {_some(inner, depth, 1)} }}"


def _block(scope: Scope, depth: int) -> str:
    draw = scope.world.draw
    name = draw.fresh("m")
    type = scalar_type(scope.world)
    start = "" if draw.chance(0.3) else f" = {expressions.expression(scope, type, 1)}"
    inner = replace(scope, locals=(*scope.locals, Variable(name, type)))
    return f"{{ local {name} : {written(type)}{start}; {_some(inner, depth)} }}"


def _choose(scope: Scope, depth: int) -> str:
    branches = [_some(scope, depth, 1) for _ in range(2)]
    if scope.world.draw.chance(0.2):
        branches.append("")
    return " or ".join(f"{'choose ' if not index else ''}{{ {text} }}" for index, text in enumerate(branches))


def atomic(scope: Scope, depth: int) -> str:
    """Return an ``atomic`` block; its guard, or its first statement, may wait."""
    draw = scope.world.draw
    inside, key = _inside(scope)
    scope.body.atomics.add(key)
    inner = replace(scope, site=Site.ATOMIC, loop=scope.loop, inside=inside)
    if draw.chance(0.45):
        guard = expressions.condition(replace(scope, site=Site.GUARD), 2)
        return f"atomic when ({guard}) {{ {_some(inner, depth, 3)} }}"
    first = ""
    if draw.chance(0.3):
        options: list[Weighted[str]] = [
            (1, lambda: f"when ({expressions.condition(replace(scope, site=Site.GUARD), 1)});")
        ]
        if scope.world.features.locks:
            options.append((1, lambda: f"{operations.lock(inner, tries=False, waits=True) or 'when (true)'};"))
        numbers = [v.name for v in (*scope.locals,) if isinstance(v.type, Number)]
        if numbers:
            options.append((0.5, lambda: f"{draw.of(numbers)} = {expressions.cond_load(scope, INT, 'x0')};"))
        first = draw.weighted(options) + " "
    return f"atomic {{ {first}{_some(inner, depth, 3)} }}"


def _when(scope: Scope, depth: int) -> str:
    guard = replace(scope, site=Site.GUARD)
    count = scope.world.draw.between(1, 3)
    branches = []
    for _ in range(count):
        text = f"when ({expressions.condition(guard, 2)})"
        branches.append(text + (";" if scope.world.draw.chance(0.15) else f" {{ {_some(scope, depth, 1)} }}"))
    return " or ".join(branches)


def _section(scope: Scope, depth: int) -> str:
    """Return code between a lock operation and the one that undoes it."""
    draw = scope.world.draw
    known = [(place, kind) for place, kind in operations.locks(scope) if kind != "completion"]
    if not known:
        return _if(scope, depth)
    in_objects = [(place, kind) for place, kind in known if "->" in place]
    place, kind = draw.of(in_objects if in_objects and draw.chance(0.7) else known)
    reading = kind in ("rwlock", "rwsem") and draw.chance(0.5)
    prefix = "read_" if reading else ""
    rows = {row.operator: row for row in operations.LOCK_ROWS}
    unlock = operations.spelled(scope, rows[f"{prefix}unlock"], place, kind)
    body = _some(scope, depth)
    sleeping = [(other, found) for other, found in operations.locks(scope) if found in ("mutex", "rwsem", "completion")]
    if kind in ("spinlock", "rwlock") and sleeping and draw.chance(0.4):
        other, found = draw.of(sleeping)
        body = f"{'wait_for_completion' if found == 'completion' else 'lock'}({other}); {body}"
    if draw.chance(0.3):
        trylock = operations.spelled(scope, rows["read_trylock" if reading else "trylock"], place, kind)
        return f"if ({trylock}) {{ {body} {unlock}; }}"
    lock = operations.spelled(scope, rows[f"{prefix}lock"], place, kind)
    if "->" in place and draw.chance(0.35):
        return f"{{ {lock}; {body} {draw.one('free', 'kfree')}({place.rpartition('->')[0]}); }}"
    return f"{{ {lock}; {body} {unlock}; }}"


def pick(scope: Scope) -> statements.Written:
    """Return a ``pick`` of a local, one that is there or one that it declares."""
    draw = scope.world.draw
    over, type = questions.domain(scope, ordered=False)
    known = [v for v in scope.locals if v.type == type or (isinstance(type, Number) and isinstance(v.type, Number))]
    known = [v for v in known if v.name not in scope.passed]
    known = [v for v in known if not isinstance(type, Number) or _holds(v, type)]
    if known and draw.chance(0.7):
        name, inner = draw.of(known).name, scope
        seen = scope
    else:
        name = draw.fresh("k")
        seen = inner = replace(scope, locals=(*scope.locals, Variable(name, type)))
    if isinstance(type, Ref):
        inner = replace(inner, solid=(*inner.solid, (name, type.target)))
    where = ""
    if draw.chance(0.4):
        solid = ((name, type.target),) if isinstance(type, Ref) else ()
        guard = replace(seen, site=Site.PURE, solid=(*seen.solid, *solid))
        where = f" where {expressions.condition(guard, 1)}"
        if where.count(" may "):
            where = ""
    return f"pick {name} in {over}{where};", inner


def _holds(variable: Variable, type: Number) -> bool:
    return isinstance(variable.type, Number) and includes(variable.type, type)
