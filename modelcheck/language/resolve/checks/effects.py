"""What may be done where: blocking inside ``atomic``, side effects in guards and properties, quantifiers in plain code.

Inlines are checked in each kind of surroundings they are called in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import assert_never

from modelcheck.ground.diagnostics import DiagnosticBag, Note
from modelcheck.ground.source import Span
from modelcheck.language.resolve.code.fold import LARGEST_SHIFT
from modelcheck.language.resolve.instance import Function
from modelcheck.language.resolve.types.compatibility import describe
from modelcheck.model import typed
from modelcheck.model.atomics import ATOMICS
from modelcheck.model.trees import statements_below


class Surroundings(Enum):
    """Where code runs; the value ends the sentence "… in" of a message."""

    CODE = "plain code"
    ATOMIC = "an `atomic` block"
    INIT = "an initial state"
    GUARD = "a guard"
    PURE = "an expression that is evaluated at once"


class Effects:
    """Checks the code of one instance; every finding goes to the bag, once."""

    def __init__(self, functions: Mapping[str, Function], bag: DiagnosticBag) -> None:
        self.functions = functions
        self.bag = bag
        self._done: set[tuple[str, Surroundings, bool]] = set()
        self._calls: list[tuple[Surroundings, Span]] = []

    # ------------------------------------------------------------------------------------- bodies

    def process(self, process: typed.Process) -> None:
        """Check a process and what it calls."""
        if process.provided is not None:
            self.expression(process.provided, Surroundings.PURE)
        self.statement(process.body, Surroundings.CODE)

    def initial(self, shared: Iterable[typed.SharedVar], init: typed.Block) -> None:
        """Check the initial values and the init blocks."""
        for var in shared:
            if var.initial is not None:
                self.expression(var.initial, Surroundings.INIT)
        self.statement(init, Surroundings.INIT)

    def pure(self, expression: typed.Expr) -> None:
        """Check an expression of a property or a ``requires``."""
        self.expression(expression, Surroundings.PURE)

    def unused(self, function: Function) -> None:
        """Check an inline that nobody calls, as plain code."""
        if _returned(function) is None and all(name != function.name for name, _, _ in self._done):
            self._function(function.name, Surroundings.CODE, False, function.span)

    def runs_at_once(self, function: Function) -> bool:
        """Whether every call of a function met so far is part of a larger step; False if there was none."""
        surroundings = {where for name, where, _ in self._done if name == function.name}
        return bool(surroundings) and Surroundings.CODE not in surroundings

    def _function(self, name: str, where: Surroundings, first: bool, call: Span) -> None:
        key = (name, where, first)
        if key in self._done or name not in self.functions:
            return
        self._done.add(key)
        function = self.functions[name]
        if function.requires is not None:
            self.expression(function.requires, Surroundings.PURE)
        self._calls.append((where, call))
        self._body(function, where, first, call)
        self._calls.pop()

    def _body(self, function: Function, where: Surroundings, first: bool, call: Span) -> None:
        if where in (Surroundings.GUARD, Surroundings.PURE):
            self._pure_call(function, where, call)
        elif where is Surroundings.CODE:
            self.statement(function.body, where)
        else:
            self.atomic_body(function.body, where, first)

    def _error(self, code: str, message: str, span: Span, notes: Iterable[Note] = ()) -> None:
        """Report an error, with the call that leads to it from other surroundings, if one does."""
        found = list(notes)
        for where, call in self._calls:
            if where is not Surroundings.CODE:
                if call != span:
                    found.append(Note(f"called here, in {where.value}", call))
                break
        self.bag.error(code, message, span, found)

    def _pure_call(self, function: Function, where: Surroundings, call: Span) -> None:
        if function.callback:
            note = Note("a call of a callback is an event", function.span)
            self._error("MC404", f"the callback `{function.name}` cannot be called in {where.value}", call, [note])
            return
        value = _returned(function)
        if value is None:
            note = Note(_why_not_single(function), function.span)
            message = f"`{function.name}` cannot be called in {where.value}: only an inline that is one `return` can"
            self._error("MC405", message, call, [note])
            return
        self.expression(value, where)

    # --------------------------------------------------------------------------------- statements

    def atomic_body(self, body: typed.Block, where: Surroundings, first: bool) -> None:
        """Check what runs inside an ``atomic``; only if ``first`` its first statement may block."""
        start = _first(body) if first else None
        self._jumps(body)
        self.statement(body, where, start)

    def statement(self, node: typed.Stmt, where: Surroundings, start: typed.Stmt | None = None) -> None:
        """Check a statement; ``start`` is the one that may block."""
        inside = where is not Surroundings.CODE
        match node:
            case typed.Block(_, statements):
                for part in statements:
                    self.statement(part, where, start)
            case typed.Labelled(_, inner):
                self.statement(inner, where, start)
            case typed.If(condition, then, otherwise):
                self.expression(condition, where)
                self.statement(then, where)
                if otherwise is not None:
                    self.statement(otherwise, where)
            case typed.Loop(condition, _, _, body):
                if inside:
                    note = Note("`for (i in lo..hi)` is allowed")
                    self._error("MC403", f"no unbounded loop can stand in {where.value}", node.span.first_line, [note])
                    return
                if condition is not None:
                    self.expression(condition, where)
                self.statement(body, where)
            case typed.For(_, _, body):
                self.statement(body, where)
            case typed.When(branches):
                self._when(node, branches, where, node is start)
            case typed.Atomic(guard, body):
                self._atomic(node, guard, body, where, node is start)
            case typed.Choose(blocks):
                self._no_choice(node.span, "choose", where)
                for block in blocks:
                    self.statement(block, where)
            case typed.Pick(_, domain, condition):
                self._no_choice(node.span, "pick", where)
                if isinstance(domain, typed.SetDomain):
                    self.expression(domain.set, Surroundings.PURE)
                if condition is not None:
                    self.expression(condition, Surroundings.PURE)
            case (
                typed.Assign()
                | typed.CompoundAssign()
                | typed.Evaluate()
                | typed.Jump()
                | typed.Emit()
                | typed.Assert()
                | typed.Free()
                | typed.Touch()
                | typed.Empty()
            ):
                self._simple(node, where, node is start)
            case _:
                assert_never(node)

    def _simple(self, node: typed.Stmt, where: Surroundings, first: bool) -> None:
        match node:
            case typed.Assign(target, value):
                self.place(target, where)
                self.expression(value, where, first)
            case typed.CompoundAssign(target, _, value):
                self.place(target, where)
                self.expression(value, where)
            case typed.Evaluate(expression):
                self.expression(expression, where, first)
            case typed.Return(value):
                if value is not None:
                    self.expression(value, where, first)
            case typed.Emit(_, arguments):
                for argument in arguments:
                    self.expression(argument, where)
            case typed.Assert(_, condition):
                self.expression(condition, Surroundings.PURE)
            case typed.Free(reference) | typed.Touch(reference):
                self.expression(reference, where)
            case typed.Nesting() | typed.Goto() | typed.Break() | typed.Continue() | typed.Pick() | typed.Empty():
                return
            case _:
                assert_never(node)

    def _when(self, node: typed.When, branches: tuple[typed.WhenBranch, ...], where: Surroundings, first: bool) -> None:
        if where is not Surroundings.CODE and not first:
            self._blocks("`when`", node.span, where)
        for branch in branches:
            self.expression(branch.guard, Surroundings.GUARD)
            if branch.body is not None:
                self.statement(branch.body, where)

    def _atomic(
        self, node: typed.Atomic, guard: typed.Expr | None, body: typed.Block, where: Surroundings, first: bool
    ) -> None:
        if guard is not None:
            if where is not Surroundings.CODE and not first:
                self._blocks("`atomic when`", node.span, where)
            self.expression(guard, Surroundings.GUARD)
        inner = where if where is Surroundings.INIT else Surroundings.ATOMIC
        self.atomic_body(body, inner, where is Surroundings.CODE or first)

    def _blocks(self, what: str, span: Span, where: Surroundings) -> None:
        if where is Surroundings.INIT:
            self._error("MC411", f"{what} cannot stand in an initial state: nothing can wait there", span)
            return
        note = Note("an `atomic` block blocks as a whole or not at all: what waits in its middle is a step of its own")
        message = f"{what} may block; in an `atomic` block only the first statement may"
        self._error("MC402", message, span.first_line, [note])

    def _no_choice(self, span: Span, what: str, where: Surroundings) -> None:
        if where is Surroundings.INIT:
            self._error("MC411", f"there is one initial state: no `{what}` in it", span.first_line)

    def _jumps(self, body: typed.Block) -> None:
        """Report a jump backwards inside an ``atomic``: it is an unbounded loop."""
        seen: set[str] = set()
        for node in statements_below(body):
            if isinstance(node, typed.Labelled):
                seen.add(node.label)
            elif isinstance(node, typed.Goto) and node.label in seen:
                message = f"`goto {node.label}` jumps backwards inside an `atomic` block: it might never end"
                self._error("MC412", message, node.span)

    # -------------------------------------------------------------------------------- expressions

    def place(self, node: typed.Place, where: Surroundings) -> None:
        """Check the expressions inside a place."""
        if isinstance(node.root, typed.FieldRoot):
            self.expression(node.root.reference, where)
        for selector in node.selectors:
            if isinstance(selector, typed.IndexSelector):
                self.expression(selector.index, where)

    def expression(self, node: typed.Expr, where: Surroundings, first: bool = False) -> None:
        """Check an expression; ``first``: it is all of the statement that may block."""
        match node:
            case typed.Constant() | typed.LocalRead() | typed.SelfRead() | typed.CountProcesses():
                return
            case typed.AtLabel() | typed.AfterLabel() | typed.CountAt() | typed.Done() | typed.CountAllocated():
                return
            case typed.Load(place) | typed.Ask(_, place):
                self.place(place, where)
            case typed.Unary(_, operand) | typed.Cast(operand) | typed.OptSome(operand) | typed.OptGet(operand):
                self.expression(operand, where)
            case typed.SetSize(operand) | typed.Primed(operand):
                self.expression(operand, where)
            case typed.Binary("<<" | ">>", typed.Constant(), typed.Constant(count), typed.IntType()):
                # Not folded, so the count is none that numbers can be shifted by.
                message = f"a number is shifted by {count}; the count must lie in 0..{LARGEST_SHIFT}"
                self._error("MC228", message, node.span)
            case typed.Binary(_, left, right) | typed.Logical(_, left, right):
                self.expression(left, where)
                self.expression(right, where)
            case typed.Conditional(condition, then, otherwise):
                for part in (condition, then, otherwise):
                    self.expression(part, where)
            case typed.SetLiteral(elements):
                for element in elements:
                    self.expression(element, where)
            case typed.CallExpr(inline, arguments):
                for argument in arguments:
                    if isinstance(argument, typed.Place):
                        self.place(argument, where)
                    else:
                        self.expression(argument, where)
                self._function(inline, where, first, node.span)
            case typed.NextAllocated(object):
                if where not in (Surroundings.ATOMIC, Surroundings.INIT):
                    note = Note(
                        "in `atomic` it can, in the order of the slots; elsewhere they may come and go meanwhile: "
                        "`pick x in …` chooses one, `forall`/`exists` ask about all of them"
                    )
                    self._error("MC219", f"`for` cannot run over the objects of {object} here", node.span, [note])
            case typed.Quantifier(_, _, domain, body):
                self._quantifier(node, domain, body, where)
            case typed.AtomicOp() | typed.LockOp() | typed.New() | typed.CondLoad():
                self._operation(node, where, first)
            case _:
                assert_never(node)

    def _quantifier(self, node: typed.Quantifier, domain: typed.Domain, body: typed.Expr, where: Surroundings) -> None:
        if where is Surroundings.CODE:
            word = "forall" if node.forall else "exists"
            message = f"`{word}` reads many things at once: it can stand in guards, asserts, `atomic` and properties"
            self._error("MC130", message, node.span)
            return
        if isinstance(domain, typed.SetDomain):
            self.expression(domain.set, Surroundings.PURE)
        self.expression(body, Surroundings.PURE)

    def _operation(
        self, node: typed.AtomicOp | typed.LockOp | typed.New | typed.CondLoad, where: Surroundings, first: bool
    ) -> None:
        if where is Surroundings.PURE:
            self._no_effect(node, where, "has an effect")
            return
        match node:
            case typed.AtomicOp(operator, place, arguments):
                if where is Surroundings.GUARD and not ATOMICS[operator].can_fail:
                    self._no_effect(node, where, "changes something even if the guard is false")
                self.place(place, where)
                for argument in arguments:
                    self.expression(argument, where)
            case typed.LockOp(lock_operator, place):
                if where is Surroundings.GUARD and not lock_operator.tries:
                    self._no_effect(node, where, "changes something even if the guard is false")
                elif where is Surroundings.INIT:
                    message = "no process runs yet in an initial state: nobody can hold a lock"
                    self._error("MC411", message, node.span)
                elif where is Surroundings.ATOMIC and lock_operator.waits and not first:
                    self._blocks(f"`{node.span.text or lock_operator.value}`", node.span, where)
                self.place(place, where)
            case typed.New(_, inits):
                if where is Surroundings.GUARD:
                    self._no_effect(node, where, "changes something even if the guard is false")
                for _, value in inits:
                    self.expression(value, where)
            case typed.CondLoad(place, _, condition):
                if where is Surroundings.GUARD:
                    self._no_effect(node, where, "waits")
                elif where is not Surroundings.CODE and not first:
                    self._blocks("`cond_load`", node.span, where)
                self.place(place, where)
                self.expression(condition, Surroundings.PURE)
            case _:
                assert_never(node)

    def _no_effect(self, node: typed.Expr, where: Surroundings, why: str) -> None:
        notes = []
        if where is Surroundings.GUARD:
            notes.append(
                Note(
                    "operations that do nothing when they fail (inc_not_zero, trylock, try_cmpxchg…) can stand in a"
                    " guard"
                )
            )
        text = node.span.text.split("\n", 1)[0]
        self._error("MC404", f"`{text}` {why}; it cannot stand in {where.value}", node.span, notes)


def _first(node: typed.Stmt) -> typed.Stmt | None:
    """Return the first statement that runs, inside blocks and labels."""
    while True:
        match node:
            case typed.Block(_, statements):
                rest = [part for part in statements if not isinstance(part, typed.Empty)]
                if not rest:
                    return None
                node = rest[0]
            case typed.Labelled(_, inner):
                node = inner
            case (
                typed.Simple()
                | typed.If()
                | typed.Loop()
                | typed.For()
                | typed.Jump()
                | typed.When()
                | typed.Atomic()
                | typed.Choose()
            ):
                return node
            case _:
                assert_never(node)


def _returned(function: Function) -> typed.Expr | None:
    """Return what an inline returns whose body is a single ``return``, else None."""
    match function.body.statements:
        case (typed.Return(value),):
            return value
        case (typed.Labelled(_, typed.Return(value)),):
            return value
        case _:
            return None


def _why_not_single(function: Function) -> str:
    match function.body.statements:
        case (typed.Block((typed.Local(_, "result", type),), (typed.Assign(), typed.Return())),):
            return f"that its result lies in {describe(type)} must be checked, by a store; let it return int"
        case _:
            return "its body is not a single `return`"
