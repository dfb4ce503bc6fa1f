"""Which engines there are. Each is imported when it is asked for: solvers and compilers take their time."""

from __future__ import annotations

from typing import Literal, assert_never

from modelcheck.engines.protocol import Engine

#: ``exploration``: whichever of ``explicit`` and ``native`` is faster.
Name = Literal["exploration", "explicit", "native", "bmc", "induction", "spacer"]


def engine(name: Name) -> Engine:
    """Return the engine of that name."""
    match name:
        case "exploration":
            from modelcheck.engines.adaptive import Exploring

            return Exploring("auto")
        case "explicit" | "native":
            from modelcheck.engines.adaptive import Exploring

            return Exploring(name)
        case "bmc":
            from modelcheck.engines.bmc.engine import Unrolling

            return Unrolling()
        case "induction" | "spacer":
            from modelcheck.engines.induction.engine import Proving

            return Proving(name)
        case _:
            assert_never(name)
