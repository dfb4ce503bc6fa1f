"""Calls: each one is expanded where it stands, with locals of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from modelcheck.ground.source import Span
from modelcheck.model import typed
from modelcheck.model.waiting import SCHEDULE
from modelcheck.result.details import RequirementFails
from modelcheck.result.trace import Call
from modelcheck.semantics.interpreter.compiler import expressions, statements
from modelcheck.semantics.interpreter.compiler.builder import (
    Builder,
    Captured,
    Scope,
    Survey,
    local_access,
    survey,
    text_of,
)
from modelcheck.semantics.interpreter.compiler.code import Label, Variable
from modelcheck.semantics.interpreter.compiler.locks import check_sleep, check_state
from modelcheck.semantics.interpreter.machine.access import check_range, take_operands
from modelcheck.semantics.interpreter.machine.machine import Machine
from modelcheck.semantics.interpreter.machine.values import zero


def call(builder: Builder, node: typed.CallExpr) -> None:
    """Evaluate the arguments, then the body; pushes the result unless it is void."""
    inline = builder.inlines[node.inline]
    captured: list[Captured | None] = []
    for argument in node.arguments:
        if isinstance(argument, typed.Place):
            access, variable = expressions.operands(builder, argument, handed_on=True)
            captured.append(Captured(access, _already_kept(builder, argument), variable))
        else:
            expressions.expression(builder, argument)
            captured.append(None)
    caller = builder.scope
    builder.scope = scope = open_scope(builder, inline, node.span, builder.into.get(id(node), ""))
    enter(builder, inline, captured, node.span)
    _check_call(builder, inline, node.span)
    statements.statement(builder, inline.body)
    void = isinstance(inline.result, typed.VoidType)
    if not void:
        builder.push(zero(inline.result), inline.span)
    builder.place_label(scope.exit)
    if inline.return_event is not None:
        _event(builder, inline, inline.return_event, not void, node.span)
    builder.scope = caller


def _already_kept(builder: Builder, place: typed.Place) -> tuple[Variable, ...]:
    """What the ``&`` parameter that a place is in keeps, in the order of operands."""
    match place.root:
        case typed.RefParamRoot(parameter):
            return builder.scope.references[parameter].kept
        case typed.SharedRoot() | typed.LocalRoot() | typed.FieldRoot():
            return ()
        case _:
            assert_never(place.root)


def open_scope(builder: Builder, inline: typed.Inline, span: Span, into: str = "") -> Scope:
    """The scope of a new expansion, called from the current one. ``into``: as in ``Call``."""
    caller = builder.scope
    label = caller.direct_label
    path = (*caller.path, label, inline.name) if label else (*caller.path, inline.name)
    found = survey(inline.body, Survey())
    scope = Scope(
        inline.name, inline.name, (*caller.calls, Call(inline.name, label, span, text_of(span), into)), path, Label()
    )
    prepare(builder, scope, found)
    return scope


def prepare(builder: Builder, scope: Scope, found: Survey) -> None:
    """Enter what a body declares into its scope."""
    caller, builder.scope = builder.scope, scope
    for local in found.locals:
        builder.bind(local)
    scope.chains = found.chains
    scope.positions = {label: Label() for label in found.chains}
    scope.again = frozenset(found.again)
    builder.scope = caller


def enter(builder: Builder, inline: typed.Inline, captured: list[Captured | None], span: Span) -> None:
    """Move the arguments from the stack into the parameters.

    What is captured has been kept so far as its ``kept`` says.
    """
    scope = builder.scope
    kept: list[Variable] = []
    for parameter, place in zip(inline.parameters, captured, strict=True):
        if place is None:
            assert isinstance(parameter, typed.Local)
            kept.append(builder.bind(parameter))
        else:
            assert isinstance(parameter, typed.RefParam)
            more = place.access.operands - len(place.kept)
            hidden = tuple(builder.variable("", typed.IntType()) for _ in range(more))
            scope.references[parameter.id] = replace(place, kept=(*place.kept, *hidden))
            kept += hidden
    if not kept:
        return

    def execute(machine: Machine) -> None:
        for variable, value in zip(kept, take_operands(machine, len(kept)), strict=True):
            check_range(machine, value, variable.type, variable.subject, variable.name, span)
            machine.frame[variable.base] = value

    builder.emit(execute, span, kills=tuple(variable.number for variable in kept))


def _check_call(builder: Builder, inline: typed.Inline, span: Span) -> None:
    """What happens at the entry of a callback: ``requires``, sleeping, the event ``call``."""
    name = inline.name
    if inline.requires is not None:
        code, reads = expressions.pure_code(builder, inline.requires)
        condition = text_of(inline.requires.span)

        def check(machine: Machine) -> None:
            quiet, machine.quiet = machine.quiet, True
            holds = machine.evaluate(code)
            machine.quiet = quiet
            if not holds:
                machine.report("requires", name, RequirementFails(name, condition), span)

        builder.emit(check, span, reads=reads)
    if inline.sleeps:
        builder.emit(lambda machine: check_sleep(machine, name, f"{name}()", span), span)
        if name != SCHEDULE:
            builder.emit(lambda machine: check_state(machine, f"{name}()", span, wakes=False), span)
    if inline.call_event is not None:
        _event(builder, inline, inline.call_event, False, span)


def _event(builder: Builder, inline: typed.Inline, event: int, with_result: bool, span: Span) -> None:
    """The event ``call`` or ``return`` of a callback (the result stays on the stack)."""
    parameters = [parameter for parameter in inline.parameters if isinstance(parameter, typed.Local)]
    variables = [builder.bind(parameter) for parameter in parameters]
    for variable in variables:
        expressions.read_local(builder, local_access(variable, variable.name, span), variable)
    count = len(variables)

    def execute(machine: Machine) -> None:
        arguments = take_operands(machine, count)
        if with_result:
            arguments.append(machine.stack[-1])
        machine.occur(event, arguments, span)

    builder.emit(execute, span)
