"""Scopes of the expansion, and renaming expressions into graph locals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import assert_never

from modelcheck.ground.records import dataclass
from modelcheck.model import typed
from modelcheck.semantics.elaborate.graphs.emitter import Emitter, Join
from modelcheck.semantics.elaborate.graphs.graph import PureCall


@dataclass(slots=True)
class LoopTargets:
    leave: Join
    again: Join


@dataclass(slots=True)
class Scope:
    """One expanded body: the process's own (``inline`` None) or that of a call."""

    owner: str
    inline: str | None
    locals: dict[int, int] = field(default_factory=dict)
    places: dict[int, typed.Place] = field(default_factory=dict)
    labels: dict[str, Join] = field(default_factory=dict)
    blocks: list[typed.Block] = field(default_factory=list)
    label_blocks: dict[str, tuple[typed.Block, ...]] = field(default_factory=dict)
    inside: tuple[str, ...] = ()
    loops: list[LoopTargets] = field(default_factory=list)
    exit: Join = field(default_factory=Join)
    result: int | None = None


def local_index(emitter: Emitter, scope: Scope, local: typed.Local, bound: bool = False) -> int:
    """The graph local of a declared local in this expansion, made at its first use."""
    index = scope.locals.get(local.id)
    if index is None:
        index = emitter.new_local(local.name, local.type, local.owner, bound=bound)
        scope.locals[local.id] = index
        if local.id in emitter.captured_ids:
            emitter.captured.add(index)
    return index


class Renamer:
    """Renames expressions that need no lowering. ``inlines``: for calls of a single ``return``."""

    def __init__(self, emitter: Emitter, inlines: Mapping[str, typed.Inline]) -> None:
        self.emitter = emitter
        self.inlines = inlines

    def local(self, scope: Scope, id: int) -> int:
        assert id in scope.locals, f"local {id} of {scope.owner} is used outside its block"
        return scope.locals[id]

    def place(self, place: typed.Place, scope: Scope) -> typed.Place:
        """The place over graph locals; a ``&`` parameter is replaced by what the caller gave."""
        selectors = tuple(
            typed.IndexSelector(self.expression(s.index, scope)) if isinstance(s, typed.IndexSelector) else s
            for s in place.selectors
        )
        match place.root:
            case typed.SharedRoot():
                return typed.Place(place.root, selectors, place.type, place.shared, place.span)
            case typed.LocalRoot(local):
                root = typed.LocalRoot(self.local(scope, local))
                return typed.Place(root, selectors, place.type, place.shared, place.span)
            case typed.RefParamRoot(parameter):
                given = scope.places[parameter]
                return typed.Place(given.root, given.selectors + selectors, place.type, given.shared, place.span)
            case typed.FieldRoot(reference, object, field):
                renamed = typed.FieldRoot(self.expression(reference, scope), object, field)
                return typed.Place(renamed, selectors, place.type, place.shared, place.span)
            case _:
                assert_never(place.root)

    def domain(self, domain: typed.Domain, scope: Scope) -> typed.Domain:
        if isinstance(domain, typed.SetDomain):
            return typed.SetDomain(self.expression(domain.set, scope))
        return domain

    def expression(self, e: typed.Expr, scope: Scope) -> typed.Expr:
        """The expression over graph locals."""
        match e:
            case typed.Constant() | typed.SelfRead() | typed.CountProcesses() | typed.CountAllocated():
                return e
            case typed.LocalRead(local, type, span):
                return typed.LocalRead(self.local(scope, local), type, span)
            case typed.Load(place, type, span, tag):
                renamed = self.place(place, scope)
                if isinstance(renamed.root, typed.LocalRoot) and not renamed.selectors:
                    return typed.LocalRead(renamed.root.local, type, span)
                return typed.Load(renamed, type, span, tag)
            case typed.Unary(operator, operand, type, span):
                return typed.Unary(operator, self.expression(operand, scope), type, span)
            case typed.Binary(operator, left, right, type, span):
                return typed.Binary(operator, self.expression(left, scope), self.expression(right, scope), type, span)
            case typed.Logical(operator, left, right, type, span):
                return typed.Logical(operator, self.expression(left, scope), self.expression(right, scope), type, span)
            case typed.Conditional(condition, then, otherwise, type, span):
                return typed.Conditional(
                    self.expression(condition, scope),
                    self.expression(then, scope),
                    self.expression(otherwise, scope),
                    type,
                    span,
                )
            case typed.CallExpr():
                return self._call(e, scope)
            case typed.AtomicOp(operator, place, arguments, type, span):
                renamed = self.place(place, scope)
                return typed.AtomicOp(
                    operator, renamed, tuple(self.expression(a, scope) for a in arguments), type, span
                )
            case typed.LockOp(lock_operator, place, kind, type, span):
                return typed.LockOp(lock_operator, self.place(place, scope), kind, type, span)
            case typed.New(object, inits, may_fail, type, span):
                renamed_inits = tuple((n, self.expression(v, scope)) for n, v in inits)
                return typed.New(object, renamed_inits, may_fail, type, span)
            case typed.CondLoad(place, value, condition, type, span):
                renamed = self.place(place, scope)
                index = self.emitter.new_local("VAL", type, scope.owner, bound=True)
                scope.locals[value] = index
                return typed.CondLoad(renamed, index, self.expression(condition, scope), type, span)
            case typed.OptSome(operand, type, span):
                return typed.OptSome(self.expression(operand, scope), type, span)
            case typed.OptGet(operand, type, span):
                return typed.OptGet(self.expression(operand, scope), type, span)
            case typed.SetLiteral(elements, type, span):
                return typed.SetLiteral(tuple(self.expression(x, scope) for x in elements), type, span)
            case typed.SetSize(operand, type, span):
                return typed.SetSize(self.expression(operand, scope), type, span)
            case typed.Cast(operand, type, span):
                return typed.Cast(self.expression(operand, scope), type, span)
            case typed.Ask(question, place, type, span):
                return typed.Ask(question, self.place(place, scope), type, span)
            case typed.Quantifier(forall, variable, domain, body, type, span):
                index = local_index(self.emitter, scope, variable, bound=True)
                bound = typed.Local(index, variable.name, variable.type, variable.owner, variable.span)
                return typed.Quantifier(
                    forall, bound, self.domain(domain, scope), self.expression(body, scope), type, span
                )
            case typed.AtLabel(label, type, span):
                return typed.AtLabel(self._label(label, scope), type, span)
            case typed.AfterLabel(label, type, span):
                return typed.AfterLabel(self._label(label, scope), type, span)
            case typed.CountAt(labels, type, span):
                return typed.CountAt(tuple(self._label(x, scope) for x in labels), type, span)
            case typed.Primed(operand, type, span):
                return typed.Primed(self.expression(operand, scope), type, span)
            case _:
                assert_never(e)

    def _label(self, label: typed.LabelRef, scope: Scope) -> typed.LabelRef:
        if label.replica is None:
            return label
        replica = self.expression(label.replica, scope)
        return typed.LabelRef(label.process, replica, label.path, label.inline, label.label, label.span)

    def _call(self, e: typed.CallExpr, scope: Scope) -> typed.Expr:
        inline = self.inlines[e.inline]
        value = single_return(inline)
        assert value is not None, f"{inline.name} is no single return"
        inner = Scope(inline.name, inline.name)
        parameters: list[int] = []
        arguments: list[typed.Expr] = []

        def keep(operand: typed.Expr) -> typed.Expr:
            index = self.emitter.new_local("", operand.type, inline.name, bound=True)
            parameters.append(index)
            arguments.append(operand)
            return typed.LocalRead(index, operand.type, operand.span)

        for parameter, argument in zip(inline.parameters, e.arguments, strict=True):
            if isinstance(parameter, typed.RefParam):
                assert isinstance(argument, typed.Place)
                inner.places[parameter.id] = map_place(self.place(argument, scope), keep)
            else:
                assert not isinstance(argument, typed.Place)
                parameters.append(local_index(self.emitter, inner, parameter, bound=True))
                arguments.append(self.expression(argument, scope))
        name = f"{inline.name}#{len(self.emitter.pure_calls)}"
        self.emitter.pure_calls[name] = PureCall(inline.name, tuple(parameters), self.expression(value, inner))
        return typed.CallExpr(name, tuple(arguments), e.type, e.span)


def map_place(place: typed.Place, change: Callable[[typed.Expr], typed.Expr]) -> typed.Place:
    """Replace the reference and the indices of a place, in the order in which they are evaluated."""
    root = place.root
    if isinstance(root, typed.FieldRoot):
        root = typed.FieldRoot(change(root.reference), root.object, root.field)
    selectors = tuple(
        typed.IndexSelector(change(s.index)) if isinstance(s, typed.IndexSelector) else s for s in place.selectors
    )
    return typed.Place(root, selectors, place.type, place.shared, place.span)


def place_operands(place: typed.Place) -> tuple[typed.Expr, ...]:
    """The reference and the indices of a place."""
    reference = (place.root.reference,) if isinstance(place.root, typed.FieldRoot) else ()
    return (*reference, *(s.index for s in place.selectors if isinstance(s, typed.IndexSelector)))


def single_return(inline: typed.Inline) -> typed.Expr | None:
    """The value of an inline whose body is one ``return`` (labels and braces around it do not matter), else None."""
    statement: typed.Stmt = inline.body
    while True:
        match statement:
            case typed.Block(_, statements):
                kept = [s for s in statements if not isinstance(s, typed.Empty)]
                if len(kept) != 1:
                    return None
                statement = kept[0]
            case typed.Labelled(_, inner):
                statement = inner
            case typed.Return(value):
                return value
            case _:
                return None
