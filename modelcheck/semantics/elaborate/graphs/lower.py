"""From typed bodies to control-flow graphs: statements, calls, loops."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import assert_never

from modelcheck.ground.diagnostics import Diagnostic, Severity, SpecError
from modelcheck.ground.source import Span
from modelcheck.ir.system import Frame
from modelcheck.model import typed
from modelcheck.model.trees import blocks_of_labels, place_operands, reads_shared
from modelcheck.semantics.elaborate.execution.values import element_codes
from modelcheck.semantics.elaborate.graphs.emitter import Emitter, Join
from modelcheck.semantics.elaborate.graphs.graph import (
    Blocked,
    Branch,
    Check,
    Compute,
    EmitEvent,
    End,
    Enter,
    Fork,
    FreeObject,
    Graph,
    Guard,
    LabelOccurrence,
    Nothing,
    PickValue,
    Require,
    Rest,
    Store,
    TouchObject,
)
from modelcheck.semantics.elaborate.graphs.local_cycles import refuse_local_cycles
from modelcheck.semantics.elaborate.graphs.lower_expressions import ExpressionLowering
from modelcheck.semantics.elaborate.graphs.scope import LoopTargets, Scope, local_index

#: More nodes than this in one process: the calls multiply out of hand.
MAX_NODES = 200_000


class Lowering:
    """Lowers one process (or the init block) of a model."""

    def __init__(self, inlines: Mapping[str, typed.Inline], captured: frozenset[int], server: bool) -> None:
        self.inlines = inlines
        self.server = server
        self.emitter = Emitter(captured)
        self.expressions = ExpressionLowering(self.emitter, inlines, self.call)

    # calls

    def call(self, e: typed.CallExpr, scope: Scope) -> typed.Expr:
        """Expand a call; return the operand that reads its result."""
        emitter = self.emitter
        if len(emitter.frames) > 200:
            raise _error("MC551", "calls nest deeper than 200", e.span)
        inline = self.inlines[e.inline]
        places, values = self._arguments(inline, e, scope)
        inner = Scope(inline.name, inline.name, places=places)
        label = scope.inside[-1] if scope.inside else None
        outer_frames = emitter.frames
        emitter.frames = (*outer_frames, Frame(inline.name, label, e.span))
        parameters: list[typed.Expr] = []
        for local, value in values:
            index = local_index(emitter, inner, local)
            emitter.emit(Compute(index, value), value.span)
            parameters.append(typed.LocalRead(~index, local.type, local.span))
        if inline.requires is not None or inline.sleeps:
            requires = None if inline.requires is None else self.expressions.rename.expression(inline.requires, inner)
            emitter.emit(Require(inline.name, requires, inline.sleeps), e.span)
        if inline.call_event is not None:
            emitter.emit(EmitEvent(inline.call_event, tuple(parameters)), e.span)
        void = isinstance(inline.result, typed.VoidType)
        if not void:
            inner.result = emitter.new_local("result", inline.result, inline.name, temporary=True)
        self.block(inline.body, inner)
        emitter.place(inner.exit)
        result: typed.Expr = typed.Constant(False, inline.result, e.span)
        if inner.result is not None:
            result = typed.LocalRead(~inner.result, inline.result, e.span)
        if inline.return_event is not None:
            given = parameters if void else [*parameters, result]
            emitter.emit(EmitEvent(inline.return_event, tuple(given)), e.span)
        emitter.frames = outer_frames
        # Control comes back to the caller's statement: what was labelled in the callee has been left.
        emitter.skip(e.span)
        return result

    def _arguments(
        self, inline: typed.Inline, e: typed.CallExpr, scope: Scope
    ) -> tuple[dict[int, typed.Place], list[tuple[typed.Local, typed.Expr]]]:
        """Evaluate all arguments of a call, from left to right; what they are is stored to the
        parameters after that.
        """
        emitter, expressions = self.emitter, self.expressions
        places: dict[int, typed.Place] = {}
        values: list[tuple[typed.Local, typed.Expr]] = []
        kept: list[tuple[tuple[typed.Expr, ...], int]] = []
        for parameter, argument in zip(inline.parameters, e.arguments, strict=True):
            if isinstance(parameter, typed.RefParam):
                assert isinstance(argument, typed.Place)
                place = places[parameter.id] = expressions.hold_place(expressions.place(argument, scope), True)
                kept.append((place_operands(place), emitter.position()))
            else:
                assert not isinstance(argument, typed.Place)
                value = expressions.hold(expressions.expression(argument, scope), True)
                values.append((parameter, value))
                kept.append(((value,), emitter.position()))
        for operands, first in kept:
            emitter.waited(operands, first)
        return places, values

    # statements

    def block(self, block: typed.Block, scope: Scope) -> None:
        if block.locals:
            indices = tuple(local_index(self.emitter, scope, local) for local in block.locals)
            self.emitter.emit(Enter(indices), block.span)
        if not scope.blocks:
            scope.label_blocks = blocks_of_labels(block)
        scope.blocks.append(block)
        for statement in block.statements:
            self.statement(statement, scope)
        scope.blocks.pop()

    def statement(self, s: typed.Stmt, scope: Scope) -> None:
        """Emit the nodes of a statement after the open edges."""
        emitter, expressions = self.emitter, self.expressions
        match s:
            case typed.Block():
                self.block(s, scope)
            case typed.Labelled(label, inner, span):
                self._labelled(label, inner, span, scope)
            case typed.Assign(target, value, span, tag):
                self._assign(target, value, span, scope, tag)
            case typed.CompoundAssign():
                self._compound(s, scope)
            case typed.Evaluate(expression, span):
                lowered = expressions.expression(expression, scope)
                if not isinstance(lowered, typed.Constant) and not _is_operand(lowered):
                    emitter.emit(Compute(None, lowered), span)
            case typed.If(condition, then, otherwise):
                yes, no, end = Join(), Join(), Join()
                if isinstance(condition, typed.Constant):
                    emitter.skip(condition.span)
                expressions.condition(condition, yes, no, scope)
                emitter.place(yes)
                self._branch(then, scope)
                emitter.jump(end)
                emitter.place(no)
                if otherwise is not None:
                    self._branch(otherwise, scope)
                emitter.jump(end)
                emitter.place(end)
            case typed.Loop():
                self._loop(s, scope)
            case typed.For():
                self._for(s, scope)
            case typed.Goto(label, span):
                for block in scope.label_blocks[label]:
                    if block.locals and all(block is not b for b in scope.blocks):
                        emitter.emit(Enter(tuple(local_index(emitter, scope, x) for x in block.locals)), span)
                emitter.skip(span)
                emitter.jump(scope.labels.setdefault(label, Join()))
            case typed.Break(span):
                emitter.skip(span)
                emitter.jump(scope.loops[-1].leave)
            case typed.Continue(span):
                emitter.skip(span)
                emitter.jump(scope.loops[-1].again)
            case typed.Return(returned, span):
                if returned is not None:
                    lowered = expressions.expression(returned, scope)
                    if scope.result is not None:
                        emitter.emit(Compute(scope.result, lowered), span)
                # A jump does nothing, but whether it is ever reached is asked.
                emitter.skip(span)
                emitter.jump(scope.exit)
            case typed.When():
                self._when(s, scope)
            case typed.Atomic(guard, body, span):
                self._atomic(guard, body, span, scope)
            case typed.Choose(branches, span):
                node = emitter.emit(Fork(True), span, True, len(branches))
                end = Join()
                for i, branch in enumerate(branches):
                    emitter.here = [(node, i)]
                    self._branch(branch, scope)
                    emitter.jump(end)
                emitter.place(end)
            case typed.Pick(local, domain, where, span):
                index = local_index(emitter, scope, local)
                renamed = expressions.rename.domain(domain, scope)
                test = None if where is None else expressions.rename.expression(where, scope)
                emitter.guarding = emitter.guarding or not emitter.atomic
                emitter.emit(PickValue(index, renamed, test), span, True)
                emitter.guarding = False
            case typed.Emit(event, arguments, span):
                values = expressions.operands(arguments, scope)
                if not emitter.atomic:
                    values = tuple(expressions.hold(v, False) for v in values)
                emitter.emit(EmitEvent(event, values), span, True)
            case typed.Assert(name, condition, known, span, kind):
                checked = expressions.rename.expression(condition, scope)
                emitter.emit(Check(name, checked, kind), span, known or reads_shared(checked))
            case typed.Free(reference, object, null_ok, span):
                emitter.emit(FreeObject(expressions.now(reference, scope), object, null_ok), span, True)
            case typed.Touch(reference, object, span):
                emitter.emit(TouchObject(expressions.now(reference, scope), object), span, True)
            case typed.Empty():
                pass
            case _:
                assert_never(s)

    def _branch(self, body: typed.Stmt, scope: Scope) -> None:
        """A body that may not be entered: where it begins is a node of its own, so that whether it
        ever is can be told.
        """
        self.emitter.skip(body.span)
        self.statement(body, scope)

    def _labelled(self, label: str, inner: typed.Stmt, span: Span, scope: Scope) -> None:
        emitter = self.emitter
        entry = emitter.place_node(scope.labels.setdefault(label, Join()), Nothing(), span)
        occurrence = LabelOccurrence(
            len(emitter.occurrences), label, scope.inline, emitter.frames, entry, emitter.atomic
        )
        emitter.occurrences.append(occurrence)
        outer_labels, outer_inside = emitter.labels, scope.inside
        emitter.labels = (*outer_labels, occurrence.id)
        scope.inside = (*outer_inside, label)
        self.statement(inner, scope)
        emitter.labels, scope.inside = outer_labels, outer_inside

    def _assign(
        self,
        target: typed.Place,
        value: typed.Expr,
        span: Span,
        scope: Scope,
        tag: typed.AccessTag = typed.AccessTag.PLAIN,
    ) -> None:
        expressions = self.expressions
        if isinstance(target.root, typed.LocalRoot) and not target.selectors:
            lowered_value = expressions.expression(value, scope)
            index = expressions.rename.local(scope, target.root.local)
            self.emitter.emit(Compute(index, lowered_value), span)
            return
        place, (lowered_value,) = expressions.place_and_operands(target, (value,), scope)
        self._store(place, lowered_value, span, tag)

    def _store(
        self, place: typed.Place, value: typed.Expr, span: Span, tag: typed.AccessTag = typed.AccessTag.PLAIN
    ) -> None:
        if isinstance(place.root, typed.LocalRoot) and not place.selectors:
            self.emitter.emit(Compute(place.root.local, value), span)
        else:
            self.emitter.emit(Store(place, value, tag), span, place.shared)

    def _compound(self, s: typed.CompoundAssign, scope: Scope) -> None:
        expressions = self.expressions
        value_simple = expressions.simple(s.value, scope)
        place = expressions.place(s.target, scope)
        place = expressions.hold_place(place, not value_simple)
        old: typed.Expr
        if isinstance(place.root, typed.LocalRoot) and not place.selectors:
            old = typed.LocalRead(place.root.local, s.target.type, s.span)
        else:
            old = typed.Load(place, s.target.type, s.span)
        if place.shared and not self.emitter.atomic:
            old = self.emitter.compute_temporary(old, True, s.span)
        elif not value_simple:
            old = expressions.hold(old, True)
        first = self.emitter.position()
        value = expressions.expression(s.value, scope)
        self.emitter.waited((*place_operands(place), old), first)
        result: typed.Expr = typed.Binary(s.operator, old, value, s.result, s.span)
        if place.shared and not self.emitter.atomic:
            result = expressions.hold(result, False)
        self._store(place, result, s.span)

    def _loop(self, s: typed.Loop, scope: Scope) -> None:
        emitter = self.emitter
        own_loop = self.server and s.condition is None and scope.inline is None and not scope.loops
        goes_round = s.head is typed.LoopHead.GOES_ROUND
        rests = s.head is typed.LoopHead.RESTS or (own_loop and not emitter.atomic and not goes_round)
        outer = emitter.loops
        head, leave, again = Join(), Join(), Join()
        if rests or goes_round:
            emitter.loops = outer | {emitter.new_loop()}
            emitter.place_node(head, Rest(goes_round), s.span)
        else:
            emitter.place_node(head, Nothing(), s.span)
        if s.condition is None or s.test_first:
            again = head
        scope.loops.append(LoopTargets(leave, again))
        if s.condition is not None and s.test_first:
            yes = Join()
            self.expressions.condition(s.condition, yes, leave, scope)
            emitter.place(yes)
        self._branch(s.body, scope)
        if s.condition is not None and not s.test_first:
            emitter.place(again)
            self.expressions.condition(s.condition, head, leave, scope)
        else:
            emitter.jump(head)
        scope.loops.pop()
        emitter.loops = outer
        emitter.place(leave)
        emitter.skip(s.span)

    def _for(self, s: typed.For, scope: Scope) -> None:
        emitter = self.emitter
        codes = element_codes(domain_type(s.domain))
        if not codes:
            return
        index = local_index(emitter, scope, s.variable)
        type, span = s.variable.type, s.span
        read = typed.LocalRead(~index, type, span)
        boolean = isinstance(type, typed.BoolType)
        first: typed.Value = bool(codes[0]) if boolean else codes[0]
        last: typed.Value = bool(codes[-1]) if boolean else codes[-1]
        emitter.emit(Compute(index, typed.Constant(first, type, span)), span)
        head, leave, again, more = Join(), Join(), Join(), Join()
        emitter.place_node(head, Nothing(), span)
        scope.loops.append(LoopTargets(leave, again))
        self._branch(s.body, scope)
        scope.loops.pop()
        emitter.place(again)
        is_last = typed.Binary("==", read, typed.Constant(last, type, span), typed.BoolType(), span)
        node = emitter.emit(Branch(is_last), span, successors=2)
        emitter.here = [(node, 0)]
        emitter.jump(leave)
        emitter.here = [(node, 1)]
        emitter.jump(more)
        emitter.place(more)
        following: typed.Expr = (
            typed.Constant(True, type, span)
            if boolean
            else typed.Binary("+", read, typed.Constant(1, type, span), type, span)
        )
        emitter.exempt.add(emitter.emit(Compute(index, following), span))
        if not boolean:
            # Always true: it cuts ways through the loop that would go beyond the last value.
            in_range = typed.Binary("<=", read, typed.Constant(last, type, span), typed.BoolType(), span)
            emitter.emit(Guard(in_range), span)
        emitter.jump(head)
        emitter.place(leave)
        emitter.skip(span)

    def _when(self, s: typed.When, scope: Scope) -> None:
        emitter = self.emitter
        guarding = emitter.guarding = emitter.guarding or not emitter.atomic
        if len(s.branches) == 1:
            emitter.emit(Nothing(), s.span, True)
        else:
            node = emitter.emit(Fork(True), s.span, True, len(s.branches))
        end = Join()
        for i, branch in enumerate(s.branches):
            if len(s.branches) > 1:
                emitter.here = [(node, i)]
            emitter.guarding = guarding
            self._guard(branch.guard, scope)
            emitter.guarding = False
            if branch.body is not None:
                self.statement(branch.body, scope)
            emitter.jump(end)
        emitter.place(end)

    def _guard(self, guard: typed.Expr, scope: Scope) -> None:
        """A pure condition that is part of the step."""
        emitter = self.emitter
        outer, emitter.atomic = emitter.atomic, True
        if self.expressions.simple(guard, scope):
            emitter.emit(Guard(self.expressions.rename.expression(guard, scope)), guard.span)
        else:
            yes, no = Join(), Join()
            self.expressions.condition(guard, yes, no, scope)
            emitter.place(no)
            emitter.emit(Blocked(), guard.span, successors=0)
            emitter.here = []
            emitter.place(yes)
        emitter.atomic = outer

    def _atomic(self, guard: typed.Expr | None, body: typed.Block, span: Span, scope: Scope) -> None:
        emitter = self.emitter
        emitter.guarding = emitter.guarding or not emitter.atomic
        emitter.emit(Nothing(), span, True)
        outer, emitter.atomic = emitter.atomic, True
        if guard is not None:
            self._guard(guard, scope)
        emitter.guarding = emitter.guarding and self._begins_waiting(body)
        self.block(body, scope)
        emitter.atomic = outer
        emitter.skip(span)

    def _begins_waiting(self, s: typed.Stmt) -> bool:
        """Whether a statement waits for something other than a lock, or begins with one that does."""
        match s:
            case typed.Block(_, statements):
                first = [x for x in statements if not isinstance(x, typed.Empty)][:1]
                return any(self._begins_waiting(x) for x in first)
            case typed.Labelled(_, inner):
                return self._begins_waiting(inner)
            case typed.When() | typed.Pick():
                return True
            case typed.Atomic(guard, body):
                return guard is not None or self._begins_waiting(body)
            case (
                typed.Assign(_, typed.CallExpr(inline))
                | typed.Evaluate(typed.CallExpr(inline))
                | typed.Return(typed.CallExpr(inline))
            ):
                return self._begins_waiting(self.inlines[inline].body)
            case typed.Assign(_, value) | typed.Evaluate(value) | typed.Return(value):
                return isinstance(value, typed.CondLoad)
            case (
                typed.CompoundAssign()
                | typed.If()
                | typed.Loop()
                | typed.For()
                | typed.Goto()
                | typed.Break()
                | typed.Continue()
                | typed.Choose()
                | typed.Emit()
                | typed.Assert()
                | typed.Free()
                | typed.Touch()
                | typed.Empty()
            ):
                return False
            case _:
                assert_never(s)

    # whole graphs

    def process(self, process: typed.Process) -> tuple[Graph, typed.Expr | None]:
        """The graph of a process class and its ``provided`` guard."""
        scope = Scope(process.name, None)
        entry = self.emitter.emit(Nothing(), process.span)
        self.block(process.body, scope)
        provided = None
        if process.provided is not None:
            provided = self.expressions.rename.expression(process.provided, scope)
        return self._finish(scope, entry, process.span), provided

    def init(self, block: typed.Block, initial: Iterable[typed.SharedVar]) -> Graph:
        """The graph that gives the shared variables their initial values and then runs the init blocks."""
        scope = Scope("init", None)
        self.emitter.atomic = True
        entry = self.emitter.emit(Nothing(), block.span)
        for variable in initial:
            assert variable.initial is not None
            place = typed.Place(typed.SharedRoot(variable.id), (), variable.type, True, variable.span)
            value = self.expressions.expression(variable.initial, scope)
            self.emitter.emit(Store(place, value, initial=True), variable.span)
        self.block(block, scope)
        return self._finish(scope, entry, block.span)

    def _finish(self, scope: Scope, entry: int, span: Span) -> Graph:
        emitter = self.emitter
        emitter.place(scope.exit)
        emitter.atomic = False
        end = emitter.emit(End(), span, True, 0)
        emitter.here = []
        graph = emitter.finish(entry, end)
        if len(graph.nodes) > MAX_NODES:
            raise _error("MC551", f"{scope.owner} expands to {len(graph.nodes)} control points", span)
        refuse_local_cycles(graph, emitter.exempt)
        return graph


def domain_type(domain: typed.Domain) -> typed.Type:
    """The type whose values a domain ranges over (for a pool: plain slot numbers)."""
    match domain:
        case typed.RangeDomain(low, high):
            return typed.RangeType(low, high)
        case typed.EnumDomain(enum):
            return enum
        case typed.BoolDomain():
            return typed.BoolType()
        case typed.ProcDomain(process, size):
            return typed.ProcType(process, size)
        case typed.PoolDomain() | typed.SetDomain():
            raise AssertionError(domain)
        case _:
            assert_never(domain)


def _is_operand(e: typed.Expr) -> bool:
    return isinstance(e, typed.LocalRead) and e.local < 0


def _error(code: str, message: str, span: Span) -> SpecError:
    return SpecError((Diagnostic(code, Severity.ERROR, message, span),))
