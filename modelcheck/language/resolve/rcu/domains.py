"""What is kept of a domain, of those who wait for its readers and of what is queued in it; and the texts of what
its operations do, in the terms of the rest of the language.

Who is in a section is in one *phase*, and holds that lock of an array which has one more than grace periods can
run at the same time. A beginning grace period waits for the phases that somebody is in; nobody new comes into those.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.language.resolve.rcu.nesting import DEEPEST
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.parse import parse_text
from modelcheck.language.syntax.trees import mapped
from modelcheck.model.expressions import OWN
from modelcheck.model.kernel import ENTERS, INSTANCES, LEAVES
from modelcheck.model.locks import LockKind
from modelcheck.model.rcu import KFREE, OFF, READERS

#: What the texts below give names to, or name.
_Named = (
    ast.Name
    | ast.NamedType
    | ast.Call
    | ast.SharedDecl
    | ast.FieldDecl
    | ast.InlineDecl
    | ast.LocalDecl
    | ast.Parameter
    | ast.ProcessDecl
)
_LOCALS: Mapping[str, str] = {name: f"{OWN}{name}" for name in ("d", "w", "v", "i", "j", "t", "s", "was", "f")}
#: What somebody writes for a name in a text.
Made = Callable[[Span], ast.Expr]


def written(text: str, span: Span, names: Mapping[str, str], places: Mapping[str, Made]) -> tuple[ast.Item, ...]:
    """The items of ``text`` at ``span``, with other names for ``names`` and places for ``places``."""
    names = {**_LOCALS, **names}

    def change(node: object) -> object:
        if isinstance(node, ast.Name) and node.name in places:
            return places[node.name](span)
        if isinstance(node, ast.RefTypeNode):
            return replace(node, target=names.get(node.target, node.target))
        if isinstance(node, ast.PickStmt | ast.For | ast.Quantifier):
            return replace(node, variable=names.get(node.variable, node.variable))
        if isinstance(node, _Named):
            return replace(node, name=names.get(node.name, node.name))
        return node

    found = tuple(mapped(item, change, span) for item in parse_text(text, "<rcu>").items)
    return found  # type: ignore[return-value]


def _name(name: str) -> Made:
    return lambda span: ast.Name(name, span)


def total(parts: list[ast.Expr], span: Span) -> ast.Expr:
    """The sum of ``parts``."""
    whole: ast.Expr = ast.IntLit(0, span)
    for part in parts:
        whole = ast.Binary("+", whole, part, span)
    return whole


@dataclass(slots=True)
class Head:
    """An ``rcu_head``: a field of an object. ``callbacks``: what is ever queued with it, in order; ``domain``: where.

    ``barred``: somebody waits until callbacks have run.
    """

    owner: ast.ObjectDecl
    name: str
    span: Span
    callbacks: dict[str, ast.Name | None] = field(default_factory=dict)
    domain: Domain | None = None
    barred: bool = False

    @property
    def full(self) -> str:
        return f"{self.owner.name}.{self.name}"

    @property
    def used(self) -> bool:
        return self.domain is not None

    def part(self, what: str, base: str) -> Made:
        """The place of a part of it; ``base``: the local that refers to the object."""
        return lambda span: ast.Member(ast.Name(_LOCALS[base], span), f"{self.name}.{what}", True, span)

    def places(self, base: str) -> dict[str, Made]:
        """The parts of it by their names in the texts."""
        parts = {"PENDING": "pending", "WAITS": "waits", "FUNC": "func", "BARRED": "barred"}
        found = {name: self.part(what, base) for name, what in parts.items()}
        found["RUNS"], found["RUNBARRED"] = _name(f"{self.full}.runs"), _name(f"{self.full}.barred")
        return found

    def fields(self) -> tuple[ast.FieldDecl, ...]:
        """What stands in the object in place of it."""
        if self.domain is None:
            return ()
        lines = ["PENDING : bool = false;", "WAITS : set<0..LAST> = {};"]
        if len(self.callbacks) > 1:
            lines.append(f"FUNC : 0..{len(self.callbacks) - 1} = 0;")
        if self.barred:
            lines.append("BARRED : set<0..BARRIERS> = {};")
        names = {w: f"{self.name}.{w.lower()}" for w in ("PENDING", "WAITS", "FUNC", "BARRED")}
        text = f"object O pool 1 {{ {' '.join(lines)} }}"
        (item,) = written(text, self.span, names, {**self.domain.places(), **self.domain.barriers})
        assert isinstance(item, ast.ObjectDecl)
        first, *rest = item.fields
        return (replace(first, pending=self.name), *rest)

    def number(self, callback: str) -> int:
        return list(self.callbacks).index(callback)

    def server(self) -> tuple[ast.Item, ...]:
        """Who runs the callbacks, and what is kept of them while they run."""
        assert self.domain is not None
        several = len(self.callbacks) > 1
        begin = [f"pick d in {self.owner.name} where (PENDING && empty(WAITS)); PENDING = false;"]
        end, lines = [], []
        if several:
            begin.append("f = FUNC; FUNC = 0;")
        if self.barred:
            begin.append(f"RUNS[self] = {'f + 1' if several else '1'}; RUNBARRED[self] = BARRED; BARRED = {{}};")
            end.append("RUNS[self] = 0; RUNBARRED[self] = {};")
            lines.append(f"shared RUNS[CLASS] : 0..{len(self.callbacks)} = 0;")
            lines.append("shared RUNBARRED[CLASS] : set<0..BARRIERS> = {};")
        if self.domain.off:
            begin.append("ENTER_OFF();")
            end.append("LEAVE_OFF();")
        calls = [
            'atomic "kfree" { kfree(d); }' if name == KFREE else f"CALL{n}(d);" for n, name in enumerate(self.callbacks)
        ]
        body = calls[-1]
        for number in reversed(range(len(calls) - 1)):
            body = f"if (f == {number}) {{ {calls[number]} }} else {{ {body} }}"
        local = f"local f : 0..{len(calls) - 1};" if several else ""
        ends = f'atomic "callback of {self.full} ends" {{ {" ".join(end)} }}' if end else ""
        lines.append(
            f'server CLASS {{ loop {{ local d : ref {self.owner.name}; {local} atomic "callback of {self.full} begins" '
            f"{{ {' '.join(begin)} }} {body} {ends} }} }}"
        )
        names = {f"CALL{n}": name for n, name in enumerate(self.callbacks)}

        def called(node: object) -> object:
            """The call of a callback stands where it was queued."""
            call = node.expression if isinstance(node, ast.ExprStmt) else None
            named = self.callbacks.get(call.name) if isinstance(call, ast.Call) else None
            return node if named is None else mapped(node, lambda part: part, named.span)

        names |= {"CLASS": self.full, "RUNS": f"{self.full}.runs", "RUNBARRED": f"{self.full}.barred"}
        names |= {"ENTER_OFF": self.domain.inline("enter", OFF), "LEAVE_OFF": self.domain.inline("leave", OFF)}
        places = {**self.places("d"), **self.domain.places(), **self.domain.barriers}
        found = []
        for item in written("\n".join(lines), self.span, names, places):
            if isinstance(item, ast.ProcessDecl):
                item = replace(item, each=self.owner.name, no_sleep=ast.BoolLit(True, self.span))
            found.append(mapped(item, called, None))
        return tuple(found)  # type: ignore[arg-type]


@dataclass(slots=True)
class Domain:
    """RCU, or an ``srcu_struct``: a variable, or the field ``name`` of ``owner``.

    ``off``: who has something off counts, too; ``waits_off``: and may wait so. ``waiters``: the classes whose
    instances wait for it; ``levels``: how deep sections of each part nest. ``barriers``: the number of those who
    wait for callbacks.
    """

    name: str
    span: Span
    owner: str | None = None
    srcu: bool = False
    off: bool = False
    used: bool = False
    waits_off: bool = False
    heads: list[Head] = field(default_factory=list)
    waiters: tuple[str, ...] = ()
    levels: dict[str, int] = field(default_factory=dict)
    barriers: dict[str, Made] = field(default_factory=dict)

    @property
    def full(self) -> str:
        return self.name if self.owner is None else f"{self.owner}.{self.name}"

    @property
    def parts(self) -> tuple[str, ...]:
        return (READERS, OFF) if self.off else (READERS,)

    def inline(self, operation: str, part: str = READERS) -> str:
        return f"{self.full}.{operation}.{part}"

    def _place(self, what: str) -> Made:
        if self.owner is None:
            return _name(f"{self.name}.{what}")
        return lambda span: ast.Member(ast.Name(_LOCALS["d"], span), f"{self.name}.{what}", True, span)

    def _instances(self, span: Span) -> list[ast.Expr]:
        return [ast.Call(INSTANCES, (ast.Name(name, span),), span) for name in self.waiters]

    def _last(self, span: Span) -> ast.Expr:
        return total([*self._instances(span), *(head.owner.pool for head in self.heads)], span)

    def places(self) -> dict[str, Made]:
        """What the texts name: X the readers, Y who has something off, by phase."""
        found = {"LAST": self._last, "PLACES": lambda span: total(self._instances(span), span)}
        for name, what in (("X", READERS), ("Y", OFF), ("WAITED", "waited"), ("MASKS", "masks"), ("USED", "used")):
            found[name] = self._place(what)
        found["XN"], found["YN"] = self._place(f"{READERS}.nested"), self._place(f"{OFF}.nested")
        return found

    def declared(self) -> tuple[ast.SharedDecl | ast.FieldDecl, ...]:
        """What is kept of it."""
        lines = ["X : SECTION[0..LAST];", "WAITED : set<0..LAST> = {};"]
        if self.off:
            lines.append("Y : SECTION[0..LAST];")
        for name, part in (("XN", READERS), ("YN", OFF)):
            if self.levels.get(part, 1) > 1:
                lines.append(f"{name} : NESTED[{self.levels[part] - 1}];")
        if self.waiters:
            lines += ["MASKS : set<0..LAST>[0..PLACES] = {};", "USED : set<0..PLACES> = {};"]
        kind = LockKind.SRCU_SECTION if self.srcu else LockKind.READ_SECTION
        names = {"SECTION": kind.value, "NESTED": LockKind.SRCU_SECTION.value}
        parts = {"X": READERS, "Y": OFF, "XN": f"{READERS}.nested", "YN": f"{OFF}.nested"}
        parts |= {name: name.lower() for name in ("WAITED", "MASKS", "USED")}
        names |= {name: f"{self.name}.{what}" for name, what in parts.items()}
        if self.owner is None:
            text = " ".join(f"shared {line}" for line in lines)
            return written(text, self.span, names, self.places())  # type: ignore[return-value]
        (item,) = written(f"object O pool 1 {{ {' '.join(lines)} }}", self.span, names, self.places())
        assert isinstance(item, ast.ObjectDecl)
        return item.fields

    # ------------------------------------------------------------------------------------- texts

    def _empty(self, i: str = "i") -> str:
        return f"!locked(X[{i}])" + (f" && !locked(Y[{i}])" if self.off else "")

    def _cleared(self) -> str:
        """If nobody is in the phase i any more, nobody waits for it."""
        gone = f"({self._empty()} ? {{i}} : {{}})"
        lines = [f"WAITED -= {gone};"]
        if self.waiters:
            lines.append(f"for (v in 0..PLACES) {{ MASKS[v] -= {gone}; }}")
        lines += [f"for (t in {head.owner.name}) {{ HEAD{n} -= {gone}; }}" for n, head in enumerate(self.heads)]
        return " ".join(lines)

    def _first(self, condition: str, action: str, otherwise: str) -> str:
        """Do something with the first phase of which a condition holds, or something else if there is none."""
        found = f"for (i in 0..LAST) {{ if ({condition}) {{ {action} break; }} }}"
        return f"if (exists i in 0..LAST : {condition}) {{ {found} }} else {{ {otherwise} }}"

    def _entering(self, part: str) -> str:
        """Who is in a phase stays in it; else it is that which somebody is in and nobody waits for, or an empty one."""
        own, nested, other = ("X", "XN", "Y") if part == READERS else ("Y", "YN", "X")
        enters = f"ENTERS({own}[i]);"
        text = f"for (i in 0..LAST) {{ if (!(i in WAITED)) {{ {enters} break; }} }}"
        text = self._first(f"!(i in WAITED) && !({self._empty()})", enters, text)
        if self.off:
            text = self._first(f"held({other}[i])", enters, text)
        levels = self.levels.get(part, 1)
        if levels > 1:
            last = levels - 2
            deeper = f"for (j in 0..{last}) {{ if (!held({nested}[j])) {{ ENTERS({nested}[j]); break; }} }}"
            if levels >= DEEPEST:
                deeper = f"assert sections_nest_too_deeply: !held({nested}[{last}]); {deeper}"
            text = f"if (exists i in 0..LAST : held({own}[i])) {{ {deeper} }} else {{ {text} }}"
        return text

    def _leaving(self, part: str) -> str:
        own, nested = ("X", "XN") if part == READERS else ("Y", "YN")
        cleared = f"LEAVES({own}[i]); {self._cleared()}"
        text = self._first(f"held({own}[i])", cleared, f"LEAVES({own}[0]);")
        last = self.levels.get(part, 1) - 2
        if last >= 0:
            level = f"{nested}[{last} - j]"
            one = f"for (j in 0..{last}) {{ if (held({level})) {{ LEAVES({level}); break; }} }}"
            text = f"if (exists j in 0..{last} : held({level})) {{ {one} }} else {{ {text} }}"
        return text

    def _marking(self, mask: str) -> str:
        """A grace period begins: ``mask`` becomes the phases that somebody is in."""
        marked = f"({self._empty()}) ? {{}} : {{i}}"
        return f"for (i in 0..LAST) {{ {mask} |= {marked}; WAITED |= {marked}; }}"

    def _texts(self) -> Iterator[tuple[str, str]]:
        parameters = "" if self.owner is None else f"d: ref {self.owner}"
        for part in self.parts:
            into, out = "rcu_read_lock", "rcu_read_unlock"
            if self.srcu:
                into, out = f"srcu_read_lock: {self.full}", f"srcu_read_unlock: {self.full}"
            elif part == OFF:
                into, out = "begin of an RCU section", "end of an RCU section"
            enter, leave = self._entering(part), self._leaving(part)
            yield self.inline("enter", part), f'inline I({parameters}) {{ atomic "{into}" {{ {enter} }} }}'
            yield self.inline("leave", part), f'inline I({parameters}) {{ atomic "{out}" {{ {leave} }} }}'
            held = "X" if part == READERS else "Y"
            each = f"for (i in 0..LAST) {{ if (held({held}[i])) {{ return true; }} }} return false;"
            yield self.inline("held", part), f"inline I({parameters}) -> bool {{ {each} }}"
            asked = f"exists i in 0..LAST : held({held}[i])"
            yield self.inline("holds", part), f"inline I({parameters}) -> bool {{ return {asked}; }}"
        if self.off:
            entered = "ENTER_OFF(); return true;"
            yield self.inline("tried", OFF), f"inline I() -> bool {{ {entered} }}"
        if self.srcu:
            pair = ("d", "d") if self.owner is not None else ("", "")
            yield self.inline("index"), f"inline I({parameters}) -> int {{ ENTER({pair[0]}); return 0; }}"
        if self.waiters:
            name = "synchronize_srcu" if self.srcu else "synchronize_rcu"
            out = f"for (i in 0..LAST) {{ if (held(Y[i])) {{ LEAVES(Y[i]); was = true; {self._cleared()} break; }} }}"
            declared, before, after = "", "", ""
            if self.waits_off:
                declared, before, after = "local was : bool = false;", out, "if (was) { ENTER_OFF(); }"
            yield (
                self.inline("wait"),
                f"inline I({parameters}) {{ {declared} local w : 0..PLACES; "
                f'atomic "{name} begins" {{ {before} w = PLACES; '
                "for (i in 0..PLACES) { w = i < PLACES && !(i in USED) && w == PLACES ? i : w; } "
                f"w = w == PLACES ? w + 1 : w; USED |= {{w}}; {self._marking('MASKS[w]')} }} "
                f'atomic "end of the grace period" when (empty(MASKS[w])) {{ USED -= {{w}}; {after} }} }}',
            )

    def inlines(self, used: set[str]) -> tuple[ast.Item, ...]:
        """Those of its operations that are in ``used``, and what they call."""
        texts = dict(self._texts())
        names = {"ENTERS": ENTERS, "LEAVES": LEAVES, "ENTER_OFF": self.inline("enter", OFF)}
        names["ENTER"] = self.inline("enter")
        places = self.places()
        for number, head in enumerate(self.heads):
            places[f"HEAD{number}"] = head.part("waits", "t")
        wanted = set(used)
        if self.inline("tried", OFF) in used or (self.waits_off and self.inline("wait") in used):
            wanted.add(self.inline("enter", OFF))
        if self.inline("index") in used:
            wanted.add(self.inline("enter"))
        found: list[ast.Item] = []
        for name, text in texts.items():
            if name in wanted:
                found += written(text, self.span, {**names, "I": name}, places)
        return tuple(found)

    def queueing(self, head: Head, callback: str, name: str, spelled: str, span: Span) -> ast.Item:
        """The inline that queues a head with a callback."""
        func = f"FUNC = {head.number(callback)};" if len(head.callbacks) > 1 else ""
        null = "if (d == null) { return; }" if callback == KFREE else ""
        text = (
            f'inline I(d: ref {head.owner.name}) {{ {null} atomic "{spelled}: {head.full}" {{ '
            f"assert {head.owner.name}: !PENDING; "
            f"if (!PENDING) {{ PENDING = true; {func} {self._marking('WAITS')} }} }} }}"
        )
        (item,) = written(text, span, {"I": name}, {**self.places(), **head.places("d")})

        def change(node: object) -> object:
            return replace(node, obligation="double_call_rcu") if isinstance(node, ast.Assert) else node

        return mapped(item, change, None)  # type: ignore[return-value]


def barrier(
    name: str, spelled: str, span: Span, heads: list[tuple[Head, frozenset[int]]], places: Mapping[str, Made]
) -> tuple[ast.Item, ...]:
    """The inline that waits until what is queued or runs has run; of each head: which callbacks."""
    begin, over = [], []
    made: dict[str, Made] = {**places, "USED": _name("rcu.barriers")}
    names = {"I": name}
    for n, (head, numbers) in enumerate(heads):
        several = len(head.callbacks) > 1
        which = " || ".join(f"FUNC{n} == {number}" for number in sorted(numbers))
        runs = " || ".join(f"RUNS{n}[s] == {number + 1}" for number in sorted(numbers))
        queued = f"PENDING{n} && ({which})" if several else f"PENDING{n}"
        begin.append(f"for (t in {head.owner.name}) {{ if ({queued}) {{ BARRED{n} |= {{w}}; }} }}")
        begin.append(f"for (s in CLASS{n}) {{ if ({runs}) {{ RUNBARRED{n}[s] |= {{w}}; }} }}")
        over.append(
            f"!(exists t in {head.owner.name} : w in BARRED{n}) && !(exists s in CLASS{n} : w in RUNBARRED{n}[s])"
        )
        made |= {f"{key}{n}": place for key, place in head.places("t").items()}
        made[f"CLASS{n}"] = _name(head.full)
    text = (
        f'inline I() {{ local w : 0..BARRIERS; atomic "{spelled} begins" {{ w = BARRIERS; '
        "for (i in 0..BARRIERS) { w = i < BARRIERS && !(i in USED) && w == BARRIERS ? i : w; } "
        f"w = w == BARRIERS ? w + 1 : w; USED |= {{w}}; {' '.join(begin)} }} "
        f'atomic "end of {spelled}" when ({" && ".join(over) or "true"}) {{ USED -= {{w}}; }} }}'
    )
    return written(text, span, names, made)
