"""Deferred items, timers and work, by the kernel's names (docs/semantics.md, section 10)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from modelcheck.ground.records import dataclass

#: What the parts of an item are called behind its own name. No name in a spec has a dot in it.
PENDING, OFF, RUNNING = ".pending", ".off", ".running"

_TIMER, _WORK, _TASKLET, _IRQ_WORK = "timer_list", "work_struct", "tasklet_struct", "irq_work"
_HRTIMER = "hrtimer"


@dataclass(frozen=True, slots=True)
class ItemKind:
    """``word``: what its handler is called in a trace. ``may_sleep``: its handler is a task."""

    word: str
    may_sleep: bool = False


#: The types of items.
KINDS: Mapping[str, ItemKind] = MappingProxyType(
    {
        _TIMER: ItemKind("timer"),
        _HRTIMER: ItemKind("hrtimer"),
        _WORK: ItemKind("work", may_sleep=True),
        _TASKLET: ItemKind("tasklet"),
        _IRQ_WORK: ItemKind("irq_work"),
    }
)


@dataclass(frozen=True, slots=True)
class ItemOperation:
    """An operation on an item of one of ``kinds``.

    ``body``: what it does, a text in which P is whether the item is pending, OFF what keeps it from
    that (a bool of timers: shut down for good; else how often it is disabled), RUN whether its handler
    runs; it returns `was`. ``result``: it has one. ``sleeps``: it may not
    stand where nobody may sleep. ``dropped``: so many arguments behind the item mean nothing.
    ``before``: so many in front of it.
    """

    kinds: tuple[str, ...]
    body: str
    result: bool = True
    sleeps: bool = False
    dropped: int = 0
    before: int = 0


_TAKE = "was = P; P = false;"
#: In the body of an operation: that it is to be pending, and was not.
QUEUED = "!P && !OFF"
_QUEUE = f"was = {QUEUED}; if (was) {{ P = true; }}"
_DELETE = f"atomic {{ {_TAKE} }}"
_DELETE_SYNC = f"atomic when (!RUN) {{ {_TAKE} }}"
_DISABLE = f"atomic {{ {_TAKE} OFF = OFF + 1; }}"


def _operations() -> dict[str, ItemOperation]:
    timers, high, work = (_TIMER,), (_HRTIMER,), (_WORK,)
    table = {
        "mod_timer": ItemOperation(timers, "atomic { was = P; if (!OFF) { P = true; } }", dropped=1),
        "add_timer": ItemOperation(timers, "atomic { assert double_add: !P; if (!OFF) { P = true; } }", result=False),
        "timer_shutdown": ItemOperation(timers, f"atomic {{ {_TAKE} OFF = true; }}"),
        "timer_shutdown_sync": ItemOperation(
            timers, f"atomic {{ {_TAKE} OFF = true; busy = RUN; }} if (busy) {{ atomic when (!RUN) {{ }} }}"
        ),
        "hrtimer_start": ItemOperation(high, "atomic { P = true; }", result=False, dropped=2),
        "hrtimer_cancel": ItemOperation(high, _DELETE_SYNC),
        "schedule_work": ItemOperation(work, f"atomic {{ {_QUEUE} }}"),
        "queue_work": ItemOperation(work, f"atomic {{ {_QUEUE} }}", before=1),
        "cancel_work": ItemOperation(work, _DELETE),
        "cancel_work_sync": ItemOperation(work, f"{_DISABLE} atomic when (!RUN) {{ OFF = OFF - 1; }}", sleeps=True),
        "disable_work": ItemOperation(work, _DISABLE),
        "disable_work_sync": ItemOperation(work, f"{_DISABLE} atomic when (!RUN) {{ }}", sleeps=True),
        "enable_work": ItemOperation(work, "atomic { OFF = OFF - 1; was = !OFF; }"),
        "tasklet_schedule": ItemOperation((_TASKLET,), f"atomic {{ {_QUEUE} }}", result=False),
        "tasklet_kill": ItemOperation(
            (_TASKLET,),
            "atomic when (!P && !OFF) { OFF = OFF + 1; } atomic when (!RUN) { OFF = OFF - 1; }",
            result=False,
            sleeps=True,
        ),
        "irq_work_queue": ItemOperation((_IRQ_WORK,), f"atomic {{ {_QUEUE} }}"),
        "irq_work_sync": ItemOperation((_IRQ_WORK,), "atomic when (!P && !RUN) { }", result=False, sleeps=True),
    }
    for name in ("timer_delete", "del_timer"):
        table[name] = ItemOperation(timers, _DELETE)
        table[f"{name}_sync"] = ItemOperation(timers, _DELETE_SYNC)
    return table


#: The operations that are steps.
OPERATIONS: Mapping[str, ItemOperation] = MappingProxyType(_operations())
#: Those that read whether an item is pending.
QUESTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"timer_pending": (_TIMER,), "work_pending": (_WORK,), "hrtimer_is_queued": (_HRTIMER,)}
)

#: The workqueues that are there without being declared: every item may run beside the others.
SYSTEM_QUEUES = ("system_wq", "system_highpri_wq", "system_unbound_wq", "system_long_wq", "system_percpu_wq")
