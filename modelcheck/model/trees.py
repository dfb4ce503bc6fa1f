"""Walks over typed trees."""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.model import typed


def children(node: object) -> Iterator[object]:
    """The tree nodes directly below one (dataclass fields, and the members of tuples in them, however deep: ``New.inits`` are pairs)."""
    for name in getattr(type(node), "__slots__", ()):
        yield from _nodes(getattr(node, name))


def _nodes(value: object) -> Iterator[object]:
    if isinstance(value, tuple):
        for member in value:
            yield from _nodes(member)
    elif type(value).__module__ == typed.__name__:
        yield value


def captured_locals(model: typed.Model) -> frozenset[int]:
    """The ids of locals that evaluating an operand may change: given to a ``&`` parameter somewhere, or exchanged."""
    found: set[int] = set()

    def visit(node: object) -> None:
        match node:
            case typed.AtomicOp(_, typed.Place(typed.LocalRoot(local))):
                found.add(local)
            case typed.CallExpr(_, arguments):
                for argument in arguments:
                    if isinstance(argument, typed.Place) and isinstance(argument.root, typed.LocalRoot):
                        found.add(argument.root.local)
            case _:
                pass
        for child in children(node):
            visit(child)

    for body in (*(p.body for p in model.processes), *(i.body for i in model.inlines), model.init):
        visit(body)
    return frozenset(found)


def blocks_of_labels(body: typed.Block) -> dict[str, tuple[typed.Block, ...]]:
    """For each label of a body the blocks around it, outermost first (a ``goto`` into a block enters it)."""
    found: dict[str, tuple[typed.Block, ...]] = {}

    def visit(node: object, around: tuple[typed.Block, ...]) -> None:
        match node:
            case typed.Block():
                around = (*around, node)
            case typed.Labelled(label):
                found[label] = around
            case typed.Constant() | typed.Load() | typed.Binary() | typed.LocalRead() | typed.CallExpr():
                return
            case _:
                pass
        for child in children(node):
            visit(child, around)

    visit(body, ())
    return found


def reads_shared(node: object) -> bool:
    """Whether an expression in which ``&`` parameters are replaced reads a shared place."""
    match node:
        case typed.Load(place) | typed.AtomicOp(place=place) if place.shared:
            return True
        case typed.Ask(question, place) if question is not typed.LockQuestion.HELD and place.shared:
            return True
        case _:
            return any(reads_shared(child) for child in children(node))
