"""Scopes of the expansion, and renaming expressions into graph locals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import assert_never

from modelcheck.ground.records import dataclass
from modelcheck.model import typed
from modelcheck.model.trees import mapped, mapped_place
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
        changed = mapped_place(place, lambda operand: self.expression(operand, scope))
        match changed.root:
            case typed.SharedRoot() | typed.FieldRoot():
                return changed
            case typed.LocalRoot(local):
                return replace(changed, root=typed.LocalRoot(self.local(scope, local)))
            case typed.RefParamRoot(parameter):
                given = scope.places[parameter]
                return replace(
                    changed, root=given.root, selectors=given.selectors + changed.selectors, shared=given.shared
                )
            case _:
                assert_never(changed.root)

    def domain(self, domain: typed.Domain, scope: Scope) -> typed.Domain:
        if isinstance(domain, typed.SetDomain):
            return typed.SetDomain(self.expression(domain.set, scope))
        return domain

    def expression(self, e: typed.Expr, scope: Scope) -> typed.Expr:
        """The expression over graph locals. (What binds a variable, and what names one, is told
        apart; the rest is mapped.)
        """
        if isinstance(e, typed.LocalRead):
            return typed.LocalRead(self.local(scope, e.local), e.type, e.span)
        if isinstance(e, typed.CallExpr):
            return self._call(e, scope)
        if isinstance(e, typed.Load):
            renamed = self.place(e.place, scope)
            if isinstance(renamed.root, typed.LocalRoot) and not renamed.selectors:
                return typed.LocalRead(renamed.root.local, e.type, e.span)
            return typed.Load(renamed, e.type, e.span, e.tag)
        if isinstance(e, typed.CondLoad):
            renamed = self.place(e.place, scope)
            index = self.emitter.new_local("VAL", e.type, scope.owner, bound=True)
            scope.locals[e.value] = index
            return typed.CondLoad(renamed, index, self.expression(e.condition, scope), e.type, e.span)
        if isinstance(e, typed.Quantifier):
            index = local_index(self.emitter, scope, e.variable, bound=True)
            e = replace(e, variable=replace(e.variable, id=index))
        return mapped(e, lambda operand: self.expression(operand, scope), lambda place: self.place(place, scope))

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
                inner.places[parameter.id] = mapped_place(self.place(argument, scope), keep)
            else:
                assert not isinstance(argument, typed.Place)
                parameters.append(local_index(self.emitter, inner, parameter, bound=True))
                arguments.append(self.expression(argument, scope))
        name = f"{inline.name}#{len(self.emitter.pure_calls)}"
        self.emitter.pure_calls[name] = PureCall(inline.name, tuple(parameters), self.expression(value, inner))
        return typed.CallExpr(name, tuple(arguments), e.type, e.span)


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
            case (
                typed.Simple()
                | typed.If()
                | typed.Loop()
                | typed.For()
                | typed.Goto()
                | typed.Break()
                | typed.Continue()
                | typed.When()
                | typed.Atomic()
                | typed.Choose()
            ):
                return None
            case _:
                assert_never(statement)
