"""Checking one given schedule with z3: can it run, and does it end in a violation of the property?

Unlike the unrolling of ``bmc``, nothing is simplified here: integers are z3's integers, every
variable of every frame is an unknown of the solver, no domains are carried along and no bounds are
assumed. The only thing that is fixed is which process moves, with which choices. Steps from
locations where the process cannot be after its earlier moves are left out: fewer steps can only
make a schedule impossible, never confirm a wrong one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from modelcheck.ground.records import dataclass
from modelcheck.ir.system import Form, Step, System, SystemProperty, Variable
from modelcheck.ir.terms import IntSort, Term
from modelcheck.result.reasons.lengths import Inexpressible, NoRun, Silence
from modelcheck.result.trace import Move, Schedule
from modelcheck.solver.builder import Bool, Expr
from modelcheck.solver.domains import Domain, DomainEvaluator, domain_of_sort, interval
from modelcheck.solver.encode import Encoder, Names, Unencodable, constant, no_literal, variable
from modelcheck.solver.solver import Outcome, Solver, deadline_in


@dataclass(frozen=True, slots=True)
class Confirmation:
    """``runs``: the schedule's steps are enabled one after the other; ``violates``: and the end
    violates (witnesses) the property.

    None: z3 did not decide, ``reason`` says why; it also says why there is nothing to run.
    """

    runs: bool | None
    violates: bool | None
    reason: Silence | Inexpressible | NoRun | None = None

    def __bool__(self) -> bool:
        return self.violates is True


def confirm(
    system: System,
    property: int,
    schedule: Schedule,
    *,
    seconds: float = 60.0,
    interrupted: Callable[[], bool] | None = None,
) -> Confirmation:
    """Return whether the schedule is a run that violates (witnesses) the property with its last
    step or in its last state.
    """
    deadline = deadline_in(seconds, interrupted)
    claimed = next(p for p in system.properties if p.id == property)
    if not schedule and any(r.property == property and r.condition.is_true for r in system.initial_raises):
        return Confirmation(True, True)
    if system.initial_fault:
        return Confirmation(not schedule, False, None if not schedule else NoRun.INITIAL_FAULT)
    solver = Solver("")
    try:
        frames = _Frames(system, solver)
        for move in schedule[:-1]:
            frames.advance(move)
        ending, violation = _ending(frames, claimed, schedule)
    except Unencodable as error:
        return Confirmation(None, None, error.why)
    outcome = solver.check((ending,), deadline)
    if outcome is Outcome.UNKNOWN:
        return Confirmation(None, None, solver.reason)
    if outcome is Outcome.UNSAT:
        return Confirmation(False, False)
    outcome = solver.check((ending, violation), deadline)
    if outcome is Outcome.UNKNOWN:
        return Confirmation(True, None, solver.reason)
    return Confirmation(True, outcome is Outcome.SAT)


def _ending(frames: _Frames, claimed: SystemProperty, schedule: Schedule) -> tuple[Bool, Bool]:
    """Advance by the last move. Returns literals: it can be made; the step raises, or the state after it violates."""
    b, system = frames.solver.builder, frames.system
    ways: list[Bool] = []
    enabled = b.true
    if schedule:
        last = frames.steps(schedule[-1])
        enabled = b.or_(frames.encoded(frames.guard(step)) for step in last)
        for step in last:
            ways += (
                b.and_((frames.encoded(frames.guard(step)), frames.encoded(raised.condition)))
                for raised in step.raises
                if raised.property == claimed.id
            )
        # the end may be a fault: then there is no state after it, and only a raise can violate
        arrived = frames.advance(schedule[-1], required=False)
    else:
        arrived = b.true
    for state in claimed.states:
        ways.append(b.and_((arrived, frames.encoded(state.condition))))
    if Form.DEADLOCK in claimed.forms:
        blocked = [b.not_(frames.encoded(frames.guard(step))) for step in system.steps]
        ways.append(b.and_((arrived, b.not_(frames.encoded(system.drained)), *blocked)))
    ending, violation = b.bool_variable("ending"), b.bool_variable("violation")
    frames.solver.add(b.implies(ending, enabled))
    frames.solver.add(b.implies(violation, b.or_(ways)))
    return ending, violation


class _Frames:
    """The state after the moves so far, as unknowns of the solver."""

    def __init__(self, system: System, solver: Solver) -> None:
        self.system = system
        self.solver = solver
        self._depth = 0
        self._of_process: dict[int, list[Step]] = {p.index: [] for p in system.processes}
        for step in system.steps:
            self._of_process[step.process].append(step)
        self._sources = {p.index: {int(system.variables[p.location].initial)} for p in system.processes}
        self._domains: dict[int, Domain] = {v.id: domain_of_sort(v.sort) for v in system.variables}
        self._variables = {v.id: v for v in system.variables}
        self._values = {id: self._fresh(v) for id, v in self._variables.items()}
        for v in system.variables:
            value = constant(solver.builder, int(v.initial), v.sort, self._domains[v.id], finite=False)
            solver.add(solver.builder.eq(self._values[v.id], value))
        self._encoder = self._new_encoder()

    def _fresh(self, v: Variable) -> Expr:
        """An unknown for the value of a variable in the current state."""
        name = f"{v.name} {v.id}@{self._depth}"
        return variable(self.solver.builder, name, v.sort, self._domains[v.id], finite=False)

    def _new_encoder(self) -> Encoder:
        names = Names(self._values.__getitem__, no_literal)
        return Encoder(self.solver.builder, DomainEvaluator(self._domains), names, finite=False)

    def encoded(self, term: Term) -> Expr:
        """The term over the current state."""
        try:
            return self._encoder(term)
        except Unencodable:
            # bit operations on integers need a width: that of the declared bounds
            bounded = {
                v.id: interval(v.low, v.high) if isinstance(v.sort, IntSort) else domain_of_sort(v.sort)
                for v in self.system.variables
            }
            names = Names(self._values.__getitem__, no_literal)
            return Encoder(self.solver.builder, DomainEvaluator(bounded), names, finite=False)(term)

    def guard(self, step: Step) -> Term:
        """The step's guard together with its location."""
        terms = self.system.terms
        id = self.system.processes[step.process].location
        location = terms.variable(id, self.system.variables[id].sort)
        return terms.and_(terms.eq(location, terms.constant(step.source, location.sort)), step.guard)

    def steps(self, move: Move) -> Sequence[Step]:
        """The steps that the move may be."""
        sources = self._sources[move.process]
        return [s for s in self._of_process[move.process] if s.source in sources and s.choices == move.choices]

    def advance(self, move: Move, *, required: bool = True) -> Bool:
        """Make the move; returns the condition that it leads to a state, which is asserted if ``required``."""
        b = self.solver.builder
        candidates = [s for s in self.steps(move) if not s.fault]
        steps = [(s, self.encoded(self.guard(s))) for s in candidates]
        possible = b.or_(guard for _, guard in steps)
        if required:
            self.solver.add(possible)
        old, results = self._values, dict(self._values)
        for step, guard in steps:
            for id, update in step.updates:
                results[id] = b.ite(guard, self.encoded(update), results[id])
        self._sources[move.process] = {s.target for s in candidates if s.target is not None}
        self._depth += 1
        self._values = dict(old)
        for id, result in results.items():
            if result is not old[id]:
                self._values[id] = self._fresh(self._variables[id])
                self.solver.add(b.eq(self._values[id], result))
        self._encoder = self._new_encoder()
        return possible
