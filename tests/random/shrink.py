"""Makes a spec on which programs differ small: statements, declarations and operands are left out
as long as it still fails in the same way.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any

from modelcheck.ground.diagnostics import SpecError
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.formatter.unparse import unparse
from modelcheck.language.syntax.parse import parse_text
from tests.random.compare import Depth, compare

#: Attempts after which what was reached has to do.
ATTEMPTS = 4_000
_LITERALS: tuple[ast.Expr, ...] = (ast.IntLit(0), ast.IntLit(1), ast.BoolLit(True), ast.BoolLit(False), ast.NullLit())


def symptom(error: BaseException) -> str:
    """Return what two failures have in common that have the same cause: the class and the message
    (or the reason) without names and numbers.
    """
    why = getattr(error, "why", None)
    if why is not None:
        return f"{type(error).__name__}: {' '.join(_kinds(why))}"
    first = re.split(r"[:\n]", str(error), maxsplit=1)[0]
    return f"{type(error).__name__}: {re.sub(r'[0-9]+', 'N', first)}"


def _kinds(why: object) -> Iterator[str]:
    """The classes and members of enums that a reason consists of."""
    if isinstance(why, Enum):
        yield f"{type(why).__name__}.{why.name}"
    elif dataclasses.is_dataclass(why):
        yield type(why).__name__
        for each in dataclasses.fields(why):
            yield from _kinds(getattr(why, each.name))


def failure(text: str, depth: Depth) -> str | None:
    """Return the symptom of a spec on which programs differ, None if they agree."""
    try:
        compare(text, depth)
    except Exception as error:
        return symptom(error)
    return None


def shrink(text: str, depth: Depth, attempts: int = ATTEMPTS) -> str:
    """Return a small spec that fails as ``text`` does; ``text`` if it does not fail."""
    wanted = failure(text, depth)
    if wanted is None:
        return text
    return smaller(text, lambda candidate: failure(candidate, depth) == wanted, attempts)


def smaller(text: str, fails: Callable[[str], bool], attempts: int = ATTEMPTS) -> str:
    """Return the smallest spec found of which ``fails`` is true."""
    spec = parse_text(text, "random.mc")
    best, tried = unparse(spec), 0
    while True:
        begun, position = best, 0
        while True:
            for number, candidate in enumerate(reductions(spec)):
                if number < position:
                    continue
                shorter = _text(candidate)
                if shorter is None or len(shorter) >= len(best):
                    continue
                tried += 1
                if tried > attempts:
                    return best
                if fails(shorter):
                    # What stood before this place was tried already.
                    spec, best, position = parse_text(shorter, "random.mc"), shorter, number
                    break
            else:
                break
        if best == begun:
            return best


def _text(spec: ast.Spec) -> str | None:
    """Return the text of a tree, None if none parses to it."""
    try:
        text = unparse(spec)
        parse_text(text, "random.mc")
    except (SpecError, AssertionError):
        return None
    return text


def reductions(node: Any) -> Iterator[Any]:
    """Yield trees that are like ``node`` with one thing left out, large things first."""
    if isinstance(node, ast.Expr):
        yield from _expressions(node)
    for name in _fields(node):
        value = getattr(node, name)
        if isinstance(value, tuple):
            for shorter in _without_some(value):
                yield dataclasses.replace(node, **{name: shorter})
        elif dataclasses.is_dataclass(value) and _may_be_none(node, name):
            yield dataclasses.replace(node, **{name: None})
    for name in _fields(node):
        value = getattr(node, name)
        if isinstance(value, tuple):
            only_blocks = isinstance(node, ast.Choose)
            for index, part in enumerate(value):
                for simpler in _simpler(part):
                    if only_blocks and not all(isinstance(one, ast.Block) for one in simpler):
                        continue
                    yield dataclasses.replace(node, **{name: (*value[:index], *simpler, *value[index + 1 :])})
        elif isinstance(value, ast.Stmt) and not isinstance(value, ast.Block):
            for found in _simpler(value):
                if len(found) == 1:
                    yield dataclasses.replace(node, **{name: found[0]})
        elif dataclasses.is_dataclass(value):
            for simpler in reductions(value):
                yield dataclasses.replace(node, **{name: simpler})


def _simpler(node: Any) -> Iterator[tuple[Any, ...]]:
    """Yield what may stand in a row instead of one node."""
    if isinstance(node, ast.Stmt):
        for name in _fields(node):
            value = getattr(node, name)
            inner = value if isinstance(value, tuple) else (value,)
            for part in inner:
                if isinstance(part, ast.Block):
                    yield part.statements
                elif isinstance(part, ast.Stmt):
                    yield (part,)
                elif isinstance(part, ast.WhenBranch) and isinstance(part.body, ast.Block):
                    yield part.body.statements
        if not isinstance(node, ast.Empty):
            yield (ast.Empty(),)
    if dataclasses.is_dataclass(node):
        for found in reductions(node):
            yield (found,)


def _expressions(node: Any) -> Iterator[Any]:
    yield from (literal for literal in _LITERALS if type(node) is not type(literal))
    for name in _fields(node):
        value = getattr(node, name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, ast.Expr):
                yield part


def _without_some(row: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    size = len(row)
    while size:
        for start in range(0, len(row), size):
            yield row[:start] + row[start + size :]
        size //= 2


def _fields(node: Any) -> list[str]:
    if not dataclasses.is_dataclass(node):
        return []
    return [f.name for f in dataclasses.fields(node) if f.name not in ("span", "comments")]


def _may_be_none(node: Any, name: str) -> bool:
    annotation = next(f.type for f in dataclasses.fields(node) if f.name == name)
    return "None" in str(annotation)
