"""Statements to code: those that have others inside, and jumps."""

from __future__ import annotations

from typing import assert_never

from modelcheck.ground.source import Span
from modelcheck.model import typed
from modelcheck.result import operations
from modelcheck.semantics.interpreter.compiler import expressions
from modelcheck.semantics.interpreter.compiler.builder import Builder, Chain, LoopContext, enter_block, text_of
from modelcheck.semantics.interpreter.compiler.code import Instruction, Label, LabelOccurrence, Site
from modelcheck.semantics.interpreter.compiler.simple import simple_statement
from modelcheck.semantics.interpreter.judging import waiting
from modelcheck.semantics.interpreter.machine.layout import domain_of
from modelcheck.semantics.interpreter.machine.machine import Machine


def statement(builder: Builder, node: typed.Stmt) -> None:
    """Compile a statement."""
    if not isinstance(node, typed.Labelled):
        _statement(builder, node)
        return
    scope = builder.scope
    direct = scope.direct_label
    first, end = scope.positions[node.label], Label()
    builder.place_label(first)
    if node.label in scope.again and not builder.pure:
        # A `goto` from inside comes by here, outside of the statement: it has left it.
        first = Label()
        builder.place_between(node.span)
        builder.place_label(first)
    outer, scope.labels = scope.labels, (*scope.labels, node.label)
    scope.direct_label = node.label
    builder.occurrences.append(LabelOccurrence(node.label, scope.inline, scope.path, first, end, builder.pure))
    builder.mark(node.label, node.span)
    statement(builder, node.statement)
    builder.place_label(end)
    scope.labels, scope.direct_label = outer, direct


def _body(builder: Builder, node: typed.Stmt) -> None:
    """A statement inside another one: the label of the outer one is not its own."""
    before, builder.scope.direct_label = builder.scope.direct_label, ""
    statement(builder, node)
    builder.scope.direct_label = before


def _statement(builder: Builder, node: typed.Stmt) -> None:
    match node:
        case typed.Block(_, statements):
            with builder.within(node):
                enter_block(builder, node)
                for inner in statements:
                    _body(builder, inner)
        case typed.Labelled():
            statement(builder, node)
        case typed.If():
            _if(builder, node)
        case typed.Loop():
            _loop(builder, node)
        case typed.For():
            _for(builder, node)
        case typed.Goto():
            _goto(builder, node)
        case typed.Break(span):
            _leave(builder, builder.scope.loops[-1].node, span)
            builder.jump(builder.scope.loops[-1].break_, span)
        case typed.Continue(span):
            builder.jump(builder.scope.loops[-1].continue_, span)
        case typed.Return(value, span):
            if value is not None:
                expressions.expression(builder, value)
            _leave(builder, None, span)
            builder.jump(builder.scope.exit, span)
        case typed.When():
            _when(builder, node)
        case typed.Atomic():
            _atomic(builder, node)
        case typed.Choose():
            _choose(builder, node)
        case typed.Simple():
            simple_statement(builder, node)
        case _:
            assert_never(node)


# ------------------------------------------------------------------------------------- control flow


def _if(builder: Builder, node: typed.If) -> None:
    if isinstance(node.condition, typed.Constant):
        chosen = node.then if node.condition.value else node.otherwise
        if chosen is not None:
            _body(builder, chosen)
        return
    other, end = Label(), Label()
    expressions.branch(builder, node.condition, False, other, node.span)
    _body(builder, node.then)
    if node.otherwise is not None:
        builder.jump(end, node.span)
    builder.place_label(other)
    if node.otherwise is not None:
        _body(builder, node.otherwise)
    builder.place_label(end)


def _loop(builder: Builder, node: typed.Loop) -> None:
    scope = builder.scope
    goes_round = node.head is typed.LoopHead.GOES_ROUND
    rests = node.head is typed.LoopHead.RESTS or (
        builder.server and scope.inline is None and node.condition is None and not scope.loops and not goes_round
    )
    head, test, end = Label(), Label(), Label()
    condition = node.condition
    if isinstance(condition, typed.Constant) and condition.value:
        condition = None
    outer = scope.loops
    builder.place_label(head)
    if rests:
        builder.rests = True
        builder.emit(_rest, node.span)
    elif goes_round:
        builder.emit(_go_round, node.span)
    if condition is not None and node.test_first:
        expressions.branch(builder, condition, False, end, node.span)
    again = head if node.test_first or condition is None else test
    scope.loops = (*outer, LoopContext(node, end, again, rests or goes_round))
    with builder.within(node):
        _body(builder, node.body)
    builder.place_label(test)
    if isinstance(condition, typed.Constant) and not node.test_first:
        pass  # do { } while (false)
    elif condition is not None and not node.test_first:
        expressions.branch(builder, condition, True, head, node.span)
    else:
        builder.jump(head, node.span)
    scope.loops = outer
    builder.place_label(end)
    if rests and condition is not None:
        builder.emit(_rise, node.span)


def _rest(machine: Machine) -> None:
    machine.resting, machine.goes_round = True, False


def _go_round(machine: Machine) -> None:
    machine.resting, machine.goes_round = False, True


def _rise(machine: Machine) -> None:
    machine.resting = machine.goes_round = False


def _for(builder: Builder, node: typed.For) -> None:
    match node.domain:
        case typed.RangeDomain(low, high):
            values = range(low, high + 1)
        case typed.EnumDomain(enum):
            values = domain_of(enum)
        case typed.BoolDomain():
            values = range(2)
        case typed.ProcDomain(_, size):
            values = range(size)
        case _:
            raise ValueError("for runs over ranges, enums, bool and process classes")
    if not values:
        return
    variable = builder.bind(node.variable)
    cell, last, span = variable.base, values[-1], node.span
    convert = bool if isinstance(node.domain, typed.BoolDomain) else int
    head, continue_, end = Label(), Label(), Label()

    def start(machine: Machine) -> None:
        machine.frame[cell] = convert(values[0])

    def at_last(machine: Machine) -> None:
        if machine.frame[cell] == last:
            machine.pc = end.position

    def advance(machine: Machine) -> None:
        machine.frame[cell] = convert(machine.frame[cell] + 1)

    builder.emit(start, span, kills=(variable.number,))
    builder.place_label(head)
    outer = builder.scope.loops
    builder.scope.loops = (*outer, LoopContext(node, end, continue_, False))
    with builder.within(node):
        _body(builder, node.body)
    builder.scope.loops = outer
    builder.place_label(continue_)
    builder.emit(at_last, span, reads=(variable.number,), targets=(end,))
    builder.emit(advance, span, reads=(variable.number,), kills=(variable.number,))
    builder.jump(head, span)
    builder.place_label(end)


def _leave(builder: Builder, outermost: typed.Stmt | None, span: Span) -> None:
    """Leave the loops up to and including ``outermost`` (None: all of this body): a marked one ends that."""
    for loop in reversed(builder.scope.loops):
        if loop.marked:
            builder.emit(_rise, span)
        if loop.node is outermost:
            return


def _goto(builder: Builder, node: typed.Goto) -> None:
    scope = builder.scope
    target: Chain = scope.chains[node.label]
    for loop in reversed(scope.loops):
        if loop.marked and not any(loop.node is around for around in target):
            builder.emit(_rise, node.span)
    for around in target:
        if isinstance(around, typed.Block) and not any(around is current for current in scope.chain):
            enter_block(builder, around)
    builder.jump(scope.positions[node.label], node.span)


# ------------------------------------------------------------------------------- guards and choices


def _when(builder: Builder, node: typed.When) -> None:
    end = Label()
    if len(node.branches) == 1:
        guard, body = node.branches[0].guard, node.branches[0].body
        condition = text_of(guard.span)
        described = operations.Guard((condition,))
        step = builder.begin_step(node.span, lambda _: described, f"when ({condition})")
        waiting.begin_guard(builder, step)
        with builder.purely():
            expressions.expression(builder, guard)
            expressions.block_unless(builder, node.span)
        waiting.end_guard(builder, node.span)
        if body is not None:
            _body(builder, body)
        return
    starts = [Label() for _ in node.branches]
    conditions = tuple(text_of(branch.guard.span) for branch in node.branches)
    step = builder.begin_step(node.span, lambda done: operations.Guard(conditions, done.number()), "when")
    waiting.begin_guard(builder, step)
    _branch(builder, starts, node.span)
    guarding = builder.guarding
    for start, branch in zip(starts, node.branches, strict=True):
        builder.place_label(start)
        builder.guarding = guarding
        with builder.purely():
            expressions.expression(builder, branch.guard)
            expressions.block_unless(builder, branch.span)
        waiting.end_guard(builder, branch.span)
        if branch.body is not None:
            _body(builder, branch.body)
        builder.jump(end, branch.span)
    builder.place_label(end)


def _branch(builder: Builder, starts: list[Label], span: Span) -> None:
    """Choose a branch."""
    record, options = not builder.pure, range(len(starts))

    def execute(machine: Machine) -> None:
        branch = machine.choose(options)
        if record:
            machine.note(branch)
        machine.pc = starts[branch].position

    builder.emit(execute, span, targets=tuple(starts), falls=False)


def _atomic(builder: Builder, node: typed.Atomic) -> None:
    guard = node.guard
    # What resolution has written in the place of something else has no text of its own.
    condition = "" if guard is None or guard.span == node.span else text_of(guard.span)
    inside = waiting.begins_waiting(builder, node.body)
    described = operations.AtomicBlock(text_of(node.span), condition, _first_tested(node.body), inside, node.caption)
    head = f"atomic when ({condition})" if condition else "atomic"
    waiting.begin_guard(builder, builder.begin_step(node.span, lambda _: described, head))
    with builder.purely():
        if guard is not None:
            expressions.expression(builder, guard)
            expressions.block_unless(builder, node.span)
        if not inside:
            waiting.end_guard(builder, node.span)
        _body(builder, node.body)


def _first_tested(node: typed.Stmt) -> str:
    """The condition of the first ``if`` that a statement comes to, or nothing."""
    match node:
        case typed.Block(_, statements):
            return next((found for inner in statements if (found := _first_tested(inner))), "")
        case typed.Labelled(_, inner):
            return _first_tested(inner)
        case typed.If(condition):
            return text_of(condition.span)
        case (
            typed.Simple() | typed.Loop() | typed.For() | typed.Jump() | typed.When() | typed.Atomic() | typed.Choose()
        ):
            return ""
        case _:
            assert_never(node)


def _choose(builder: Builder, node: typed.Choose) -> None:
    end = Label()
    starts = [Label() for _ in node.branches]
    builder.begin_step(node.span, lambda done: operations.Choice(done.number()))
    _branch(builder, starts, node.span)
    for start, block in zip(starts, node.branches, strict=True):
        builder.place_label(start)
        _body(builder, block)
        builder.jump(end, block.span)
    builder.place_label(end)


# ------------------------------------------------------------------------------ events and objects


def process_body(builder: Builder, process: typed.Process) -> None:
    """Compile a whole process; its last instruction is where it is done."""
    statement(builder, process.body)
    builder.place_label(builder.scope.exit)
    site = Site(process.span, (), ())
    builder.code.append(Instruction(_rest, site, stops=True, falls=False))
