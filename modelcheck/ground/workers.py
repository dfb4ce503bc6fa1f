"""Tasks in processes of their own, so that a crash, a memory hog or a timeout takes one task with it and no more.

Each task gets a fresh process, or one in which others ended well, if the caller says that this is
good enough. The children never outlive the parent: it kills them when it leaves, and should it be
killed itself, the kernel kills them (Linux), or they notice (elsewhere). That goes for children of
children, too.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import pickle
import signal
import sys
import time
import traceback
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkContext, SpawnContext
from multiprocessing.process import BaseProcess
from typing import Generic, TypeVar

from modelcheck.ground.ended import Ended, Exited, InternalError, Killed, Limited
from modelcheck.ground.lifeline import die_with
from modelcheck.ground.memory import memory_in_use, memory_is_limited, memory_of
from modelcheck.ground.records import dataclass

Task = TypeVar("Task")
Result = TypeVar("Result")

#: A process that has grown by so many bytes takes no further task.
_GROWTH = 256 << 20
#: Neither does one that has loaded a solver: what a solver answers may depend on what it was asked before.
_SOLVERS = ("z3", "cvc5")

#: So many more objects than before are looked through for garbage. What a process leaves behind
#: goes with it, soon after it has grown.
_GARBAGE = 5_000_000

#: Bytes that a process may have in use beyond those that were allowed to it: it has copied what the
#: program itself takes.
SLACK = 64 << 20

#: What asks this program to end.
_INTERRUPTS = (signal.SIGINT, signal.SIGTERM)

#: How often the caller gets a turn while nothing finishes, in seconds.
_TICK = 0.2


@dataclass(frozen=True, slots=True)
class Started:
    index: int


@dataclass(frozen=True, slots=True)
class Said:
    """A message that a task sent while it runs."""

    index: int
    message: object


@dataclass(frozen=True, slots=True)
class Finished(Generic[Result]):
    index: int
    result: Result


@dataclass(frozen=True, slots=True)
class Failed:
    """``reason``: why it has no result."""

    index: int
    reason: Ended


@dataclass(frozen=True, slots=True)
class Tick:
    """Nothing happened for a moment."""


@dataclass(slots=True)
class _Running:
    index: int
    process: BaseProcess
    connection: Connection
    deadline: float | None
    takes_more: bool = False


def run_tasks(
    function: Callable[[Task, Callable[[object], None]], Result],
    tasks: Sequence[Task],
    jobs: int,
    seconds: float | None = None,
    *,
    reuse: bool = False,
    memory: int | None = None,
) -> Generator[Started | Said | Finished[Result] | Failed | Tick, None, None]:
    """Run ``function(task, say)`` for every task, at most ``jobs`` at a time, and yield what happens.

    ``say`` sends a (picklable) message to the parent. A task that takes longer than ``seconds`` is
    killed. Closing the generator kills what still runs. ``reuse``: a process whose task ended well
    may get another one. ``memory``: bytes that each task may need; one whose process has more in
    use, besides what it has of this one and ``SLACK``, is killed.
    """
    most = None if memory is None else memory + memory_in_use() + SLACK
    context = _context()
    waiting = list(range(len(tasks)))
    look_again = 0.0
    running: list[_Running] = []
    try:
        while waiting or running:
            while waiting and len(running) < max(jobs, 1):
                index = waiting.pop(0)
                ours, theirs = context.Pipe()
                known = dict(enumerate(tasks)) if reuse else {index: tasks[index]}
                process = context.Process(target=_child, args=(theirs, function, known, index, os.getpid(), reuse))
                with _uninterrupted():
                    process.start()
                    running.append(_Running(index, process, ours, _deadline(seconds)))
                theirs.close()
                yield Started(index)
            ready = wait([entry.connection for entry in running], _TICK)
            if not ready:
                yield Tick()
            now = time.monotonic()
            looked = most is not None and now >= look_again
            look_again = now + _TICK if looked else look_again
            for entry in list(running):
                event: Said | Finished[Result] | Failed | None = None
                if entry.connection in ready:
                    event = _receive(entry)
                elif entry.deadline is not None and time.monotonic() > entry.deadline:
                    event = Failed(entry.index, Limited.TIME)
                elif looked and most is not None and memory_of(entry.process.pid) > most:
                    event = Failed(entry.index, Limited.MEMORY)
                if event is None:
                    continue
                started: Started | None = None
                if isinstance(event, Finished) and entry.takes_more and waiting:
                    started = _hand_over(entry, waiting, seconds)
                if started is None and not isinstance(event, Said):
                    _stop(entry)
                    running.remove(entry)
                yield event
                if started is not None:
                    yield started
    finally:
        for entry in running:
            _stop(entry)


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let Ctrl-C wait while a process starts: in the child it would come before anybody there could
    take it, and be told as an error.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, _INTERRUPTS)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _deadline(seconds: float | None) -> float | None:
    return None if seconds is None else time.monotonic() + seconds


def _hand_over(entry: _Running, waiting: list[int], seconds: float | None) -> Started | None:
    """Give the next task to a process that is through with its own; None if it is gone."""
    try:
        entry.connection.send(waiting[0])
    except OSError:
        return None
    entry.index, entry.deadline, entry.takes_more = waiting.pop(0), _deadline(seconds), False
    return Started(entry.index)


def _context() -> ForkContext | SpawnContext:
    # A forked child has the spec already.
    if "fork" in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("fork")
    return multiprocessing.get_context("spawn")


def _receive(entry: _Running) -> Said | Finished[Result] | Failed:
    collecting = gc.isenabled()
    # A long run is a million objects, none of them garbage.
    gc.disable()
    try:
        word, content, flag = entry.connection.recv()
    except (EOFError, OSError, pickle.UnpicklingError):
        entry.process.join(1.0)
        return Failed(entry.index, _last_words(entry.process.exitcode))
    finally:
        if collecting:
            gc.enable()
    match word:
        case "said":
            return Said(entry.index, content)
        case "finished":
            entry.takes_more = flag
            return Finished(entry.index, content)
        case _:
            return Failed(entry.index, content)


def _last_words(exit_code: int | None) -> Ended:
    if exit_code is not None and exit_code < 0:
        return Killed(signal.Signals(-exit_code).name if -exit_code in set(signal.Signals) else str(-exit_code))
    return Exited(exit_code)


def _stop(entry: _Running) -> None:
    if entry.process.is_alive():
        entry.process.kill()
    entry.process.join(5.0)
    entry.connection.close()


def _child(
    connection: Connection,
    function: Callable[[Task, Callable[[object], None]], Result],
    tasks: Mapping[int, Task],
    index: int,
    parent: int,
    reuse: bool,
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _INTERRUPTS)
    die_with(parent)
    gc.freeze()
    gc.set_threshold(_GARBAGE, 20, 100)
    most = memory_in_use() + _GROWTH
    with contextlib.suppress(BrokenPipeError, EOFError):
        while _carry_out(connection, function, tasks[index], most if reuse else 0):
            index = connection.recv()
    connection.close()


def _while_loading(error: Exception) -> bool:
    """Whether something went wrong in loading a module; a solver says so by an error of its own,
    and is not there afterwards.
    """
    solver = type(error).__module__.split(".")[0]
    return isinstance(error, SystemError | ImportError) or (solver in _SOLVERS and solver not in sys.modules)


def _carry_out(
    connection: Connection, function: Callable[[Task, Callable[[object], None]], Result], task: Task, most: int
) -> bool:
    """Send what becomes of a task; return whether this process takes another one.

    ``most``: memory that it may have in use then.
    """
    try:
        result = function(task, lambda message: connection.send(("said", message, False)))
        more = memory_in_use() < most and not any(solver in sys.modules for solver in _SOLVERS)
        connection.send(("finished", result, more))
        return more
    except MemoryError:
        connection.send(("failed", Limited.MEMORY, False))
    except RecursionError:
        connection.send(("failed", Limited.SIZE, False))
    except Exception as error:
        if _while_loading(error) and memory_is_limited():
            # What is loaded while memory is limited, a solver, does not always say so when there is none.
            connection.send(("failed", Limited.MEMORY, False))
            return False
        if os.environ.get("MODELCHECK_DEBUG"):
            traceback.print_exc()
        connection.send(("failed", InternalError(type(error).__name__, str(error)), False))
    return False
