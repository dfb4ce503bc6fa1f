"""``export``: one System, one language."""

from __future__ import annotations

from typing import Literal, assert_never, get_args

from modelcheck.export.unexportable import Unexportable
from modelcheck.ir.system import System

Target = Literal["promela", "murphi", "smtlib"]
TARGETS: tuple[Target, ...] = get_args(Target)


def export(system: System, target: Target) -> str:
    """Return the system as source text of another tool. Raises ``Unexportable``, with the reason.

    ``promela`` for SPIN and ``murphi`` for Rumur are models with the same states; ``smtlib``
    defines the initial state, the steps and the violations, for SMT solvers.
    """
    match target:
        case "promela":
            from modelcheck.export.promela import promela

            return promela(system)
        case "murphi":
            from modelcheck.export.murphi import murphi

            return murphi(system)
        case "smtlib":
            from modelcheck.solver.encode import Unencodable
            from modelcheck.solver.smtlib import system_text

            try:
                return system_text(system)
            except Unencodable as error:
                raise Unexportable(error.why) from None
        case _:
            assert_never(target)
