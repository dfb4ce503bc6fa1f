"""Liveness of locals: backward dataflow over the flat code (Aho et al., *Compilers*, section 9.2.5).

A variable is live where some path reads it before it is assigned as a whole or its block is entered anew.
"""

from __future__ import annotations

from collections.abc import Sequence

from modelcheck.semantics.interpreter.compiler.code import Instruction, successors


def live_variables(code: Sequence[Instruction]) -> list[frozenset[int]]:
    """For each position (and the end of the code) the numbers of the variables that are live before it."""
    count = len(code)
    following = [successors(instruction, position) for position, instruction in enumerate(code)]
    live: list[frozenset[int]] = [frozenset()] * (count + 1)
    changed = True
    while changed:
        changed = False
        for position in range(count - 1, -1, -1):
            after = frozenset().union(*(live[next_] for next_ in following[position]))
            instruction = code[position]
            before = (after - frozenset(instruction.kills)).union(instruction.reads)
            if before != live[position]:
                live[position] = before
                changed = True
    return live
