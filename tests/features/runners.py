"""The engines as runners of feature files (see ``harness``)."""

from __future__ import annotations

from modelcheck.checking.crosscheck.crosscheck import cross_check
from modelcheck.engines.bmc.bmc import bmc
from modelcheck.engines.explicit import Exploration, explore
from modelcheck.engines.native import explore as explore_natively
from modelcheck.ir.passes.symmetry import Symmetry, symmetry_of
from modelcheck.ir.system import Form
from modelcheck.model import typed
from modelcheck.result.budget import Budget
from modelcheck.result.verdict import Answer
from modelcheck.semantics.elaborate import elaborate
from modelcheck.semantics.interpreter.interpreter import Interpreter
from modelcheck.semantics.interpreter.memoisation.interpreter import MemoisedInterpreter
from tests.features.harness import Observed, property_name

#: Trace lengths up to which bounded model checking looks.
BMC_STEPS = 4


def _lengths(model: typed.Model, answers: tuple[Answer, ...]) -> dict[str, int]:
    found: dict[str, int] = {}
    for answer in answers:
        if answer.schedule is not None:
            assert answer.length == len(answer.schedule)
            found[property_name(model, answer.property)] = answer.length
    return found


def run_explicit(model: typed.Model) -> Observed:
    """Explore the System, cross-check it against the interpreter, replay every trace."""
    system, interpreter = elaborate(model), MemoisedInterpreter(model)
    found = explore(system, Budget(), keep=True)
    cross_check(system, interpreter, found)
    return _observed(model, interpreter, found)


def run_native(model: typed.Model) -> Observed:
    """Explore the System in compiled code, replay every trace."""
    return _observed(model, MemoisedInterpreter(model), explore_natively(elaborate(model), Budget(threads=2)))


def run_reduced(model: typed.Model) -> Observed:
    """Explore one state of each orbit, in plain and in compiled code (which exchanges slots, too);
    both must find the same.
    """
    system, interpreter = elaborate(model), MemoisedInterpreter(model)
    plain = explore(system, Budget(), symmetry=True)
    observed = _observed(model, interpreter, plain)
    if symmetry_of(system) != Symmetry():
        native = explore_natively(system, Budget(threads=2), symmetry=True)
        assert native.searched <= plain.searched
        assert _observed(model, interpreter, native) == observed
    return observed


def _observed(model: typed.Model, interpreter: Interpreter, found: Exploration) -> Observed:
    assert found.complete
    for answer in found.answers:
        if answer.schedule is not None:
            assert interpreter.replay(answer.schedule, answer.property).schedule == answer.schedule
    numbers = {"states": found.states, "transitions": found.transitions}
    return Observed(numbers, _lengths(model, found.answers))


def run_bmc(model: typed.Model) -> Observed:
    """Bounded model checking; it does not decide ``stuck``."""
    system = elaborate(model)
    wanted = [p.id for p in system.properties if p.not_applicable is None and Form.STUCK not in p.forms]
    answers = tuple(bmc(system, wanted, Budget(steps=BMC_STEPS)))
    interpreter = MemoisedInterpreter(model)
    for answer in answers:
        if answer.schedule is not None:
            assert interpreter.replay(answer.schedule, answer.property).schedule == answer.schedule
    stuck = frozenset(p.name for p in system.properties if Form.STUCK in p.forms)
    return Observed({}, _lengths(model, answers), limit=BMC_STEPS, undecided=stuck)
