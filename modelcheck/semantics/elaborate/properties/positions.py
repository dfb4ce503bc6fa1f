"""Where processes are, as terms: labels in states (``at``, ``nr_at``), and what a step left (``after``)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from modelcheck.ground.records import dataclass
from modelcheck.ir.system import Step
from modelcheck.ir.terms import BOOL, Op, Term, TermFactory, post_order
from modelcheck.model import typed
from modelcheck.semantics.elaborate.execution.evaluate import count, evaluate, evaluate_term
from modelcheck.semantics.elaborate.execution.path import Execution, Path
from modelcheck.semantics.elaborate.execution.values import SymbolicValue
from modelcheck.semantics.elaborate.graphs.labels import LabelSets
from modelcheck.semantics.elaborate.variables.layout import Layout

#: Primed variables are those of the state with this added to their ids, until a step's updates replace them.
PRIME = 1 << 24


@dataclass(frozen=True, slots=True)
class AfterAtom:
    """A variable that stands for ``after(label)`` of one instance until it is known which step is judged."""

    label: typed.LabelRef
    class_index: int
    instance: int


class Positions:
    """Looks labels up in the graphs of all process classes."""

    def __init__(self, model: typed.Model, terms: TermFactory, layout: Layout) -> None:
        self._model = model
        self._terms = terms
        self._layout = layout
        self._labels = LabelSets(layout)
        self._after: dict[int, AfterAtom] = {}
        self._after_ids: dict[tuple[object, ...], int] = {}

    def _at(self, ex: Execution, path: Path, labels: Sequence[typed.LabelRef]) -> Iterator[Term]:
        """For each process instance whether it is at one of the labels."""
        terms = self._terms
        for index, c in enumerate(self._layout.classes):
            for k in range(c.instances):
                variable = ex.variable(path, c.variable(c.location_variable, k))
                parts: list[Term] = []
                for label in labels:
                    locations = self._labels.locations(label, index)
                    here = terms.or_(*(terms.eq(variable, terms.integer(number)) for number in locations))
                    parts.append(terms.and_(here, self._is_replica(ex, path, label.replica, k)))
                yield terms.or_(*parts)

    def _is_replica(self, ex: Execution, path: Path, replica: typed.Expr | None, instance: int) -> Term:
        if replica is None:
            return self._terms.true
        number = evaluate_term(ex, path, replica, self._terms.true)
        return self._terms.eq(number, self._terms.integer(instance))

    def _done(self, ex: Execution, path: Path, process: str, replica: typed.Expr | None) -> Iterator[Term]:
        """For each instance of a class that is asked about whether it is done."""
        terms = self._terms
        for c in self._layout.classes:
            if c.process.name != process:
                continue
            end = terms.integer(max(c.locations.values()))
            for k in range(c.instances):
                variable = ex.variable(path, c.variable(c.location_variable, k))
                yield terms.implies(self._is_replica(ex, path, replica, k), terms.eq(variable, end))

    def label(self, ex: Execution, path: Path, e: typed.Expr) -> SymbolicValue:
        """The property-only expressions."""
        terms = self._terms
        match e:
            case typed.AtLabel(label):
                return terms.or_(*self._at(ex, path, (label,)))
            case typed.CountAt(labels):
                return count(ex, tuple(self._at(ex, path, labels)))
            case typed.Done(process, replica):
                return terms.and_(*self._done(ex, path, process, replica))
            case typed.CountProcesses(process):
                return terms.integer(sum(p.count or 0 for p in self._model.processes if p.name == process))
            case typed.AfterLabel(label):
                parts: list[Term] = []
                for index, c in enumerate(self._layout.classes):
                    if not self._labels.occurrences(label)[index]:
                        continue
                    for k in range(c.instances):
                        atom = terms.variable(self._after_id(label, index, k), BOOL)
                        parts.append(terms.and_(atom, self._is_replica(ex, path, label.replica, k)))
                return terms.or_(*parts)
            case typed.Primed(operand):
                after = Path(values=dict(path.values))
                for id, draft in enumerate(self._layout.variables):
                    after.variables[id] = terms.variable(id + PRIME, draft.sort)
                return evaluate(ex, after, operand, terms.true)
            case _:
                raise AssertionError(e)

    def _after_id(self, label: typed.LabelRef, class_index: int, instance: int) -> int:
        key = (label.process, label.path, label.inline, label.label, class_index, instance)
        id = self._after_ids.get(key)
        if id is None:
            id = self._after_ids[key] = -2 - len(self._after_ids)
            self._after[id] = AfterAtom(label, class_index, instance)
        return id

    def over_step(self, condition: Term, post: bool, step: Step, left: frozenset[int], class_index: int) -> Term:
        """A condition over a step, as one over the state before it. ``post``: plain reads mean the state after it."""
        terms = self._terms
        updates = dict(step.updates)
        values: dict[int, Term] = {}
        for node in post_order((condition,)):
            if node.op is not Op.VAR:
                continue
            assert isinstance(node.payload, int)
            id = node.payload
            if id < 0:
                atom = self._after[id]
                c = self._layout.classes[class_index]
                here = atom.class_index == class_index and c.first_instance + atom.instance == step.process
                values[id] = terms.boolean(here and bool(left & self._labels.occurrences(atom.label)[class_index]))
            elif id >= PRIME:
                plain = id - PRIME
                values[id] = updates.get(plain, terms.variable(plain, node.sort))
            elif post and id in updates:
                values[id] = updates[id]
        return terms.substitute(condition, values)
