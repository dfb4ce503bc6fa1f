"""What bounded model checking, or a proof, has overlooked, looked for by the interpreter in the runs that come first.

That nothing happens within so many steps, or ever, is a claim about many runs. The interpreter
follows the shortest ones, as far as a number of states goes: what it finds on them must have been
found.
"""

from __future__ import annotations

from collections.abc import Mapping

from modelcheck.semantics.interpreter.interpreter import Interpreter
from modelcheck.semantics.interpreter.machine.states import State

#: So many states are looked at.
STATES = 1_000
#: The number of steps for what is never to happen: more than these states have.
EVER = STATES


def overlooked(interpreter: Interpreter, depths: Mapping[int, int], limit: int = STATES) -> tuple[int, int] | None:
    """Return a property that is violated (witnessed) within the number of steps that ``depths`` has
    for it, and in how many; None if none is seen to be.
    """
    start = interpreter.initial()
    most = max(depths.values(), default=-1)
    for finding in start.findings:
        if depths.get(finding.property, -1) >= 0:
            return finding.property, 0
    level: list[State] = [] if start.state is None else [start.state]
    seen = set(level)
    for depth in range(most + 1):
        following: list[State] = []
        for state in level:
            for finding in interpreter.state_findings(state):
                if depth <= depths.get(finding.property, -1):
                    return finding.property, depth
            for transition in interpreter.transitions(state) if depth < most else ():
                for finding in transition.findings:
                    if depth + 1 <= depths.get(finding.property, -1):
                        return finding.property, depth + 1
                if transition.target is not None and transition.target not in seen and len(seen) < limit:
                    seen.add(transition.target)
                    following.append(transition.target)
        level = following
    return None
