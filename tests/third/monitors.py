"""Events and the monitors that watch them (section 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from modelcheck.language.syntax import ast
from tests.third import values
from tests.third.expressions import Expressions
from tests.third.machine import Bound, Machine
from tests.third.terms import Binding, Pure, Scope
from tests.third.values import Type, Unsupported, Value
from tests.third.world import World, parts_of

Violate = Callable[[Machine, str], None]


@dataclass(frozen=True)
class Pattern:
    """``arguments``: for each argument of the event ("any", None), ("is", value) or ("var", name)."""

    kind: str
    name: str | None
    arguments: tuple[tuple[str, Value], ...]

    def match(self, kind: str, name: str, arguments: tuple[Value, ...]) -> Bound | None:
        if kind != self.kind or (self.name is not None and name != self.name):
            return None
        found: Bound = {}
        for (how, wanted), value in zip(self.arguments, arguments, strict=True):
            if how == "is" and values.plain(value) != values.plain(wanted):
                return None
            if how == "var":
                if wanted in found and values.plain(found[wanted]) != values.plain(value):
                    return None
                found[wanted] = value
        return found

    def variables(self) -> set[str]:
        return {wanted for how, wanted in self.arguments if how == "var"}


def pattern(world: World, node: ast.EventPattern, others: dict[str, Type]) -> tuple[Pattern, dict[str, Type]]:
    """Look a pattern up. ``others``: the types of variables that other places tell. Also the types of its own."""
    kind, name, types = _event(world, node)
    given = list(node.arguments)
    if kind == "call" and node.result is not None:
        kind = "return"
        given.append(node.result)
    found: list[tuple[str, Value]] = []
    mine = dict[str, Type]()
    for argument, type_ in zip(given, types, strict=False):
        match argument:
            case ast.Wildcard():
                found.append(("any", None))
            case ast.Name(variable) if kind in ("new", "free") and variable in world.objects:
                name = variable
                found.append(("any", None))
            case ast.Name(variable) if variable not in world.constants and variable not in world.literals:
                if kind in ("new", "free"):
                    if variable in others:
                        name = others[variable].name
                    elif len(world.objects) == 1:
                        name = next(iter(world.objects))
                    else:
                        raise Unsupported("an object that nothing names")
                    type_ = Type("ref", name)
                assert type_ is not None
                mine[variable] = type_
                found.append(("var", variable))
            case _:
                found.append(("is", world.constant(argument)))
    return Pattern(kind, name, tuple(found)), mine


def _event(world: World, node: ast.EventPattern) -> tuple[str, str | None, list[Type | None]]:
    if node.event in ("new", "free"):
        return node.event, None, [None]
    if node.event in world.events:
        return "event", node.event, [world.type(p.type) for p in world.events[node.event].parameters]
    routine = world.routines[node.event]
    result = world.type(routine.result) if routine.result is not None else None
    return "call", node.event, [*(world.type(p.type) for p in routine.parameters), result]


def two(world: World, one: ast.EventPattern, other: ast.EventPattern) -> tuple[Pattern, Pattern, tuple[str, ...]]:
    """Two patterns and the keys that they share."""
    types: dict[str, Type] = {}
    for node in (one, other):
        if node.event not in ("new", "free"):
            types |= pattern(world, node, {})[1]
    first, second = pattern(world, one, types)[0], pattern(world, other, types)[0]
    return first, second, tuple(sorted(first.variables() & second.variables()))


def key_of(found: Bound, keys: tuple[str, ...]) -> tuple[Value, ...] | None:
    key = tuple(values.plain(found[name]) for name in keys)
    return None if None in key else key


class Count:
    def __init__(self, world: World, node: ast.CountDecl) -> None:
        self.node, self.name = node, node.name
        self.keys: tuple[str, ...] = ()
        self.per: Pattern | None = None
        if node.per is None:
            self.counted = pattern(world, node.counted, {})[0]
        else:
            self.counted, self.per, self.keys = two(world, node.counted, node.per)
        self.once = node.quantity in (ast.Quantity.EXACTLY_ONCE, ast.Quantity.AT_LEAST_ONCE)
        self.limit = 1 if node.quantity is ast.Quantity.EXACTLY_ONCE else node.limit

    def start(self, m: Machine) -> None:
        if self.per is None:
            m.monitors[self.name, ()] = 0

    def event(self, m: Machine, kind: str, name: str, arguments: tuple[Value, ...], violate: Violate) -> None:
        if self.per is not None and (found := self.per.match(kind, name, arguments)) is not None:
            key = key_of(found, self.keys)
            if key is not None:
                armed = m.monitors.get((self.name, key))
                if armed is not None and (not self.node.until_next or (armed == 0 and self.once)):
                    violate(m, self.name)
                m.monitors[self.name, key] = 0
        if (found := self.counted.match(kind, name, arguments)) is not None:
            key = key_of(found, self.keys)
            if key is not None:
                self._count(m, (self.name, key), violate)

    def _count(self, m: Machine, cell: Any, violate: Violate) -> None:
        armed = m.monitors.get(cell)
        match self.node.quantity:
            case ast.Quantity.NEVER:
                violate(m, self.name)
            case _ if armed is None:
                violate(m, self.name)
            case ast.Quantity.AT_LEAST_ONCE:
                m.monitors[cell] = 1
            case _ if armed + 1 > self.limit:
                violate(m, self.name)
            case _:
                m.monitors[cell] = armed + 1

    def renew(self, m: Machine, object_: str, slot: int, violate: Violate) -> None:
        for cell, armed in list(m.monitors.items()):
            if cell[0] == self.name and (object_, slot) in cell[1]:
                if armed == 0 and self.once:
                    violate(m, self.name)
                del m.monitors[cell]

    def open(self, monitors: dict[Any, Any]) -> bool:
        """Is a cell armed with 0 that should not be?"""
        return self.once and any(cell[0] == self.name and armed == 0 for cell, armed in monitors.items())


class Order:
    def __init__(self, world: World, node: ast.OrderDecl) -> None:
        self.name, self.node = node.name, node
        self.first, self.second, self.keys = two(world, node.first, node.second)

    def start(self, m: Machine) -> None:
        pass

    def event(self, m: Machine, kind: str, name: str, arguments: tuple[Value, ...], violate: Violate) -> None:
        if (found := self.second.match(kind, name, arguments)) is not None:
            key = key_of(found, self.keys)
            if key is not None and (self.name, key) not in m.monitors:
                violate(m, self.name)
        if (found := self.first.match(kind, name, arguments)) is not None:
            key = key_of(found, self.keys)
            if key is not None:
                m.monitors[self.name, key] = True

    def renew(self, m: Machine, object_: str, slot: int, violate: Violate) -> None:
        for cell in [c for c in m.monitors if c[0] == self.name and (object_, slot) in c[1]]:
            del m.monitors[cell]


class OnlyIf:
    def __init__(self, world: World, node: ast.OnlyIfDecl, expressions: Expressions) -> None:
        self.name, self.node = node.name, node
        hints = _hints(world, node)
        self.pattern, types = pattern(world, node.event, hints)
        scope: Scope = {name: Binding("bound", type_) for name, type_ in types.items()}
        self.condition = expressions.pure(node.condition, scope)

    def start(self, m: Machine) -> None:
        pass

    def event(self, m: Machine, kind: str, name: str, arguments: tuple[Value, ...], violate: Violate) -> None:
        if (found := self.pattern.match(kind, name, arguments)) is not None:
            before = m.quiet, m.anybody
            m.quiet = m.anybody = True
            if not self.condition.run(m, found):
                violate(m, self.name)
            m.quiet, m.anybody = before

    def renew(self, m: Machine, object_: str, slot: int, violate: Violate) -> None:
        pass


def _hints(world: World, node: ast.OnlyIfDecl) -> dict[str, Type]:
    """The object that a variable of ``new(o)`` or ``free(o)`` stands for, told by the fields that
    the condition reads.
    """
    found: dict[str, Type] = {}
    for part in parts_of(node.condition):
        if isinstance(part, ast.Member) and isinstance(part.base, ast.Name):
            owners = [o.name for o in world.objects.values() if any(f.name == part.field for f in o.fields)]
            if len(owners) == 1:
                found[part.base.name] = Type("ref", owners[0])
    return found


class May:
    """P may Q, for each value of the keys that ``exists`` names."""

    def __init__(self, world: World, node: ast.PropertyDecl, expressions: Expressions) -> None:
        self.name, self.expression = node.name, node.expression
        self.node: ast.EventPattern | None = None
        self.domains: list[tuple[str, Callable[[Machine, Bound], Any]]] = []
        scope: Scope = {}
        e = node.expression
        while isinstance(e, ast.Quantifier):
            over, type_ = expressions.domain(e.domain, scope)
            self.domains.append((e.variable, over.run))
            scope[e.variable] = Binding("bound", type_)
            e = e.body
        assert isinstance(e, ast.May)
        self.keys = tuple(name for name, _ in self.domains)
        self.condition = expressions.pure(e.condition, scope)
        self.pattern, self.goal = self._goal(world, e.event, scope, expressions)

    def _goal(
        self, world: World, e: ast.Expr, scope: Scope, expressions: Expressions
    ) -> tuple[Pattern | None, Pure | None]:
        call, result = (e.left, e.right) if isinstance(e, ast.Binary) and e.operator == "==" else (e, None)
        known = {*world.events, *world.routines, "new", "free"}
        if not isinstance(call, ast.Call) or call.name not in known or self._is_inline(world, call.name):
            return None, expressions.pure(e, scope)
        types = {name: binding.type for name, binding in scope.items()}
        self.node = ast.EventPattern(call.name, call.arguments, result)
        found, _ = pattern(world, self.node, types)
        return found, None

    def _is_inline(self, world: World, name: str) -> bool:
        return name in world.routines and isinstance(world.routines[name], ast.InlineDecl)

    def keys_of(self, m: Machine) -> Iterator[Bound]:
        def bind(rest: list[tuple[str, Callable[[Machine, Bound], Any]]], bound: Bound) -> Iterator[Bound]:
            if not rest:
                yield bound
                return
            for value in rest[0][1](m, bound):
                yield from bind(rest[1:], {**bound, rest[0][0]: value})

        return bind(self.domains, {})

    def state(self, m: Machine) -> bool:
        """Set the bits of a state; say whether it is a witness."""
        for bound in self.keys_of(m):
            if self.condition.run(m, bound):
                m.monitors[self.name, tuple(values.plain(bound[name]) for name in self.keys)] = True
        if self.goal is None:
            return False
        marked = {cell[1] for cell in m.monitors if cell[0] == self.name}
        goal = self.goal
        return any(
            goal.run(m, bound)
            for bound in self.keys_of(m)
            if tuple(values.plain(bound[name]) for name in self.keys) in marked
        )

    def event(self, m: Machine, kind: str, name: str, arguments: tuple[Value, ...]) -> bool:
        """Is the event a witness?"""
        if self.pattern is None or (found := self.pattern.match(kind, name, arguments)) is None:
            return False
        wanted = {self.keys.index(k): values.plain(v) for k, v in found.items() if k in self.keys}
        return any(cell[0] == self.name and all(cell[1][i] == v for i, v in wanted.items()) for cell in m.monitors)


Monitor = Count | Order | OnlyIf
