"""Breadth-first exploration of every reachable state of a System, all properties at once.

The states of one level are expanded in the order in which they were found, processes and choices in
order, so results and traces are the same on every run and traces are shortest. What makes it fast
in plain Python is that a step depends on few variables: what a process can do from a location is
computed once for each combination of values it reads or writes there, and remembered as *deltas* on
packed states (``layout``, ``successors``). After that a transition is one addition and one look
into a set of integers. (Remembering the successors of a short projection of the state is the
transition cache of LTSmin: Blom, van de Pol, Weber, "LTSmin: distributed and symbolic
reachability", CAV 2010.)
"""

from __future__ import annotations

import time
from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace

from modelcheck.engines.explicit.answers import Ends, Found, answers
from modelcheck.engines.explicit.machine import MOST_BITS, InconsistentSystem, Machine, is_widest
from modelcheck.engines.explicit.orbits import Orbits
from modelcheck.engines.explicit.stuck import first_stuck
from modelcheck.engines.explicit.successors import Successors
from modelcheck.engines.explicit.visited import VisitedStates
from modelcheck.engines.explicit.watch import Watch, Watches
from modelcheck.engines.witnessing import split
from modelcheck.ground.memory import memory_in_use
from modelcheck.ir.layout import FieldOverflow
from modelcheck.ir.passes.replicas import Rows, counterparts, replica_rows
from modelcheck.ir.system import Form, Step, System
from modelcheck.ir.terms import variables_of
from modelcheck.result.budget import Budget
from modelcheck.result.exploration import Exploration
from modelcheck.result.progress import Progress, Standing
from modelcheck.result.reasons.differences import Broken, BrokenExplorer, OutOfBounds
from modelcheck.result.reasons.stops import Stop
from modelcheck.result.trace import Move, Schedule

ENGINE = "explicit"
#: States expanded between two looks at the clock.
CHUNK = 8192
#: Seconds between two progress reports.
REPORT_INTERVAL = 0.2


def explore(
    system: System,
    budget: Budget,
    progress: Progress | None = None,
    interrupted: Callable[[], bool] | None = None,
    symmetry: bool = False,
    machine: Machine | None = None,
    keep: bool = False,
) -> Exploration:
    """Visit every reachable state within the budget and answer all properties.

    ``interrupted`` is asked now and then whether to stop early. ``symmetry``: of states that differ
    by a permutation of interchangeable replicas only one is visited; everything that is reported is
    as without it (traces may be other ones of the same length). ``machine``: of this system, if
    there is one already: what it has compiled is used. ``keep``: the states found can be asked
    about until ``Exploration.lookup`` is released. Raises ``InconsistentSystem`` if the system
    breaks its contract.
    """
    started = time.perf_counter()
    widths: dict[int, int] = {}
    groups = replica_rows(system) if symmetry else ()
    while True:
        executing = Machine(system, widths) if machine is None or widths else machine
        try:
            explorer = _Explorer(executing, groups, budget, progress, interrupted, started)
            found = explorer.run()
            return replace(found, lookup=explorer.lookup()) if keep else found
        except FieldOverflow as overflow:
            variable = next(v for v in system.variables if v.id == overflow.variable)
            if variable.low is not None and variable.high is not None:
                raise InconsistentSystem(OutOfBounds(variable.name, variable.low, variable.high)) from None
            width = min(2 * executing.layout.fields[variable.id].width, MOST_BITS)
            widths.update((id, width) for id in counterparts(groups, variable.id))


class _Explorer:
    """One run.

    ``order`` holds the states as found, ``parents`` the index of each one's predecessor, ``levels``
    where each level begins.
    """

    def __init__(
        self,
        machine: Machine,
        groups: Sequence[Rows],
        budget: Budget,
        progress: Progress | None,
        interrupted: Callable[[], bool] | None,
        started: float,
    ) -> None:
        self._machine = machine
        self._system = machine.system
        self._budget = budget
        self._progress = progress
        self._interrupted = interrupted
        self._started = started
        self._reported = started
        self._orbits = Orbits(machine.layout, groups)
        self._order: list[int] = [machine.initial]
        self._visited: set[int] = {machine.initial}
        self._parents = array("I", [0])
        self._levels: list[int] = [0]
        self._unreduced_levels: list[int] = [0]
        self._position = 0  # of the next state to expand
        self._end = 1  # of the level being expanded
        self._transitions = 0
        self._expanded = 0  # states, unreduced
        self._depth = 0  # of the level being expanded
        self._ends: list[int] = []  # drained states
        self._found: dict[int, Found] = {}
        self._fired: set[int] = set()
        self._occurred: set[int] = set()
        self._faults: set[int] = set()
        self._watches = Watches(machine)
        self._successors = Successors(machine, self._watches, self._observe, self._orbits)
        self._deadlocks = tuple(self._applicable(Form.DEADLOCK))
        self._deadlock_reachable = False
        self._deadlocked: set[int] = set()

    def run(self) -> Exploration:
        for initially in self._system.initial_raises:
            if initially.condition.is_true:
                self._record(initially.property, 0, 0, None)
                if self._system.initial_fault:
                    self._faults.add(initially.property)
        stopped = None
        if not self._system.initial_fault:
            self._look(self._watches.everywhere, self._machine.initial, 0, 0)
            stopped = self._search()
            if stopped is None:
                self._find_stuck()
        seconds = time.perf_counter() - self._started
        depth = len(self._levels) - 1 if stopped is None else self._depth - 1
        # A run that faults before its first step has no state at all.
        searched = 0 if self._system.initial_fault else len(self._order)
        sizes, replicas = self._orbits.sizes, self._orbits.mask
        states = self._expanded + sum(sizes[state & replicas] for state in self._order[self._position : searched])
        ends = Ends(
            drained=bool(self._ends),
            deadlock=self._deadlock_reachable,
            fault=bool(self._faults),
            false=frozenset(self._deadlocked),
        )
        return Exploration(
            states=states,
            transitions=self._transitions,
            depth=depth,
            stopped=stopped,
            answers=answers(
                self._system,
                self._found,
                self._schedule,
                states=states,
                searched=searched,
                expanded=depth,
                stopped=stopped,
                ends=ends,
                seconds=seconds,
            ),
            fired=frozenset(self._fired),
            occurred=frozenset(self._occurred),
            drained_reachable=ends.drained,
            faults=tuple(sorted(self._faults)),
            deadlock_reachable=ends.deadlock,
            deadlocked=ends.false,
            seconds=seconds,
            memory=memory_in_use(),
            levels=tuple(self._unreduced_levels),
            visited=searched,
            met=self._met(stopped),
        )

    def lookup(self) -> VisitedStates:
        """Return what answers whether states were visited (after ``run``)."""
        order = () if self._system.initial_fault else self._order
        # What was found while a level was expanded that is not done yet begins one more.
        begun = [self._end] if len(self._order) > max(self._levels[-1], self._end) else []
        levels = (*self._levels, *begun) if order else ()
        return VisitedStates(self._system, self._machine.layout, self._orbits, order, levels, self._schedule_to)

    # the search

    def _search(self) -> Stop | None:
        begin = 0
        while begin < len(self._order):
            self._end = end = len(self._order)
            self._depth = len(self._levels) - 1
            position = begin
            while position < end:
                stop = self._check_budget(position)
                if stop is not None:
                    return stop
                limit = min(end, position + self._chunk())
                try:
                    self._expand(position, limit)
                except FieldOverflow as overflow:
                    if not is_widest(self._machine, overflow.variable):
                        raise
                    return Stop.NUMBERS
                self._position = position = limit
            if len(self._order) > end:
                self._levels.append(end)
                self._unreduced_levels.append(self._expanded)
            begin = end
        return None

    def _chunk(self) -> int:
        if self._budget.states is None:
            return CHUNK
        return max(1, min(CHUNK, (self._budget.states - len(self._order)) // 8))

    def _expand(self, begin: int, end: int) -> None:
        order, visited, parents = self._order, self._visited, self._parents
        add, append, parent = visited.add, order.append, parents.append
        fixes, sizes, replicas = self._orbits.fixes, self._orbits.sizes, self._orbits.mask
        groups = self._successors.groups
        transitions = states = 0
        index = begin
        for state in order[begin:end]:
            enabled = 0
            for control, rows, new_row in groups:
                row = rows.get(state & control)
                for get, mask, compute in new_row(state) if row is None else row:
                    entry = get(state & mask)
                    count, deltas, watched = compute(state, index) if entry is None else entry
                    enabled += count
                    for delta in deltas:
                        target = state + delta
                        target += fixes[target & replicas]
                        if target not in visited:
                            add(target)
                            append(target)
                            parent(index)
                    for delta, watches in watched:
                        reached = state + delta
                        target = reached + fixes[reached & replicas]
                        if target not in visited:
                            add(target)
                            append(target)
                            parent(index)
                            # Not at the state that stands for it: what the step can make true was
                            # worked out for this one.
                            self._look(watches, reached, len(order) - 1, self._depth + 1)
            size = sizes[state & replicas]
            states += size
            if enabled:
                transitions += enabled * size
            else:
                self._no_step(state, index)
            index += 1
        self._transitions += transitions
        self._expanded += states

    def _check_budget(self, position: int) -> Stop | None:
        now = time.perf_counter()
        budget = self._budget
        memory = memory_in_use()
        if self._progress is not None and now - self._reported >= REPORT_INTERVAL:
            self._reported = now
            seconds = now - self._started
            states = len(self._order)
            self._progress.update(
                Standing(ENGINE, states, states / seconds, self._depth, states - position, memory, seconds)
            )
        if self._interrupted is not None and self._interrupted():
            return Stop.INTERRUPTED
        if budget.seconds is not None and now - self._started > budget.seconds:
            return Stop.TIME
        if budget.memory is not None and memory > budget.memory:
            return Stop.MEMORY
        if budget.states is not None and len(self._order) >= budget.states:
            return Stop.STATES
        return None

    # what is seen on the way

    def _observe(self, index: int, step: Step, raised: tuple[int, ...], occurred: tuple[int, ...]) -> None:
        self._fired.add(step.id)
        self._occurred.update(step.occurrences[number].event for number in occurred)
        for number in raised:
            property = step.raises[number].property
            self._record(property, self._depth + 1, index, step)
            if step.fault:
                self._faults.add(property)

    def _look(self, watches: tuple[Watch, ...] | list[Watch], state: int, index: int, depth: int) -> None:
        for watch in watches:
            if watch.active and watch.holds(state):
                if watch is self._watches.drained:
                    self._ends.append(self._order[index])
                    self._look(self._watches.at_end, state, index, depth)
                elif watch.property is not None:
                    self._record(watch.property, depth, index, None)

    def _no_step(self, state: int, index: int) -> None:
        if not self._watches.drained.holds(state):
            self._deadlock_reachable = True
            for property in self._deadlocks:
                self._record(property, self._depth, index, None)
            for watch in self._watches.in_deadlock:
                if watch.property is not None and watch.property not in self._deadlocked and watch.holds(state):
                    self._deadlocked.add(watch.property)

    def _record(self, property: int, length: int, index: int, step: Step | None) -> None:
        found = self._found.get(property)
        if found is None or length < found.length:
            self._found[property] = Found(length, index, step)
        if found is None:
            for watch in (*self._watches.everywhere, *self._watches.at_end):
                if watch.property == property:
                    watch.active = False

    # afterwards

    def _applicable(self, form: Form) -> list[int]:
        return [p.id for p in self._system.properties if form in p.forms and p.not_applicable is None]

    def _find_stuck(self) -> None:
        properties = self._applicable(Form.STUCK)
        if not properties:
            return
        index = first_stuck(self._order, self._visited, self._ends, self._successors)
        if index is not None:
            length = bisect_right(self._levels, index) - 1
            for property in properties:
                self._record(property, length, index, None)

    def _schedule_to(self, index: int) -> Schedule:
        return self._schedule(Found(0, index, None))

    def _met(self, stopped: Stop | None) -> frozenset[int]:
        """What properties need, as far as it is met: in all states, if they were all found."""
        met, open = split(self._system, self._fired)
        if stopped is None and not self._system.initial_fault:
            for number, condition in open.items():
                holds = self._machine.predicate(condition)
                # Of states that agree on what the condition reads one will do.
                mask = self._machine.layout.mask(variables_of((condition,)))
                if any(holds(state) for state in {state & mask for state in self._order}):
                    met.add(number)
        return frozenset(met)

    def _schedule(self, found: Found) -> Schedule:
        indices = [found.index]
        while indices[-1] != 0:
            indices.append(self._parents[indices[-1]])
        indices.reverse()
        moves: list[Move] = []
        state = self._machine.initial
        for index in indices[1:]:
            # The state that was visited is one of those that a permutation of replicas makes of the one the run is in.
            target = self._order[index]
            ways = (
                t
                for t in self._machine.transitions(state)
                if t.target is not None and self._orbits.canonical(t.target) == target
            )
            taken = next(ways, None)
            if taken is None or taken.target is None:
                raise InconsistentSystem(BrokenExplorer(Broken.NO_STEP_TO, native=False))
            moves.append(taken.move)
            state = taken.target
        if found.step is not None:
            moves.append(self._violating(state, found))
        return tuple(moves)

    def _violating(self, state: int, found: Found) -> Move:
        """The step that violates the property: the one that was seen, or the same of another replica."""
        properties = {property for property, other in self._found.items() if other == found}
        raising = [
            t
            for t in self._machine.transitions(state)
            if properties <= {t.step.raises[number].property for number in t.raised}
        ]
        if not raising:
            raise InconsistentSystem(BrokenExplorer(Broken.UNKNOWN_STEP, native=False))
        return next((t for t in raising if t.step is found.step), raising[0]).move
