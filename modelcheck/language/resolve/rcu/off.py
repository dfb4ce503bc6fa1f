"""Who holds a spinlock, and a handler while it is active, is in a section, too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import replace
from enum import Enum
from typing import TypeVar

from modelcheck.ground.diagnostics import DiagnosticBag, Note
from modelcheck.ground.source import Span
from modelcheck.language.resolve.rcu.domains import Domain
from modelcheck.language.resolve.rcu.operations import guards
from modelcheck.language.resolve.rcu.places import Places
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.trees import below, mapped
from modelcheck.model.kernel import LOCK_METHODS, PRIMITIVES, LockCall
from modelcheck.model.locks import LockKind, LockOperator
from modelcheck.model.rcu import OFF, QUEUEING

_Code = TypeVar("_Code", bound=ast.Item)
_SPINNING = frozenset(kind.value for kind in LockKind if kind.facts.spins)
_FREES = ("kfree", "free", "touch")
_TAKES = (LockOperator.LOCK, LockOperator.READ_LOCK)
_DROPS = (LockOperator.UNLOCK, LockOperator.READ_UNLOCK)


class _Change(Enum):
    TAKES = "takes"
    TRIES = "tries"
    DROPS = "drops"


class Off:
    """Makes those of one spec enter and leave the part of ``domain`` that is for them."""

    def __init__(self, spec: ast.Spec, bag: DiagnosticBag, domain: Domain) -> None:
        self.bag, self.domain = bag, domain
        self.kinds = _kinds(spec)
        self.places = Places.of(spec)

    @staticmethod
    def anything(spec: ast.Spec) -> bool:
        """Whether anybody can have something off, as far as that is told here."""
        kinds = _kinds(spec)
        if any(isinstance(item, ast.ProcessDecl) and _never_sleeps(item) for item in spec.items):
            return True
        return any(
            _change(node, lambda place: bool(_any(kinds, _last(place)) & _SPINNING)) for node in below(spec.items)
        )

    @staticmethod
    def in_callbacks(spec: ast.Spec) -> bool:
        """Whether a callback does more than free its object: while it runs it is in a section, as a softirq is."""
        names = {
            call.arguments[-1].name
            for call in below(spec.items)
            if isinstance(call, ast.Call) and call.name in QUEUEING and call.arguments
            if isinstance(call.arguments[-1], ast.Name)
        }
        functions = (item for item in spec.items if isinstance(item, ast.InlineDecl | ast.CallbackDecl))
        return any(function.name in names and not _only_frees(function.body) for function in functions)

    def item(self, item: _Code) -> _Code:
        """The item with its changes written."""
        self.places.enter(item)
        waiting, asserted = guards(item)
        pure = waiting | asserted
        statements = {node.expression.span for node in below(item) if isinstance(node, ast.ExprStmt)}

        def change(node: object) -> object:
            if isinstance(node, ast.ExprStmt):
                what = _change(node.expression, self._spins)
                if what is None:
                    return node
                if what is _Change.TRIES:
                    return ast.If(node.expression, self._statement("enter", node.span), None, node.span)
                after = self._statement("enter" if what is _Change.TAKES else "leave", node.span)
                both = ast.Block((node, after), node.span)
                return ast.Atomic(None, both, node.expression.span) if _at_hand(node.expression) else both
            asked = isinstance(node, ast.Call | ast.MethodCall) and node.span not in statements
            if asked and _change(node, self._spins) is _Change.TRIES:
                assert isinstance(node, ast.Call | ast.MethodCall)
                return self._tried(node, pure)
            return node

        written = mapped(item, change, None)
        if isinstance(written, ast.ProcessDecl) and _never_sleeps(written):
            return self._handler(written)  # type: ignore[return-value]
        return written  # type: ignore[return-value]

    def _spins(self, place: ast.Expr) -> bool:
        """Whether a lock is one that spins."""
        place, name = _plain(place), _last(place)
        found = _any(self.kinds, name)
        if isinstance(place, ast.Member):
            owner = self.places.target(place.base)
            found = self.kinds.get((owner or "", name), found)
        elif isinstance(place, ast.Name):
            found = self.kinds.get(("", name), found)
        if found & _SPINNING and found - _SPINNING:
            note = Note("use the kernel's name: `spin_lock`, `mutex_lock`, `down_read`")
            message = f"of which object `{place.span.text}` is, and so whether it spins, cannot be told"
            self.bag.error("MC275", message, place.span, [note])
        return bool(found & _SPINNING)

    def _statement(self, operation: str, span: Span) -> ast.ExprStmt:
        return ast.ExprStmt(ast.Call(self.domain.inline(operation, OFF), (), span), span)

    def _tried(self, node: ast.Call | ast.MethodCall, pure: Set[Span]) -> ast.Expr:
        if node.span in pure:
            note = Note("write it as the condition of an `if`, and go back where it fails")
            message = "who holds a spinlock is in an RCU section, which it does not enter in a guard"
            self.bag.error("MC274", message, node.span, [note])
            return node
        return ast.Binary("&&", node, ast.Call(self.domain.inline("tried", OFF), (), node.span), node.span)

    def _handler(self, process: ast.ProcessDecl) -> ast.ProcessDecl:
        """A handler enters in the step in which it begins, and leaves in the one in which it ends."""
        (loop,) = process.body.statements
        assert isinstance(loop, ast.Loop)
        assert isinstance(loop.body, ast.Block)
        statements = list(loop.body.statements)
        first = next(n for n, s in enumerate(statements) if isinstance(s, ast.Atomic))
        begin, end = statements[first], statements[-1]
        label = end if isinstance(end, ast.Labelled) else None
        last = end if label is None else label.statement
        assert isinstance(begin, ast.Atomic)
        assert isinstance(last, ast.Atomic)
        begun = (*begin.body.statements, self._statement("enter", begin.span))
        ended = (self._statement("leave", last.span), *last.body.statements)
        statements[first] = replace(begin, body=replace(begin.body, statements=begun))
        last = replace(last, body=replace(last.body, statements=ended))
        statements[-1] = last if label is None else replace(label, statement=last)
        loop = replace(loop, body=replace(loop.body, statements=tuple(statements)))
        return replace(process, body=replace(process.body, statements=(loop,)))


def _only_frees(body: ast.Block) -> bool:
    calls = (part.expression for part in body.statements if isinstance(part, ast.ExprStmt))
    frees = [c for c in calls if isinstance(c, ast.Call) and c.name in _FREES]
    return len(frees) == len(body.statements)


def _never_sleeps(process: ast.ProcessDecl) -> bool:
    """Whether it is a handler, or runs those of timers."""
    return process.server and isinstance(process.no_sleep, ast.BoolLit) and process.no_sleep.value


_Kinds = Mapping[tuple[str, str], frozenset[str]]


def _kinds(spec: ast.Spec) -> _Kinds:
    """The kind of lock that each variable and field is that is one: by owner ("" of a variable) and name."""
    words = {kind.value for kind in LockKind}
    found: dict[tuple[str, str], frozenset[str]] = {}
    for item in spec.items:
        declared = item.fields if isinstance(item, ast.ObjectDecl | ast.StructDecl) else (item,)
        for one in declared:
            if isinstance(one, ast.SharedDecl | ast.FieldDecl):
                type = one.type
                while isinstance(type, ast.ArrayTypeNode):
                    type = type.element
                if isinstance(type, ast.NamedType) and type.name in words:
                    owner = item.name if isinstance(item, ast.ObjectDecl | ast.StructDecl) else ""
                    found[(owner, one.name)] = frozenset({type.name})
    return found


def _any(kinds: _Kinds, name: str) -> frozenset[str]:
    """The kinds of all variables and fields of a name."""
    return frozenset().union(*(kind for (_, other), kind in kinds.items() if other == name))


def _change(node: object, spins: Callable[[ast.Expr], bool]) -> _Change | None:
    """What an operation on a lock does to who has something off; None if nothing."""
    if isinstance(node, ast.Call) and len(node.arguments) > 0:
        name, place = node.name, node.arguments[0]
    elif isinstance(node, ast.MethodCall) and node.method in LOCK_METHODS:
        name, place = LOCK_METHODS[node.method], node.base
    else:
        return None
    meant = PRIMITIVES.get(name)
    if not isinstance(meant, LockCall):
        return None
    if name.startswith("section.") or not (meant.operator in (*_TAKES, *_DROPS) or meant.operator.tries):
        return None
    if not name.startswith("bit_spin") and not all(kind.facts.spins for kind in meant.kinds) and not spins(place):
        return None
    if meant.operator in _TAKES:
        return _Change.TAKES
    return _Change.DROPS if meant.operator in _DROPS else _Change.TRIES


def _at_hand(operation: ast.Expr) -> bool:
    """Whether finding the lock reads nothing: then taking it and entering the section are one step."""
    if isinstance(operation, ast.Call):
        place = operation.arguments[0]
    elif isinstance(operation, ast.MethodCall):
        place = operation.base
    else:
        return False
    place = place.operand if isinstance(place, ast.AddressOf) else place
    return isinstance(place, ast.Name)


def _plain(place: ast.Expr) -> ast.Expr:
    """The place without the `&` in front of it and the indices behind it."""
    while isinstance(place, ast.AddressOf | ast.Index):
        place = place.operand if isinstance(place, ast.AddressOf) else place.base
    return place


def _last(place: ast.Expr) -> str:
    plain = _plain(place)
    if isinstance(plain, ast.Member):
        return plain.field
    return plain.name if isinstance(plain, ast.Name) else ""
