"""Which state variables there are: shared variables and fields expanded to scalars, locks, monitors,
the locals of each process.

Locals share state variables when no location has both alive, so that a process has few.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field, replace
from typing import assert_never

from modelcheck.ground.diagnostics import Diagnostic, Severity, SpecError
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.ir.system import Variable, VariableKind
from modelcheck.ir.terms import BOOL, INT, Sort
from modelcheck.model import typed
from modelcheck.semantics.elaborate.execution.values import Scalar, Shape, build, components
from modelcheck.semantics.elaborate.graphs.colouring import colour_locals
from modelcheck.semantics.elaborate.graphs.graph import End, Graph, Rest, first_steps
from modelcheck.semantics.elaborate.graphs.liveness import Liveness
from modelcheck.semantics.elaborate.variables.bounds import temporary_bounds
from modelcheck.semantics.elaborate.variables.leaves import (
    ArrayTree,
    Leaf,
    StructTree,
    Tree,
    index_names,
    leaf_types,
    leaves_of,
    referenced,
)
from modelcheck.semantics.elaborate.variables.locks import READ, WRITE, frozen_places, taken_locks

#: More state variables than this are refused.
MAX_VARIABLES = 20_000


@dataclass(slots=True)
class VariableDraft:
    """A state variable before its initial value is known."""

    name: str
    sort: Sort
    low: int | None
    high: int | None
    kind: VariableKind
    type: typed.Type
    owner: int | None = None
    slot: tuple[str, int] | None = None
    subject: str = ""
    within: str = ""

    def finish(self, id: int, initial: bool | int) -> Variable:
        return Variable(
            id,
            self.name,
            self.sort,
            self.low,
            self.high,
            initial,
            self.kind,
            self.type,
            self.owner,
            self.slot,
            self.subject,
            self.within,
        )


@dataclass(frozen=True, slots=True)
class LocationKey:
    """A location before it is a number. ``resting`` and ``goes_round``: since the head of a loop, not both."""

    node: int
    resting: bool = False
    goes_round: bool = False


@dataclass(frozen=True, slots=True)
class Colour:
    """State variables that several locals share: for each leaf of the type its shape and assigned bit."""

    type: typed.Type
    shapes: tuple[Shape, ...]
    assigned: tuple[int | None, ...]


@dataclass(slots=True)
class ClassLayout:
    """One process class. Variable ids are those of its first instance; instance k's are ``k * stride`` further."""

    process: typed.Process
    graph: Graph
    liveness: Liveness
    provided: typed.Expr | None
    first_instance: int
    instances: int
    trees: tuple[Tree, ...]
    locations: dict[LocationKey, int]
    location_variable: int = 0
    colours: tuple[Colour, ...] = ()
    colour_of: dict[int, int] = field(default_factory=dict)
    held: dict[tuple[int, str], int] = field(default_factory=dict)
    references: dict[str, tuple[tuple[Shape, typed.Type], ...]] = field(default_factory=dict)
    first_variable: int = 0
    stride: int = 0

    def variable(self, id: int, instance: int) -> int:
        """The variable of an instance (counted within the class) that corresponds to one of the first instance."""
        return id + instance * self.stride


class Layout:
    """Makes and finds state variables."""

    def __init__(self, model: typed.Model) -> None:
        self.model = model
        self.variables: list[VariableDraft] = []
        self.leaves: list[Leaf] = []
        self.shared: dict[int, Tree] = {}
        self.fields: dict[tuple[str, int, str], Tree] = {}
        self.allocated: dict[tuple[str, int], int] = {}
        self.objects = {o.name: o for o in model.objects}
        self.references: dict[str, list[Leaf]] = {o.name: [] for o in model.objects}
        self.classes: list[ClassLayout] = []
        self.shared_names = {v.id: v.name for v in model.shared}
        self.process_count = sum(p.count or 0 for p in model.processes)

    # making

    def add(
        self,
        name: str,
        scalar: Scalar,
        kind: VariableKind,
        type: typed.Type,
        owner: int | None = None,
        slot: tuple[str, int] | None = None,
        subject: str = "",
        within: str = "",
    ) -> int:
        """Add a state variable."""
        if len(self.variables) >= MAX_VARIABLES:
            raise _too_large(f"more than {MAX_VARIABLES} state variables", None)
        self.variables.append(
            VariableDraft(name, scalar.sort, scalar.low, scalar.high, kind, type, owner, slot, subject, within)
        )
        return len(self.variables) - 1

    def add_bool(
        self,
        name: str,
        kind: VariableKind,
        owner: int | None = None,
        slot: tuple[str, int] | None = None,
        subject: str = "",
        within: str = "",
    ) -> int:
        """Add one that is true or false."""
        scalar = Scalar(BOOL, None, None, False, "{}")
        return self.add(name, scalar, kind, typed.BoolType(), owner, slot, subject, within)

    def add_value(
        self,
        name: str,
        type: typed.Type,
        kind: VariableKind,
        owner: int | None,
        slot: tuple[str, int] | None,
        within: str = "",
    ) -> Shape:
        """The state variables of a value of the type."""
        ids = [
            self.add(
                s.pattern.format(name),
                s,
                kind,
                type,
                owner,
                slot,
                within=s.pattern.format(within) if within else "",
            )
            for s in components(type)
        ]
        return build(type, ids)

    def lay_out_shared(self, graphs: list[Graph]) -> None:
        """All shared variables, then all objects. ``graphs``: all code, to see which atomics it freezes."""
        freezing = frozenset(subject for graph in graphs for subject in frozen_places(graph, self.shared_names))
        for variable in self.model.shared:
            self.shared[variable.id] = self._tree(
                variable.name, variable.name, variable.type, None, variable.unassigned, None, freezing
            )
        for object in self.model.objects:
            for slot in range(object.pool):
                place = (object.name, slot)
                name = f"{object.name}[{slot}]"
                self.allocated[place] = self.add_bool(
                    f"{name} allocated", VariableKind.ALLOCATED, slot=place, subject=name
                )
                for f in object.fields:
                    self.fields[(object.name, slot, f.name)] = self._tree(
                        f"{name}.{f.name}",
                        f"{object.name}.{f.name}",
                        f.type,
                        f.initial,
                        f.initial is None,
                        place,
                        freezing,
                    )

    def _tree(
        self,
        name: str,
        subject: str,
        type: typed.Type,
        initial: typed.Constant | None,
        unassigned: bool,
        slot: tuple[str, int] | None,
        freezing: frozenset[str],
    ) -> Tree:
        match type:
            case typed.ArrayType(index, element):
                low, names = index_names(index)
                return ArrayTree(
                    subject,
                    low,
                    tuple(
                        self._tree(f"{name}[{n}]", subject, element, initial, unassigned, slot, freezing) for n in names
                    ),
                )
            case typed.StructType(_, fields):
                return StructTree(
                    tuple(
                        (
                            f.name,
                            self._tree(
                                f"{name}.{f.name}", subject, f.type, f.initial, f.initial is None, slot, freezing
                            ),
                        )
                        for f in fields
                    )
                )
            case typed.ScalarType() | typed.WrappingType() | typed.OperatedType() | typed.MissingType():
                return self._leaf(name, subject, type, initial, unassigned, slot, freezing)
            case _:
                assert_never(type)

    def _lock_shape(
        self, name: str, type: typed.Type, facts: typed.LockFacts, kind: VariableKind, slot: tuple[str, int] | None
    ) -> Shape:
        """The variables of a lock."""
        match facts.state:
            case typed.LockState.LOCKED:
                return (self.add_bool(name, kind, None, slot),)
            case typed.LockState.READERS:
                writer = self.add_bool(f"{name}.writer", kind, None, slot)
                count = Scalar(INT, 0, self.process_count if facts.written else None, 0, "{}")
                return (writer, self.add(f"{name}.readers", count, kind, type, None, slot))
            case typed.LockState.DONE:
                count = Scalar(INT, 0, None, 0, "{}")
                done = self.add(f"{name}.done", count, kind, type, None, slot)
                return (done, self.add_bool(f"{name}.all", kind, None, slot))
            case _:
                assert_never(facts.state)

    def _leaf(
        self,
        name: str,
        subject: str,
        type: typed.Type,
        initial: typed.Constant | None,
        unassigned: bool,
        slot: tuple[str, int] | None,
        freezing: frozenset[str],
    ) -> Leaf:
        kind = VariableKind.SHARED if slot is None else VariableKind.FIELD
        assigned = frozen = None
        shape: Shape
        match type:
            case typed.LockType(lock):
                shape = self._lock_shape(name, type, lock.facts, kind, slot)
            case typed.AtomicType():
                shape = self.add_value(name, type, kind, None, slot)
                if subject in freezing:
                    frozen = self.add_bool(f"frozen({name})", VariableKind.FROZEN, None, slot)
            case typed.ScalarType() | typed.WrappingType() | typed.PlaceType() | typed.MissingType():
                shape = self.add_value(name, type, kind, None, slot)
                if unassigned:
                    assigned = self.add_bool(f"{name} assigned", VariableKind.ASSIGNED, None, slot, name)
            case _:
                assert_never(type)
        leaf = Leaf(len(self.leaves), name, subject, type, shape, assigned, frozen, slot, initial)
        self.leaves.append(leaf)
        for target in referenced(type):
            self.references[target].append(leaf)
        return leaf

    # processes

    def local_tree(self, name: str, subject: str, type: typed.Type, initial: typed.Constant | None = None) -> Tree:
        """A tree of leaves without state variables, for a local."""
        match type:
            case typed.ArrayType(index, element):
                low, names = index_names(index)
                elements = tuple(self.local_tree(f"{name}[{n}]", subject, element, initial) for n in names)
                return ArrayTree(subject, low, elements)
            case typed.StructType(_, fields):
                return StructTree(
                    tuple((f.name, self.local_tree(f"{name}.{f.name}", subject, f.type, f.initial)) for f in fields)
                )
            case typed.ScalarType() | typed.WrappingType() | typed.OperatedType() | typed.MissingType():
                leaf = Leaf(len(self.leaves), name, subject, type, None, None, None, None, initial)
                self.leaves.append(leaf)
                return leaf
            case _:
                assert_never(type)

    def local_trees(self, graph: Graph) -> tuple[Tree, ...]:
        """A tree for each graph local, by index."""
        return tuple(
            self.local_tree(x.name, f"{x.owner}.{x.name}" if x.owner else x.name, x.type) for x in graph.locals
        )

    def add_class(self, process: typed.Process, graph: Graph, liveness: Liveness, provided: typed.Expr | None) -> None:
        """Lay out all instances of a process class: one more of ``classes``."""
        assert process.count is not None
        instance = sum(c.instances for c in self.classes)
        result = ClassLayout(
            process,
            graph,
            liveness,
            provided,
            instance,
            process.count,
            self.local_trees(graph),
            _locations(graph),
        )
        taken = self._lock_leaves(taken_locks(graph, self.shared_names))
        colouring, result.colour_of = colour_locals(graph, liveness, {key.node for key in result.locations})
        for k in range(process.count):
            first = len(self.variables)
            owner = instance + k
            name = instance_name(process, k)
            location = self.add(
                f"{name} at",
                Scalar(INT, 0, len(result.locations) - 1, 0, "{}"),
                VariableKind.LOCATION,
                typed.RangeType(0, len(result.locations) - 1),
                owner,
                subject=name,
                within="at",
            )
            colours = tuple(
                self._colour_variables(result, users, with_bits, name, owner) for users, with_bits in colouring
            )
            held = {(leaf.id, mode): self._add_held(name, owner, leaf, mode) for leaf, mode in taken}
            if k == 0:
                result.first_variable, result.location_variable = first, location
                result.colours, result.held = colours, held
                result.stride = len(self.variables) - first
        for object_name in self.objects:
            result.references[object_name] = tuple(
                (shape, leaf_type)
                for colour in result.colours
                for shape, leaf_type in zip(colour.shapes, leaf_types(colour.type), strict=True)
                if object_name in referenced(leaf_type)
            )
        self.classes.append(result)

    def _colour_variables(
        self, layout: ClassLayout, users: tuple[int, ...], with_bits: bool, name: str, owner: int
    ) -> Colour:
        graph = layout.graph
        names = list(dict.fromkeys(graph.locals[u].name for u in users))
        local = "/".join(names[:4])
        shown = f"{name}.{local}"
        type = graph.locals[users[0]].type
        low, high = temporary_bounds(graph, users)
        shapes: list[Shape] = []
        bits: list[int | None] = []
        for leaf in leaves_of(layout.trees[users[0]]):
            suffix = leaf.name[len(graph.locals[users[0]].name) :]
            if isinstance(leaf.type, typed.IntType) and (low is not None or high is not None):
                scalar = Scalar(INT, low, high, 0, "{}")
                shapes.append(
                    self.add(shown + suffix, scalar, VariableKind.LOCAL, leaf.type, owner, within=local + suffix)
                )
            else:
                kind = VariableKind.LOCAL
                shapes.append(self.add_value(shown + suffix, leaf.type, kind, owner, None, local + suffix))
            bits.append(self._add_assigned(shown + suffix, local + suffix, owner) if with_bits else None)
        return Colour(type, tuple(shapes), tuple(bits))

    def _add_assigned(self, name: str, local: str, owner: int) -> int:
        """Whether a local was assigned."""
        kind = VariableKind.ASSIGNED
        return self.add_bool(f"{name} assigned", kind, owner, subject=name, within=f"{local} assigned")

    def _add_held(self, process: str, owner: int, leaf: Leaf, mode: str) -> int:
        """Whether a process holds a lock."""
        lock = leaf.name + (" for reading" if mode == READ else "")
        held = f"holds {lock}"
        return self.add_bool(f"{process} {held}", VariableKind.HELD, owner, leaf.slot, lock, held)

    def _lock_leaves(self, taken: frozenset[tuple[str, str]]) -> list[tuple[Leaf, str]]:
        """The lock instances behind (subject, mode) pairs."""
        return [
            (leaf, mode)
            for leaf in self.leaves
            if leaf.shape is not None and isinstance(leaf.type, typed.LockType)
            for mode in (WRITE, READ)
            if (leaf.subject, mode) in taken
        ]

    def all_held(self, leaf: Leaf) -> Iterator[tuple[int, int, str]]:
        """(instance, variable, mode) of every bit that says that a process holds the lock."""
        for c in self.classes:
            for (leaf_id, mode), id in c.held.items():
                if leaf_id == leaf.id:
                    for k in range(c.instances):
                        yield c.first_instance + k, c.variable(id, k), mode


def instance_name(process: typed.Process, k: int) -> str:
    """``reader[1]``, ``cpu[c0]``, or ``reclaim`` if it is the only one."""
    if process.index is not None:
        return f"{process.name}[{process.index.literals[k]}]"
    return process.name if process.count == 1 else f"{process.name}[{k}]"


def _locations(graph: Graph) -> dict[LocationKey, int]:
    """Number the locations: every reachable step, also resting or going round where a head leads to it, and the end."""
    resting: set[int] = set()
    going_round: set[int] = set()
    for n in graph.order:
        operation = graph.nodes[n].operation
        if isinstance(operation, Rest):
            (going_round if operation.goes_round else resting).update(first_steps(graph, n))
    result: dict[LocationKey, int] = {}
    for n in sorted(graph.order):
        node = graph.nodes[n]
        if node.step and not isinstance(node.operation, End):
            result[LocationKey(n)] = len(result)
            if n in resting:
                result[LocationKey(n, resting=True)] = len(result)
            if n in going_round:
                result[LocationKey(n, goes_round=True)] = len(result)
    result[LocationKey(graph.end)] = len(result)
    return result


def _too_large(message: str, span: Span | None) -> SpecError:
    return SpecError((Diagnostic("MC550", Severity.ERROR, f"the model is too large: {message}", span),))


def shift_shape(shape: Shape, by: int) -> Shape:
    """The same shape over variables that are ``by`` further."""
    return shape + by if isinstance(shape, int) else tuple(shift_shape(s, by) for s in shape)


def shifted_layout(c: ClassLayout, instance: int) -> ClassLayout:
    """The layout with the variables of another instance than the first."""
    if instance == 0:
        return c
    by = instance * c.stride
    colours = tuple(
        Colour(
            colour.type,
            tuple(shift_shape(shape, by) for shape in colour.shapes),
            tuple(None if bit is None else bit + by for bit in colour.assigned),
        )
        for colour in c.colours
    )
    held = {key: id + by for key, id in c.held.items()}
    return replace(c, colours=colours, held=held, location_variable=c.location_variable + by)
