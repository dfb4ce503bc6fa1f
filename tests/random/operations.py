"""The operations on atomics and locks, as the tables of ``semantics.md`` list them, in all spellings."""

from __future__ import annotations

from dataclasses import dataclass

from tests.random import expressions, places
from tests.random.scope import Scope, Site
from tests.random.types import INT, Atomic, Bits, Lock, Number, Scalar, Word

#: Results of atomic operations: a number, a truth value, nothing.
NUMBER, TRUTH, NOTHING = "number", "truth", "nothing"


@dataclass(frozen=True, slots=True)
class AtomicRow:
    """``arguments``: how many; ``first``: the kernel's function takes the number before the atomic;
    ``guard``: changes nothing when it fails.
    """

    name: str
    arguments: int
    result: str
    guard: bool = False
    first: bool = False


ATOMIC_ROWS = (
    AtomicRow("read", 0, NUMBER, True),
    AtomicRow("set", 1, NOTHING),
    AtomicRow("inc", 0, NOTHING),
    AtomicRow("dec", 0, NOTHING),
    AtomicRow("add", 1, NOTHING, first=True),
    AtomicRow("sub", 1, NOTHING, first=True),
    *(AtomicRow(name, 0, NUMBER) for name in ("inc_return", "dec_return", "fetch_inc", "fetch_dec")),
    *(AtomicRow(name, 1, NUMBER, first=True) for name in ("add_return", "sub_return", "fetch_add", "fetch_sub")),
    *(AtomicRow(name, 1, NUMBER, first=True) for name in ("fetch_or", "fetch_and", "fetch_xor", "fetch_andnot")),
    AtomicRow("xchg", 1, NUMBER),
    AtomicRow("inc_and_test", 0, TRUTH),
    AtomicRow("dec_and_test", 0, TRUTH),
    AtomicRow("sub_and_test", 1, TRUTH, first=True),
    AtomicRow("inc_not_zero", 0, TRUTH, True),
    AtomicRow("add_unless", 2, TRUTH, True),
    AtomicRow("dec_not_one", 0, TRUTH, True),
    AtomicRow("dec_if_positive", 0, NUMBER, True),
    AtomicRow("cmpxchg", 2, NUMBER, True),
    AtomicRow("try_cmpxchg", 2, TRUTH, True),
    AtomicRow("freeze", 1, TRUTH, True),
    AtomicRow("unfreeze", 1, NOTHING),
)


BITWISE = ("fetch_or", "fetch_and", "fetch_xor", "fetch_andnot")


@dataclass(frozen=True, slots=True)
class LockRow:
    """One operation on locks of some ``kinds``.

    ``waits``: may block; ``tries``: tells whether; ``names``: its spellings by kind (``*``: any).
    """

    operator: str
    kinds: tuple[str, ...]
    names: tuple[tuple[str, tuple[str, ...]], ...]
    waits: bool = False
    tries: bool = False

    def spellings(self, kind: str) -> tuple[str, ...]:
        """Return how the operation is written for a kind of lock."""
        return tuple(name for of, names in self.names if of in ("*", kind) for name in names)


_PLAIN = ("mutex", "spinlock", "bitlock", "rwlock", "rwsem")
_SHARED = ("rwlock", "rwsem")
_DONE = ("completion",)
LOCK_ROWS = (
    LockRow(
        "lock",
        _PLAIN,
        (
            ("*", ("lock", ".lock")),
            ("mutex", ("mutex_lock",)),
            ("spinlock", ("spin_lock", "spin_lock_bh")),
            ("bitlock", ("bit_spin_lock",)),
            ("rwlock", ("write_lock",)),
            ("rwsem", ("down_write",)),
        ),
        waits=True,
    ),
    LockRow(
        "trylock",
        _PLAIN,
        (
            ("*", ("trylock",)),
            ("mutex", ("mutex_trylock",)),
            ("spinlock", ("spin_trylock",)),
            ("bitlock", ("bit_spin_trylock",)),
            ("rwlock", ("write_trylock",)),
            ("rwsem", ("down_write_trylock",)),
        ),
        tries=True,
    ),
    LockRow(
        "unlock",
        _PLAIN,
        (
            ("*", ("unlock", ".unlock")),
            ("mutex", ("mutex_unlock",)),
            ("spinlock", ("spin_unlock",)),
            ("bitlock", ("bit_spin_unlock",)),
            ("rwlock", ("write_unlock",)),
            ("rwsem", ("up_write",)),
        ),
    ),
    LockRow("read_lock", _SHARED, (("*", ("read_lock",)), ("rwsem", ("down_read",))), waits=True),
    LockRow("read_trylock", _SHARED, (("*", ("read_trylock",)), ("rwsem", ("down_read_trylock",))), tries=True),
    LockRow("read_unlock", _SHARED, (("*", ("read_unlock",)), ("rwsem", ("up_read",)))),
    LockRow("downgrade_write", ("rwsem",), (("rwsem", ("downgrade_write",)),)),
    LockRow("complete", _DONE, (("*", ("complete",)),)),
    LockRow("complete_all", _DONE, (("*", ("complete_all",)),)),
    LockRow("wait_for_completion", _DONE, (("*", ("wait_for_completion",)),), waits=True),
    LockRow("try_wait_for_completion", _DONE, (("*", ("try_wait_for_completion",)),), tries=True),
    LockRow("reinit_completion", _DONE, (("*", ("reinit_completion", "init_completion")),)),
)


def atomics(scope: Scope) -> list[tuple[str, Atomic]]:
    """Return the atomics that can be named here."""
    return [(text, type) for text, type in places.places(scope) if isinstance(type, Atomic) and text[-1] != "'"]


def locks(scope: Scope) -> list[tuple[str, str]]:
    """Return the locks that can be named here, with their kinds."""
    return [(text, type.kind) for text, type in places.places(scope) if isinstance(type, Lock)]


def _rows(scope: Scope, result: str) -> list[AtomicRow]:
    found = [row for row in ATOMIC_ROWS if row.result == result]
    if scope.effects:
        return found
    allowed = [row for row in found if row.guard]
    return allowed if scope.site is Site.GUARD else [row for row in allowed if row.name == "read"]


def atomic(scope: Scope, result: str) -> str | None:
    """Return an operation on some atomic with a result of that kind; None if there is none here."""
    draw = scope.world.draw
    known, rows = atomics(scope), _rows(scope, result)
    if not known or not rows:
        return None
    place, type = draw.of(known)
    if type.low != 0 or type.high is None:
        rows = [row for row in rows if row.name not in BITWISE]
    if not type.refcount and not draw.chance(0.3):
        # What freezes and what is refused while frozen belong to a few models; elsewhere they only cut runs short.
        rows = [row for row in rows if row.name not in ("freeze", "unfreeze")] or rows
    row = draw.of(rows)
    bound = 2 if type.high is None else type.high
    arguments = []
    for _ in range(row.arguments):
        if draw.chance(0.75):
            arguments.append(str(draw.between(0, bound)))
        else:
            arguments.append(expressions.expression(scope, Number(0, 2) if draw.chance(0.8) else INT, 1))
    if row.name not in ("freeze", "unfreeze", "read") and draw.chance(0.25):
        order = [*arguments, f"&{place}"] if row.first else [f"&{place}", *arguments]
        return f"{'atomic' if not type.refcount or row.name != 'inc_not_zero' else 'refcount'}_{row.name}({', '.join(order)})"
    return f"{place}.{row.name}({', '.join(arguments)})"


def words(scope: Scope) -> list[tuple[str, Word]]:
    """Return the atomic words that can be named here."""
    return [(text, type) for text, type in places.places(scope) if isinstance(type, Word) and text[-1] != "'"]


def word(scope: Scope, result: str, width: int | None = None) -> str | None:
    """Return an operation on some atomic word (of that width); None if there is none here.

    ``NUMBER``: what it yields is a bit-vector.
    """
    draw = scope.world.draw
    known = [(text, type) for text, type in words(scope) if width in (None, type.width)]
    rows = [row for row in _rows(scope, result) if row.name != "dec_if_positive"]
    if not known or not rows:
        return None
    place, type = draw.of(known)
    row = draw.of(rows)
    arguments = []
    for _ in range(row.arguments):
        literal = draw.chance(0.6)
        bits = Bits(type.width)
        arguments.append(str(draw.below(1 << type.width)) if literal else expressions.expression(scope, bits, 1))
    if row.name not in ("freeze", "unfreeze", "read") and draw.chance(0.25):
        order = [*arguments, f"&{place}"] if row.first else [f"&{place}", *arguments]
        return f"atomic_{row.name}({', '.join(order)})"
    return f"{place}.{row.name}({', '.join(arguments)})"


def bit(scope: Scope, place: str, word: Word) -> str:
    """Return the two arguments of an operation on a bit: its number or name, and the word."""
    draw = scope.world.draw
    numbers = [str(draw.below(word.width))] + ["BUSY", "SEEN"] * word.named
    last = word.width - 1
    for v in (*scope.fixed, *scope.locals):
        if isinstance(v.type, Number) and v.type.low is not None and v.type.high is not None:
            numbers += [v.name] if 0 <= v.type.low <= v.type.high <= last else []
    return f"{draw.of(numbers)}, &{place}"


def lock(scope: Scope, *, tries: bool, waits: bool = False) -> str | None:
    """Return an operation on some lock: a try form, one that may wait, or any other; None if there is none here."""
    draw = scope.world.draw
    known = locks(scope)
    if not known or scope.site in (Site.INIT, Site.PURE, Site.PROPERTY):
        return None
    place, kind = draw.of(known)
    rows = [row for row in LOCK_ROWS if kind in row.kinds and row.tries == tries and row.waits == waits]
    if not rows:
        return None
    return spelled(scope, draw.of(rows), place, kind)


def spelled(scope: Scope, row: LockRow, place: str, kind: str) -> str:
    """Return an operation on ``place`` in one of its spellings."""
    draw = scope.world.draw
    name = draw.of(row.spellings(kind))
    if name.startswith("."):
        return f"{place}{name}()"
    return f"{name}({draw.one('', '&')}{place})"


def exchange(scope: Scope, type: Scalar, *, tests: bool = False) -> str | None:
    """Return ``xchg``, ``cmpxchg`` or ``try_cmpxchg`` on a plain place of a type; None if there is none here."""
    draw = scope.world.draw
    if not scope.effects and scope.site is not Site.GUARD:
        return None
    known = [text for text, found in places.places(scope, assigned=True) if found == type]
    if not known:
        return None
    place = draw.of(known)
    one = expressions.expression(scope, type, 0)
    if scope.effects and not tests and draw.chance(0.5):
        return f"xchg(&{place}, {one})"
    name = "try_cmpxchg" if tests else "cmpxchg"
    two = expressions.expression(scope, type, 0)
    return f"{name}(&{place}, {one}, {two})" if draw.chance(0.7) else f"{place}.{name}({one}, {two})"
