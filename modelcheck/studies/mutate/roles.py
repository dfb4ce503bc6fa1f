"""What a statement is for, as a reviewer of a patch would say: takes a lock, drops a reference, tells an event."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from modelcheck.ground.records import dataclass
from modelcheck.language.syntax import ast
from modelcheck.language.variants.bodies import peel
from modelcheck.model import rcu
from modelcheck.model.atomics import ATOMICS
from modelcheck.model.kernel import LOCK_METHODS, PRIMITIVES, AtomicCall, FreeCall, LockCall, StoreCall
from modelcheck.model.typed import LockOperator
from modelcheck.studies.mutate.tree import CODE, everything, expressions_of


class Role(Enum):
    """The value is what goes into a mutant's name."""

    LOCK = "lock"
    UNLOCK = "unlock"
    SIGNAL = "complete"  # somebody who waits may go on
    WAIT = "wait"
    EMIT = "emit"
    CALLBACK = "callback"
    GET = "get"  # takes a reference
    PUT = "put"  # drops one
    FREE = "free"
    CLEAR = "clear"  # a pointer becomes null
    STORE = "store"
    CALL = "call"  # of an inline that is none of these
    OTHER = "step"


@dataclass(frozen=True, slots=True)
class Atomic:
    """An operation on an atomic: ``p->count.inc()``, ``atomic_inc(&p->count)``."""

    operator: str
    place: ast.Expr
    arguments: tuple[ast.Expr, ...]
    expression: ast.Expr


def atomic_in(expression: ast.Expr) -> Atomic | None:
    """Return the operation that an expression is, if it is one. (Its place may be anything that has such a method.)"""
    match expression:
        case ast.MethodCall(base, method, arguments) if method in ATOMICS and ATOMICS[method].arguments == len(
            arguments
        ):
            return Atomic(method, base, arguments, expression)
        case ast.Call(name, arguments):
            meant = PRIMITIVES.get(name)
            if isinstance(meant, AtomicCall) and len(meant.arguments) == len(arguments):
                where = meant.arguments.index("a")
                rest = (*arguments[:where], *arguments[where + 1 :])
                return Atomic(meant.operator, plain(arguments[where]), rest, expression)
    return None


def plain(place: ast.Expr) -> ast.Expr:
    """Return a place without the ``&`` in front of it."""
    return place.operand if isinstance(place, ast.AddressOf) else place


_GETS = frozenset({"inc", "add", "inc_return", "add_return", "fetch_inc", "fetch_add", "inc_not_zero", "add_unless"})
_PUTS = frozenset(
    {"dec", "sub", "dec_return", "sub_return", "fetch_dec", "fetch_sub", "dec_and_test", "sub_and_test"}
    | {"dec_not_one", "dec_if_positive"}
)
#: What the operations of RCU and SRCU are like.
_RCU = {
    **dict.fromkeys((*rcu.ENTERING, rcu.SRCU_ENTERING), Role.LOCK),
    **dict.fromkeys((*rcu.LEAVING, rcu.SRCU_LEAVING), Role.UNLOCK),
    **dict.fromkeys((*rcu.WAITING, *rcu.SRCU_WAITING, *rcu.BARRIERS), Role.WAIT),
    **dict.fromkeys((*rcu.QUEUEING, rcu.SRCU_QUEUEING, *rcu.FREEING, *rcu.FREEING_ASLEEP), Role.FREE),
}
_LOCKS = {
    LockOperator.LOCK: Role.LOCK,
    LockOperator.READ_LOCK: Role.LOCK,
    LockOperator.UNLOCK: Role.UNLOCK,
    LockOperator.READ_UNLOCK: Role.UNLOCK,
    LockOperator.DOWNGRADE: Role.UNLOCK,
    LockOperator.COMPLETE: Role.SIGNAL,
    LockOperator.COMPLETE_ALL: Role.SIGNAL,
    LockOperator.WAIT_FOR_COMPLETION: Role.WAIT,
}
#: What an inline is for is what it does of these, the first of them, if it does nothing else.
_OF_INLINES = (Role.PUT, Role.GET, Role.FREE)


class Roles:
    """The roles of the statements of one design."""

    def __init__(self, items: tuple[ast.Item, ...]) -> None:
        self.inlines = {item.name: item for item in items if isinstance(item, ast.InlineDecl)}
        self.callbacks = {item.name: item for item in items if isinstance(item, ast.CallbackDecl)}
        self.numbers = frozenset(
            item.name
            for item in items
            if isinstance(item, ast.ParamDecl | ast.UnknownDecl) and _is_number(item.type, item.value)
        )
        self._inside: dict[str, frozenset[Role]] = {}

    def of(self, element: ast.Stmt, local: frozenset[str]) -> Role:
        """Return the role of an element of a list. ``local``: names that are the body's own."""
        match peel(element).statement:
            case ast.Emit():
                return Role.EMIT
            case ast.Assign(target, value):
                if is_local(target, local):
                    return Role.OTHER
                return Role.CLEAR if isinstance(value, ast.NullLit | ast.NoneLit) else Role.STORE
            case ast.CompoundAssign(target):
                return Role.OTHER if is_local(target, local) else Role.STORE
            case ast.ExprStmt(expression):
                return self._of_call(expression)
            case ast.If(condition, _, None) if (tested := self._tested(condition)) is not None:
                return tested
            case ast.Atomic(_, body):
                inside = {self.of(inner, local) for inner in body.statements} - {Role.OTHER}
                return inside.pop() if len(inside) == 1 else Role.OTHER
        return Role.OTHER

    def _tested(self, condition: ast.Expr) -> Role | None:
        """``if (x.dec_and_test()) …`` is a put, whatever follows."""
        found = atomic_in(condition)
        return Role.PUT if found is not None and found.operator in ("dec_and_test", "sub_and_test") else None

    def _of_call(self, expression: ast.Expr) -> Role:
        if (found := atomic_in(expression)) is not None:
            return Role.GET if found.operator in _GETS else Role.PUT if found.operator in _PUTS else Role.STORE
        if (lock := self.lock_in(expression)) is not None:
            return lock[0]
        if isinstance(expression, ast.Call):
            if expression.name in self.callbacks:
                return Role.CALLBACK
            if expression.name in self.inlines:
                inside = self._roles_in(expression.name)
                held = inside & {Role.LOCK, Role.UNLOCK}
                if len(held) == 1:
                    return next(iter(held))
                return self._purpose(expression.name, inside)
            if expression.name in _RCU:
                return _RCU[expression.name]
            match PRIMITIVES.get(expression.name):
                case FreeCall():
                    return Role.FREE
                case StoreCall():
                    last = expression.arguments[-1] if expression.arguments else None
                    return Role.CLEAR if isinstance(last, ast.NullLit | ast.NoneLit) else Role.STORE
        return Role.OTHER

    def lock_in(self, expression: ast.Expr) -> tuple[Role, ast.Expr] | None:
        """Return what a call does with which lock, if it is an operation of a lock that is one statement."""
        match expression:
            case ast.Call(name, (place, *_)) if name not in self.inlines:
                meant = PRIMITIVES.get(name)
                if isinstance(meant, LockCall) and meant.operator in _LOCKS:
                    return _LOCKS[meant.operator], plain(place)
            case ast.MethodCall(base, method, ()) if method in LOCK_METHODS:
                meant = PRIMITIVES[LOCK_METHODS[method]]
                if isinstance(meant, LockCall) and meant.operator in _LOCKS:
                    return _LOCKS[meant.operator], base
        return None

    def _purpose(self, name: str, inside: frozenset[Role]) -> Role:
        """What an inline is for that is not about one lock. (What follows a put, the release, is part of the put.)"""
        inline = self.inlines[name]
        local = locals_of(inline)
        outermost = frozenset(self.of(element, local) for element in inline.body.statements) - {Role.OTHER, Role.EMIT}
        if not outermost or not outermost <= set(_OF_INLINES):
            # With sections and callbacks of its own it is an operation, in which references come and go as well.
            outermost = inside if not inside & {Role.LOCK, Role.UNLOCK, Role.CALLBACK} else frozenset()
        return next((role for role in _OF_INLINES if role in outermost), Role.CALL)

    def _roles_in(self, name: str) -> frozenset[Role]:
        """What an inline does, and those that it calls."""
        if name not in self._inside:
            self._inside[name] = frozenset()  # (should it call itself)
            inline = self.inlines[name]
            local = locals_of(inline)
            found: set[Role] = set()
            for statement in everything(inline.body):
                if not isinstance(statement, ast.Labelled | ast.Atomic):
                    found.add(self.of(statement, local))
                for expression in expressions_of(statement):
                    if isinstance(expression, ast.Call) and expression.name in self.inlines:
                        found |= self._roles_in(expression.name)
            self._inside[name] = frozenset(found)
        return self._inside[name]

    def calls(self, statement: ast.Stmt) -> Iterator[str]:
        """The inlines and callbacks that a statement calls, not those inside it."""
        for expression in expressions_of(statement):
            if isinstance(expression, ast.Call) and (
                expression.name in self.inlines or expression.name in self.callbacks
            ):
                yield expression.name


def locals_of(owner: CODE) -> frozenset[str]:
    """Return the names of a body's locals and of its parameters that are values."""
    found = {name for statement in everything(owner.body) if (name := _declared(statement)) is not None}
    if isinstance(owner, ast.InlineDecl | ast.CallbackDecl):
        found |= {parameter.name for parameter in owner.parameters if not parameter.by_reference}
    return frozenset(found)


def _declared(statement: ast.Stmt) -> str | None:
    match statement:
        case ast.LocalDecl(name) | ast.For(name) | ast.PickStmt(name):
            return name
    return None


def is_local(place: ast.Expr, local: frozenset[str]) -> bool:
    """Whether a place is the body's own. (``p.x`` of a reference p is not, but then it is written ``p->x``.)"""
    match place:
        case ast.Name(name):
            return name in local
        case ast.Member(base, _, False) | ast.Index(base, _):
            return is_local(base, local)
    return False


def _is_number(declared: ast.TypeNode | None, value: ast.Expr | None) -> bool:
    match declared:
        case ast.RangeTypeNode():
            return True
        case ast.NamedType(name):
            return name == "int"
        case None:
            return isinstance(value, ast.IntLit)
    return False
