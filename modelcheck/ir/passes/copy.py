"""Terms of one factory made again in another."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from modelcheck.ir.terms import Op, Term, TermFactory, post_order

Copy = Callable[[Term], Term]


def copier(terms: TermFactory, replacements: Mapping[int, Term]) -> Copy:
    """Return a function that makes a term again in ``terms``, with a replacement for each of its
    variables (by number).
    """
    memo: dict[int, Term] = {}

    def copy(term: Term) -> Term:
        for node in post_order((term,)):
            if node.id in memo:
                continue
            match node.op:
                case Op.VAR:
                    assert isinstance(node.payload, int)
                    memo[node.id] = replacements[node.payload]
                case Op.CONST:
                    assert node.payload is not None
                    memo[node.id] = terms.constant(node.payload, node.sort)
                case _:
                    memo[node.id] = terms.rebuild(node, tuple(memo[a.id] for a in node.args))
        return memo[term.id]

    return copy
