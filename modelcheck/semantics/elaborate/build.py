"""From a typed model to a transition system: lower, lay out, execute, judge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from modelcheck.ground.diagnostics import Diagnostic, Severity, SpecError
from modelcheck.ir.system import ProcessInstance, Step, System, SystemEvent
from modelcheck.ir.terms import INT, Op, Term, TermFactory, variables_of
from modelcheck.model import typed
from modelcheck.model.trees import captured_locals
from modelcheck.semantics.elaborate.execution.passages import Passages
from modelcheck.semantics.elaborate.execution.path import SELF_VARIABLE, Execution, Path
from modelcheck.semantics.elaborate.execution.symbolic import run_step, store_locals, tidy, zero_of
from modelcheck.semantics.elaborate.execution.values import Values
from modelcheck.semantics.elaborate.graphs.graph import Graph
from modelcheck.semantics.elaborate.graphs.liveness import analyse
from modelcheck.semantics.elaborate.graphs.lower import Lowering
from modelcheck.semantics.elaborate.operations.waiting import (
    RestingGuards,
    Waiting,
    freed_by,
    freed_objects,
    guard_at,
    waiting_states,
)
from modelcheck.semantics.elaborate.properties.monitors import Monitors
from modelcheck.semantics.elaborate.properties.properties import Properties
from modelcheck.semantics.elaborate.properties.sought import sought, sought_within, without_notes
from modelcheck.semantics.elaborate.variables.bounds import Interval, TermBounds
from modelcheck.semantics.elaborate.variables.describe import process_locations
from modelcheck.semantics.elaborate.variables.initial import InitialState, run_initial
from modelcheck.semantics.elaborate.variables.instances import MayCondition, StepMaker, Substitution, Way
from modelcheck.semantics.elaborate.variables.layout import (
    ClassLayout,
    Layout,
    LocationKey,
    instance_name,
    shifted_layout,
)
from modelcheck.semantics.elaborate.variables.leaves import Tree, leaves_of
from modelcheck.semantics.elaborate.variables.symmetry import symmetric_pools, symmetric_processes

#: More steps than this are refused.
MAX_STEPS = 200_000


def build_system(model: typed.Model) -> System:
    """See ``modelcheck.semantics.elaborate.elaborate``."""
    return _Builder(model).system()


class _Builder:
    def __init__(self, model: typed.Model) -> None:
        self.model = model
        self.terms = TermFactory()
        self.values = Values(self.terms)
        self.layout = Layout(model)
        self.monitors = Monitors(self.terms, self.layout)
        self.properties = Properties(model, self.terms, self.layout, self.monitors)
        self.bounds = TermBounds({})
        self.constant_bits: frozenset[int] = frozenset()
        self.guards: tuple[Waiting, ...] = ()
        self.resting = RestingGuards(self.terms, self.layout, ())
        self.passages = Passages()

    def system(self) -> System:
        model, layout = self.model, self.layout
        for process in model.processes:
            if process.count is None:
                message = f"{process.name}[*] has no fixed number of instances: only `prove` can treat it"
                raise SpecError((Diagnostic("MC553", Severity.ERROR, message, process.span),))
        captured = captured_locals(model)
        inlines = {i.name: i for i in model.inlines}
        init_graph = Lowering(inlines, captured, False).init(
            model.init, [v for v in model.shared if v.initial is not None]
        )
        lowered = [(p, *Lowering(inlines, captured, p.server).process(p)) for p in model.processes if p.count != 0]
        layout.lay_out_shared([init_graph, *(graph for _, graph, _ in lowered)])
        self.properties.prepare()
        for process, graph, provided in lowered:
            layout.add_class(process, graph, analyse(graph, provided), provided)
        limits: dict[int, Interval] = {id: (d.low, d.high) for id, d in enumerate(layout.variables) if d.sort == INT}
        self.bounds = TermBounds(limits)
        initial = run_initial(model, self.terms, layout, self.monitors, self.properties, init_graph, self._execution)
        if initial.fault:
            return self._finish(initial, [], {})
        self.constant_bits = frozenset(
            leaf.assigned
            for variable in model.shared
            for leaf in leaves_of(layout.shared[variable.id])
            if leaf.assigned is not None and initial.values[leaf.assigned].is_true
        )
        freed = freed_objects([init_graph, *(graph for _, graph, _ in lowered)], layout)
        self.guards = tuple(self._waiting_guards(freed))
        self.resting = RestingGuards(self.terms, layout, self.guards)
        raised = tuple(self.resting.at_start(initial.values, self.properties.claimed))
        initial = replace(initial, raises=(*initial.raises, *raised))
        steps: list[Step] = []
        lefts: dict[int, tuple[frozenset[int], int]] = {}
        maker = StepMaker(self.terms, self.values, layout, self._may_conditions())
        numbers = count()
        for index, c in enumerate(layout.classes):
            for step, left in self._class_steps(c, initial, maker, numbers):
                lefts[step.id] = (left, index)
                steps.append(step)
                if len(steps) > MAX_STEPS:
                    message = f"the model is too large: more than {MAX_STEPS} steps"
                    raise SpecError((Diagnostic("MC550", Severity.ERROR, message, model.init.span),))
        return self._finish(initial, steps, lefts)

    # executions

    def _execution(
        self, graph: Graph, layout: ClassLayout | None, trees: tuple[Tree, ...], self_term: Term
    ) -> Execution:
        return Execution(
            self.terms,
            self.values,
            self.layout,
            self.bounds,
            self.properties.claimed,
            self.monitors.occur,
            self.monitors.reallocated,
            self.properties.positions.label,
            graph,
            layout,
            trees,
            self_term,
            always_assigned=self.constant_bits,
            judged=self.properties.judged,
        )

    # guards

    def _waiting_guards(self, freed: frozenset[str]) -> Iterator[Waiting]:
        """The guards that can read what they must not, of all instances."""
        for c in self.layout.classes:
            sources = [key for key in c.locations if c.graph.nodes[key.node].waits]
            for k in range(c.instances if sources else 0):
                own = shifted_layout(c, k)
                ex = self._execution(c.graph, own, c.trees, self.terms.integer(k))
                for source in sources:
                    found = guard_at(ex, own, source, freed, c.first_instance + k)
                    if found is not None:
                        yield found

    # steps

    def _class_steps(
        self, c: ClassLayout, initial: InitialState, maker: StepMaker, numbers: Iterator[int]
    ) -> Iterator[tuple[Step, frozenset[int]]]:
        """The steps of all instances of a class, each with the labels of its operation that it leaves."""
        starts = [initial.locations[c.first_instance + k] for k in range(c.instances)]
        if c.instances > 1 and not self.properties.looks_at_processes:
            # Executed once for all instances; ``self`` is a variable until then.
            self_term = self.terms.variable(SELF_VARIABLE, INT)
            ways = self._explore(self._execution(c.graph, c, c.trees, self_term), c, set(starts))
            for k in range(c.instances):
                values = {SELF_VARIABLE: self.terms.integer(k)}
                end = c.first_variable + c.stride
                substitution = Substitution(self.terms, values, c.first_variable, end, k * c.stride)
                yield from self._instances(c, k, ways, substitution, maker, numbers)
            return
        for k in range(c.instances):
            own = shifted_layout(c, k)
            ex = self._execution(c.graph, own, c.trees, self.terms.integer(k))
            ways = self._explore(ex, own, {starts[k]})
            yield from self._instances(c, k, ways, Substitution(self.terms, {}, 0, 0, 0), maker, numbers)

    def _instances(
        self,
        c: ClassLayout,
        k: int,
        ways: list[Way],
        substitution: Substitution,
        maker: StepMaker,
        numbers: Iterator[int],
    ) -> Iterator[tuple[Step, frozenset[int]]]:
        for way in ways:
            step = maker.make(0, c, k, way, substitution)
            if step is not None:
                if self.resting.guards:
                    freed = freed_by(self.terms, way.result.path, substitution)
                    step = self.resting.judge(step, freed, self.properties.claimed)
                yield replace(step, id=next(numbers)), way.result.left

    def _explore(self, ex: Execution, c: ClassLayout, starts: set[LocationKey]) -> list[Way]:
        """Execute every location that control can reach, in the order of their numbers."""
        found: dict[LocationKey, list[Way]] = {}
        pending = list(starts)
        location = self.terms.variable(c.location_variable, INT)
        while pending:
            key = pending.pop()
            if key in found or key.node == c.graph.end:
                continue
            here = self.terms.eq(location, self.terms.integer(c.locations[key]))
            found[key] = []
            for result in run_step(ex, c, key):
                updates: tuple[tuple[int, Term], ...] = ()
                if result.target is not None:
                    pending.append(result.target)
                    updates = tuple(self._updates(ex, c, result.path, result.target))
                passed = self.passages.of(c.graph, result.path.trail)
                found[key].append(Way(result, (here, *result.path.guard), updates, passed))
        return [way for key in sorted(found, key=lambda k: c.locations[k]) for way in found[key]]

    def _updates(self, ex: Execution, c: ClassLayout, path: Path, target: LocationKey) -> Iterator[tuple[int, Term]]:
        """What a path changes, for all variables that are not another process's."""
        written = dict(path.variables)
        written.update(store_locals(ex, c, path, target.node))
        written[c.location_variable] = self.terms.integer(c.locations[target])
        for id, value in written.items():
            value = tidy(ex, path, value)
            if value is not self.terms.variable(id, self.layout.variables[id].sort) and value is not path.known.get(id):
                yield id, value

    def _may_conditions(self) -> tuple[MayCondition, ...]:
        found: list[MayCondition] = []
        for monitor in self.monitors.mays:
            for key, bit in monitor.bits:
                condition, _ = self.properties.may_terms(monitor.property, monitor.may, key, Path())
                found.append(MayCondition(bit, condition, variables_of((condition,))))
        return tuple(found)

    # the rest

    def _finish(self, initial: InitialState, steps: list[Step], lefts: dict[int, tuple[frozenset[int], int]]) -> System:
        terms, layout, model = self.terms, self.layout, self.model
        noted = tuple(sought_within(self.properties, steps, initial))
        if self.properties.notes.noted:
            initial = replace(initial, raises=without_notes(initial.raises))
            steps = [replace(step, raises=without_notes(step.raises)) for step in steps]
        judgements = self.properties.step_judgements()
        if judgements:
            judged: list[Step] = []
            for step in steps:
                if step.fault:
                    judged.append(step)
                    continue
                left, index = lefts[step.id]
                extra = [self.properties.judge_step(j, step, left, index) for j in judgements]
                found = tuple(r for r in extra if r is not None)
                judged.append(replace(step, raises=(*step.raises, *found)) if found else step)
            steps = judged
        enabled = self._enabled(steps)
        processes = self._processes(enabled)
        self.properties.waiting = tuple(waiting_states(terms, self.guards, enabled))
        drained = terms.and_(*(p.finished for p in processes))
        properties = tuple(self.properties.system_property(p, drained) for p in model.properties)
        true = {id for id, value in initial.values.items() if value.is_true}
        changed = true.union(id for step in steps for id, _ in step.updates)
        impossible = self.properties.impossible(drained, changed, steps, initial.raises)
        if impossible is not None:
            properties = (*properties, impossible)
        passed_initially = tuple(
            {place: None for graph, trail in initial.trails for place in self.passages.of(graph, trail)}
        )
        variables = []
        for id, draft in enumerate(layout.variables):
            value = initial.values.get(id, terms.constant(zero_of(draft.low, draft.high), draft.sort))
            assert value.op is Op.CONST, (draft.name, value)
            assert value.payload is not None
            variables.append(draft.finish(id, value.payload))
        return System(
            model.name,
            model.variant,
            model.scenario,
            terms,
            tuple(variables),
            processes,
            tuple(steps),
            properties,
            tuple(SystemEvent(e.id, e.name, tuple(p.type for p in e.parameters)) for e in model.events),
            drained,
            initial.raises,
            initial.fault,
            symmetric_processes(model, layout, self.properties.local_types()),
            symmetric_pools(model, layout),
            passed_initially=passed_initially,
            places=self.passages.places,
            sought=(*noted, *sought(self.properties, steps, lefts, initial, drained)),
        )

    def _enabled(self, steps: list[Step]) -> dict[tuple[int, int], Term]:
        """By (instance, location): when the instance can take a step there."""
        guards: dict[tuple[int, int], list[Term]] = {}
        for step in steps:
            guards.setdefault((step.process, step.source), []).append(step.guard)
        return {place: self.terms.or_(*conditions) for place, conditions in guards.items()}

    def _processes(self, enabled_at: dict[tuple[int, int], Term]) -> tuple[ProcessInstance, ...]:
        terms = self.terms
        found: list[ProcessInstance] = []
        for c in self.layout.classes:
            locations = process_locations(c)
            for k in range(c.instances):
                instance = c.first_instance + k
                variable = c.variable(c.location_variable, k)
                at = terms.variable(variable, INT)
                finished: list[Term] = []
                for location in locations:
                    here = terms.eq(at, terms.integer(location.id))
                    if location.done or (location.resting and not c.process.server):
                        finished.append(here)
                    elif location.resting or location.goes_round:
                        enabled = enabled_at.get((instance, location.id), terms.false)
                        may_stay = enabled if location.goes_round else terms.not_(enabled)
                        finished.append(terms.and_(here, may_stay))
                found.append(
                    ProcessInstance(
                        instance,
                        instance_name(c.process, k),
                        c.process.name,
                        k,
                        c.instances,
                        c.process.server,
                        variable,
                        locations,
                        terms.or_(*finished),
                    )
                )
        return tuple(found)
