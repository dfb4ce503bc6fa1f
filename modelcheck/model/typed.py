"""The typed tree: a closed, checked instance of a spec.

``resolve`` makes it from the surface tree after variant edits, for *one* scenario: every name is
looked up, every expression typed, params and unknowns are constants, constant conditions are
folded away, sugar is gone. The interpreter and the elaborator both start here and share nothing else.

Node kinds say where steps are (docs/semantics.md): ``Load``, ``AtomicOp``, ``LockOp``, ``CondLoad``,
``New``, the assignment to a shared ``Place``, ``Emit``, ``Free``, ``Touch``, ``Choose``, ``Pick``, ``When``, ``Atomic``, and an
``Assert`` that reads shared state. In a *pure context* (guards, asserts, atomic blocks,
properties, initialisers) the same nodes are evaluated at once.

Identity: every declared thing has an integer ``id``, unique within its kind in one ``Model``;
side tables (here, in the interpreter, in the elaborator) are keyed by it.
"""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span

# ------------------------------------------------------------------------------------------ types


@dataclass(frozen=True, slots=True)
class BoolType:
    """Values: ``False``, ``True``. Zero value: False."""


@dataclass(frozen=True, slots=True)
class IntType:
    """Mathematical integers. Zero value: 0."""


@dataclass(frozen=True, slots=True)
class RangeType:
    """Integers ``low..high``; arithmetic on them yields ``IntType``; storing outside is the fault ``range``.

    Zero value: 0 if it lies inside, else ``low``.
    """

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class BvType:
    """Unsigned bit-vectors of ``width`` bits, wrapping arithmetic. Values 0..2**width-1. Zero value: 0."""

    width: int


@dataclass(frozen=True, slots=True)
class EnumType:
    """Values: ordinals 0..len(literals)-1. Zero value: 0."""

    name: str
    literals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProcType:
    """Identity of an instance of a process class. Values: 0..size-1. Zero value: 0."""

    process: str
    size: int


@dataclass(frozen=True, slots=True)
class RefType:
    """A nullable reference. With a pool of n slots the values are 0 = null, 1+s = (slot s, live), 1+n+s = (slot s, stale).

    A reference to a ``typestable`` object is a bare address and never becomes stale (values 0..n).
    ``==`` compares addresses: null or slot, never staleness. Zero value: 0.
    """

    target: str
    pool: int
    typestable: bool


@dataclass(frozen=True, slots=True)
class OptType:
    """``opt T``. Values: ``None`` or a value of the element type. Zero value: none. Elements are scalar."""

    element: Type


@dataclass(frozen=True, slots=True)
class SetType:
    """``set<T>`` over a finite scalar type. Values: frozenset of element values. Zero value: empty."""

    element: Type


@dataclass(frozen=True, slots=True)
class ArrayType:
    """``T[index]``; index is a ``RangeType``, ``EnumType``, ``ProcType`` or ``BoolType``. Not a value: only its elements are."""

    index: Type
    element: Type


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a struct or object. ``initial`` is a constant, or None: unassigned at the start."""

    name: str
    type: Type
    initial: Constant | None
    span: Span


@dataclass(frozen=True, slots=True)
class StructType:
    """A struct. Not a value: only its fields are."""

    name: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class AtomicType:
    """``atomic`` (``low`` 0, ``high`` None), ``atomic lo..hi``, ``refcount``. Has a ghost bit *frozen*. Zero value: 0 if it lies inside, else ``low``."""

    low: int
    high: int | None
    refcount: bool


class LockKind(Enum):
    MUTEX = "mutex"
    SPINLOCK = "spinlock"
    BITLOCK = "bitlock"
    RWLOCK = "rwlock"
    RWSEM = "rwsem"
    COMPLETION = "completion"


@dataclass(frozen=True, slots=True)
class LockType:
    """A lock or completion. Always starts free (completion: not done)."""

    kind: LockKind


@dataclass(frozen=True, slots=True)
class VoidType:
    """The result of an inline without one."""


@dataclass(frozen=True, slots=True)
class NullType:
    """The type of a bare ``null`` or ``none`` before it meets another type; never in a finished tree's variables."""


Type: TypeAlias = (
    BoolType
    | IntType
    | RangeType
    | BvType
    | EnumType
    | ProcType
    | RefType
    | OptType
    | SetType
    | ArrayType
    | StructType
    | AtomicType
    | LockType
    | VoidType
    | NullType
)

#: A value of a scalar type: bool, int (also enum ordinals, proc and ref codes, bit-vectors), None (opt), frozenset (set).
Value: TypeAlias = bool | int | frozenset[int] | None


# -------------------------------------------------------------------------------- declared things


@dataclass(frozen=True, slots=True)
class SharedVar:
    """A shared variable (or a lock, or an array/struct of such).

    ``initial``: the declared initial value, an expression evaluated once, before the init blocks, in
    declaration order (``New`` takes the lowest free slot). None with ``unassigned`` False means the zero value
    of locks and atomics; ``unassigned`` True means unassigned. For arrays the value is that of every element.
    """

    id: int
    name: str
    type: Type
    initial: Expr | None
    unassigned: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Local:
    """A local variable, a by-value parameter, a loop or quantifier variable. Ids are unique in the whole model.

    ``owner`` is the process, inline or property that declares it (``owner.name`` is the subject of obligations).
    """

    id: int
    name: str
    type: Type
    owner: str
    span: Span


@dataclass(frozen=True, slots=True)
class RefParam:
    """A ``&`` parameter: stands for the place the caller gave. The place's references and indices are evaluated at the call."""

    id: int
    name: str
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class ObjectClass:
    """An object declaration; its slots are 0..pool-1."""

    id: int
    name: str
    pool: int
    typestable: bool
    fields: tuple[Field, ...]
    span: Span

    def field(self, name: str) -> Field:
        """Return the field of that name (raises KeyError)."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Event:
    """A declared event. The built-in events ``new T``, ``free T``, ``call cb``, ``return cb`` also have one (``builtin`` set).

    ``subject``: of a built-in event the object class or callback.
    """

    id: int
    name: str
    parameters: tuple[Local, ...]
    builtin: EventKind
    span: Span
    subject: str = ""


class EventKind(Enum):
    """How an event comes about."""

    DECLARED = "emit"
    NEW = "new"  # parameters: (ref T); occurs in the step of New, name "new T"
    FREE = "free"  # parameters: (ref T); occurs in the step of Free, before the slot is freed, name "free T"
    CALL = "call"  # parameters: the callback's value parameters; occurs at entry of the callback, name "call cb"
    RETURN = (
        "return"  # parameters: the callback's value parameters, then its result if any; at its return, name "return cb"
    )


@dataclass(frozen=True, slots=True)
class Inline:
    """An inline or callback, kept as a declaration: calls refer to it by ``name``; both back ends expand it at each call.

    ``locals``: all locals declared in the body (parameters not included). ``requires`` is a ghost check
    at the call, after the arguments are evaluated: no step, it sees the state of that moment; false is the observation ``requires``. ``call_event``/``return_event`` are set when some property watches this callback.
    """

    name: str
    parameters: tuple[Local | RefParam, ...]
    result: Type
    body: Block
    callback: bool
    requires: Expr | None
    sleeps: bool
    call_event: int | None
    return_event: int | None
    span: Span


@dataclass(frozen=True, slots=True)
class Process:
    """A process class that the scenario runs (classes it does not run are absent).

    ``count``: number of instances (of ``server``: 1); None for ``[*]``. ``index``: the enum whose literals are the
    instances, if it was declared ``process p[Enum]``; ``self`` then has that type, else ``ProcType``.
    """

    id: int
    name: str
    count: int | None
    index: EnumType | None
    server: bool
    provided: Expr | None
    body: Block
    span: Span


# ------------------------------------------------------------------------------------------ places


@dataclass(frozen=True, slots=True)
class SharedRoot:
    var: int


@dataclass(frozen=True, slots=True)
class LocalRoot:
    local: int


@dataclass(frozen=True, slots=True)
class RefParamRoot:
    parameter: int


@dataclass(frozen=True, slots=True)
class FieldRoot:
    """A field of the object that ``reference`` (evaluated first) points to."""

    reference: Expr
    object: str
    field: str


@dataclass(frozen=True, slots=True)
class FieldSelector:
    """``.name`` of a struct"""

    field: str


@dataclass(frozen=True, slots=True)
class IndexSelector:
    """``[index]``; outside the index type is the fault ``index``."""

    index: Expr


Root: TypeAlias = SharedRoot | LocalRoot | RefParamRoot | FieldRoot
Selector: TypeAlias = FieldSelector | IndexSelector


@dataclass(frozen=True, slots=True)
class Place:
    """A location of ``type``: a root and a path of selectors. Evaluated root first, then indices left to right.

    ``shared``: an access to it is a step (the root is shared, a field, or a ``&`` parameter bound to one: for
    ``RefParamRoot`` the flag is False and each back end finds out at the call it expands).
    """

    root: Root
    selectors: tuple[Selector, ...]
    type: Type
    shared: bool
    span: Span


# ------------------------------------------------------------------------------------- expressions


@dataclass(frozen=True, slots=True)
class Constant:
    value: Value
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class LocalRead:
    """A scalar local. Reading it while unassigned is the observation ``unassigned_read`` (value: the zero value)."""

    local: int
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class SelfRead:
    """``self``: the instance number (or enum ordinal) of the running process."""

    type: Type
    span: Span


class AccessTag(Enum):
    """Memory order of an access as written (``READ_ONCE``, ``smp_store_release``…); without effect under sequential consistency."""

    PLAIN = "plain"
    ONCE = "once"
    ACQUIRE = "acquire"
    RELEASE = "release"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Load:
    """Read a place that is not a whole local scalar (STEP when the place is shared). Of an atomic: its number."""

    place: Place
    type: Type
    span: Span
    tag: AccessTag = AccessTag.PLAIN


@dataclass(frozen=True, slots=True)
class Unary:
    """``!`` (bool), ``-`` (int, bv), ``~`` (bv)"""

    operator: str
    operand: Expr
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Binary:
    """Strict operators: ``* / % + - << >> < <= > >= == != & ^ |``, and ``in`` (element in set).

    ``/`` and ``%`` truncate as in C; by zero is the fault ``division_by_zero``. On sets ``| & -`` are union,
    intersection, difference and ``<=`` inclusion. Operands have the same type, or are int/range mixes.
    ``==`` on references compares addresses.
    """

    operator: str
    left: Expr
    right: Expr
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Logical:
    """Short-circuit ``&&``, ``||``, ``=>``."""

    operator: str
    left: Expr
    right: Expr
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Conditional:
    """``condition ? then : otherwise``; only the chosen side is evaluated."""

    condition: Expr
    then: Expr
    otherwise: Expr
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class CallExpr:
    """A call of an inline or callback. Arguments are evaluated left to right: an ``Expr`` for a value, a ``Place`` for ``&``."""

    inline: str
    arguments: tuple[Expr | Place, ...]
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class AtomicOp:
    """One kernel atomic operation (STEP). ``operator`` and result: see docs/semantics.md, "Atomics".

    ``xchg`` and ``cmpxchg`` also apply to places of any scalar type. The place is evaluated first, then the arguments.
    """

    operator: str
    place: Place
    arguments: tuple[Expr, ...]
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class LockOp:
    """One lock operation (STEP), see docs/semantics.md, "Locks". Try forms yield bool, the others nothing."""

    operator: LockOperator
    place: Place
    kind: LockKind
    type: Type
    span: Span


class LockOperator(Enum):
    LOCK = "lock"
    TRYLOCK = "trylock"
    UNLOCK = "unlock"
    READ_LOCK = "read_lock"
    READ_TRYLOCK = "read_trylock"
    READ_UNLOCK = "read_unlock"
    COMPLETE = "complete"
    COMPLETE_ALL = "complete_all"
    WAIT_FOR_COMPLETION = "wait_for_completion"
    TRY_WAIT_FOR_COMPLETION = "try_wait_for_completion"
    REINIT_COMPLETION = "reinit_completion"


@dataclass(frozen=True, slots=True)
class New:
    """Allocate (STEP): initialisers are evaluated first, in the order written; then one step picks any free slot (a choice).

    No free slot: the fault ``pool_exhausted``, or null with ``may_fail``.
    """

    object: str
    inits: tuple[tuple[str, Expr], ...]
    may_fail: bool
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class CondLoad:
    """Wait until ``condition`` (pure; reads the seen value as local ``value``) holds of the place; yield the value (STEP)."""

    place: Place
    value: int
    condition: Expr
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class OptSome:
    operand: Expr
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class OptGet:
    """``the(e)``: of none it is the fault ``option_none``."""

    operand: Expr
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class SetLiteral:
    elements: tuple[Expr, ...]
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class SetSize:
    operand: Expr
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Cast:
    """``int(bv)``, ``bv<n>(int or bv)`` (modulo 2**n)."""

    operand: Expr
    type: Type
    span: Span


class LockQuestion(Enum):
    HELD = "held"  # by the asking process (in a property: by any process)
    LOCKED = "locked"  # by anybody
    FROZEN = "frozen"  # the ghost bit of an atomic
    COMPLETED = "completed"  # completion_done


@dataclass(frozen=True, slots=True)
class Ask:
    """``held(l)``, ``locked(l)``, ``frozen(a)``, ``completed(c)``.

    ``held`` asks about the process's own locks: eager local code, no step, no obligation (of null: false). The others are a STEP.
    """

    question: LockQuestion
    place: Place
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class RangeDomain:
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class EnumDomain:
    enum: EnumType


@dataclass(frozen=True, slots=True)
class BoolDomain:
    pass


@dataclass(frozen=True, slots=True)
class PoolDomain:
    """The allocated objects (live references); every slot if ``typestable``."""

    object: str


@dataclass(frozen=True, slots=True)
class ProcDomain:
    process: str
    size: int


@dataclass(frozen=True, slots=True)
class SetDomain:
    set: Expr


Domain: TypeAlias = RangeDomain | EnumDomain | BoolDomain | PoolDomain | ProcDomain | SetDomain


@dataclass(frozen=True, slots=True)
class Quantifier:
    """``forall``/``exists`` over a finite domain (pure contexts only)."""

    forall: bool
    variable: Local
    domain: Domain
    body: Expr
    type: Type
    span: Span


# property-only expressions


@dataclass(frozen=True, slots=True)
class LabelRef:
    """A label as a set of control points: occurrences of ``label`` in ``owner`` (a process or inline).

    An occurrence of an inline's statement has a call path: for each expanded call the call statement's label (if any) and the inline's
    name. The occurrence matches if it is in ``process`` (None: any), the names of ``path`` occur in this order in its call path
    (as a subsequence of inline names and call labels), and its innermost frame is ``owner``:
    the process's own body if ``inline`` is None, else a call of ``inline``. ``replica``: only that instance.
    """

    process: str | None
    replica: Expr | None
    path: tuple[str, ...]
    inline: str | None
    label: str
    span: Span


@dataclass(frozen=True, slots=True)
class AtLabel:
    """Some (or with ``replica`` that) instance's next step is the first one at or after the label."""

    label: LabelRef
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class AfterLabel:
    """The step just taken was one of the labelled statement, and with it the statement was left."""

    label: LabelRef
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class CountAt:
    """``nr_at(…)``: how many instances are at one of the labels."""

    labels: tuple[LabelRef, ...]
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class CountProcesses:
    """``nr(p)`` in a ``[*]`` scenario (otherwise it is a constant)."""

    process: str
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class CountAllocated:
    """``nr_alloc(T)``"""

    object: str
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Primed:
    """``e'`` in a ``step`` property: ``e`` evaluated in the state after the step."""

    operand: Expr
    type: Type
    span: Span


Expr: TypeAlias = (
    Constant
    | LocalRead
    | SelfRead
    | Load
    | Unary
    | Binary
    | Logical
    | Conditional
    | CallExpr
    | AtomicOp
    | LockOp
    | New
    | CondLoad
    | OptSome
    | OptGet
    | SetLiteral
    | SetSize
    | Cast
    | Ask
    | Quantifier
    | AtLabel
    | AfterLabel
    | CountAt
    | CountProcesses
    | CountAllocated
    | Primed
)


# -------------------------------------------------------------------------------------- statements


@dataclass(frozen=True, slots=True)
class Block:
    """``locals``: those declared directly in this block; all become unassigned when the block is entered."""

    locals: tuple[Local, ...]
    statements: tuple[Stmt, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Labelled:
    label: str
    statement: Stmt
    span: Span


@dataclass(frozen=True, slots=True)
class Assign:
    """``target = value``: target's references and indices, then the value, then the store (STEP if shared)."""

    target: Place
    value: Expr
    span: Span
    tag: AccessTag = AccessTag.PLAIN


@dataclass(frozen=True, slots=True)
class CompoundAssign:
    """``target op= value``: references and indices once, the load (STEP), the value, the store (STEP).

    ``operator`` is a strict ``Binary`` operator; ``result`` its type.
    """

    target: Place
    operator: str
    value: Expr
    result: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Evaluate:
    """An expression for its effect; the value is dropped."""

    expression: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class If:
    condition: Expr
    then: Stmt
    otherwise: Stmt | None
    span: Span


@dataclass(frozen=True, slots=True)
class Loop:
    """``while`` (``test_first``), ``do while`` (not), ``loop`` (no condition). ``continue`` goes to the test (or head)."""

    condition: Expr | None
    test_first: bool
    quiescent: bool
    body: Stmt
    span: Span


@dataclass(frozen=True, slots=True)
class For:
    """Runs the body for each value of a range, enum, bool or process class, in order."""

    variable: Local
    domain: Domain
    body: Stmt
    span: Span


@dataclass(frozen=True, slots=True)
class Goto:
    """To a label of the same process body or inline body."""

    label: str
    span: Span


@dataclass(frozen=True, slots=True)
class Break:
    span: Span


@dataclass(frozen=True, slots=True)
class Continue:
    span: Span


@dataclass(frozen=True, slots=True)
class Return:
    value: Expr | None
    span: Span


@dataclass(frozen=True, slots=True)
class WhenBranch:
    guard: Expr
    body: Stmt | None
    span: Span


@dataclass(frozen=True, slots=True)
class When:
    """Blocks until a guard holds; tests it, with the effects of its conditional operations, in one STEP.

    With several branches each enabled one is a choice (its number from 0); with one branch there is no choice.
    """

    branches: tuple[WhenBranch, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Atomic:
    """All of the body in one STEP, enabled if the guard holds and its first statement does not block. ``caption``: what it is called in reports."""

    guard: Expr | None
    body: Block
    span: Span
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Choose:
    """A choice (STEP, unless inside an atomic): branch number from 0."""

    branches: tuple[Block, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Pick:
    """A choice (STEP, unless inside an atomic) among the domain's values for which ``where`` holds; blocks if there is none.

    The choice is the value itself (ordinal; for a pool the slot number). ``local`` is assigned.
    """

    local: Local
    domain: Domain
    where: Expr | None
    span: Span


@dataclass(frozen=True, slots=True)
class Emit:
    event: int
    arguments: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Assert:
    """False is the observation ``assertion``. ``name`` is the user's, or the source position."""

    name: str
    condition: Expr
    reads_shared: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Free:
    """STEP: frees the object (``double_free`` if stale or, typestable, already free; null is a fault unless ``null_ok``: ``kfree``)."""

    reference: Expr
    object: str
    null_ok: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Touch:
    """STEP: an access to the object as a whole (``use_after_free`` if stale, ``null_deref`` if null)."""

    reference: Expr
    object: str
    span: Span


@dataclass(frozen=True, slots=True)
class Empty:
    span: Span


Stmt: TypeAlias = (
    Block
    | Labelled
    | Assign
    | CompoundAssign
    | Evaluate
    | If
    | Loop
    | For
    | Goto
    | Break
    | Continue
    | Return
    | When
    | Atomic
    | Choose
    | Pick
    | Emit
    | Assert
    | Free
    | Touch
    | Empty
)


# -------------------------------------------------------------------------------------- properties


@dataclass(frozen=True, slots=True)
class EventPattern:
    """``event`` with one argument per parameter: a ``Constant``, a key ``Local``, or None (anything)."""

    event: int
    arguments: tuple[Constant | Local | None, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Invariant:
    """``expression`` in every state (after every step, if it contains ``AfterLabel``)."""

    expression: Expr


@dataclass(frozen=True, slots=True)
class StepInvariant:
    """``expression`` over every step; plain reads see the state before, ``Primed`` the state after."""

    expression: Expr


@dataclass(frozen=True, slots=True)
class Final:
    """``expression`` in every drained state."""

    expression: Expr


@dataclass(frozen=True, slots=True)
class Cover:
    """Some reachable state (step, if it contains ``AfterLabel``) satisfies ``expression``."""

    expression: Expr


@dataclass(frozen=True, slots=True)
class May:
    """For some value of ``key`` (if any) a state with ``condition``, and then, or at once, the event (or state) ``then``."""

    key: Local | None
    domain: Domain | None
    condition: Expr
    then: EventPattern | Expr


class Quantity(Enum):
    EXACTLY_ONCE = "exactly once"
    AT_MOST = "at most"
    AT_LEAST_ONCE = "at least once"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Count:
    """One monitor cell per value of the ``keys`` (those that occur in both patterns, in order of the parameters of ``counted``)."""

    quantity: Quantity
    limit: int
    counted: EventPattern
    per: EventPattern | None
    until_next: bool
    within_drained: bool
    keys: tuple[Local, ...]


@dataclass(frozen=True, slots=True)
class Order:
    first: EventPattern
    second: EventPattern
    keys: tuple[Local, ...]


@dataclass(frozen=True, slots=True)
class OnlyIf:
    event: EventPattern
    condition: Expr


@dataclass(frozen=True, slots=True)
class ObligationKey:
    """What a step can do wrong: a kind of docs/semantics.md, "Obligations", and its subject ("" if the kind has none)."""

    kind: str
    subject: str


@dataclass(frozen=True, slots=True)
class Obligation:
    """Violated when one of ``keys`` occurs. Built-in obligations that no user property claims are grouped by kind under its name."""

    keys: tuple[ObligationKey, ...]


PropertyBody: TypeAlias = Invariant | StepInvariant | Final | Cover | May | Count | Order | OnlyIf | Obligation


#: A process class by name, an event by id, a label.
Absent: TypeAlias = str | int | LabelRef


@dataclass(frozen=True, slots=True)
class Property:
    """``kind`` is the user's word (``invariant``, ``count``, ``cover``, ``obligation``…).

    ``not_applicable``: why the property says nothing in this scenario (it names a process, label or event that is absent);
    ``absent``: that which is absent (None for obligations, whose keys say it). That it is absent is watched, like everything that is said to be impossible.
    """

    id: int
    name: str
    kind: str
    body: PropertyBody
    existential: bool
    builtin: bool
    not_applicable: str | None
    span: Span
    absent: Absent | None = None


# ------------------------------------------------------------------------------------------- model


class Unmodelled(Enum):
    """What some spellings of the kernel promise and no step of a model does."""

    INTERRUPTS = "interrupts"
    GRACE_PERIODS = "RCU grace periods"


@dataclass(frozen=True, slots=True)
class Model:
    """A closed instance: one variant, one scenario, all params fixed.

    ``processes`` in the order of the scenario's ``run`` (servers last, in declaration order); instance numbers run through them in this
    order: first all of processes[0], and so on. ``init`` is run once, as one atomic block, after the
    shared variables got their initial values (``New`` takes the lowest free slot; no choice is allowed).
    ``locals``: every local by id. ``obligations`` in use are found by the back ends; ``properties`` claims them.
    ``unmodelled``: what spellings in the code promise that a green answer does not cover.
    """

    name: str
    variant: str
    scenario: str
    shared: tuple[SharedVar, ...]
    objects: tuple[ObjectClass, ...]
    events: tuple[Event, ...]
    inlines: tuple[Inline, ...]
    processes: tuple[Process, ...]
    init: Block
    properties: tuple[Property, ...]
    params: tuple[tuple[str, Value], ...]
    unmodelled: tuple[Unmodelled, ...] = ()

    @property
    def impossible(self) -> int:
        """The number to which the back ends attribute what this model says cannot happen, if it happens; no property has it.

        That is an obligation that no applicable property has among its keys, and the event that a property misses which therefore does not apply.
        """
        return len(self.properties)
