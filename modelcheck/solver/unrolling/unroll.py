"""A System unrolled frame by frame into one incremental solver.

Frame k describes the states that runs of exactly k steps can reach. Between two frames exactly one step fires.

* A location variable is one literal for each location the process can be at after k steps; all
  other variables are booleans or bit-vectors (integers in the integer encoding). Domains
  (``domains.py``) are carried from frame to frame: what has one value only is a constant, and steps
  whose guard is false under them are not encoded at all. That is most of the work in the first
  frames.
* Variables outside the cone of influence of the properties asked for are left out.
* Each possible step has a literal ``fires``, which implies its guard. Locations make the steps of a
  process exclusive, guards those at one location with equal choices; only different choices and
  different processes need clauses.
* Partial-order reduction (``reduce``). Of the runs that differ only in the order of independent
  neighbours, those in *lexicographic normal form* suffice (Anisimov and Knuth 1979; for bounded
  model checking: Kahlon, Wang, Gupta, CAV 2009): call the point (process, location) from which a
  step fires its label; a word of labels is least in its equivalence class if and only if it has no
  factor a u b in which b's process comes before a's and b is independent of a and of all of u. For
  each process q the bit ``overdue`` says that since the last step dependent on q's next one a later
  process has moved; then q may not move.

  This is sound for *shortest* lengths. Let K be the least length of a violation. (1) If a state of
  a run of length K violates, the normal form of the run ends in the same state. (2) If the last
  step t raises the violation, bring the first K-1 steps into normal form; the state before t is the
  same. Then there is no factor a u t as above, since independence would let t fire before a, where
  it raises the same, in a shorter run. So the violation is found at length K, and below K there is
  none to be found. The label does not change while other processes move, and what a step at a label
  reads changes only by dependent steps, so independence as computed from locations is enough.
* Replicas that may be permuted move for the first time in order (``System.symmetric``). Of all runs
  that a permutation of replicas and swaps of independent steps make of a run, the one whose
  sequence of process numbers is least satisfies both constraints.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise

from modelcheck.ground.records import dataclass
from modelcheck.ir.system import Step, System
from modelcheck.ir.terms import BoolSort, IntSort, Term, TermFactory
from modelcheck.result.trace import Move, Schedule
from modelcheck.solver.builder import Bool, Expr
from modelcheck.solver.domains import Domain, DomainEvaluator, of_values
from modelcheck.solver.encode import Encoder, Names, constant, shape_of, variable
from modelcheck.solver.solver import Solver
from modelcheck.solver.unrolling.bounds import Bounds
from modelcheck.solver.unrolling.flow import Facts
from modelcheck.solver.unrolling.independence import Independence, cone, independence

#: Facts are stated if they name at most so many values: larger sets cost more clauses than they save.
LARGEST_CLAIM = 1


@dataclass(frozen=True, slots=True)
class Options:
    """How to unroll and search.

    ``finite``: integers as bit-vectors. ``logic``: z3's solver for them. ``reduce``: partial-order
    reduction. ``symmetry``: order replicas. ``distances``: count what runs waste where violations
    need processes somewhere (``distance.py``). ``simple``: no state occurs twice. ``facts``: state
    what is known about own variables at locations (``flow.py``).
    """

    finite: bool = True
    logic: str = "QF_BV"
    reduce: bool = True
    symmetry: bool = True
    distances: bool = True
    simple: bool = False
    facts: bool = True


@dataclass(frozen=True, slots=True)
class Frame:
    """The states after ``depth`` steps.

    ``possible``: the steps that may be enabled. ``at``: for each process and location its literal.
    ``overdue`` and ``started``: see the module's text.
    """

    depth: int
    domains: dict[int, Domain]
    at: tuple[dict[int, Bool], ...]
    values: dict[int, Expr]
    encoder: Encoder
    possible: tuple[Step, ...]
    overdue: dict[int, Bool]
    started: dict[int, Bool]

    def enabled(self, step: Step) -> Bool:
        """The condition under which a step of ``possible`` can fire."""
        here = self.at[step.process][step.source]
        return self.encoder.builder.and_((here, self.encoder.boolean(step.guard)))


@dataclass(frozen=True, slots=True)
class Transition:
    """From one frame to the next: the literals of the steps, and of the processes that move."""

    fires: tuple[tuple[Step, Bool], ...]
    moves: dict[int, Bool]


class Unrolling:
    """See the module's text. ``frames[k]`` is the frame at depth k, ``transitions[k]`` leads from it to the next."""

    def __init__(
        self,
        system: System,
        solver: Solver,
        bounds: Bounds,
        properties: frozenset[int],
        options: Options,
        fruitless: frozenset[int] = frozenset(),
        known: Facts | None = None,
    ) -> None:
        """``properties``: the only ones whose conditions will be asked about; other variables than
        their cone are left out.

        ``fruitless``: ids of steps that need not fire. ``known``: facts about reachable states (``flow.py``).
        """
        self._fruitless = fruitless
        self._known = known
        self._steps = tuple(s for s in system.steps if known is None or s.id in known.feasible)
        self.system = system
        self.solver = solver
        self.options = options
        self._bounds = bounds
        self._processes = {p.location: p for p in system.processes}
        self._variables = {v.id: v for v in system.variables}
        relevant = cone(system, properties)
        self._relevant = tuple(v for v in system.variables if v.id in relevant)
        self._independence: Independence | None = None
        if options.reduce:
            self._independence = independence(system, properties, relevant)
        self.frames: list[Frame] = []
        self.transitions: list[Transition] = []
        domains = {v.id: of_values((int(v.initial),)) for v in self._relevant}
        true = solver.builder.true
        at = tuple({int(self._variables[p.location].initial): true} for p in system.processes)
        false = solver.builder.false
        nothing = {p.index: false for p in system.processes}
        self._push(domains, at, {}, nothing, dict(nothing))

    @property
    def last(self) -> Frame:
        return self.frames[-1]

    def _push(
        self,
        domains: dict[int, Domain],
        at: tuple[dict[int, Bool], ...],
        values: dict[int, Expr],
        overdue: dict[int, Bool],
        started: dict[int, Bool],
    ) -> None:
        evaluator = DomainEvaluator(domains)
        possible = tuple(
            step for step in self._steps if step.source in at[step.process] and evaluator(step.guard).single != 0
        )
        encoder = Encoder(self.solver.builder, evaluator, self._names(domains, at, values), finite=self.options.finite)
        self.frames.append(Frame(len(self.frames), domains, at, values, encoder, possible, overdue, started))

    def _names(self, domains: dict[int, Domain], at: tuple[dict[int, Bool], ...], values: dict[int, Expr]) -> Names:
        b = self.solver.builder

        def value(id: int) -> Expr:
            process = self._processes.get(id)
            if process is None:
                return values[id]
            # a location as a number: rarely needed
            sort, result = self._variables[id].sort, None
            for location, here in at[process.index].items():
                number = constant(b, location, sort, domains[id], finite=self.options.finite)
                result = number if result is None else b.ite(here, number, result)
            assert result is not None
            return result

        def equals(id: int, number: int) -> Bool | None:
            process = self._processes.get(id)
            return None if process is None else at[process.index].get(number, b.false)

        return Names(value, equals)

    def extend(self) -> bool:
        """Add one transition and the frame after it.

        Returns False (and adds nothing) if no step can fire in the last frame. Raises
        ``Unencodable`` if an integer outgrows the finite encoding.
        """
        frame = self.last
        steps = [step for step in frame.possible if not step.fault and step.id not in self._fruitless]
        if not steps:
            return False
        transition = self._fire(frame, steps)
        self.transitions.append(transition)
        domains = self._next_domains(frame, steps)
        at = self._next_locations(frame, transition, domains)
        values = self._next_values(frame, transition, domains)
        overdue = self._order(frame, transition) if self._independence is not None else frame.overdue
        started = self._start(frame, transition) if self.options.symmetry else frame.started
        self._push(domains, at, values, overdue, started)
        if self._known is not None:
            self._recall(self._known, self.last)
        if self.options.simple:
            for frame in self.frames[:-1]:
                self._distinguish(frame, self.last)
        return True

    def _fire(self, frame: Frame, steps: Sequence[Step]) -> Transition:
        """Exactly one of the steps fires."""
        b, add, k = self.solver.builder, self.solver.add, frame.depth
        by_point: defaultdict[tuple[int, int], list[tuple[Step, Bool]]] = defaultdict(list)
        fires = tuple((step, b.bool_variable(f"fire{k}_{step.id}")) for step in steps)
        for step, literal in fires:
            by_point[step.process, step.source].append((step, literal))
        movers = sorted({step.process for step in steps})
        moves = {process: b.bool_variable(f"move{k}_{process}") for process in movers}
        add(b.or_(moves.values()))
        for i, p in enumerate(movers):
            for q in movers[:i]:
                add(b.not_(b.and_((moves[p], moves[q]))))
        for process in movers:
            move = moves[process]
            for location, here in frame.at[process].items():
                group = by_point.get((process, location), [])
                add(b.or_((b.not_(move), b.not_(here), *(literal for _, literal in group))))
                for i, (step, literal) in enumerate(group):
                    add(b.implies(literal, move))
                    add(b.implies(literal, here))
                    add(b.implies(literal, frame.encoder.boolean(step.guard)))
                    for other, other_literal in group[:i]:
                        if other.choices != step.choices:
                            add(b.not_(b.and_((literal, other_literal))))
        return Transition(fires, moves)

    def _next_domains(self, frame: Frame, steps: Sequence[Step]) -> dict[int, Domain]:
        written: dict[int, tuple[int, Domain]] = {}
        evaluator = frame.encoder.domains
        targets: defaultdict[int, set[int]] = defaultdict(set)
        for step in steps:
            assert step.target is not None
            targets[self.system.processes[step.process].location].add(step.target)
            for id, update in step.updates:
                if id in self._processes or id not in frame.domains:
                    continue
                found = evaluator(update)
                count, old = written.get(id, (0, found))
                written[id] = (count + 1, old if old is found else old.join(found))
        domains = dict(frame.domains)
        for id, (count, found) in written.items():
            joined = found if count == len(steps) else found.join(frame.domains[id])
            low, high = self._bounds.get(id, (None, None))
            domains[id] = joined.meet(low, high) or joined
        for id, values in targets.items():
            only = all(step.process == self._processes[id].index for step in steps)
            stay = set() if only else set(frame.at[self._processes[id].index])
            all_values = frozenset(values | stay)
            domains[id] = Domain(min(all_values), max(all_values), all_values)
        return domains

    def _next_locations(
        self, frame: Frame, transition: Transition, domains: dict[int, Domain]
    ) -> tuple[dict[int, Bool], ...]:
        b, k = self.solver.builder, frame.depth + 1
        arrivals: defaultdict[tuple[int, int], list[Bool]] = defaultdict(list)
        for step, literal in transition.fires:
            assert step.target is not None
            arrivals[step.process, step.target].append(literal)
        result = []
        for process in self.system.processes:
            move = transition.moves.get(process.index)
            if move is None:
                result.append(frame.at[process.index])
                continue
            found: dict[int, Bool] = {}
            locations = domains[process.location].values
            assert locations is not None
            for location in sorted(locations):
                stays = b.and_((frame.at[process.index].get(location, b.false), b.not_(move)))
                condition = b.or_((stays, *arrivals[process.index, location]))
                literal = b.bool_variable(f"at{k}_{process.index}_{location}")
                self.solver.add(b.eq(literal, condition))
                found[location] = literal
            self.solver.add(b.or_(found.values()))
            result.append(found)
        return tuple(result)

    def _next_values(self, frame: Frame, transition: Transition, domains: dict[int, Domain]) -> dict[int, Expr]:
        b, k = self.solver.builder, frame.depth + 1
        writes: defaultdict[int, dict[int, tuple[Term, list[Bool]]]] = defaultdict(dict)
        for step, literal in transition.fires:
            for id, update in step.updates:
                if id not in self._processes and id in domains:
                    writes[id].setdefault(update.id, (update, []))[1].append(literal)
        values: dict[int, Expr] = {}
        for v in self._relevant:
            domain = domains[v.id]
            if domain.single is not None or v.id in self._processes:
                continue
            groups = writes.get(v.id)
            if groups is None:
                values[v.id] = frame.values[v.id]
                continue
            own = variable(b, f"v{k}_{v.id}", v.sort, domain, finite=self.options.finite)
            result = self._current(frame, v.id, domain)
            for update, literals in groups.values():
                result = b.ite(b.or_(literals), self._fitted(frame.encoder, update, domain), result)
            self.solver.add(b.eq(own, result))
            values[v.id] = own
        return values

    def _current(self, frame: Frame, id: int, domain: Domain) -> Expr:
        """The value of a variable in the frame, in the representation of another domain."""
        sort = self._variables[id].sort
        return self._fitted(frame.encoder, self.system.terms.variable(id, sort), domain)

    def _fitted(self, encoder: Encoder, term: Term, domain: Domain) -> Expr:
        if self.options.finite and isinstance(term.sort, IntSort):
            return encoder.fitted(term, shape_of(domain))
        return encoder(term)

    def _recall(self, known: Facts, frame: Frame) -> None:
        """State the facts about own variables at locations where they say more than the frame's domains."""
        b, terms = self.solver.builder, self.system.terms
        for process in self.system.processes:
            for location, here in frame.at[process.index].items():
                for id, domain in known.own.get((process.index, location), {}).items():
                    if id in frame.values:
                        claim = _membership(terms, terms.variable(id, self._variables[id].sort), domain)
                        if claim is not None and frame.encoder.domains(claim).single is None:
                            self.solver.add(b.implies(here, frame.encoder.boolean(claim)))

    def _distinguish(self, old: Frame, new: Frame) -> None:
        """The two states differ. (A shortest violating run never comes to a state twice, in
        whatever order its steps are.)
        """
        b = self.solver.builder
        different: list[Bool] = []
        for process in self.system.processes:
            before, after = old.at[process.index], new.at[process.index]
            if before is not after:
                same = (b.and_((before[i], after[i])) for i in sorted(before.keys() & after.keys()))
                different.append(b.not_(b.or_(same)))
        for v in self._relevant:
            if v.id in self._processes or old.values.get(v.id) is new.values.get(v.id) is not None:
                continue
            domain = old.domains[v.id].join(new.domains[v.id])
            if domain.single is None:
                different.append(b.not_(b.eq(self._current(old, v.id, domain), self._current(new, v.id, domain))))
        self.solver.add(b.or_(different))

    def _order(self, frame: Frame, transition: Transition) -> dict[int, Bool]:
        """Forbid words that are not in lexicographic normal form; returns the next frame's ``overdue``."""
        b, add, k = self.solver.builder, self.solver.add, frame.depth
        assert self._independence is not None
        moves = transition.moves
        writing: defaultdict[tuple[int, int], list[Bool]] = defaultdict(list)
        touching: defaultdict[tuple[int, int], list[Bool]] = defaultdict(list)
        for i, c in enumerate(self._independence.classes):
            for point in c.accessors:
                here = frame.at[point[0]].get(point[1])
                if here is not None:
                    touching[point[0], i].append(here)
                    if point in c.writers:
                        writing[point[0], i].append(here)
        writes = {key: b.or_(parts) for key, parts in writing.items()}
        touches = {key: b.or_(parts) for key, parts in touching.items()}
        dependent: dict[tuple[int, int], Bool] = {}
        for p in moves:
            for process in self.system.processes:
                q = process.index
                if (q, p) in dependent:
                    dependent[p, q] = dependent[q, p]
                elif p != q:
                    literal = b.bool_variable(f"dependent{k}_{p}_{q}")
                    conflicts = []
                    for i in range(len(self._independence.classes)):
                        for x, y in ((p, q), (q, p)):
                            if (x, i) in writes and (y, i) in touches:
                                conflicts.append(b.and_((writes[x, i], touches[y, i])))
                    add(b.implies(literal, b.or_(conflicts)))
                    dependent[p, q] = literal
        overdue: dict[int, Bool] = {}
        for process in self.system.processes:
            q = process.index
            before = frame.overdue[q]
            if q in moves:
                add(b.not_(b.and_((moves[q], before))))
            literal = b.bool_variable(f"overdue{k + 1}_{q}")
            for p, move in moves.items():
                if p != q:
                    late = b.true if p > q else before
                    add(b.or_((b.not_(move), b.not_(late), dependent[p, q], literal)))
            overdue[q] = literal
        return overdue

    def _start(self, frame: Frame, transition: Transition) -> dict[int, Bool]:
        """Replicas of a symmetric group move for the first time in order."""
        b, add, k = self.solver.builder, self.solver.add, frame.depth
        started = dict(frame.started)
        for group in self.system.symmetric:
            ordered = sorted(group)
            for earlier, later in pairwise(ordered):
                if later in transition.moves:
                    add(b.or_((b.not_(transition.moves[later]), frame.started[earlier])))
            for process in ordered:
                move = transition.moves.get(process)
                if move is not None:
                    literal = b.bool_variable(f"started{k + 1}_{process}")
                    add(b.eq(literal, b.or_((frame.started[process], move))))
                    started[process] = literal
        return started

    def schedule(self, holds: Callable[[Bool], bool], length: int) -> Schedule:
        """The first ``length`` moves of the run that a model describes."""
        moves = []
        for transition in self.transitions[:length]:
            step = next(step for step, literal in transition.fires if holds(literal))
            moves.append(Move(step.process, step.choices))
        return tuple(moves)


def _membership(terms: TermFactory, variable: Term, domain: Domain) -> Term | None:
    """That the variable has a value of the domain; None if that takes too many words."""
    match variable.sort:
        case BoolSort():
            return None if domain.single is None else terms.eq(variable, terms.boolean(bool(domain.single)))
        case _ if domain.values is not None and len(domain.values) <= LARGEST_CLAIM:
            return terms.or_(*(terms.eq(variable, terms.constant(v, variable.sort)) for v in sorted(domain.values)))
        case _:
            return None
