"""What the code of an instance can do at all: labels it passes, calls, events, allocations, things that can go wrong.

Computed per body after folding, over the code that control can reach (conditions taken both ways,
constant operands the way that they lead, calls followed to where they never end), then looked up
over the call graph. It decides which properties apply and which obligations exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import assert_never

from modelcheck.ground.records import dataclass
from modelcheck.language.resolve.completion import Completion
from modelcheck.language.resolve.facts import flow
from modelcheck.language.resolve.facts.flow import Flow
from modelcheck.model import typed
from modelcheck.model.trees import operands, place_operands

#: What can be wrong about these is that the lock is not held.
_UNLOCKS = frozenset({typed.LockOperator.UNLOCK, typed.LockOperator.READ_UNLOCK, typed.LockOperator.DOWNGRADE})


@dataclass(frozen=True, slots=True)
class CallSite:
    """A call: the label of the statement it stands in, if any, and whether that is inside an ``atomic``."""

    label: str | None
    callee: str
    atomic: bool


@dataclass(slots=True)
class Facts:
    """What one body (callees not included) can do."""

    labels: set[str] = field(default_factory=set)
    atomic_labels: set[str] = field(default_factory=set)
    calls: dict[CallSite, None] = field(default_factory=dict)
    events: set[int] = field(default_factory=set)
    allocated: set[str] = field(default_factory=set)
    exhausted: set[str] = field(default_factory=set)
    freed: set[str] = field(default_factory=set)
    dereferenced: set[str] = field(default_factory=set)
    asserts: dict[tuple[str, str], None] = field(default_factory=dict)
    divides: bool = False
    unwraps: bool = False
    freezes: bool = False
    locks: bool = False
    unlocks: bool = False

    def add(self, other: Facts) -> None:
        """Add what other code of the same owner can do."""
        for name in self.__slots__:
            mine, theirs = getattr(self, name), getattr(other, name)
            if isinstance(mine, bool):
                setattr(self, name, mine or theirs)
            else:
                mine.update(theirs)


class _Walk:
    """One pass over a body; what control cannot get to is left out."""

    def __init__(self, completion: Completion, flow: Flow | None = None) -> None:
        self.facts = Facts()
        self.completion = completion
        self.flow = flow
        self.atomic = 0

    # --------------------------------------------------------------------------------- statements

    def statement(self, node: typed.Stmt, label: str | None = None) -> None:
        """Record what ``node`` and the statements inside do, as far as control gets to them.

        ``label``: that of ``node`` itself.
        """
        live = self.flow is None or self.flow.reaches(node)
        match node:
            case typed.Labelled(name, inner):
                if live:
                    (self.facts.atomic_labels if self.atomic else self.facts.labels).add(name)
                self.statement(inner, name)
            case typed.Block(_, statements):
                for part in statements:
                    self.statement(part)
            case typed.If(condition, then, otherwise):
                self.expression(condition, live, label)
                self.statement(then)
                if otherwise is not None:
                    self.statement(otherwise)
            case typed.Loop(condition, _, _, body):
                if condition is not None:
                    self.expression(condition, live, label)
                self.statement(body)
            case typed.For(_, _, body):
                self.statement(body)
            case typed.Return(value):
                if value is not None:
                    self.expression(value, live, label)
            case typed.When(branches):
                for branch in branches:
                    self.expression(branch.guard, live, label)
                    if branch.body is not None:
                        self.statement(branch.body)
            case typed.Atomic(guard, body):
                if guard is not None:
                    self.expression(guard, live, label)
                self.atomic += 1
                self.statement(body)
                self.atomic -= 1
            case typed.Choose(blocks):
                for block in blocks:
                    self.statement(block)
            case typed.Simple() | typed.Goto() | typed.Break() | typed.Continue():
                if live:
                    self._simple(node, label)
            case _:
                assert_never(node)

    def _simple(self, node: typed.Stmt, label: str | None) -> None:
        match node:
            case typed.Assign(target, value):
                self._place(target)
                self._all((*place_operands(target), value), label)
            case typed.CompoundAssign(target, operator, value):
                self._place(target)
                if self._all((*place_operands(target), value), label) and operator in "/%":
                    self.facts.divides = True
            case typed.Evaluate(expression):
                self.expression(expression, True, label)
            case typed.Pick(_, domain, where):
                if isinstance(domain, typed.SetDomain):
                    self.expression(domain.set, True, label)
                if where is not None:
                    self.expression(where, True, label)
            case typed.Emit(event, arguments):
                if self._all(arguments, label):
                    self.facts.events.add(event)
            case typed.Assert(name, condition, kind=kind):
                self.facts.asserts[(kind, name)] = None
                self.expression(condition, True, label)
            case typed.Free(reference, target):
                if self._all((reference,), label):
                    self.facts.freed.add(target)
                    self.facts.dereferenced.add(target)
            case typed.Touch(reference, target):
                if self._all((reference,), label):
                    self.facts.dereferenced.add(target)
            case typed.Nesting() | typed.Jump() | typed.Empty():
                return
            case _:
                assert_never(node)

    # -------------------------------------------------------------------------------- expressions

    def _all(self, nodes: Iterable[typed.Expr], label: str | None) -> bool:
        """Record what evaluating these one after the other does; return whether control gets past them all."""
        for node in nodes:
            self.expression(node, True, label)
            if not self.completion.completes(node):
                return False
        return True

    def _place(self, node: typed.Place) -> None:
        if isinstance(node.root, typed.FieldRoot):
            self.facts.dereferenced.add(node.root.object)

    def expression(self, node: typed.Expr, live: bool, label: str | None) -> None:
        """Record what evaluating ``node`` does."""
        if not live:
            return
        match node:
            case typed.Logical(operator, left, right):
                self.expression(left, True, label)
                if (operator != "||") in self.completion.outcomes(left):
                    self.expression(right, True, label)
            case typed.Conditional(condition, then, otherwise):
                self.expression(condition, True, label)
                outcomes = self.completion.outcomes(condition)
                self.expression(then, True in outcomes, label)
                self.expression(otherwise, False in outcomes, label)
            case (
                typed.Constant()
                | typed.Terminal()
                | typed.Access()
                | typed.Operator()
                | typed.CallExpr()
                | typed.Operation()
                | typed.Quantifier()
                | typed.OfProperties()
                | typed.Census()
            ):
                if self._all(operands(node), label):
                    self._itself(node, label)
            case _:
                assert_never(node)

    def _itself(self, node: typed.Expr, label: str | None) -> None:
        """Record what ``node`` does when its operands are there."""
        facts = self.facts
        match node:
            case typed.Load(place) | typed.Ask(_, place) | typed.CondLoad(place):
                self._place(place)
            case typed.OptGet():
                facts.unwraps = True
            case typed.Binary(operator):
                if operator in "/%":
                    facts.divides = True
            case typed.CallExpr(inline, arguments):
                for argument in arguments:
                    if isinstance(argument, typed.Place):
                        self._place(argument)
                facts.calls[CallSite(label, inline, self.atomic > 0)] = None
            case typed.AtomicOp(operator, place):
                if operator in ("freeze", "unfreeze"):
                    facts.freezes = True
                self._place(place)
            case typed.LockOp(operator, place, kind):
                if kind.facts.held:
                    if operator in _UNLOCKS:
                        facts.unlocks = True
                    else:
                        facts.locks = True
                self._place(place)
            case typed.New(target, _, may_fail):
                facts.allocated.add(target)
                if not may_fail:
                    facts.exhausted.add(target)
            case (
                typed.Constant()
                | typed.LocalRead()
                | typed.SelfRead()
                | typed.CountProcesses()
                | typed.AtLabel()
                | typed.AfterLabel()
                | typed.CountAt()
                | typed.Done()
                | typed.CountAllocated()
                | typed.NextAllocated()
                | typed.Unary()
                | typed.Cast()
                | typed.OptSome()
                | typed.SetSize()
                | typed.Primed()
                | typed.SetLiteral()
                | typed.Quantifier()
                | typed.Logical()
                | typed.Conditional()
            ):
                return
            case _:
                assert_never(node)


def of_bodies(bodies: Mapping[str, typed.Stmt], functions: Mapping[str, typed.Stmt]) -> Bodies:
    """Return what bodies can do, and the inlines and callbacks, which do not call themselves."""
    known: dict[str, tuple[Facts, bool]] = {}

    def returns(name: str) -> bool:
        if name not in functions:
            return True
        if name not in known:
            known[name] = walked(functions[name])
        return known[name][1]

    completion = Completion(returns)

    def walked(body: typed.Stmt) -> tuple[Facts, bool]:
        found = flow.of_typed(body, completion)
        walk = _Walk(completion, found)
        walk.statement(body)
        return walk.facts, found.ends

    mine = {name: walked(body)[0] for name, body in bodies.items()}
    ending = frozenset(name for name in functions if returns(name))
    return Bodies(mine, {name: known[name][0] for name in functions}, ending)


@dataclass(frozen=True, slots=True)
class Bodies:
    """``ending``: the functions that control comes back from."""

    bodies: Mapping[str, Facts]
    functions: Mapping[str, Facts]
    ending: frozenset[str]


def of_expressions(expressions: Iterable[typed.Expr]) -> Facts:
    """Return what evaluating ``expressions``, each at once, can do."""
    walk = _Walk(Completion(lambda name: True))
    for expression in expressions:
        walk.expression(expression, True, None)
    return walk.facts


@dataclass(frozen=True, slots=True)
class Reach:
    """What the running processes of an instance can do, callees included.

    ``roots`` are the bodies of the running processes, ``functions`` those of all resolved inlines and callbacks,
    ``start`` what initial values and init blocks do, ``ending`` are the functions that control comes back from.
    """

    roots: Mapping[str, Facts]
    functions: Mapping[str, Facts]
    start: Facts
    called: Mapping[str, frozenset[str]]  # process -> functions it reaches
    ending: frozenset[str]

    @staticmethod
    def of(roots: Mapping[str, Facts], functions: Mapping[str, Facts], start: Facts, ending: frozenset[str]) -> Reach:
        """Close the calls of each process over the call graph."""
        called: dict[str, frozenset[str]] = {}
        for name, facts in (*roots.items(), ("", start)):
            seen: set[str] = set()
            stack = [site.callee for site in facts.calls]
            while stack:
                callee = stack.pop()
                if callee in seen or callee not in functions:
                    continue
                seen.add(callee)
                stack.extend(site.callee for site in functions[callee].calls)
            called[name] = frozenset(seen)
        return Reach(roots, functions, start, called, ending)

    def running(self) -> list[tuple[str, Facts]]:
        """Return the bodies that some running process executes, by the name of their owner."""
        reached = frozenset().union(*(self.called[name] for name in self.roots)) if self.roots else frozenset()
        return [*self.roots.items(), *((name, f) for name, f in self.functions.items() if name in reached)]

    def all(self) -> list[tuple[str, Facts]]:
        """Return ``running`` and what the initial state's code does, under the owner of that."""
        found = self.running()
        known = {name for name, _ in found}
        found += [(name, self.functions[name]) for name in sorted(self.called[""]) if name not in known]
        return [*found, ("init", self.start)]

    def occurs(self, event: typed.Event) -> bool:
        """Whether some running process can make ``event`` occur."""
        subject = event.subject
        match event.kind:
            case typed.EventKind.EMIT:
                return any(event.id in facts.events for _, facts in self.running())
            case typed.EventKind.NEW:
                return any(subject in facts.allocated for _, facts in self.running())
            case typed.EventKind.FREE:
                return any(subject in facts.freed for _, facts in self.running())
            case typed.EventKind.CALL:
                return any(subject in self.called[name] for name in self.roots)
            case typed.EventKind.RETURN:
                return subject in self.ending and any(subject in self.called[name] for name in self.roots)
            case _:
                assert_never(event.kind)

    def passes(self, label: typed.LabelRef, *, atomic: bool = False) -> bool:
        """Whether some running process has an occurrence of ``label`` outside (with ``atomic``:
        anywhere) ``atomic`` blocks.
        """
        for name, facts in self.roots.items():
            if label.process in (None, name) and self._finds(label, name, facts, atomic):
                return True
        return False

    def _finds(self, label: typed.LabelRef, process: str, root: Facts, atomic: bool) -> bool:
        start = (process if label.inline is None else "", 0)
        seen: set[tuple[str, int]] = {start}
        stack: list[tuple[str | None, Facts, int]] = [(None, root, 0)]
        while stack:
            owner, facts, matched = stack.pop()
            has = label.label in facts.labels or (atomic and label.label in facts.atomic_labels)
            if has and matched == len(label.path) and owner == label.inline:
                return True
            for site in facts.calls:
                if (site.atomic and not atomic) or site.callee not in self.functions:
                    continue
                now = matched
                for name in (site.label, site.callee):
                    if now < len(label.path) and label.path[now] == name:
                        now += 1
                if (site.callee, now) not in seen:
                    seen.add((site.callee, now))
                    stack.append((site.callee, self.functions[site.callee], now))
        return False
