"""From the typed tree to the transition system that engines work on."""

from __future__ import annotations

from modelcheck.elaborate.build import build_system
from modelcheck.ir.system import System
from modelcheck.resolve import typed

__all__ = ["elaborate"]


def elaborate(model: typed.Model) -> System:
    """Return the transition system of a closed model.

    Raises ``SpecError`` for what has none: a class with any number of instances (``[*]``), a local cycle, absurd sizes.
    """
    return build_system(model)
