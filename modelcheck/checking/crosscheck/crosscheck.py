"""Checking an exploration against the interpreter.

The engines work on a System, the interpreter on the typed tree, and the two ways share no code. Up
to ``limit`` states the interpreter explores everything as well: states are paired along equal
moves, and the pairing must be one-to-one, with the same moves, faults, findings and drained states
on both sides, so that the two graphs are the same graph. Above that, walks visit ``sample``
distinct states (see ``walks``) and compare each of them with its successors in the same way.

That compares what an engine worked on. What it did with it is asked of the engine itself: each
state that was met must be among those that it visited, at the depth where it is
(``Exploration.lookup``), and what it says it found must be what was met (``claims``).
"""

from __future__ import annotations

import random
from collections.abc import Hashable
from typing import TypeVar

from modelcheck.checking.crosscheck.pairs import Check
from modelcheck.engines.explicit.machine import MOST_BITS, InconsistentSystem, Machine, is_widest
from modelcheck.engines.semantics import Executor
from modelcheck.ir.layout import FieldOverflow
from modelcheck.ir.system import System
from modelcheck.result.comparisons import CrossCheck, InitialFault, WalkedToWidth
from modelcheck.result.exploration import Exploration
from modelcheck.result.reasons.differences import OutOfBounds

#: Up to this many states everything is explored again.
FULL_LIMIT = 6_000
#: Above it, this many states are compared.
SAMPLE = 1_000
SEED = 1

S = TypeVar("S", bound=Hashable)


def cross_check(
    system: System,
    interpreter: Executor[S],
    found: Exploration,
    *,
    seed: int = SEED,
    limit: int | None = FULL_LIMIT,
    sample: int = SAMPLE,
    machine: Machine | None = None,
) -> CrossCheck:
    """Compare an exploration with the interpreter; return what was done.

    If it is complete and has no more than ``limit`` states (None: however many it has), everything
    is explored again. The states that it visited are asked for if it has kept them. ``machine``: of
    this system, if there is one already: what it has compiled is used. Raises
    ``CrossCheckFailure``, and ``InconsistentSystem`` if the system breaks its contract.
    """
    widths: dict[int, int] = {}
    while True:
        executing = Machine(system, widths) if machine is None or widths else machine
        try:
            check = Check(system, executing, interpreter, found)
            if system.initial_fault:
                check.claims_at_once()
                return InitialFault()
            if found.complete and (limit is None or found.states <= limit):
                return check.everything()
            from modelcheck.checking.crosscheck.walks import walk

            return walk(check, random.Random(seed), seed, sample)
        except FieldOverflow as overflow:
            variable = next(v for v in system.variables if v.id == overflow.variable)
            if variable.low is not None and variable.high is not None:
                raise InconsistentSystem(OutOfBounds(variable.name)) from None
            if is_widest(executing, overflow.variable):
                # As far as the exploration, which stops there too, walks have come.
                return WalkedToWidth(seed, MOST_BITS)
            widths[overflow.variable] = min(2 * executing.layout.fields[overflow.variable].width, MOST_BITS)
