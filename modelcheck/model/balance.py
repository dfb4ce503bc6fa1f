"""What a context can do wrong with what it switches off and on (docs/semantics.md, section 9)."""

from enum import Enum


class Imbalance(Enum):
    """Each is the observation ``unbalanced``."""

    BELOW = "switched on more often than off"
    RESTORED = "interrupts restored that are on"
    SOFTIRQS_FIRST = "softirqs switched on with interrupts off"
    LEFT = "left off"
