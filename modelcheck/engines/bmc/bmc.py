"""Bounded model checking: the shortest violation (or witness) of each property, by unrolling.

Biere, Cimatti, Clarke, Zhu, *Symbolic Model Checking without BDDs*, TACAS 1999; one incremental
solver with assumption literals as in Eén and Sörensson, *Temporal Induction by Incremental SAT
Solving*, BMC 2003. Properties share one unrolling.

At depth k two things are asked: is there a state after k steps that violates (length k), and is
there a step enabled in such a state that raises a violation (length k + 1)? A raising step needs no
successor, so faults need no special case. All properties that are still open are asked about at
once; depths grow by one, so the first answer is a shortest one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from modelcheck.ground.memory import memory_in_use
from modelcheck.ir.system import Form, System, SystemProperty
from modelcheck.result.budget import Budget
from modelcheck.result.progress import Progress, Standing
from modelcheck.result.reasons.lengths import Depths, NoRun, NotEncodedAt, ShorterNotExcluded
from modelcheck.result.reasons.stops import Stop, Unsupported
from modelcheck.result.trace import Schedule
from modelcheck.result.verdict import Answer, EvidenceKind, Verdict
from modelcheck.solver.encode import Unencodable
from modelcheck.solver.interruption import ctrl_c_noted
from modelcheck.solver.solver import Deadline, deadline_in
from modelcheck.solver.unrolling.bounds import Bounds, preserved_bounds
from modelcheck.solver.unrolling.distance import Distances, Targets, blocking_targets, distances, state_targets
from modelcheck.solver.unrolling.flow import Facts, facts
from modelcheck.solver.unrolling.group import Group, Part, Progressed, Ways
from modelcheck.solver.unrolling.unroll import Options

ENGINE = "bmc"
#: Depth and time if the budget says nothing.
DEFAULT_STEPS, DEFAULT_SECONDS = 200, 60.0
#: While another group waits, one query may take this many seconds, or this share of what is left.
SLICE, SHARE = 2.0, 0.4


def bmc(
    system: System,
    properties: Sequence[int],
    budget: Budget,
    progress: Progress | None = None,
    interrupted: Callable[[], bool] | None = None,
    options: Options | None = None,
) -> list[Answer]:
    """Answer for each property (by id): violated or witnessed with a shortest schedule, or bounded.

    ``budget.steps`` is the greatest length tried, ``budget.seconds`` the time for all properties
    together, ``budget.memory`` is looked at between depths. ``interrupted`` is asked now and then,
    also while z3 searches. What ``stuck`` belongs to is unknown unless a run violates it otherwise:
    that needs the whole state graph. An answer never rests on a z3 *unknown*. Raises
    ``KeyboardInterrupt`` on Ctrl-C.
    """
    seconds = DEFAULT_SECONDS if budget.seconds is None else budget.seconds
    wanted = [next(p for p in system.properties if p.id == id) for id in properties]
    with ctrl_c_noted() as pressed:
        deadline = deadline_in(seconds, lambda: pressed() or (interrupted is not None and interrupted()))
        search = _Search(system, wanted, budget, progress, deadline)
        search.run(options or Options())
    return search.answers()


class _Search:
    """One run of ``bmc``.

    The ways in which properties can be violated fall into two groups with an unrolling each: those
    that need every process to stand at certain locations (``distance.py``), and the rest. The
    groups take turns, so that a hard one does not starve the other.
    """

    def __init__(
        self,
        system: System,
        properties: Sequence[SystemProperty],
        budget: Budget,
        progress: Progress | None,
        deadline: Deadline,
    ) -> None:
        self._system = system
        self._properties = properties
        self._progress = progress
        self._deadline = deadline
        self._memory = budget.memory
        self._greatest = DEFAULT_STEPS if budget.steps is None else budget.steps
        self._started = time.monotonic()
        self._groups: list[Group] = []
        self._known: Facts | None = None
        self._initially = {r.property for r in system.initial_raises if r.condition.is_true}
        self._reason: Depths | None = None

    def run(self, options: Options) -> None:
        """Search until everything is decided or the budget is spent."""
        if self._system.initial_fault:
            return
        parts = [part for p in self._properties if self._sought(p) for part in _parts(self._system, p)]
        bounds = preserved_bounds(self._system, self._deadline) if parts else {}
        if parts and options.facts:
            self._known = facts(self._system, bounds)
        for members, apart in _grouped(self._system, parts) if options.distances else [(parts, None)]:
            self._groups.append(self._group(members, bounds, options, apart))
        running = list(self._groups)
        while running:
            self._report()
            group = min(running, key=lambda g: g.seconds)
            try:
                outcome = self._advance(group, alone=len(running) == 1)
            except Unencodable as error:
                outcome = Progressed.FINISHED
                group.reason = NotEncodedAt(error.why, group.depth)
                if options.finite:
                    integers = replace(options, finite=False)
                    self._groups.append(self._group(group.abandon(), bounds, integers, None))
                    running.append(self._groups[-1])
            self._share(group)
            if outcome is Progressed.FINISHED:
                running.remove(group)
            self._reason = self._deadline.passed()
            if self._reason is None and self._memory is not None and memory_in_use() > self._memory:
                self._reason = Stop.MEMORY
            if self._reason is not None or (outcome is Progressed.STOPPED and len(running) == 1):
                return

    def _share(self, group: Group) -> None:
        """What one group has found bounds the search for other ways of violating the same property."""
        for part, (schedule, _) in group.found.items():
            for other in self._groups:
                for sibling in other.parts:
                    if sibling.property is part.property and sibling not in other.found:
                        other.limit(sibling, len(schedule) - 1)

    def _sought(self, p: SystemProperty) -> bool:
        return p.not_applicable is None and p.id not in self._initially

    def _group(self, parts: Sequence[Part], bounds: Bounds, options: Options, distances: Distances | None) -> Group:
        return Group(self._system, parts, bounds, options, self._greatest, distances, self._known)

    def _advance(self, group: Group, *, alone: bool) -> Progressed:
        """Let a group decide a depth; while others wait, with a part of the time that is left."""
        at = self._deadline.at
        if not alone:
            at = min(at, time.monotonic() + max(SLICE, self._deadline.remaining * SHARE))
        return group.advance(Deadline(at, self._deadline.interrupted))

    def _report(self) -> None:
        if self._progress is not None:
            seconds = time.monotonic() - self._started
            depth = min(group.depth for group in self._groups)
            self._progress.update(Standing(ENGINE, 0, 0.0, depth, 0, memory_in_use(), seconds))

    def answers(self) -> list[Answer]:
        return [self._answer(p) for p in self._properties]

    def _answer(self, p: SystemProperty) -> Answer:
        seconds = time.monotonic() - self._started
        if p.not_applicable is not None:
            return Answer(p.id, Verdict.NOT_APPLICABLE, EvidenceKind.NONE, ENGINE, reason=p.not_applicable)
        if p.id in self._initially:
            return _decided(p, (), 0.0)
        found = self._within(p, seconds)
        if Form.STUCK in p.forms and found.schedule is None:
            reason = Unsupported.NO_LENGTH
            return Answer(p.id, Verdict.UNKNOWN, EvidenceKind.NONE, ENGINE, seconds=seconds, reason=reason)
        return found

    def _within(self, p: SystemProperty, seconds: float) -> Answer:
        """What the depths reached say about the ways in which a run can violate the property."""
        if self._system.initial_fault:
            return _bounded(p, 0, seconds, NoRun.INITIAL_FAULT)
        mine = [(group, part) for group in self._groups for part in group.parts if part.property is p]
        if not mine:
            return _bounded(p, self._greatest, seconds, NoRun.HARMLESS)
        hits = [group.found[part] for group, part in mine if part in group.found]
        sought = [(group, part) for group, part in mine if part not in group.found]
        # no way of violating it has been seen up to here
        clear = min((group.checked[part] for group, part in sought), default=self._greatest)
        stopped = (g.reason for g, part in mine if g.reason is not None and part not in g.found)
        why = next(stopped, self._reason)
        reason: Depths | ShorterNotExcluded | None = why
        if hits:
            schedule, when = min(hits, key=lambda hit: len(hit[0]))
            excluded = min((group.excluded(part) for group, part in sought), default=self._greatest)
            if len(schedule) <= excluded + 1:
                return _decided(p, schedule, when - self._started)
            reason = ShorterNotExcluded(len(schedule), why)
        return _bounded(p, clear, seconds, reason)


def _decided(p: SystemProperty, schedule: Schedule, seconds: float) -> Answer:
    return Answer(
        p.id,
        Verdict.HOLDS if p.existential else Verdict.VIOLATED,
        EvidenceKind.WITNESS if p.existential else EvidenceKind.TRACE,
        ENGINE,
        schedule=schedule,
        length=len(schedule),
        seconds=seconds,
    )


def _bounded(p: SystemProperty, depth: int, seconds: float, reason: Depths | ShorterNotExcluded | None) -> Answer:
    """No violation of at most ``depth`` steps; nothing at all is known if ``depth`` is negative."""
    verdict = Verdict.UNKNOWN if depth < 0 else Verdict.BOUNDED
    return Answer(
        p.id,
        verdict,
        EvidenceKind.NONE,
        ENGINE,
        depth=None if depth < 0 else depth,
        seconds=seconds,
        reason=reason,
    )


def _parts(system: System, p: SystemProperty) -> list[Part]:
    parts = []
    if p.states or Form.DEADLOCK in p.forms:
        parts.append(Part(p, Ways.STATE))
    if any(raised.property == p.id for step in system.steps for raised in step.raises):
        parts.append(Part(p, Ways.RAISE))
    return parts


def _grouped(system: System, parts: Sequence[Part]) -> list[tuple[list[Part], Distances | None]]:
    """The parts that need every process somewhere in particular, with the distances to there, and the others."""
    ending: list[Part] = []
    others: list[Part] = []
    allowed = [frozenset[int]()] * len(system.processes)
    for part in parts:
        where = _targets(system, part)
        if where is None:
            others.append(part)
        else:
            ending.append(part)
            allowed = [a | b for a, b in zip(allowed, where, strict=True)]
    groups: list[tuple[list[Part], Distances | None]] = []
    if others:
        groups.append((others, None))
    if ending:
        groups.append((ending, distances(system, tuple(allowed))))
    return groups


def _targets(system: System, part: Part) -> Targets | None:
    """Where the processes must be for a violation, if that says something about each of them."""
    if part.ways is Ways.RAISE:
        return None
    found = state_targets(system, [s.condition for s in part.property.states])
    if Form.DEADLOCK in part.property.forms:
        found = tuple(a | b for a, b in zip(found, blocking_targets(system), strict=True))
    restricting = all(len(w) < len(p.locations) for w, p in zip(found, system.processes, strict=True))
    return found if restricting else None
