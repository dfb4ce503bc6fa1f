"""What a run of mutation finds out."""

from __future__ import annotations

from enum import Enum

from modelcheck.ground.diagnostics import Diagnostic
from modelcheck.ground.records import dataclass
from modelcheck.studies.mutate.alike import Difference
from modelcheck.studies.mutate.mutants import Mutant
from modelcheck.studies.reasons import Unsettled


class Outcome(Enum):
    """What becomes of a mutant."""

    KILLED = "killed"  # a property notices
    SURVIVED = "survived"  # none does
    EQUIVALENT = "equivalent"  # there is nothing to notice
    INVALID = "invalid"  # it means nothing: a type error, say
    NOT_RUN = "not_run"  # no scenario of the run has this code
    UNDECIDED = "undecided"  # none notices so far, and something was not looked at


class Notice(Enum):
    """How a property notices."""

    VIOLATED = "violated"  # there is a run that violates it
    UNWITNESSED = "unwitnessed"  # there is no run any more that it asks for
    NO_REST = "no_rest"  # it is judged where everything has come to rest, and nothing does any more
    UNEXPECTED = "unexpected"  # it is not what an `expect` line says


@dataclass(frozen=True, slots=True)
class Kill:
    """``length``: of the run that shows it, if there is one."""

    scenario: str
    property_name: str
    builtin: bool
    notice: Notice
    length: int | None


@dataclass(frozen=True, slots=True)
class Judged:
    """A mutant and what became of it.

    ``kill``: who noticed. ``unseen``: an equivalent one differs in steps, but in none that anybody
    sees. ``scenario``, ``difference``: of a survivor, where what could be noticed (None: too much to
    look at). ``reason``: why it is invalid or undecided. ``seconds``: of processor time;
    ``reused``: an earlier run has found it out.
    """

    mutant: Mutant
    outcome: Outcome
    kill: Kill | None = None
    unseen: bool = False
    scenario: str = ""
    difference: Difference | None = None
    reason: Unsettled | None = None
    seconds: float = 0.0
    reused: bool = False


@dataclass(frozen=True, slots=True)
class MutationResult:
    """``judged``: in the order of the mutants, those that were looked at; ``total``: how many there
    are. ``scenarios``: those that ran, ``skipped``: slow ones and those with any number of processes.
    ``failing``: (scenario, property) that are not as expected without any mutant.
    """

    spec: str
    model: str
    variant: str
    scenarios: tuple[str, ...]
    skipped: tuple[str, ...]
    judged: tuple[Judged, ...]
    total: int
    failing: tuple[tuple[str, str], ...]
    seconds: float
    diagnostics: tuple[Diagnostic, ...] = ()

    def of(self, outcome: Outcome) -> tuple[Judged, ...]:
        """Those with an outcome."""
        return tuple(one for one in self.judged if one.outcome is outcome)

    @property
    def complete(self) -> bool:
        """Whether every mutant was looked at."""
        return len(self.judged) == self.total

    @property
    def counted(self) -> int:
        """How many mutants a property could have noticed."""
        return sum(len(self.of(outcome)) for outcome in (Outcome.KILLED, Outcome.SURVIVED, Outcome.UNDECIDED))

    @property
    def score(self) -> float | None:
        """The percentage of these that one did; None if there are none."""
        return 100.0 * len(self.of(Outcome.KILLED)) / self.counted if self.counted else None
