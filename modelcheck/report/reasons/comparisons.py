"""What explorations and proofs were held against, in words."""

from __future__ import annotations

from typing import assert_never

from modelcheck.result.comparisons import (
    CrossCheck,
    Everything,
    FormulasEvaluated,
    InitialFault,
    InvariantEvaluated,
    ProofComparison,
    Walked,
    WalkedToWidth,
)


def cross_check_words(check: CrossCheck | None) -> str:
    """How an exploration was compared with the interpreter, in a line; empty if it was not."""
    match check:
        case None:
            return ""
        case InitialFault():
            return "interpreter re-executed the initial state, which faults"
        case Everything(states, visited):
            looked = ", each of which the explorer has visited" if visited else ""
            return "interpreter re-explored " + ("the only state" if states == 1 else f"all {states:,} states") + looked
        case Walked():
            return _walked(check)
        case WalkedToWidth(seed, bits):
            return f"interpreter re-executed random walks, seed {seed}, up to numbers of {bits:,} bits"
        case _:
            assert_never(check)


def _walked(check: Walked) -> str:
    parts = [f"{check.compared:,} of {check.states:,} states re-executed by the interpreter"]
    looked = check.looked_up
    if looked is not None:
        parts.append(f"down to depth {looked.deepest:,} of {looked.depth:,}")
    met, taken = check.operations
    parts.append(f"{met:,} of {taken:,} operations")
    if looked is not None:
        parts.append(f"{looked.states:,} states looked up in what the explorer visited")
    if check.one_way:
        parts.append(f"{check.one_way:,} guards and raises seen one way only")
    found, sought = check.ends
    if sought:
        parts.append(f"an end found ahead of {found} of {sought} states")
    return ", ".join([*parts, f"seed {check.seed}"])


def comparison_words(comparison: ProofComparison) -> str:
    """What the formulas of a proof were held against, in a line."""
    return f"{_formulas(comparison.formulas)}; {_invariant(comparison.invariant)}"


def _formulas(evaluated: FormulasEvaluated) -> str:
    text = f"every formula was compared with the interpreter on {evaluated.states} states"
    if evaluated.instances is not None:
        first, last = evaluated.instances
        text += f" of {first} to {last} instances"
    if evaluated.many:
        numbers = " and ".join(map(str, evaluated.many))
        text += f", and with the elaborated steps on {evaluated.counted} states of {numbers}"
    return text


def _invariant(evaluated: InvariantEvaluated) -> str:
    which = "all" if evaluated.complete else "the first"
    text = f"the invariant was evaluated in {which} {evaluated.states:,} states"
    if evaluated.instances is not None:
        first, last = evaluated.instances
        text += f" of {first if first == last else f'{first} to {last}'} instances"
    return text
