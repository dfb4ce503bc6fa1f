"""Interpreter and elaborated system side by side: equal moves must lead through equal graphs."""

from __future__ import annotations

from modelcheck.ir.system import Form, System
from modelcheck.language import pipeline
from modelcheck.language.syntax.parse import parse_text
from modelcheck.model import typed
from modelcheck.semantics.elaborate import elaborate
from modelcheck.semantics.interpreter.machine.states import State as InterpreterState
from modelcheck.semantics.interpreter.memoisation.interpreter import MemoisedInterpreter
from tests.ir import execute


def model_of(text: str, scenario: str | None = None) -> typed.Model:
    return pipeline.Loaded(parse_text(text, "test.mc")).edited().resolved(scenario).model


def system_of(text: str, scenario: str | None = None) -> System:
    return elaborate(model_of(text, scenario))


def pair(model: typed.Model) -> int:
    """Explore both at once; return the number of states. Fails where they differ."""
    system, interpreter = elaborate(model), MemoisedInterpreter(model)
    judged = {p.id for p in system.properties if Form.STUCK not in p.forms}
    start = interpreter.initial()
    assert {r.property for r in system.initial_raises} & judged == {f.property for f in start.findings} & judged
    assert system.initial_fault == (start.state is None)
    if start.state is None:
        return 0
    pairs: list[tuple[execute.State, InterpreterState]] = [(execute.initial(system), start.state)]
    known = dict(pairs)
    reverse = {theirs: mine for mine, theirs in pairs}
    for mine, theirs in pairs:
        assert execute.within_bounds(system, mine)
        assert execute.drained(system, mine) == interpreter.drained(theirs)
        ours = execute.transitions(system, mine)
        others = {t.move: t for t in interpreter.transitions(theirs)}
        assert ours.keys() == others.keys()
        found = execute.findings(system, mine, bool(ours))
        assert found & judged == {f.property for f in interpreter.state_findings(theirs)} & judged
        for move, executed in ours.items():
            other = others[move]
            where = f"{move} of {dict(zip((v.name for v in system.variables), mine, strict=True))}"
            assert executed.findings & judged == {f.property for f in other.findings} & judged, where
            assert (executed.target is None) == (other.target is None), where
            if executed.target is None or other.target is None:
                continue
            assert known.get(executed.target, other.target) == other.target, where
            assert reverse.get(other.target, executed.target) == executed.target, where
            if executed.target not in known:
                known[executed.target] = other.target
                reverse[other.target] = executed.target
                pairs.append((executed.target, other.target))
    return len(pairs)
