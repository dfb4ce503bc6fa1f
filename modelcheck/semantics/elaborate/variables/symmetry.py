"""What may be permuted without changing anything: replicas whose identity nobody knows, slots of pools."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from modelcheck.model import typed
from modelcheck.model.properties import keys_of
from modelcheck.model.trees import below
from modelcheck.semantics.elaborate.graphs.graph import Graph
from modelcheck.semantics.elaborate.graphs.liveness import expressions_of
from modelcheck.semantics.elaborate.variables.layout import Layout
from modelcheck.semantics.elaborate.variables.leaves import leaf_types, referenced


def symmetric_processes(
    model: typed.Model, layout: Layout, property_types: Iterable[typed.Type]
) -> tuple[tuple[int, ...], ...]:
    """Groups of instances that may be permuted: nothing mentions the identity of a member.

    ``property_types``: the types of all variables in properties.
    """
    types: list[typed.Type] = [*property_types]
    types += [t for v in model.shared for t in _all_types(v.type)]
    types += [t for o in model.objects for f in o.fields for t in _all_types(f.type)]
    types += [p.type for e in model.events for p in e.parameters]
    types += [t for c in layout.classes for x in c.graph.locals for t in _all_types(x.type)]
    named: set[str | None] = {t.process for t in types if isinstance(t, typed.ProcType)}
    named |= _labelled_replicas(model.properties)
    return tuple(
        tuple(range(c.first_instance, c.first_instance + c.instances))
        for c in layout.classes
        if c.instances > 1
        and c.process.index is None
        and c.process.name not in named
        and not _reads_self(c.graph, c.provided)
    )


def symmetric_pools(model: typed.Model, layout: Layout) -> tuple[str, ...]:
    """Objects whose slots may be permuted: slots are only compared, and every reference is a variable of its own.

    Monitors keyed by slot and references inside optionals or sets are not permuted by anybody, so
    such pools are left out; so are those that a loop goes through in the order of the slots.
    """
    hidden = {name for p in model.properties for key in keys_of(p.body) for name in referenced(key.type)}
    types = [t for v in model.shared for t in leaf_types(v.type)]
    types += [t for o in model.objects for f in o.fields for t in leaf_types(f.type)]
    types += [t for c in layout.classes for x in c.graph.locals for t in leaf_types(x.type)]
    hidden.update(name for t in types if not isinstance(t, typed.RefType) for name in referenced(t))
    for layout_class in layout.classes:
        hidden.update(node.object for node in _nodes(layout_class.graph) if isinstance(node, typed.NextAllocated))
    return tuple(o.name for o in model.objects if o.pool > 1 and o.name not in hidden)


def _all_types(type: typed.Type) -> Iterator[typed.Type]:
    yield type
    match type:
        case typed.ArrayType(index, element):
            yield index
            yield from _all_types(element)
        case typed.StructType(_, fields):
            for field in fields:
                yield from _all_types(field.type)
        case typed.OptType(element) | typed.SetType(element):
            yield from _all_types(element)
        case typed.ScalarType() | typed.OperatedType() | typed.MissingType():
            pass
        case _:
            assert_never(type)


def _labelled_replicas(properties: tuple[typed.Property, ...]) -> set[str | None]:
    """The processes of which properties name an instance by its number: ``at(p[1]::L)``, ``done(p[1])``."""
    nodes = below(properties)
    return {
        node.process for node in nodes if isinstance(node, typed.LabelRef | typed.Done) and node.replica is not None
    }


def _reads_self(graph: Graph, provided: typed.Expr | None) -> bool:
    return any(isinstance(node, typed.SelfRead) for node in (*below((provided,)), *_nodes(graph)))


def _nodes(graph: Graph) -> Iterator[object]:
    """All expressions in a graph, and what stands in them."""
    roots: list[object] = [call.body for call in graph.pure_calls.values()]
    for n in graph.order:
        operation = graph.nodes[n].operation
        roots += [*expressions_of(operation), getattr(operation, "target", None)]
    return below(tuple(roots))
