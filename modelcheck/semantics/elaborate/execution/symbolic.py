"""Symbolic execution of one step: the step's operation, then the eager local code, forking on branches and choices.

One path is one step of the system: its guard excludes those of all other paths with the same choices (King 1976).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from modelcheck.ground.diagnostics import Diagnostic, Severity, SpecError
from modelcheck.ground.records import dataclass
from modelcheck.ir.system import AccessKind
from modelcheck.ir.terms import BOOL, Op, Term
from modelcheck.model import typed
from modelcheck.model.obligations import FAULTS
from modelcheck.model.waiting import SCHEDULE
from modelcheck.semantics.elaborate.execution.access import (
    access,
    access_trees,
    check_range,
    note_access,
    place_values,
    write,
)
from modelcheck.semantics.elaborate.execution.evaluate import domain_choices, evaluate, evaluate_term
from modelcheck.semantics.elaborate.execution.path import Dead, Execution, Path
from modelcheck.semantics.elaborate.execution.values import flatten, flatten_shape
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
    Guard,
    Node,
    Nothing,
    PickValue,
    Require,
    Rest,
    Store,
    TouchObject,
)
from modelcheck.semantics.elaborate.graphs.liveness import members
from modelcheck.semantics.elaborate.operations.atomics import set_atomic
from modelcheck.semantics.elaborate.operations.locks import not_running, sleeping_not_allowed
from modelcheck.semantics.elaborate.operations.objects import allocate, free, touch
from modelcheck.semantics.elaborate.variables.layout import ClassLayout, LocationKey
from modelcheck.semantics.elaborate.variables.leaves import Leaf, leaves_of

#: More ways than this through one step are refused.
MAX_PATHS = 20_000


@dataclass(frozen=True, slots=True)
class PathResult:
    """One way through a step.

    ``target`` None: it faults. ``left``: label occurrences of the operation that control left.
    """

    source: LocationKey
    target: LocationKey | None
    path: Path
    left: frozenset[int]


def run_step(ex: Execution, layout: ClassLayout, source: LocationKey) -> list[PathResult]:
    """All ways through the step at a location, in the order of the program."""
    node = ex.graph.nodes[source.node]
    path = Path()
    load_locals(ex, layout, path, source.node)
    path.known[layout.location_variable] = ex.terms.integer(layout.locations[source])
    path.remaining = frozenset(node.site.labels)
    ex.faults.clear()
    results: list[PathResult] = []
    try:
        if layout.provided is not None:
            ex.owner = layout.process.name
            ex.assume(path, evaluate_term(ex, path, layout.provided, ex.terms.true))
        for target, ended in run(ex, path, source.node):
            left = frozenset(
                label for label in frozenset(node.site.labels) - ended.remaining if not ex.graph.labels[label].atomic
            )
            results.append(PathResult(source, target, ended, left))
    except Dead:
        pass
    results.extend(PathResult(source, None, fault, frozenset()) for fault in ex.faults)
    return results


def run(ex: Execution, path: Path, start: int) -> Iterator[tuple[LocationKey, Path]]:
    """Execute from a node to the next step (or the end), on all ways; the start node is executed
    even if it is a step.
    """
    stack: list[tuple[Path, int]] = [(path, start)]
    first = True
    produced = 0
    while stack:
        current, id = stack.pop()
        node = ex.graph.nodes[id]
        if not first and node.step:
            produced += 1
            if produced > MAX_PATHS:
                message = f"this step has more than {MAX_PATHS} ways to go"
                raise SpecError((Diagnostic("MC550", Severity.ERROR, message, ex.graph.nodes[start].span),))
            yield LocationKey(id, current.resting, current.goes_round), current
            continue
        first = False
        ex.owner = node.site.frames[-1].inline if node.site.frames else _process_name(ex)
        successors: list[tuple[Path, int]] = []
        trail = (current.trail, id)
        faults = len(ex.faults)
        try:
            for after, index in execute_node(ex, current, node):
                successor = ex.graph.nodes[node.next[index]]
                after.remaining = after.remaining.intersection(successor.site.labels)
                if node.site.loops - successor.site.loops:
                    after.resting = after.goes_round = False
                after.trail = trail
                successors.append((after, successor.id))
        except Dead:
            pass
        for fault in ex.faults[faults:]:
            fault.trail = trail
        stack.extend(reversed(successors))


def _process_name(ex: Execution) -> str:
    return "init" if ex.trees_class is None else ex.trees_class.process.name


def execute_node(ex: Execution, path: Path, node: Node) -> Iterator[tuple[Path, int]]:
    """Execute one node; yield each way on with the index of the successor."""
    terms = ex.terms
    match node.operation:
        case Nothing():
            yield path, 0
        case Rest(goes_round):
            path.resting, path.goes_round = not goes_round, goes_round
            yield path, 0
        case End():
            raise AssertionError("the end is no step")
        case Branch(condition):
            test = ex.simplify(path, evaluate_term(ex, path, condition, terms.true))
            if not test.is_true:
                other = path.clone() if not test.is_false else path
                for way, assumed, index in ((path, test, 0), (other, terms.not_(test), 1)):
                    try:
                        ex.assume(way, assumed)
                    except Dead:
                        continue
                    yield way, index
            else:
                yield path, 0
        case Compute(target, value):
            computed = evaluate(ex, path, value, terms.true)
            if target is not None:
                leaf = ex.trees[target]
                assert isinstance(leaf, Leaf)
                if not ex.graph.locals[target].temporary:
                    check_range(ex, path, computed, leaf.type, value.type, leaf.subject, terms.true, node.span)
                ex.write_leaf(path, leaf, computed, terms.true)
            yield path, 0
        case Store():
            _store(ex, path, node.operation, node)
            yield path, 0
        case Allocate():
            for taken in allocate(ex, path, node.operation, node.span):
                yield taken, 0
        case Enter(locals):
            for local in locals:
                for leaf in leaves_of(ex.trees[local]):
                    initial = None
                    if leaf.initial is not None:
                        initial = ex.values.constant(leaf.initial.value, leaf.type)
                    ex.forget_leaf(path, leaf, terms.true, initial)
            yield path, 0
        case Guard(condition):
            ex.assume(path, evaluate_term(ex, path, condition, terms.true))
            yield path, 0
        case Blocked():
            return
        case Fork(chosen):
            for i in range(len(node.next)):
                way = path.clone()
                if chosen:
                    way.choices = (*path.choices, i)
                yield way, i
        case PickValue():
            yield from ((way, 0) for way in _pick(ex, path, node.operation))
        case EmitEvent(event, arguments):
            values = tuple(evaluate(ex, path, a, terms.true) for a in arguments)
            ex.occur(ex, path, event, values, terms.true, node.span)
            yield path, 0
        case Check(name, condition, kind):
            holds = evaluate_term(ex, path, condition, terms.true)
            ex.judged(ex, path, kind, name, condition)
            if kind in FAULTS:
                ex.fault(path, terms.not_(holds), kind, name, node.span)
            else:
                ex.observe(path, terms.not_(holds), kind, name, node.span)
            yield path, 0
        case Require():
            _require(ex, path, node.operation, node)
            yield path, 0
        case FreeObject():
            free(ex, path, node.operation, node.span)
            yield path, 0
        case TouchObject():
            touch(ex, path, node.operation, node.span)
            yield path, 0
        case _:
            assert_never(node.operation)


def _store(ex: Execution, path: Path, operation: Store, node: Node) -> None:
    terms = ex.terms
    target = operation.target
    operands = place_values(ex, path, target, terms.true, evaluate)
    value = evaluate(ex, path, operation.value, terms.true)
    if operation.initial:
        for _, tree in access_trees(ex, path, target, operands, True, terms.true):
            for leaf in leaves_of(tree):
                write(ex, path, [(terms.true, leaf)], value, operation.value.type, terms.true, node.span)
        return
    leaves = access(ex, path, target, operands, True, terms.true)
    if target.shared:
        note_access(path, leaves, AccessKind.STORE, operation.tag)
    if not leaves:
        raise Dead  # no reference gets here
    type = leaves[0][1].type
    if isinstance(type, typed.AtomicType):
        set_atomic(ex, path, leaves, type, value, node.span)
    else:
        write(ex, path, leaves, value, operation.value.type, terms.true, node.span)


def _pick(ex: Execution, path: Path, operation: PickValue) -> Iterator[Path]:
    terms = ex.terms
    leaf = ex.trees[operation.target]
    assert isinstance(leaf, Leaf)
    for present, value, number in list(domain_choices(ex, path, operation.domain, terms.true)):
        way = path.clone()
        way.choices = (*path.choices, number)
        try:
            ex.assume(way, present)
            ex.write_leaf(way, leaf, value, terms.true)
            if operation.where is not None:
                ex.assume(way, evaluate_term(ex, way, operation.where, terms.true))
        except Dead:
            continue
        yield way


def _require(ex: Execution, path: Path, operation: Require, node: Node) -> None:
    terms = ex.terms
    name = operation.callback
    if operation.condition is not None:
        ex.quiet = True
        holds = evaluate_term(ex, path, operation.condition, terms.true)
        ex.quiet = False
        ex.judged(ex, path, "requires", name, operation.condition)
        ex.observe(path, terms.not_(holds), "requires", name, node.span)
    if operation.sleeps:
        ex.observe(path, sleeping_not_allowed(ex, path, evaluate), "sleep_in_atomic", name, node.span)
        if name != SCHEDULE:
            not_running(ex, path, terms.true, node.span, evaluate, wakes=False)


# ------------------------------------------------------------------------------------- boundaries


def load_locals(ex: Execution, layout: ClassLayout, path: Path, node: int) -> None:
    """At a location the live locals are in their state variables; the dead ones have no value."""
    liveness = layout.liveness
    used = {layout.colour_of[local] for local in members(liveness.live[node])}
    for i, colour in enumerate(layout.colours):
        if i not in used:
            # No update has to say again that it is zero.
            for id in (x for shape in colour.shapes for x in flatten_shape(shape)):
                path.known[id] = _zero(ex, id)
            for bit in colour.assigned:
                if bit is not None:
                    path.known[bit] = ex.terms.false
    for local in members(liveness.live[node]):
        colour = layout.colours[layout.colour_of[local]]
        leaves = list(leaves_of(layout.trees[local]))
        for leaf, shape, assigned in zip(leaves, colour.shapes, colour.assigned, strict=True):
            path.values[leaf.id] = ex.read_shape(path, shape)
            path.assigned[leaf.id] = ex.terms.true if assigned is None else ex.variable(path, assigned)


def store_locals(ex: Execution, layout: ClassLayout, path: Path, node: int) -> dict[int, Term]:
    """The values of all state variables for locals at the next location; those of dead locals are zero."""
    terms, liveness = ex.terms, layout.liveness
    result: dict[int, Term] = {}
    for colour in layout.colours:
        for shape, assigned in zip(colour.shapes, colour.assigned, strict=True):
            for id in flatten_shape(shape):
                result[id] = _zero(ex, id)
            if assigned is not None:
                result[assigned] = terms.false
    live, matters = liveness.live[node], liveness.assigned_matters[node]
    for local in members(live):
        colour = layout.colours[layout.colour_of[local]]
        for leaf, shape, assigned in zip(leaves_of(layout.trees[local]), colour.shapes, colour.assigned, strict=True):
            ids = flatten_shape(shape)
            result.update(zip(ids, flatten(ex.read_leaf(path, leaf)), strict=True))
            if assigned is not None and matters >> local & 1:
                result[assigned] = ex.is_assigned(path, leaf)
    return result


def _zero(ex: Execution, id: int) -> Term:
    draft = ex.layout.variables[id]
    return ex.terms.constant(zero_of(draft.low, draft.high), draft.sort)


def zero_of(low: int | None, high: int | None) -> int:
    """The value of a dead variable: 0, or the low end where 0 is out of bounds."""
    if (low is None or low <= 0) and (high is None or high >= 0):
        return 0
    return low if low is not None else 0


def tidy(ex: Execution, path: Path, term: Term) -> Term:
    """An update under what the path's guard says: no tests that are decided."""
    if term.op is Op.ITE:
        condition = ex.simplify(path, term.args[0])
        if condition.is_true:
            return tidy(ex, path, term.args[1])
        if condition.is_false:
            return tidy(ex, path, term.args[2])
        return ex.terms.ite(condition, tidy(ex, path, term.args[1]), tidy(ex, path, term.args[2]))
    if term.sort == BOOL:
        return ex.simplify(path, term)
    return term
