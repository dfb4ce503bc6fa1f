"""Compile the processes and the initialisation of a model."""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.model import typed
from modelcheck.result.details import StartsOutside
from modelcheck.semantics.interpreter.compiler import calls, expressions, statements
from modelcheck.semantics.interpreter.compiler.builder import Builder, Scope, Survey, survey
from modelcheck.semantics.interpreter.compiler.code import Instruction, Label, LabelOccurrence, Program, first_steps
from modelcheck.semantics.interpreter.compiler.liveness import live_variables
from modelcheck.semantics.interpreter.machine.access import check_range
from modelcheck.semantics.interpreter.machine.layout import Layout, element_type
from modelcheck.semantics.interpreter.machine.machine import Machine
from modelcheck.semantics.interpreter.machine.values import AtomicCell


def new_builder(model: typed.Model, layout: Layout, owner: str) -> Builder:
    """A builder with an empty scope that belongs to ``owner``."""
    inlines = {inline.name: inline for inline in model.inlines}
    return Builder(layout, inlines, Scope(owner, None, (), (), Label()))


def compile_process(model: typed.Model, layout: Layout, process: typed.Process) -> Program:
    """The program of a process class."""
    builder = new_builder(model, layout, process.name)
    builder.server = process.server
    builder.absent = frozenset(p.absent.label for p in model.properties if isinstance(p.absent, typed.LabelRef))
    provided = None if process.provided is None else expressions.pure_code(builder, process.provided)[0]
    no_sleep = None if process.no_sleep is None else expressions.pure_code(builder, process.no_sleep)[0]
    off = None if process.off is None else expressions.pure_code(builder, process.off)[0]
    calls.prepare(builder, builder.scope, survey(process.body, Survey()))
    statements.process_body(builder, process)
    live = [tuple(sorted(numbers)) for numbers in live_variables(builder.code)[:-1]]
    variables = builder.variables
    cells = [
        tuple(
            cell
            for number in numbers
            for cell in range(variables[number].base, variables[number].base + variables[number].size)
        )
        for numbers in live
    ]
    code = tuple(builder.code)
    return Program(
        process.name,
        code,
        tuple(variables),
        builder.frame_size,
        tuple(builder.occurrences),
        provided,
        process.server,
        tuple(live),
        tuple(cells),
        frozenset(builder.waits),
        builder.rests,
        no_sleep,
        off,
        first_steps(code, 0) if process.begins else frozenset(),
    )


def compile_initialisation(model: typed.Model, layout: Layout) -> tuple[tuple[Instruction, ...], int]:
    """The initial values of shared variables and the init blocks as one piece of pure code; returns
    it and its frame size.
    """
    builder = new_builder(model, layout, "init")
    overridden = set(_assigned_as_a_whole(model.init))
    with builder.apart() as code:
        for variable, base in layout.variables.values():
            if variable.initial is not None and variable.id not in overridden:
                expressions.expression(builder, variable.initial)
                _fill(builder, variable, base)
        calls.prepare(builder, builder.scope, survey(model.init, Survey()))
        statements.statement(builder, model.init)
        builder.place_label(builder.scope.exit)
    return tuple(code), builder.frame_size


def _assigned_as_a_whole(init: typed.Block) -> Iterator[int]:
    """The shared variables that init blocks assign at their top level, labelled or not."""
    for block in init.statements:
        assert isinstance(block, typed.Block)
        for statement in block.statements:
            while isinstance(statement, typed.Labelled):
                statement = statement.statement
            if isinstance(statement, typed.Assign) and not statement.target.selectors:
                root = statement.target.root
                if isinstance(root, typed.SharedRoot):
                    yield root.var


def _fill(builder: Builder, variable: typed.SharedVar, base: int) -> None:
    """Give every element of a shared variable the value on the stack."""
    type_ = element_type(variable.type)
    count = sum(1 for cell in builder.layout.cells if cell.slot is None and cell.subject == variable.name)

    def execute(machine: Machine) -> None:
        value = machine.stack.pop()
        if isinstance(type_, typed.AtomicType):
            if value < type_.low or (type_.high is not None and value > type_.high):
                machine.fault(
                    "range",
                    variable.name,
                    StartsOutside(variable.name, str(value)),
                    variable.span,
                )
            value = AtomicCell(value, False)
        else:
            check_range(machine, value, type_, variable.name, variable.name, variable.span)
        machine.shared[base : base + count] = [value] * count

    builder.emit(execute, variable.span)


def _matches(occurrence: LabelOccurrence, program: Program, label: typed.LabelRef) -> bool:
    if occurrence.label != label.label or occurrence.inline != label.inline:
        return False
    if label.process is not None and program.name != label.process:
        return False
    names = iter(occurrence.path)
    return all(name in names for name in label.path)


def label_steps(program: Program, label: typed.LabelRef) -> frozenset[int]:
    """The positions at which a process is at the label: First of every occurrence that matches (section 2)."""
    return frozenset().union(
        *(
            first_steps(program.code, occurrence.first.position)
            for occurrence in program.occurrences
            if not occurrence.inside_atomic and _matches(occurrence, program, label)
        )
    )


def label_extents(program: Program, label: typed.LabelRef) -> tuple[range, ...]:
    """The extents of every occurrence of the label that matches."""
    return tuple(
        range(occurrence.first.position, occurrence.end.position)
        for occurrence in program.occurrences
        if not occurrence.inside_atomic and _matches(occurrence, program, label)
    )
