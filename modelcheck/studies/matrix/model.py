"""What a run of the matrix yields: cells, the (variant, scenario) pairs they come from, distinct races."""

from __future__ import annotations

from modelcheck.checking.vacuity.record import Vacuity
from modelcheck.ground.diagnostics import Diagnostic
from modelcheck.ground.ended import Ended
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.result.comparisons import CrossCheck
from modelcheck.result.proof import Proof, Unexcluded
from modelcheck.result.reasons.reason import NoAnswer, Reason
from modelcheck.result.trace import Trace
from modelcheck.result.verdict import EvidenceKind, Verdict
from modelcheck.studies.matrix.expectations import Claim, Outcome
from modelcheck.studies.matrix.plan import VariantInfo


@dataclass(frozen=True, slots=True)
class Cell:
    """One property of one scenario of one variant.

    ``trace``: of the violation, or the witness of an existential property. ``conditional_on``:
    properties whose fault or deadlock ends runs early here, so that a green verdict says nothing
    about what would come after it; ``undecided_cuts``: those of which it is not known whether they
    do. ``reason``: why there is no answer. ``proof`` and ``why``: as in ``Answer``. ``declared``:
    where the spec declares the property; None for built-in obligations.
    """

    variant: str
    scenario: str
    property_name: str
    kind: str
    existential: bool
    builtin: bool
    verdict: Verdict
    evidence: EvidenceKind
    claim: Claim | None
    outcome: Outcome
    engine: str = ""
    states: int | None = None
    searched: int | None = None
    depth: int | None = None
    length: int | None = None
    seconds: float = 0.0
    reason: Reason | None = None
    cross_checked: CrossCheck | None = None
    proof: Proof | None = None
    why: Unexcluded | None = None
    conditional_on: tuple[str, ...] = ()
    undecided_cuts: tuple[str, ...] = ()
    trace: Trace | None = None
    declared: Span | None = None

    @property
    def cut(self) -> bool:
        """Whether it is green only as far as runs go."""
        return bool(self.conditional_on or self.undecided_cuts)

    @property
    def undecided(self) -> bool:
        """Whether there may be a violation (or a witness) that nobody has seen."""
        return self.verdict in (Verdict.BOUNDED, Verdict.UNKNOWN, Verdict.ERROR)

    @property
    def surprise(self) -> bool:
        return self.outcome is Outcome.SURPRISE


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What a green cell of one (variant, scenario) rests on, in the user's names.

    ``processes``: (class, number of instances, None for any number); ``pools``: (object, slots);
    ``params``: (name, value); ``unmodelled``: what spellings in the spec promise and the model does
    not have, such as "interrupts".
    """

    processes: tuple[tuple[str, int | None], ...]
    pools: tuple[tuple[str, int], ...]
    params: tuple[tuple[str, str], ...]
    unmodelled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """All cells of one (variant, scenario). ``failure``: why there are none (a spec error, a crash),
    else None. ``reused``: the answers are those of an earlier run. ``taken`` and ``never``: the
    places of steps that some run takes, and of those that none does (nothing is said, and both are
    empty, unless every run was looked at). ``ended``: why the work was ended before it was done;
    the cells are what was known by then. ``doubted``: some answer turned out to be wrong.
    ``vacuity``: what is exercised."""

    variant: str
    scenario: str
    cells: tuple[Cell, ...]
    assumptions: Assumptions | None
    diagnostics: tuple[Diagnostic, ...]
    seconds: float
    failure: NoAnswer | Ended | None = None
    reused: bool = False
    taken: tuple[Span, ...] = ()
    never: tuple[Span, ...] = ()
    ended: Ended | None = None
    doubted: bool = False
    vacuity: Vacuity | None = None


@dataclass(frozen=True, slots=True)
class Race:
    """Violated cells that show the same interleaving. ``number`` counts from 1; ``trace`` is that of the first cell."""

    number: int
    trace: Trace
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class MatrixResult:
    """One run over one spec. ``pairs`` is ordered by variant, then scenario, whatever the order in which they finished.

    ``skipped_scenarios``: marked slow and not asked for. ``unfinished``: (variant, scenario) pairs
    that an interrupt cut off.
    """

    spec: str
    model: str
    variants: tuple[VariantInfo, ...]
    scenarios: tuple[str, ...]
    skipped_scenarios: tuple[str, ...]
    pairs: tuple[Pair, ...]
    unfinished: tuple[tuple[str, str], ...]
    races: tuple[Race, ...]
    diagnostics: tuple[Diagnostic, ...]
    seconds: float

    @property
    def cells(self) -> tuple[Cell, ...]:
        return tuple(cell for pair in self.pairs for cell in pair.cells)
