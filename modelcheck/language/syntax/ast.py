"""The surface syntax tree: what the user wrote, node by node, before any name is looked up.

All nodes are frozen. ``span`` never takes part in comparison, so ``parse(unparse(tree)) == tree``
can be stated with ``==``. Edits of variants work on this tree; nothing after ``resolve`` sees it.
"""

from __future__ import annotations

from dataclasses import field
from enum import Enum
from typing import TypeAlias

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import NOWHERE, Source, Span


def _span() -> Span:
    return field(default=NOWHERE, compare=False, repr=False)


# ------------------------------------------------------------------------------------------ types


class WrittenType:
    """A type as it is written."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class NamedType(WrittenType):
    """``bool``, ``int``, ``atomic``, ``refcount``, a lock kind, or the name of an enum or struct."""

    name: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class RangeTypeNode(WrittenType):
    """``lo..hi``"""

    low: Expr
    high: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class AtomicRangeNode(WrittenType):
    """``atomic lo..hi`` or ``refcount lo..hi``"""

    name: str
    low: Expr
    high: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class BvTypeNode(WrittenType):
    """``bv<width>``"""

    width: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class RefTypeNode(WrittenType):
    """``ref Object``"""

    target: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class OptTypeNode(WrittenType):
    """``opt T``"""

    element: TypeNode
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class SetTypeNode(WrittenType):
    """``set<T>``"""

    element: TypeNode
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ProcTypeNode(WrittenType):
    """``proc P``"""

    process: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ArrayTypeNode(WrittenType):
    """``T[index]``: the index is an enum, a process class, a range ``lo..hi`` or a count ``n`` (meaning ``0..n-1``)."""

    element: TypeNode
    index: TypeNode | Expr
    span: Span = _span()


TypeNode: TypeAlias = (
    NamedType
    | RangeTypeNode
    | AtomicRangeNode
    | BvTypeNode
    | RefTypeNode
    | OptTypeNode
    | SetTypeNode
    | ProcTypeNode
    | ArrayTypeNode
)


# ------------------------------------------------------------------------------------ expressions


class Literal:
    """Stands for itself."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class IntLit(Literal):
    value: int
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class BoolLit(Literal):
    value: bool
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class NullLit(Literal):
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class NoneLit(Literal):
    """``none``, the empty value of ``opt T``."""

    span: Span = _span()


@dataclass(frozen=True, slots=True)
class UninitLit(Literal):
    """``uninit``, only as a declared initial value: the variable starts unassigned."""

    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Wildcard(Literal):
    """``_`` in an event pattern."""

    span: Span = _span()


class Location:
    """Names something."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Name(Location):
    name: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Member(Location):
    """``base.field`` or ``base->field`` (both are accepted, the type decides which is right)."""

    base: Expr
    field: str
    arrow: bool
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Index(Location):
    base: Expr
    index: Expr
    span: Span = _span()


class Calling:
    """A call."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Call(Calling):
    """``f(a, b)``: an inline, a callback, a kernel primitive (``lock``, ``READ_ONCE``), ``some``,
    ``held``, an event pattern…
    """

    name: str
    arguments: tuple[Expr, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class MethodCall(Calling):
    """``p->count.inc_not_zero()``, ``s.add(x)``"""

    base: Expr
    method: str
    arguments: tuple[Expr, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class AddressOf:
    """``&place``: only as an argument (of a ``&`` parameter, or of a kernel primitive, where it is decoration)."""

    operand: Expr
    span: Span = _span()


class Operator:
    """Makes a value of values."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Unary(Operator):
    """``operator`` is one of ``! - ~``."""

    operator: str
    operand: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Binary(Operator):
    """``operator`` is one of ``* / % + - << >> < <= > >= == != & ^ | && || => in``."""

    operator: str
    left: Expr
    right: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Conditional(Operator):
    """``condition ? then : otherwise``"""

    condition: Expr
    then: Expr
    otherwise: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class RangeExpr(Operator):
    """``lo..hi`` where a domain is expected (``for``, ``pick``, quantifiers)."""

    low: Expr
    high: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class FieldInit:
    """``field = value;`` inside ``new T { … }`` or a struct value."""

    field: str
    value: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class New:
    """``new T``, ``new T { f = e; … }``; ``may_fail`` for ``try_new T``."""

    target: str
    inits: tuple[FieldInit, ...]
    may_fail: bool
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class SetLit(Operator):
    """``{a, b}`` as an expression of type ``set<T>``."""

    elements: tuple[Expr, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class CondLoad:
    """``cond_load(place, condition)``: wait until the condition on ``VAL`` holds, keep the value that was seen."""

    place: Expr
    condition: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Cast(Operator):
    """``bv<8>(e)`` or ``int(e)``"""

    target: TypeNode
    operand: Expr
    span: Span = _span()


class QuantifierKind(Enum):
    FORALL = "forall"
    EXISTS = "exists"


class OfProperties:
    """Speaks about many states or processes."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Quantifier(OfProperties):
    """``forall x in D : body``; the body reaches as far right as possible."""

    kind: QuantifierKind
    variable: str
    domain: Expr
    body: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Prime(OfProperties):
    """``x'``: the value after the step (``step`` properties only)."""

    operand: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class LabelPath:
    """``owner[replica]::path/…/label``. ``owner`` is a process or an inline; ``path`` names the calls in between."""

    owner: str
    replica: Expr | None
    path: tuple[str, ...]
    label: str
    span: Span = _span()


class LabelQuestion(Enum):
    AT = "at"
    AFTER = "after"
    COUNT_AT = "nr_at"


@dataclass(frozen=True, slots=True)
class LabelPredicate(OfProperties):
    """``at(p::L)``, ``after(p::L)``, ``nr_at(p::L, p::M)``"""

    question: LabelQuestion
    labels: tuple[LabelPath, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class May(OfProperties):
    """``condition may event`` inside a ``may`` property (possibly below ``exists``)."""

    condition: Expr
    event: Expr
    span: Span = _span()


Expr: TypeAlias = (
    IntLit
    | BoolLit
    | NullLit
    | NoneLit
    | UninitLit
    | Wildcard
    | Name
    | Member
    | Index
    | Call
    | MethodCall
    | AddressOf
    | Unary
    | Binary
    | Conditional
    | RangeExpr
    | New
    | SetLit
    | CondLoad
    | Cast
    | Quantifier
    | Prime
    | LabelPredicate
    | May
)


# ------------------------------------------------------------------------------------- statements


class Nesting:
    """Has statements inside."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Block(Nesting):
    statements: tuple[Stmt, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Labelled(Nesting):
    """``label: statement``"""

    label: str
    statement: Stmt
    span: Span = _span()


class Simple:
    """Has no statements inside, and control goes on behind it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class LocalDecl(Simple):
    """``local x : T;`` or ``local x : T = e;`` (the type may be left out when there is a value)."""

    name: str
    type: TypeNode | None
    value: Expr | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Assign(Simple):
    """``target = value;``"""

    target: Expr
    value: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class CompoundAssign(Simple):
    """``target += value;`` (``operator`` without the ``=``); ``x++`` and ``x--`` are ``+`` and ``-`` by 1."""

    target: Expr
    operator: str
    value: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ExprStmt(Simple):
    """A call for its effect: ``put_page(p);``, ``p->count.inc();``, ``lock(l);``, ``touch(x);``, ``free(x);``"""

    expression: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class If(Nesting):
    condition: Expr
    then: Stmt
    otherwise: Stmt | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class While(Nesting):
    condition: Expr
    body: Stmt
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class DoWhile(Nesting):
    body: Stmt
    condition: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Loop(Nesting):
    """``loop { }`` or ``loop quiescent { }``"""

    body: Stmt
    quiescent: bool
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class For(Nesting):
    """``for (x in D) { }``"""

    variable: str
    domain: Expr
    body: Stmt
    span: Span = _span()


class Jump:
    """Leads elsewhere."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Goto(Jump):
    label: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Break(Jump):
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Continue(Jump):
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Return(Jump):
    value: Expr | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class WhenBranch:
    guard: Expr
    body: Stmt | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class When(Nesting):
    """``when (g);``, ``when (g) { … }``, ``when (a) { } or when (b) { }``"""

    branches: tuple[WhenBranch, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Atomic(Nesting):
    """``atomic { … }``, ``atomic when (g) { … }`` or ``atomic "what happens" { … }``"""

    guard: Expr | None
    body: Block
    span: Span = _span()
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Choose(Nesting):
    """``choose { } or { }``"""

    branches: tuple[Block, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class PickStmt(Simple):
    """``pick x in D [where (g)];``: x is a local declared before, or declared here when there is none."""

    variable: str
    domain: Expr
    where: Expr | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Emit(Simple):
    event: str
    arguments: tuple[Expr, ...]
    span: Span = _span()


class AssertKind(Enum):
    ASSERT = "assert"
    BUG_ON = "BUG_ON"
    WARN_ON = "WARN_ON"


@dataclass(frozen=True, slots=True)
class Assert(Simple):
    """``assert e;``, ``assert name: e;``, ``BUG_ON(e);``, ``WARN_ON(e);``"""

    kind: AssertKind
    name: str | None
    condition: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Empty(Simple):
    """``;``"""

    span: Span = _span()


Stmt: TypeAlias = (
    Block
    | Labelled
    | LocalDecl
    | Assign
    | CompoundAssign
    | ExprStmt
    | If
    | While
    | DoWhile
    | Loop
    | For
    | Goto
    | Break
    | Continue
    | Return
    | When
    | Atomic
    | Choose
    | PickStmt
    | Emit
    | Assert
    | Empty
)


# ------------------------------------------------------------------------------------------ items


class Heading:
    """Says what the file is, or what belongs to it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Import(Heading):
    """``import "file.mc";`` (relative to the importing file)"""

    path: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ModelName(Heading):
    """``model name;``"""

    name: str
    span: Span = _span()


class Setting:
    """A number to be chosen."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class ParamDecl(Setting):
    """``param X : T = e;``"""

    name: str
    type: TypeNode | None
    value: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class UnknownDecl(Setting):
    """``unknown X : T = e;`` (without a default, ``check`` refuses)"""

    name: str
    type: TypeNode
    value: Expr | None
    span: Span = _span()


class TypeDeclaration:
    """Declares a type."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class EnumDecl(TypeDeclaration):
    name: str
    literals: tuple[str, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class FieldDecl:
    """``name : type [= value];`` in a struct or object. No value: unassigned (locks and atomics: free, 0)."""

    name: str
    type: TypeNode
    value: Expr | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class StructDecl(TypeDeclaration):
    name: str
    fields: tuple[FieldDecl, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ObjectDecl(TypeDeclaration):
    """``object Page pool 2 [typestable] { … }``"""

    name: str
    pool: Expr
    typestable: bool
    fields: tuple[FieldDecl, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class SharedDecl:
    """``shared x : T = e;``; also ``mutex m;``, ``spinlock s[Cpu];`` (``type`` is the lock type)."""

    name: str
    type: TypeNode
    value: Expr | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Parameter:
    """``name : T`` or ``&name : T`` (``by_reference``)."""

    name: str
    type: TypeNode
    by_reference: bool
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class EventDecl:
    name: str
    parameters: tuple[Parameter, ...]
    span: Span = _span()


class Code:
    """Has a body."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class InlineDecl(Code):
    """``inline f(…) [-> T] { … }``"""

    name: str
    parameters: tuple[Parameter, ...]
    result: TypeNode | None
    body: Block
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class CallbackDecl(Code):
    """``callback f(…) [-> T] [requires e] [sleeps] { … }``"""

    name: str
    parameters: tuple[Parameter, ...]
    result: TypeNode | None
    requires: Expr | None
    sleeps: bool
    body: Block
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ProcessDecl(Code):
    """``process p { … }``, ``process p[Enum] { … }``, ``process p provided (g) { … }``, ``server s { … }``"""

    name: str
    index: TypeNode | Expr | None
    server: bool
    provided: Expr | None
    body: Block
    span: Span = _span()


class PropertyKind(Enum):
    """Properties written as ``kind name : expression;``"""

    INVARIANT = "invariant"
    STEP = "step"
    FINAL = "final"
    COVER = "cover"
    MAY = "may"


class Asked:
    """A property."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class PropertyDecl(Asked):
    kind: PropertyKind
    name: str
    expression: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class EventPattern:
    """``removed(p, _)``, or with ``result`` a callback's return: ``releasepage(p) == true``; also
    ``new(x)``, ``free(x)``.
    """

    event: str
    arguments: tuple[Expr, ...]
    result: Expr | None
    span: Span = _span()


class Quantity(Enum):
    EXACTLY_ONCE = "exactly once"
    AT_MOST = "at most"
    AT_LEAST_ONCE = "at least once"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class CountDecl(Asked):
    """``count c : exactly once F(k) per R(k) [until next R] [within drained];`` (``at most once`` is ``at most 1``)"""

    name: str
    quantity: Quantity
    limit: int
    counted: EventPattern
    per: EventPattern | None
    until_next: bool
    within_drained: bool
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class OrderDecl(Asked):
    """``order o : A(k) before B(k);``"""

    name: str
    first: EventPattern
    second: EventPattern
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class OnlyIfDecl(Asked):
    """``only_if o : E(k) only if e;``"""

    name: str
    event: EventPattern
    condition: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ObligationTarget:
    """``use_after_free(Names)``, ``range(Page.count)``, ``assertion(name)``, ``deadlock``"""

    kind: str
    subjects: tuple[tuple[str, ...], ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ObligationDecl(Asked):
    """``obligation name : kind(Subject), …;``"""

    name: str
    targets: tuple[ObligationTarget, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class InitDecl(Code):
    """``init name { … }``"""

    name: str
    body: Block
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class RunEntry:
    """``p``, ``p[2]`` (``count``) or ``p[*]`` (``any_number``)"""

    process: str
    count: Expr | None
    any_number: bool
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class RunClause:
    entries: tuple[RunEntry, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class InitClause:
    """``init warm, other;`` inside a scenario"""

    names: tuple[str, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class SetParam:
    """``param X = e;`` inside a scenario, patch or variant"""

    name: str
    value: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class SlowClause:
    """``slow;`` inside a scenario"""

    span: Span = _span()


ScenarioClause: TypeAlias = RunClause | InitClause | SetParam | SlowClause


@dataclass(frozen=True, slots=True)
class ScenarioDecl:
    """``scenario s [: parent, …] ["description"] { … }``"""

    name: str
    parents: tuple[str, ...]
    description: str | None
    clauses: tuple[ScenarioClause, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class GroupDecl:
    """``group truncating = truncate, evict;``: a name for several scenarios (or groups), for ``expect`` lines."""

    name: str
    members: tuple[str, ...]
    span: Span = _span()


# --------------------------------------------------------------------------------------- variants


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where an edit lands: ``owner::label``, ``owner::a..b``, ``owner::_start``, ``owner::_end``.

    ``path`` allows ``owner::inline/label``, which means the inline's own label (an inline is shared by its callers).
    """

    owner: str
    label: str
    last_label: str | None = None
    span: Span = _span()


class Where(Enum):
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class InsertEdit:
    where: Where
    anchor: Anchor
    body: Block
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ReplaceEdit:
    """``replace f::label { … }``: the labelled statement(s) give way to the new ones; the label stays on the first."""

    anchor: Anchor
    body: Block
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class DeleteEdit:
    """``delete f::label;``: the statement goes, its label stays on an empty statement."""

    anchor: Anchor
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ReplaceTextEdit:
    """``replace [in owner] { old } with { new }``: the old statements must occur exactly once."""

    owner: str | None
    old: Block
    new: Block
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class OverrideEdit:
    """``override <item>``: a declaration of the same kind and name exists and gives way."""

    item: Item
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class AddEdit:
    """``add <item>``: no item of that name exists."""

    item: Item
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class SetEdit:
    """``set x = e;``, ``set Page.count = e;``: another initial value (of a shared variable, field or unknown)."""

    target: tuple[str, ...]
    value: Expr
    span: Span = _span()


Edit: TypeAlias = InsertEdit | ReplaceEdit | DeleteEdit | ReplaceTextEdit | OverrideEdit | AddEdit | SetEdit | SetParam


class Expected(Enum):
    HOLDS = "holds"
    VIOLATES = "violates"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ExpectEntry:
    """``p, q in s1, s2``: empty ``properties`` means all, empty ``scenarios`` means all."""

    properties: tuple[str, ...]
    scenarios: tuple[str, ...]
    span: Span = _span()


class Expectation:
    """Says what should come out."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class ExpectDecl(Expectation):
    """``expect holds all in s1, s2 except { p, q in s3; r };`` / ``expect violates p in s1;``

    The exceptions of ``holds`` are expected violated, those of ``violates`` are expected to hold.
    """

    expected: Expected
    entry: ExpectEntry
    exceptions: tuple[ExpectEntry, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ExpectSafeDecl(Expectation):
    """``expect safe X in {1, 3};`` / ``expect safe X, Y in {…} except { p in s; q };``: the oracle of synthesis

    The exceptions are cells that nobody asks for.
    """

    unknowns: tuple[str, ...]
    values: tuple[Expr, ...]
    exceptions: tuple[ExpectEntry, ...] = ()
    span: Span = _span()


class Allowed(Enum):
    UNREACHED = "unreached"
    VACUOUS = "vacuous"


@dataclass(frozen=True, slots=True)
class AllowDecl(Expectation):
    """``allow unreached p::L "reason";`` / ``allow vacuous safe "reason";``: what never happens, and is meant not to

    ``owner``: the process or inline of a label, where it is given.
    """

    allowed: Allowed
    owner: str | None
    name: str
    reason: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class VariantDecl:
    """``variant v [: parents] ["description"] { edits… expects… allows… }``; ``patch`` for one that
    is no row of the matrix.
    """

    name: str
    patch: bool
    parents: tuple[str, ...]
    description: str | None
    edits: tuple[Edit, ...]
    expects: tuple[ExpectDecl | ExpectSafeDecl, ...]
    span: Span = _span()
    allows: tuple[AllowDecl, ...] = ()


Item: TypeAlias = (
    Import
    | ModelName
    | ParamDecl
    | UnknownDecl
    | EnumDecl
    | StructDecl
    | ObjectDecl
    | SharedDecl
    | EventDecl
    | InlineDecl
    | CallbackDecl
    | ProcessDecl
    | PropertyDecl
    | CountDecl
    | OrderDecl
    | OnlyIfDecl
    | ObligationDecl
    | InitDecl
    | ScenarioDecl
    | GroupDecl
    | VariantDecl
    | ExpectDecl
    | ExpectSafeDecl
    | AllowDecl
)


@dataclass(frozen=True, slots=True)
class Comment:
    """``text`` includes its delimiters; ``own_line`` if nothing but white space stands before it on its line."""

    text: str
    own_line: bool
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Spec:
    """One parsed file (before imports are followed) or, after loading, all its items in order.
    ``files``: every file that was read for it, its own first (empty unless loaded)."""

    items: tuple[Item, ...]
    comments: tuple[Comment, ...] = field(default=(), compare=False, repr=False)
    span: Span = _span()
    files: tuple[Source, ...] = field(default=(), compare=False, repr=False)
