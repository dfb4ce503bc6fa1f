"""How engines and the interpreter disagree, or an engine with itself."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from modelcheck.ground.records import dataclass
from modelcheck.result.details import Detail
from modelcheck.result.trace import Move, Schedule

# what the interpreter says of schedules


class Refused(Enum):
    """Why the interpreter does not accept a schedule."""

    FAULTS_BEFORE_ITS_END = "faults before its end"  # a step faults, but the schedule goes on
    FAULTS_INITIALLY = "faults initially"  # the initialisation faults, but the schedule goes on
    END_REACHABLE = "end reachable"  # not stuck: a state in which everybody is finished can still be reached
    FAULT_REACHABLE = "fault reachable"  # not stuck: a fault can still be reached


@dataclass(frozen=True, slots=True)
class NoSuchProcess:
    """There is no process with this number."""

    number: int


@dataclass(frozen=True, slots=True)
class AwaitedLock:
    """A lock, and who holds it."""

    name: str
    holders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CannotMove:
    """``process`` cannot move: it is ``status``, at ``line`` if it is somewhere, where it waits for ``awaited`` (a
    lock, or what the spec says there)."""

    process: str
    status: str
    line: int | None
    awaited: AwaitedLock | str


@dataclass(frozen=True, slots=True)
class CannotChoose:
    """``process`` cannot make these choices at ``line``; it can make any of those in ``possible``."""

    process: str
    line: int
    choices: tuple[int, ...]
    possible: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class NoSuchProperty:
    """There is no property with this number."""

    number: int


@dataclass(frozen=True, slots=True)
class NotFoundThere:
    """The property is not violated (``witness``: not witnessed) at the end of the schedule."""

    kind: str
    name: str
    witness: bool


Refusal: TypeAlias = Refused | NoSuchProcess | CannotMove | CannotChoose | NoSuchProperty | NotFoundThere


@dataclass(frozen=True, slots=True)
class NotReplayed:
    """Where a schedule cannot go on, or ends without what was claimed: at this step (0: in the initial state)."""

    step: int
    why: Refusal


@dataclass(frozen=True, slots=True)
class TraceNotConfirmed:
    """The interpreter does not confirm the trace of ``engine``. ``processes``: the first that move; ``more``: these
    are not all."""

    engine: str
    why: NotReplayed
    processes: tuple[int, ...]
    more: bool


# what an exploration found and a walk of the interpreter did not, or the other way round


class Claimed(Enum):
    """What a complete exploration tells of itself, and the interpreter counts as well."""

    STATES = "states"  # their number
    TRANSITIONS = "transitions"
    LEVELS = "levels"
    DEPTH = "depth"
    DRAINED = "drained"  # whether something comes to rest
    DEADLOCK = "deadlock"  # whether there is one
    DEADLOCKED = "deadlocked"  # properties that are false in deadlocks
    FAULTS = "faults"  # properties that faults violate
    OPERATIONS = "operations"  # that were executed
    EVENTS = "events"  # that occurred


@dataclass(frozen=True, slots=True)
class OtherClaim:
    """The interpreter counts something else."""

    what: Claimed


class Overseen(Enum):
    """What the interpreter has met and the explorer says there is not."""

    STEP = "step"
    EVENT = "event"
    DRAINED = "drained"  # everything came to rest
    DEADLOCK = "deadlock"
    DEADLOCKED = "deadlocked"  # a property is false in a deadlock
    FAULT = "fault"
    STUCK = "stuck"  # a state is


@dataclass(frozen=True, slots=True)
class OtherLength:
    """About a property: the explorer says ``verdict``, in a run of ``claimed`` steps if there is one; the interpreter
    has one of ``length`` steps (None: there is none)."""

    property: str
    verdict: str
    witness: bool
    claimed: int | None
    length: int | None


class Unpaired(Enum):
    """How one state differs for the two."""

    INITIAL_FINDINGS = "initial findings"  # different findings before the first step
    INITIAL_FAULT = "initial fault"  # on one side only
    DRAINED = "drained"  # one side is
    TRANSITIONS = "transitions"  # different ones are enabled
    DEADLOCKED = "deadlocked"  # different properties judged at the end are false in this deadlock
    FINDINGS = "findings"  # in the state
    NOT_FOUND_AGAIN = "not found again"  # the explorer visited it, and does not find it


class InStep(Enum):
    """How one step differs for the two."""

    FAULT = "fault"  # on one side only
    IMPOSSIBLE = "impossible"  # a step of a run that the explorer found is not possible
    FINDINGS = "findings"
    EVENTS = "events"


@dataclass(frozen=True, slots=True)
class OtherStep:
    """One step differs."""

    move: Move
    how: InStep


@dataclass(frozen=True, slots=True)
class OtherValues:
    """Variables have different values: (name, the engine's value, the interpreter's), as both sides write them."""

    values: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class OtherDepth:
    """A state that is reached in ``depth`` steps the explorer found at ``found`` (None: it has not visited it)."""

    depth: int
    found: int | None


@dataclass(frozen=True, slots=True)
class SuccessorLost:
    """A successor of a state that the explorer found at ``depth`` was found at ``found`` (None: not visited)."""

    depth: int
    found: int | None


@dataclass(frozen=True, slots=True)
class OneStateForTwo:
    """Two states that one side distinguishes are the same state on the other; ``other``: the other way to it."""

    other: Schedule


Difference: TypeAlias = (
    OtherClaim
    | Overseen
    | OtherLength
    | Unpaired
    | OtherStep
    | OtherValues
    | OtherDepth
    | SuccessorLost
    | OneStateForTwo
)


@dataclass(frozen=True, slots=True)
class ModelDisagreement:
    """The engine and the interpreter disagree about the model, after ``schedule``. ``engine``, ``interpreter``: what
    each of them has there, dumped for who looks for the mistake."""

    what: Difference
    schedule: Schedule
    engine: str
    interpreter: str


# a system, or an explorer, that breaks its own contract


@dataclass(frozen=True, slots=True)
class OutOfBounds:
    """The variable ``name`` left its bounds (``low`` and ``high``, where they are known)."""

    name: str
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class SameChoices:
    """Two steps of one process are enabled with the same choices: (number, operation) of each."""

    first: tuple[int, str]
    second: tuple[int, str]
    process: int
    choices: tuple[int, ...]


class Broken(Enum):
    """What an explorer did that cannot be."""

    NO_STEP_TO = "no step to"  # no step leads to a state that it found
    UNKNOWN_STEP = "unknown step"  # it saw a step that the system has not
    STATES_CONFUSED = "states confused"  # it takes two states for one


@dataclass(frozen=True, slots=True)
class BrokenExplorer:
    """``native``: the explorer whose code is compiled."""

    how: Broken
    native: bool


@dataclass(frozen=True, slots=True)
class NotAllExpanded:
    """The native explorer expanded ``expanded`` of ``states`` states."""

    expanded: int
    states: int


@dataclass(frozen=True, slots=True)
class NotAllEntered:
    """The table of the native explorer has ``entered`` of ``states`` states."""

    entered: int
    states: int


@dataclass(frozen=True, slots=True)
class OtherCounts:
    """The two explorers count different numbers of states of less than ``depth`` steps."""

    first: int
    second: int
    depth: int


@dataclass(frozen=True, slots=True)
class OtherProperties:
    """So many properties of the model became so many of the system."""

    said: int
    made: int


@dataclass(frozen=True, slots=True)
class OtherProperty:
    """A property of the model became another one in the system."""

    said: str
    made: str


class Aspect(Enum):
    """What is asked of a property."""

    KIND = "kind"
    EXISTENTIAL = "existential"  # whether one run is enough
    APPLIES = "applies"
    DEADLOCK = "deadlock"  # whether it is about deadlocks
    STUCK = "stuck"  # whether it is about states that are stuck
    AT_REST = "at rest"  # whether it is judged at rest


@dataclass(frozen=True, slots=True)
class OtherAspect:
    """The system asks something else of a property than the model."""

    property: str
    what: Aspect


Inconsistency: TypeAlias = (
    OutOfBounds
    | SameChoices
    | BrokenExplorer
    | NotAllExpanded
    | NotAllEntered
    | OtherCounts
    | OtherProperties
    | OtherProperty
    | OtherAspect
)


@dataclass(frozen=True, slots=True)
class Inconsistent:
    """The transition system made from the model, or an explorer, contradicts itself."""

    why: Inconsistency


# answers that exclude each other


@dataclass(frozen=True, slots=True)
class Contradicting:
    """Two engines say (engine, verdict) about one property. ``kept``: where what both rest on is."""

    first: tuple[str, str]
    second: tuple[str, str]
    kept: str | None


@dataclass(frozen=True, slots=True)
class Overlooked:
    """About ``property`` the engine finds nothing (within ``depth`` steps, or ever), the interpreter does in
    ``length`` steps."""

    property: str
    engine: str
    depth: int | None
    length: int


@dataclass(frozen=True, slots=True)
class ProvedAndRefuted:
    """``property`` was proved for any number of instances, and exploration shows the opposite."""

    property: str


# what was said to be impossible


@dataclass(frozen=True, slots=True)
class KindNotAsked:
    """Nobody asks about obligations of this kind."""

    kind: str


@dataclass(frozen=True, slots=True)
class RunsAfterAll:
    """``process`` runs, which ``property`` is said to miss."""

    process: str
    property: str


@dataclass(frozen=True, slots=True)
class ReachedAfterAll:
    """Control gets to ``label``, which ``property`` is said to miss."""

    label: str
    property: str


class Unseen(Enum):
    """Why it is not known what happens."""

    NOT_SEEN = "not seen"  # the interpreter does not see it


@dataclass(frozen=True, slots=True)
class Happens:
    """After ``steps`` steps something happens: (kind, subject) of an obligation if it is about one, and what the
    interpreter says of it; or why that is not known."""

    steps: int
    key: tuple[str, str] | None
    what: Detail | NotReplayed | Unseen


Absurdity: TypeAlias = KindNotAsked | RunsAfterAll | ReachedAfterAll | Happens


@dataclass(frozen=True, slots=True)
class Impossible:
    """This was said to be impossible, and happens."""

    happened: tuple[Absurdity, ...]


#: What was found to be wrong with the answers about a model.
Problem: TypeAlias = (
    TraceNotConfirmed | ModelDisagreement | Inconsistent | Contradicting | Overlooked | ProvedAndRefuted | Impossible
)
