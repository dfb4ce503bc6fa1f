"""Writes RCU and SRCU out: every operation of a spec becomes a call of what it does, everything that is kept a
shared variable or a field, and the callbacks of an object run in a server.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from modelcheck.ground.diagnostics import DiagnosticBag
from modelcheck.language.resolve.rcu.domains import Made, total
from modelcheck.language.resolve.rcu.found import Things, declared
from modelcheck.language.resolve.rcu.nesting import deepest
from modelcheck.language.resolve.rcu.off import Off
from modelcheck.language.resolve.rcu.operations import Operations
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.trees import below, mapped, mentions
from modelcheck.model import rcu
from modelcheck.model.kernel import INSTANCES

_CODE = ast.ProcessDecl | ast.InlineDecl | ast.CallbackDecl | ast.InitDecl
_FUNCTIONS = ast.InlineDecl | ast.CallbackDecl


def with_rcu(spec: ast.Spec, bag: DiagnosticBag) -> ast.Spec:
    """Return ``spec`` with its RCU and SRCU written out; the same one if it has no sections and waits for no grace
    period. ``bag`` gets what is wrong with them.
    """
    words = (*rcu.OPERATIONS - rcu.PLAIN, rcu.HEAD_TYPE, rcu.DOMAIN_TYPE)
    if not mentions(spec, words):
        return spec
    own = {item.name for item in spec.items if isinstance(item, _FUNCTIONS | ast.EventDecl)}
    known = rcu.OPERATIONS - own
    called = {node.name for node in below(spec.items) if isinstance(node, ast.Call)}
    things = declared(spec, bag)
    if bag.has_errors:
        spec = _without_misplaced(spec, things)
    if not called & (known - rcu.PLAIN) and not things.any:
        return spec
    waits = called & known & {*rcu.WAITING, *rcu.QUEUEING, *rcu.FREEING, *rcu.FREEING_ASLEEP}
    asks = called & known & {name for name, part in rcu.ENTERING.items() if part == rcu.OFF}
    main = things.main
    main.off = bool(asks) or (bool(waits) and (Off.anything(spec) or Off.in_callbacks(spec)))
    operations = Operations(spec, bag, known, things)
    off = Off(spec, bag, main) if main.off else None
    items: list[ast.Item] = []
    for item in spec.items:
        if isinstance(item, _CODE):
            written = operations.item(item)
            items.append(off.item(written) if off is not None else written)
        else:
            items.append(item)
    return replace(spec, items=tuple(_finished(items, operations)))


def _without_misplaced(spec: ast.Spec, things: Things) -> ast.Spec:
    """The spec without the types that were reported, which are not there for anybody else."""
    placed = {*(head.span for head in things.heads), *(domain.span for domain in things.others)}

    def change(node: object) -> object:
        if isinstance(node, ast.SharedDecl | ast.FieldDecl) and node.span not in placed:
            return replace(node, type=mapped(node.type, plain, None))  # type: ignore[arg-type]
        return node

    def plain(node: object) -> object:
        if isinstance(node, ast.NamedType) and node.name in (rcu.HEAD_TYPE, rcu.DOMAIN_TYPE):
            return replace(node, name="bool")
        return node

    return mapped(spec, change, None)  # type: ignore[return-value]


def _finished(items: list[ast.Item], operations: Operations) -> Iterator[ast.Item]:
    """The items of the spec with what is kept in their places, and what stands behind its operations."""
    things = operations.things
    heads = [head for head in things.heads if head.used]
    bodies = {item.name: item for item in (*items, *operations.wrappers()) if isinstance(item, _FUNCTIONS)}
    processes = [item for item in items if isinstance(item, ast.ProcessDecl)]
    called = {name: _callees(item) for name, item in bodies.items()}
    reached = {process.name: _reached(_callees(process), called) for process in processes}
    barred = [p.name for p in processes if any(name in reached[p.name] for name in operations.barriers)]
    count = _counted(barred)
    for domain in things.domains:
        domain.waiters = tuple(p.name for p in processes if domain.inline("wait") in reached[p.name])
        domain.barriers = count
    for head in heads:
        head.barred = bool(barred)
    servers = [part for head in heads for part in head.server()]
    roots = [*processes, *(part for part in servers if isinstance(part, ast.ProcessDecl))]
    for domain in things.domains:
        for part in domain.parts:
            changes = {domain.inline("enter", part): 1, domain.inline("leave", part): -1}
            changes[domain.inline("tried", part)] = changes[domain.inline("index", part)] = 1
            domain.levels[part], there = deepest(roots, bodies, changes, domain.inline("wait"))
            domain.waits_off |= part == rcu.OFF and there > 0
    code = (tuple(items), tuple(servers), operations.wrappers())
    used = {node.name for node in below(code) if isinstance(node, ast.Call)}
    inlines = [part for domain in things.domains for part in domain.inlines(used)]
    placed = _Placed((*inlines, *operations.wrappers()))
    for item in items:
        if isinstance(item, ast.ObjectDecl):
            yield replace(item, fields=tuple(_fields(item, operations)))
        elif not (isinstance(item, ast.SharedDecl) and item.name in things.variables):
            yield placed.item(item)
    yield from (placed.item(server) for server in servers)
    for domain in things.domains:
        if domain.used and domain.owner is None:
            yield from domain.declared()  # type: ignore[misc]
    yield from (placed.item(item) for item in (*inlines, *operations.wrappers(), *operations.queueing()))
    if barred:
        span = things.main.span
        names: dict[str, Made] = {"BARRIERS": count["BARRIERS"]}
        yield from operations.barred(heads, names)
        zero = ast.IntLit(0, span)
        whole = ast.SetTypeNode(ast.RangeTypeNode(zero, count["BARRIERS"](span), span), span)
        yield ast.SharedDecl("rcu.barriers", whole, ast.SetLit((), span), span)


class _Placed:
    """Puts the inlines without parameters and result that were made here in place of the statements that call them,
    so that traces show the statement.
    """

    def __init__(self, made: tuple[ast.Item, ...]) -> None:
        inlines = (item for item in made if isinstance(item, ast.InlineDecl))
        self.bodies = {item.name: item.body for item in inlines if not item.parameters and item.result is None}

    def item(self, item: ast.Item) -> ast.Item:
        return mapped(item, self._change, None)  # type: ignore[return-value]

    def _change(self, node: object) -> object:
        if not isinstance(node, ast.ExprStmt) or not isinstance(node.expression, ast.Call):
            return node
        body = self.bodies.get(node.expression.name)
        if body is None:
            return node
        placed = mapped(body, lambda part: part, node.expression.span)
        assert isinstance(placed, ast.Block)
        inner = mapped(placed, self._change, None)
        assert isinstance(inner, ast.Block)
        return inner.statements[0] if len(inner.statements) == 1 else inner


def _counted(classes: list[str]) -> dict[str, Made]:
    return {
        "BARRIERS": lambda span: total([ast.Call(INSTANCES, (ast.Name(name, span),), span) for name in classes], span)
    }


def _fields(item: ast.ObjectDecl, operations: Operations) -> Iterator[ast.FieldDecl]:
    """The fields of an object, with the parts of heads and domains in their places."""
    things = operations.things
    for one in item.fields:
        head = things.head(item.name, one.name)
        domain = things.field_domain(item.name, one.name)
        if head is not None:
            yield from head.fields()
        elif domain is not None:
            if domain.used:
                yield from domain.declared()  # type: ignore[misc]
        else:
            yield one
    asleep = things.head(item.name, rcu.ASLEEP)
    if asleep is not None:
        yield from asleep.fields()


def _callees(item: object) -> frozenset[str]:
    return frozenset(node.name for node in below(item) if isinstance(node, ast.Call))


def _reached(first: frozenset[str], called: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Everything that code calls, and what that calls."""
    seen: set[str] = set()
    stack = list(first)
    while stack:
        name = stack.pop()
        if name not in seen:
            seen.add(name)
            stack.extend(called.get(name, ()))
    return frozenset(seen)
