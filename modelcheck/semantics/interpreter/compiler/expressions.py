"""Expressions to code: each pushes one value (nothing if its type is void)."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, assert_never

from modelcheck.ground.source import Span
from modelcheck.model import typed
from modelcheck.result import operations
from modelcheck.result.details import DividesByZero, NoValue, ReadUnassigned
from modelcheck.semantics.interpreter.compiler import calls, questions
from modelcheck.semantics.interpreter.compiler.atomics import atomic_operation
from modelcheck.semantics.interpreter.compiler.builder import (
    Builder,
    local_access,
    select_element,
    select_field,
    text_of,
)
from modelcheck.semantics.interpreter.compiler.code import Described, Label, Variable
from modelcheck.semantics.interpreter.compiler.liveness import live_variables
from modelcheck.semantics.interpreter.compiler.locks import lock_operation
from modelcheck.semantics.interpreter.compiler.objects import allocate
from modelcheck.semantics.interpreter.judging import waiting
from modelcheck.semantics.interpreter.machine.access import Access, load
from modelcheck.semantics.interpreter.machine.machine import Blocked, Machine
from modelcheck.semantics.interpreter.machine.values import UNASSIGNED, Cell, address, from_constant, zero
from modelcheck.semantics.interpreter.trace_data import Done


def expression(builder: Builder, node: typed.Expr) -> None:
    """Compile an expression."""
    match node:
        case typed.Constant(value, type_, span):
            builder.push(from_constant(value, type_), span)
        case typed.LocalRead(local, _, span):
            variable = builder.scope.bindings[local]
            read_local(builder, local_access(variable, text_of(span) or variable.name, span), variable)
        case typed.SelfRead():
            builder.emit(lambda machine: machine.stack.append(machine.own_number()), node.span)
        case typed.Load(place, _, span):
            access, local_variable = operands(builder, place)
            read(builder, access, local_variable, text_of(span), builder.into.get(id(node), ""))
        case typed.Unary():
            expression(builder, node.operand)
            _unary(builder, node)
        case typed.Binary(_, left, right):
            expression(builder, left)
            expression(builder, right)
            binary(builder, node.operator, left.type, node.type, node.span)
        case typed.Logical():
            _logical(builder, node)
        case typed.Conditional(condition, then, otherwise, _, span):
            other, end = Label(), Label()
            branch(builder, condition, False, other, span)
            expression(builder, then)
            builder.jump(end, span)
            builder.place_label(other)
            expression(builder, otherwise)
            builder.place_label(end)
        case typed.CallExpr():
            calls.call(builder, node)
        case typed.AtomicOp():
            _atomic(builder, node)
        case typed.LockOp():
            _lock(builder, node)
        case typed.New():
            _new(builder, node)
        case typed.CondLoad():
            _cond_load(builder, node)
        case typed.OptSome(operand):
            expression(builder, operand)
        case typed.OptGet():
            _opt_get(builder, node)
        case typed.SetLiteral(elements, _, span):
            for element in elements:
                expression(builder, element)
            _collect(builder, len(elements), span)
        case typed.SetSize(operand, _, span):
            expression(builder, operand)
            _apply(builder, len, span)
        case typed.Cast(operand, type_, span):
            expression(builder, operand)
            mask = (1 << type_.width) - 1 if isinstance(type_, typed.BvType) else -1
            _apply(builder, lambda value: value & mask, span)
        case (
            typed.Ask()
            | typed.Quantifier()
            | typed.AtLabel()
            | typed.AfterLabel()
            | typed.CountAt()
            | typed.Done()
            | typed.CountProcesses()
            | typed.CountAllocated()
            | typed.NextAllocated()
            | typed.Primed()
        ):
            questions.question(builder, node)
        case _:
            assert_never(node)


def pure_code(builder: Builder, node: typed.Expr) -> tuple[tuple[Any, ...], tuple[int, ...]]:
    """Compile an expression apart, to be evaluated at once; returns its code and the variables that it reads."""
    with builder.apart() as code:
        expression(builder, node)
    return tuple(code), tuple(sorted(live_variables(code)[0]))


# ------------------------------------------------------------------------------------------ places


def operands(builder: Builder, place: typed.Place, *, handed_on: bool = False) -> tuple[Access, Variable | None]:
    """Push the reference and the indices of a place; returns the access and, if it is (part of) a local, that variable.

    ``handed_on``: what a ``&`` parameter keeps is not pushed, because the callee is to keep the
    same; handing it on reads nothing of it.
    """
    text, span = text_of(place.span), place.span
    variable: Variable | None = None
    match place.root:
        case typed.SharedRoot(var):
            declaration, base = builder.layout.variables[var]
            access = Access(True, base, None, (), declaration.type, declaration.name, text, span)
        case typed.LocalRoot(local):
            variable = builder.scope.bindings[local]
            access = local_access(variable, text, span)
        case typed.RefParamRoot(parameter):
            captured = builder.scope.references[parameter]
            for kept in () if handed_on else captured.kept:
                read_local(builder, local_access(kept, "", span), kept)
            variable = captured.variable
            access = replace(captured.access, text=text or captured.access.text, span=span)
        case typed.FieldRoot(reference, object_, field):
            expression(builder, reference)
            layout = builder.layout.objects[object_]
            type_ = layout.declaration.field(field).type
            access = Access(True, layout.offsets[field], layout, (), type_, f"{object_}.{field}", text, span)
        case _:
            assert_never(place.root)
    for selector in place.selectors:
        match selector:
            case typed.FieldSelector(field):
                access = select_field(access, field)
            case typed.IndexSelector(index):
                expression(builder, index)
                access = select_element(access)
            case _:
                assert_never(selector)
    return access, variable


def read_local(builder: Builder, access: Access, variable: Variable) -> None:
    """Push a local (or an element of one; its indices are on the stack)."""
    if access.operands == 0:
        cell, fallback = access.base, zero(access.type)

        def execute(machine: Machine) -> None:
            value = machine.frame[cell]
            if value is UNASSIGNED:
                machine.report("unassigned_read", access.subject, ReadUnassigned(access.text), access.span)
                value = fallback
            machine.stack.append(value)
    else:

        def execute(machine: Machine) -> None:
            machine.stack.append(load(machine, access))

    builder.emit(execute, access.span, reads=(variable.number,))


def read(builder: Builder, access: Access, variable: Variable | None, text: str, into: str = "") -> None:
    """Push the content of a place whose operands are on the stack: a step if it is shared.

    ``into``: as in ``operations.Load``.
    """
    if variable is not None:
        read_local(builder, access, variable)
        return
    record = not builder.pure

    def execute(machine: Machine) -> None:
        value = load(machine, access)
        machine.stack.append(value)
        if record:
            machine.note(value)

    type_ = access.type
    builder.emit(
        execute,
        access.span,
        step=True,
        shared=True,
        operation=lambda done: operations.Load(done.access(text), done.value(type_), into),
    )


# --------------------------------------------------------------------------------------- operators


def _apply(builder: Builder, function: Callable[[Any], Any], span: Span) -> None:
    def execute(machine: Machine) -> None:
        machine.stack.append(function(machine.stack.pop()))

    builder.emit(execute, span)


def _collect(builder: Builder, count: int, span: Span) -> None:
    def execute(machine: Machine) -> None:
        elements = frozenset(machine.stack[len(machine.stack) - count :])
        del machine.stack[len(machine.stack) - count :]
        machine.stack.append(elements)

    builder.emit(execute, span)


def _unary(builder: Builder, node: typed.Unary) -> None:
    mask = (1 << node.type.width) - 1 if isinstance(node.type, typed.BvType) else -1
    match node.operator:
        case "!":
            _apply(builder, operator.not_, node.span)
        case "-":
            _apply(builder, lambda value: -value & mask, node.span)
        case "~":
            _apply(builder, lambda value: ~value & mask, node.span)
        case _:
            raise ValueError(f"unknown operator {node.operator}")


def _quotient(left: int, right: int) -> int:
    """Division that truncates towards zero, as in C."""
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _remainder(left: int, right: int) -> int:
    return left - right * _quotient(left, right)


_FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "*": operator.mul,
    "/": _quotient,
    "%": _remainder,
    "+": operator.add,
    "-": operator.sub,
    "<<": operator.lshift,
    ">>": operator.rshift,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": lambda left, right: address(left) == address(right),
    "!=": lambda left, right: address(left) != address(right),
    "&": operator.and_,
    "^": operator.xor,
    "|": operator.or_,
    "in": lambda left, right: left in right,
}


def binary(builder: Builder, operator_: str, left: typed.Type, result: typed.Type, span: Span) -> None:
    """Apply a strict operator to the two topmost values."""
    function = _FUNCTIONS[operator_]
    if operator_ in ("/", "%"):
        _division(builder, function, span)
        return
    if isinstance(result, typed.BvType):
        width, mask = result.width, (1 << result.width) - 1
        if operator_ == "<<":
            function = lambda left, right: left << right if right < width else 0  # noqa: E731

        def wrapping(machine: Machine) -> None:
            right = machine.stack.pop()
            machine.stack.append(function(machine.stack.pop(), right) & mask)

        builder.emit(wrapping, span)
        return

    def execute(machine: Machine) -> None:
        right = machine.stack.pop()
        machine.stack.append(function(machine.stack.pop(), right))

    builder.emit(execute, span)


def _division(builder: Builder, function: Callable[[int, int], int], span: Span) -> None:
    owner, text = builder.scope.owner, text_of(span)

    def execute(machine: Machine) -> None:
        right = machine.stack.pop()
        left = machine.stack.pop()
        if right == 0 and not machine.quiet:
            machine.fault("division_by_zero", owner, DividesByZero(text), span)
        machine.stack.append(function(left, right) if right else 0)

    builder.emit(execute, span)


#: By operator: the value of the left side that decides, and what the whole is then.
_SHORT = {"&&": (False, False), "||": (True, True), "=>": (False, True)}


def branch(builder: Builder, node: typed.Expr, value: bool, label: Label, span: Span) -> None:
    """Evaluate a condition and jump if it is ``value``; an operand that decides goes its way at once, and no other."""
    match node:
        case typed.Constant(known):
            if bool(known) == value:
                builder.jump(label, span)
        case typed.Unary("!", operand):
            branch(builder, operand, not value, label, span)
        case typed.Logical(operator, left, right):
            decides, result = _SHORT[operator]
            short = Label()
            branch(builder, left, decides, label if result == value else short, span)
            branch(builder, right, value, label, span)
            builder.place_label(short)
        case typed.Conditional(condition, then, otherwise):
            other, end = Label(), Label()
            branch(builder, condition, False, other, span)
            branch(builder, then, value, label, span)
            builder.jump(end, span)
            builder.place_label(other)
            branch(builder, otherwise, value, label, span)
            builder.place_label(end)
        case (
            typed.Terminal()
            | typed.Access()
            | typed.Operator()
            | typed.CallExpr()
            | typed.Operation()
            | typed.Quantifier()
            | typed.OfProperties()
            | typed.Census()
        ):
            expression(builder, node)
            builder.jump_if(value, label, span)
        case _:
            assert_never(node)


def _logical(builder: Builder, node: typed.Logical) -> None:
    decides, result = _SHORT[node.operator]
    short, end = Label(), Label()
    branch(builder, node.left, decides, short, node.span)
    expression(builder, node.right)
    builder.jump(end, node.span)
    builder.place_label(short)
    builder.push(result, node.span)
    builder.place_label(end)


def _opt_get(builder: Builder, node: typed.OptGet) -> None:
    expression(builder, node.operand)
    owner, text, span, fallback = builder.scope.owner, text_of(node.span), node.span, zero(node.type)

    def execute(machine: Machine) -> None:
        if machine.stack[-1] is None:
            if not machine.quiet:
                machine.fault("option_none", owner, NoValue(text), span)
            machine.stack[-1] = fallback

    builder.emit(execute, span)


# -------------------------------------------------------------------------------------- operations


def operation(
    builder: Builder,
    perform: Callable[[Machine], Cell],
    node: typed.Expr,
    described: Described,
    variable: Variable | None = None,
) -> None:
    """Emit one operation, a step also on a local ``variable``, that pushes its result unless the type is void."""
    record, void = not builder.pure, isinstance(node.type, typed.VoidType)

    def execute(machine: Machine) -> None:
        value = perform(machine)
        if not void:
            machine.stack.append(value)
        if record:
            machine.note(value)

    reads = () if variable is None else (variable.number,)
    builder.emit(execute, node.span, step=True, shared=True, operation=described, reads=reads)


def _atomic(builder: Builder, node: typed.AtomicOp) -> None:
    access, variable = operands(builder, node.place)
    for argument in node.arguments:
        expression(builder, argument)
    name, count = node.operator, len(node.arguments)
    text, place, type_, into = text_of(node.span), access.text, node.type, builder.into.get(id(node), "")

    def described(done: Done) -> operations.Operation:
        return operations.AtomicUpdate(text, name, done.access(place), done.old, done.new, done.value(type_), into)

    operation(builder, lambda machine: atomic_operation(machine, name, access, count), node, described, variable)


def _lock(builder: Builder, node: typed.LockOp) -> None:
    access, _ = operands(builder, node.place)
    name, kind = node.operator, node.kind
    text, place, tries = text_of(node.span), access.text, not isinstance(node.type, typed.VoidType)

    def described(done: Done) -> operations.Operation:
        return operations.Locking(text, name, kind, done.access(place), done.truth() if tries else None)

    operation(builder, lambda machine: lock_operation(machine, name, kind, access), node, described)


def _new(builder: Builder, node: typed.New) -> None:
    for _, value in node.inits:
        expression(builder, value)
    fields = tuple(name for name, _ in node.inits)
    layout, may_fail, span = builder.layout.objects[node.object], node.may_fail, node.span
    text, name, type_, into = text_of(span), node.object, node.type, builder.into.get(id(node), "")

    def described(done: Done) -> operations.Operation:
        return operations.Creation(text, name, may_fail, done.reference(type_), into)

    operation(builder, lambda machine: allocate(machine, layout, fields, may_fail, span), node, described)


def _cond_load(builder: Builder, node: typed.CondLoad) -> None:
    access, variable = operands(builder, node.place)
    if node.value not in builder.scope.bindings:
        builder.scope.bindings[node.value] = builder.variable("VAL", node.type)
    seen = builder.scope.bindings[node.value]
    record = not builder.pure

    def execute(machine: Machine) -> None:
        machine.frame[seen.base] = value = load(machine, access)
        if record:
            machine.note(value)

    text, place, type_, into = text_of(node.span), access.text, node.type, builder.into.get(id(node), "")
    start = builder.emit(
        execute,
        node.span,
        step=True,
        shared=True,
        reads=() if variable is None else (variable.number,),
        kills=(seen.number,),
        operation=lambda done: operations.ConditionalLoad(text, done.access(place), done.value(type_), into),
        text=text,
    )
    waiting.begin_guard(builder, start)
    with builder.purely():
        expression(builder, node.condition)
        block_unless(builder, node.span)
        waiting.end_guard(builder, node.span)
        read_local(builder, local_access(seen, "VAL", node.span), seen)


def block_unless(builder: Builder, span: Span) -> None:
    """Take a boolean: if it is false the step is not enabled."""
    builder.blocks = True

    def execute(machine: Machine) -> None:
        if not machine.stack.pop():
            raise Blocked

    builder.emit(execute, span)


def discard(builder: Builder, type_: typed.Type, span: Span) -> None:
    """Drop the value of an expression of that type."""
    if not isinstance(type_, typed.VoidType):
        builder.emit(lambda machine: _drop(machine), span)


def _drop(machine: Machine) -> None:
    machine.stack.pop()


def push_all(builder: Builder, nodes: Sequence[typed.Expr]) -> None:
    for node in nodes:
        expression(builder, node)
