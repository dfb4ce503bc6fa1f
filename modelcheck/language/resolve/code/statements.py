"""Statements: locals and blocks, control flow, constant branches taken away."""

from __future__ import annotations

from dataclasses import field
from typing import assert_never

from modelcheck.ground.diagnostics import Note
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.language.resolve.checks.reads import reads_shared
from modelcheck.language.resolve.code import calls, domains, expressions, fold, places
from modelcheck.language.resolve.facts import flow
from modelcheck.language.resolve.facts.flow import Flow
from modelcheck.language.resolve.names import labels
from modelcheck.language.resolve.names.scope import Context, Site, UnresolvedError, plural
from modelcheck.language.resolve.types.compatibility import (
    BOOL,
    describe,
    includes,
    is_number,
    is_scalar,
    leaves,
    size,
    value_type,
)
from modelcheck.language.resolve.types.conversion import article, coerce, mismatch, static_range
from modelcheck.language.syntax import ast
from modelcheck.model import typed

#: Cells of one local variable.
LOCAL_LIMIT = 256


@dataclass(slots=True)
class _Loop:
    """The loop that ``break`` and ``continue`` mean.

    ``once``: it was a ``do … while (false)``, left by a jump to that label.
    """

    once: str | None = None
    used: bool = False


@dataclass(slots=True)
class Body:
    """Resolves the statements of one body. ``flow``: what of it control can reach."""

    context: Context
    result: typed.Type
    found: labels.Labels
    flow: Flow
    server: bool = False
    warned: bool = False
    loops: list[_Loop] = field(default_factory=list)
    declared: list[list[typed.Local]] = field(default_factory=list)
    generated: int = 0

    # ------------------------------------------------------------------------------------- blocks

    def block(self, node: ast.Block) -> typed.Block:
        """Resolve a block; statements that are wrong are reported and left out."""
        with self.context.scope():
            return self._block(node.statements, node.span)

    def _block(self, nodes: tuple[ast.Stmt, ...], span: Span) -> typed.Block:
        self.declared.append([])
        statements = [self.statement(node) for node in nodes]
        return typed.Block(tuple(self.declared.pop()), tuple(statements), span)

    def substatement(self, node: ast.Stmt) -> typed.Stmt:
        """Resolve the body of a compound statement; a bare declaration gets a block of its own."""
        if isinstance(node, ast.Block):
            return self.block(node)
        with self.context.scope():
            found = self._block((node,), node.span)
        return found if found.locals else found.statements[0]

    def statement(self, node: ast.Stmt) -> typed.Stmt:
        """Resolve one statement; if it is wrong the answer is an empty one."""
        if self.flow.reaches(node):
            self.warned = False
        elif not self.warned and not isinstance(node, ast.Labelled | ast.Block | ast.Empty):
            self.context.bag.warning("MC407", "control never gets here", node.span)
            self.warned = True
        try:
            return self._statement(node)
        except UnresolvedError:
            return typed.Empty(node.span)

    def _statement(self, node: ast.Stmt) -> typed.Stmt:
        context = self.context
        match node:
            case ast.ExprStmt(expression):
                return self._evaluate(expression, node.span)
            case ast.Assign(target, value):
                place = places.place(context, target, "an assignment")
                return calls.store(context, place, value, node.span)
            case ast.Labelled(label, statement):
                # What it declares, it declares for the block around.
                return typed.Labelled(label, self.statement(statement), node.span)
            case ast.If():
                return self._if(node)
            case ast.LocalDecl():
                return self._local(node)
            case ast.Return():
                return self._return(node)
            case ast.Block():
                return self.block(node)
            case ast.Goto(label):
                return typed.Goto(label, node.span)
            case ast.CompoundAssign():
                return self._compound(node)
            case ast.While(condition, body):
                return self._while(condition, body, node.span)
            case ast.DoWhile(body, condition):
                return self._do_while(body, condition, node.span)
            case ast.Loop(body, kind):
                return self._loop(body, kind, node.span)
            case ast.For():
                return self._for(node)
            case ast.Break():
                return self._leave(node, "break")
            case ast.Continue():
                return self._leave(node, "continue")
            case ast.When(branches):
                return self._when(branches, node.span)
            case ast.Atomic():
                return self._atomic(node)
            case ast.Choose(branches):
                return self._choose(branches, node.span)
            case ast.PickStmt():
                return self._pick(node)
            case ast.Emit():
                return self._emit(node)
            case ast.Assert():
                return self._assert(node)
            case ast.Empty():
                return typed.Empty(node.span)
            case _:
                assert_never(node)

    def _condition(self, node: ast.Expr) -> typed.Expr | None:
        """Resolve a condition; None if it is wrong: what it governs is checked all the same."""
        try:
            return expressions.condition(self.context, node)
        except UnresolvedError:
            return None

    # ----------------------------------------------------------------------------- simple statements

    def _evaluate(self, node: ast.Expr, span: Span) -> typed.Stmt:
        special = calls.statement_call(self.context, node)
        if special is not None:
            if isinstance(special, typed.CompoundAssign):
                calls.check_assignable(self.context, special.target)
            return special
        found = expressions.expression(self.context, node)
        if not isinstance(node, ast.Call | ast.MethodCall | ast.New | ast.CondLoad):
            note = Note("`touch(p);` is an access to an object; `READ_ONCE(x);` reads and drops a value")
            self.context.fail("MC208", "this statement does nothing", span, [note])
        return typed.Evaluate(found, span)

    def _local(self, node: ast.LocalDecl) -> typed.Stmt:
        context = self.context
        try:
            value = None
            if node.type is not None:
                type = context.table.type(node.type)
                self._check_local_type(type, node)
            elif node.value is not None:
                value = expressions.scalar(context, node.value)
                type = value.type
                if isinstance(type, typed.NullType):
                    context.fail("MC201", "this does not tell the type of the local; write `: T`", node.span)
            else:
                context.fail("MC201", f"the local `{node.name}` needs a type", node.span)
        except UnresolvedError:
            context.declare(node.name, None, node.span)
            raise
        uninitialised = isinstance(node.value, ast.UninitLit)
        if node.value is not None and value is None and not uninitialised:
            if is_scalar(type):
                value = self._initial_value(node.value, type, node)
            else:
                each = "its elements" if isinstance(type, typed.ArrayType) else "its fields"
                notes = [Note(f"declare it without a value and assign to {each}")] if node.type is not None else []
                message = f"{article(type)} cannot be initialised as a whole"
                context.bag.error("MC221", message, node.value.span, notes)
        local = context.table.new_local(node.name, type, context.owner, node.span)
        context.declare(node.name, local, node.span)
        self.declared[-1].append(local)
        if value is None:
            return typed.Empty(node.span)
        place = typed.Place(typed.LocalRoot(local.id), (), type, False, node.span)
        return typed.Assign(place, value, node.span)

    def _initial_value(self, node: ast.Expr, type: typed.Type, local: ast.LocalDecl) -> typed.Expr:
        try:
            return expressions.value(self.context, node, type, f"`{local.name}`")
        except UnresolvedError:
            self.context.declare(local.name, None, local.span)
            raise

    def _check_local_type(self, type: typed.Type, node: ast.LocalDecl) -> None:
        for leaf in leaves(type):
            if isinstance(leaf, typed.AtomicType | typed.LockType):
                self.context.fail("MC211", f"a local cannot be or contain {article(leaf)}; make it shared", node.span)
        if size(type) > LOCAL_LIMIT:
            self.context.fail("MC212", f"this local is too large (at most {LOCAL_LIMIT} cells)", node.span)

    def _compound(self, node: ast.CompoundAssign) -> typed.Stmt:
        context = self.context
        target = places.place(context, node.target, "an assignment")
        calls.check_assignable(context, target)
        type = value_type(target.type)
        if not is_number(type) and not isinstance(type, typed.BvType | typed.SetType):
            context.fail("MC208", f"`{node.operator}=` does not apply to {describe(type)}", node.span)
        left = places.load(context, target, node.target.span)
        right = expressions.scalar(context, node.value, type)
        if type != right.type and not (is_number(type) and is_number(right.type)):
            right = coerce(context, right, type, node.value, "the target")
        result = expressions.result_type(context, node.operator, left, right, node.span)
        if result != type and not (is_number(result) and is_number(type)):
            mismatch(context, result, type, node.target, "the target")
        return typed.CompoundAssign(target, node.operator, right, result, node.span)

    def _return(self, node: ast.Return) -> typed.Stmt:
        context = self.context
        if isinstance(self.result, typed.VoidType):
            if node.value is not None:
                is_process = isinstance(context.table.type_name(context.owner), ast.ProcessDecl)
                why = "a process has none" if is_process else "add `-> T` to its declaration"
                context.fail("MC218", f"`{context.owner}` has no result ({why})", node.span)
            return typed.Return(None, node.span)
        if node.value is None:
            context.fail("MC218", f"`{context.owner}` must return {describe(self.result)}", node.span)
        value = expressions.value(context, node.value, self.result, "the result")
        if _needs_check(value, self.result):
            return self._checked_return(value, node.span)
        return typed.Return(value, node.span)

    def _checked_return(self, value: typed.Expr, span: Span) -> typed.Stmt:
        """The result is stored in a local, so that leaving its range is noticed here."""
        result = self.context.table.new_local("result", self.result, self.context.owner, span)
        place = typed.Place(typed.LocalRoot(result.id), (), self.result, False, span)
        back = typed.Return(typed.LocalRead(result.id, self.result, span), span)
        return typed.Block((result,), (typed.Assign(place, value, span), back), span)

    def _emit(self, node: ast.Emit) -> typed.Stmt:
        context = self.context
        event = context.table.event(node.event)
        if event is None:
            if node.event in context.table.function_names():
                note = Note("a call of a callback is an event by itself; nothing is emitted for it")
                context.fail("MC115", f"`{node.event}` is called, not emitted", node.span, [note])
            message = f"unknown event `{node.event}`"
            context.fail_missing("MC115", message, node.event, context.table.event_names(), node.span)
        if context.table.uses is not None:
            context.table.uses.use_event(node.event, node.span)
        if len(node.arguments) != len(event.parameters):
            wanted = plural(len(event.parameters), "argument")
            context.fail("MC207", f"`{node.event}` takes {wanted}, not {len(node.arguments)}", node.span)
        arguments = []
        for parameter, argument in zip(event.parameters, node.arguments, strict=True):
            purpose = f"the argument `{parameter.name}`"
            found = expressions.value(context, argument, parameter.type, purpose)
            static_range(context, found, parameter.type, argument, purpose)
            arguments.append(found)
        return typed.Emit(event.id, tuple(arguments), node.span)

    def _assert(self, node: ast.Assert) -> typed.Stmt:
        with self.context.purely():
            found = expressions.condition(self.context, node.condition)
        if node.kind is not ast.AssertKind.ASSERT:
            found = fold.unary("!", found, BOOL, node.condition.span)
        name = node.name or str(node.span)
        return typed.Assert(name, found, reads_shared(self.context, found), node.span, node.obligation, node.imbalance)

    # ------------------------------------------------------------------------------------ branches

    def _if(self, node: ast.If) -> typed.Stmt:
        condition = self._condition(node.condition)
        then = self.substatement(node.then)
        otherwise = None if node.otherwise is None else self.substatement(node.otherwise)
        if condition is None:
            return typed.Empty(node.span)
        known = fold.outcome(condition)
        if known is None:
            return typed.If(condition, then, otherwise, node.span)
        kept = then if known else (otherwise or typed.Empty(node.span))
        dropped = node.otherwise if known else node.then
        kept = self._without(kept, dropped, otherwise if known else then, node.span)
        if fold.truth(condition) is None:
            return typed.Block((), (typed.Evaluate(condition, node.condition.span), kept), node.span)
        return kept

    def _without(self, kept: typed.Stmt, dropped: ast.Stmt | None, branch: typed.Stmt | None, span: Span) -> typed.Stmt:
        """Leave out a branch that is never taken, unless a ``goto`` from outside enters it: then jump around it."""
        if dropped is None or branch is None or not self._entered(dropped):
            return kept
        end = self._new_label("end")
        around = (kept, typed.Goto(end, span), branch, typed.Labelled(end, typed.Empty(span), span))
        return typed.Block((), around, span)

    def _entered(self, node: ast.Stmt) -> bool:
        """Whether some ``goto`` outside ``node`` names a label inside it."""
        inside: set[str] = set()
        own: list[Span] = []
        stack: list[ast.Stmt] = [node]
        while stack:
            part = stack.pop()
            if isinstance(part, ast.Labelled):
                inside.add(part.label)
            elif isinstance(part, ast.Goto):
                own.append(part.span)
            stack.extend(labels.children(part))
        if not inside:
            return False
        return any(jump.label in inside and not any(jump.span is span for span in own) for jump in self.found.jumps)

    def _new_label(self, word: str) -> str:
        """Return a label that no user can have written."""
        self.generated += 1
        return f".{word}{self.generated}"

    # --------------------------------------------------------------------------------------- loops

    def _while(self, test: ast.Expr, body: ast.Stmt, span: Span) -> typed.Stmt:
        condition = self._condition(test)
        inner = self._loop_body(body)
        if condition is None:
            return typed.Empty(span)
        known = fold.outcome(condition)
        if known is False:
            kept: typed.Stmt = typed.Empty(span)
            if fold.truth(condition) is None:
                kept = typed.Evaluate(condition, test.span)
            if not self._entered(body):
                return kept
        if fold.truth(condition) is True:
            return typed.Loop(None, True, self._plain_head(), inner, span)
        return typed.Loop(condition, True, typed.LoopHead.NOTHING, inner, span)

    def _loop(self, body: ast.Stmt, kind: ast.LoopKind, span: Span) -> typed.Stmt:
        match kind:
            case ast.LoopKind.PLAIN:
                head = self._plain_head()
            case ast.LoopKind.QUIESCENT:
                head = typed.LoopHead.RESTS
            case ast.LoopKind.ENDLESS:
                head = typed.LoopHead.GOES_ROUND
            case _:
                assert_never(kind)
        return typed.Loop(None, True, head, self._loop_body(body), span)

    def _plain_head(self) -> typed.LoopHead:
        """What the head of a plain loop here is: a server rests at that of an outermost one."""
        return typed.LoopHead.RESTS if self.server and not self.loops else typed.LoopHead.NOTHING

    def _loop_body(self, body: ast.Stmt) -> typed.Stmt:
        self.loops.append(_Loop())
        inner = self.substatement(body)
        self.loops.pop()
        return inner

    def _do_while(self, body: ast.Stmt, test: ast.Expr, span: Span) -> typed.Stmt:
        condition = self._condition(test)
        never = condition is not None and fold.truth(condition) is False
        loop = _Loop(self._new_label("once") if never else None)
        self.loops.append(loop)
        inner = self.substatement(body)
        self.loops.pop()
        if condition is None:
            return typed.Empty(span)
        if never:
            if not loop.used:
                return inner
            assert loop.once is not None
            return typed.Block((), (inner, typed.Labelled(loop.once, typed.Empty(span), span)), span)
        if fold.truth(condition) is True:
            return typed.Loop(None, True, typed.LoopHead.NOTHING, inner, span)
        return typed.Loop(condition, False, typed.LoopHead.NOTHING, inner, span)

    def _for(self, node: ast.For) -> typed.Stmt:
        context = self.context
        variable: typed.Local | None = None
        try:
            over, type = domains.domain(context, node.domain)
            if isinstance(over, typed.SetDomain):
                note = Note("`pick x in …` chooses one of its members; `forall`/`exists` ask about all of them")
                context.fail(
                    "MC219", "`for` cannot run over a set: its members have no order", node.domain.span, [note]
                )
            variable = context.table.new_local(node.variable, type, context.owner, node.span)
            context.fixed.add(variable.id)
        except UnresolvedError:
            pass
        with context.scope():
            context.declare(node.variable, variable, node.span)
            body = self._loop_body(node.body)
        if variable is None or (isinstance(over, typed.RangeDomain) and over.low > over.high):
            return typed.Empty(node.span)
        if isinstance(over, typed.PoolDomain):
            return self._for_objects(over.object, variable, body, node)
        return typed.For(variable, over, body, node.span)

    def _for_objects(self, object: str, variable: typed.Local, body: typed.Stmt, node: ast.For) -> typed.Stmt:
        """``for (x in T) B``: x goes from each object to the next one above it, at most as often as there are slots."""
        type, where = variable.type, node.domain.span
        assert isinstance(type, typed.RefType)
        turn = self.context.table.new_local(".turn", typed.RangeType(0, type.pool - 1), self.context.owner, node.span)
        place = typed.Place(typed.LocalRoot(variable.id), (), type, False, where)
        here = typed.LocalRead(variable.id, type, where)
        null = typed.Constant(0, type, where)
        none = typed.Binary("==", here, null, BOOL, where)
        advance = typed.Assign(place, typed.NextAllocated(object, here, type, where), where)
        inner = typed.Block((), (advance, typed.If(none, typed.Break(where), None, where), body), node.span)
        over = typed.RangeDomain(0, type.pool - 1)
        outer = (typed.Assign(place, null, where), typed.For(turn, over, inner, node.span))
        return typed.Block((variable,), outer, node.span)

    def _leave(self, node: ast.Break | ast.Continue, word: str) -> typed.Stmt:
        if not self.loops:
            self.context.fail("MC127", f"`{word}` outside a loop", node.span)
        loop = self.loops[-1]
        if loop.once is not None:
            loop.used = True
            return typed.Goto(loop.once, node.span)
        return typed.Break(node.span) if word == "break" else typed.Continue(node.span)

    # ---------------------------------------------------------------------- blocking, choices, atomic

    def _when(self, branches: tuple[ast.WhenBranch, ...], span: Span) -> typed.Stmt:
        self._not_in_init("when", span)
        found: list[typed.WhenBranch] = []
        wrong = False
        for branch in branches:
            try:
                with self.context.purely():
                    guard = expressions.condition(self.context, branch.guard)
            except UnresolvedError:
                wrong = True
                guard = None
            body = None if branch.body is None else self.substatement(branch.body)
            if guard is not None:
                found.append(typed.WhenBranch(guard, body, branch.span))
        return typed.Empty(span) if wrong else typed.When(tuple(found), span)

    def _atomic(self, node: ast.Atomic) -> typed.Stmt:
        guard = None
        with self.context.purely():
            if node.guard is not None:
                self._not_in_init("atomic when", node.span)
                guard = expressions.condition(self.context, node.guard)
                if fold.truth(guard) is True:
                    guard = None
            body = self.block(node.body)
        return typed.Atomic(guard, body, node.span, node.caption)

    def _choose(self, branches: tuple[ast.Block, ...], span: Span) -> typed.Stmt:
        self._not_in_init("choose", span)
        found = [self.block(branch) for branch in branches]
        return typed.Choose(tuple(found), span)

    def _pick(self, node: ast.PickStmt) -> typed.Stmt:
        context = self.context
        self._not_in_init("pick", node.span)
        known, symbol = context.lookup(node.variable)
        try:
            over, type = domains.domain(context, node.domain)
        except UnresolvedError:
            if not known:
                context.declare(node.variable, None, node.span)
            raise
        local: typed.Local
        if known:
            if symbol is None:
                raise UnresolvedError
            context.use_local(symbol, node.span)
            if isinstance(symbol, typed.RefParam) or symbol.id in context.fixed:
                context.fail(
                    "MC206", f"`pick` needs a local of its own; `{node.variable}` cannot be assigned", node.span
                )
            local = symbol
            fits = local.type == type or (is_number(local.type) and is_number(type) and includes(local.type, type))
            if not fits:
                message = f"`{node.variable}` has type {describe(local.type)}, but it is picked from {describe(type)}"
                context.fail("MC201", message, node.span, [Note("declared here", local.span)])
        else:
            local = context.table.new_local(node.variable, type, context.owner, node.span)
            context.declare(node.variable, local, node.span)
            self.declared[-1].append(local)
        where = None
        if node.where is not None:
            with context.purely():
                where = expressions.condition(context, node.where)
            if fold.truth(where) is True:
                where = None
        return typed.Pick(local, over, where, node.span)

    def _not_in_init(self, word: str, span: Span) -> None:
        if self.context.site is Site.INIT:
            message = f"an init block makes one initial state: no `{word}` in it"
            self.context.bag.error("MC411", message, span)


def _needs_check(value: typed.Expr, result: typed.Type) -> bool:
    if not isinstance(result, typed.RangeType):
        return False
    if isinstance(value, typed.Constant) and isinstance(value.value, int):
        return not result.low <= value.value <= result.high
    return not includes(result, value.type)


def resolve_body(
    context: Context, node: ast.Block, result: typed.Type, *, server: bool = False, name: str | None = None
) -> typed.Block:
    """Resolve a whole body; ``name`` is that of an inline whose result must be returned on every path."""
    found = labels.scan(node, context.bag)
    ways = flow.of_syntax(node)
    body = Body(context, result, found, ways, server)
    block = body.block(node)
    if name is not None and ways.falls_off and not isinstance(result, typed.VoidType):
        end = Span(node.span.source, max(node.span.start, node.span.end - 1), node.span.end)
        context.bag.error("MC406", f"`{name}` ends here without returning {describe(result)}", end)
    return block
