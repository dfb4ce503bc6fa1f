"""The choice between the plain and the native explorer."""

from __future__ import annotations

from modelcheck.engines.adaptive import PLAIN_STATES, explore_adaptively
from modelcheck.engines.explicit import Stop
from modelcheck.result.budget import Budget
from tests.engines.systems import counters


def test_small_systems_stay_plain() -> None:
    found = explore_adaptively(counters(2, 9), Budget())
    assert found.states == 100
    assert {answer.engine for answer in found.answers} == {"explicit"}


def test_large_systems_go_native() -> None:
    found = explore_adaptively(counters(3, 49), Budget())
    assert found.states == 50**3 > PLAIN_STATES
    assert {answer.engine for answer in found.answers} == {"native"}


def test_the_limits_of_the_caller_hold() -> None:
    assert explore_adaptively(counters(3, 49), Budget(states=1000)).stopped is Stop.STATES
    assert explore_adaptively(counters(3, 49), Budget(states=100_000)).stopped is Stop.STATES
