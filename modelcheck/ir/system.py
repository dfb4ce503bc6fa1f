"""The transition system that engines work on: typed state variables, guarded steps, obligations.

One ``System`` is one closed model (variant, scenario, params). It knows nothing of syntax.

* A state is a value for each variable. There is exactly one initial state.
* A ``Step`` is one way through one step of one process: a guard, simultaneous updates, what it
  raises. The ways through an atomic block or through the local branches after a load are separate
  steps whose guards exclude each other, so for a given process, state and tuple of ``choices`` at
  most one step is enabled.
* All terms of a step, updates and conditions alike, are over the state *before* the step.
* A step of process i reads only variables that nobody owns and those owned by i, except where an
  update of a variable owned by another process (a *broadcast*: marking references stale, taking
  away held bits) reads that variable itself. Updates of monitors, and raises of properties that are
  no obligations, may read everything, since those properties may be about all processes; so may
  raises about what the guard reads at which another process rests.
"""

from __future__ import annotations

from enum import Enum

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.ir.terms import INT, Sort, Term, TermFactory
from modelcheck.model.absences import Absence
from modelcheck.model.typed import ObligationKey, Type


class VariableKind(Enum):
    SHARED = "shared"  # a shared variable, or one element of it
    FIELD = "field"  # a field of one slot
    ALLOCATED = "allocated"  # whether one slot is allocated
    ASSIGNED = "assigned"  # whether a shared variable, field or local has been assigned (only where it can matter)
    FROZEN = "frozen"  # the ghost bit of an atomic
    MONITOR = "monitor"  # a cell of a count, order or may property
    LOCATION = "location"  # next step of a process, an index into Process.locations
    LOCAL = "local"  # a local or an operand of a process
    HELD = "held"  # whether a process holds a lock instance


@dataclass(frozen=True, slots=True)
class Variable:
    """One state variable.

    ``low``/``high`` bound an INT variable's values (None: unbounded): every step preserves them,
    since leaving them is a fault; engines may check but provers must not assume them. ``type`` and
    ``name`` are for people (``Page[0].count``, ``reader[1].p``). ``owner``: the process instance
    whose local state it is. ``slot``: (object name, slot) of a field. What the name is made of:
    ``subject``: of a variable that says something about a place, a lock or a process, that one;
    ``within``: of one that a process owns, the name without the process.
    """

    id: int
    name: str
    sort: Sort
    low: int | None
    high: int | None
    initial: bool | int
    kind: VariableKind
    type: Type
    owner: int | None = None
    slot: tuple[str, int] | None = None
    subject: str = ""
    within: str = ""


class Tag(Enum):
    """Memory order of an access, as written; without effect under sequential consistency."""

    PLAIN = "plain"
    ONCE = "once"
    ACQUIRE = "acquire"
    RELEASE = "release"
    FULL = "full"


class AccessKind(Enum):
    LOAD = "load"
    STORE = "store"
    RMW = "rmw"


@dataclass(frozen=True, slots=True)
class Access:
    """``location`` in the user's words (``Page.count``); ``variables``: the state variables it may touch."""

    location: str
    kind: AccessKind
    tag: Tag
    variables: tuple[int, ...]


class Context(Enum):
    TASK = "task"
    SOFTIRQ = "softirq"
    IRQ = "irq"


class Fairness(Enum):
    """``NONE`` until liveness uses it."""

    NONE = "none"
    WEAK = "weak"
    STRONG = "strong"


@dataclass(frozen=True, slots=True)
class Frame:
    """One expanded call: the inline's name, the label of the call statement if any, the span of the call."""

    inline: str
    call_label: str | None
    call_span: Span


@dataclass(frozen=True, slots=True)
class Location:
    """A control point of a process: its next step.

    ``labels``: labels of the statements it is inside of, innermost last.
    """

    id: int
    labels: tuple[str, ...]
    frames: tuple[Frame, ...]
    span: Span
    done: bool
    resting: bool
    goes_round: bool


@dataclass(frozen=True, slots=True)
class Raise:
    """Property ``property`` is violated (existential: witnessed) by a step if ``condition`` holds in
    the state before it.

    ``key`` says which obligation it was (None for other properties).
    """

    property: int
    condition: Term
    key: ObligationKey | None
    span: Span


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Event ``event`` occurs in a step if ``condition`` holds; ``arguments`` are terms over the state before."""

    event: int
    condition: Term
    arguments: tuple[Term, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Step:
    """See the module docstring. ``fault``: the step ends the run: it has no successor, ``updates`` is empty.

    ``operation``: what the step does, in a few words for traces (``load m->slot``, ``lock
    m->tree_lock``). ``source``/``target``: locations of the process before and after (target None
    if it faults). ``updates`` has no identities and includes the location variable.
    """

    id: int
    process: int
    source: int
    target: int | None
    choices: tuple[int, ...]
    guard: Term
    updates: tuple[tuple[int, Term], ...]
    fault: bool
    raises: tuple[Raise, ...]
    occurrences: tuple[Occurrence, ...]
    operation: str
    span: Span
    accesses: tuple[Access, ...] = ()
    effects: tuple[str, ...] = ()  # lock, irq, preempt, rcu effects: "lock i_mutex", "unlock Page.lock"
    context: Context = Context.TASK
    cpu: int | None = None
    fairness: Fairness = Fairness.NONE
    passed: tuple[int, ...] = ()  # the places of the program that it goes through: numbers in System.places


@dataclass(frozen=True, slots=True)
class ProcessInstance:
    """One instance. ``finished``: term (done, resting, going round and able to; for servers: resting and blocked)."""

    index: int
    name: str  # reader[1], or reclaim if it is the only one
    process: str
    replica: int
    replicas: int
    server: bool
    location: int  # variable id
    locations: tuple[Location, ...]
    finished: Term


#: The kind of the property that says: nothing happens that the model's front end takes for
#: impossible. A system has one if a step or state could violate it, as the last; users see nothing
#: of it but an error.
IMPOSSIBLE = "impossible"


class Form(Enum):
    """What besides the Raise records of steps (and of the initial state) can violate a property, or witness it."""

    STATE = "state"  # one of ``states`` holds in a reachable state
    DEADLOCK = "deadlock"  # no step enabled and not drained
    STUCK = "stuck"  # no drained state and no fault reachable any more


@dataclass(frozen=True, slots=True)
class SystemProperty:
    """One property. Universal: violated when a Raise of it fires or as one of its ``forms`` says;
    existential: so witnessed.

    An obligation may name several kinds, so ``forms`` may be several, and it is violated where the
    first of them is. ``states`` are the ways a state can violate (witness) it, each with its
    key. ``needs_drained``: judged (also) in drained states, so an unreachable drained state is
    an error. ``deadlocked``: what makes it false in a deadlock; that is no violation, but then
    deadlocks cut it short. ``reads``: the variables of its condition, where it is nothing but one
    over states or steps.
    """

    id: int
    name: str
    kind: str
    forms: frozenset[Form]
    existential: bool
    builtin: bool
    states: tuple[StateCondition, ...]
    needs_drained: bool
    not_applicable: Absence | None
    span: Span
    deadlocked: tuple[StateCondition, ...] = ()
    reads: frozenset[int] | None = None


class SoughtKind(Enum):
    """What a property needs, so that it says something."""

    ANTECEDENT = "antecedent"  # ``a`` of ``a => b``
    ALWAYS = "always"  # that ``a`` of ``a || b`` is not true
    DOMAIN = "domain"  # something that ``forall`` ranges over
    EVENT = "event"  # an event that matches the pattern
    KEY = "key"  # one whose key arguments are objects: null is none


@dataclass(frozen=True, slots=True)
class Sought:
    """A condition without which ``property`` says nothing: ``state`` in some state, or, as some step
    is taken, its condition in ``steps`` (by the number of the step, over the state before).
    ``initially``: it was met before the first step. ``whole``: see ``elaborate``'s ``Part``."""

    property: int
    kind: SoughtKind
    state: Term | None
    steps: tuple[tuple[int, Term], ...]
    initially: bool
    span: Span
    whole: bool = True


@dataclass(frozen=True, slots=True)
class StateCondition:
    """``condition`` over one state; ``key``: as in ``Raise``."""

    condition: Term
    key: ObligationKey | None


@dataclass(frozen=True, slots=True)
class SystemEvent:
    id: int
    name: str
    types: tuple[Type, ...]


@dataclass(frozen=True, slots=True)
class System:
    """See the module docstring. ``initial_raises``: what the initial state's eager local code raised
    (conditions are constants).

    ``places``: of the program, ``passed_initially`` those that the code before the first step goes
    through; ``sought``: what properties need to say something. No verdict rests on these.
    """

    name: str
    variant: str
    scenario: str
    terms: TermFactory
    variables: tuple[Variable, ...]
    processes: tuple[ProcessInstance, ...]
    steps: tuple[Step, ...]
    properties: tuple[SystemProperty, ...]
    events: tuple[SystemEvent, ...]
    drained: Term
    initial_raises: tuple[Raise, ...]
    initial_fault: bool
    symmetric: tuple[tuple[int, ...], ...]  # groups of process instances that may be permuted
    symmetric_pools: tuple[str, ...]  # objects whose slots may be permuted
    places: tuple[Span, ...] = ()
    passed_initially: tuple[int, ...] = ()
    sought: tuple[Sought, ...] = ()

    @property
    def asked(self) -> tuple[SystemProperty, ...]:
        """The properties that users ask about."""
        if self.properties and self.properties[-1].kind == IMPOSSIBLE:
            return self.properties[:-1]
        return self.properties

    @property
    def impossible(self) -> SystemProperty | None:
        """The property of kind ``IMPOSSIBLE``, if there is one."""
        return None if len(self.asked) == len(self.properties) else self.properties[-1]


def has_unbounded_integers(system: System) -> bool:
    """Whether some step changes an integer that has no bounds."""
    open = {v.id for v in system.variables if v.sort == INT and (v.low is None or v.high is None)}
    return any(id in open for step in system.steps for id, _ in step.updates)


def shown_by_a_run(system: System) -> frozenset[int]:
    """The ids of the properties that a single run can violate (witness); only ``stuck`` by itself
    is about all that can follow.
    """
    raised = {r.property for step in system.steps for r in step.raises} | {r.property for r in system.initial_raises}
    return frozenset(p.id for p in system.properties if p.id in raised or p.forms != {Form.STUCK})
