"""What runs on top of what: handlers and tasks of a CPU, in the terms of the rest of the language
(docs/semantics.md, section 9).

A handler is a server that begins in one step and ends in one; each context of a CPU has shared
variables that say whether it is active and what it has switched off, and is ``provided`` that
nothing above it is active and nothing below it has switched it off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field, replace

from modelcheck.ground.diagnostics import DiagnosticBag, Note
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.ground.suggest import did_you_mean, existing
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.trees import below, mapped
from modelcheck.model.balance import Imbalance
from modelcheck.model.expressions import OWN
from modelcheck.model.kernel import Switch, switch
from modelcheck.model.waiting import OPERATIONS

#: How often softirqs, or preemption, can be switched off by one task at a time.
MOST = 15
_ORDER = tuple(ast.Level)


def with_contexts(items: tuple[ast.Item, ...], bag: DiagnosticBag) -> tuple[ast.Item, ...]:
    """Return the items with handlers and tasks of CPUs written as servers and processes; the same
    ones if there are none. What is wrong with them is reported.
    """
    cpus = [item for item in items if isinstance(item, ast.EnumDecl) and item.cpus]
    contexts = [item for item in items if isinstance(item, ast.ProcessDecl) and item.on is not None]
    if not contexts:
        return items
    items = _with_raises(items, bag)
    contexts = [item for item in items if isinstance(item, ast.ProcessDecl) and item.on is not None]
    known = tuple(name for item in cpus for name in item.literals)
    declared = {item.name for item in items if isinstance(item, ast.InlineDecl | ast.CallbackDecl | ast.EventDecl)}
    waking = frozenset(name for name, operation in OPERATIONS.items() if operation.wakes) - declared
    for context in contexts:
        _check(context, known, waking, bag)
    for item in items:
        if isinstance(item, ast.InlineDecl | ast.CallbackDecl | ast.InitDecl):
            for call, _ in _switches(item.body):
                _refuse(call, f"in `{item.name}`, which is no process", bag)
    names = _Names.of(items)
    rewritten = {context.name: _Context(context, names, bag) for context in contexts}
    found: list[ast.Item] = []
    for item in items:
        if isinstance(item, ast.ProcessDecl) and item.name in rewritten:
            own = rewritten[item.name]
            found += own.variables()
            found.append(own.process([other for other in rewritten.values() if other is not own]))
        else:
            found.append(item)
    return tuple(found)


def _check(item: ast.ProcessDecl, known: tuple[str, ...], waking: frozenset[str], bag: DiagnosticBag) -> None:
    """Report what is wrong with a context. ``known``: the CPUs; ``waking``: the operations that wake somebody."""
    on = item.on
    assert on is not None
    if on.cpu not in known:
        note = Note("CPUs are declared like this: `cpu c0, c1;`")
        bag.error("MC251", f"there is no CPU `{on.cpu}`{did_you_mean(on.cpu, known)}", on.span, [note])
    if item.handler and on.guard is None and not on.raised:
        note = Note(f"say when it comes: `{on.level.value} {item.name} on {on.cpu} when (pending) {{ … }}`")
        bag.error("MC252", f"`{item.name}` has no guard: handlers without one are not there yet", on.head, [note])
    if not item.handler and item.server:
        bag.error("MC252", f"`{item.name}` is a server: one of a CPU is not there yet", on.head)
    if item.handler:
        for jump in _loose(item.body):
            word = "break" if isinstance(jump, ast.Break) else "continue"
            note = Note("`return;` ends it")
            bag.error("MC252", f"`{word}` in a handler, outside of a loop", jump.span, [note])
    if on.level is ast.Level.NMI:
        for node in below(item.body):
            if isinstance(node, ast.Call) and node.name in waking:
                note = Note("waking takes the lock of the queue: an nmi queues irq_work that does it")
                bag.error("MC252", f"`{node.name}` in an nmi", node.span, [note])
    if item.index is not None:
        bag.error("MC252", f"several instances of `{item.name}` on one CPU are not there yet", on.head)


def _loose(node: object) -> Iterator[ast.Break | ast.Continue]:
    """Whatever would leave, or repeat, the loop that a handler is: outside of the loops in its body."""
    loops = (ast.While, ast.DoWhile, ast.Loop, ast.For)
    inside = {id(jump) for loop in below(node) if isinstance(loop, loops) for jump in below(loop)}
    for found in below(node):
        if isinstance(found, ast.Break | ast.Continue) and id(found) not in inside:
            yield found


def _with_raises(items: tuple[ast.Item, ...], bag: DiagnosticBag) -> tuple[ast.Item, ...]:
    """Write ``raise(h);`` as what it does to the pending bit of the handler, wherever it stands."""
    if any(isinstance(item, ast.InlineDecl | ast.CallbackDecl) and item.name == "raise" for item in items):
        return items
    handlers = {item.name: item for item in items if isinstance(item, ast.ProcessDecl) and item.handler}

    def raising(node: object) -> object:
        if not isinstance(node, ast.ExprStmt) or not isinstance(node.expression, ast.Call):
            return node
        call = node.expression
        if call.name != "raise" or len(call.arguments) != 1:
            return node
        (named,) = call.arguments
        handler = handlers.get(named.name) if isinstance(named, ast.Name) else None
        if handler is None or handler.on is None:
            bag.error("MC252", f"`raise` needs a handler{existing(tuple(handlers))}", named.span)
            return ast.Empty(node.span)
        if not handler.on.raised:
            note = Note(f"declare it `{handler.on.level.value} {handler.name} on {handler.on.cpu} when raised`")
            bag.error("MC252", f"`{handler.name}` has a guard of its own and is not raised", named.span, [note])
            return ast.Empty(node.span)
        bit = ast.Assign(ast.Name(f"{handler.name}.raised", call.span), ast.BoolLit(True, call.span), node.span)
        return ast.Atomic(None, ast.Block((bit,), node.span), node.span)

    codes = (ast.ProcessDecl, ast.InlineDecl, ast.CallbackDecl, ast.InitDecl)
    return tuple(replace(item, body=_body(item.body, raising)) if isinstance(item, codes) else item for item in items)


def _body(node: ast.Block, change: Callable[[object], object]) -> ast.Block:
    found = mapped(node, change)
    assert isinstance(found, ast.Block)
    return found


def active(handler: str, span: Span) -> ast.Name:
    """The variable that says whether a handler is active."""
    return ast.Name(f"{handler}.active", span)


def _all(conditions: list[ast.Expr], span: Span) -> ast.Expr:
    whole = conditions[0]
    for condition in conditions[1:]:
        whole = ast.Binary("&&", whole, condition, span)
    return whole


def _off(found: Switch) -> str:
    """What a trace says of the step before a lock is taken."""
    return f"{'interrupts' if found.interrupts else 'preemption' if found.preemption else 'softirqs'} off"


def _switches(root: object) -> Iterator[tuple[ast.Call, Switch]]:
    for node in below(root):
        if isinstance(node, ast.Call):
            found = switch(node.name)
            if found is not None:
                yield node, found


def _refuse(call: ast.Call, where: str, bag: DiagnosticBag) -> None:
    """Report an operation that switches something off or on."""
    note = Note("it is a statement of its own in the process or handler itself")
    bag.error("MC253", f"`{call.name}` {where}: what that switches off cannot be told", call.span, [note])


@dataclass(frozen=True, slots=True)
class _Names:
    """``shared``: the shared variables of a spec; ``references``: those, and the fields, that are references;
    ``constants``: params, unknowns and literals.
    """

    shared: frozenset[str]
    references: frozenset[str]
    constants: frozenset[str]

    @classmethod
    def of(cls, items: tuple[ast.Item, ...]) -> _Names:
        declared = [node for node in below(items) if isinstance(node, ast.SharedDecl | ast.FieldDecl)]
        references = {node.name for node in declared if isinstance(node.type, ast.RefTypeNode)}
        shared = {item.name for item in items if isinstance(item, ast.SharedDecl)}
        constants = {item.name for item in items if isinstance(item, ast.ParamDecl | ast.UnknownDecl)}
        constants |= {literal for item in items if isinstance(item, ast.EnumDecl) for literal in item.literals}
        return cls(frozenset(shared), frozenset(references), frozenset(constants))


@dataclass(slots=True)
class _Context:
    """A task or handler of a CPU."""

    item: ast.ProcessDecl
    spec: _Names
    bag: DiagnosticBag
    body: ast.Stmt = field(init=False)
    flags: dict[str, Span] = field(default_factory=dict)
    uses: set[Switch] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)
    returns: bool = False

    def __post_init__(self) -> None:
        body = self.item.body
        statements = {node.expression.span for node in below(body) if isinstance(node, ast.ExprStmt)}
        atomics = tuple(node for node in below(body) if isinstance(node, ast.Atomic))
        at_once = {call.span for call, _ in _switches(atomics)}
        self.uses = {found for _, found in _switches(body)}
        self.kept = {self._flags(call, found) for call, found in _switches(body) if found.saves and found.off}
        for call, _ in _switches(body):
            if call.span in at_once or call.span not in statements:
                _refuse(call, "inside an expression or `atomic`", self.bag)

        def change(node: object) -> object:
            if isinstance(node, ast.Return) and self.item.handler:
                self.returns = True
                return ast.Goto(self._end, node.span)
            call = node.expression if isinstance(node, ast.ExprStmt) else None
            found = switch(call.name) if isinstance(call, ast.Call) and call.span not in at_once else None
            if found is None or not isinstance(call, ast.Call):
                return node
            return self._switching(call, found)

        self.body = _body(body, change)

    @property
    def level(self) -> ast.Level:
        assert self.item.on is not None
        return self.item.on.level

    @property
    def head(self) -> Span:
        assert self.item.on is not None
        return self.item.on.head

    @property
    def tracked(self) -> bool:
        """Whether what it switches off keeps anything away that would not be kept away anyway."""
        return self.level in (ast.Level.TASK, ast.Level.SOFTIRQ)

    @property
    def interrupts_off(self) -> bool:
        return self.tracked and any(use.interrupts for use in self.uses)

    @property
    def softirqs_off(self) -> bool:
        return self.tracked and any(not use.interrupts and not use.preemption for use in self.uses)

    @property
    def preemption_off(self) -> bool:
        return any(use.preemption for use in self.uses)

    @property
    def switches(self) -> bool:
        return self.interrupts_off or self.softirqs_off or self.preemption_off

    def name(self, what: str) -> ast.Name:
        """The variable that says something about it. No name in a spec has a dot in it."""
        return ast.Name(f"{self.item.name}.{what}", self.head)

    def _not(self, condition: ast.Expr) -> ast.Expr:
        return ast.Unary("!", condition, self.head)

    @property
    def on(self) -> ast.Expr:
        """That it has nothing switched off."""
        found: list[ast.Expr] = []
        if self.interrupts_off:
            found.append(self._not(self.name("irqs_off")))
        if self.softirqs_off:
            found.append(self._not(self.name("softirqs_off")))
        if self.preemption_off:
            found.append(self._not(self.name("preemption_off")))
        return _all(found, self.head)

    def variables(self) -> Iterator[ast.SharedDecl]:
        """The shared variables that keep its state."""
        span, false = self.item.span, ast.BoolLit(False, self.head)
        flag = ast.NamedType("bool", span)
        if self.item.handler:
            yield ast.SharedDecl(self.name("active").name, flag, false, span)
        if self.item.on is not None and self.item.on.raised:
            yield ast.SharedDecl(self.name("raised").name, flag, false, span)
        if self.interrupts_off:
            yield ast.SharedDecl(self.name("irqs_off").name, flag, false, span)
            for name in self.flags:
                yield ast.SharedDecl(self.name(name).name, flag, false, span)
        zero, most = ast.IntLit(0, span), ast.IntLit(MOST, span)
        counts = (("softirqs_off", self.softirqs_off), ("preemption_off", self.preemption_off))
        for name in (name for name, there in counts if there):
            yield ast.SharedDecl(self.name(name).name, ast.RangeTypeNode(zero, most, span), zero, span)

    def process(self, others: list[_Context]) -> ast.ProcessDecl:
        """The process or server that it is, beside ``others`` (of all CPUs)."""
        on, span = self.item.on, self.head
        assert on is not None
        beside = [other for other in others if other.item.on is not None and other.item.on.cpu == on.cpu]
        lowest = _ORDER.index(max(self.level, ast.Level.SOFTIRQ, key=_ORDER.index))
        above = [other for other in beside if _ORDER.index(other.level) >= lowest]
        conditions: list[ast.Expr] = [self._not(other.name("active")) for other in above]
        if self.level in (ast.Level.SOFTIRQ, ast.Level.INTERRUPT):
            for other in beside:
                if _ORDER.index(other.level) < _ORDER.index(self.level):
                    if other.interrupts_off:
                        conditions.append(self._not(other.name("irqs_off")))
                    if other.softirqs_off and self.level is ast.Level.SOFTIRQ:
                        conditions.append(self._not(other.name("softirqs_off")))
        if self.item.provided is not None:
            conditions.append(self.item.provided)
        provided = _all(conditions, span) if conditions else None
        names = tuple(other.item.name for other in above)
        body: ast.Stmt = self.body
        no_sleep: ast.Expr | None
        if self.item.handler:
            body, no_sleep = self._handler(), ast.BoolLit(True, span)
        else:
            no_sleep = self._not(self.on) if self.switches else None
        assert isinstance(body, ast.Block)
        off = self._not(self.on) if self.switches else None
        handler = self.item.handler
        return replace(self.item, provided=provided, body=body, no_sleep=no_sleep, above=names, off=off, begins=handler)

    def _handler(self) -> ast.Block:
        """``loop { atomic when (guard) { active = true; } body; active = false; }``"""
        span, active = self.head, self.name("active")
        on = self.item.on
        assert on is not None
        guard = on.guard if on.guard is not None else ast.BoolLit(True, span)
        text = f"{self.level.value} {self.item.name}"
        first: tuple[ast.Stmt, ...] = (ast.Assign(active, ast.BoolLit(True, span), span),)
        if on.raised:
            guard = self.name("raised")
            first = (ast.Assign(guard, ast.BoolLit(False, span), span), *first)
        starts = ast.Block(first, span)
        stops = ast.Block((ast.Assign(active, ast.BoolLit(False, span), span),), span)
        begin = ast.Atomic(guard, starts, span, caption=f"{text} begins on {on.cpu}")
        end: ast.Stmt = ast.Atomic(None, stops, span, caption=f"{text} ends on {on.cpu}")
        if self.returns:
            end = ast.Labelled(self._end, end, span)
        inner = ast.Block((begin, self.body, end), span)
        return ast.Block((ast.Loop(inner, ast.LoopKind.PLAIN, span),), span)

    @property
    def _end(self) -> str:
        return f"end of {self.item.name}"

    # --------------------------------------------------------------------------------- its statements

    def _switching(self, call: ast.Call, found: Switch) -> ast.Stmt:
        """What a statement does that switches something off or on, and takes or drops a lock.

        Everywhere the text of the call is what traces say: without the semicolon of the statement.
        """
        span, arguments, saved = call.span, call.arguments, None
        if found.saves:
            arguments, saved = self._saved(call, found)
        if found.interrupts and not self.tracked and not found.saves:
            note = Note("an interrupt runs with interrupts off: `_irqsave` and `_irqrestore` leave them so")
            message = f"`{call.name}` in {self._article} switches interrupts on, or off, in there"
            self.bag.error("MC253", message, call.span, [note])
        if not found.interrupts and not found.preemption and self.level in (ast.Level.INTERRUPT, ast.Level.NMI):
            message = f"`{call.name}` in {self._article}: softirqs are switched off and on in tasks and softirqs only"
            self.bag.error("MC253", message, call.span)
        changes = self._changes(found, saved, span)
        if not found.lock:
            return self._at_once(changes, span) if changes else ast.Empty(span)
        if not changes:
            return ast.ExprStmt(ast.Call(found.lock, arguments, span), span)
        before, arguments = self._at_hand(arguments, span)
        locking = ast.ExprStmt(ast.Call(found.lock, arguments, span), span)
        if found.off:
            return ast.Block((*before, self._at_once(changes, span, _off(found)), locking), span)
        return ast.Block((*before, self._at_once((locking, *changes), span)), span)

    def _at_hand(self, arguments: tuple[ast.Expr, ...], span: Span) -> tuple[list[ast.Stmt], tuple[ast.Expr, ...]]:
        """What evaluates the references and indices of a lock's place, and the place with what they yield.

        Evaluating them is no part of the step that switches something off or on.
        """
        before: list[ast.Stmt] = []

        def kept(node: ast.Expr) -> ast.Expr:
            name = f"{OWN}at{len(before)}"
            before.append(ast.LocalDecl(name, None, node, span))
            return ast.Name(name, node.span)

        def place(node: ast.Expr) -> ast.Expr:
            match node:
                case ast.AddressOf(operand):
                    return replace(node, operand=place(operand))
                case ast.Member(base, _, arrow):
                    return replace(node, base=kept(base) if arrow or self._refers(base) else place(base))
                case ast.Index(base, index):
                    inner = place(base)
                    return replace(node, base=inner, index=kept(index) if self._varies(index) else index)
            return node

        found = tuple(place(argument) for argument in arguments)
        return before, found

    def _refers(self, base: ast.Expr) -> bool:
        """Whether what stands before a dot is a reference (of a local it can be nothing else: locks are shared)."""
        if isinstance(base, ast.Member):
            return base.field in self.spec.references
        return isinstance(base, ast.Name) and (base.name in self.spec.references or base.name not in self.spec.shared)

    def _varies(self, index: ast.Expr) -> bool:
        """Whether evaluating an index reads anything: constants and literals read nothing."""
        return any(
            isinstance(node, ast.Call | ast.Member | ast.Index)
            or (isinstance(node, ast.Name) and node.name not in self.spec.constants)
            for node in below(index)
        )

    @property
    def _article(self) -> str:
        return "an interrupt" if self.level is ast.Level.INTERRUPT else "an nmi"

    def _at_once(self, changes: tuple[ast.Stmt, ...], span: Span, caption: str = "") -> ast.Stmt:
        return ast.Atomic(None, ast.Block(changes, span), span, caption=caption)

    def _changes(self, found: Switch, saved: ast.Name | None, span: Span) -> tuple[ast.Stmt, ...]:
        if found.interrupts:
            if not self.tracked:
                return ()
            flag = self.name("irqs_off")
            if not found.off:
                checked = () if saved is None else (self._check(Imbalance.RESTORED, flag, span),)
                return (*checked, ast.Assign(flag, saved or ast.BoolLit(False, span), span))
            kept = () if saved is None else (ast.Assign(saved, flag, span),)
            return (*kept, ast.Assign(flag, ast.BoolLit(True, span), span))
        if not self.tracked and not found.preemption:
            return ()
        count = self.name("preemption_off" if found.preemption else "softirqs_off")
        one, some = ast.IntLit(1, span), ast.Binary(">", count, ast.IntLit(0, span), span)
        if found.off:
            return (ast.Assign(count, ast.Binary("+", count, one, span), span),)
        checks = [self._check(Imbalance.BELOW, some, span)]
        if self.interrupts_off and not found.preemption:
            checks.append(self._check(Imbalance.SOFTIRQS_FIRST, self._not(self.name("irqs_off")), span))
        less = ast.Assign(count, ast.Binary("-", count, one, span), span)
        return (*checks, ast.If(some, less, None, span))

    def _check(self, wrong: Imbalance, condition: ast.Expr, span: Span) -> ast.Stmt:
        return ast.Assert(ast.AssertKind.ASSERT, self.item.name, condition, span, "unbalanced", wrong)

    def _flags(self, call: ast.Call, found: Switch) -> str:
        """The name under which flags are saved."""
        given = call.arguments[1 if found.lock else 0 :]
        flags = given[0] if given else None
        return flags.name if isinstance(flags, ast.Name) and flags.name not in self.spec.shared else "saved"

    def _saved(self, call: ast.Call, found: Switch) -> tuple[tuple[ast.Expr, ...], ast.Name]:
        """The arguments of the lock operation alone, and the variable that keeps the flags."""
        given = 1 if found.lock else 0
        name = self._flags(call, found)
        if not found.off and name not in self.kept:
            note = Note("interrupts are switched off and the flags saved by `local_irq_save` and `_irqsave`")
            message = f"`{call.name}` restores flags that `{self.item.name}` saves nowhere"
            self.bag.error("MC253", message, call.span, [note])
        if len(call.arguments) > given:
            flags = call.arguments[given]
            if not isinstance(flags, ast.Name) or flags.name in self.spec.shared:
                note = Note("write the name of a local that stands nowhere else: `spin_lock_irqsave(&l, flags);`")
                self.bag.error("MC253", "the flags are kept in a local", flags.span, [note])
        if len(call.arguments) > given + 1:
            self.bag.error("MC253", f"`{call.name}` has too many arguments", call.span)
        self.flags.setdefault(f"flags_{name}", call.span)
        return call.arguments[:given], self.name(f"flags_{name}")
