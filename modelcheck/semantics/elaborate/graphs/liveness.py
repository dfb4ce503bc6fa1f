"""Which locals are live before each node, and which may be unassigned where they are read.

Classical dataflow (Kildall 1973) on bit masks. It runs on the graph as lowered, each condition
taken both ways unless an operand that is constant leaves one: what is live is part of the meaning
of a state (docs/semantics.md, section 2), so no optimisation may come before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from modelcheck.ground.records import dataclass
from modelcheck.model import typed
from modelcheck.semantics.elaborate.graphs.graph import (
    Allocate,
    Blocked,
    Branch,
    Check,
    Compute,
    EmitEvent,
    End,
    Enter,
    Fork,
    FreeObject,
    Graph,
    Guard,
    Node,
    Nothing,
    PickValue,
    Require,
    Rest,
    Store,
    TouchObject,
)
from modelcheck.semantics.elaborate.outcomes import outcomes


@dataclass(frozen=True, slots=True)
class Liveness:
    """``live[n]``: mask of the locals whose value matters before node n; ``assigned_matters[n]``: of
    those of which it matters whether they have been assigned. ``may_be_unassigned``: locals that
    some reachable read may find unassigned."""

    live: tuple[int, ...]
    assigned_matters: tuple[int, ...]
    may_be_unassigned: int


@dataclass(slots=True)
class _Uses:
    read: int = 0  # value is read
    checked: int = 0  # and found unassigned if it is
    written: int = 0  # assigned as a whole
    forgotten: int = 0  # becomes unassigned


def analyse(graph: Graph, provided: typed.Expr | None) -> Liveness:
    """Liveness and definite assignment of a graph; ``provided`` is read before every step."""
    uses = [_uses_of(graph, node, provided) for node in graph.nodes]
    for waiting in graph.waiting:
        # Also where control never comes back to the operator that wants it.
        for use in uses[waiting.first : waiting.end]:
            use.read |= 1 << waiting.local
    live, matters = _live(graph, uses)
    return Liveness(live, matters, _may_be_unassigned(graph, uses))


def _live(graph: Graph, uses: list[_Uses]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    count = len(graph.nodes)
    live, matters = [0] * count, [0] * count
    predecessors: list[list[int]] = [[] for _ in range(count)]
    for n in graph.order:
        for successor in graph.nodes[n].next:
            predecessors[successor].append(n)
    pending = list(graph.order)
    waiting = set(pending)
    while pending:
        n = pending.pop()
        waiting.discard(n)
        out = out_matters = 0
        for successor in graph.nodes[n].next:
            out |= live[successor]
            out_matters |= matters[successor]
        use = uses[n]
        killed = ~(use.written | use.forgotten)
        new = use.read | (out & killed)
        new_matters = use.checked | (out_matters & killed)
        if new != live[n] or new_matters != matters[n]:
            live[n], matters[n] = new, new_matters
            for p in predecessors[n]:
                if p not in waiting:
                    waiting.add(p)
                    pending.append(p)
    return tuple(live), tuple(matters)


def _may_be_unassigned(graph: Graph, uses: list[_Uses]) -> int:
    everything = (1 << len(graph.locals)) - 1
    before: dict[int, int] = {graph.entry: 0}
    pending = [graph.entry]
    while pending:
        n = pending.pop()
        use = uses[n]
        after = (before[n] & ~use.forgotten) | use.written
        for successor in graph.nodes[n].next:
            joined = before.get(successor, everything) & after
            if before.get(successor) != joined:
                before[successor] = joined
                pending.append(successor)
    found = 0
    for n in graph.order:
        found |= uses[n].checked & ~before[n]
    return found


def _uses_of(graph: Graph, node: Node, provided: typed.Expr | None) -> _Uses:
    use = _Uses()
    operation = node.operation
    for e in expressions_of(operation):
        _read(graph, e, use)
    if node.step and provided is not None and not isinstance(operation, End):
        _read(graph, provided, use)
    match operation:
        case Compute(target, _):
            if target is not None:
                use.written |= 1 << target
        case Allocate(target, _):
            use.written |= 1 << target
        case PickValue(target):
            # ``where`` speaks about the candidate, not about what the local held before.
            use.read &= ~(1 << target)
            use.checked &= ~(1 << target)
            use.written |= 1 << target
        case Enter(locals):
            for local in locals:
                use.forgotten |= 1 << local
        case Store(target):
            _read_place(graph, target, use, access=False)
            if isinstance(target.root, typed.LocalRoot) and not target.selectors:
                use.written |= 1 << target.root.local
        case _:
            pass
    return use


def expressions_of(operation: object) -> Iterator[typed.Expr]:
    """The expressions that an operation evaluates (the target of a store apart)."""
    match operation:
        case Nothing() | Rest() | End() | Enter() | Blocked() | Fork():
            return
        case Branch(condition) | Guard(condition) | Check(_, condition, _):
            yield condition
        case Compute(_, value) | Store(_, value):
            yield value
        case Allocate(_, new):
            for _, value in new.inits:
                yield value
        case PickValue(_, domain, where):
            if isinstance(domain, typed.SetDomain):
                yield domain.set
            if where is not None:
                yield where
        case EmitEvent(_, arguments):
            yield from arguments
        case Require(_, condition):
            if condition is not None:
                yield condition
        case FreeObject(reference) | TouchObject(reference):
            yield reference
        case _:
            raise AssertionError(operation)


def _read(graph: Graph, e: typed.Expr, use: _Uses) -> None:
    match e:
        case typed.LocalRead(local):
            if local < 0:
                use.read |= 1 << ~local
            elif not graph.locals[local].bound:
                # An operation that assigns the local it reads has read it first.
                use.read |= 1 << local
                use.checked |= 1 << local
        case typed.Constant() | typed.SelfRead() | typed.CountProcesses() | typed.CountAllocated():
            pass
        case typed.Load(place):
            _read_place(graph, place, use, access=True)
        case (
            typed.Unary(_, operand)
            | typed.OptSome(operand)
            | typed.OptGet(operand)
            | typed.SetSize(operand)
            | typed.Cast(operand)
            | typed.Primed(operand)
            | typed.NextAllocated(_, operand)
        ):
            _read(graph, operand, use)
        case typed.Binary(_, left, right):
            _read(graph, left, use)
            _read(graph, right, use)
        case typed.Logical(operator, left, right):
            _read(graph, left, use)
            if (operator != "||") in outcomes(left):
                _read(graph, right, use)
        case typed.Conditional(condition, then, otherwise):
            _read(graph, condition, use)
            for chosen in outcomes(condition):
                _read(graph, then if chosen else otherwise, use)
        case typed.CallExpr(inline, arguments):
            for argument in arguments:
                assert not isinstance(argument, typed.Place)
                _read(graph, argument, use)
            _read(graph, graph.pure_calls[inline].body, use)
        case typed.AtomicOp(_, place, arguments):
            _read_place(graph, place, use, access=True)
            for argument in arguments:
                assert not isinstance(argument, typed.Place)
                _read(graph, argument, use)
        case typed.LockOp(_, place) | typed.Ask(_, place):
            _read_place(graph, place, use, access=False)
        case typed.CondLoad(place, _, condition):
            _read_place(graph, place, use, access=True)
            _read(graph, condition, use)
        case typed.New(_, inits):
            for _, value in inits:
                _read(graph, value, use)
        case typed.SetLiteral(elements):
            for element in elements:
                _read(graph, element, use)
        case typed.Quantifier(_, _, domain, body):
            if isinstance(domain, typed.SetDomain):
                _read(graph, domain.set, use)
            _read(graph, body, use)
        case typed.AtLabel() | typed.AfterLabel() | typed.CountAt() | typed.Done():
            pass
        case _:
            assert_never(e)


def _read_place(graph: Graph, place: typed.Place, use: _Uses, access: bool) -> None:
    match place.root:
        case typed.LocalRoot(local):
            if access:
                use.read |= 1 << local
                use.checked |= 1 << local
        case typed.FieldRoot(reference):
            _read(graph, reference, use)
        case typed.SharedRoot() | typed.RefParamRoot():
            pass
        case _:
            assert_never(place.root)
    for selector in place.selectors:
        if isinstance(selector, typed.IndexSelector):
            _read(graph, selector.index, use)


def members(mask: int) -> Iterator[int]:
    """The indices in a mask, ascending."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
