"""What is known about one model once it was checked: what checking, studies and reports exchange."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from modelcheck.ground.records import dataclass
from modelcheck.result.coverage import Coverage

if TYPE_CHECKING:
    from modelcheck.ground.diagnostics import Diagnostic
    from modelcheck.ir.system import System
    from modelcheck.result.comparisons import CrossCheck
    from modelcheck.result.exploration import Exploration
    from modelcheck.result.reasons.differences import Problem
    from modelcheck.result.trace import Trace
    from modelcheck.result.verdict import Answer


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds spent on each part."""

    elaborate: float = 0.0
    search: float = 0.0
    cross_check: float = 0.0
    replay: float = 0.0


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known about one model.

    ``answers``: one for each property, in order. ``traces``: replayed, by property id. ``faults``:
    properties whose fault is reachable (they cut runs short). ``complete``: every reachable state
    was visited, so these are all. ``exploration``: statistics, if there was one. ``problem``: what
    turned out to be wrong, if anything did. ``warnings``: what the interpreter saw in the
    states that it visited, and that is no violation.
    """

    answers: tuple[Answer, ...]
    traces: Mapping[int, Trace] = field(default_factory=dict)
    faults: frozenset[int] = frozenset()
    complete: bool = False
    exploration: Exploration | None = None
    system: System | None = None
    coverage: Coverage = Coverage()
    cross_checked: CrossCheck | None = None
    problem: Problem | None = None
    timing: Timing = Timing()
    warnings: tuple[Diagnostic, ...] = ()
