"""From the typed tree to the transition system that engines work on."""

from __future__ import annotations

from modelcheck.ground.diagnostics import Diagnostic, Severity, SpecError
from modelcheck.ir.system import System
from modelcheck.model import typed
from modelcheck.semantics.elaborate.build import build_system

__all__ = ["elaborate"]


def elaborate(model: typed.Model) -> System:
    """Return the transition system of a closed model.

    Raises ``SpecError`` for what has none: a class with any number of instances (``[*]``), a local cycle, absurd sizes.
    """
    try:
        return build_system(model)
    except RecursionError:
        message = "the model is too large: some of its expressions are too deep"
        raise SpecError((Diagnostic("MC550", Severity.ERROR, message, model.init.span),)) from None
