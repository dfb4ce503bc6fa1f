"""Schedules and traces.

A *schedule* is what an engine returns: which process moved, with which choices. A *trace* is what
people see: the schedule replayed by the interpreter, with every value recomputed there. No value in
a trace comes from an engine.

A trace is data: operations, places, values and events are typed (``operations.py``, ``values.py``).
Lines are made of it in ``report/narrate``, and nothing reads them back.
"""

from __future__ import annotations

from typing import TypeAlias

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.model.typed import ObligationKey
from modelcheck.result.details import Detail
from modelcheck.result.operations import Operation
from modelcheck.result.values import Happening, Place, Value


@dataclass(frozen=True, slots=True)
class Move:
    """One step of a schedule: the process instance and the choices made in the step (docs/semantics.md, section 1)."""

    process: int
    choices: tuple[int, ...] = ()


Schedule: TypeAlias = tuple[Move, ...]

#: What a finding is about: an object or a lock, or an event.
Subject: TypeAlias = Place | Happening


@dataclass(frozen=True, slots=True)
class Finding:
    """Property ``property`` (its id in the model) is violated, or witnessed if it is existential.

    ``detail`` says what exactly is wrong. ``about``: the object (``Names[0]``) or the lock; of a
    count the pattern of the event that it counts and of the one that opens its window
    (``freepage(Page[0])``, ``removed(Page[0], _)``).
    """

    property: int
    key: ObligationKey | None
    detail: Detail
    span: Span | None
    about: tuple[Subject, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A value that a step changed.

    ``old`` is None for what was not there before (a field of a new object, a local without a
    value).
    """

    place: Place
    old: Value | None
    new: Value


@dataclass(frozen=True, slots=True)
class Call:
    """A call of an inline that a step is inside of: the label of the call statement (or ""), and where it stands.

    ``text``: the user's spelling of the call; ``into``: what the text assigns the result of the
    call to at once, or nothing.
    """

    inline: str
    label: str
    span: Span
    text: str
    into: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a program: the process class, the calls, outermost first, and the innermost label there (or "")."""

    process: str
    calls: tuple[Call, ...]
    label: str
    span: Span


@dataclass(frozen=True, slots=True)
class Flow:
    """On what a step, a guard or a condition builds.

    ``reads``: the shared places that it reads before it writes them (also the memory of the
    property that is violated: a place with its name that the property owns); ``free``: of these the
    locks that nobody held; ``writes``: those that it writes, be it the value they had. ``sources``:
    the numbers of the earlier steps that brought the locals and operands into the process which it
    uses (or turned them stale); ``decided``: of those whose values the process branched by on its
    way.
    """

    reads: tuple[Place, ...] = ()
    writes: tuple[Place, ...] = ()
    sources: tuple[int, ...] = ()
    decided: tuple[int, ...] = ()
    free: tuple[Place, ...] = ()


NO_FLOW = Flow()


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One step as replayed. ``process``: the name of the instance.

    ``locals``: the live named variables of the process after the step. ``flow``: on what it builds.
    """

    number: int
    move: Move
    process: str
    position: Position
    operation: Operation
    changes: tuple[Change, ...]
    events: tuple[Happening, ...]
    findings: tuple[Finding, ...]
    faulted: bool
    locals: tuple[tuple[Place, Value], ...] = ()
    flow: Flow = NO_FLOW

    @property
    def span(self) -> Span:
        """Where the operation stands in the text."""
        return self.position.span

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls that the step is inside of, outermost first."""
        return self.position.calls


@dataclass(frozen=True, slots=True)
class HeldLock:
    """``mode``: "", "read" or "write"; ``since``: number of the step that took it."""

    process: str
    lock: Place
    mode: str
    since: int


@dataclass(frozen=True, slots=True)
class ProcessEnd:
    """Where a process stands at the end. ``status``: ``done``, ``resting``, ``blocked`` or ``ready``.

    ``operation``: what it would do next (None if it is done), and of one that is blocked, what it
    waits at. ``lock``: the lock or completion that it waits for, if it is one, and ``holders``: the
    processes that hold it. ``locals``: its live variables. ``missed``: of one that waits at a guard
    which was true while it stood there: the numbers of the step after which it was true the last
    time (0: when the process came) and of the one after which it was no more. ``flow``: on what the
    guard builds. ``above``: the handlers that are active on top of it, so that it cannot step.
    """

    process: str
    status: str
    position: Position | None
    operation: Operation | None
    lock: Place | None = None
    holders: tuple[str, ...] = ()
    locals: tuple[tuple[Place, Value], ...] = ()
    missed: tuple[int, int] | None = None
    flow: Flow = NO_FLOW
    above: tuple[str, ...] = ()

    @property
    def span(self) -> Span | None:
        """Where it stands in the text."""
        return None if self.position is None else self.position.span

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls that it is inside of, outermost first."""
        return () if self.position is None else self.position.calls


@dataclass(frozen=True, slots=True)
class Trace:
    """A replayed schedule that ends in ``finding``.

    ``processes``: all instance names in order, ``classes``: the process class of each. ``initial``:
    every shared value at the start; ``final``: at the end. ``lost``: of a leak the number of the
    step after which nothing referred to the object any more (0: the initial state). ``orders``: the
    essential orders, as pairs of numbers of steps of different threads, the earlier one first (see
    ``checking/shrink/orders.py``); None if nobody looked for them. ``ahead``: of a state that is
    stuck where the processes stand when a run from there has come to a state in which nobody can
    move. ``condition``: what the violated condition reads in the last state, if it is one of a
    state. ``unconfirmed``: of a state that is stuck how many states ahead of it the interpreter
    looked at, if these are not all (0: they are). ``loop_at`` is reserved for runs that go round
    for ever (the number of the step after which the loop begins); it is None as long as nothing
    judges such runs.
    """

    spec: str
    variant: str
    scenario: str
    property_name: str
    kind: str
    finding: Finding
    processes: tuple[str, ...]
    initial: tuple[tuple[Place, Value], ...]
    initial_findings: tuple[Finding, ...]
    steps: tuple[TraceStep, ...]
    final: tuple[tuple[Place, Value], ...]
    ends: tuple[ProcessEnd, ...]
    held: tuple[HeldLock, ...]
    lost: int | None = None
    orders: tuple[tuple[int, int], ...] | None = None
    unconfirmed: int = 0
    condition: tuple[Place, ...] = ()
    ahead: tuple[ProcessEnd, ...] = ()
    classes: tuple[str, ...] = ()
    loop_at: int | None = None

    @property
    def schedule(self) -> Schedule:
        return tuple(step.move for step in self.steps)
