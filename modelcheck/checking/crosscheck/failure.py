"""What is raised when an engine and the interpreter disagree."""

from __future__ import annotations

from modelcheck.result.reasons.differences import Difference, ModelDisagreement
from modelcheck.result.trace import Schedule


class CrossCheckFailure(Exception):
    """An exploration and the interpreter disagree: ``why`` says on what, and has both views of it.

    ``schedule`` leads to the first state where they do.
    """

    def __init__(self, what: Difference, schedule: Schedule, system_view: str, interpreter_view: str) -> None:
        self.why = ModelDisagreement(what, schedule, system_view, interpreter_view)
        super().__init__(str(what))
