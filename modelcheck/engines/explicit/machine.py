"""A System made executable: packed states, successors, values.

This is the plain, detailed view (one state at a time); ``explore`` puts its caches on top of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from modelcheck.engines.explicit.compile import Firing, compile_predicate, compile_steps
from modelcheck.ground.records import dataclass
from modelcheck.ir.layout import Field, Layout, make_layout
from modelcheck.ir.system import Step, System
from modelcheck.ir.terms import Term, variables_of
from modelcheck.result.reasons.differences import Inconsistency, SameChoices
from modelcheck.result.trace import Move


class InconsistentSystem(Exception):
    """The system breaks its own contract (two enabled steps for one move, a bounded variable out of bounds), or an
    explorer does; ``why`` says how.
    """

    def __init__(self, why: Inconsistency) -> None:
        self.why = why
        super().__init__(str(why))


@dataclass(frozen=True, slots=True)
class Place:
    """What a process can do at one of its locations.

    ``steps`` are ordered by their choices. ``touched`` are the variables they read or write and
    ``mask`` covers them, so states that agree under the mask have the same steps enabled, with the
    same deltas.
    """

    steps: tuple[Step, ...]
    touched: frozenset[int]
    mask: int
    expand: Callable[[int], list[Firing]]


@dataclass(frozen=True, slots=True)
class Transition:
    """One step from one state. ``target`` None: it faults. ``raised``: indices of the step's raises that fire."""

    move: Move
    step: Step
    target: int | None
    raised: tuple[int, ...]
    occurred: tuple[int, ...]


class Option(NamedTuple):
    """What one step does in states that agree on all that it depends on.

    ``delta``: the change of the packed state (None: it faults); ``raised``: ids of the properties
    that it violates (witnesses); ``occurred``: ids of the events.
    """

    move: Move
    step: Step
    delta: int | None
    raised: tuple[int, ...]
    occurred: tuple[int, ...]


#: A process at a location, the mask of what its steps depend on there, and what they do, by the state under the mask.
_Memory: TypeAlias = tuple[int, int, dict[int, tuple[Option, ...]]]
#: The location bits of a few processes, and the memories of those that have steps by these bits.
_Group: TypeAlias = tuple[range, int, dict[int, tuple[_Memory, ...]]]

#: Processes in one group: of where a few of them stand there are not too many ways.
GROUP = 3


#: An integer without bounds is followed up to numbers of this many bits; what grows beyond them
#: would soon fill the memory.
MOST_BITS = 2048


def is_widest(machine: Machine, variable: int) -> bool:
    """Whether no wider field is made for a variable without bounds that has left its own."""
    declared = next(v for v in machine.system.variables if v.id == variable)
    unbounded = declared.low is None or declared.high is None
    return unbounded and machine.layout.fields[variable].width >= MOST_BITS


class Machine:
    """Executes one System. Code for a location is generated when it is first reached.

    ``widths``: bits of unbounded variables that need more than usual (``FieldOverflow`` tells which).
    """

    def __init__(self, system: System, widths: Mapping[int, int] | None = None) -> None:
        self.system = system
        self.layout: Layout = make_layout(system, widths or {})
        self.initial = self.layout.pack([v.initial for v in system.variables], system.variables)
        self.controls: tuple[Field, ...] = tuple(self.layout.fields[p.location] for p in system.processes)
        self._control_masks = tuple(control.mask for control in self.controls)
        by_source: list[dict[int, list[Step]]] = [{} for _ in system.processes]
        for step in system.steps:
            by_source[step.process].setdefault(step.source, []).append(step)
        self._by_source = by_source
        self._places: list[dict[int, Place]] = [{} for _ in system.processes]
        self._predicates: dict[int, Callable[[int], bool]] = {}
        self._memories: list[dict[int, _Memory]] = [{} for _ in system.processes]
        numbers = range(len(self.controls))
        self._groups: list[_Group] = [
            (numbers[first : first + GROUP], sum(self._control_masks[first : first + GROUP]), {})
            for first in numbers[::GROUP]
        ]

    def place(self, process: int, state: int) -> Place:
        """Return what the process can do where it stands."""
        control = self.controls[process]
        location = ((state >> control.shift) & control.limit) + control.base
        found = self._places[process].get(location)
        if found is None:
            steps = self.steps_at(process, location)
            touched = _touched(steps) | {control.variable}
            found = Place(steps, touched, self.layout.mask(touched), compile_steps(self.layout, steps))
            self._places[process][location] = found
        return found

    def steps_at(self, process: int, location: int) -> tuple[Step, ...]:
        """Return the steps of a process at a location, in the order of ``Place.steps``."""
        return tuple(sorted(self._by_source[process].get(location, ()), key=lambda s: (s.choices, s.id)))

    def situations(self, state: int) -> list[tuple[int, int]]:
        """Return for each process that is not done its number and all that its next step depends
        on: the state under ``Place.mask``.
        """
        result: list[tuple[int, int]] = []
        for processes, control, rows in self._groups:
            row = rows.get(state & control)
            if row is None:
                row = rows[state & control] = self._row(processes, state)
            result += [(process, state & mask) for process, mask, _ in row]
        return result

    def fire(self, process: int, state: int) -> list[Firing]:
        """Return the enabled steps of a process, as ``compile_steps`` describes them.

        Raises ``InconsistentSystem`` if two of them have the same choices.
        """
        place = self.place(process, state)
        firings = place.expand(state)
        for before, after in pairwise(firings):
            first, second = place.steps[before[0]], place.steps[after[0]]
            if first.choices == second.choices:
                raise InconsistentSystem(
                    SameChoices((first.id, first.operation), (second.id, second.operation), process, first.choices)
                )
        return firings

    def options(self, state: int) -> list[Option]:
        """Return what can be done in a state, processes and choices in order. It is remembered: the
        same objects are returned again.

        Raises ``FieldOverflow`` and ``InconsistentSystem``, as ``fire`` does.
        """
        result: list[Option] = []
        for processes, control, rows in self._groups:
            row = rows.get(state & control)
            if row is None:
                row = rows[state & control] = self._row(processes, state)
            for process, mask, memory in row:
                found = memory.get(state & mask)
                if found is None:
                    found = memory[state & mask] = self._options(process, state)
                result += found
        return result

    def _row(self, processes: range, state: int) -> tuple[_Memory, ...]:
        row: list[_Memory] = []
        for process in processes:
            at = state & self._control_masks[process]
            memory = self._memories[process].get(at)
            if memory is None:
                place = self.place(process, state)
                memory = self._memories[process][at] = (process, place.mask if place.steps else 0, {})
            if memory[1]:
                row.append(memory)
        return tuple(row)

    def _options(self, process: int, state: int) -> tuple[Option, ...]:
        steps = self.place(process, state).steps
        return tuple(
            Option(
                Move(process, steps[index].choices),
                steps[index],
                delta,
                tuple(steps[index].raises[number].property for number in raised),
                tuple(steps[index].occurrences[number].event for number in occurred),
            )
            for index, delta, raised, occurred in self.fire(process, state)
        )

    def transitions(self, state: int) -> list[Transition]:
        """Return every transition of a state, processes and choices in order."""
        result: list[Transition] = []
        for process in range(len(self.controls)):
            steps = self.place(process, state).steps
            for index, delta, raised, occurred in self.fire(process, state):
                step = steps[index]
                target = None if delta is None else state + delta
                result.append(Transition(Move(process, step.choices), step, target, raised, occurred))
        return result

    def values(self, state: int) -> dict[str, bool | int]:
        """Return every variable's value by name."""
        return {v.name: self.layout.value(state, v.id) for v in self.system.variables}

    def predicate(self, condition: Term) -> Callable[[int], bool]:
        """Compile a condition over one state (once)."""
        found = self._predicates.get(condition.id)
        if found is None:
            found = self._predicates[condition.id] = compile_predicate(self.layout, condition)
        return found


def _touched(steps: tuple[Step, ...]) -> frozenset[int]:
    """Variables that the steps read or write."""
    terms: list[Term] = []
    written: set[int] = set()
    for step in steps:
        terms.append(step.guard)
        terms.extend(term for _, term in step.updates)
        written.update(variable for variable, _ in step.updates)
        terms.extend(r.condition for r in step.raises)
        terms.extend(o.condition for o in step.occurrences)
    return variables_of(terms) | written
