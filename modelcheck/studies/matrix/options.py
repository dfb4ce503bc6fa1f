"""What the user asked for, as far as it concerns checking."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING

from modelcheck.ground.diagnostics import Diagnostic, Severity, SpecError
from modelcheck.ground.records import dataclass
from modelcheck.result.budget import LEAST_SECONDS

if TYPE_CHECKING:
    from modelcheck.checking.plan import Engine
    from modelcheck.result.proof import Request


class StrictKind(Enum):
    """What ``--strict`` does not take for a success."""

    VACUITY = "vacuity"  # a green cell that says nothing, code that is never reached (exit code 1)
    CUT = "cut"  # a green cell that what is wrong elsewhere cuts short (exit code 3)


@dataclass(frozen=True, slots=True)
class Options:
    """``seconds`` and ``memory`` (bytes) are for one scenario of one variant. ``variants``,
    ``scenarios``, ``properties``: empty means all. ``overrides``: (param or unknown, value as
    written). ``jobs``: scenarios checked at the same time; 0 checks in this process. ``strict``:
    what is no success, although nothing is wrong. ``certificate``: the directory for those of
    proofs, and what they say about the spec. ``cache``: the directory of results to reuse and to
    keep; None for neither. ``threads``: those that work on one scenario; None: as many as there are
    cores for each of the scenarios checked at the same time (one, if ``jobs`` is 0). ``before``:
    seconds of the user's time that were gone before anything was checked (for reading the spec).
    ``reductions``, ``cross_check_all``, ``checkpoint``, ``resume``: as in ``Budget``; the last two
    are about one scenario of one variant.
    """

    variants: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    engine: Engine = "auto"
    seconds: float | None = None
    before: float = 0.0
    memory: int | None = None
    overrides: tuple[tuple[str, str], ...] = ()
    slow: bool = False
    jobs: int = 2
    strict: frozenset[StrictKind] = frozenset()
    certificate: Request | None = None
    cache: str | None = None
    threads: int | None = None
    reductions: bool = True
    cross_check_all: bool = False
    checkpoint: str | None = None
    resume: str | None = None

    @property
    def left(self) -> float | None:
        """Seconds that are left of the user's time."""
        return None if self.seconds is None else max(self.seconds - self.before, LEAST_SECONDS)

    def after(self, seconds: float) -> Options:
        """Return the options when so many more seconds are gone."""
        return self if self.seconds is None else replace(self, before=self.before + seconds)

    def of_worker(self, jobs: int) -> Options:
        """Return the options of each worker if only ``jobs`` (at least 1) are at work: the memory
        and cores of the others are free.
        """
        memory = None if self.memory is None else self.memory * max(self.jobs, 1) // jobs
        threads = max(1, (os.cpu_count() or 1) // jobs) if self.threads is None else self.threads
        return replace(self, memory=memory, threads=threads)


def check_single(scenarios: Sequence[str]) -> None:
    """Raise ``SpecError`` (MC535) unless there is one scenario: a checkpoint is of one exploration."""
    if len(scenarios) != 1:
        names = ", ".join(scenarios[:3]) + (", …" if len(scenarios) > 3 else "")
        message = f"a checkpoint is of one exploration, and here are {len(scenarios)} ({names}): choose a --scenario"
        raise SpecError([Diagnostic("MC535", Severity.ERROR, message, None)])
