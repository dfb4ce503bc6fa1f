"""Statements to code that have no others inside: what they do, and where their steps are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, assert_never

from modelcheck.ground.source import Span
from modelcheck.model import typed
from modelcheck.model.obligations import FAULTS
from modelcheck.result import operations
from modelcheck.result.details import AssertionFails, Detail, OutsideSection, QueuedTwice, Unbalanced, WaitsForItself
from modelcheck.semantics.interpreter.compiler import expressions, questions
from modelcheck.semantics.interpreter.compiler.atomics import store
from modelcheck.semantics.interpreter.compiler.builder import Builder, text_of
from modelcheck.semantics.interpreter.compiler.code import Variable
from modelcheck.semantics.interpreter.compiler.objects import free, touch
from modelcheck.semantics.interpreter.judging import waiting
from modelcheck.semantics.interpreter.judging.readings import readings
from modelcheck.semantics.interpreter.machine.access import Access, check_range, take_operands
from modelcheck.semantics.interpreter.machine.machine import Blocked, Machine
from modelcheck.semantics.interpreter.machine.values import encode, show
from modelcheck.semantics.interpreter.trace_data import Done

#: What ``typed.Simple`` stands for.
_Simple: TypeAlias = (
    typed.Assign
    | typed.CompoundAssign
    | typed.Evaluate
    | typed.Pick
    | typed.Emit
    | typed.Assert
    | typed.Free
    | typed.Touch
    | typed.Empty
)


def simple_statement(builder: Builder, node: _Simple) -> None:
    """Compile a statement that has no others inside."""
    match node:
        case typed.Assign():
            _assign(builder, node)
        case typed.CompoundAssign():
            _compound(builder, node)
        case typed.Evaluate(value, span):
            expressions.expression(builder, value)
            expressions.discard(builder, value.type, span)
        case typed.Pick():
            _pick(builder, node)
        case typed.Emit():
            _emit(builder, node)
        case typed.Assert():
            _assert(builder, node)
        case typed.Free():
            _free(builder, node)
        case typed.Touch():
            _touch(builder, node)
        case typed.Empty():
            pass
        case _:
            assert_never(node)


def _store(builder: Builder, access: Access, variable: Variable | None, span: Span) -> None:
    """Take the value, then the operands of the place, and assign: a step if the place is shared."""
    record = not builder.pure

    def execute(machine: Machine) -> None:
        value = machine.stack.pop()
        store(machine, access, value)
        if record:
            machine.note(value)

    if variable is None:
        type_, text = typed.IntType() if isinstance(access.type, typed.AtomicType) else access.type, access.text
        whole = text_of(span).rstrip(";")
        builder.emit(
            execute,
            span,
            step=True,
            shared=True,
            operation=lambda done: operations.Store(whole, done.access(text), done.old, done.value(type_)),
        )
    elif access.operands or variable.size > 1:
        builder.emit(lambda machine: store(machine, access, machine.stack.pop()), span)
    else:
        builder.emit(lambda machine: store(machine, access, machine.stack.pop()), span, kills=(variable.number,))


def _assign(builder: Builder, node: typed.Assign) -> None:
    access, variable = expressions.operands(builder, node.target)
    if variable is not None:
        whole = isinstance(node.target.root, typed.LocalRoot) and not node.target.selectors
        if not variable.name.startswith(typed.OWN):
            builder.into[id(node.value)] = variable.name if whole else access.text
    expressions.expression(builder, node.value)
    _store(builder, access, variable, node.span)


def _compound(builder: Builder, node: typed.CompoundAssign) -> None:
    access, variable = expressions.operands(builder, node.target)
    count = access.operands
    if count:
        builder.emit(lambda machine: machine.stack.extend(machine.stack[-count:]), node.span)
    expressions.read(builder, access, variable, access.text)
    expressions.expression(builder, node.value)
    expressions.binary(builder, node.operator, node.target.type, node.result, node.span)
    _store(builder, access, variable, node.span)


def _pick(builder: Builder, node: typed.Pick) -> None:
    variable = builder.bind(node.local)
    record, name, type_ = not builder.pure, node.local.name, node.local.type
    step = builder.begin_step(node.span, lambda done: operations.Picking(name, done.value(type_)), f"pick {name}")
    waiting.begin_guard(builder, step)
    with builder.purely():
        values = questions.domain_values(builder, node.domain)
        number = _numbering(node.domain, node.local.type)

        def execute(machine: Machine) -> None:
            by_choice = {number(value): value for value in values(machine)}
            if not by_choice:
                raise Blocked
            value = by_choice[machine.choose(list(by_choice))]
            check_range(machine, value, variable.type, variable.subject, variable.name, node.span)
            machine.frame[variable.base] = value
            if record:
                machine.note(value)

        builder.blocks = True
        builder.emit(execute, node.span, kills=(variable.number,))
        if node.where is not None:
            expressions.expression(builder, node.where)
            expressions.block_unless(builder, node.span)
    waiting.end_guard(builder, node.span)


def _numbering(domain: typed.Domain, type_: typed.Type) -> Callable[[Any], int]:
    """By which number a schedule names a picked value: its slot in a pool, else its ordinal (of a
    reference in a set: 0 is null).
    """
    if isinstance(domain, typed.PoolDomain):
        return lambda value: int(value.slot)
    if isinstance(domain, typed.SetDomain):
        assert isinstance(domain.set.type, typed.SetType)
        type_ = domain.set.type.element

    def ordinal(value: Any) -> int:
        code = encode(value, type_)
        assert isinstance(code, int)
        return int(code)

    return ordinal


def _emit(builder: Builder, node: typed.Emit) -> None:
    expressions.push_all(builder, node.arguments)
    count, event, span, record = len(node.arguments), node.event, node.span, not builder.pure

    def execute(machine: Machine) -> None:
        machine.occur(event, take_operands(machine, count), span)
        if record:
            machine.note(True)

    text = text_of(span).rstrip(";")

    def described(done: Done) -> operations.Operation:
        return operations.Emission(text, done.events[0] if done.truth() else None)

    builder.emit(execute, span, step=True, shared=True, operation=described)


def _assert(builder: Builder, node: typed.Assert) -> None:
    name, condition, span = node.name, text_of(node.condition.span), node.span
    text = text_of(span).rstrip(";")
    described = operations.Assertion(text, name, condition)
    start = builder.begin_step(span, lambda _: described)
    outside = not builder.pure
    with builder.purely():
        expressions.expression(builder, node.condition)
    if outside and not (node.reads_shared or any(instruction.shared for instruction in builder.code[start + 1 :])):
        builder.retract_step(start)

    read = [
        (text_of(part.span), expressions.pure_code(builder, part)[0], part.type) for part in readings(node.condition)
    ]

    def execute(machine: Machine) -> None:
        if not machine.stack.pop():
            quiet, machine.quiet = machine.quiet, True
            values = tuple((part, show(machine.evaluate(code), type_)) for part, code, type_ in read)
            machine.quiet = quiet
            detail = _failing(node, text, AssertionFails(text, name, condition, values))
            if node.kind in FAULTS and not machine.quiet:
                machine.fault(node.kind, name, detail, span)
            machine.report(node.kind, name, detail, span)

    builder.emit(execute, span)


def _failing(node: typed.Assert, text: str, assertion: AssertionFails) -> Detail:
    """What is wrong where an assertion of a kind is false; ``text``: the code that it stands for."""
    match node.kind:
        case "suspicious_rcu":
            return OutsideSection(text)
        case "rcu_self_wait":
            return WaitsForItself(text)
        case "double_call_rcu":
            return QueuedTwice(text)
        case "unbalanced":
            assert node.imbalance is not None
            return Unbalanced(node.name, node.imbalance)
        case _:
            return assertion


def _free(builder: Builder, node: typed.Free) -> None:
    expressions.expression(builder, node.reference)
    layout, null_ok, span, record = builder.layout.objects[node.object], node.null_ok, node.span, not builder.pure
    text = text_of(node.reference.span)

    def execute(machine: Machine) -> None:
        value = free(machine, layout, null_ok, text, span)
        if record:
            machine.note(value)

    whole, object_, type_ = text_of(span).rstrip(";"), node.object, node.reference.type

    def described(done: Done) -> operations.Operation:
        return operations.Freeing(whole, text, object_, done.reference(type_))

    builder.emit(execute, span, step=True, shared=True, operation=described)


def _touch(builder: Builder, node: typed.Touch) -> None:
    expressions.expression(builder, node.reference)
    layout, span, record = builder.layout.objects[node.object], node.span, not builder.pure
    text = text_of(node.reference.span)

    def execute(machine: Machine) -> None:
        value = touch(machine, layout, text, span)
        if record:
            machine.note(value)

    whole, object_, type_ = text_of(span).rstrip(";"), node.object, node.reference.type

    def described(done: Done) -> operations.Operation:
        return operations.Touching(whole, text, object_, done.reference(type_))

    builder.emit(execute, span, step=True, shared=True, operation=described)
