"""Places and expressions of the typed tree."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.model.locks import LockKind, LockOperator, LockQuestion
from modelcheck.model.types import Constant, EnumType, Type

#: How the names of locals begin that resolution has written out. (No name in a spec has a dot in it.)
#: Reports say nothing of them.
OWN = "own."


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
    """A ``&`` parameter: stands for the place the caller gave.

    The place's references and indices are evaluated at the call.
    """

    id: int
    name: str
    type: Type
    span: Span


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


class Terminal:
    """Has no operands and takes no step."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class LocalRead(Terminal):
    """A scalar local. Reading it while unassigned is the observation ``unassigned_read`` (value: the zero value)."""

    local: int
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class SelfRead(Terminal):
    """``self``: the instance number (or enum ordinal) of the running process."""

    type: Type
    span: Span


class AccessTag(Enum):
    """Memory order of an access as written (``READ_ONCE``, ``smp_store_release``…); without effect
    under sequential consistency.
    """

    PLAIN = "plain"
    ONCE = "once"
    ACQUIRE = "acquire"
    RELEASE = "release"
    FULL = "full"


class Access:
    """Reads a place."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Load(Access):
    """Read a place that is not a whole local scalar (STEP when the place is shared). Of an atomic: its number."""

    place: Place
    type: Type
    span: Span
    tag: AccessTag = AccessTag.PLAIN


class Operator:
    """Evaluates all of its operands, in order, and takes no step itself."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Unary(Operator):
    """``!`` (bool), ``-`` (int, bv), ``~`` (bv)"""

    operator: str
    operand: Expr
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Binary(Operator):
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


class Choosing:
    """Evaluates its first operand, and of the others what that leads to."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Logical(Choosing):
    """Short-circuit ``&&``, ``||``, ``=>``."""

    operator: str
    left: Expr
    right: Expr
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Conditional(Choosing):
    """``condition ? then : otherwise``; only the chosen side is evaluated."""

    condition: Expr
    then: Expr
    otherwise: Expr
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class CallExpr:
    """A call of an inline or callback.

    Arguments are evaluated left to right: an ``Expr`` for a value, a ``Place`` for ``&``.
    """

    inline: str
    arguments: tuple[Expr | Place, ...]
    type: Type
    span: Span


class Operation:
    """Does something to shared memory, in one step."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class AtomicOp(Operation):
    """One kernel atomic operation (STEP). ``operator`` and result: see docs/semantics.md, "Atomics".

    ``xchg`` and ``cmpxchg`` also apply to places of any scalar type. The place is evaluated first, then the arguments.
    """

    operator: str
    place: Place
    arguments: tuple[Expr, ...]
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class LockOp(Operation):
    """One lock operation (STEP), see docs/semantics.md, "Locks". Try forms yield bool, the others nothing."""

    operator: LockOperator
    place: Place
    kind: LockKind
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class New(Operation):
    """Allocate (STEP): initialisers are evaluated first, in the order written; then one step picks any
    free slot (a choice).

    No free slot: the fault ``pool_exhausted``, or null with ``may_fail``.
    """

    object: str
    inits: tuple[tuple[str, Expr], ...]
    may_fail: bool
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class CondLoad(Operation):
    """Wait until ``condition`` (pure; reads the seen value as local ``value``) holds of the place;
    yield the value (STEP).
    """

    place: Place
    value: int
    condition: Expr
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class OptSome(Operator):
    operand: Expr
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class OptGet(Operator):
    """``the(e)``: of none it is the fault ``option_none``."""

    operand: Expr
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class SetLiteral(Operator):
    elements: tuple[Expr, ...]
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class SetSize(Operator):
    operand: Expr
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Cast(Operator):
    """``int(bv)``, ``bv<n>(int or bv)`` (modulo 2**n)."""

    operand: Expr
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Ask(Access):
    """``held(l)``, ``locked(l)``, ``frozen(a)``, ``completed(c)``.

    ``held`` asks about the process's own locks: eager local code, no step, no obligation (of null:
    false). The others are a STEP.
    """

    question: LockQuestion
    place: Place
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class NextAllocated(Operator):
    """The allocated object with the lowest slot above that of ``after`` (live or stale; null: above none); null if
    there is none (in ``atomic`` and ``init`` only: what ``for`` over a pool advances by).
    """

    object: str
    after: Expr
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


# ------------------------------------------------------------------------- only in properties


@dataclass(frozen=True, slots=True)
class LabelRef:
    """A label as a set of control points: occurrences of ``label`` in ``owner`` (a process or inline).

    An occurrence of an inline's statement has a call path: for each expanded call the call
    statement's label (if any) and the inline's name. The occurrence matches if it is in ``process``
    (None: any), the names of ``path`` occur in this order in its call path (as a subsequence of
    inline names and call labels), and its innermost frame is ``owner``: the process's own body if
    ``inline`` is None, else a call of ``inline``. ``replica``: only that instance.
    """

    process: str | None
    replica: Expr | None
    path: tuple[str, ...]
    inline: str | None
    label: str
    span: Span


class OfProperties:
    """Stands in properties only."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class AtLabel(OfProperties):
    """Some (or with ``replica`` that) instance's next step is the first one at or after the label."""

    label: LabelRef
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class AfterLabel(OfProperties):
    """The step just taken was one of the labelled statement, and with it the statement was left."""

    label: LabelRef
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class CountAt(OfProperties):
    """``nr_at(…)``: how many instances are at one of the labels."""

    labels: tuple[LabelRef, ...]
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Done(OfProperties):
    """``done(p)``: every instance of ``process`` (with ``replica`` that one) has come to the end of its body."""

    process: str
    replica: Expr | None
    type: Type
    span: Span


class Census:
    """Counts instances or objects."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class CountProcesses(Census):
    """``nr(p)`` in a ``[*]`` scenario (otherwise it is a constant)."""

    process: str
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class CountAllocated(Census):
    """``nr_alloc(T)``"""

    object: str
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Primed(OfProperties):
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
    | Done
    | CountProcesses
    | CountAllocated
    | NextAllocated
    | Primed
)
