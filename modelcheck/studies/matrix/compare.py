"""Two designs beside each other: the cells whose verdicts differ."""

from __future__ import annotations

from modelcheck.ground.ended import Ended
from modelcheck.ground.records import dataclass
from modelcheck.result.reasons.reason import NoAnswer
from modelcheck.result.reasons.stops import Stop
from modelcheck.result.verdict import Verdict
from modelcheck.studies.matrix.model import Cell, MatrixResult

_UNDECIDED = (Verdict.BOUNDED, Verdict.UNKNOWN, Verdict.ERROR)


@dataclass(frozen=True, slots=True)
class Difference:
    """One property of one scenario.

    ``first`` and ``second``: its cell on each side; None where the obligation cannot occur.
    """

    scenario: str
    property_name: str
    first: Cell | None
    second: Cell | None

    @property
    def undecided(self) -> bool:
        """Whether a side has no answer, so that the two may be alike after all."""
        return any(cell is not None and cell.verdict in _UNDECIDED for cell in (self.first, self.second))

    @property
    def failing(self) -> Cell | None:
        """The side that is violated where the other is not."""
        return next((c for c in (self.first, self.second) if c is not None and c.verdict is Verdict.VIOLATED), None)


@dataclass(frozen=True, slots=True)
class Comparison:
    """``compared``: cells on both sides together, counted once; ``open``: those that neither side
    answers; ``failures``: (variant, scenario, reason) where there are no cells to compare."""

    first: str
    second: str
    compared: int
    differences: tuple[Difference, ...]
    open: int
    failures: tuple[tuple[str, str, NoAnswer | Ended | Stop], ...]


def compare_designs(result: MatrixResult, first: str, second: str) -> Comparison:
    """Compare two variants of a run.

    A scenario that has no cells on one side is not compared; it is in ``failures``.
    """
    sides = {
        name: {(cell.scenario, cell.property_name): cell for cell in result.cells if cell.variant == name}
        for name in (first, second)
    }
    failures: list[tuple[str, str, NoAnswer | Ended | Stop]] = [
        (pair.variant, pair.scenario, pair.failure) for pair in result.pairs if pair.failure is not None
    ]
    failures += [(variant, scenario, Stop.INTERRUPTED) for variant, scenario in result.unfinished]
    checked = {(pair.variant, pair.scenario) for pair in result.pairs if not pair.failure}
    keys = [
        key
        for key in dict.fromkeys((*sides[first], *sides[second]))
        if (first, key[0]) in checked and (second, key[0]) in checked
    ]
    found = [Difference(*key, sides[first].get(key), sides[second].get(key)) for key in keys]
    alike = [one for one in found if _verdict(one.first) is _verdict(one.second)]
    # Where an obligation cannot occur nothing can violate it: that is no other verdict than that it holds.
    differences = [one for one in found if _verdict(one.first) is not _verdict(one.second) and not _moot(one)]
    both_open = sum(one.undecided for one in alike)
    return Comparison(first, second, len(found), tuple(differences), both_open, tuple(failures))


def _verdict(cell: Cell | None) -> Verdict:
    return Verdict.NOT_APPLICABLE if cell is None else cell.verdict


def _moot(difference: Difference) -> bool:
    sides = (difference.first, difference.second)
    builtin = any(cell is not None and cell.builtin for cell in sides)
    return builtin and {_verdict(cell) for cell in sides} == {Verdict.HOLDS, Verdict.NOT_APPLICABLE}
