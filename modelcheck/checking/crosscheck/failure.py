"""What is raised when an engine and the interpreter disagree."""

from __future__ import annotations

from modelcheck.result.trace import Move, Schedule


class CrossCheckFailure(Exception):
    """An exploration and the interpreter disagree.

    ``schedule`` leads to the first state where they do; the message shows both views of it.
    """

    def __init__(self, what: str, schedule: Schedule, system_view: str, interpreter_view: str) -> None:
        self.what = what
        self.schedule = schedule
        self.system_view = system_view
        self.interpreter_view = interpreter_view
        moves = " ".join(show_move(move) for move in schedule) or "(the initial state)"
        super().__init__(f"{what}\nafter {moves}\nengine:\n{system_view}\ninterpreter:\n{interpreter_view}")


def show_move(move: Move) -> str:
    """``0(1,2)``: the process, and the choices if there are any."""
    choices = ",".join(str(c) for c in move.choices)
    return f"{move.process}({choices})" if choices else str(move.process)
