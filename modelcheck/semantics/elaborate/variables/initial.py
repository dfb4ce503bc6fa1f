"""The initial state: init code and the first eager local code of every process, executed on constants."""

from __future__ import annotations

from collections.abc import Callable

from modelcheck.ground.records import dataclass
from modelcheck.ir.system import Occurrence, Raise
from modelcheck.ir.terms import Op, Term, TermFactory
from modelcheck.model import typed
from modelcheck.semantics.elaborate.execution.path import Execution, Path, Trail
from modelcheck.semantics.elaborate.execution.symbolic import run, store_locals, zero_of
from modelcheck.semantics.elaborate.graphs.graph import Graph
from modelcheck.semantics.elaborate.properties.monitors import Monitors
from modelcheck.semantics.elaborate.properties.properties import Properties
from modelcheck.semantics.elaborate.variables.layout import ClassLayout, Layout, LocationKey, shifted_layout
from modelcheck.semantics.elaborate.variables.leaves import Tree, leaves_of

#: Makes an execution of a graph: (graph, the process's layout, its leaves, the value of ``self``).
MakeExecution = Callable[[Graph, ClassLayout | None, tuple[Tree, ...], Term], Execution]


#: Where processes are until all have come to their first steps: at no label.
_NOWHERE = -1


@dataclass(frozen=True, slots=True)
class InitialState:
    """``values``: by variable; ``locations``: where each instance stands (not all if there was a
    fault); ``trails``: what code was executed, graph by graph; ``occurrences``: events that it made
    occur."""

    values: dict[int, Term]
    raises: tuple[Raise, ...]
    fault: bool
    locations: dict[int, LocationKey]
    trails: tuple[tuple[Graph, Trail], ...] = ()
    occurrences: tuple[Occurrence, ...] = ()


def run_initial(
    model: typed.Model,
    terms: TermFactory,
    layout: Layout,
    monitors: Monitors,
    properties: Properties,
    init: Graph,
    execution: MakeExecution,
) -> InitialState:
    """Everything folds, so there is one way only."""
    path = Path()
    for id, draft in enumerate(layout.variables):
        path.variables[id] = terms.constant(zero_of(draft.low, draft.high), draft.sort)
    places = [shifted_layout(c, k).location_variable for c in layout.classes for k in range(c.instances)]
    for place in places:
        path.variables[place] = terms.integer(_NOWHERE)
    ex = execution(init, None, layout.local_trees(init), terms.integer(0))
    ex.initial = True
    for variable in model.shared:
        for leaf in leaves_of(layout.shared[variable.id]):
            if leaf.initial is not None:
                ex.write_leaf(path, leaf, ex.values.constant(leaf.initial.value, leaf.type), terms.true)
    begun: dict[int, Term] = {}
    locations: dict[int, LocationKey] = {}
    trails: list[tuple[Graph, Trail]] = []
    ended = _only_way(ex, path, init.entry)
    if ended is not None:
        trails.append((init, ended[1].trail))
    for c in layout.classes:
        for k in range(c.instances):
            if ended is None:
                break
            path = ended[1]
            path.values, path.assigned, path.trail = {}, {}, None
            path.resting = path.goes_round = False
            own = shifted_layout(c, k)
            ex = execution(c.graph, own, c.trees, terms.integer(k))
            ended = _only_way(ex, path, c.graph.entry)
            if ended is not None:
                key, path = ended
                trails.append((c.graph, path.trail))
                locations[c.first_instance + k] = key
                path.variables.update(store_locals(ex, own, path, key.node))
                begun[own.location_variable] = terms.integer(c.locations[key])
    if ended is None:
        fault = ex.faults[0]
        trails.append((ex.graph, fault.trail))
        # Nobody goes on from here, wherever they stand.
        variables = {**fault.variables, **dict.fromkeys(places, terms.integer(0))}
        return InitialState(variables, tuple(fault.raises), True, locations, tuple(trails))
    path = ended[1]
    path.variables.update(begun)
    for monitor in monitors.mays:
        for key_code, bit in monitor.bits:
            now = Path(variables=dict(path.variables))
            path.variables[bit], _ = properties.may_terms(monitor.property, monitor.may, key_code, now)
    assert all(value.op is Op.CONST for value in path.variables.values())
    return InitialState(path.variables, tuple(path.raises), False, locations, tuple(trails), tuple(path.occurrences))


def _only_way(ex: Execution, path: Path, start: int) -> tuple[LocationKey, Path] | None:
    """The one way from a node to the next step; None if it faults."""
    ways = list(run(ex, path, start))
    assert len(ways) + len(ex.faults) == 1, (len(ways), len(ex.faults))
    return ways[0] if ways else None
