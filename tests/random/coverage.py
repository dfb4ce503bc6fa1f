"""Which nodes of the typed tree, which operations and which kinds of violations random models have:
what a generator never makes is never compared.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from enum import Enum
from typing import Any, get_args

from modelcheck.language.pipeline import OBLIGATION_KINDS
from modelcheck.language.syntax import ast
from modelcheck.model import kernel, typed
from modelcheck.model.atomics import ATOMICS

#: Nodes that no model with fixed numbers of processes has.
_ELSEWHERE = frozenset({"CountProcesses", "VoidType", "NullType"})


def wanted() -> set[str]:
    """Return everything that has to occur: nodes, operations on atomics and locks, edits, kinds of obligations."""
    nodes = set()
    for union in (typed.Type, typed.Expr, typed.Stmt, typed.Domain, typed.PropertyBody, typed.Root, typed.Selector):
        nodes |= {node.__name__ for node in get_args(union)}
    nodes -= _ELSEWHERE
    found = {f"node {name}" for name in nodes}
    found |= {f"atomic {name}" for name in ATOMICS if name != "read"}
    found |= {f"exchange {name}" for name in ("xchg", "cmpxchg", "try_cmpxchg")}
    for call in kernel.PRIMITIVES.values():
        if isinstance(call, kernel.LockCall):
            found |= {f"lock {call.operator.value} {kind.value}" for kind in call.kinds}
    for enum in (typed.LockQuestion, typed.EventKind, typed.Quantity, typed.LockKind, typed.AccessTag):
        found |= {f"{enum.__name__} {member.value}" for member in enum}
    found -= {"AccessTag full"}
    found |= {f"edit {edit.__name__}" for edit in get_args(ast.Edit)}
    found |= {f"violated {kind}" for kind in OBLIGATION_KINDS}
    found |= {
        f"property {word}" for word in ("invariant", "step", "final", "cover", "may", "count", "order", "only_if")
    }
    found |= {"goto back", "goto into a loop", "goto out of atomic", "clause until next", "clause within drained"}
    found |= {
        f"operator {word}" for word in ("<<", ">>", "^", "&", "|", "/", "%", "in", "~", "-", "!", "=>", "&&", "||")
    }
    found |= {
        "callback requires",
        "callback sleeps",
        "process provided",
        "process server",
        "loop quiescent",
        "loop endless",
    }
    found |= {
        "init two blocks",
        "pool typestable",
        "pool plain",
        "pools side by side",
        "assertion that reads shared state",
    }
    return found


def occurring(model: typed.Model) -> Counter[str]:
    """Return what of ``wanted`` a model has, and how often; what is violated is not seen here."""
    found: Counter[str] = Counter()
    for node in _nodes(model):
        found[f"node {type(node).__name__}"] += 1
        found.update(_details(node))
    stable = {o.typestable for o in model.objects}
    found.update(
        {"pool typestable": True in stable, "pool plain": False in stable, "pools side by side": len(stable) == 2}
    )
    found["init two blocks"] += len(model.init.statements) > 1
    for process in model.processes:
        found.update(_jumps(process.body))
    for inline in model.inlines:
        found.update(_jumps(inline.body))
    return +found


def edits_of(spec: ast.Spec) -> Counter[str]:
    """Return the kinds of edits of all variants of a spec."""
    variants = [item for item in spec.items if isinstance(item, ast.VariantDecl)]
    return Counter(f"edit {type(edit).__name__}" for variant in variants for edit in variant.edits)


def _nodes(node: Any) -> Iterator[Any]:
    if isinstance(node, tuple):
        for part in node:
            yield from _nodes(part)
    elif isinstance(node, Enum):
        yield node
    elif dataclasses.is_dataclass(node):
        yield node
        for field in dataclasses.fields(node):
            if field.name != "span":
                yield from _nodes(getattr(node, field.name))


def _details(node: Any) -> Iterator[str]:
    match node:
        case typed.AtomicOp(operator, place):
            yield f"{'atomic' if isinstance(place.type, typed.AtomicType) else 'exchange'} {operator}"
        case typed.LockOp(lock_operator, _, kind):
            yield f"lock {lock_operator.value} {kind.value}"
        case Enum():
            yield f"{type(node).__name__} {node.value}"
        case (
            typed.Binary(operator) | typed.Unary(operator) | typed.Logical(operator) | typed.CompoundAssign(_, operator)
        ):
            yield f"operator {operator}"
        case typed.Count(_, _, _, _, until_next, within_drained):
            yield from ["clause until next"] * until_next + ["clause within drained"] * within_drained
        case typed.Property(kind=kind):
            yield f"property {kind}"
        case typed.Inline(callback=True, requires=requires, sleeps=sleeps):
            yield from ["callback requires"] * (requires is not None) + ["callback sleeps"] * sleeps
        case typed.Process(server=server, provided=provided):
            yield from ["process server"] * server + ["process provided"] * (provided is not None)
        case typed.Loop(head=typed.LoopHead.RESTS):
            yield "loop quiescent"
        case typed.Loop(head=typed.LoopHead.GOES_ROUND):
            yield "loop endless"
        case typed.Assert(reads_shared=True):
            yield "assertion that reads shared state"


def _jumps(body: typed.Block) -> Iterator[str]:
    """Yield what kinds of jumps a body has."""
    places: dict[str, tuple[int, tuple[int, ...]]] = {}
    jumps: list[tuple[str, int, tuple[int, ...], bool]] = []
    order = 0

    def visit(node: Any, loops: tuple[int, ...], atomic: bool) -> None:
        nonlocal order
        order += 1
        here = order
        match node:
            case typed.Labelled(label):
                places[label] = (here, loops)
            case typed.Goto(label):
                jumps.append((label, here, loops, atomic))
            case typed.Loop():
                loops = (*loops, here)
            case typed.Atomic():
                atomic = True
        for field in dataclasses.fields(node):
            value = getattr(node, field.name)
            for part in value if isinstance(value, tuple) else (value,):
                if isinstance(part, typed.Stmt | typed.WhenBranch):
                    visit(part, loops, atomic)

    visit(body, (), False)
    for label, order_of_jump, loops, atomic in jumps:
        if label in places:
            target, around = places[label]
            yield from ["goto back"] * (target < order_of_jump) + ["goto out of atomic"] * atomic
            yield from ["goto into a loop"] * (around != loops[: len(around)])
