"""What calls and methods mean: the operations of sections 4 and 5 and the kernel's spellings of them."""

from __future__ import annotations

import re
from typing import NamedTuple

from modelcheck.language.syntax import ast

ATOMIC = frozenset(
    [
        "read",
        "set",
        "inc",
        "dec",
        "add",
        "sub",
        "inc_return",
        "dec_return",
        "add_return",
        "sub_return",
        "fetch_inc",
        "fetch_dec",
        "fetch_add",
        "fetch_sub",
        "fetch_or",
        "fetch_and",
        "fetch_xor",
        "fetch_andnot",
        "xchg",
        "inc_and_test",
        "dec_and_test",
        "sub_and_test",
        "inc_not_zero",
        "add_unless",
        "dec_not_one",
        "dec_if_positive",
        "cmpxchg",
        "try_cmpxchg",
        "freeze",
        "unfreeze",
    ]
)
LOCK = frozenset(
    [
        "lock",
        "trylock",
        "unlock",
        "read_lock",
        "read_trylock",
        "read_unlock",
        "downgrade_write",
        "complete",
        "complete_all",
        "reinit_completion",
        "wait_for_completion",
        "try_wait_for_completion",
    ]
)
QUESTION = frozenset({"held", "locked", "frozen", "completed"})
TELLS_WHETHER = frozenset(
    [
        "inc_and_test",
        "dec_and_test",
        "sub_and_test",
        "inc_not_zero",
        "add_unless",
        "dec_not_one",
        "try_cmpxchg",
        "freeze",
        "trylock",
        "read_trylock",
        "try_wait_for_completion",
        "held",
        "locked",
        "frozen",
        "completed",
    ]
)
#: Yields a number that the place can hold.
CONTENT = frozenset(name for name in ATOMIC if name.startswith("fetch_") or name.endswith("_return")) | {
    "read",
    "xchg",
    "cmpxchg",
}
#: The kernel writes the number first and the place last.
_PLACE_LAST = frozenset(
    [
        "add",
        "sub",
        "add_return",
        "sub_return",
        "fetch_add",
        "fetch_sub",
        "fetch_or",
        "fetch_and",
        "fetch_xor",
        "fetch_andnot",
        "sub_and_test",
    ]
)
LOADS = frozenset(["READ_ONCE", "smp_load_acquire", "rcu_dereference", "rcu_access_pointer"])
STORES = frozenset(["WRITE_ONCE", "smp_store_release", "rcu_assign_pointer"])
BARRIERS = re.compile(r"(smp_)?(mb|rmb|wmb|barrier|mb__\w+)|smp_store_mb$|barrier")
_SUFFIX = r"(_irqsave|_irqrestore|_irq|_bh|_nested|_interruptible|_killable)?"
_MUTEX = re.compile(rf"(?:mutex|spin|raw_spin|bit_spin)_(lock|trylock|unlock){_SUFFIX}$")
_READ_WRITE = re.compile(rf"(read|write)_(lock|trylock|unlock){_SUFFIX}$")
_SEMAPHORE = {
    "down_read": "read_lock",
    "down_read_trylock": "read_trylock",
    "up_read": "read_unlock",
    "down_write": "lock",
    "down_write_trylock": "trylock",
    "up_write": "unlock",
    "init_completion": "reinit_completion",
    "completion_done": "completed",
    "kref_get": "inc",
    "kref_read": "read",
    "kref_get_unless_zero": "inc_not_zero",
}


#: On single bits: the operation on the word, and whether it says what the bit was.
BITS = {
    "set_bit": ("fetch_or", False),
    "clear_bit": ("fetch_andnot", False),
    "clear_bit_unlock": ("fetch_andnot", False),
    "change_bit": ("fetch_xor", False),
    "test_and_set_bit": ("fetch_or", True),
    "test_and_set_bit_lock": ("fetch_or", True),
    "test_and_clear_bit": ("fetch_andnot", True),
    "test_and_change_bit": ("fetch_xor", True),
}
#: The same without atomicity: how the word is combined with the mask, and whether with its complement.
PLAIN_BITS = {"__set_bit": ("|", False), "__clear_bit": ("&", True), "__change_bit": ("^", False)}


class Primitive(NamedTuple):
    """One operation on a place."""

    name: str
    place: ast.Expr
    arguments: tuple[ast.Expr, ...]


def bare(expression: ast.Expr) -> ast.Expr:
    return expression.operand if isinstance(expression, ast.AddressOf) else expression


def operation(name: str) -> str | None:
    """The operation that a function name stands for."""
    if name in LOCK or name in QUESTION or name in ("xchg", "cmpxchg", "try_cmpxchg"):
        return name
    if name in _SEMAPHORE:
        return _SEMAPHORE[name]
    if found := _MUTEX.match(name):
        return found[1]
    if found := _READ_WRITE.match(name):
        return ("read_" if found[1] == "read" else "") + found[2]
    found = re.match(r"(?:atomic|atomic64|atomic_long|refcount)_(\w+?)(?:_relaxed|_acquire|_release)?$", name)
    if found and found[1] in ("or", "and", "xor", "andnot"):
        return f"fetch_{found[1]}"  # those without a result
    return found[1] if found and found[1] in ATOMIC else None


def method(name: str) -> str | None:
    if name in ATOMIC or name in LOCK or name in QUESTION:
        return name
    return operation(name)


def primitive(expression: ast.Expr) -> Primitive | None:
    """The operation on a place that a call or method call is, if it is one."""
    if isinstance(expression, ast.MethodCall):
        name = method(expression.method)
        return Primitive(name, expression.base, expression.arguments) if name else None
    if isinstance(expression, ast.Call) and expression.arguments:
        name = operation(expression.name)
        if name is None:
            return None
        arguments = expression.arguments
        if name in _PLACE_LAST:
            return Primitive(name, bare(arguments[-1]), arguments[:-1])
        return Primitive(name, bare(arguments[0]), () if name in LOCK or name in QUESTION else arguments[1:])
    return None
