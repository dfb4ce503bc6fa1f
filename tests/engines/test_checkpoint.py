"""Explorations that are interrupted and go on later: the same results as without interruption, and
no other file is accepted.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from modelcheck.engines import native
from modelcheck.engines.explicit import Exploration, Stop
from modelcheck.ground.diagnostics import SpecError
from modelcheck.ir.system import System
from modelcheck.report.reasons.sentences import reason_text
from modelcheck.result.budget import Budget
from modelcheck.result.reasons.stops import CheckpointKept, EndsUndecided, Unfinished
from modelcheck.result.verdict import Verdict
from tests.engines.systems import RandomSystem, counters
from tests.engines.test_native import everything, restless, wide_counters

__all__ = ["restless"]


def in_pieces(system: System, path: Path, budget: Budget, patience: int) -> tuple[Exploration, int]:
    """Explore, interrupted after some looks at the clock, more in each piece; each goes on where
    the one before stopped. Return the number of interruptions, too.
    """
    resume = None
    for piece in range(1, 100):
        ask = partial(next, iter([False] * (patience * piece)), True)
        budget = replace(budget, checkpoint=str(path), resume=resume)
        found = native.explore(system, budget, interrupted=ask)
        if not found.kept:
            assert found.complete
            return found, piece - 1
        assert found.stopped in (Stop.INTERRUPTED, None)
        assert isinstance(found.kept, CheckpointKept)
        reasons = [answer.reason for answer in found.answers if answer.reason is not None]
        told = [reason.kept for reason in reasons if isinstance(reason, Unfinished | EndsUndecided)]
        assert found.kept in told or not reasons
        resume = str(path)
    raise AssertionError("it does not get on")


@pytest.mark.usefixtures("restless")
@pytest.mark.parametrize("seed", range(12))
def test_random_systems_in_pieces(seed: int, tmp_path: Path) -> None:
    system = RandomSystem(seed).make()
    whole = native.explore(system, Budget())
    for threads in (1, 2):
        found, interruptions = in_pieces(system, tmp_path / "checkpoint", Budget(threads=threads), 4)
        assert everything(found) == everything(whole)
        assert interruptions > 0 or whole.states < 20


@pytest.mark.usefixtures("restless")
def test_wide_states_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modelcheck.engines.native.code.walk.WORK_CHUNK", 50)
    system = wide_counters()
    found, interruptions = in_pieces(system, tmp_path / "checkpoint", Budget(threads=2), 40)
    assert interruptions > 3
    assert everything(found) == everything(native.explore(system, Budget()))


def interrupted_at(system: System, path: Path, states: int = 30_000) -> Exploration:
    return native.explore(system, Budget(states=states, checkpoint=str(path)))


def test_a_budget_that_ends_leaves_a_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    system = counters(3, 59)
    first = interrupted_at(system, path)
    assert first.stopped is Stop.STATES
    assert first.kept is not None
    assert first.kept.path == str(path)
    assert list(tmp_path.iterdir()) == [path]
    second = native.explore(system, Budget(resume=str(path)))
    assert second.complete
    assert everything(second) == everything(native.explore(system, Budget()))


def refused(system: System, path: Path) -> str:
    with pytest.raises(SpecError) as error:
        native.explore(system, Budget(resume=str(path)))
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code == "MC534"
    return diagnostic.message


def test_a_checkpoint_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    system = counters(3, 59)
    interrupted_at(system, path)
    assert "have changed" in refused(counters(3, 58), path)
    assert "not of" in refused(replace(system, scenario="another"), path)
    assert "not of" in refused(replace(system, variant="another"), path)
    fewer = replace(system, properties=system.properties[:-1])
    assert "have changed" in refused(fewer, path)


@pytest.mark.parametrize(
    "damage", ["cut", "longer", "header", "state", "hash", "text", "missing", "empty", "directory"]
)
def test_a_damaged_checkpoint_is_refused(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "checkpoint"
    system = counters(3, 59)
    interrupted_at(system, path)
    content = bytearray(path.read_bytes())
    match damage:
        case "cut":
            del content[-100:]
        case "longer":
            content += b"more"
        case "header":
            content[40] ^= 1
        case "state":
            content[len(content) // 2] ^= 1
        case "hash":
            content[-1] ^= 1
        case "text":
            content = bytearray(b"model page;\n")
        case "empty":
            content = bytearray()
    path.unlink()
    if damage == "directory":
        path.mkdir()
    elif damage != "missing":
        path.write_bytes(content)
    assert str(path) in refused(system, path)


def test_where_nothing_can_be_written_that_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as error:
        native.explore(counters(2, 5), Budget(checkpoint=str(tmp_path / "missing" / "checkpoint")))
    assert error.value.diagnostics[0].code == "MC521"


def test_a_complete_exploration_writes_nothing(tmp_path: Path) -> None:
    found = native.explore(counters(2, 5), Budget(checkpoint=str(tmp_path / "checkpoint")))
    assert found.complete
    assert found.kept is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("restless")
def test_if_only_stuck_stays_open_everything_else_is_decided(tmp_path: Path) -> None:
    system = wide_counters()
    looks = 0

    def count() -> bool:
        nonlocal looks
        looks += 1
        return False

    whole = native.explore(system, Budget(), interrupted=count)
    ask = partial(next, iter([False] * (looks - 2)), True)
    path = tmp_path / "checkpoint"
    found = native.explore(system, Budget(checkpoint=str(path)), interrupted=ask)
    assert found.complete
    assert (found.states, found.depth) == (whole.states, whole.depth)
    *others, stuck = found.answers
    assert [(a.verdict, a.length) for a in others] == [(a.verdict, a.length) for a in whole.answers[:-1]]
    assert stuck.verdict is Verdict.UNKNOWN
    assert reason_text(stuck.reason).startswith("all 43,904 states were visited, but deciding this was interrupted; ")
    assert isinstance(stuck.reason, EndsUndecided)
    assert stuck.reason.kept == found.kept
    assert everything(native.explore(system, Budget(resume=str(path)))) == everything(whole)
