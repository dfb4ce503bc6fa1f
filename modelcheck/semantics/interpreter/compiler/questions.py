"""Expressions that ask about the state: locks, quantifiers, labels, numbers of processes and objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, assert_never

from modelcheck.model import typed
from modelcheck.model.typed import LockQuestion
from modelcheck.result import operations
from modelcheck.semantics.interpreter.compiler import expressions
from modelcheck.semantics.interpreter.compiler.builder import Builder, text_of
from modelcheck.semantics.interpreter.compiler.locks import ask
from modelcheck.semantics.interpreter.machine.machine import Machine, View
from modelcheck.semantics.interpreter.machine.values import NULL, Cell, Reference, encode


def question(
    builder: Builder,
    node: typed.Ask
    | typed.Quantifier
    | typed.AtLabel
    | typed.AfterLabel
    | typed.CountAt
    | typed.Done
    | typed.CountProcesses
    | typed.CountAllocated
    | typed.NextAllocated
    | typed.Primed,
) -> None:
    """Compile such an expression: pushes its value."""
    match node:
        case typed.Ask():
            _ask(builder, node)
        case typed.Quantifier():
            _quantifier(builder, node)
        case typed.AtLabel(label, _, span):
            _labels(builder, (label,), span, lambda numbers: any(numbers))
        case typed.CountAt(labels, _, span):
            _labels(builder, labels, span, sum)
        case typed.AfterLabel():
            _after(builder, node)
        case typed.Done():
            _done(builder, node)
        case typed.CountProcesses(process):
            builder.emit(lambda machine: machine.stack.append(_count_processes(machine, process)), node.span)
        case typed.CountAllocated(object_):
            layout = builder.layout.objects[object_]
            cells = [layout.cell(slot) for slot in range(layout.declaration.pool)]
            builder.emit(
                lambda machine: machine.stack.append(sum(bool(machine.shared[cell]) for cell in cells)),
                node.span,
                step=True,
                shared=True,
                operation=lambda _: operations.Counting(text_of(node.span), object_),
            )
        case typed.NextAllocated():
            _next_allocated(builder, node)
        case typed.Primed():
            _primed(builder, node)
        case _:
            assert_never(node)


def _next_allocated(builder: Builder, node: typed.NextAllocated) -> None:
    allocated = domain_values(builder, typed.PoolDomain(node.object))
    expressions.expression(builder, node.after)

    def execute(machine: Machine) -> None:
        after = machine.stack.pop()
        lowest = after.slot + 1 if isinstance(after, Reference) else 0
        machine.stack.append(next((found for found in allocated(machine) if found.slot >= lowest), NULL))

    builder.emit(execute, node.span)


def _ask(builder: Builder, node: typed.Ask) -> None:
    access, variable = expressions.operands(builder, node.place)
    asked = node.question
    if asked is LockQuestion.HELD:
        builder.emit(lambda machine: machine.stack.append(ask(machine, asked, access)), node.span)
        return
    text, place = text_of(node.span), access.text
    expressions.operation(
        builder,
        lambda machine: ask(machine, asked, access),
        node,
        lambda done: operations.Asking(text, asked, done.access(place), done.truth()),
        variable,
    )


def domain_values(builder: Builder, domain: typed.Domain) -> Callable[[Machine], list[Cell]]:
    """Returns what lists the values of a domain; the set of a ``SetDomain`` is compiled here and
    taken from the stack then.
    """
    match domain:
        case typed.RangeDomain(low, high):
            return lambda _: list(range(low, high + 1))
        case typed.EnumDomain(enum):
            return lambda _: list(range(len(enum.literals)))
        case typed.BoolDomain():
            return lambda _: [False, True]
        case typed.ProcDomain(_, size):
            return lambda _: list(range(size))
        case typed.PoolDomain(object_):
            layout = builder.layout.objects[object_]
            slots = range(layout.declaration.pool)

            def allocated(machine: Machine) -> list[Cell]:
                return [
                    Reference(object_, slot, True)
                    for slot in slots
                    if layout.typestable or machine.shared[layout.cell(slot)]
                ]

            return allocated
        case typed.SetDomain(set_):
            expressions.expression(builder, set_)
            assert isinstance(set_.type, typed.SetType)
            element = set_.type.element
            return lambda machine: sorted(machine.stack.pop(), key=lambda value: _order(value, element))
        case _:
            assert_never(domain)


def _order(value: Cell, type_: typed.Type) -> int:
    code = encode(value, type_)
    assert isinstance(code, int)
    return code


def is_shared_domain(domain: typed.Domain) -> bool:
    """Whether the values of a domain depend on the shared state by themselves."""
    return isinstance(domain, typed.PoolDomain)


def _quantifier(builder: Builder, node: typed.Quantifier) -> None:
    values = domain_values(builder, node.domain)
    variable = builder.bind(node.variable)
    code, reads = expressions.pure_code(builder, node.body)
    cell, for_all = variable.base, node.forall
    shared = is_shared_domain(node.domain) or any(instruction.shared for instruction in code)

    def execute(machine: Machine) -> None:
        result = for_all
        for value in values(machine):
            machine.frame[cell] = value
            if machine.evaluate(code) != for_all:
                result = not for_all
                break
        machine.stack.append(result)

    builder.emit(execute, node.span, reads=tuple(read for read in reads if read != variable.number), shared=shared)


def _count_processes(machine: Machine, process: str) -> int:
    return sum(name == process or name.startswith(f"{process}[") for name in machine.world.instances)


def _replica(builder: Builder, replica: typed.Expr | None) -> Callable[[Machine], int | None]:
    if replica is None:
        return lambda _: None
    code, _ = expressions.pure_code(builder, replica)
    return lambda machine: int(machine.evaluate(code))


def _labels(
    builder: Builder, labels: tuple[typed.LabelRef, ...], span: Any, combine: Callable[[list[bool]], Any]
) -> None:
    """How many instances are at one of the labels, or whether any is."""
    assert builder.label_sets is not None, "labels are for properties only"
    asked = [(builder.label_sets(label), _replica(builder, label.replica)) for label in labels]

    def execute(machine: Machine) -> None:
        view = machine.view
        assert view is not None
        wanted = [(sets, replica(machine)) for sets, replica in asked]
        replicas = machine.world.replicas
        machine.stack.append(
            combine(
                [
                    any(
                        position in sets[instance] and (replica is None or replicas[instance] == replica)
                        for sets, replica in wanted
                    )
                    for instance, position in enumerate(view.positions)
                ]
            )
        )

    builder.emit(execute, span)


def _after(builder: Builder, node: typed.AfterLabel) -> None:
    assert builder.label_ranges is not None, "labels are for properties only"
    ranges, replica = builder.label_ranges(node.label), _replica(builder, node.label.replica)

    def execute(machine: Machine) -> None:
        view = machine.view
        assert view is not None
        wanted = replica(machine)
        moved = view.moved
        machine.stack.append(
            moved >= 0
            and (wanted is None or machine.world.replicas[moved] == wanted)
            and any(view.start in extent and _left(view, extent) for extent in ranges[moved])
        )

    builder.emit(execute, node.span)


def _done(builder: Builder, node: typed.Done) -> None:
    """Whether all instances of a class, or one of them, are at the ends of their programs."""
    assert builder.ends is not None, "`done` is for properties only"
    ends, replica = builder.ends(node.process), _replica(builder, node.replica)

    def execute(machine: Machine) -> None:
        view, wanted = machine.view, replica(machine)
        assert view is not None
        replicas = machine.world.replicas
        machine.stack.append(
            all(
                view.positions[instance] == end
                for instance, end in ends.items()
                if wanted is None or replicas[instance] == wanted
            )
        )

    builder.emit(execute, node.span)


def _left(view: View, extent: range) -> bool:
    return any(position not in extent for position in view.path)


def _primed(builder: Builder, node: typed.Primed) -> None:
    code, _ = expressions.pure_code(builder, node.operand)

    def execute(machine: Machine) -> None:
        before_view, before_shared = machine.view, machine.shared
        assert before_view is not None
        assert before_view.next is not None
        shared, machine.view = before_view.next
        machine.shared = list(shared)
        machine.stack.append(machine.evaluate(code))
        machine.view, machine.shared = before_view, before_shared

    builder.emit(execute, node.span)
