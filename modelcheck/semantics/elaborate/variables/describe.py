"""What steps and locations are called in traces."""

from __future__ import annotations

from modelcheck.ground.source import Span
from modelcheck.ir.system import Location
from modelcheck.model import typed
from modelcheck.semantics.elaborate.graphs.graph import (
    Allocate,
    Check,
    Compute,
    EmitEvent,
    End,
    Fork,
    FreeObject,
    Node,
    PickValue,
    Store,
    TouchObject,
)
from modelcheck.semantics.elaborate.variables.layout import ClassLayout


def describe(node: Node) -> str:
    """A step's operation in a few words."""
    text = _text(node.span)
    match node.operation:
        case Compute(_, typed.Load(place)):
            return f"load {_text(place.span)}"
        case Compute(_, value):
            return _text(value.span)
        case Store(target):
            return f"store {_text(target.span)}"
        case Allocate(_, new):
            return f"new {new.object}"
        case FreeObject(_, object):
            return f"free {object}"
        case TouchObject(_, object):
            return f"touch {object}"
        case EmitEvent() | Check() | PickValue():
            return text
        case Fork():
            return "choose"
        case _:
            return text.split("{")[0].strip() or text


def _text(span: Span) -> str:
    text = " ".join(span.text.split())
    return text if len(text) <= 60 else text[:57] + "..."


def process_locations(c: ClassLayout) -> tuple[Location, ...]:
    """The locations of a process class, by number."""
    found: list[Location] = []
    for key, number in sorted(c.locations.items(), key=lambda item: item[1]):
        node = c.graph.nodes[key.node]
        labels = tuple(c.graph.labels[label].label for label in node.site.labels)
        done = isinstance(node.operation, End)
        found.append(Location(number, labels, node.site.frames, node.span, done, key.resting, key.goes_round))
    return tuple(found)
