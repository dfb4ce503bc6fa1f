"""The control-flow graph of a process class (or of the init block), all calls expanded.

Expressions in it are typed expressions over *graph locals*: ``LocalRead.local`` and
``LocalRoot.local`` index ``Graph.locals``. A negative index ``~i`` reads local i as an operand: it
was evaluated (and checked for being assigned) before, so nothing is checked again. ``&`` parameters
are gone. ``CallExpr`` is left only where a call of a single ``return`` is evaluated as part of a
pure expression; its name is a key of ``Graph.pure_calls``.
"""

from __future__ import annotations

from typing import TypeAlias

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.ir.system import Frame
from modelcheck.model import typed


@dataclass(frozen=True, slots=True)
class GraphLocal:
    """A local, parameter or temporary of one expansion.

    ``bound``: a quantifier's variable or the like, only alive inside one node.
    """

    index: int
    name: str
    type: typed.Type
    owner: str
    temporary: bool
    bound: bool


@dataclass(frozen=True, slots=True)
class Site:
    """Where a node stands: the label occurrences around it, the calls, the loops at whose head something is the case
    (it rests, it goes round), whether
    inside an atomic block.
    """

    labels: tuple[int, ...]
    frames: tuple[Frame, ...]
    loops: frozenset[int]
    atomic: bool


@dataclass(frozen=True, slots=True)
class LabelOccurrence:
    """One expansion of a labelled statement.

    ``inline``: the inline whose body it is in (None: the process). ``entry``: the node before it.
    """

    id: int
    label: str
    inline: str | None
    frames: tuple[Frame, ...]
    entry: int
    atomic: bool


# ------------------------------------------------------------------------------------- operations


@dataclass(frozen=True, slots=True)
class Nothing:
    """A join, a label, a jump."""


@dataclass(frozen=True, slots=True)
class Rest:
    """The head of a loop where the process rests (``quiescent``), or goes round (``endless``)."""

    goes_round: bool


@dataclass(frozen=True, slots=True)
class End:
    """The process is done."""


@dataclass(frozen=True, slots=True)
class Branch:
    """Two successors: condition true, false."""

    condition: typed.Expr


@dataclass(frozen=True, slots=True)
class Compute:
    """Evaluate; keep the value in a local if there is one (checked against its range if it is the user's)."""

    target: int | None
    value: typed.Expr


@dataclass(frozen=True, slots=True)
class Store:
    """Assign to a place.

    ``initial``: it is the declared initial value of a shared variable (of an array: of every
    element).
    """

    target: typed.Place
    value: typed.Expr
    tag: typed.AccessTag = typed.AccessTag.PLAIN
    initial: bool = False


@dataclass(frozen=True, slots=True)
class Allocate:
    """``new``: a choice of the slot."""

    target: int
    new: typed.New


@dataclass(frozen=True, slots=True)
class Enter:
    """Entering a block: its locals become unassigned."""

    locals: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Guard:
    """Go on only if the condition holds."""

    condition: typed.Expr


@dataclass(frozen=True, slots=True)
class Blocked:
    """A guard was false: there is no such transition."""


@dataclass(frozen=True, slots=True)
class Fork:
    """One successor for each branch; its number is a choice if ``chosen``."""

    chosen: bool


@dataclass(frozen=True, slots=True)
class PickValue:
    """``pick``: a choice of the value."""

    target: int
    domain: typed.Domain
    where: typed.Expr | None


@dataclass(frozen=True, slots=True)
class EmitEvent:
    """``emit``, or the event of a call or a return."""

    event: int
    arguments: tuple[typed.Expr, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """``assert`` and friends. ``kind``: the obligation that it is, ``name`` its subject."""

    name: str
    condition: typed.Expr
    kind: str


@dataclass(frozen=True, slots=True)
class Require:
    """The ``requires`` of a callback at its call (a ghost expression), and the check that it may sleep here."""

    callback: str
    condition: typed.Expr | None
    sleeps: bool


@dataclass(frozen=True, slots=True)
class FreeObject:
    reference: typed.Expr
    object: str
    null_ok: bool


@dataclass(frozen=True, slots=True)
class TouchObject:
    reference: typed.Expr
    object: str


Operation: TypeAlias = (
    Nothing
    | Rest
    | End
    | Branch
    | Compute
    | Store
    | Allocate
    | Enter
    | Guard
    | Blocked
    | Fork
    | PickValue
    | EmitEvent
    | Check
    | Require
    | FreeObject
    | TouchObject
)


@dataclass(frozen=True, slots=True)
class Node:
    """``step``: the process stops before it; what follows up to the next such node belongs to its step.

    ``waits``: part of a guard that decides whether the step is enabled at all (that of an
    ``atomic`` includes its first statement).
    """

    id: int
    operation: Operation
    next: tuple[int, ...]
    step: bool
    site: Site
    span: Span
    waits: bool = False


@dataclass(frozen=True, slots=True)
class PureCall:
    """A call of a single ``return`` of the inline ``owner`` inside a pure expression: evaluate the
    arguments, bind the parameters, evaluate the body.

    The reference and the indices of a ``&`` argument have parameters of their own.
    """

    owner: str
    parameters: tuple[int, ...]
    body: typed.Expr


@dataclass(frozen=True, slots=True)
class Waiting:
    """An operand that is evaluated keeps its value in ``local`` while the nodes ``first..end-1``
    evaluate the operands after it.
    """

    local: int
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Graph:
    """``entry`` is reached in the initial state; only nodes reachable from it are in ``order`` (a
    depth-first preorder).
    """

    nodes: tuple[Node, ...]
    entry: int
    end: int
    locals: tuple[GraphLocal, ...]
    labels: tuple[LabelOccurrence, ...]
    pure_calls: dict[str, PureCall]
    order: tuple[int, ...]
    waiting: tuple[Waiting, ...] = ()


def first_steps(graph: Graph, start: int) -> frozenset[int]:
    """The step nodes (not the end) that local computation from ``start`` can reach without a step, over all paths."""
    seen: set[int] = set()
    found: set[int] = set()
    stack = [start]
    while stack:
        current = stack.pop()
        if current in seen:
            continue
        seen.add(current)
        node = graph.nodes[current]
        if node.step:
            if not isinstance(node.operation, End):
                found.add(current)
        else:
            stack.extend(node.next)
    return frozenset(found)
