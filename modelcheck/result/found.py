"""What an engine hands back, whichever it is."""

from __future__ import annotations

from modelcheck.ground.records import dataclass
from modelcheck.result.comparisons import ProofComparison
from modelcheck.result.exploration import Exploration, Visited
from modelcheck.result.verdict import Answer


@dataclass(frozen=True, slots=True)
class Found:
    """``answers``: one for each property that was asked about, in that order. ``exploration``: of an
    engine that visits states one by one.

    ``compared``: what the engine has held against the semantics itself; None if that is left to
    whoever asked. ``seconds``: how long it took.
    """

    answers: tuple[Answer, ...]
    exploration: Exploration | None = None
    compared: ProofComparison | None = None
    seconds: float = 0.0

    @property
    def visited(self) -> Visited | None:
        """What says of a state whether it was visited, if the engine has kept that; to be released."""
        return None if self.exploration is None else self.exploration.lookup
