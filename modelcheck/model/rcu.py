"""RCU and SRCU by the kernel's names (docs/semantics.md, section 11)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from modelcheck.ground.records import dataclass

#: The types that only this has: what is queued, and a domain of its own.
HEAD_TYPE, DOMAIN_TYPE = "rcu_head", "srcu_struct"
#: The domain that is there without being declared.
RCU = "rcu"
#: The parts of a domain: who is in a section, by phase; who has something off, by phase.
READERS, OFF = "read_lock", "off"
#: The callback of `kfree_rcu`.
KFREE = "kfree"
#: The head that `kfree_rcu_mightsleep` queues, and what is called for an operation that is wrong.
#: (No name in a spec has a dot in it.)
ASLEEP, NOTHING = "rcu.mightsleep", "rcu.nothing"


class Check(Enum):
    """What has to be the case where a pointer is loaded."""

    NOTHING = "nothing"
    OPEN = "a section is open"
    OPEN_OR_OFF = "a section is open, or something is off"
    CONDITION = "the condition given"
    OPEN_OR_CONDITION = "a section is open, or the condition given"
    DOMAIN = "a section of the domain given is open"


#: Entering a section and leaving it: the part of the domain.
ENTERING: Mapping[str, str] = MappingProxyType(
    {"rcu_read_lock": READERS, "rcu_read_lock_bh": OFF, "rcu_read_lock_sched": OFF}
)
LEAVING: Mapping[str, str] = MappingProxyType(
    {"rcu_read_unlock": READERS, "rcu_read_unlock_bh": OFF, "rcu_read_unlock_sched": OFF}
)
#: Waiting for a grace period.
WAITING = ("synchronize_rcu", "synchronize_rcu_expedited", "synchronize_net")
#: Loading a pointer.
LOADS: Mapping[str, Check] = MappingProxyType(
    {
        "rcu_dereference": Check.OPEN,
        "rcu_dereference_bh": Check.OPEN_OR_OFF,
        "rcu_dereference_sched": Check.OPEN_OR_OFF,
        "rcu_dereference_protected": Check.CONDITION,
        "rcu_dereference_check": Check.OPEN_OR_CONDITION,
        "srcu_dereference": Check.DOMAIN,
        "rcu_dereference_raw": Check.NOTHING,
        "rcu_access_pointer": Check.NOTHING,
    }
)
#: Storing one.
STORES: Mapping[str, str] = MappingProxyType(
    {"rcu_assign_pointer": "smp_store_release", "RCU_INIT_POINTER": "WRITE_ONCE"}
)
HELD = "rcu_read_lock_held"
QUEUEING = ("call_rcu", "call_rcu_hurry")
FREEING = ("kfree_rcu", "kvfree_rcu")
FREEING_ASLEEP = ("kfree_rcu_mightsleep", "kvfree_rcu_mightsleep")


@dataclass(frozen=True, slots=True)
class Barrier:
    """Waits until callbacks have run: those of ``kfree_rcu`` (``freeing``), or the others; ``srcu``: of a domain."""

    freeing: bool = False
    srcu: bool = False


BARRIERS: Mapping[str, Barrier] = MappingProxyType(
    {
        "rcu_barrier": Barrier(),
        "kvfree_rcu_barrier": Barrier(freeing=True),
        "srcu_barrier": Barrier(srcu=True),
    }
)
SRCU_ENTERING, SRCU_LEAVING, SRCU_HELD = "srcu_read_lock", "srcu_read_unlock", "srcu_read_lock_held"
SRCU_WAITING = ("synchronize_srcu", "synchronize_srcu_expedited")
SRCU_QUEUEING = "call_srcu"

#: Everything that means something, in a spec that has sections or grace periods.
OPERATIONS = frozenset(
    (
        *ENTERING,
        *LEAVING,
        *WAITING,
        *LOADS,
        *STORES,
        HELD,
        *QUEUEING,
        *FREEING,
        *FREEING_ASLEEP,
        *BARRIERS,
        SRCU_ENTERING,
        SRCU_LEAVING,
        SRCU_HELD,
        *SRCU_WAITING,
        SRCU_QUEUEING,
    )
)
#: Loads and stores of pointers, which alone say nothing about sections or grace periods.
PLAIN = frozenset((*LOADS, *STORES)) - {"srcu_dereference"}
