"""What each kind of built-in obligation means when it is violated (``modelcheck explain use_after_free``).

The normative text is docs/semantics.md, section 6; this is for somebody who has just met one in a report.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: By kind. A test checks that every kind is here.
OBLIGATIONS: Mapping[str, str] = MappingProxyType(
    {
        "null_deref": """\
A field is read or written, a lock taken, or an object touched through a
reference that is null. The run ends there. `kfree(null)` is fine, `free(null)`
is not.
""",
        "use_after_free": """\
An object is used through a reference that was taken before it was freed. After
a read or `touch` the run goes on; writing, locking and atomic operations end
it. Of `typestable` objects every access is legal. The report says who
allocated, freed and used the object.
""",
        "double_free": """\
An object is freed through a reference that was taken before it was freed
already. The run ends there.
""",
        "free_active": """\
An object is freed while a timer or a work item in it is pending (what the
kernel's DEBUG_OBJECTS warns about). Its handler would run with memory that is
gone. The run ends there. A handler that runs already may free its own object.
""",
        "leak": """\
Everything has come to rest, and an object is still allocated that nobody can
find any more: no shared variable, no local of a process and no field of an
object that can be found refers to it.
""",
        "pool_exhausted": """\
`new` finds no free slot in the pool of its object. The model is too small, not
the code wrong: make the pool larger, or write `try_new`, which gives null
then.
""",
        "unassigned_read": """\
A variable, field or local is read before anything was assigned to it. One that
is declared without `= value` starts unassigned, and a local does so each time
its block is entered.
""",
        "range": """\
A value is stored that is outside the range of its type, `lo..hi`, or an atomic
gets below 0. Nothing wraps silently: `bv<n>` is the type that wraps as C does.
The run ends there.
""",
        "index": """\
An array is indexed with a value that is none of its indices. The run ends
there.
""",
        "division_by_zero": """\
`/` or `%` with 0 on the right. The run ends there.
""",
        "option_none": """\
`the(o)` of an option that is `none`: ask `o != none` before. The run ends
there.
""",
        "assertion": """\
The condition of an `assert` is false, or that of `BUG_ON` or `WARN_ON` is
true.
""",
        "requires": """\
A callback is called, and its `requires` condition is false at that moment.
""",
        "frozen": """\
A count that `freeze` has set to 0 is written by something else than
`unfreeze`, or `unfreeze` meets a count that is not frozen or no longer 0.
""",
        "refcount": """\
What refcount_t warns about: a count goes from 0 to 1 (somebody takes a
reference to what is being freed), or below 0.
""",
        "double_unlock": """\
A lock is released that nobody holds (in that way: for reading or for writing).
""",
        "unlock_not_owner": """\
A lock is released by a process that does not hold it (in that way), while
another one does. A `bitlock` may be released by anybody.
""",
        "self_deadlock": """\
A process takes a lock that it holds itself. The run ends there. Taking an
rwlock or rwsem twice for reading counts as well.
""",
        "sleep_in_atomic": """\
A process that holds a spinlock or rwlock takes a mutex or rwsem, waits for a
completion, or calls a callback that is declared `sleeps`.
""",
        "blocking_not_running": """\
A process has set its task state with `set_current_state` or `prepare_to_wait`,
and takes a mutex or rwsem, waits for a completion or an event, or calls a
callback that is declared `sleeps`, before it calls `schedule()` or sets its
state back. Whatever sleeps in there makes the task running again: the wake-up
that it was waiting for is lost, or it does not sleep at all.
""",
        "unbalanced": """\
A task or handler of a CPU ends, or has come to rest, with interrupts, softirqs
or preemption switched off; it switches on what it has not switched off;
`_irqrestore` finds interrupts on; or `local_bh_enable` or a `_bh` unlock stands
where interrupts are off. If nothing ever comes to rest, what is left off there
is not judged, and the answer is an error.
""",
        "free_locked": """\
An object is freed while a lock in it is held.
""",
        "lock_held_at_end": """\
A process has run off its end and holds a lock (a `bitlock` may be left to
others), or everything has come to rest and a process still holds one. If
nothing ever comes to rest the second is not judged, and the answer is an error.
""",
        "suspicious_rcu": """\
`rcu_dereference` outside of `rcu_read_lock` (the `_bh` and `_sched` spellings:
with nothing off, either), `rcu_dereference_protected(p, c)` where c is false,
`rcu_dereference_check(p, c)` where neither is the case, or `srcu_dereference(p,
&ss)` outside of `srcu_read_lock(&ss)`: nothing keeps the object alive.
""",
        "rcu_self_wait": """\
A process with an `rcu_read_lock` open waits for a grace period, which waits for
that process (with `srcu_read_lock(&ss)` open: `synchronize_srcu(&ss)`).
""",
        "double_call_rcu": """\
`call_rcu` or `kfree_rcu` of an `rcu_head` that is still queued: that corrupts
the list of callbacks in the kernel. Here the second one does nothing.
""",
        "deadlock": """\
No process can move, and one of them should: it is neither finished nor at the
head of a `loop quiescent`, nor a server that is blocked at the head of its
loop. (One blocked at the head of a `loop endless` should move.) The report
says who waits for what, and who holds it.
""",
        "stuck": """\
Processes can still move, but whatever they do, a state in which every one of
them is finished cannot be reached any more: two that spin and wait for each
other, or one that waits for what only a blocked one could do.

Where a process runs in any number it is violated if some number that was
explored violates it; if none does, it does not apply. If more than 200,000
states lie ahead the interpreter walks on at random instead of confirming all,
and the violation says so.
""",
    }
)
