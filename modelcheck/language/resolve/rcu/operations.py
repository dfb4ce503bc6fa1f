"""The operations of RCU and SRCU in the code of a spec, as calls of what they do."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import replace
from typing import TypeVar

from modelcheck.ground.diagnostics import DiagnosticBag, Note
from modelcheck.ground.source import Span
from modelcheck.language.resolve.rcu.domains import Domain, Head, Made, barrier
from modelcheck.language.resolve.rcu.found import Things
from modelcheck.language.resolve.rcu.places import Places
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.trees import below, mapped
from modelcheck.model import rcu
from modelcheck.model.expressions import OWN
from modelcheck.model.rcu import KFREE, OFF, READERS, Check

_Code = TypeVar("_Code", bound=ast.Item)
_Found = tuple[Domain, tuple[ast.Expr, ...]]


def guards(item: object) -> tuple[Set[Span], Set[Span]]:
    """The calls in guards, which are evaluated again and again, and those in asserts, by their places."""
    waiting: list[object] = []
    asserted: list[object] = []
    for node in below(item):
        match node:
            case ast.When(branches):
                waiting += [branch.guard for branch in branches]
            case ast.Atomic(guard) if guard is not None:
                waiting.append(guard)
            case ast.PickStmt(_, domain, where):
                waiting += [domain, where]
            case ast.CondLoad(_, condition):
                waiting.append(condition)
            case ast.Assert(_, _, condition):
                asserted.append(condition)
            case ast.ProcessDecl() if node.provided is not None:
                asserted.append(node.provided)
            case ast.CallbackDecl() if node.requires is not None:
                asserted.append(node.requires)
    return _calls(waiting), _calls(asserted)


def _calls(roots: list[object]) -> Set[Span]:
    return {node.span for node in below(tuple(roots)) if isinstance(node, ast.Call)}


class Operations:
    """Writes the operations of one spec. ``barriers``: the inlines that wait for callbacks, and what each waits for."""

    def __init__(self, spec: ast.Spec, bag: DiagnosticBag, known: Set[str], things: Things) -> None:
        self.bag, self.known, self.things = bag, known, things
        self.places = Places.of(spec)
        self.functions = {i.name for i in spec.items if isinstance(i, ast.InlineDecl | ast.CallbackDecl)}
        called = {node.name for node in below(spec.items) if isinstance(node, ast.Call)}
        self.checks = bool(called & known & set(rcu.ENTERING))
        self.barriers: dict[str, tuple[str, Span]] = {}
        self.owner = ""
        self._queues: dict[str, tuple[Head, str, str, Span]] = {}
        self._items: dict[str, ast.Item] = {}
        self._waiting: Set[Span] = frozenset()
        self._asserted: Set[Span] = frozenset()
        self._statements: Set[Span] = frozenset()

    def item(self, item: _Code) -> _Code:
        """The item with its operations written."""
        self.places.enter(item)
        self.owner = getattr(item, "name", "")
        self._waiting, self._asserted = guards(item)
        self._statements = {node.expression.span for node in below(item) if isinstance(node, ast.ExprStmt)}

        def change(node: object) -> object:
            return self._call(node) if isinstance(node, ast.Call) and node.name in self.known else node

        return mapped(item, change, None)  # type: ignore[return-value]

    def wrappers(self) -> tuple[ast.Item, ...]:
        """The inlines that check something and then call one of a domain, and the callbacks that sleep."""
        return tuple(self._items.values())

    def queueing(self) -> Iterator[ast.Item]:
        """The inlines that queue a head."""
        for name, (head, callback, spelled, span) in self._queues.items():
            assert head.domain is not None
            yield head.domain.queueing(head, callback, name, spelled, span)

    def barred(self, heads: list[Head], places: dict[str, Made]) -> Iterator[ast.Item]:
        """The inlines that wait for callbacks."""
        for name, (spelled, span) in self.barriers.items():
            kind = rcu.BARRIERS[spelled]
            concerned = []
            for head in heads:
                numbers = frozenset(n for n, cb in enumerate(head.callbacks) if (cb == KFREE) == kind.freeing)
                right = head.domain is not None and head.domain.inline("barrier") == name if kind.srcu else True
                if numbers and right and (kind.srcu or head.domain is self.things.main):
                    concerned.append((head, numbers))
            yield from barrier(name, spelled, span, concerned, places)

    # ------------------------------------------------------------------------------------ operations

    def _call(self, call: ast.Call) -> ast.Expr:
        name, main = call.name, self.things.main
        if name in rcu.ENTERING or name in rcu.LEAVING or name in rcu.WAITING or name == rcu.HELD:
            if call.arguments:
                return self._wrong(call, f"{name}()")
            main.used = True
            if name in rcu.ENTERING:
                return self._to(main, "enter", call, part=rcu.ENTERING[name])
            if name in rcu.LEAVING:
                return self._to(main, "leave", call, part=rcu.LEAVING[name])
            return self._held(main, call, ()) if name == rcu.HELD else self._wait(main, call, ())
        if name in rcu.LOADS:
            return self._load(call, rcu.LOADS[name])
        if name in rcu.STORES:
            return replace(call, name=rcu.STORES[name])
        if name in rcu.BARRIERS:
            return self._barrier(call)
        if name in rcu.QUEUEING or name == rcu.SRCU_QUEUEING:
            return self._queue(call)
        if name in rcu.FREEING or name in rcu.FREEING_ASLEEP:
            return self._free(call)
        return self._srcu(call)

    def _srcu(self, call: ast.Call) -> ast.Expr:
        name = call.name
        wanted = 2 if name == rcu.SRCU_LEAVING else 1
        form = f"{name}(&ss, idx)" if wanted == 2 else f"{name}(&ss)"
        if len(call.arguments) != wanted:
            return self._wrong(call, form)
        found = self._domain(call, call.arguments[0])
        if found is None:
            return self._nothing(call)
        domain, base = found
        if name in rcu.SRCU_WAITING:
            return self._wait(domain, call, base)
        if name == rcu.SRCU_HELD:
            return self._held(domain, call, base)
        if name == rcu.SRCU_LEAVING:
            return self._to(domain, "leave", call, base)
        return self._to(domain, "enter" if call.span in self._statements else "index", call, base)

    def _to(
        self, domain: Domain, operation: str, call: ast.Call, base: tuple[ast.Expr, ...] = (), part: str = READERS
    ) -> ast.Call:
        return ast.Call(domain.inline(operation, part), base, call.span)

    def _held(self, domain: Domain, call: ast.Call, base: tuple[ast.Expr, ...], part: str = READERS) -> ast.Call:
        pure = call.span in self._waiting or call.span in self._asserted
        return self._to(domain, "holds" if pure else "held", call, base, part)

    def _domain(self, call: ast.Call, node: ast.Expr) -> _Found | None:
        place = node.operand if isinstance(node, ast.AddressOf) else node
        found: Domain | None = None
        base: tuple[ast.Expr, ...] = ()
        if isinstance(place, ast.Name) and place.name not in self.places.locals:
            found = self.things.variable_domain(place.name)
        elif isinstance(place, ast.Member):
            having = [d.owner for d in self.things.others if d.owner is not None and d.name == place.field]
            owner = self.places.owner(place, having)
            found, base = (None if owner is None else self.things.field_domain(owner, place.field)), (place.base,)
        if found is None:
            known = [f"`{d.full}`" for d in self.things.others]
            there = f"there are {', '.join(known)}" if known else "none is declared (`srcu_struct ss;`)"
            self.bag.error("MC271", f"`{call.name}` needs a `srcu_struct`: {there}", node.span)
            return None
        found.used = True
        return found, base

    def _wait(self, domain: Domain, call: ast.Call, base: tuple[ast.Expr, ...]) -> ast.Expr:
        """Checks that it may wait, then waits."""
        domain.used = True
        name = f"{domain.full}.{call.name}.{self.owner}"
        if name not in self._items:
            span = call.span
            d = ast.Name(f"{OWN}d", span)
            given = () if domain.owner is None else (d,)
            open_ = ast.Call(domain.inline("holds"), given, span)
            body: list[ast.Stmt] = [
                ast.ExprStmt(ast.Call(call.name, (), span), span),
                _asserted("rcu_self_wait", self.owner, ast.Unary("!", open_, span), span),
                ast.ExprStmt(ast.Call(domain.inline("wait"), given, span), span),
            ]
            self._items[name] = _inline(name, domain.owner, body, span)
            self._sleeps(call.name, span)
        return ast.Call(name, base, call.span)

    def _sleeps(self, name: str, span: Span) -> None:
        """What is called, with nothing in it, so that it is told where nobody may sleep."""
        self._items.setdefault(name, ast.CallbackDecl(name, (), None, None, True, ast.Block((), span), span))

    def _load(self, call: ast.Call, check: Check) -> ast.Expr:
        wanted = 2 if check in (Check.CONDITION, Check.OPEN_OR_CONDITION, Check.DOMAIN) else 1
        if len(call.arguments) != wanted:
            further = {Check.DOMAIN: ", &ss"}.get(check, ", condition")
            return self._wrong(call, f"{call.name}(p{further if wanted == 2 else ''})")
        load = ast.Call("READ_ONCE", call.arguments[:1], call.span)
        needed: list[ast.Expr] = []
        main = self.things.main
        if check in (Check.OPEN, Check.OPEN_OR_OFF, Check.OPEN_OR_CONDITION):
            if not self.checks:
                return load
            needed.append(self._held(main, call, ()))
        if check is Check.OPEN_OR_OFF and main.off:
            needed.append(self._held(main, call, (), OFF))
        if check in (Check.CONDITION, Check.OPEN_OR_CONDITION):
            if not self.checks:
                return load
            needed.append(call.arguments[1])
        if check is Check.DOMAIN:
            found = self._domain(call, call.arguments[1])
            if found is None:
                return load
            needed.append(self._held(found[0], call, found[1]))
        if not needed or call.span in self._asserted:
            return load
        if call.span in self._waiting:
            note = Note(f"write `p = {call.span.text};` first, and wait for what p is")
            message = f"`{call.name}` in a guard that waits: whether it may is not checked"
            self.bag.error("MC272", message, call.span, [note])
            return load
        name = f"rcu.suspicious.{len(self._items)}"
        span = call.span
        subject = self.places.subject(call.arguments[0])
        body: list[ast.Stmt] = [
            _asserted("suspicious_rcu", subject, ast.BoolLit(False, span), span),
            ast.Return(ast.BoolLit(True, span), span),
        ]
        self._items[name] = replace(_inline(name, None, body, span), result=ast.NamedType("bool", span))
        needed.append(ast.Call(name, (), span))
        whole = needed[0]
        for part in needed[1:]:
            whole = ast.Binary("||", whole, part, span)
        return ast.Conditional(whole, load, load, span)

    # ---------------------------------------------------------------------------------------- heads

    def _queue(self, call: ast.Call) -> ast.Expr:
        srcu = call.name == rcu.SRCU_QUEUEING
        form = f"{call.name}({'&ss, ' if srcu else ''}&p->rcu, callback)"
        if len(call.arguments) != (3 if srcu else 2):
            return self._wrong(call, form)
        domain = self.things.main
        if srcu:
            found = self._domain(call, call.arguments[0])
            if found is None:
                return self._nothing(call)
            domain = found[0]
            if domain.owner is not None:
                message = "callbacks are queued in a `srcu_struct` that is a variable, not yet in one of an object"
                self.bag.error("MC271", message, call.arguments[0].span)
                return self._nothing(call)
        written, callback = call.arguments[-2:]
        place = written.operand if isinstance(written, ast.AddressOf) else written
        if not isinstance(place, ast.Member) or not isinstance(callback, ast.Name):
            return self._wrong(call, form)
        if callback.name not in self.functions:
            self.bag.error("MC273", f"there is no callback `{callback.name}`", callback.span)
            return self._nothing(call)
        head = self._head(call, place.base, place.field, place.span)
        if head is None:
            return self._nothing(call)
        return self._queued(head, domain, callback, call, place.base)

    def _free(self, call: ast.Call) -> ast.Expr:
        asleep = call.name in rcu.FREEING_ASLEEP
        if len(call.arguments) != (1 if asleep else 2):
            return self._wrong(call, f"{call.name}(p)" if asleep else f"{call.name}(p, rcu)")
        freed = call.arguments[0]
        if not asleep:
            named = call.arguments[1]
            if not isinstance(named, ast.Name):
                return self._wrong(call, f"{call.name}(p, rcu)")
            head = self._head(call, freed, named.name, named.span)
            return self._nothing(call) if head is None else self._queued(head, self.things.main, None, call, freed)
        owner = self.places.target(freed)
        if owner is None or owner not in self.things.objects:
            note = Note("load it into a local of that type first: `local p : ref Foo = …;`")
            self.bag.error("MC273", f"of which object `{freed.span.text}` is cannot be told", freed.span, [note])
            return self._nothing(call)
        queue = self._queued(self.things.asleep(owner), self.things.main, None, call, freed)
        name = f"{owner}.{call.name}"
        if name not in self._items:
            self._sleeps(call.name, call.span)
            d = ast.Name(f"{OWN}d", call.span)
            body: list[ast.Stmt] = [
                ast.ExprStmt(ast.Call(call.name, (), call.span), call.span),
                ast.ExprStmt(replace(queue, arguments=(d,)), call.span),
            ]
            self._items[name] = _inline(name, owner, body, call.span)
        return ast.Call(name, (freed,), call.span)

    def _head(self, call: ast.Call, base: ast.Expr, name: str, span: Span) -> Head | None:
        having = [head.owner.name for head in self.things.heads if head.name == name]
        owner = self.places.owner(ast.Member(base, name, True, span), having)
        if owner is not None:
            return self.things.head(owner, name)
        known = [f"`{head.full}`" for head in self.things.heads if head.name != rcu.ASLEEP]
        there = f"there are {', '.join(known)}" if known else "none is declared (`rcu : rcu_head;` in the object)"
        self.bag.error("MC273", f"`{call.name}` needs an `rcu_head` of an object: {there}", span)
        return None

    def _queued(self, head: Head, domain: Domain, named: ast.Name | None, call: ast.Call, base: ast.Expr) -> ast.Call:
        if head.domain not in (None, domain):
            message = f"`{head.full}` is queued in two domains: give the object an `rcu_head` for each"
            self.bag.error("MC273", message, call.span)
            return ast.Call(rcu.NOTHING, (), call.span)
        if head.domain is None:
            head.domain = domain
            domain.heads.append(head)
        domain.used = True
        callback = KFREE if named is None else named.name
        head.callbacks.setdefault(callback, named)
        name = f"{head.full}.{call.name}.{callback}"
        self._queues.setdefault(name, (head, callback, call.name, call.span))
        return ast.Call(name, (base,), call.span)

    def _barrier(self, call: ast.Call) -> ast.Expr:
        kind = rcu.BARRIERS[call.name]
        domain = self.things.main
        if len(call.arguments) != int(kind.srcu):
            return self._wrong(call, f"{call.name}({'&ss' if kind.srcu else ''})")
        if kind.srcu:
            found = self._domain(call, call.arguments[0])
            if found is None:
                return self._nothing(call)
            domain = found[0]
        name = domain.inline("barrier") if kind.srcu else f"{domain.full}.{call.name}"
        self.barriers.setdefault(name, (call.name, call.span))
        outer = f"{name}.asleep"
        if outer not in self._items:
            self._sleeps(call.name, call.span)
            body: list[ast.Stmt] = [
                ast.ExprStmt(ast.Call(call.name, (), call.span), call.span),
                ast.ExprStmt(ast.Call(name, (), call.span), call.span),
            ]
            self._items[outer] = _inline(outer, None, body, call.span)
        return ast.Call(outer, (), call.span)

    # --------------------------------------------------------------------------------------- mistakes

    def _wrong(self, call: ast.Call, form: str) -> ast.Call:
        self.bag.error("MC270", f"it is written `{form}`", call.span)
        return self._nothing(call)

    def _nothing(self, call: ast.Call) -> ast.Call:
        """What is called in place of an operation that is wrong."""
        span = call.span
        no = ast.Return(ast.BoolLit(False, span), span)
        result = ast.NamedType("bool", span)
        self._items.setdefault(rcu.NOTHING, replace(_inline(rcu.NOTHING, None, [no], span), result=result))
        return ast.Call(rcu.NOTHING, (), span)


def _inline(name: str, owner: str | None, body: list[ast.Stmt], span: Span) -> ast.InlineDecl:
    parameters = () if owner is None else (ast.Parameter(f"{OWN}d", ast.RefTypeNode(owner, span), False, span),)
    return ast.InlineDecl(name, parameters, None, ast.Block(tuple(body), span), span)


def _asserted(kind: str, subject: str, condition: ast.Expr, span: Span) -> ast.Assert:
    return ast.Assert(ast.AssertKind.ASSERT, subject, condition, span, kind)
