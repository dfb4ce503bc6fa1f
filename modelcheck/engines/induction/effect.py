"""What a step obviously preserves: most lemmas, most of the time, without asking a solver.

Most steps move one replica from one local state to another: one counter less, one more. A sum that
has both with the same factor stays what it is, and what holds for at most so many holds for fewer.
"""

from __future__ import annotations

from modelcheck.ir.counted import CounterStep
from modelcheck.ir.terms import INT, Op, Term, conjuncts


class Effect:
    """By how much a step changes the integers that it changes by a constant."""

    def __init__(self, step: CounterStep) -> None:
        self._by: dict[int, int] = {}
        for id, value in step.updates:
            amount = _amount(id, value)
            if amount is not None:
                self._by[id] = amount
        self._guarded = _lower_bounds(step.guard)

    def keeps(self, lemma: Term, changed: frozenset[int]) -> bool:
        """Whether the lemma, if it holds before the step, clearly does afterwards. False says nothing."""
        if lemma.op is Op.EQ and lemma.args[0].sort == INT:
            left, right = self._growth(lemma.args[0], changed), self._growth(lemma.args[1], changed)
            return left is not None and left == right
        if lemma.op is Op.OR:
            return all(self._grows(part, changed) for part in lemma.args)
        return self._grows(lemma, changed)

    def _growth(self, term: Term, changed: frozenset[int]) -> int | None:
        """By how much an integer grows, None if that is not clear."""
        total = 0
        stack = [(term, 1)]
        while stack:
            node, factor = stack.pop()
            match node.op:
                case Op.ADD:
                    stack.extend((a, factor) for a in node.args)
                case Op.MUL if node.args[0].op is Op.CONST:
                    stack.append((node.args[1], factor * int(node.args[0].payload or 0)))
                case Op.VAR if node.payload in changed:
                    amount = self._by.get(int(node.payload or 0))
                    if amount is None:
                        return None
                    total += factor * amount
                case _:
                    if not _unchanged(node, changed):
                        return None
        return total

    def _grows(self, term: Term, changed: frozenset[int]) -> bool:
        """Whether a condition that holds before the step clearly does afterwards."""
        if term.op in (Op.LE, Op.LT) and term.args[0].sort == INT:
            left, right = self._growth(term.args[0], changed), self._growth(term.args[1], changed)
            if left is None or right is None:
                return False
            if left <= right:
                return True
            # fewer of what the guard says there are enough of
            low, high = term.args
            least = self._guarded.get(int(high.payload or 0)) if high.op is Op.VAR else None
            return (
                term.op is Op.LE and low.op is Op.CONST and least is not None and least + right >= int(low.payload or 0)
            )
        if term.op is Op.NOT and term.args[0].op in (Op.LE, Op.LT) and term.args[0].args[0].sort == INT:
            left, right = (self._growth(a, changed) for a in term.args[0].args)
            return left is not None and right is not None and right <= left
        return _unchanged(term, changed)


def _amount(id: int, value: Term) -> int | None:
    if value.op in (Op.ADD, Op.SUB) and len(value.args) == 2 and value.sort == INT:
        a, b = value.args
        sign = 1 if value.op is Op.ADD else -1
        if a.op is Op.VAR and a.payload == id and b.op is Op.CONST:
            return sign * int(b.payload or 0)
        if sign == 1 and b.op is Op.VAR and b.payload == id and a.op is Op.CONST:
            return int(a.payload or 0)
    return None


def _lower_bounds(guard: Term) -> dict[int, int]:
    """Least values that the guard demands of variables."""
    found: dict[int, int] = {}
    for part in conjuncts(guard):
        if part.op is Op.LE and part.args[0].op is Op.CONST and part.args[1].op is Op.VAR:
            found[int(part.args[1].payload or 0)] = int(part.args[0].payload or 0)
    return found


def _unchanged(term: Term, changed: frozenset[int]) -> bool:
    stack = [term]
    while stack:
        node = stack.pop()
        if node.op is Op.VAR and node.payload in changed:
            return False
        stack.extend(node.args)
    return True
