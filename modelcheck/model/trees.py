"""The visitor and the mapper of typed trees: every walk goes through here, so that a new kind of node
is met by all of them.

``below`` visits every node whatever its kind (fields and tuples in them are followed, so nothing can be forgotten);
``statements_in`` and ``operands`` say what stands directly in a statement and in an expression, kind by kind;
``mapped`` makes an expression anew from changed parts. What a walk does at a node is told apart by the walk itself.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType, ModuleType
from typing import assert_never

from modelcheck.model import expressions, model, properties, statements, typed, types


def _fields_of(*modules: ModuleType) -> Iterator[tuple[type, tuple[str, ...]]]:
    for module in modules:
        for kind in vars(module).values():
            if isinstance(kind, type) and dataclasses.is_dataclass(kind) and kind.__module__ == module.__name__:
                yield kind, tuple(field.name for field in dataclasses.fields(kind))


#: Every kind of node with its fields.
FIELDS: Mapping[type, tuple[str, ...]] = MappingProxyType(
    dict(_fields_of(types, expressions, statements, properties, model))
)

#: Annotations (as written) of fields in which no node stands: most of what a walk would look at in vain.
_PLAIN = frozenset({"Span", "str", "int", "bool", "str | None", "int | None"})
_INNER: Mapping[type, tuple[str, ...]] = MappingProxyType(
    {
        kind: tuple(field.name for field in reversed(dataclasses.fields(kind)) if field.type not in _PLAIN)
        for kind in FIELDS
    }
)


def below(root: object, closed: tuple[type, ...] = ()) -> Iterator[object]:
    """Yield ``root`` (or, of a tuple, its members) and all nodes below, types included, in the order of the text.

    Nodes of ``closed`` kinds are yielded, what is in them is not.
    """
    stack = [root]
    while stack:
        node = stack.pop()
        if type(node) is tuple:
            stack.extend(reversed(node))
            continue
        inner = _INNER.get(type(node))
        if inner is None:
            continue
        yield node
        if type(node) not in closed:
            stack.extend([getattr(node, name) for name in inner])


def statements_in(node: typed.Stmt) -> tuple[typed.Stmt, ...]:
    """Return the statements directly inside a statement."""
    match node:
        case typed.Block(_, statements):
            return statements
        case typed.Labelled(_, inner):
            return (inner,)
        case typed.If(_, then, otherwise):
            return (then,) if otherwise is None else (then, otherwise)
        case typed.Loop(body=body) | typed.For(body=body):
            return (body,)
        case typed.When(branches):
            return tuple(branch.body for branch in branches if branch.body is not None)
        case typed.Atomic(_, block):
            return (block,)
        case typed.Choose(blocks):
            return blocks
        case (
            typed.Assign()
            | typed.CompoundAssign()
            | typed.Evaluate()
            | typed.Goto()
            | typed.Break()
            | typed.Continue()
            | typed.Return()
            | typed.Pick()
            | typed.Emit()
            | typed.Assert()
            | typed.Free()
            | typed.Touch()
            | typed.Empty()
        ):
            return ()
        case _:
            assert_never(node)


def statements_below(root: typed.Stmt) -> Iterator[typed.Stmt]:
    """Yield a statement and all statements inside it, in the order of the text."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(statements_in(node)))


def place_operands(place: typed.Place) -> tuple[typed.Expr, ...]:
    """Return what working out which location ``place`` is evaluates: the reference, then the indices."""
    reference = (place.root.reference,) if isinstance(place.root, typed.FieldRoot) else ()
    return (*reference, *(s.index for s in place.selectors if isinstance(s, typed.IndexSelector)))


def argument_operands(arguments: Iterable[typed.Expr | typed.Place]) -> tuple[typed.Expr, ...]:
    """Return what the arguments of a call evaluate, in order."""
    found: list[typed.Expr] = []
    for argument in arguments:
        found += place_operands(argument) if isinstance(argument, typed.Place) else (argument,)
    return tuple(found)


def operands(node: typed.Expr) -> tuple[typed.Expr, ...]:
    """Return the expressions directly in ``node``, in the order of the text; those in places are among them.

    Which of them are evaluated is another matter: ``&&``, ``||``, ``=>`` and ``?:`` choose among theirs.
    """
    match node:
        case typed.Load(place) | typed.Ask(_, place) | typed.LockOp(_, place):
            return place_operands(place)
        case (
            typed.Unary(_, operand)
            | typed.Cast(operand)
            | typed.OptSome(operand)
            | typed.OptGet(operand)
            | typed.SetSize(operand)
            | typed.Primed(operand)
            | typed.NextAllocated(_, operand)
        ):
            return (operand,)
        case typed.Binary(_, left, right) | typed.Logical(_, left, right):
            return (left, right)
        case typed.Conditional(condition, then, otherwise):
            return (condition, then, otherwise)
        case typed.CallExpr(_, arguments):
            return argument_operands(arguments)
        case typed.AtomicOp(_, place, values):
            return (*place_operands(place), *values)
        case typed.New(_, inits):
            return tuple(value for _, value in inits)
        case typed.CondLoad(place, _, condition):
            return (*place_operands(place), condition)
        case typed.SetLiteral(elements):
            return elements
        case typed.Quantifier(_, _, domain, body):
            return (domain.set, body) if isinstance(domain, typed.SetDomain) else (body,)
        case typed.AtLabel(label) | typed.AfterLabel(label):
            return () if label.replica is None else (label.replica,)
        case typed.Done(_, replica):
            return () if replica is None else (replica,)
        case typed.CountAt(labels):
            return tuple(label.replica for label in labels if label.replica is not None)
        case typed.Constant() | typed.LocalRead() | typed.SelfRead() | typed.CountProcesses() | typed.CountAllocated():
            return ()
        case _:
            assert_never(node)


def mapped_place(place: typed.Place, change: Callable[[typed.Expr], typed.Expr]) -> typed.Place:
    """Replace the reference and the indices of a place, in the order in which they are evaluated."""
    root = place.root
    if isinstance(root, typed.FieldRoot):
        root = typed.FieldRoot(change(root.reference), root.object, root.field)
    selectors = tuple(
        typed.IndexSelector(change(s.index)) if isinstance(s, typed.IndexSelector) else s for s in place.selectors
    )
    return typed.Place(root, selectors, place.type, place.shared, place.span)


def mapped(
    node: typed.Expr,
    change: Callable[[typed.Expr], typed.Expr],
    change_place: Callable[[typed.Place], typed.Place],
) -> typed.Expr:
    """Return ``node`` with the expressions and places directly in it replaced, in the order in which
    they are evaluated.

    The variables that nodes bind (of a quantifier, of ``cond_load``) stay as they are.
    """

    def label(old: typed.LabelRef) -> typed.LabelRef:
        return old if old.replica is None else dataclasses.replace(old, replica=change(old.replica))

    match node:
        case typed.Constant() | typed.LocalRead() | typed.SelfRead() | typed.CountProcesses() | typed.CountAllocated():
            return node
        case typed.Load(place, type, span, tag):
            return typed.Load(change_place(place), type, span, tag)
        case typed.Ask(question, place, type, span):
            return typed.Ask(question, change_place(place), type, span)
        case typed.LockOp(lock_operator, place, kind, type, span):
            return typed.LockOp(lock_operator, change_place(place), kind, type, span)
        case typed.Unary(operator, operand, type, span):
            return typed.Unary(operator, change(operand), type, span)
        case typed.Binary(operator, left, right, type, span):
            return typed.Binary(operator, change(left), change(right), type, span)
        case typed.Logical(operator, left, right, type, span):
            return typed.Logical(operator, change(left), change(right), type, span)
        case typed.Conditional(condition, then, otherwise, type, span):
            return typed.Conditional(change(condition), change(then), change(otherwise), type, span)
        case typed.CallExpr(inline, arguments, type, span):
            given = tuple(change_place(a) if isinstance(a, typed.Place) else change(a) for a in arguments)
            return typed.CallExpr(inline, given, type, span)
        case typed.AtomicOp(operator, place, values, type, span):
            return typed.AtomicOp(operator, change_place(place), tuple(map(change, values)), type, span)
        case typed.New(object, inits, may_fail, type, span):
            return typed.New(object, tuple((name, change(value)) for name, value in inits), may_fail, type, span)
        case typed.CondLoad(place, value, condition, type, span):
            return typed.CondLoad(change_place(place), value, change(condition), type, span)
        case typed.OptSome(operand, type, span):
            return typed.OptSome(change(operand), type, span)
        case typed.OptGet(operand, type, span):
            return typed.OptGet(change(operand), type, span)
        case typed.SetLiteral(elements, type, span):
            return typed.SetLiteral(tuple(map(change, elements)), type, span)
        case typed.SetSize(operand, type, span):
            return typed.SetSize(change(operand), type, span)
        case typed.Cast(operand, type, span):
            return typed.Cast(change(operand), type, span)
        case typed.Primed(operand, type, span):
            return typed.Primed(change(operand), type, span)
        case typed.NextAllocated(object, after, type, span):
            return typed.NextAllocated(object, change(after), type, span)
        case typed.Quantifier(forall, variable, domain, body, type, span):
            over = typed.SetDomain(change(domain.set)) if isinstance(domain, typed.SetDomain) else domain
            return typed.Quantifier(forall, variable, over, change(body), type, span)
        case typed.AtLabel(at, type, span):
            return typed.AtLabel(label(at), type, span)
        case typed.AfterLabel(at, type, span):
            return typed.AfterLabel(label(at), type, span)
        case typed.Done(process, replica, type, span):
            return typed.Done(process, None if replica is None else change(replica), type, span)
        case typed.CountAt(labels, type, span):
            return typed.CountAt(tuple(map(label, labels)), type, span)
        case _:
            assert_never(node)


def captured_locals(model: typed.Model) -> frozenset[int]:
    """The ids of locals that evaluating an operand may change: given to a ``&`` parameter somewhere, or exchanged."""
    found: set[int] = set()
    for node in below((*(p.body for p in model.processes), *(i.body for i in model.inlines), model.init)):
        if isinstance(node, typed.AtomicOp) and isinstance(node.place.root, typed.LocalRoot):
            found.add(node.place.root.local)
        elif isinstance(node, typed.CallExpr):
            places = [argument for argument in node.arguments if isinstance(argument, typed.Place)]
            found.update(place.root.local for place in places if isinstance(place.root, typed.LocalRoot))
    return frozenset(found)


def blocks_of_labels(body: typed.Block) -> dict[str, tuple[typed.Block, ...]]:
    """For each label of a body the blocks around it, outermost first (a ``goto`` into a block enters it)."""
    found: dict[str, tuple[typed.Block, ...]] = {}

    def visit(node: typed.Stmt, around: tuple[typed.Block, ...]) -> None:
        if isinstance(node, typed.Block):
            around = (*around, node)
        elif isinstance(node, typed.Labelled):
            found[node.label] = around
        for inner in statements_in(node):
            visit(inner, around)

    visit(body, ())
    return found


def reads_shared(expression: typed.Expr) -> bool:
    """Whether an expression in which ``&`` parameters are replaced reads a shared place."""
    return any(
        node.place.shared
        for node in below(expression)
        if isinstance(node, typed.Load | typed.AtomicOp)
        or (isinstance(node, typed.Ask) and node.question is not typed.LockQuestion.HELD)
    )
