"""Further things that random specs may use: callbacks, servers, enum-indexed processes, structs, local
arrays, lists, integers without bounds.

Each function returns the texts from which ``tests.random_models`` may choose.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass
class Extras:
    """Drawn once for each model. ``objects``, ``locks``, ``monitors``: what the rest of the model has."""

    random: random.Random
    objects: bool
    locks: bool
    monitors: bool
    callbacks: bool
    server: bool
    sides: bool
    structs: bool
    lists: bool
    start: int | None  # initial value of an integer without bounds

    def one(self, *choices: str) -> str:
        return self.random.choice(choices)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability


#: Values at the edges of fields, and beyond what compiled code holds.
_STARTS = (0, 0, -1, 127, -128, 128, -129, 200, 40_000, -(1 << 31), (1 << 31) - 1, 1 << 40, 5 * 10**28)


def draw(r: random.Random, seed: int, *, objects: bool, locks: bool, monitors: bool) -> Extras:
    """Decide what a model uses."""
    own = random.Random(f"start {seed}")
    return Extras(
        r,
        objects,
        locks,
        monitors,
        callbacks=r.random() < 0.4,
        server=r.random() < 0.25,
        sides=r.random() < 0.25,
        structs=r.random() < 0.3,
        lists=objects and r.random() < 0.6,
        start=own.choice(_STARTS) if own.random() < 0.3 else None,
    )


def declarations(e: Extras) -> list[str]:
    """Items of the spec."""
    lines: list[str] = []
    if e.start is not None:
        lines.append(f"shared big : int = {e.start};")
    if e.callbacks:
        clauses = e.one("", " requires q > 0", " requires q != x", " requires b") + e.one("", "", " sleeps")
        body = e.one(
            "return q > 1;", "x = q; return b;", "if (b) { return true; } y = q; return y == 1;", "return x == q;"
        )
        lines.append(f"callback may_go(q: int) -> bool{clauses} {{ {body} }}")
        if e.objects:
            clauses = e.one("", " requires o != null", " requires held(o->l)" if e.locks else "")
            body = e.one("touch(o);", "o->f = 1;", "if (o->f == 1) { return; } o->f = 0;", "")
            lines.append(f"callback release(o: ref T){clauses} {{ {body} }}")
    if e.server:
        work = e.one("x = 0;", "y = y - 1;", "b = !b;", "if (b) { x = 1; } else { y = 0; }")
        body = e.one(
            f"loop {{ when (y > 0); {work} y--; }}",
            f"loop {{ atomic when (y > 0) {{ y = y - 1; {work} }} }}",
            "loop quiescent { when (b) { b = false; } or when (x == 2) { x = 0; } }",
            "loop { when (x == 1); lock(m); x = 0; unlock(m); }" if e.locks else "loop { when (x == 1); x = 0; }",
        )
        lines.append(f"server drain {{ {body} }}")
    if e.sides:
        lines += ["enum Side { left, right }", "shared flag[Side] : bool = false;", "shared turn : Side = left;"]
        body = e.one(
            "flag[self] = true; turn = self == left ? right : left; cs: x = 1; flag[self] = false;",
            "loop quiescent { when (turn == self); cs: b = !b; turn = self == left ? right : left; }",
            "for (z in Side) { if (z != self) { flag[z] = true; } } cs: y = 1;",
            "local t : Side = turn; if (t != self) { cs: turn = self; } flag[t] = b;",
        )
        lines.append(f"process side[Side] {{ {body} }}")
    if e.structs:
        lines += ["struct Pair { v : 0..2 = 1; w : bool; }", "shared pair : Pair;", "shared row[2] : 0..2 = 0;"]
        lines.append("inline swap(&one: 0..2, &two: 0..2) { local t : 0..2; t = one; one = two; two = t; }")
    if e.lists:
        lines.append("inline push(o: ref T) { ps: o->next = head; pt: head = o; }")
        lines.append(
            "inline pop() -> ref T { local o : ref T = head; if (o == null) { return null; } head = o->next; return"
            " o; }"
        )
        lines.append(
            "inline length() -> 0..3 { local n : 0..3 = 0; local o : ref T = head; "
            "while (o != null) { if (n == 3) { break; } n = n + 1; o = o->next; } return n; }"
        )
    return lines


def simple(e: Extras, ints: Sequence[str], bools: Sequence[str], refs: Sequence[str], in_atomic: bool) -> list[str]:
    """Simple statements."""
    lines: list[str] = []
    if e.start is not None:
        lines += [f"big = {e.start};", f"big = big + {e.one('x', '1', '100', str(e.start or 3))};", "big = big * y;"]
        lines += ["big = 0 - big;", f"b = big == {e.start};", f"if (big > {e.start}) {{ y = 1; }}", "big--;"]
    if e.callbacks and not in_atomic:
        lines += ["may_go(x);", "may_go(1);", *(f"{b} = may_go(y);" for b in bools)]
        if e.objects:
            lines += [f"release({r});" for r in refs]
    if e.callbacks and in_atomic:
        lines.append("may_go(x);")
    if e.structs:
        lines += ["pair.v = x;", "pair.w = b;", "x = pair.v;", "b = pair.w;", "row[1] = x;"]
        lines += [f"row[{i}] = 1;" for i in ints] + [f"x = row[{i}];" for i in ints]
        if not in_atomic:
            lines += ["swap(x, pair.v);", "swap(row[0], row[x]);"] + [f"swap(row[{i}], x);" for i in ints]
    if e.objects:
        for r in refs:
            lines += [
                f"pick {r} in T;",
                f"pick {r} in T where ({r}->f == 0);",
                f"x = {r}->next->f;",
                f"{r}->next->f = x;",
            ]
            lines += [f"{r}->next = {r};", f"kfree({r});"]
            if not in_atomic:
                lines += [f"{r} = xchg(&head, null);", f"{r} = xchg(&head, {r});", f"{r} = cmpxchg(&head, {r}, null);"]
                lines += [f"when ({r}->f == 0);", f"atomic when ({r} != head) {{ head = {r}; }}"]
    if e.lists and not in_atomic:
        for r in refs:
            lines += [f"if ({r} != null) {{ push({r}); }}", f"{r} = pop();", f"{r} = pop();"]
        lines += [f"{i} = length();" for i in ints]
    if e.sides:
        lines += ["turn = right;", f"flag[{e.one('left', 'right', 'turn')}] = true;", "b = flag[turn];"]
    return lines


def odd(
    e: Extras, ints: Sequence[str], refs: Sequence[str], in_atomic: bool, *, atomics: bool, data: bool
) -> list[str]:
    """Statements in odd places: guards with effects, ways out of an atomic block, references into objects."""
    lines = ["x = xchg(&y, x);", "x = cmpxchg(&y, 0, 1);", "b = try_cmpxchg(&x, 0, 1);"]
    if data:
        lines += ["w = w + bv<2>(x);", "x = size(picked);", "b = picked <= {0, 1};", "x = int(w);"]
        lines += [f"pick {i} in picked;" for i in ints] + ["picked = picked | {x};"]
    if atomics and in_atomic:
        lines += [
            "x = a.fetch_add(1) + a;",
            "y = k.xchg(1) - k;",
            "if (a.dec_and_test() || k.inc_not_zero()) { x = 2; }",
        ]
    if in_atomic:
        lines += ["choose { x = 1; } or { y = 1; }", "choose { } or { b = true; }"]
        lines += [f"pick {i} in 0..1 where ({i} != x || b);" for i in ints]
        lines += [f"{r} = new T; head = {r};" for r in refs]
        return lines
    lines += [
        "do { x++; } while (b && x < 2);",
        "atomic { if (b) { return; } x = 1; b = true; }",
        "atomic { choose { return; } or { y = 1; } }",
        "loop { atomic { if (x == 1) { break; } x = 1; } y = 0; }",
        "assert odd1: forall q9 in 0..2 : q9 <= x || b;",
    ]
    if atomics:
        lines += [
            "when (a.inc_not_zero() && x != 2);",
            "when (k.try_cmpxchg(1, 0)) { x = 2; } or when (k.freeze(2)) { }",
        ]
        lines += [
            "atomic when (k.freeze(1) || b) { x = 1; }",
            "when (a.add_unless(1, 2) || k.dec_not_one()) { y = 1; }",
        ]
    if e.locks:
        lines += ["when (trylock(m)) { unlock(m); }", "when (x == 1 && trylock(s)) { x = 0; unlock(s); }"]
        lines += ["when (try_wait_for_completion(&done) || b);", "atomic { lock(m); x = 2; }"]
    for r in refs:
        lines += [
            f"while ({r} != null && {r}->f == 1) {{ {r} = {r}->next; }}",
        ]
        lines += [f"assert odd2_{r}: {r} == null || {r}->f < 2;", f"x = cond_load({r}->f, VAL != 1);"]
        lines += [f"assert odd3_{r}: forall o in T : o->f < 2 || o == {r};"]
        if e.structs:
            lines += [f"swap({r}->f, x);", f"swap({r}->f, {r}->next->f);", f"swap(row[x], {r}->f);"]
    return lines


def guarded(e: Extras, reference: str) -> list[str]:
    """Statements on an object that is there."""
    options = [f"{reference}->f = x;", f"free({reference});", f"x = {reference}->f;", f"{reference}->next = null;"]
    options += [f"{reference}->u = true;", f"head = {reference};", f"{reference}->count.inc();", f"touch({reference});"]
    options += [f"if ({reference}->count.dec_and_test()) {{ free({reference}); }}"] * 2
    if e.locks:
        options += [
            f"lock({reference}->l);",
            f"unlock({reference}->l);",
            f"if (trylock({reference}->l)) {{ unlock({reference}->l); }}",
        ]
    if e.monitors:
        options += [f"emit born({reference});", f"emit gone({reference});"]
    if e.callbacks:
        options.append(f"release({reference});")
    return [e.random.choice(options) for _ in range(e.random.randrange(1, 4))]


def properties(e: Extras, processes: Sequence[str]) -> list[str]:
    """Properties."""
    lines: list[str] = []
    if e.start is not None:
        lines.append(f"invariant xinv5 : big <= {e.start} {e.one('|| x == 0', '+ 1', '+ x * y')};")
        lines.append(f"cover xcov2 : big {e.one('< 0', f'== {e.start} + 2', '> 1000')};")
    if e.callbacks and e.monitors:
        quantity = e.one("at most 1", "exactly once", "never", "at most 2")
        lines.append(f"count xcnt1 : {quantity} may_go({e.one('1', '_')}) == {e.one('true', 'false')};")
        lines.append(f"only_if xoif1 : may_go(q) only if {e.one('q > x', 'b', 'q == y')};")
        lines.append(f"may xmay1 : {e.one('b', 'x == 1')} may may_go(_) == true;")
        if e.objects:
            lines.append(
                f"count xcnt2 : {e.one('exactly once', 'at most 1')} release(o) per"
                f" born(o){e.one('', ' until next', ' within drained')};"
            )
            lines.append(f"may xmay2 : exists o in T : o->f == {e.one('0', '1')} may release(o);")
    if e.objects:
        if e.monitors:
            window = e.one("", " within drained", " until next")
            lines.append(f"count xcnt3 : {e.one('exactly once', 'at most 1')} free(o) per born(o){window};")
            lines.append(f"count xcnt4 : {e.one('exactly once', 'at least once')} gone(o) per new(o){window};")
            lines.append("order xord1 : gone(o) before free(o);")
        lines.append(
            "invariant xinv1 : forall o in T : forall q in T : o->next == q =>"
            f" {e.one('o != q', 'q->f != 1', 'q->next != o')};"
        )
        if e.locks:
            lines.append(
                f"invariant xinv2 : exists o in T : {e.one('locked(o->l)', '!held(o->l)', 'o->f == 2 || held(o->l)')};"
            )
        lines.append("may xmay3 : exists o in T : o->f == 1 may o->f == 0;")
    if e.locks:
        lines.append(f"invariant xinv3 : {e.one('held(m) => locked(m)', 'held(m) => x != 1', '!held(s) || !held(m)')};")
    if e.sides:
        lines.append("invariant xinv4 : nr_at(side::cs) <= 1;")
        lines.append(
            f"cover xcov1 : {e.one('at(side[left]::cs)', 'at(side::cs) && x == 1', 'after(side::cs) && flag[left]')};"
        )
    lines += [f"final xfin_{name} : {e.one('x', 'y')} < nr({name});" for name in processes if e.chance(0.3)]
    return lines
