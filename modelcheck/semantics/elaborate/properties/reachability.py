"""Which objects live references lead to, as terms over a state: what is allocated and out of reach has leaked."""

from __future__ import annotations

from typing import assert_never

from modelcheck.ground.diagnostics import Diagnostic, Note, Severity, SpecError
from modelcheck.ir.terms import BOOL, Term
from modelcheck.model import typed
from modelcheck.semantics.elaborate.execution.path import Execution, Path
from modelcheck.semantics.elaborate.execution.values import SymbolicValue
from modelcheck.semantics.elaborate.variables.layout import Layout, shift_shape

#: References times slots; the terms of the fixpoint grow with it.
MAX_WORK = 1_000_000


def reachable(ex: Execution) -> dict[tuple[str, int], Term]:
    """For each slot whether live references lead to it, from shared variables and locals, as a fixpoint of terms.

    Raises ``SpecError`` if that are too many terms.
    """
    terms, layout = ex.terms, ex.layout
    _not_too_large(layout)
    path = Path()
    roots: dict[tuple[str, int], Term] = {}
    edges: dict[tuple[str, int], list[tuple[tuple[str, int], Term]]] = {}
    for object, leaves in layout.references.items():
        for slot in range(layout.objects[object].pool):
            here = (object, slot)
            direct: list[Term] = []
            edges[here] = []
            for leaf in leaves:
                points = _points(ex, ex.read_leaf(path, leaf), leaf.type, slot)
                if leaf.slot is None:
                    direct.append(points)
                elif leaf.slot != here:
                    edges[here].append((leaf.slot, points))
            for c in layout.classes:
                for shape, type in c.references[object]:
                    for k in range(c.instances):
                        value = ex.read_shape(path, shift_shape(shape, k * c.stride))
                        direct.append(_points(ex, value, type, slot))
            roots[here] = terms.or_(*direct)
    reached = dict(roots)
    for _ in range(len(roots)):
        following = {
            here: terms.or_(
                roots[here],
                *(
                    terms.and_(terms.variable(layout.allocated[source], BOOL), reached[source], points)
                    for source, points in edges[here]
                ),
            )
            for here in roots
        }
        if following == reached:
            break
        reached = following
    return reached


def _not_too_large(layout: Layout) -> None:
    """Refuse pools with too many ways from slot to slot, before a term is made.

    Points at the pool with the most of them.
    """
    ways = {
        name: sum(leaf.slot is not None and leaf.slot != (name, slot) for slot in range(object.pool) for leaf in leaves)
        for name, leaves in layout.references.items()
        for object in (layout.objects[name],)
    }
    slots = sum(layout.objects[name].pool for name in ways)
    if slots * sum(ways.values()) <= MAX_WORK:
        return
    largest = layout.objects[max(ways, key=lambda name: ways[name])]
    message = (
        f"the model is too large: `{largest.name}` has {largest.pool:,} slots, too many to follow the references"
        " between them"
    )
    note = Note("a pool of two or three shows almost every race")
    raise SpecError((Diagnostic("MC550", Severity.ERROR, message, largest.span, (note,)),))


def _points(ex: Execution, value: SymbolicValue, type: typed.Type, slot: int) -> Term:
    terms = ex.terms
    match type:
        case typed.OptType(element):
            assert isinstance(value, tuple)
            assert isinstance(value[0], Term)
            return terms.and_(value[0], _points(ex, value[1], element, slot))
        case typed.SetType():
            assert isinstance(value, tuple)
            bit = value[1 + slot]
            assert isinstance(bit, Term)
            return bit
        case typed.ScalarType() | typed.PlaceType() | typed.OperatedType() | typed.MissingType():
            assert isinstance(value, Term)
            return terms.eq(value, terms.integer(1 + slot))
        case _:
            assert_never(type)
