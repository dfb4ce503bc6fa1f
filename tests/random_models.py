"""Random small specs: ``random_model(seed)`` is the text of a spec with one scenario, ``all``.

They are not meant to make sense, only to be legal and to reach every corner of the semantics:
splitting of plain statements, atomics, locks misused, objects freed under everybody's feet, inlines
with references, choices, monitors. A few are refused by the front end (an index that can never fit,
a local cycle); the caller skips these.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from tests import random_extras

INDENT = "    "


@dataclass
class Features:
    """What a model may use; drawn once for each model so that every combination turns up on its own."""

    objects: bool
    typestable: bool
    pool: int
    locks: bool
    monitors: bool
    atomics: bool
    data: bool  # arrays, enums, bit-vectors, sets, options
    quiescent: bool
    calls: bool


@dataclass
class Scope:
    """Names a statement can use: locals by type."""

    ints: list[str] = field(default_factory=list)
    bools: list[str] = field(default_factory=list)
    refs: list[str] = field(default_factory=list)
    in_atomic: bool = False
    in_loop: bool = False
    in_process: bool = False


class Generator:
    """Draws the text of one model."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = r = random.Random(seed)
        self.features = Features(
            objects=r.random() < 0.6,
            typestable=r.random() < 0.25,
            pool=r.randrange(1, 3),
            locks=r.random() < 0.5,
            monitors=r.random() < 0.6,
            atomics=r.random() < 0.6,
            data=r.random() < 0.4,
            quiescent=r.random() < 0.4,
            calls=r.random() < 0.5,
        )
        self.extras = random_extras.draw(
            random.Random(f"extras {seed}"),
            seed,
            objects=self.features.objects,
            locks=self.features.locks,
            monitors=self.features.monitors,
        )
        self.rw = self.pick("rwlock", "rwsem")
        self.labels: dict[str, list[str]] = {}
        self.owner = ""
        self.counter = 0

    # small helpers

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def pick(self, *choices: str) -> str:
        return self.random.choice(choices)

    def fresh(self, prefix: str) -> str:
        self.counter += 1
        return f"{prefix}{self.counter}"

    # expressions

    def integer(self, scope: Scope, depth: int = 1, pure: bool = False) -> str:
        options = [str(self.random.randrange(3)), "x", "x", "y"]
        options += scope.ints * 2
        if self.features.atomics:
            options += ["a", "k"]
        if self.features.objects and scope.refs:
            options += [f"{r}->f" for r in scope.refs] + [f"{r}->count" for r in scope.refs]
        if self.features.data:
            options += ["arr[b]", f"arr[{self.boolean(scope, 0, pure)}]"]
        if depth > 0:
            left, right = self.integer(scope, depth - 1, pure), self.integer(scope, depth - 1, pure)
            options += [f"({left} {self.pick('+', '-', '*', '+')} {right})"] * 2
            if self.chance(0.1):
                options.append(f"({left} {self.pick('/', '%')} {right})")
            if self.chance(0.3):
                options.append(f"({self.boolean(scope, 0, pure)} ? {left} : {right})")
            if self.features.calls and not scope.in_atomic and not pure and self.chance(0.3):
                options.append(f"bump({left})")
        return self.random.choice(options)

    def boolean(self, scope: Scope, depth: int = 1, pure: bool = False) -> str:
        """An expression of type bool. ``pure``: no operation with an effect, no call."""
        options = ["b", "b", self.pick("true", "false")]
        options += scope.bools * 2
        if self.features.objects:
            options += [f"{r} == null" for r in ["head", *scope.refs]]
            if scope.refs:
                options.append(f"{self.random.choice(scope.refs)} == head")
        if self.features.locks and self.chance(0.3):
            options += ["locked(m)", "held(m)", "locked(s)"]
        if self.features.data:
            options += ["e == red", "w == 3", "w < 2", "1 in picked"]
        if depth > 0:
            left, right = self.integer(scope, depth - 1, pure), self.integer(scope, depth - 1, pure)
            options += [f"{left} {self.pick('==', '!=', '<', '<=')} {right}"] * 3
            one, two = self.boolean(scope, depth - 1, pure), self.boolean(scope, depth - 1, pure)
            options += [f"({one} {self.pick('&&', '||', '=>')} {two})", f"!({one})"]
        if not pure and self.features.atomics and self.chance(0.4):
            options += [
                "a.dec_and_test()",
                "a.inc_not_zero()",
                "k.try_cmpxchg(1, 2)",
                "a.add_unless(1, 2)",
                "k.freeze(1)",
            ]
            options += [f"{r}->count.dec_and_test()" for r in scope.refs] + [
                f"{r}->count.inc_not_zero()" for r in scope.refs
            ]
        if not pure and not scope.in_atomic and self.features.locks and self.chance(0.3):
            options += ["trylock(m)", "trylock(s)"]
        return self.random.choice(options)

    def reference(self, scope: Scope) -> str:
        options = ["head", "head", "null", *scope.refs * 2]
        options += [f"{r}->next" for r in scope.refs]
        if not scope.in_atomic and self.features.calls:
            options.append("grab()")
        if not scope.in_atomic or self.chance(0.2):
            options += [self.pick("new T", "new T { f = 1; }", "try_new T { next = head; }")]
        return self.random.choice(options)

    # statements

    def statements(self, scope: Scope, budget: int, depth: int) -> list[str]:
        lines: list[str] = []
        for _ in range(budget):
            lines += self.statement(scope, depth)
        return lines

    def block(self, scope: Scope, budget: int, depth: int) -> list[str]:
        return ["{", *(INDENT + line for line in self.statements(scope, budget, depth)), "}"]

    def statement(self, scope: Scope, depth: int) -> list[str]:
        lines = self.compound(scope, depth) if depth > 0 and self.chance(0.35) else [self.simple(scope)]
        if scope.in_process and not scope.in_atomic and self.chance(0.3):
            label = self.fresh("L")
            self.labels.setdefault(self.owner, []).append(label)
            lines = [f"{label}: {lines[0]}", *lines[1:]]
        return lines

    def simple(self, scope: Scope) -> str:
        options = [
            f"x = {self.integer(scope)};",
            f"y = {self.integer(scope)};",
            f"b = {self.boolean(scope)};",
            "x++;",
            "y--;",
            f"x += {self.integer(scope, 0)};",
        ]
        options += [f"{v} = {self.integer(scope)};" for v in scope.ints]
        options += [f"{v} = {self.boolean(scope)};" for v in scope.bools]
        if self.chance(0.3):
            options += [f"assert {self.fresh('check')}: {self.boolean(scope, 1, pure=True)};"]
        if not scope.in_atomic and self.chance(0.4):
            options += [f"when ({self.boolean(scope, 1, pure=True)});"]
            if scope.ints:
                options.append(
                    f"{scope.ints[0]} = cond_load({self.pick('x', 'y')}, VAL {self.pick('>', '==', '!=')} 1);"
                )
        if self.chance(0.3) and scope.ints:
            options.append(f"pick {scope.ints[0]} in {self.pick('0..1', '0..2 where x != ' + scope.ints[0], '1..2')};")
        if self.chance(0.05):
            options += ["return;"] if scope.in_process else []
        if self.chance(0.15) and scope.in_loop:
            options += ["break;", "continue;"]
        if self.features.atomics:
            options += ["a.inc();", "a.dec();", "k.xchg(2);", f"k.set({self.integer(scope, 0)});", "k.unfreeze(1);"]
            options += [
                f"{v} = {self.pick('a.inc_return()', 'k.fetch_add(1)', 'k.cmpxchg(1, 0)', 'a.dec_if_positive()')};"
                for v in scope.ints
            ]
        if self.features.locks and not scope.in_atomic:
            options += [f"{self.pick('lock', 'lock', 'unlock', 'unlock')}({self.pick('m', 's')});" for _ in range(3)]
            operations = ["read_lock", "read_unlock", "write_lock", "write_unlock"]
            if self.rw == "rwsem":
                operations = ["down_read", "up_read", "down_write", "up_write"]
            options += [f"{self.pick(*operations)}(rw);"]
            options += [
                self.pick(
                    "complete(done);", "wait_for_completion(&done);", "complete_all(done);", "reinit_completion(&done);"
                )
            ]
        if self.features.monitors:
            options += ["emit tick(x);" if scope.in_atomic else f"emit tick({self.integer(scope, 0)});"] * 2
            if self.features.objects and scope.refs:
                options += [f"emit {self.pick('born', 'gone')}({self.random.choice(scope.refs)});"] * 3
        if self.features.objects:
            options += [f"{r} = {self.reference(scope)};" for r in scope.refs] * 2
            options += [f"head = {self.reference(scope)};"]
            for r in scope.refs:
                options += [
                    f"free({r});",
                    f"touch({r});",
                    f"{r}->f = {self.integer(scope, 0)};",
                    f"{r}->next = head;",
                    f"{r}->count.inc();",
                ]
                options += [f"{r}->f++;", f"if ({r} != null) {{ {r}->u = {self.boolean(scope, 0)}; }}", f"b = {r}->u;"]
                if self.features.locks and not scope.in_atomic:
                    options += [f"{self.pick('lock', 'unlock')}({r}->l);"]
                if self.features.calls and not scope.in_atomic:
                    options += [f"drop({r});"]
        if self.features.data:
            options += [
                f"arr[{self.boolean(scope, 0)}] = {self.integer(scope, 0)};",
                f"e = {self.pick('red', 'green')};",
                "w += 1;",
            ]
            options += [
                "picked = picked | {1};",
                "picked = picked - {1, 2};",
                f"maybe = {self.pick('none', 'some(x)')};",
                "w = ~w & 2;",
            ]
            options += [f"{v} = the(maybe);" for v in scope.ints if self.chance(0.3)]
        if self.features.calls and not scope.in_atomic:
            options += [f"adjust(x, {self.integer(scope, 0)});"]
            options += [f"nudge({v});" for v in scope.ints]
        if self.chance(0.2):
            options = random_extras.odd(
                self.extras,
                scope.ints,
                scope.refs,
                scope.in_atomic,
                atomics=self.features.atomics,
                data=self.features.data,
            )
            return self.random.choice(options)
        options += random_extras.simple(self.extras, scope.ints, scope.bools, scope.refs, scope.in_atomic)
        return self.random.choice(options)

    def compound(self, scope: Scope, depth: int) -> list[str]:
        kind = self.random.randrange(11)
        if kind >= 9 and scope.refs and not scope.in_atomic:
            reference = self.random.choice(scope.refs)
            first = (
                [f"{reference} = {self.pick('head', 'new T', reference + '->next', 'try_new T')};"]
                if self.chance(0.5)
                else []
            )
            lines = random_extras.guarded(self.extras, reference)
            return [
                "{",
                *(INDENT + line for line in first),
                f"if ({reference} != null) {{",
                *(INDENT + line for line in lines),
                "} }",
            ]
        kind %= 9
        inner = Scope(scope.ints, scope.bools, scope.refs, scope.in_atomic, scope.in_loop, scope.in_process)
        if kind <= 1 or scope.in_atomic:
            lines = [f"if ({self.boolean(scope)}) {{", *self.block(inner, self.random.randrange(1, 3), depth - 1)[1:]]
            if self.chance(0.4):
                lines[-1] = "} else {"
                lines += self.block(inner, 1, depth - 1)[1:]
            return lines
        if kind == 2:
            inner.in_loop = True
            head = f"while ({self.pick('x', 'y')} {self.pick('<', '!=')} {self.integer(scope, 0)})"
            return [head + " {", *self.block(inner, self.random.randrange(1, 3), depth - 1)[1:]]
        if kind == 3:
            inner.in_loop = True
            variable = self.fresh("i")
            inner.ints = [*scope.ints]
            return [f"for ({variable} in 0..1) {{", *self.block(inner, 1, depth - 1)[1:]]
        if kind in (4, 5):
            inner.in_atomic, inner.in_loop = True, False
            guard = f" when ({self.boolean(scope, 1, pure=True)})" if self.chance(0.4) else ""
            return [f"atomic{guard} {{", *self.block(inner, self.random.randrange(1, 4), depth - 1)[1:]]
        if kind == 6:
            first, second = self.block(inner, 1, depth - 1), self.block(inner, 1, depth - 1)
            return ["choose {", *first[1:-1], "} or {", *second[1:-1], "}"]
        if kind == 7:
            guards = [self.boolean(scope, 1, pure=True) for _ in range(2)]
            first, second = self.block(inner, 1, depth - 1), self.block(inner, 1, depth - 1)
            return [f"when ({guards[0]}) {{", *first[1:-1], f"}} or when ({guards[1]}) {{", *second[1:-1], "}"]
        name = self.fresh("z")
        inner.ints = [*scope.ints, name]
        start = f" = {self.integer(scope, 0)}" if self.chance(0.6) else ""
        return ["{", f"{INDENT}local {name} : 0..3{start};", *self.block(inner, 2, depth - 1)[1:]]

    # declarations

    def process(self, name: str, size: int) -> list[str]:
        self.owner = name
        scope = Scope(in_process=True)
        lines: list[str] = []
        if self.chance(0.7):
            scope.ints.append("n")
            lines.append("local n : 0..3" + self.pick(" = 0;", " = 1;", ";"))
        if self.chance(0.4):
            scope.bools.append("z")
            lines.append("local z : bool" + self.pick(" = false;", ";"))
        if self.features.objects and self.chance(0.8):
            scope.refs.append("p")
            lines.append("local p : ref T" + self.pick(" = null;", ";", ";"))
            if self.chance(0.5):
                lines.append("p = head;")
        body = self.statements(scope, size, 2)
        if self.features.quiescent and self.chance(0.6):
            scope.in_loop = True
            head = self.pick("when (x != 1);", "x++;", "lock(m);" if self.features.locks else "y = 0;", "b = !b;")
            body = ["loop quiescent {", INDENT + head, *(INDENT + line for line in body), "}"]
        if self.chance(0.2):
            self.labels.setdefault(name, []).append("out")
            body = [*body[:1], f"if ({self.boolean(scope, 1)}) {{ goto out; }}", *body[1:], "out: x = 0;"]
        guard = f" provided ({self.boolean(Scope(), 1, pure=True)})" if self.chance(0.08) else ""
        return [f"process {name}{guard} {{", *(INDENT + line for line in [*lines, *body]), "}"]

    def properties(self) -> list[str]:
        f = self.features
        lines = [
            f"invariant inv1 : {self.boolean(Scope(), 2, pure=True)};",
            f"final fin1 : {self.boolean(Scope(), 2, pure=True)};",
            (
                f"step step1 : {self.pick('x', 'y')}' {self.pick('>=', '!=', '==')} {self.pick('x', 'y')}"
                f" {self.pick('||', '&&')} {self.boolean(Scope(), 1, pure=True)};"
            ),
            f"cover cov1 : {self.boolean(Scope(), 2, pure=True)};",
        ]
        labels = [f"{owner}::{label}" for owner, names in self.labels.items() for label in names]
        if labels:
            one, two = self.random.choice(labels), self.random.choice(labels)
            lines.append(f"cover cov2 : {self.pick('at', 'after')}({one}) && {self.boolean(Scope(), 1, pure=True)};")
            lines.append(
                f"invariant inv2 : {self.pick('at', 'after')}({one}) => {self.boolean(Scope(), 1, pure=True)};"
            )
            lines.append(
                f"invariant inv3 : nr_at({one}, {two}) <= 1;" if one != two else f"cover cov3 : nr_at({one}) == 1;"
            )
        if f.objects and self.chance(0.5):
            lines.append("invariant inv4 : forall o in T : o->f < 2;")
            lines.append("cover cov4 : exists o in T : o->next == o;")
        if f.monitors:
            quantity = self.pick("exactly once", "at most 1", "at most 2", "at least once")
            clause = self.pick("", " within drained", " until next", " until next within drained")
            lines.append(f"count cnt1 : {self.pick('at most 2', 'never')} tick(1);")
            lines.append(f"count cnt2 : {quantity} tick({self.pick('1', '_', '2')}) within drained;")
            lines.append(f"order ord1 : tick(1) before tick({self.pick('0', '2')});")
            lines.append(f"only_if oif1 : tick(n) only if {self.pick('n == x', 'x < 2 && n != 0', 'b || n > 0')};")
            lines.append(f"may may1 : {self.boolean(Scope(), 1, pure=True)} may tick({self.pick('0', '1', '2')});")
            if f.objects:
                lines.append(f"count cnt3 : {quantity} gone(o) per born(o){clause};")
                lines.append("order ord2 : born(o) before gone(o);")
        return lines

    def model(self) -> str:
        r, f = self.random, self.features
        lines = [f"model random_{self.seed};", "shared x : 0..2 = 0;", f"shared y : -1..2 = {r.randrange(2)};"]
        lines.append("shared b : bool" + self.pick(" = false;", " = true;", " = uninit;"))
        if f.data:
            lines += [
                "enum Colour { red, green }",
                "shared arr[bool] : 0..2 = 0;",
                "shared e : Colour = red;",
                "shared w : bv<2> = 1;",
            ]
            lines += ["shared picked : set<0..2> = {};", "shared maybe : opt 0..2 = none;"]
        if f.atomics:
            lines += [f"shared a : {self.pick('atomic 0..3', 'refcount 0..2')} = 1;", "shared k : atomic 0..2 = 1;"]
        if f.locks:
            lines += ["mutex m;", "spinlock s;", f"{self.rw} rw;", "completion done;"]
        if f.objects:
            lock = self.pick("spinlock", "mutex", "bitlock")
            stable = " typestable" if f.typestable else ""
            lines.append(
                f"object T pool {f.pool}{stable} {{ count : atomic 0..2 = 1; f : 0..2 = 0; u : bool = uninit; next :"
                f" ref T = null; l : {lock}; }}"
            )
            lines.append("shared head : ref T = " + self.pick("null;", "new T;", "new T { f = 2; };"))
        if f.monitors:
            lines.append("event tick(n: int);")
            if f.objects:
                lines += ["event born(o: ref T);", "event gone(o: ref T);"]
        if f.calls:
            lines.append("inline bump(v: int) -> int { if (v < x) { return v + 1; } return y; }")
            lines.append("inline adjust(&v: 0..2, d: int) { v = d; if (b) { v = x; } }")
            lines.append("inline nudge(&v: 0..3) { v += 1; y = v; }")
            if f.objects:
                lines.append(
                    "inline grab() -> ref T { local t : ref T; t = head; if (t != null) { t->f = 1; } return t; }"
                )
                lines.append("inline drop(o: ref T) { if (o->count.dec_and_test()) { free(o); } }")
        lines += random_extras.declarations(self.extras)
        names = ["p0", "p1"][: r.randrange(1, 3)]
        for name in names:
            lines += self.process(name, r.randrange(2, 5))
        runs = ", ".join(f"{n}[2]" if self.chance(0.25 if len(names) > 1 else 0.6) else n for n in names)
        lines += self.properties()
        lines += random_extras.properties(self.extras, names)
        if self.extras.sides:
            runs += self.pick(", side[Side]", ", side")
        lines.append(f"scenario all {{ run {runs}; }}")
        return "\n".join(lines) + "\n"


def random_model(seed: int) -> str:
    """Return the text of the random spec number ``seed``."""
    return Generator(seed).model()
