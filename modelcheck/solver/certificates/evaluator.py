"""The value of SMT-LIB 2 text, by the standard's definitions and with no solver: what guards
certificates against a wrong encoding.

Knows what ``solver.smtlib`` and ``solver.certificates.certificate`` write: the core theory, linear
integers, bit-vectors, ``let``, ``define-fun``. Shares no code with what wrote the text. A
bit-vector's value is the natural number that its bits are.

A name has a value, or a column of values (an array of Python objects, so that integers have any
size): one for each of several states, which are evaluated together. Both branches of an ``ite`` and
all parts of a junction are evaluated; every function is total.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any, TypeAlias

import numpy as np

from modelcheck.solver.certificates.sexpressions import Sexpr, Unreadable

#: A truth value or an integer, or an array of them.
Value: TypeAlias = Any
#: Values of names, by the name as it stands in the text.
Environment: TypeAlias = "Mapping[str, Value]"
Evaluator: TypeAlias = "Callable[[Environment], Value]"

_NUMBER = re.compile(r"\d+")
_BITS = re.compile(r"bv(\d+)")


class Definitions:
    """The ``declare-const`` and ``define-fun`` of some texts.

    ``add`` raises ``Unreadable`` for what it does not know.
    """

    def __init__(self) -> None:
        self.sorts: dict[str, Sexpr] = {}
        self._functions: dict[str, tuple[tuple[str, ...], Evaluator]] = {}

    def add(self, commands: Sequence[Sexpr]) -> None:
        """Take in declarations and definitions; other commands are passed over."""
        for command in commands:
            match command:
                case ("declare-const", str(name), sort):
                    self._new(name)
                    self.sorts[name] = sort
                case ("define-fun", str(name), tuple(parameters), sort, body):
                    self._new(name)
                    local: dict[str, Sexpr] = {}
                    for parameter in parameters:
                        match parameter:
                            case (str(word), parameter_sort):
                                local[word] = parameter_sort
                            case _:
                                raise Unreadable(f"the parameters of {name} cannot be read")
                    evaluate = self._compile(body, {**self.sorts, **local})
                    self._functions[name] = (tuple(local), evaluate)
                    if not local:
                        self.sorts[name] = sort
                case _:
                    continue

    def _new(self, name: str) -> None:
        if name in self.sorts or name in self._functions:
            raise Unreadable(f"{name} is defined twice")

    def names(self) -> frozenset[str]:
        """What is defined."""
        return frozenset(self._functions)

    def value(self, name: str, environment: Environment) -> Value:
        """The value of a definition without parameters (raises ``KeyError`` if there is none, or a
        value is missing).
        """
        return self._functions[name][1](environment)

    # compilation to closures

    def _compile(self, e: Sexpr, sorts: Mapping[str, Sexpr]) -> Evaluator:
        if isinstance(e, str):
            return self._word(e, sorts)
        match e:
            case ("let", _, _):
                return self._let(e, sorts)
            case ("_", str(bits), str(_)) if (found := _BITS.fullmatch(bits)) is not None:
                number = int(found[1])
                return lambda _: number
            case (("_", str(operator), *indices), argument):
                return _indexed(operator, [_index(i) for i in indices], self._compile(argument, sorts))
            case (str(operator), *arguments) if operator in self._functions:
                return self._call(operator, [self._compile(a, sorts) for a in arguments])
            case (str(operator), *arguments):
                width = _width(arguments[0], sorts) if operator.startswith("bv") or operator == "sbv_to_int" else 0
                return _apply(operator, [self._compile(a, sorts) for a in arguments], width)
            case _:
                raise Unreadable("an expression cannot be read")

    def _word(self, word: str, sorts: Mapping[str, Sexpr]) -> Evaluator:
        if word in ("true", "false"):
            constant = word == "true"
            return lambda _: constant
        if _NUMBER.fullmatch(word):
            number = int(word)
            return lambda _: number
        if word in self._functions:
            parameters, body = self._functions[word]
            if parameters:
                raise Unreadable(f"{word} needs arguments")
            return body
        if word not in sorts:
            raise Unreadable(f"{word} is not declared")
        return lambda environment: environment[word]

    def _let(self, e: Sexpr, sorts: Mapping[str, Sexpr]) -> Evaluator:
        """A chain of ``let``s, one inside the other, without going as deep as it does."""
        groups: list[list[tuple[str, Evaluator]]] = []
        known = dict(sorts)
        while True:
            match e:
                case ("let", tuple(bindings), body):
                    groups.append([])
                    inner: dict[str, Sexpr] = {}
                    for binding in bindings:
                        match binding:
                            case (str(name), value):
                                groups[-1].append((name, self._compile(value, known)))
                                inner[name] = _sort(value, known)
                            case _:
                                raise Unreadable("a `let` cannot be read")
                    known.update(inner)
                    e = body
                case _:
                    break
        rest = self._compile(e, known)

        def evaluate(environment: Environment) -> Value:
            local = dict(environment)
            for group in groups:
                local.update([(name, value(local)) for name, value in group])
            return rest(local)

        return evaluate

    def _call(self, function: str, arguments: Sequence[Evaluator]) -> Evaluator:
        parameters, body = self._functions[function]
        if len(parameters) != len(arguments):
            raise Unreadable(f"{function} takes {len(parameters)} arguments")
        return lambda environment: body({p: a(environment) for p, a in zip(parameters, arguments, strict=True)})


def _index(word: Sexpr) -> int:
    if isinstance(word, str) and _NUMBER.fullmatch(word):
        return int(word)
    raise Unreadable(f"{word} is no index")


def _sort(e: Sexpr, sorts: Mapping[str, Sexpr]) -> Sexpr:
    """The sort of an expression as far as it is a bit-vector; ``Int`` stands for all others."""
    match e:
        case str(word):
            return sorts.get(word, "Int")
        case ("let", tuple(bindings), body):
            inner = {**sorts, **{b[0]: _sort(b[1], sorts) for b in bindings if len(b) == 2 and isinstance(b[0], str)}}
            return _sort(body, inner)
        case ("_", str(bits), str(width)) if _BITS.fullmatch(bits):
            return ("_", "BitVec", width)
        case (("_", "int_to_bv", width), _):
            return ("_", "BitVec", width)
        case (("_", "extract", high, low), _):
            return ("_", "BitVec", str(_index(high) - _index(low) + 1))
        case (("_", "zero_extend", more), argument):
            return ("_", "BitVec", str(_index(more) + _width(argument, sorts)))
        case ("ite", _, then, _):
            return _sort(then, sorts)
        case (str(operator), first, *_) if operator.startswith("bv") and operator not in ("bvult", "bvule"):
            return _sort(first, sorts)
        case _:
            return "Int"


def _width(e: Sexpr, sorts: Mapping[str, Sexpr]) -> int:
    match _sort(e, sorts):
        case ("_", "BitVec", width):
            return _index(width)
        case _:
            raise Unreadable("the width of a bit-vector cannot be told")


def _indexed(operator: str, indices: Sequence[int], argument: Evaluator) -> Evaluator:
    match operator, indices:
        case "int_to_bv", [width]:
            return lambda environment: argument(environment) % (1 << width)
        case "zero_extend", [_]:
            return argument
        case "extract", [high, low]:
            return lambda environment: (argument(environment) >> low) % (1 << (high - low + 1))
        case _:
            raise Unreadable(f"the operator {operator} is not known")


def _apply(operator: str, arguments: Sequence[Evaluator], width: int) -> Evaluator:
    match operator, arguments:
        case "and", [_, *_]:
            return lambda environment: reduce(np.logical_and, [a(environment) for a in arguments])
        case "or", [_, *_]:
            return lambda environment: reduce(np.logical_or, [a(environment) for a in arguments])
        case "not", [a]:
            return lambda environment: np.logical_not(a(environment))
        case "ite", [condition, then, otherwise]:
            return lambda environment: _CHOOSE(condition(environment), then(environment), otherwise(environment))
        case "+", [_, *_]:
            return lambda environment: sum(a(environment) for a in arguments)
        case "-", [a]:
            return lambda environment: -a(environment)
        case ("ubv_to_int", [a]):
            return a
        case ("sbv_to_int", [a]):
            return lambda environment: _SIGNED(a(environment), width)
        case ("bvnot", [a]):
            return lambda environment: (1 << width) - 1 - a(environment)
        case _, [a, b]:
            return _binary(operator, a, b, (1 << width) if width else 0)
        case _:
            raise Unreadable(f"the operator {operator} is not known")


def _binary(operator: str, a: Evaluator, b: Evaluator, modulus: int) -> Evaluator:
    match operator:
        case "=":
            return lambda environment: np.equal(a(environment), b(environment), dtype=object)
        case "<" | "bvult":
            return lambda environment: np.less(a(environment), b(environment), dtype=object)
        case "<=" | "bvule":
            return lambda environment: np.less_equal(a(environment), b(environment), dtype=object)
        case "-":
            return lambda environment: a(environment) - b(environment)
        case "*":
            return lambda environment: a(environment) * b(environment)
        case "bvadd":
            return lambda environment: (a(environment) + b(environment)) % modulus
        case "bvsub":
            return lambda environment: (a(environment) - b(environment)) % modulus
        case "bvmul":
            return lambda environment: a(environment) * b(environment) % modulus
        case "bvand":
            return lambda environment: a(environment) & b(environment)
        case "bvor":
            return lambda environment: a(environment) | b(environment)
        case "bvxor":
            return lambda environment: a(environment) ^ b(environment)
        case "div" | "mod" | "bvudiv" | "bvurem" | "bvshl" | "bvlshr":
            function = np.frompyfunc(_FUNCTIONS[operator], 3, 1)
            return lambda environment: function(a(environment), b(environment), modulus)
        case _:
            raise Unreadable(f"the operator {operator} is not known")


def _div(a: int, b: int, _: int) -> int:
    """SMT-LIB's ``div``: the remainder is never negative.

    Division by zero may be anything there; here it is 0, and so is the remainder.
    """
    return (a - a % abs(b)) // b if b else 0


def _mod(a: int, b: int, _: int) -> int:
    return a % abs(b) if b else 0


def _bvudiv(a: int, b: int, modulus: int) -> int:
    return a // b if b else modulus - 1


def _bvurem(a: int, b: int, _: int) -> int:
    return a % b if b else a


def _bvshl(a: int, b: int, modulus: int) -> int:
    return (a << min(b, modulus.bit_length())) % modulus


def _bvlshr(a: int, b: int, modulus: int) -> int:
    return a >> min(b, modulus.bit_length())


_FUNCTIONS = {"div": _div, "mod": _mod, "bvudiv": _bvudiv, "bvurem": _bvurem, "bvshl": _bvshl, "bvlshr": _bvlshr}
_CHOOSE = np.frompyfunc(lambda condition, then, otherwise: then if condition else otherwise, 3, 1)
_SIGNED = np.frompyfunc(lambda value, width: value - (1 << width) if value >> (width - 1) else int(value), 2, 1)
