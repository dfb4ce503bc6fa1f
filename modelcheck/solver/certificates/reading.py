"""Reading lemmas back: from SMT-LIB 2 text to terms, for who has only the text of an invariant and
has to write its obligations again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from modelcheck.ir.terms import BOOL, BvSort, IntSort, Op, Term, TermFactory
from modelcheck.solver.certificates.sexpressions import Sexpr, Unreadable

_NUMBER = re.compile(r"\d+")
_BITS = re.compile(r"bv(\d+)")
#: Whether an order is strict and whether it is written the other way round.
_WIDEST = 4096
#: Words of our own for C's operators, which SMT-LIB does not have.
_DIVISIONS = ("quotient of", "remainder of")
_BITWISE = {
    "bvadd": Op.ADD,
    "bvsub": Op.SUB,
    "bvmul": Op.MUL,
    "bvand": Op.BVAND,
    "bvor": Op.BVOR,
    "bvxor": Op.BVXOR,
    "bvshl": Op.SHL,
    "bvlshr": Op.SHR,
}
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


class NoSuchVariable(Unreadable):
    """The text speaks of a variable ``name`` that the system does not have."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"there is no variable {name}")


def read_term(e: Sexpr, variables: Mapping[str, Term], terms: TermFactory) -> Term:
    """The term that the text of a lemma means. ``variables``: by symbol. Raises ``Unreadable``.

    Only what lemmas are made of is known: comparisons, sums, products with a constant, cases, and
    the logical operators.
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
                if not _NUMBER.fullmatch(width) or not 1 <= int(width) <= _WIDEST:
                    raise Unreadable(f"{width} is no width")
                return terms.bitvector(int(found[1]), int(width))
            case (("_", str(operator), *indices), argument):
                made = self._indexed(operator, indices, self.read(argument, names, depth + 1))
                if made is not None:
                    return made
                raise Unreadable(f"`{operator}` does not fit its argument or does not occur in lemmas")
            case (str(operator), *rest):
                divided = _division(e)
                if divided is not None:
                    operator, *rest = divided
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
        raise NoSuchVariable(word)

    def _apply(self, operator: str, args: list[Term]) -> Term | None:
        terms = self.terms
        sorts = {a.sort for a in args}
        one = next(iter(sorts)) if len(sorts) == 1 else None
        if isinstance(one, BvSort) and operator.startswith("bv") and operator not in _ORDER:
            match operator, args:
                case "bvnot", [a]:
                    return terms.bvnot(a)
                case _, [a, b] if operator in _BITWISE:
                    return terms.rebuild(Term(-1, _BITWISE[operator], (a, b), None, one), (a, b))
                case _:
                    return None
        match operator, args:
            case "ubv_to_int", [a] if isinstance(one, BvSort):
                return terms.bv_to_int(a)
            case _, [a, b] if operator in _DIVISIONS and one is not None and one != BOOL:
                return terms.div(a, b) if operator == _DIVISIONS[0] else terms.mod(a, b)
            case "and" | "or", [_, _, *_] if one == BOOL:
                return terms.and_(*args) if operator == "and" else terms.or_(*args)
            case "not", [a] if one == BOOL:
                return terms.not_(a)
            case "=>", [a, b] if one == BOOL:
                return terms.implies(a, b)
            case "ite", [condition, then, otherwise] if condition.sort == BOOL and then.sort == otherwise.sort:
                return terms.ite(condition, then, otherwise)
            case "=", [a, b] if one is not None:
                return terms.eq_as_written(a, b)
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

    def _indexed(self, operator: str, indices: Sequence[Sexpr], a: Term) -> Term | None:
        if not all(isinstance(i, str) and _NUMBER.fullmatch(i) for i in indices):
            return None
        numbers = [int(str(i)) for i in indices]
        match operator, numbers, a.sort:
            case "int_to_bv", [width], IntSort() if 1 <= width <= _WIDEST:
                return self.terms.int_to_bv(a, width)
            case "extract", [high, 0], BvSort(width) if high < width:
                return self.terms.resize(a, high + 1)
            case "zero_extend", [more], BvSort(width) if width + more <= _WIDEST:
                return self.terms.resize(a, width + more)
            case _:
                return None


def _division(e: Sexpr) -> tuple[str, Sexpr, Sexpr] | None:
    """(which, a, b) for what C's division of a by b is written as: 0 if b is 0, and truncated."""
    quotient, remainder = _DIVISIONS
    match e:
        case ("ite", ("=", b, zero), other, (str(operator), a, c)) if b == c and zero == other:
            which = {"bvudiv": quotient, "bvurem": remainder}.get(operator)
            return None if which is None else (which, a, b)
        case ("ite", ("=", b, "0"), "0", truncated):
            found = _truncated(truncated)
            return found if found is not None and found[2] == b else None
        case _:
            found = _truncated(e)
            return found if found is not None and _is_not_zero(found[2]) else None


def _truncated(e: Sexpr) -> tuple[str, Sexpr, Sexpr] | None:
    """(which, a, b) for the division of a by b, truncated, where b is not 0."""
    match e:
        case ("ite", ("<=", "0", a), (operator, x, b), ("-", (other, ("-", y), c))) if (
            operator == other and operator in ("div", "mod") and a == x == y and b == c
        ):
            return (_DIVISIONS[operator == "mod"], a, b)
        case _:
            return None


def _is_not_zero(e: Sexpr) -> bool:
    number = e[1] if isinstance(e, tuple) and len(e) == 2 and e[0] == "-" else e
    return isinstance(number, str) and _NUMBER.fullmatch(number) is not None and int(number) != 0
