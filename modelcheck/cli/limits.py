"""The user's time also bounds what a command does itself: reading a spec, making its designs, counting."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Generic, TypeVar

from modelcheck.ground.records import dataclass
from modelcheck.result.budget import LEAST_SECONDS

if TYPE_CHECKING:
    from modelcheck.ground.diagnostics import Diagnostic
    from modelcheck.ground.workers import Failed
    from modelcheck.studies.matrix.options import Options

#: What a command does itself.
READING, PLANNING = "the spec was still being read", "the designs of the spec were still being made"
EXPORTING = "the model was still being made or written"
ANOTHER_RACE = "another race was still being looked for"

Result = TypeVar("Result")


class OutOfTimeError(Exception):
    """``what`` was not done within the time that was given for it."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"out of time: {what}")


@dataclass(frozen=True, slots=True)
class _Done(Generic[Result]):
    """What became of work: its result, or what is ``wrong`` with the spec."""

    result: Result | None = None
    wrong: tuple[Diagnostic, ...] | None = None


@contextmanager
def at_most(seconds: float | None, what: str) -> Iterator[None]:
    """Raise ``OutOfTimeError`` in what is done here if it takes more than ``seconds`` (None: no limit).

    Only for code in Python, in the main thread.
    """
    if seconds is None or threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def end(_number: int, _frame: FrameType | None) -> None:
        raise OutOfTimeError(what)

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, LEAST_SECONDS))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def planning(options: Options, work: Callable[[], Result]) -> tuple[Result, Options]:
    """Return what ``work`` makes of the designs of a spec, and the options with the time that it took gone.

    Raises ``OutOfTimeError``.
    """
    started = time.perf_counter()
    with at_most(options.left, PLANNING):
        result = work()
    return result, options.after(time.perf_counter() - started)


def supervised(work: Callable[[], Result], seconds: float | None, memory: int | None) -> Result | Failed:
    """Do ``work`` in a process of its own, which is ended a moment after ``seconds`` (None: no limit),
    or when it takes more than ``memory`` bytes.

    Raises what is wrong with the spec (``SpecError``), as ``work`` does.
    """
    from modelcheck.ground.diagnostics import SpecError
    from modelcheck.ground.workers import Failed, Finished, run_tasks
    from modelcheck.result.budget import ending

    def task(_: None, say: Callable[[object], None]) -> _Done[Result]:
        try:
            return _Done(work())
        except SpecError as error:
            return _Done(wrong=tuple(error.diagnostics))

    for event in run_tasks(task, [None], 1, None if seconds is None else ending(seconds), memory=memory):
        match event:
            case Finished(result=done):
                if done.wrong is not None:
                    raise SpecError(done.wrong)
                assert done.result is not None
                return done.result
            case Failed():
                return event
            case _:
                pass
    raise AssertionError("a task neither ends nor fails")
