"""Schedules and traces.

A *schedule* is what an engine returns: which process moved, with which choices. A *trace* is what people see: the schedule
replayed by the interpreter, with every value recomputed there. No value in a trace comes from an engine.
"""

from __future__ import annotations

from typing import TypeAlias

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.model.typed import ObligationKey


@dataclass(frozen=True, slots=True)
class Move:
    """One step of a schedule: the process instance and the choices made in the step (docs/semantics.md, section 1)."""

    process: int
    choices: tuple[int, ...] = ()


Schedule: TypeAlias = tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Property ``property`` (its id in the model) is violated, or witnessed if it is existential.

    ``detail`` says in plain words what is wrong, with the binding of quantified variables where there is one. ``about``: what it is about, in
    the words of the trace: the object (``Names[0]``); of a count the event that it counts and the one that opens its window (``freepage(Page[0])``,
    ``removed(Page[0], _)``).
    """

    property: int
    key: ObligationKey | None
    detail: str
    span: Span | None
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A value that a step changed, in the user's words: ``Page[0].count``, ``1``, ``2``. ``process``: whose local it is."""

    name: str
    old: str
    new: str
    process: int | None


@dataclass(frozen=True, slots=True)
class Flow:
    """On what a step, a guard or a condition builds.

    ``reads``: the shared places that it reads before it writes them; ``writes``: those that it writes, be it the value they had. ``sources``: the numbers of the earlier
    steps that brought the locals and operands into the process which it uses (or turned them stale); ``decided``: of those whose values the process branched by on its way.
    """

    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    sources: tuple[int, ...] = ()
    decided: tuple[int, ...] = ()


NO_FLOW = Flow()


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One step as replayed. ``position``: ``reclaim::remove_mapping/frz`` or the line if there is no label.

    ``frames``: the calls the step is inside of, outermost first: (inline name, call label or "", span of the call).
    ``operation``: what the step did, in C's words (``p->count.inc_not_zero() -> true``). ``events``: ``removed(Page[0], by_reclaim)``.
    ``locals``: (name, value) of the process's live variables after the step. ``flow``: on what it builds.
    """

    number: int
    move: Move
    process: str
    position: str
    frames: tuple[tuple[str, str, Span], ...]
    operation: str
    span: Span
    changes: tuple[Change, ...]
    events: tuple[str, ...]
    findings: tuple[Finding, ...]
    faulted: bool
    locals: tuple[tuple[str, str], ...] = ()
    flow: Flow = NO_FLOW


@dataclass(frozen=True, slots=True)
class HeldLock:
    """``lock``: ``i_mutex`` or ``Page[0].lock``; ``mode``: "", "read" or "write"; ``since``: number of the step that took it."""

    process: str
    lock: str
    mode: str
    since: int


@dataclass(frozen=True, slots=True)
class ProcessEnd:
    """Where a process stands at the end. ``status``: ``done``, ``resting``, ``blocked`` or ``ready``; ``waits_for``: what a blocked one waits for.

    ``frames``: the calls it is inside of, as in ``TraceStep``. ``locals``: (name, value) of its live variables. ``lock``: the lock it waits
    for, if it is one, and ``holders``: the processes that hold it. ``missed``: of one that waits at a guard which was true while it stood there: the numbers
    of the step after which it was true the last time (0: when the process came) and of the one after which it was no more. ``flow``: on what the guard builds.
    """

    process: str
    status: str
    position: str
    span: Span | None
    waits_for: str
    frames: tuple[tuple[str, str, Span], ...] = ()
    lock: str = ""
    holders: tuple[str, ...] = ()
    locals: tuple[tuple[str, str], ...] = ()
    missed: tuple[int, int] | None = None
    flow: Flow = NO_FLOW


@dataclass(frozen=True, slots=True)
class Trace:
    """A replayed schedule that ends in ``finding``.

    ``processes``: all instance names in order. ``initial``: (name, value) of every shared value at the start; ``final``: at the end.
    ``lost``: of a leak the number of the step after which nothing referred to the object any more (0: the initial state). ``orders``: the essential orders, as pairs
    of numbers of steps of different threads, the earlier one first (see ``checking/shrink/orders.py``); None if nobody looked for them.
    ``condition``: what the violated condition reads in the last state, if it is one of a state. ``unconfirmed``: of a state that is stuck how many states ahead of it the interpreter looked at, if these are not all (0: they are).
    """

    spec: str
    variant: str
    scenario: str
    property_name: str
    kind: str
    finding: Finding
    processes: tuple[str, ...]
    initial: tuple[tuple[str, str], ...]
    initial_findings: tuple[Finding, ...]
    steps: tuple[TraceStep, ...]
    final: tuple[tuple[str, str], ...]
    ends: tuple[ProcessEnd, ...]
    held: tuple[HeldLock, ...]
    lost: int | None = None
    orders: tuple[tuple[int, int], ...] | None = None
    unconfirmed: int = 0
    condition: tuple[str, ...] = ()

    @property
    def schedule(self) -> Schedule:
        return tuple(step.move for step in self.steps)
