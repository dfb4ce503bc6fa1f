"""States of the System and of the interpreter, paired along equal moves, and everything about each pair compared."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import count
from typing import Generic, NoReturn, TypeVar

from modelcheck.checking.crosscheck.claims import Met, compare_everything
from modelcheck.checking.crosscheck.failure import CrossCheckFailure
from modelcheck.checking.crosscheck.futures import first_stuck
from modelcheck.engines.explicit.machine import Machine, Option
from modelcheck.engines.semantics import Executor, Outcome
from modelcheck.ir.shared_text import Texts
from modelcheck.ir.system import Form, System
from modelcheck.ir.terms import Term, conjuncts, variables_of
from modelcheck.result.comparisons import Everything
from modelcheck.result.exploration import Exploration
from modelcheck.result.reasons.differences import (
    Difference,
    InStep,
    OneStateForTwo,
    OtherDepth,
    OtherStep,
    OtherValues,
    Unpaired,
)
from modelcheck.result.trace import Finding, Move, Schedule

#: The values of shared variables are compared in the first so many states, and then in one of so many.
VALUES_FIRST, VALUES_EVERY = 64, 64

S = TypeVar("S", bound=Hashable)


class _Projected:
    """A condition of a property, remembered by the values it reads."""

    def __init__(self, machine: Machine, condition: Term, property: int) -> None:
        self.property = property
        self.mask = machine.layout.mask(variables_of((condition,)))
        self._evaluate = machine.predicate(condition)
        self._memory: dict[int, bool] = {}

    def holds(self, state: int) -> bool:
        key = state & self.mask
        found = self._memory.get(key)
        if found is None:
            found = self._memory[key] = self._evaluate(state)
        return found


class Check(Generic[S]):
    """The pairs met so far: ``pairs[n]`` is (packed state, interpreter's state), ``parents[n]`` how
    pair n was reached, in ``depths[n]`` steps.

    ``ends``: those that are drained or have a step that faults; ``met``: what happened in them."""

    def __init__(self, system: System, machine: Machine, interpreter: Executor[S], found: Exploration) -> None:
        self.system = self._system = system
        self.machine = self._machine = machine
        self.interpreter = self._interpreter = interpreter
        self.found = found
        self.met = Met()
        self.ends: set[int] = set()
        self.depths: list[int] = []
        self._texts = Texts(system)
        self._drained = _Projected(machine, system.drained, -1)
        self._conditions: list[_Projected] = []
        self._over_shared: list[_Projected] = []  # those that look at no process
        self._at_end: list[_Projected] = []  # those that say themselves that they only hold in drained states
        ends = conjuncts(system.drained)
        owned = machine.layout.mask(variable.id for variable in system.variables if variable.owner is not None)
        for prop in system.properties:
            for condition in prop.states if prop.not_applicable is None else ():
                parts = conjuncts(condition.condition)
                projected = _Projected(machine, condition.condition, prop.id)
                if all(end in parts for end in ends):
                    self._at_end.append(projected)
                else:
                    (self._conditions if projected.mask & owned else self._over_shared).append(projected)
        self._shared = 0
        for projected in self._over_shared:
            self._shared |= projected.mask
        self._by_shared: dict[int, frozenset[int]] = {}
        self._agreed: dict[int, Option] = {}  # by what is ``known`` of a transition: what it was found to be equal to
        self._deadlocks = [p.id for p in system.properties if Form.DEADLOCK in p.forms and p.not_applicable is None]
        # What the model says cannot happen is judged even if nothing in the system could violate it.
        self._impossible = len(system.asked)
        self.judged = frozenset(p.id for p in system.properties if p.not_applicable is None) | {self._impossible}
        self._in_deadlock = [
            (p.id, machine.predicate(c.condition))
            for p in system.properties
            if p.not_applicable is None
            for c in p.deadlocked
        ]
        self.pairs: list[tuple[int, S]] = []
        self.parents: list[tuple[int, Move] | None] = []
        self._after: dict[tuple[int, Move], int] = {}  # where runs went
        self._by_state: dict[int, int] = {}
        self._by_interpreter: dict[S, int] = {}
        start = interpreter.initial()
        self.met.start(system, {f.property for f in start.findings} & self.judged)
        raised = {r.property for r in system.initial_raises if r.condition.is_true}
        if raised & self.judged != {f.property for f in start.findings} & self.judged:
            raise CrossCheckFailure(
                Unpaired.INITIAL_FINDINGS,
                (),
                f"    findings {sorted(raised)}",
                f"    findings {sorted({f.property for f in start.findings})}",
            )
        if system.initial_fault != (start.state is None):
            raise CrossCheckFailure(
                Unpaired.INITIAL_FAULT,
                (),
                f"    faults: {system.initial_fault}",
                f"    faults: {start.state is None}",
            )
        if start.state is not None:
            self._pair(machine.initial, start.state, None)

    def everything(self) -> Everything:
        """Explore all pairs, breadth-first, and compare everything that the exploration claims."""
        edges: list[list[int]] = []
        for number in count():
            if number == len(self.pairs):
                break
            edges.append(self.compare(number))
        for number, depth in enumerate(self.asked([state for state, _ in self.pairs])):
            if depth != self.depths[number]:
                self.differ_in_depth(number, depth)
        if self.asks_for_stuck():
            self.met.stuck = first_stuck(edges, self.ends, self.depths)
        compare_everything(self._system, self.found, self.met, self.depths)
        return Everything(len(self.pairs), self.found.lookup is not None)

    def claims_at_once(self) -> None:
        """Compare what is claimed of a run that faults before its first step."""
        compare_everything(self._system, self.found, self.met, self.depths)

    def asked(self, states: Sequence[int]) -> Sequence[int]:
        """The depths at which the explorer has found these states (-1: it has not); nothing if it has not kept them."""
        return () if self.found.lookup is None else self.found.lookup.depths(states, self._machine.layout)

    def asks_for_stuck(self) -> bool:
        """Whether some property asks for states that are stuck."""
        return any(Form.STUCK in p.forms and p.not_applicable is None for p in self._system.properties)

    # one state

    def _pair(self, state: int, other: S, parent: tuple[int, Move] | None) -> int:
        """Return the number of a pair, a new one if neither side was met before."""
        number = self._by_state.get(state)
        if number is not None:
            if self.pairs[number][1] != other:
                self._differ_in_identity(number, state, other, parent)
            return number
        if other in self._by_interpreter:
            self._differ_in_identity(self._by_interpreter[other], state, other, parent)
        number = len(self.pairs)
        self.pairs.append((state, other))
        self.parents.append(parent)
        self.depths.append(0 if parent is None else self.depths[parent[0]] + 1)
        self._by_state[state] = self._by_interpreter[other] = number
        return number

    def compare(self, number: int) -> list[int]:
        """Compare one pair; return the numbers of its successors."""
        state, other = self.pairs[number]
        drained = self._drained.holds(state)
        ends = drained
        if drained != self._interpreter.drained(other):
            self.fail(Unpaired.DRAINED, number)
        if number < VALUES_FIRST or number % VALUES_EVERY == 0:
            self._compare_values(number)
        mine = self._machine.options(state)
        theirs = self._interpreter.transitions(other)
        if len(mine) != len(theirs):
            self.fail(Unpaired.TRANSITIONS, number)
        agreed, by_state, pairs = self._agreed, self._by_state, self.pairs
        result: list[int] = []
        for index, outcome in enumerate(theirs):
            moved = mine[index]
            known = outcome.known
            if known is None or agreed.get(known) is not moved:
                if moved.move != outcome.move:
                    mine, moved = self._sorted(mine, theirs, number), mine[index]
                self._compare_step(moved, outcome, number)
                if known is not None:
                    agreed[known] = moved
            target = outcome.target
            if moved.delta is None or target is None:
                if moved.delta is not None or target is not None:
                    self.fail(OtherStep(moved.move, InStep.FAULT), number)
                ends = True
                continue
            reached = by_state.get(state + moved.delta)
            if reached is None or pairs[reached][1] != target:
                reached = self._pair(state + moved.delta, target, (number, moved.move))
            result.append(reached)
        expected = self._expected(state)
        if drained:
            expected = expected | {c.property for c in self._at_end if c.holds(state)}
        if not mine and not drained:
            expected = expected | set(self._deadlocks)
            false_here = {id for id, false in self._in_deadlock if false(state)}
            self.met.deadlock = True
            self.met.deadlocked |= false_here
            if false_here != self._interpreter.false_in_deadlock(other):
                self.fail(Unpaired.DEADLOCKED, number)
        found = self._interpreter.state_findings(other)
        if (found or expected) and self._of(found) != expected:
            self.fail(Unpaired.FINDINGS, number)
        for finding in found:
            self.met.note(finding.property, self.depths[number])
        self.met.transitions += len(mine)
        if ends:
            self.ends.add(number)
            self.met.drained = self.met.drained or drained
        return result

    def successor(self, number: int, move: Move) -> int:
        """Return the pair that a move leads to. The states need not be compared."""
        known = self._after.get((number, move))
        if known is not None:
            return known
        state, other = self.pairs[number]
        mine = next((o for o in self._machine.options(state) if o.move == move), None)
        theirs = next((o for o in self._interpreter.transitions(other) if o.move == move), None)
        if mine is None or mine.delta is None or theirs is None or theirs.target is None:
            self.fail(OtherStep(move, InStep.IMPOSSIBLE), number)
        reached = self._after[number, move] = self._pair(state + mine.delta, theirs.target, (number, move))
        return reached

    def judge(self, state: int, depth: int) -> None:
        """Note what is wrong in a state at this depth, by the conditions of the system alone."""
        for property in self._expected(state):
            self.met.note(property, depth)
        for option in self._machine.options(state):
            self.met.step(option, depth)

    def _sorted(self, mine: list[Option], theirs: Sequence[Outcome[S]], number: int) -> list[Option]:
        """The transitions on the engine's side in the order of the others."""
        by_move = {moved.move: moved for moved in mine}
        if by_move.keys() != {outcome.move for outcome in theirs}:
            self.fail(Unpaired.TRANSITIONS, number)
        return [by_move[outcome.move] for outcome in theirs]

    def _compare_step(self, moved: Option, outcome: Outcome[S], number: int) -> None:
        if (outcome.findings or moved.raised) and self._of(outcome.findings) != self.judged.intersection(moved.raised):
            self.fail(OtherStep(moved.move, InStep.FINDINGS), number)
        if (outcome.events or moved.occurred) and tuple([e.event for e in outcome.events]) != moved.occurred:
            self.fail(OtherStep(moved.move, InStep.EVENTS), number)
        self.met.step(moved, self.depths[number])

    def _expected(self, state: int) -> frozenset[int]:
        """The properties whose conditions hold in a state, those about drained states aside."""
        key = state & self._shared
        expected = self._by_shared.get(key)
        if expected is None:
            expected = frozenset(c.property for c in self._over_shared if c.holds(state))
            self._by_shared[key] = expected
        for condition in self._conditions:
            if condition.holds(state):
                expected = expected | {condition.property}
        return expected

    def _of(self, findings: Sequence[Finding]) -> set[int]:
        """The properties that findings are about, as far as a state or a step decides them."""
        return {finding.property for finding in findings} & self.judged

    def _compare_values(self, number: int) -> None:
        state, other = self.pairs[number]
        layout = self._machine.layout
        values = {v.id: layout.value(state, v.id) for v in self._system.variables}
        shown = dict(self._interpreter.shared_values(other))
        different = self._texts.differing(values, shown)
        if different:
            self.fail(OtherValues(tuple(different)), number)

    # failures

    def differ_in_depth(self, number: int, depth: int) -> NoReturn:
        """The explorer has found the state of a pair elsewhere, or not at all."""
        self.fail(OtherDepth(self.depths[number], depth if depth >= 0 else None), number)

    def schedule(self, number: int) -> Schedule:
        moves: list[Move] = []
        parent = self.parents[number]
        while parent is not None:
            number, move = parent
            moves.append(move)
            parent = self.parents[number]
        return tuple(reversed(moves))

    def fail(self, what: Difference, number: int) -> NoReturn:
        state, other = self.pairs[number]
        raise CrossCheckFailure(what, self.schedule(number), self._view(state), self._interpreter_view(other))

    def _differ_in_identity(self, number: int, state: int, other: S, parent: tuple[int, Move] | None) -> NoReturn:
        first, second = self.pairs[number]
        schedule = () if parent is None else (*self.schedule(parent[0]), parent[1])
        raise CrossCheckFailure(
            OneStateForTwo(self.schedule(number)),
            schedule,
            self._view(state) + ("" if first == state else "\n  and, the other way:\n" + self._view(first)),
            self._interpreter_view(other)
            + ("" if second == other else "\n  and, the other way:\n" + self._interpreter_view(second)),
        )

    def _view(self, state: int) -> str:
        lines = [f"{name} = {value}" for name, value in self._machine.values(state).items()]
        lines.append(f"drained = {self._drained.holds(state)}")
        conditions = (*self._over_shared, *self._conditions, *self._at_end)
        lines.append(f"state findings = {sorted({c.property for c in conditions if c.holds(state)})}")
        lines += [
            _show_outcome(t.step.operation, t.move, t.target is None, {t.step.raises[n].property for n in t.raised})
            for t in self._machine.transitions(state)
        ]
        return "\n".join("    " + line for line in lines)

    def _interpreter_view(self, state: S) -> str:
        lines = [f"{name} = {value}" for name, value in self._interpreter.shared_values(state)]
        lines.append(f"state = {state}")
        lines.append(f"drained = {self._interpreter.drained(state)}")
        lines.append(f"state findings = {sorted({f.property for f in self._interpreter.state_findings(state)})}")
        lines += [
            _show_outcome("", o.move, o.target is None, {f.property for f in o.findings})
            for o in self._interpreter.transitions(state)
        ]
        return "\n".join("    " + line for line in lines)


def _show_outcome(operation: str, move: Move, faulted: bool, properties: set[int]) -> str:
    parts = [f"move {move.process} {move.choices}"]
    if operation:
        parts.append(operation)
    if faulted:
        parts.append("fault")
    if properties:
        parts.append(f"findings {sorted(properties)}")
    return ": ".join(parts)
