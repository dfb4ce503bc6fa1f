"""The machine that executes one step of one process.

A step is a function of the shared cells, the process's own state and the choices made: ``Machine`` holds the working
copies while it is computed. Choices are found by running again: ``NeedChoice`` carries the options, and the caller
repeats the step with each of them added to the script.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final, NoReturn

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.model import typed
from modelcheck.model.typed import ObligationKey
from modelcheck.result.details import Detail, EventOccurs
from modelcheck.result.trace import Finding, Subject
from modelcheck.semantics.interpreter.machine.rows import Row
from modelcheck.semantics.interpreter.machine.values import Cell, encode, make_stale, show, show_event

if TYPE_CHECKING:
    from modelcheck.semantics.interpreter.compiler.code import Instruction
    from modelcheck.semantics.interpreter.judging.monitors import Monitor
    from modelcheck.semantics.interpreter.machine.layout import Layout

#: More local operations than this inside one step mean a cycle without a step that nobody rejected before.
LOCAL_LIMIT = 1_000_000


#: What a guard that waits does wrong by reading.
WAITING_KINDS: Final = ("use_after_free", "unassigned_read")

#: What ``Machine.value`` is as long as the step's operation has not yielded anything.
NO_VALUE: Final = "no value"


class Fault(Exception):
    """The run ends here; the finding is already recorded."""


class Blocked(Exception):
    """The step (with the choices made so far) is not enabled; ``lock``: the cell of the lock it
    waits for, if it is one.
    """

    def __init__(self, lock: int | None = None) -> None:
        self.lock = lock
        super().__init__("blocked")


class Passed(Exception):
    """A guard that is only tried out is true."""


class NeedChoice(Exception):
    """The script is used up; ``options`` are what may come next."""

    def __init__(self, options: Sequence[int]) -> None:
        self.options = tuple(options)
        super().__init__("a choice is needed")


class LocalCycle(Exception):
    """A process goes round without a step."""

    def __init__(self, span: Span) -> None:
        self.span = span
        super().__init__("a local cycle without a step")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An event as it occurred: ``arguments`` are values of the typed tree, ``text`` is for people."""

    event: int
    arguments: tuple[typed.Value, ...]
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class MadeStale:
    """Broadcast: every reference to that slot becomes stale.

    ``before``: the shared cells that the step had changed until then, with their values (nothing if
    no guard is judged on steps).
    """

    object: str
    slot: int
    before: tuple[tuple[int, Cell], ...] = ()


@dataclass(frozen=True, slots=True)
class TakenAway:
    """Broadcast: nobody holds these locks any more (members of ``ProcessState.held``)."""

    holds: frozenset[int]


@dataclass(frozen=True, slots=True)
class GuardRead:
    """A guard reads memory that it must not: ``kind`` is ``use_after_free`` or ``unassigned_read``.

    ``guard``: the choices that lead to the guard. ``about``: the object that was freed.
    """

    guard: tuple[int, ...]
    kind: str
    subject: str
    detail: Detail
    span: Span | None
    about: tuple[Subject, ...]

    @property
    def memory(self) -> tuple[tuple[int, ...], str, str, tuple[Subject, ...]]:
        """Which guard reads what."""
        return self.guard, self.kind, self.subject, self.about


@dataclass(frozen=True, slots=True)
class View:
    """What property expressions see of the processes: where each stands and what it holds, and the step just taken.

    ``own``: the process in the middle of a step (-1: none). ``start`` and ``path``: where the step
    of process ``moved`` began and which positions it went through. ``next``: the state after the
    step, for primed expressions.
    """

    positions: tuple[int, ...]
    held: tuple[frozenset[int], ...]
    moved: int = -1
    start: int = -1
    path: frozenset[int] = frozenset()
    next: tuple[Sequence[Cell], View] | None = None


def _may_sleep(_: int) -> None:
    return None


@dataclass(frozen=True, slots=True)
class World:
    """What all machines of one interpreter share. ``claims``: which properties an obligation key belongs to.

    ``absent_events``: those of which the front end says that they do not occur; if one does, that
    is a finding of ``impossible``. ``judges_guards``: some process rests at a guard, which is
    judged on steps that free what it reads. ``no_sleep``: the pure code that says when an instance must not sleep.
    ``task_states``: by instance, its class and the first of the shared cells that say, of each instance of the class,
    whether it is running (0) or about to sleep.
    """

    layout: Layout
    instances: tuple[str, ...]
    replicas: tuple[int, ...]
    events: dict[int, typed.Event]
    events_by_subject: dict[tuple[typed.EventKind, str], int]
    monitors: tuple[Monitor, ...]
    claims: Callable[[ObligationKey], tuple[int, ...]]
    impossible: int
    absent_events: frozenset[int]
    judges_guards: bool = False
    no_sleep: Callable[[int], Sequence[Instruction] | None] = _may_sleep
    task_states: Mapping[int, tuple[str, int]] = field(default_factory=dict)


@dataclass(slots=True)
class Machine:
    """Working copies during a step; see the module docstring.

    ``quiet``: nothing is an obligation (properties, ``requires``). ``script``: the choices to make;
    None: always the first option (initial state). ``value``: what the step's operation yielded, and
    ``place``: the shared cell that it was about (-1: none), for traces, ``local``: the cell of the
    frame. ``located``, ``located_local``: the cells of the last places that were looked up.
    ``reads``: set while a guard is tried out: what it reads of freed or unassigned memory.
    ``view``: set while a property is evaluated; ``context``: what a property evaluated inside this
    step would see of the processes.
    """

    world: World
    shared: list[Cell]
    frame: list[Cell]
    instance: int = 0
    replica: int = 0
    stack: list[Cell] = field(default_factory=list)
    held: frozenset[int] = frozenset()
    resting: bool = False
    pc: int = 0
    script: tuple[int, ...] | None = ()
    chosen: int = 0
    quiet: bool = False
    monitoring: bool = True
    goes_round: bool = False
    view: View | None = None
    context: View | None = None
    findings: list[Finding] = field(default_factory=list)
    occurrences: list[Occurrence] = field(default_factory=list)
    broadcasts: list[MadeStale | TakenAway] = field(default_factory=list)
    value: Any = NO_VALUE
    place: int = -1
    local: int = -1
    located: int = -1
    located_local: int = -1
    reads: list[GuardRead] | None = None

    def own_number(self) -> int:
        """The number of the process within its class (``self``)."""
        if isinstance(self.shared, Row):
            self.shared.note_replica(self.replica)
        return self.replica

    def note(self, value: Cell) -> None:
        """Keep what the step's operation yielded, and the places that it looked up last."""
        self.value, self.place, self.local = value, self.located, self.located_local

    def report(
        self, kind: str, subject: str, detail: Detail, span: Span | None, about: tuple[Subject, ...] = ()
    ) -> None:
        """Record an observation for every property that claims it. ``about``: as in ``Finding``."""
        if self.quiet:
            return
        if self.reads is not None:
            if kind in WAITING_KINDS:
                guard = () if self.script is None else self.script[: self.chosen]
                self.reads.append(GuardRead(guard, kind, subject, detail, span, about))
            return
        key = ObligationKey(kind, subject)
        for property_ in self.world.claims(key):
            self.found(Finding(property_, key, detail, span, about))

    def found(self, finding: Finding) -> None:
        if finding not in self.findings:
            self.findings.append(finding)

    def fault(
        self, kind: str, subject: str, detail: Detail, span: Span | None, about: tuple[Subject, ...] = ()
    ) -> NoReturn:
        """Record a fault and end the run. Not to be called when ``quiet``."""
        if self.reads is None:  # an operation in a guard that is tried out is no read
            self.report(kind, subject, detail, span, about)
        raise Fault

    def choose(self, options: Sequence[int]) -> int:
        """Make a choice among ``options`` (not empty)."""
        if self.script is None:
            return options[0]
        if self.chosen == len(self.script):
            raise NeedChoice(options)
        choice = self.script[self.chosen]
        if choice not in options:
            raise Blocked
        self.chosen += 1
        return choice

    def occur(self, event: int, arguments: Sequence[Cell], span: Span) -> None:
        """Let an event occur: record it and update the monitors at once."""
        declaration = self.world.events[event]
        types = [parameter.type for parameter in declaration.parameters]
        shown = [show(value, type_) for value, type_ in zip(arguments, types, strict=True)]
        codes = tuple(encode(value, type_) for value, type_ in zip(arguments, types, strict=True))
        self.occurrences.append(Occurrence(event, codes, show_event(declaration, shown), span))
        if self.monitoring:
            if event in self.world.absent_events:
                detail = EventOccurs(self.occurrences[-1].text, impossible=True)
                self.found(Finding(self.world.impossible, None, detail, span))
            for monitor in self.world.monitors:
                monitor.observe(self, event, tuple(arguments), span)

    def evaluate(self, code: Sequence[Instruction]) -> Cell:
        """Run a piece of pure code that leaves one value, and take it."""
        self.execute(code)
        return self.stack.pop()

    def execute(self, code: Sequence[Instruction]) -> None:
        """Run a piece of pure code to its end."""
        resume, self.pc = self.pc, 0
        end = len(code)
        while self.pc < end:
            instruction = code[self.pc]
            self.pc += 1
            instruction.execute(self)
        self.pc = resume

    def run(self, code: Sequence[Instruction], path: set[int] | None = None) -> None:
        """Execute from ``pc`` up to the next step (or the end). The first instruction is executed in any case."""
        budget = LOCAL_LIMIT
        while True:
            instruction = code[self.pc]
            if path is not None:
                path.add(self.pc)
            self.pc += 1
            instruction.execute(self)
            if code[self.pc].stops:
                return
            budget -= 1
            if budget == 0:
                raise LocalCycle(instruction.site.span)

    def take_away(self, holds: frozenset[int]) -> None:
        """Nobody holds these locks any more."""
        self.held -= holds
        self.broadcasts.append(TakenAway(holds))

    def so_far(self) -> tuple[tuple[int, Cell], ...]:
        """What the step has changed of the shared cells, if guards are judged by it."""
        return self.shared.changes() if self.world.judges_guards and isinstance(self.shared, Row) else ()

    def mark_stale(self, object_: str, slot: int, before: tuple[tuple[int, Cell], ...]) -> None:
        """Turn every reference to the slot stale: shared cells, own locals and operands, and (as a
        broadcast) the other processes.

        ``before``: what ``so_far`` returned right before the slot was freed.
        """
        for cell in self.world.layout.reference_cells:
            self.shared[cell] = make_stale(self.shared[cell], object_, slot)
        self.frame[:] = [make_stale(value, object_, slot) for value in self.frame]
        self.stack[:] = [make_stale(value, object_, slot) for value in self.stack]
        self.broadcasts.append(MadeStale(object_, slot, before))
