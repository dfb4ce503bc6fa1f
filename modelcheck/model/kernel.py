"""The kernel's names for atomic, lock and memory operations: one table, from the spelling to what it means.

An argument list is described by letters, in the kernel's own order: ``a`` the atomic, ``n`` a
number, ``x`` an argument that is accepted and dropped (the ``flags`` of ``spin_lock_irqsave``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TypeAlias

from modelcheck.ground.records import dataclass
from modelcheck.model.atomics import ATOMICS
from modelcheck.model.items import OPERATIONS as ITEM_OPERATIONS
from modelcheck.model.items import QUESTIONS as ITEM_QUESTIONS
from modelcheck.model.typed import AccessTag, LockKind, LockOperator, LockQuestion, Unmodelled
from modelcheck.model.waiting import OPERATIONS


@dataclass(frozen=True, slots=True)
class LockCall:
    """A lock operation on a lock of one of ``kinds``; ``dropped`` further arguments are accepted and mean nothing."""

    operator: LockOperator
    kinds: tuple[LockKind, ...]
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class AtomicCall:
    """An atomic operation; ``arguments`` in the kernel's order (``an``: atomic first, ``na``: number first)."""

    operator: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ExchangeCall:
    """``xchg``, ``cmpxchg``, ``try_cmpxchg`` on any scalar place, with ``values`` values of its type."""

    operator: str
    values: int


@dataclass(frozen=True, slots=True)
class BitCall:
    """``set_bit(nr, &word)`` and its kin: one step. ``tests``: it tells whether the bit was set before."""

    operator: str
    tests: bool


@dataclass(frozen=True, slots=True)
class PlainBitCall:
    """``__set_bit(nr, &word)``: a load and a store of the whole word, combined by ``operator``."""

    operator: str


@dataclass(frozen=True, slots=True)
class BitTestCall:
    """``test_bit(nr, &word)``: a load."""


@dataclass(frozen=True, slots=True)
class MaskCall:
    """``BIT(nr)``"""


@dataclass(frozen=True, slots=True)
class LoadCall:
    """A load with an order tag: ``READ_ONCE(x)``."""

    tag: AccessTag


@dataclass(frozen=True, slots=True)
class StoreCall:
    """A store with an order tag: ``WRITE_ONCE(x, v)``."""

    tag: AccessTag


@dataclass(frozen=True, slots=True)
class CondLoadCall:
    """``smp_cond_load_acquire(&x, VAL > 0)``"""


@dataclass(frozen=True, slots=True)
class BarrierCall:
    """``smp_mb()``: nothing happens under sequential consistency."""


@dataclass(frozen=True, slots=True)
class AskCall:
    """``held(l)``, ``locked(l)``, ``frozen(a)``, ``completed(c)``"""

    question: LockQuestion


@dataclass(frozen=True, slots=True)
class FreeCall:
    null_ok: bool


@dataclass(frozen=True, slots=True)
class TouchCall:
    pass


@dataclass(frozen=True, slots=True)
class SomeCall:
    """``some(e)``"""


@dataclass(frozen=True, slots=True)
class TheCall:
    """``the(e)``"""


@dataclass(frozen=True, slots=True)
class SizeCall:
    """``size(s)``, or with ``empty`` ``empty(s)``"""

    empty: bool


@dataclass(frozen=True, slots=True)
class CountCall:
    """``nr(p)``, or with ``allocated`` ``nr_alloc(T)``"""

    allocated: bool


@dataclass(frozen=True, slots=True)
class InstancesCall:
    """How many instances of a class run (1 if any number does)."""


Primitive: TypeAlias = (
    LockCall
    | AtomicCall
    | ExchangeCall
    | BitCall
    | PlainBitCall
    | BitTestCall
    | MaskCall
    | LoadCall
    | StoreCall
    | CondLoadCall
    | BarrierCall
    | AskCall
    | FreeCall
    | TouchCall
    | SomeCall
    | TheCall
    | SizeCall
    | CountCall
    | InstancesCall
)


#: What resolution writes for entering and leaving a section. (No name in a spec has a dot in it.)
ENTERS, LEAVES = "section.enter", "section.leave"
#: And for how many instances of a class there are: a constant (1 of one that runs in any number).
INSTANCES = "section.instances"


def _with(operator: LockOperator) -> tuple[LockKind, ...]:
    """The kinds of locks that have an operator."""
    return tuple(kind for kind in LockKind if operator in kind.facts.operators)


_PLAIN_LOCKS, _SHARED_LOCKS = _with(LockOperator.LOCK), _with(LockOperator.READ_LOCK)
_COMPLETION = _with(LockOperator.COMPLETE)


def _locks() -> Iterator[tuple[str, Primitive]]:
    lock, unlock, trylock = LockOperator.LOCK, LockOperator.UNLOCK, LockOperator.TRYLOCK
    read_lock, read_unlock, read_trylock = LockOperator.READ_LOCK, LockOperator.READ_UNLOCK, LockOperator.READ_TRYLOCK
    yield "lock", LockCall(lock, _PLAIN_LOCKS)
    yield "unlock", LockCall(unlock, _PLAIN_LOCKS)
    yield "trylock", LockCall(trylock, _PLAIN_LOCKS)
    mutex, spin, bit = (LockKind.MUTEX,), (LockKind.SPINLOCK,), (LockKind.BITLOCK,)
    for suffix, dropped in (("", 0), ("_io", 0), ("_nested", 1)):
        yield f"mutex_lock{suffix}", LockCall(lock, mutex, dropped)
    yield "mutex_unlock", LockCall(unlock, mutex)
    yield "mutex_trylock", LockCall(trylock, mutex)
    for suffix, dropped in (("", 0), ("_irq", 0), ("_irqsave", 1), ("_bh", 0), ("_nested", 1)):
        yield f"spin_lock{suffix}", LockCall(lock, spin, dropped)
        yield f"write_lock{suffix}", LockCall(lock, (LockKind.RWLOCK,), dropped)
        if suffix:
            yield f"read_lock{suffix}", LockCall(read_lock, (LockKind.RWLOCK,), dropped)
    for suffix, dropped in (("", 0), ("_irq", 0), ("_irqrestore", 1), ("_bh", 0)):
        yield f"spin_unlock{suffix}", LockCall(unlock, spin, dropped)
        yield f"write_unlock{suffix}", LockCall(unlock, (LockKind.RWLOCK,), dropped)
        if suffix:
            yield f"read_unlock{suffix}", LockCall(read_unlock, (LockKind.RWLOCK,), dropped)
    for suffix, dropped in (("", 0), ("_irq", 0), ("_irqsave", 1), ("_bh", 0)):
        yield f"spin_trylock{suffix}", LockCall(trylock, spin, dropped)
    yield "write_trylock", LockCall(trylock, (LockKind.RWLOCK,))
    yield "read_lock", LockCall(read_lock, _SHARED_LOCKS)
    yield "read_unlock", LockCall(read_unlock, _SHARED_LOCKS)
    yield "read_trylock", LockCall(read_trylock, _SHARED_LOCKS)
    rwsem = (LockKind.RWSEM,)
    yield "down_read", LockCall(read_lock, rwsem)
    yield "up_read", LockCall(read_unlock, rwsem)
    yield "down_read_trylock", LockCall(read_trylock, rwsem)
    yield "down_write", LockCall(lock, rwsem)
    yield "up_write", LockCall(unlock, rwsem)
    yield "downgrade_write", LockCall(LockOperator.DOWNGRADE, rwsem)
    yield "down_write_trylock", LockCall(trylock, rwsem)
    yield "bit_spin_lock", LockCall(lock, bit)
    yield "bit_spin_trylock", LockCall(trylock, bit)
    yield "bit_spin_unlock", LockCall(unlock, bit)
    sections = tuple(kind for kind in LockKind if not kind.written)
    yield ENTERS, LockCall(read_trylock, sections)
    yield LEAVES, LockCall(read_unlock, sections)
    yield "complete", LockCall(LockOperator.COMPLETE, _COMPLETION)
    yield "complete_all", LockCall(LockOperator.COMPLETE_ALL, _COMPLETION)
    yield "wait_for_completion", LockCall(LockOperator.WAIT_FOR_COMPLETION, _COMPLETION)
    yield "try_wait_for_completion", LockCall(LockOperator.TRY_WAIT_FOR_COMPLETION, _COMPLETION)
    for name in ("init_completion", "reinit_completion"):
        yield name, LockCall(LockOperator.REINIT_COMPLETION, _COMPLETION)


def _atomics() -> Iterator[tuple[str, Primitive]]:
    for prefix in ("atomic", "atomic_long", "atomic64"):
        for operator, facts in ATOMICS.items():
            if facts.ghost:
                continue
            shape = "na" if facts.number_first else "a" + "n" * facts.arguments
            yield f"{prefix}_{operator}", AtomicCall(operator, shape)
            if operator in ("read", "set"):
                continue
            for order in ("relaxed", "acquire", "release"):
                yield f"{prefix}_{operator}_{order}", AtomicCall(operator, shape)
        yield f"{prefix}_read_acquire", AtomicCall("read", "a")
        yield f"{prefix}_set_release", AtomicCall("set", "an")
        for word in ("or", "and", "xor", "andnot"):
            yield f"{prefix}_{word}", AtomicCall(f"fetch_{word}", "na")
    for operator in ("inc", "dec", "inc_not_zero", "dec_and_test", "dec_not_one", "read"):
        yield f"refcount_{operator}", AtomicCall(operator, "a")
    yield "refcount_set", AtomicCall("set", "an")
    yield "refcount_add", AtomicCall("add", "na")
    yield "refcount_sub_and_test", AtomicCall("sub_and_test", "na")
    yield "kref_get", AtomicCall("inc", "a")
    yield "kref_get_unless_zero", AtomicCall("inc_not_zero", "a")
    yield "kref_put", AtomicCall("dec_and_test", "a")
    yield "kref_read", AtomicCall("read", "a")


def _bits() -> Iterator[tuple[str, Primitive]]:
    for word, operator in (("set", "fetch_or"), ("clear", "fetch_andnot"), ("change", "fetch_xor")):
        yield f"{word}_bit", BitCall(operator, tests=False)
        yield f"test_and_{word}_bit", BitCall(operator, tests=True)
        yield f"__{word}_bit", PlainBitCall({"set": "|", "clear": "&", "change": "^"}[word])
    yield "clear_bit_unlock", BitCall("fetch_andnot", tests=False)
    yield "test_and_set_bit_lock", BitCall("fetch_or", tests=True)
    yield "test_bit", BitTestCall()
    yield "test_bit_acquire", BitTestCall()
    yield "BIT", MaskCall()


def _accesses() -> Iterator[tuple[str, Primitive]]:
    yield "READ_ONCE", LoadCall(AccessTag.ONCE)
    yield "WRITE_ONCE", StoreCall(AccessTag.ONCE)
    yield "ACCESS_ONCE", LoadCall(AccessTag.ONCE)
    for name in ("rcu_dereference", "rcu_dereference_protected", "rcu_dereference_raw", "rcu_access_pointer"):
        yield name, LoadCall(AccessTag.ONCE)
    yield "rcu_assign_pointer", StoreCall(AccessTag.RELEASE)
    yield "RCU_INIT_POINTER", StoreCall(AccessTag.ONCE)
    yield "smp_load_acquire", LoadCall(AccessTag.ACQUIRE)
    yield "smp_store_release", StoreCall(AccessTag.RELEASE)
    yield "smp_store_mb", StoreCall(AccessTag.FULL)
    for name in ("smp_mb", "smp_rmb", "smp_wmb", "mb", "rmb", "wmb", "barrier", "cpu_relax", "cond_resched"):
        yield name, BarrierCall()
    for name in ("smp_mb__before_atomic", "smp_mb__after_atomic", "smp_mb__after_spinlock"):
        yield name, BarrierCall()
    for order in ("", "_relaxed", "_acquire", "_release"):
        yield f"xchg{order}", ExchangeCall("xchg", 1)
        yield f"cmpxchg{order}", ExchangeCall("cmpxchg", 2)
        yield f"try_cmpxchg{order}", ExchangeCall("try_cmpxchg", 2)
    for name in ("smp_cond_load_acquire", "smp_cond_load_relaxed", "atomic_cond_read_acquire"):
        yield name, CondLoadCall()
    yield "atomic_cond_read_relaxed", CondLoadCall()


def _language() -> Iterator[tuple[str, Primitive]]:
    yield "held", AskCall(LockQuestion.HELD)
    yield "locked", AskCall(LockQuestion.LOCKED)
    for name in ("mutex_is_locked", "spin_is_locked", "rwsem_is_locked", "bit_spin_is_locked"):
        yield name, AskCall(LockQuestion.LOCKED)
    yield "lockdep_is_held", AskCall(LockQuestion.HELD)
    yield "frozen", AskCall(LockQuestion.FROZEN)
    yield "completed", AskCall(LockQuestion.COMPLETED)
    yield "completion_done", AskCall(LockQuestion.COMPLETED)
    yield "free", FreeCall(null_ok=False)
    yield "kfree", FreeCall(null_ok=True)
    yield "touch", TouchCall()
    yield "some", SomeCall()
    yield "the", TheCall()
    yield "size", SizeCall(empty=False)
    yield "empty", SizeCall(empty=True)
    yield "nr", CountCall(allocated=False)
    yield "nr_alloc", CountCall(allocated=True)
    yield INSTANCES, InstancesCall()


def _primitives() -> dict[str, Primitive]:
    table: dict[str, Primitive] = {}
    for group in (_locks(), _atomics(), _bits(), _accesses(), _language()):
        table.update(group)
    return table


#: Every built-in name that can be called.
PRIMITIVES: Mapping[str, Primitive] = MappingProxyType(_primitives())

#: Those that came with version 0.2 of the language. What a spec declares under such a name comes first.
ADDED_PRIMITIVES = frozenset(("lockdep_is_held", *(name for name, _ in _bits()))) | {
    name for name in PRIMITIVES if name.startswith("atomic") and ("xor" in name or "andnot" in name)
}

_RCU_ACCESSES = (
    "rcu_dereference",
    "rcu_dereference_protected",
    "rcu_dereference_raw",
    "rcu_access_pointer",
    "rcu_assign_pointer",
    "RCU_INIT_POINTER",
)
#: Spellings that say who may not run meanwhile, or how long memory stays, where no step does anything about it.
UNMODELLED: Mapping[str, Unmodelled] = MappingProxyType(
    {
        **{
            name: Unmodelled.INTERRUPTS
            for name in PRIMITIVES
            if name.endswith(("_irq", "_irqsave", "_irqrestore", "_bh"))
        },
        **dict.fromkeys(_RCU_ACCESSES, Unmodelled.GRACE_PERIODS),
    }
)


@dataclass(frozen=True, slots=True)
class Switch:
    """A spelling that switches interrupts (else softirqs, or ``preemption``) off or on.

    ``lock``: the operation on a lock that comes with it, if any. ``saves``: what was is kept in
    flags, or put back from them.
    """

    interrupts: bool
    off: bool
    saves: bool
    lock: str = ""
    preemption: bool = False


def _switches() -> Iterator[tuple[str, Switch]]:
    for what in ("spin", "read", "write"):
        yield f"{what}_lock_irq", Switch(True, True, False, f"{what}_lock")
        yield f"{what}_lock_irqsave", Switch(True, True, True, f"{what}_lock")
        yield f"{what}_lock_bh", Switch(False, True, False, f"{what}_lock")
        yield f"{what}_unlock_irq", Switch(True, False, False, f"{what}_unlock")
        yield f"{what}_unlock_irqrestore", Switch(True, False, True, f"{what}_unlock")
        yield f"{what}_unlock_bh", Switch(False, False, False, f"{what}_unlock")
    for suffix in ("_irq", "_irqsave", "_bh"):
        yield f"spin_trylock{suffix}", Switch(suffix != "_bh", True, suffix == "_irqsave", TRIES)
    yield "local_irq_disable", Switch(True, True, False)
    yield "local_irq_enable", Switch(True, False, False)
    yield "local_irq_save", Switch(True, True, True)
    yield "local_irq_restore", Switch(True, False, True)
    yield "local_bh_disable", Switch(False, True, False)
    yield "local_bh_enable", Switch(False, False, False)
    yield "preempt_disable", Switch(False, True, False, preemption=True)
    yield "preempt_enable", Switch(False, False, False, preemption=True)
    for word, off in (("lock", True), ("unlock", False)):
        yield f"rcu_read_{word}_bh", Switch(False, off, False, f"rcu_read_{word}_bh")
        yield f"rcu_read_{word}_sched", Switch(False, off, False, f"rcu_read_{word}_sched", preemption=True)


#: In place of a lock operation: one that may fail, and is no statement.
TRIES = "trylock"
_SWITCHES: Mapping[str, Switch] = MappingProxyType(dict(_switches()))


def switch(name: str) -> Switch | None:
    """Return what a spelling switches off or on; None if it does not."""
    return _SWITCHES.get(name)


#: Lock operations as methods (``l.lock()``): the primitive they mean.
LOCK_METHODS: Mapping[str, str] = MappingProxyType(
    {
        "lock": "lock",
        "unlock": "unlock",
        "trylock": "trylock",
        "read_lock": "read_lock",
        "read_unlock": "read_unlock",
        "read_trylock": "read_trylock",
        "complete": "complete",
        "complete_all": "complete_all",
        "wait": "wait_for_completion",
        "try_wait": "try_wait_for_completion",
        "reinit": "reinit_completion",
    }
)

_RCU = (
    "sections, `call_rcu`, `kfree_rcu`, `rcu_barrier` and `synchronize_rcu` are there, and their SRCU kin; polling for "
    "grace periods, and replacing a pointer in one call, are not (`modelcheck explain MC270`)"
)
_SRCU_SETUP = "a `srcu_struct ss;` starts initialised; setting one up again, and taking it down, are not modelled"
_RCU_LATER = (
    *("rcu_replace_pointer", "get_state_synchronize_rcu", "start_poll_synchronize_rcu", "poll_state_synchronize_rcu"),
    *("cond_synchronize_rcu", "srcu_dereference_check", "synchronize_rcu_tasks", "call_rcu_tasks"),
)
_IRQ = (
    "it keeps handlers away: declare `cpu c0;`, write `process p on c0` and `interrupt h on c0 when (…) { … }`, "
    "and switch them off in the text of the process itself (not in an inline)"
)
_QUEUE = (
    "it is a statement of its own in the code of a process, in a spec that has a `wait_queue_head wq;` or says "
    "`set_current_state(…)` (`modelcheck explain MC262`)"
)
#: A guard that waits for the condition itself can lose no wake-up. So no message offers one.
_WAIT = (
    "signals, timeouts and bits that are waited for are not there yet; `wait_event(wq, condition)` with `wake_up(&wq)` "
    "is, and so are `set_current_state(…)`, `schedule()` and `wake_up_process(t)`"
)
_ITEM = (
    "it is about a timer or work item of the spec, a field of an object or a shared variable: "
    "`tick : timer_list = tick_fn;`, `reset : work_struct = reset_fn;` (`modelcheck explain MC265`)"
)
_ITEM_SETUP = "the handler of an item is its initial value; initialising a live one again is not modelled"
_LATER = (
    "flushing, delayed work and workqueues of one's own are not there yet; timers and work are (`cancel_work_sync`, "
    "`disable_work_sync`, `timer_shutdown_sync`; `modelcheck explain MC266`)"
)
#: Names a kernel developer will try that have no meaning (yet), and what to say.
UNSUPPORTED: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(_RCU_LATER, _RCU),
        **dict.fromkeys(("init_srcu_struct", "cleanup_srcu_struct"), _SRCU_SETUP),
        **dict.fromkeys(("local_irq_disable", "local_irq_enable", "local_irq_save", "local_irq_restore"), _IRQ),
        **dict.fromkeys(("preempt_disable", "preempt_enable", "local_bh_disable", "local_bh_enable"), _IRQ),
        **dict.fromkeys(
            ("mutex_lock_interruptible", "mutex_lock_killable", "down_read_killable", "down_write_killable"),
            "its failure must be spelled out: `choose { mutex_lock(l); } or { return …; }`",
        ),
        **dict.fromkeys(OPERATIONS, _QUEUE),
        **dict.fromkeys((*ITEM_OPERATIONS, *ITEM_QUESTIONS), _ITEM),
        **dict.fromkeys(("INIT_WORK", "timer_setup", "hrtimer_init", "hrtimer_setup", "tasklet_setup"), _ITEM_SETUP),
        **dict.fromkeys(
            (
                "flush_work",
                "flush_workqueue",
                "flush_delayed_work",
                "flush_scheduled_work",
                "drain_workqueue",
                "destroy_workqueue",
                "alloc_workqueue",
                "schedule_delayed_work",
                "queue_delayed_work",
                "mod_delayed_work",
                "cancel_delayed_work",
                "cancel_delayed_work_sync",
            ),
            _LATER,
        ),
        **dict.fromkeys(
            (
                "wait_event_interruptible",
                "wait_event_timeout",
                "wait_event_interruptible_timeout",
                "wait_event_killable",
                "schedule_timeout",
                "signal_pending",
                "wait_on_bit",
                "wake_up_bit",
            ),
            _WAIT,
        ),
        **dict.fromkeys(
            ("kref_init", "atomic_init", "refcount_init", "spin_lock_init", "mutex_init"),
            "objects start initialised: give the field an initial value; initialising a live one again is not modelled",
        ),
        **dict.fromkeys(
            ("kmalloc", "kzalloc", "kmem_cache_alloc"), "write `new T` (or `try_new T`, which may be null)"
        ),
        "kmem_cache_free": "write `free(p)`",
        **dict.fromkeys(
            ("down", "up", "down_trylock"),
            "counting semaphores are not there; for an atomic s, `when (s.dec_if_positive() >= 0);` is `down`, "
            "`s.inc();` is `up`",
        ),
        **dict.fromkeys(
            ("yield", "mdelay", "udelay", "ndelay"),
            "leave it out: between any two steps, any other process may run for as long as it likes",
        ),
        **dict.fromkeys(
            ("msleep", "usleep_range", "might_sleep"),
            "leave it out: between any two steps, any other process may run for as long as it likes. "
            "That it sleeps where it may not is not checked then",
        ),
        **dict.fromkeys(
            ("printk", "printf", "pr_info", "pr_debug", "pr_warn", "pr_err"),
            "leave it out: a trace shows every step, and `emit` marks one",
        ),
        **dict.fromkeys(
            ("list_add", "list_add_tail", "list_del", "list_del_init", "list_empty", "hlist_add_head", "hlist_del"),
            "write what it does to the fields, such as `prev->next = n->next;`",
        ),
        "IS_ERR": "model the error as `null` or as an enum value",
    }
)
