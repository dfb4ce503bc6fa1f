"""Tasks in processes of their own, so that a crash, a memory hog or a timeout takes one task with it and no more.

Each task gets a fresh process. The children never outlive the parent: it kills them when it leaves, and should it be killed itself, the
kernel kills them (Linux), or they notice (elsewhere). That goes for children of children, too.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import time
import traceback
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkContext, SpawnContext
from multiprocessing.process import BaseProcess
from typing import Generic, TypeVar

from modelcheck.lifeline import die_with

Task = TypeVar("Task")
Result = TypeVar("Result")

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
    """``reason``: in plain words. ``internal``: it is an error of this program."""

    index: int
    reason: str
    internal: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    """Nothing happened for a moment."""


@dataclass(slots=True)
class _Running:
    index: int
    process: BaseProcess
    connection: Connection
    deadline: float | None


def run_tasks(
    function: Callable[[Task, Callable[[object], None]], Result],
    tasks: Sequence[Task],
    jobs: int,
    seconds: float | None = None,
) -> Generator[Started | Said | Finished[Result] | Failed | Tick, None, None]:
    """Run ``function(task, say)`` for every task, at most ``jobs`` at a time, and yield what happens.

    ``say`` sends a (picklable) message to the parent. A task that takes longer than ``seconds`` is killed. Closing the generator kills
    what still runs.
    """
    context = _context()
    waiting = list(enumerate(tasks))
    running: list[_Running] = []
    try:
        while waiting or running:
            while waiting and len(running) < max(jobs, 1):
                index, task = waiting.pop(0)
                receiver, sender = context.Pipe(duplex=False)
                process = context.Process(target=_child, args=(sender, function, task, os.getpid()))
                process.start()
                sender.close()
                deadline = None if seconds is None else time.monotonic() + seconds
                running.append(_Running(index, process, receiver, deadline))
                yield Started(index)
            ready = wait([entry.connection for entry in running], _TICK)
            if not ready:
                yield Tick()
            for entry in list(running):
                event: Said | Finished[Result] | Failed | None = None
                if entry.connection in ready:
                    event = _receive(entry)
                elif entry.deadline is not None and time.monotonic() > entry.deadline:
                    event = Failed(entry.index, "out of time")
                if event is None:
                    continue
                if not isinstance(event, Said):
                    _stop(entry)
                    running.remove(entry)
                yield event
    finally:
        for entry in running:
            _stop(entry)


def _context() -> ForkContext | SpawnContext:
    # A forked child has the spec already.
    if "fork" in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("fork")
    return multiprocessing.get_context("spawn")


def _receive(entry: _Running) -> Said | Finished[Result] | Failed:
    try:
        word, content, internal = entry.connection.recv()
    except (EOFError, OSError, pickle.UnpicklingError):
        entry.process.join(1.0)
        return Failed(entry.index, _last_words(entry.process.exitcode))
    match word:
        case "said":
            return Said(entry.index, content)
        case "finished":
            return Finished(entry.index, content)
        case _:
            return Failed(entry.index, content, internal)


def _last_words(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        name = signal.Signals(-exit_code).name if -exit_code in set(signal.Signals) else str(-exit_code)
        reason = " (out of memory?)" if name == "SIGKILL" else ""
        return f"the process that checked this was killed by {name}{reason}"
    return f"the process that checked this stopped without an answer (exit code {exit_code})"


def _stop(entry: _Running) -> None:
    if entry.process.is_alive():
        entry.process.kill()
    entry.process.join(5.0)
    entry.connection.close()


def _child(
    connection: Connection,
    function: Callable[[Task, Callable[[object], None]], Result],
    task: Task,
    parent: int,
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with(parent)
    with contextlib.suppress(BrokenPipeError):
        try:
            result = function(task, lambda message: connection.send(("said", message, False)))
            connection.send(("finished", result, False))
        except MemoryError:
            connection.send(("failed", "out of memory", False))
        except RecursionError:
            connection.send(("failed", "the spec is nested too deeply", False))
        except Exception as error:
            reason = f"internal error: {type(error).__name__}: {error}"
            if os.environ.get("MODELCHECK_DEBUG"):
                traceback.print_exc()
            connection.send(("failed", reason, True))
    connection.close()
