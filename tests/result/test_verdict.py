"""``join`` is exhaustively checked: every pair of verdicts, with and without traces, at every
relation of length and depth.
"""

from __future__ import annotations

from itertools import product

import pytest

from modelcheck.result.trace import Move
from modelcheck.result.verdict import Answer, Contradiction, EvidenceKind, Verdict, join


def answer(verdict: Verdict, length: int | None = None, depth: int | None = None, engine: str = "a") -> Answer:
    schedule = None if length is None else tuple(Move(0) for _ in range(length))
    return Answer(0, verdict, EvidenceKind.NONE, engine, schedule=schedule, length=length, depth=depth)


DECIDED = (Verdict.HOLDS, Verdict.VIOLATED, Verdict.NOT_APPLICABLE)
ALL = (
    [answer(v) for v in Verdict if v is not Verdict.BOUNDED]
    + [answer(Verdict.BOUNDED, depth=d) for d in range(4)]
    + [answer(v, length=n) for v in (Verdict.HOLDS, Verdict.VIOLATED) for n in range(4)]
)


def compatible(a: Answer, b: Answer) -> bool:
    """The meaning of the answers, spelt out pair by pair, without the ranks that ``join`` uses."""
    kinds = {a.verdict, b.verdict}
    if kinds & {Verdict.UNKNOWN, Verdict.ERROR}:
        return True
    if a.verdict in DECIDED and b.verdict in DECIDED:
        return len(kinds) == 1
    if Verdict.NOT_APPLICABLE in kinds:
        return False
    for bounded, other in ((a, b), (b, a)):
        if bounded.verdict is Verdict.BOUNDED and other.length is not None:
            assert bounded.depth is not None
            return other.length > bounded.depth
    return True


@pytest.mark.parametrize(("a", "b"), list(product(ALL, ALL)))
def test_every_pair(a: Answer, b: Answer) -> None:
    if not compatible(a, b):
        with pytest.raises(Contradiction) as raised:
            join(a, b)
        assert (raised.value.first, raised.value.second) == (a, b)
        return
    result = join(a, b)
    assert result in (a, b)
    assert join(b, a) == result
    assert join(a, result) == result == join(b, result)


def test_information_order() -> None:
    unknown, error = answer(Verdict.UNKNOWN), answer(Verdict.ERROR)
    shallow, deep = answer(Verdict.BOUNDED, depth=3), answer(Verdict.BOUNDED, depth=9)
    holds, violated = answer(Verdict.HOLDS), answer(Verdict.VIOLATED, length=12)
    assert join(unknown, error) is error
    for undecided in (unknown, error):
        assert join(undecided, shallow) is shallow
        assert join(holds, undecided) is holds
    assert join(shallow, deep) is deep
    assert join(deep, holds) is holds
    assert join(violated, deep) is violated


def test_shortest_trace_wins_then_the_first() -> None:
    long, short = answer(Verdict.VIOLATED, length=5), answer(Verdict.VIOLATED, length=4)
    assert join(long, short) is short
    twin = answer(Verdict.VIOLATED, length=4, engine="b")
    assert join(short, twin) is short
    assert join(twin, short) is twin
    exhausted = answer(Verdict.VIOLATED)
    assert join(exhausted, short) is short


def test_associative_where_defined() -> None:
    def merged(parts: tuple[Answer, ...]) -> Answer | None:
        try:
            return join(join(parts[0], parts[1]), parts[2])
        except Contradiction:
            return None

    def merged_right(parts: tuple[Answer, ...]) -> Answer | None:
        try:
            return join(parts[0], join(parts[1], parts[2]))
        except Contradiction:
            return None

    for triple in product(ALL, repeat=3):
        pairwise = all(
            compatible(x, y) for x, y in ((triple[0], triple[1]), (triple[1], triple[2]), (triple[0], triple[2]))
        )
        if pairwise:
            assert merged(triple) == merged_right(triple) is not None


def test_different_properties() -> None:
    other = Answer(1, Verdict.HOLDS, EvidenceKind.EXPLORED, "a")
    with pytest.raises(ValueError, match="different properties"):
        join(answer(Verdict.HOLDS), other)
