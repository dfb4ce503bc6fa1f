"""Labels and gotos of one body, before its statements are resolved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import assert_never

from modelcheck.ground.diagnostics import DiagnosticBag, Note
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.ground.suggest import did_you_mean, existing, name_in, rename
from modelcheck.language.syntax import ast


@dataclass(frozen=True, slots=True)
class Jump:
    """A ``goto``; ``inside``: the ids of the atomic and for statements around it, outermost first."""

    label: str
    inside: tuple[int, ...]
    span: Span


@dataclass(slots=True)
class Labels:
    """Where each label of a body stands, and which of them some ``goto`` names."""

    spans: dict[str, Span] = field(default_factory=dict)
    inside: dict[str, tuple[int, ...]] = field(default_factory=dict)
    jumps: list[Jump] = field(default_factory=list)
    constructs: dict[int, str] = field(default_factory=dict)


def children(node: ast.Stmt) -> tuple[ast.Stmt, ...]:
    """Return the statements directly inside ``node``."""
    match node:
        case ast.Simple() | ast.Jump():
            return ()
        case ast.Block(statements):
            return statements
        case ast.Labelled(_, statement):
            return (statement,)
        case ast.If(_, then, otherwise):
            return (then,) if otherwise is None else (then, otherwise)
        case ast.While(_, body) | ast.DoWhile(body, _) | ast.Loop(body, _) | ast.For(_, _, body):
            return (body,)
        case ast.When(branches):
            return tuple(branch.body for branch in branches if branch.body is not None)
        case ast.Atomic(_, block):
            return (block,)
        case ast.Choose(blocks):
            return blocks
        case _:
            assert_never(node)


def statements_of(body: ast.Block) -> Iterator[ast.Stmt]:
    """Yield a body and every statement in it, in the order of the text."""
    stack: list[ast.Stmt] = [body]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))


def scan(body: ast.Block, bag: DiagnosticBag) -> Labels:
    """Collect the labels of a body; report duplicates, unknown targets and jumps into ``atomic`` and ``for``."""
    labels = Labels()
    stack: list[tuple[ast.Stmt, tuple[int, ...]]] = [(body, ())]
    while stack:
        node, inside = stack.pop()
        if isinstance(node, ast.Labelled):
            if node.label in labels.spans:
                first = Note("the first one is here", labels.spans[node.label])
                bag.error("MC108", f"label `{node.label}` stands twice in this body", node.span, [first])
            else:
                labels.spans[node.label] = node.span
                labels.inside[node.label] = inside
        elif isinstance(node, ast.Goto):
            labels.jumps.append(Jump(node.label, inside, node.span))
        elif isinstance(node, ast.Atomic | ast.For):
            key = len(labels.constructs)
            labels.constructs[key] = "an `atomic`" if isinstance(node, ast.Atomic) else "a `for`"
            inside = (*inside, key)
        stack.extend([(child, inside) for child in reversed(children(node))])
    for jump in labels.jumps:
        _check(labels, jump, bag)
    return labels


def _check(labels: Labels, jump: Jump, bag: DiagnosticBag) -> None:
    if jump.label not in labels.spans:
        hint = did_you_mean(jump.label, labels.spans) or existing(list(labels.spans))
        message = f"there is no label `{jump.label}` in this body{hint}"
        where = name_in(jump.span, jump.label)
        bag.error("MC107", message, where, (), rename(jump.label, labels.spans, where))
        return
    target = labels.inside[jump.label]
    if target != jump.inside[: len(target)]:
        entered = next(key for i, key in enumerate(target) if i >= len(jump.inside) or jump.inside[i] != key)
        what = labels.constructs[entered]
        note = Note(f"label `{jump.label}` is here", labels.spans[jump.label])
        bag.error("MC126", f"`goto {jump.label}` jumps into the middle of {what}", jump.span, [note])
