"""Is a System well formed? For tests: engines rely on what is checked here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from modelcheck.ir.system import Raise, Step, System, Variable, VariableKind
from modelcheck.ir.terms import BOOL, INT, BvSort, IntSort, Op, Sort, Term, post_order, variables_of

#: The obligations that a step can raise because of the guard of another process.
READ_BY_GUARDS = ("use_after_free", "unassigned_read")


def problems(system: System) -> tuple[str, ...]:
    """What is wrong with a system, in words; nothing if it is as ``modelcheck.ir.system`` says.

    Not checked: that the guards of one process exclude each other.
    """
    return (
        *_variables(system),
        *_processes(system),
        *(f"step {step.id} ({step.operation}): {text}" for step in system.steps for text in _step(system, step)),
        *_properties(system),
    )


def _variables(system: System) -> Iterator[str]:
    for number, variable in enumerate(system.variables):
        if variable.id != number:
            yield f"variable {variable.name} has the number {variable.id} at place {number}"
        if not _fits(variable):
            yield f"the initial value of {variable.name} is not one of its values"
        if variable.owner is not None and not 0 <= variable.owner < len(system.processes):
            yield f"{variable.name} is owned by no process"


def _fits(variable: Variable) -> bool:
    value = variable.initial
    if variable.sort == BOOL:
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if isinstance(variable.sort, BvSort):
        return 0 <= value < 1 << variable.sort.width
    return (variable.low is None or variable.low <= value) and (variable.high is None or value <= variable.high)


def _processes(system: System) -> Iterator[str]:
    for number, process in enumerate(system.processes):
        if process.index != number:
            yield f"{process.name} has the number {process.index} at place {number}"
        location = system.variables[process.location]
        if location.kind is not VariableKind.LOCATION or location.owner != number or location.sort != INT:
            yield f"{location.name} is no location of {process.name}"
        if [place.id for place in process.locations] != list(range(len(process.locations))):
            yield f"the locations of {process.name} are not numbered in order"
        if sum(place.done for place in process.locations) != 1:
            yield f"{process.name} is not done at exactly one location"
        yield from _term(system, process.finished, BOOL, f"the condition that {process.name} is finished")
    yield from _term(system, system.drained, BOOL, "drained")


def _step(system: System, step: Step) -> Iterator[str]:
    process = system.processes[step.process]
    if not 0 <= step.source < len(process.locations) or process.locations[step.source].done:
        yield "it starts where there is no step"
    yield from _term(system, step.guard, BOOL, "the guard")
    at = system.terms.variable(process.location, INT)
    here = system.terms.eq(at, system.terms.integer(step.source))
    if here is not step.guard and here not in step.guard.args:
        yield "the guard does not say where it starts"
    updates = dict(step.updates)
    if len(updates) != len(step.updates):
        yield "a variable is updated twice"
    if step.fault:
        if step.updates or step.target is not None:
            yield "it faults and has a successor"
    elif step.target is None:
        yield "it has no target"
    else:
        arrives = updates.get(process.location, system.terms.integer(step.source))
        if arrives is not system.terms.integer(step.target):
            yield "it does not go to its target"
    for id, value in step.updates:
        if not 0 <= id < len(system.variables):
            yield f"it updates variable {id}, which does not exist"
            continue
        variable = system.variables[id]
        yield from _term(system, value, variable.sort, f"the update of {variable.name}")
        if value.op is Op.VAR and value.payload == id:
            yield f"the update of {variable.name} changes nothing"
        # A monitor may look at every process: its property may be about all of them.
        if variable.kind is not VariableKind.MONITOR:
            yield from _reads(system, step, value, f"the update of {variable.name}", id)
    yield from _reads(system, step, step.guard, "the guard", None)
    yield from _raises(system, step.raises)
    for raised in step.raises:
        # What a guard reads at which another process rests is judged on the steps of all.
        if raised.key is not None and raised.key.kind not in READ_BY_GUARDS:
            yield from _reads(system, step, raised.condition, "a raise", None)
    for occurrence in step.occurrences:
        yield from _term(system, occurrence.condition, BOOL, "an occurrence")


def _reads(system: System, step: Step, term: Term, what: str, itself: int | None) -> Iterator[str]:
    for id in variables_of((term,)):
        owner = system.variables[id].owner
        if owner is not None and owner != step.process and id != itself:
            yield f"{what} reads {system.variables[id].name}, which belongs to another process"


def _raises(system: System, raises: Iterable[Raise]) -> Iterator[str]:
    numbers = {p.id for p in system.properties}
    for raised in raises:
        if raised.property not in numbers:
            yield f"it raises property {raised.property}, which does not exist"
        yield from _term(system, raised.condition, BOOL, "a raise")


def _properties(system: System) -> Iterator[str]:
    yield from _raises(system, system.initial_raises)
    for p in system.properties:
        for state in (*p.states, *p.deadlocked):
            yield from _term(system, state.condition, BOOL, f"a condition of {p.name}")
        if p.not_applicable is not None and (p.states or p.forms or p.deadlocked):
            yield f"{p.name} does not apply and is judged"


def _term(system: System, term: Term, sort: Sort, what: str) -> Iterator[str]:
    if term.sort != sort:
        yield f"{what} is of sort {term.sort}"
    for node in post_order((term,)):
        if node.op is Op.VAR:
            assert isinstance(node.payload, int)
            if not 0 <= node.payload < len(system.variables):
                yield f"{what} reads variable {node.payload}, which does not exist"
            elif system.variables[node.payload].sort != node.sort:
                yield f"{what} reads {system.variables[node.payload].name} as {node.sort}"
        elif node.op in (Op.LT, Op.LE) and not isinstance(node.args[0].sort, IntSort | BvSort):
            yield f"{what} compares booleans"
