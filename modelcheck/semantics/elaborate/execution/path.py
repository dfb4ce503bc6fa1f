"""One path of symbolic execution through a step, and what all paths of an execution share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import TYPE_CHECKING, TypeAlias

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.ir.system import Access, Occurrence, Raise
from modelcheck.ir.terms import BOOL, IntSort, Op, Term, TermFactory
from modelcheck.model import typed
from modelcheck.model.typed import ObligationKey
from modelcheck.semantics.elaborate.execution.values import Shape, SymbolicValue, Values
from modelcheck.semantics.elaborate.graphs.graph import Graph
from modelcheck.semantics.elaborate.variables.bounds import TermBounds
from modelcheck.semantics.elaborate.variables.layout import ClassLayout, Layout
from modelcheck.semantics.elaborate.variables.leaves import Leaf, Tree

if TYPE_CHECKING:
    from modelcheck.semantics.elaborate.operations.waiting import Reads

#: The nodes that a path has gone through, the last one first: (those before, node). Paths that part
#: share what they have in common.
Trail: TypeAlias = "tuple[Trail, int] | None"

#: The variable that stands for ``self`` while all instances of a class are executed at once.
SELF_VARIABLE = -1


class Dead(Exception):
    """The path cannot go on: its guard is false, or it certainly faults."""


@dataclass(frozen=True, slots=True)
class MadeStale:
    """A broadcast: where ``condition`` holds, references equal to ``reference`` (a live code) become stale.

    ``before``: the variables that the step had changed until then.
    """

    type: typed.RefType
    reference: Term
    condition: Term
    before: dict[int, Term] = field(default_factory=dict)


@dataclass(slots=True)
class Path:
    """What one path has done so far. All terms are over the state before the step.

    ``variables``: state variables that nobody owns, and held bits, where they differ; ``values``
    and ``assigned``: locals, by leaf. ``released``: (lock leaf, mode) -> when other processes lose
    the lock. ``remaining``: labels of the step's operation not left yet. ``trail``: the nodes that
    were executed.
    """

    guard: list[Term] = field(default_factory=list)
    facts: dict[int, bool] = field(default_factory=dict)
    known: dict[int, Term] = field(default_factory=dict)
    variables: dict[int, Term] = field(default_factory=dict)
    values: dict[int, SymbolicValue] = field(default_factory=dict)
    assigned: dict[int, Term] = field(default_factory=dict)
    raises: list[Raise] = field(default_factory=list)
    occurrences: list[Occurrence] = field(default_factory=list)
    choices: tuple[int, ...] = ()
    stale: list[MadeStale] = field(default_factory=list)
    released: dict[tuple[int, str], Term] = field(default_factory=dict)
    remaining: frozenset[int] = frozenset()
    resting: bool = False
    goes_round: bool = False
    accesses: list[Access] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)
    fault: bool = False
    trail: Trail = None

    def clone(self) -> Path:
        return Path(
            list(self.guard),
            dict(self.facts),
            dict(self.known),
            dict(self.variables),
            dict(self.values),
            dict(self.assigned),
            list(self.raises),
            list(self.occurrences),
            self.choices,
            list(self.stale),
            dict(self.released),
            self.remaining,
            self.resting,
            self.goes_round,
            list(self.accesses),
            list(self.effects),
            self.fault,
            self.trail,
        )


@dataclass(slots=True)
class Execution:
    """What the paths of one process class (or of the init code) share. ``owner``: the process or
    inline whose code runs.

    ``quiet``: nothing is an obligation (properties, ``requires``); ``everybody``: ``held`` is about
    any process. ``faults``: the paths that ended in one. ``reads``: notes what a guard reads that
    it must not; ``judged``: where a condition of the code says something. ``initial``: init code:
    ``new`` takes the lowest free slot, events do not count. ``always_assigned``: assigned bits that
    are set in the initial state and never cleared.
    """

    terms: TermFactory
    values: Values
    layout: Layout
    bounds: TermBounds
    claims: Callable[[ObligationKey], tuple[int, ...]]
    occur: Callable[[Execution, Path, int, tuple[SymbolicValue, ...], Term, Span], None]
    reallocated: Callable[[Execution, Path, str, int, Span], None]
    label: Callable[[Execution, Path, typed.Expr], SymbolicValue]
    graph: Graph
    trees_class: ClassLayout | None
    trees: tuple[Tree, ...]
    self_term: Term
    owner: str = ""
    quiet: bool = False
    everybody: bool = False
    initial: bool = False
    always_assigned: frozenset[int] = frozenset()
    faults: list[Path] = field(default_factory=list)
    reads: Reads | None = None
    judged: Callable[[Execution, Path, str, str, typed.Expr], None] = lambda *_: None

    # variables

    def variable(self, path: Path, id: int) -> Term:
        """The current value of a state variable."""
        found = path.variables.get(id)
        if found is None:
            found = path.known.get(id)
            if found is None:
                found = self.terms.variable(id, self.layout.variables[id].sort)
        return found

    def read_shape(self, path: Path, shape: Shape) -> SymbolicValue:
        if isinstance(shape, int):
            return self.variable(path, shape)
        return tuple(self.read_shape(path, s) for s in shape)

    def write_shape(self, path: Path, shape: Shape, value: SymbolicValue) -> None:
        if isinstance(shape, int):
            assert isinstance(value, Term)
            path.variables[shape] = value
        else:
            assert isinstance(value, tuple)
            for s, v in zip(shape, value, strict=True):
                self.write_shape(path, s, v)

    def read_leaf(self, path: Path, leaf: Leaf) -> SymbolicValue:
        """The value a leaf holds now (the zero value while it is unassigned)."""
        if leaf.shape is not None:
            return self.read_shape(path, leaf.shape)
        found = path.values.get(leaf.id)
        return self.values.zero(leaf.type) if found is None else found

    def write_leaf(self, path: Path, leaf: Leaf, value: SymbolicValue, condition: Term) -> None:
        """Assign where the condition holds."""
        if not condition.is_true:
            value = self.values.map(value, lambda term: self.under(condition, term))
            value = self.values.merge(condition, value, self.read_leaf(path, leaf))
        if leaf.shape is not None:
            self.write_shape(path, leaf.shape, value)
            if leaf.assigned is not None and leaf.assigned not in self.always_assigned:
                old = self.variable(path, leaf.assigned)
                path.variables[leaf.assigned] = self.terms.or_(condition, old)
        else:
            path.values[leaf.id] = value
            path.assigned[leaf.id] = self.terms.or_(condition, self.is_assigned(path, leaf))

    def is_assigned(self, path: Path, leaf: Leaf) -> Term:
        if leaf.shape is None:
            return path.assigned.get(leaf.id, self.terms.false)
        if leaf.assigned is None or leaf.assigned in self.always_assigned:
            return self.terms.true
        return self.variable(path, leaf.assigned)

    def forget_leaf(self, path: Path, leaf: Leaf, condition: Term, initial: SymbolicValue | None) -> None:
        """Where the condition holds: back to ``initial``, or unassigned."""
        terms = self.terms
        value = self.values.zero(leaf.type) if initial is None else initial
        value = self.values.merge(condition, value, self.read_leaf(path, leaf))
        now = terms.boolean(initial is not None)
        if leaf.shape is not None:
            self.write_shape(path, leaf.shape, value)
            if leaf.assigned is not None:
                path.variables[leaf.assigned] = terms.ite(condition, now, self.variable(path, leaf.assigned))
        else:
            path.values[leaf.id] = value
            path.assigned[leaf.id] = terms.ite(condition, now, self.is_assigned(path, leaf))

    # conditions

    def simplify(self, path: Path, term: Term) -> Term:
        """A condition under what the path already knows."""
        if term.op is Op.CONST or (not path.facts and not path.known):
            return term
        fact = path.facts.get(term.id)
        if fact is not None:
            return self.terms.boolean(fact)
        match term.op:
            case Op.NOT:
                return self.terms.not_(self.simplify(path, term.args[0]))
            case Op.AND:
                return self.terms.and_(*(self.simplify(path, a) for a in term.args))
            case Op.OR:
                return self.terms.or_(*(self.simplify(path, a) for a in term.args))
            case Op.EQ | Op.LT | Op.LE:
                args = tuple(self._known(path, a) for a in term.args)
                return self._compare(term if args == term.args else self.terms.rebuild(term, args))
            case Op.ITE:
                condition = self.simplify(path, term.args[0])
                if condition.op is Op.CONST:
                    return self.simplify(path, term.args[1] if condition.is_true else term.args[2])
                return term
            case _:
                return term

    def _compare(self, term: Term) -> Term:
        """A comparison that the bounds of the variables decide."""
        if term.op not in (Op.EQ, Op.LT, Op.LE) or not isinstance(term.args[0].sort, IntSort):
            return term
        (left_low, left_high), (right_low, right_high) = (self.bounds.interval(a) for a in term.args)
        below = left_high is not None and right_low is not None and left_high < right_low
        above = left_low is not None and right_high is not None and left_low > right_high
        if above or (below and term.op is Op.EQ):
            return self.terms.false
        return self.terms.true if below else term

    def _known(self, path: Path, term: Term) -> Term:
        if term.op is Op.VAR:
            assert isinstance(term.payload, int)
            return path.known.get(term.payload, term)
        if term.op is Op.ITE:
            condition = self.simplify(path, term.args[0])
            if condition.op is Op.CONST:
                return self._known(path, term.args[1] if condition.is_true else term.args[2])
        return term

    def under(self, condition: Term, term: Term) -> Term:
        """A term that only matters where the condition holds, without the tests that the condition decides."""
        if condition.op is Op.CONST or not term.args:
            return term
        facts = Path()
        self._record(facts, condition, True)
        return self._rewrite(facts, term, {})

    def _rewrite(self, path: Path, term: Term, memo: dict[int, Term]) -> Term:
        found = memo.get(term.id)
        if found is None:
            found = self.simplify(path, term) if term.sort == BOOL else term
            if found.op is Op.ITE:
                test = self._rewrite(path, found.args[0], memo)
                if test.op is Op.CONST:
                    found = self._rewrite(path, found.args[1] if test.is_true else found.args[2], memo)
            if found.args:
                args = tuple(self._rewrite(path, a, memo) for a in found.args)
                found = found if args == found.args else self.terms.rebuild(found, args)
            memo[term.id] = found
        return found

    def assume(self, path: Path, condition: Term) -> None:
        """Go on only where the condition holds (raises ``Dead``)."""
        condition = self.simplify(path, condition)
        if condition.is_true:
            return
        if condition.is_false:
            raise Dead
        path.guard.append(condition)
        self._record(path, condition, True)

    def _record(self, path: Path, term: Term, value: bool) -> None:
        path.facts[term.id] = value
        match term.op:
            case Op.NOT:
                self._record(path, term.args[0], not value)
            case Op.AND | Op.OR if (term.op is Op.AND) == value:
                for part in term.args:
                    self._record(path, part, value)
            case Op.AND | Op.OR:
                # The same by De Morgan, so that the complementary condition is recognised.
                negated = tuple(self.terms.not_(a) for a in term.args)
                other = self.terms.or_(*negated) if term.op is Op.AND else self.terms.and_(*negated)
                path.facts[other.id] = not value
            case Op.EQ if value and term.args[0].op is Op.VAR and term.args[1].op is Op.CONST:
                assert isinstance(term.args[0].payload, int)
                path.known[term.args[0].payload] = term.args[1]
            case Op.VAR:
                assert isinstance(term.payload, int)
                path.known[term.payload] = self.terms.boolean(value)
            case _:
                pass

    # what goes wrong

    def observe(self, path: Path, condition: Term, kind: str, subject: str, span: Span) -> None:
        """Record an observation where the condition holds."""
        if self.quiet:
            return
        condition = self.simplify(path, condition)
        if condition.is_false:
            return
        key = ObligationKey(kind, subject)
        for property in self.claims(key):
            self.add_raise(path, Raise(property, condition, key, span))

    def add_raise(self, path: Path, raised: Raise) -> None:
        if not raised.condition.is_false and raised not in path.raises:
            path.raises.append(raised)

    def fault(self, path: Path, condition: Term, kind: str, subject: str, span: Span) -> None:
        """Where the condition holds the step ends in a fault; this path goes on where it does not (raises ``Dead``)."""
        if self.quiet:
            return
        condition = self.simplify(path, condition)
        if condition.is_false:
            return
        ended = path.clone()
        ended.fault = True
        if not condition.is_true:
            ended.guard.append(condition)
        key = ObligationKey(kind, subject)
        for property in self.claims(key):
            self.add_raise(ended, Raise(property, self.terms.true, key, span))
        self.faults.append(ended)
        self.assume(path, self.terms.not_(condition))
