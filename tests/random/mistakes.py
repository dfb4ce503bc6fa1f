"""Mistakes of a few statements that random code seldom makes: each leads straight to an obligation
that would hardly ever be violated else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.random import expressions, operations, places
from tests.random.scope import Scope, Site
from tests.random.types import Atomic, Lock, Number, Optional, Ref, Variable

_SPINNING, _SLEEPING = ("spinlock", "rwlock"), ("mutex", "rwsem")


def mistake(scope: Scope) -> str:
    """Return statements, or nothing if the model has not got what the mistake is about."""
    kinds: tuple[Callable[[Scope], str], ...] = (
        _free_locked,
        _free_locked,
        _sleep,
        _sleep,
        _lose,
        _write_frozen,
        _take_nothing,
        _divide,
        _revive,
        _stale_wait,
        _stale_wait,
    )
    return scope.world.draw.of(kinds)(scope)


def _references(scope: Scope) -> list[Variable]:
    return [v for v in (*scope.locals, *scope.world.shared) if isinstance(v.type, Ref)]


def _free_locked(scope: Scope) -> str:
    """An object is freed while a lock in it is held."""
    draw = scope.world.draw
    known = [
        (v.name, v.type.target, f.name)
        for v in _references(scope)
        if isinstance(v.type, Ref)
        for f in scope.world.object(v.type.target).fields
        if isinstance(f.type, Lock) and f.type.kind != "completion"
    ]
    if not known:
        return ""
    name, target, lock = draw.of(known)
    return f"{name} = new {target}; lock({name}->{lock}); free({name});"


def _stale_wait(scope: Scope) -> str:
    """A guard reads through a reference to an object that was freed, or that somebody else frees meanwhile."""
    draw = scope.world.draw
    kept = [v for v in scope.locals if isinstance(v.type, Ref)]
    if not kept:
        return ""
    variable = draw.of(kept)
    assert isinstance(variable.type, Ref)
    shared = [v.name for v in scope.world.shared if v.type == variable.type] or [variable.name]
    guard = replace(scope, site=Site.GUARD, solid=((variable.name, variable.type.target),) * 4)
    wait = draw.one("when ({});", "atomic when ({}) {{ }}", "loop quiescent {{ when ({}); break; }}")
    where = draw.one(f"{variable.name} = {draw.of(shared)};", f"{variable.name} = new {variable.type.target};")
    free = draw.one(f"free({variable.name});", f"kfree({draw.of(shared)});", "")
    condition = f"{variable.name} != null && {expressions.condition(guard, 1)}"
    return f"{where} {free} {wait.format(condition)}"


def _sleep(scope: Scope) -> str:
    """Code sleeps while it holds a spinning lock."""
    draw = scope.world.draw
    locks = [(v.name, v.type.kind) for v in scope.world.shared if isinstance(v.type, Lock)]
    spinning = [name for name, kind in locks if kind in _SPINNING]
    sleeping = [name for name, kind in locks if kind in _SLEEPING]
    if not spinning:
        return ""
    callbacks = [r for r in expressions.callable_here(scope, None) if r.callback]
    inner = f"lock({draw.of(sleeping)}); unlock({draw.of(sleeping)});" if sleeping else ""
    if callbacks and draw.chance(0.5):
        inner = f"{expressions.call(scope, draw.of(callbacks))};"
    spin = draw.of(spinning)
    return f"lock({spin}); {inner} unlock({spin});"


def _lose(scope: Scope) -> str:
    """The only reference to an object is forgotten."""
    known = _references(scope)
    if not known:
        return ""
    variable = scope.world.draw.of(known)
    assert isinstance(variable.type, Ref)
    return f"{variable.name} = try_new {variable.type.target}; {variable.name} = null;"


def _write_frozen(scope: Scope) -> str:
    """An atomic is written after it was frozen, or unfrozen twice."""
    draw = scope.world.draw
    known = [(v.name, v.type) for v in scope.world.shared if isinstance(v.type, Atomic)]
    if not known:
        return ""
    place, type = draw.of(known)
    if type.low > 0:
        return f"{place}.unfreeze({type.low});"
    after = draw.one(f"{place}.inc();", f"{place}.xchg(1);", f"{place}.unfreeze(1); {place}.unfreeze(0);")
    return f"{place} = 1; if ({place}.freeze(1)) {{ {after} }}"


def _take_nothing(scope: Scope) -> str:
    """A value is taken out of an option that has none."""
    draw = scope.world.draw
    known = [(t, type) for t, type in places.places(scope, assigned=True) if isinstance(type, Optional)]
    known = [(text, type) for text, type in known if isinstance(type.element, Number)]
    if not known:
        return ""
    place, _ = draw.of(known)
    return (
        f"{place} = none; if (the({place}) == 1) {{ {place} = some(1); }}" if draw.chance(0.5) else f"{place} = none;"
    )


def _divide(scope: Scope) -> str:
    """A number is divided by zero in the middle of an expression."""
    draw = scope.world.draw
    zero = draw.one("(x0 - x0)", "(1 - 1)")
    return f"if (x0 {draw.one('/', '%')} {zero} == {expressions.number(scope, Number(0, 2), 0)}) {{ x0 = x0; }}"


def _revive(scope: Scope) -> str:
    """A reference count goes from nothing to something, or below nothing."""
    draw = scope.world.draw
    known = [text for text, type in operations.atomics(scope) if type.refcount]
    if not known:
        return ""
    place = draw.of(known)
    return f"{place} = 0; {place}.{draw.one('inc', 'dec')}();"
