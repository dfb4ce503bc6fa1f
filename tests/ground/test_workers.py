"""Tasks in their own processes: order, crashes, timeouts, messages, nothing left behind."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable

import pytest

from modelcheck.ground import workers
from modelcheck.ground.ended import Ended, Exited, InternalError, Killed, Limited
from modelcheck.ground.workers import Failed, Finished, Said, Started, run_tasks


def double(task: int, say: Callable[[object], None]) -> int:
    say(f"doubling {task}")
    return task * 2


def misbehave(task: str, say: Callable[[object], None]) -> str:
    match task:
        case "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        case "raise":
            raise ValueError("bad")
        case "memory":
            raise MemoryError
        case "sleep":
            say(os.getpid())
            time.sleep(60)
        case "exit":
            os._exit(3)
    return task


def failures(events: list[object]) -> dict[int, Ended]:
    return {event.index: event.reason for event in events if isinstance(event, Failed)}


def test_every_task_is_answered_and_messages_come_before_the_answer() -> None:
    events = list(run_tasks(double, [1, 2, 3], jobs=2))
    finished = {event.index: event.result for event in events if isinstance(event, Finished)}
    assert finished == {0: 2, 1: 4, 2: 6}
    for index in range(3):
        own = [event for event in events if isinstance(event, Said | Finished) and event.index == index]
        assert [type(event) for event in own] == [Said, Finished]


def test_a_task_that_dies_takes_no_other_with_it() -> None:
    tasks = ["crash", "raise", "memory", "exit", "fine"]
    events: list[object] = list(run_tasks(misbehave, tasks, jobs=2))
    found = failures(events)
    assert found == {
        0: Killed("SIGKILL"),
        1: InternalError("ValueError", "bad"),
        2: Limited.MEMORY,
        3: Exited(3),
    }
    assert [event.result for event in events if isinstance(event, Finished)] == ["fine"]


def test_a_task_that_takes_too_long_is_killed() -> None:
    started = time.monotonic()
    events: list[object] = list(run_tasks(misbehave, ["sleep", "fine"], jobs=2, seconds=0.5))
    assert time.monotonic() - started < 10
    assert failures(events) == {0: Limited.TIME}


def test_closing_the_run_leaves_no_child_behind() -> None:
    run = run_tasks(misbehave, ["sleep"], jobs=1)
    child = next(event.message for event in run if isinstance(event, Said))
    run.close()
    assert isinstance(child, int)
    alive = True
    try:
        os.kill(child, 0)
    except ProcessLookupError:
        alive = False
    assert not alive


def whose(task: str, say: Callable[[object], None]) -> int:
    misbehave(task, say)
    return os.getpid()


@pytest.fixture
def no_solver_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The children inherit what other tests have imported into this process: a stand-in plays the solver."""
    monkeypatch.setattr(workers, "_SOLVERS", ("stand_in_for_a_solver",))


@pytest.mark.usefixtures("no_solver_loaded")
def test_a_process_whose_task_ended_well_takes_another() -> None:
    events: list[object] = list(
        run_tasks(whose, ["fine", "fine", "raise", "fine", "crash", "fine"], jobs=1, reuse=True)
    )
    finished = {event.index: event.result for event in events if isinstance(event, Finished)}
    assert finished[0] == finished[1]
    assert len({finished[1], finished[3], finished[5]}) == 3
    assert list(failures(events)) == [2, 4]
    started = [event.index for event in events if isinstance(event, Started)]
    assert started == list(range(6))


def test_every_task_has_its_own_time_in_a_process_that_is_used_again() -> None:
    tasks = ["fine", "sleep", "fine"]
    events: list[object] = list(run_tasks(misbehave, tasks, jobs=1, seconds=1.0, reuse=True))
    assert failures(events) == {1: Limited.TIME}
    assert [event.index for event in events if isinstance(event, Finished)] == [0, 2]


def grow(task: int, say: Callable[[object], None]) -> int:
    globals()[f"kept{task}"] = bytes(range(256)) * (task << 12)
    return os.getpid()


@pytest.mark.usefixtures("no_solver_loaded")
def test_a_process_that_has_grown_takes_no_more() -> None:
    events = list(run_tasks(grow, [1, 400, 1], jobs=1, reuse=True))
    first, second, third = (event.result for event in events if isinstance(event, Finished))
    assert first == second
    assert second != third


def load_solver(task: str, say: Callable[[object], None]) -> int:
    sys.modules.setdefault(task, sys)
    return os.getpid()


@pytest.mark.usefixtures("no_solver_loaded")
def test_a_process_that_has_loaded_a_solver_takes_no_more() -> None:
    events = list(run_tasks(load_solver, ["stand_in_for_a_solver", "none", "none"], jobs=1, reuse=True))
    first, second, third = (event.result for event in events if isinstance(event, Finished))
    assert first != second
    assert second == third


def test_a_process_born_with_a_solver_takes_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_SOLVERS", ("sys",))
    events = list(run_tasks(whose, ["fine", "fine"], jobs=1, reuse=True))
    first, second = (event.result for event in events if isinstance(event, Finished))
    assert first != second
