"""Whether a state is stuck, as far as the interpreter can see: no drained state and no fault may be
reachable from it.
"""

from __future__ import annotations

from random import Random

from modelcheck.result.reasons.differences import Refused
from modelcheck.semantics.interpreter.interpreter import Interpreter, ReplayError
from modelcheck.semantics.interpreter.machine.states import State

#: So many states ahead are explored; if there are more, so many walks of so many steps are made on
#: from those at which that ended.
STUCK_LIMIT, WALKS, FAR = 200_000, 64, 1_000


def confirm_stuck(interpreter: Interpreter, state: State, step: int) -> int:
    """Look for an end ahead of a state that is said to be stuck (the last one of a run of ``step`` steps).

    Returns 0 if everything ahead was explored, and else how many states were: whoever says that the
    state is stuck has explored everything, and the interpreter has only not found that wrong.
    Raises ``ReplayError`` if an end can be reached.
    """
    seen = {state}
    work = [state]
    while work:
        current = work.pop()
        for target in _ahead(interpreter, current, step):
            if target not in seen:
                seen.add(target)
                work.append(target)
        if len(seen) > STUCK_LIMIT:
            _walk(interpreter, work, step)
            return len(seen)
    return 0


def onward(interpreter: Interpreter, state: State) -> State | None:
    """Where a run may go on to from a stuck state: a state in which nobody can move; None if it goes
    round, or on and on.

    A process goes on as long as it can, with the first choices.
    """
    seen: set[State] = set()
    instance = 0
    while len(seen) < FAR and state not in seen:
        seen.add(state)
        numbers = range(len(interpreter.names))
        movers = [n for n in (*numbers[instance:], *numbers[:instance]) if interpreter.outcomes(state, n)]
        if not movers:
            return state
        instance = movers[0]
        outcome = interpreter.outcomes(state, instance)[0]
        if outcome.shared is None:
            return None
        state = interpreter.target(state, instance, outcome)
    return None


def _walk(interpreter: Interpreter, open_: list[State], step: int) -> None:
    """Go on at random from states that were not looked at. Raises ``ReplayError`` if that comes to an end."""
    random = Random(0)
    for _ in range(WALKS):
        current = random.choice(open_)
        for _ in range(FAR):
            ahead = _ahead(interpreter, current, step)
            if not ahead:
                break
            current = random.choice(ahead)


def _ahead(interpreter: Interpreter, state: State, step: int) -> list[State]:
    """The states after one. Raises ``ReplayError`` if that, or a step from it, is an end."""
    if interpreter.drained(state):
        raise ReplayError(step, Refused.END_REACHABLE)
    found: list[State] = []
    for transition in interpreter.transitions(state):
        if transition.target is None:
            raise ReplayError(step, Refused.FAULT_REACHABLE)
        found.append(transition.target)
    return found
