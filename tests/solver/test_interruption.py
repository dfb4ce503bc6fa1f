"""z3 that is stopped in the middle does not answer wrongly afterwards."""

from __future__ import annotations

import os
import random
import signal
import socket
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import z3

from modelcheck.engines.bmc.bmc import bmc
from modelcheck.engines.native import explore
from modelcheck.ir.system import Form
from modelcheck.language import pipeline
from modelcheck.result.budget import Budget
from modelcheck.result.trace import Move
from modelcheck.semantics.elaborate import elaborate
from modelcheck.solver.builder import Bool
from modelcheck.solver.interruption import ctrl_c_noted, never, watched
from modelcheck.solver.solver import Deadline, Outcome, Solver
from modelcheck.solver.unrolling.schedules import ends_in
from tests.engines.systems import peterson

SPEC = Path(__file__).parents[2] / "specs" / "nfs_readdir.mc"
STEPS = 11


def made_up(seed: int, monkeypatch: pytest.MonkeyPatch, seconds: float = 60) -> list[tuple[str, int | None]]:
    """What bmc finds within STEPS steps if up to three checks are cut short before each one that
    counts, and exploration does not find at that length.
    """
    chance = random.Random(seed)
    plain = Solver.check

    def impatient(solver: Solver, assumptions: Sequence[Bool], deadline: Deadline) -> Outcome:
        for _ in range(chance.randrange(4)):
            at = time.monotonic() + chance.uniform(0.001, 0.03)
            outcome = plain(solver, assumptions, Deadline(at, deadline.interrupted))
            if outcome is not Outcome.UNKNOWN:
                return outcome
        return plain(solver, assumptions, deadline)

    monkeypatch.setattr(Solver, "check", impatient)
    system = elaborate(pipeline.Loaded(pipeline.load(SPEC)).edited("v3_one_site").resolved("evict_shared").model)
    wanted = [p.id for p in system.properties if Form.STUCK not in p.forms]
    answers = bmc(system, wanted, Budget(seconds=seconds, steps=STEPS))
    there = {
        answer.property: answer.length for answer in explore(system, Budget()).answers if answer.schedule is not None
    }
    found = [answer for answer in answers if answer.schedule is not None]
    return [(system.properties[a.property].name, a.length) for a in found if a.length != there.get(a.property)]


@pytest.mark.parametrize("seed", [1, 2])
def test_z3_is_not_stopped_while_it_translates(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """z3 5.4.1 keeps half a formula then, and takes what is no run for one."""
    # With the second line of defence out of the way: what z3 says is what is returned.
    monkeypatch.setattr("modelcheck.solver.unrolling.group.ends_in", lambda *_: True)
    assert made_up(seed, monkeypatch) == []


def test_a_model_that_is_no_run_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """What z3 makes up, it makes up early; it may search on for as long as it is let."""
    monkeypatch.setattr(Solver, "_take_in", lambda *_: True)
    assert made_up(2, monkeypatch, seconds=10) == []


def test_what_is_no_run_is_noticed() -> None:
    system = peterson()
    mutex = next(p.id for p in system.properties if p.name == "mutex")
    first = next(s for s in system.steps if s.process == 0)
    assert not ends_in(system, (), mutex)
    assert not ends_in(system, (Move(first.process, first.choices),), mutex)
    assert not ends_in(system, (Move(first.process, (9,)),), mutex)


def test_ctrl_c_is_raised_at_the_end() -> None:
    reached = []

    def interrupted_search() -> None:
        with ctrl_c_noted() as pressed:
            os.kill(os.getpid(), signal.SIGINT)
            reached.append(pressed())

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        interrupted_search()
    assert reached == [True]
    assert signal.getsignal(signal.SIGINT) is before


def test_somebody_else_s_wakeup_descriptor_hears_signals_and_is_put_back() -> None:
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    before = signal.set_wakeup_fd(theirs.fileno())
    heard = signal.signal(signal.SIGUSR1, lambda *_: None)
    try:
        with watched(z3.Context(), never):
            os.kill(os.getpid(), signal.SIGUSR1)
            ours.settimeout(10)
            assert ours.recv(1) == bytes([signal.SIGUSR1])
        assert signal.set_wakeup_fd(before) == theirs.fileno()
    finally:
        signal.set_wakeup_fd(before)
        signal.signal(signal.SIGUSR1, heard)
        ours.close()
        theirs.close()
