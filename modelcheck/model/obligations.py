"""What steps and states can do wrong without being asked: the kinds of obligations (docs/semantics.md, section 6).

A new kind is a row here; a test asks for its explanation, and that both semantics find it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from modelcheck.ground.records import dataclass


class About(Enum):
    """What the subject of an obligation is."""

    OBJECT = "object"
    PLACE = "a field, shared variable or local"
    OWNER = "a process or inline"
    ASSERTION = "the name of an assert"
    CALLBACK = "callback"
    ATOMIC = "a field or shared variable"
    LOCK = "a lock"
    SYSTEM = "no subject"


class Needs(Enum):
    """What has to happen to its subject, so that an obligation says something."""

    ALLOCATED = "allocated"
    FREED = "freed"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class ObligationFacts:
    """``fault``: a step that does it always ends the run. ``at_rest``: judged where everything has
    come to rest. ``needs``: what has to happen so that it says something; None: that is not asked.
    ``asserted``: it is found by an assert that was written out in resolution.
    """

    about: About
    fault: bool = False
    at_rest: bool = False
    needs: Needs | None = None
    asserted: bool = False


#: All kinds by name, in the order in which they are listed.
OBLIGATIONS: Mapping[str, ObligationFacts] = MappingProxyType(
    {
        "null_deref": ObligationFacts(About.OBJECT, fault=True),
        "use_after_free": ObligationFacts(About.OBJECT, fault=True, needs=Needs.FREED),
        "double_free": ObligationFacts(About.OBJECT, fault=True, needs=Needs.FREED),
        "free_active": ObligationFacts(About.OBJECT, fault=True, needs=Needs.FREED),
        "leak": ObligationFacts(About.OBJECT, at_rest=True, needs=Needs.ALLOCATED),
        "pool_exhausted": ObligationFacts(About.OBJECT, fault=True, needs=Needs.ALLOCATED),
        "unassigned_read": ObligationFacts(About.PLACE),
        "range": ObligationFacts(About.PLACE, fault=True),
        "index": ObligationFacts(About.PLACE, fault=True),
        "division_by_zero": ObligationFacts(About.OWNER, fault=True),
        "option_none": ObligationFacts(About.OWNER, fault=True),
        "assertion": ObligationFacts(About.ASSERTION),
        "requires": ObligationFacts(About.CALLBACK),
        "frozen": ObligationFacts(About.ATOMIC),
        "refcount": ObligationFacts(About.ATOMIC),
        "double_unlock": ObligationFacts(About.LOCK, needs=Needs.TAKEN),
        "unlock_not_owner": ObligationFacts(About.LOCK, needs=Needs.TAKEN),
        "self_deadlock": ObligationFacts(About.LOCK, fault=True, needs=Needs.TAKEN),
        "sleep_in_atomic": ObligationFacts(About.LOCK),
        "blocking_not_running": ObligationFacts(About.OWNER),
        "unbalanced": ObligationFacts(About.OWNER, at_rest=True),
        "free_locked": ObligationFacts(About.LOCK, needs=Needs.TAKEN),
        "lock_held_at_end": ObligationFacts(About.LOCK, at_rest=True, needs=Needs.TAKEN),
        "suspicious_rcu": ObligationFacts(About.PLACE, asserted=True),
        "rcu_self_wait": ObligationFacts(About.OWNER, fault=True, asserted=True),
        "double_call_rcu": ObligationFacts(About.OBJECT, asserted=True),
        "deadlock": ObligationFacts(About.SYSTEM),
        "stuck": ObligationFacts(About.SYSTEM),
    }
)
#: Other names of kinds.
ALIASES: Mapping[str, str] = MappingProxyType({"null_access": "null_deref", "uninit": "unassigned_read"})


def kinds_about(about: About) -> tuple[str, ...]:
    """Return the kinds with subjects of a sort."""
    return tuple(kind for kind, facts in OBLIGATIONS.items() if facts.about is about)


def kinds_that_need(needs: Needs) -> tuple[str, ...]:
    """Return the kinds that say nothing where something never happens."""
    return tuple(kind for kind, facts in OBLIGATIONS.items() if facts.needs is needs)


#: The kinds that always end the run.
FAULTS = frozenset(kind for kind, facts in OBLIGATIONS.items() if facts.fault)
#: The kinds that asserts find which nobody has written.
ASSERTED = frozenset(kind for kind, facts in OBLIGATIONS.items() if facts.asserted)
#: The kinds that are judged where everything has come to rest.
AT_REST = frozenset(kind for kind, facts in OBLIGATIONS.items() if facts.at_rest)
