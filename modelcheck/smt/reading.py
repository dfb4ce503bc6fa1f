"""Reading lemmas back: from SMT-LIB 2 text to terms, for who has only the text of an invariant and has to write its obligations again."""

from __future__ import annotations

import re
from collections.abc import Mapping

from modelcheck.ir.terms import BOOL, BvSort, Term, TermFactory
from modelcheck.smt.sexpressions import Sexpr, Unreadable

_NUMBER = re.compile(r"\d+")
_BITS = re.compile(r"bv(\d+)")
#: Whether an order is strict and whether it is written the other way round.
_ORDER = {
    "<": (True, False),
    "<=": (False, False),
    ">": (True, True),
    ">=": (False, True),
    "bvult": (True, False),
    "bvule": (False, False),
    "bvugt": (True, True),
    "bvuge": (False, True),
}
#: Deeper text is not read: nothing that is written here comes near.
_DEPTH = 400


class UnknownVariable(Unreadable):
    """The text speaks of a variable that the system does not have."""


def read_term(e: Sexpr, variables: Mapping[str, Term], terms: TermFactory) -> Term:
    """The term that the text of a lemma means. ``variables``: by symbol. Raises ``Unreadable``.

    Only what lemmas are made of is known: comparisons, sums, products with a constant, cases, and the logical operators.
    """
    return _Reading(terms).read(e, variables, 0)


class _Reading:
    def __init__(self, terms: TermFactory) -> None:
        self.terms = terms

    def read(self, e: Sexpr, names: Mapping[str, Term], depth: int) -> Term:
        if depth > _DEPTH:
            raise Unreadable("a formula nests too deeply")
        if isinstance(e, str):
            return self._word(e, names)
        terms = self.terms
        match e:
            case ("let", tuple(bindings), body):
                inner = dict(names)
                for binding in bindings:
                    match binding:
                        case (str(name), value):
                            inner[name] = self.read(value, names, depth + 1)
                        case _:
                            raise Unreadable("a `let` cannot be read")
                return self.read(body, inner, depth + 1)
            case ("_", str(bits), str(width)) if (found := _BITS.fullmatch(bits)) is not None:
                if not _NUMBER.fullmatch(width) or not 1 <= int(width) <= 4096:
                    raise Unreadable(f"{width} is no width")
                return terms.bitvector(int(found[1]), int(width))
            case (
                "ite",
                ("<=", "0", a),
                (("div" | "mod") as operator, b, str(number)),
                ("-", (other, ("-", c), d)),
            ) if a == b == c and operator == other and number == d and _NUMBER.fullmatch(number) and int(number):
                # C's division by a constant, as ``smtlib`` writes it
                make = terms.div if operator == "div" else terms.mod
                return make(self.read(a, names, depth + 1), terms.integer(int(number)))
            case (str(operator), *rest):
                args = [self.read(a, names, depth + 1) for a in rest]
                made = self._apply(operator, args)
                if made is not None:
                    return made
                raise Unreadable(f"`{operator}` does not fit its arguments or does not occur in lemmas")
            case _:
                raise Unreadable("an expression cannot be read")

    def _word(self, word: str, names: Mapping[str, Term]) -> Term:
        if word in names:
            return names[word]
        if word in ("true", "false"):
            return self.terms.boolean(word == "true")
        if _NUMBER.fullmatch(word):
            return self.terms.integer(int(word))
        raise UnknownVariable(f"there is no variable {word}")

    def _apply(self, operator: str, args: list[Term]) -> Term | None:
        terms = self.terms
        sorts = {a.sort for a in args}
        one = next(iter(sorts)) if len(sorts) == 1 else None
        match operator, args:
            case "and" | "or", [_, _, *_] if one == BOOL:
                return terms.and_(*args) if operator == "and" else terms.or_(*args)
            case "not", [a] if one == BOOL:
                return terms.not_(a)
            case "=>", [a, b] if one == BOOL:
                return terms.implies(a, b)
            case "ite", [condition, then, otherwise] if condition.sort == BOOL and then.sort == otherwise.sort:
                return terms.ite(condition, then, otherwise)
            case "=", [a, b] if one is not None:
                return terms.eq(a, b)
            case _, [a, b] if operator in _ORDER and (
                one is not None and one != BOOL and isinstance(one, BvSort) == operator.startswith("bv")
            ):
                strict, reverse = _ORDER[operator]
                low, high = (b, a) if reverse else (a, b)
                return terms.lt(low, high) if strict else terms.le(low, high)
            case "-", [a] if one is not None and not isinstance(one, BvSort) and one != BOOL:
                return terms.sub(terms.integer(0), a)
            case "+" | "-" | "*", [a, b] if one is not None and not isinstance(one, BvSort) and one != BOOL:
                return {"+": terms.add, "-": terms.sub, "*": terms.mul}[operator](a, b)
            case "+", [a, b, *rest] if one is not None and not isinstance(one, BvSort) and one != BOOL:
                total = terms.add(a, b)
                for c in rest:
                    total = terms.add(total, c)
                return total
            case _:
                return None
