"""Python functions out of terms.

Source text is made from operators, numbers and generated identifiers only; no name of a spec gets
into it. Every shared or deep node becomes an assignment to a temporary, so the text never nests
deeper than the parser of Python can take.

Python's compiler takes longer than everything else here. Where the variables of a packed state lie
is therefore not in the text but in arguments with defaults, and names are given in the order of
use: the text is the same for all replicas of a process, and mostly for other scenarios and designs,
and is compiled once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import count
from types import CodeType, FunctionType
from typing import Any

from modelcheck.ir.layout import FieldOverflow, Layout
from modelcheck.ir.system import Step
from modelcheck.ir.terms import LARGEST_SHIFT, BvSort, IntSort, Op, Term, truncated_division, truncated_remainder

#: An expression text longer than this gets a temporary of its own.
INLINE_LENGTH = 160

#: What a generated function may call.
NAMESPACE: dict[str, Any] = {"divide": truncated_division, "remainder": truncated_remainder, "overflow": FieldOverflow}


class Packed:
    """Expressions for variables in a packed state ``key``, and the arguments that say where they lie."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._numbers: dict[int, int] = {}
        #: the arguments of the function, besides ``key``
        self.arguments: dict[str, int] = {}

    def argument(self, kind: str, variable: int, value: int) -> str:
        """Return the name of an argument: something about a variable."""
        name = f"{kind}{self._numbers.setdefault(variable, len(self._numbers))}"
        self.arguments[name] = value
        return name

    def shift(self, variable: int) -> str:
        return self.argument("s", variable, self._layout.fields[variable].shift)

    def limit(self, variable: int) -> str:
        return self.argument("l", variable, self._layout.fields[variable].limit)

    def base(self, variable: int) -> str:
        """The base of a variable's field, or nothing if there is none."""
        base = self._layout.fields[variable].base
        return self.argument("b", variable, base) if base else ""

    def raw(self, variable: int) -> str:
        """An expression for the bits of a variable's field."""
        return f"((key >> {self.shift(variable)}) & {self.limit(variable)})"

    def read(self, variable: int) -> str:
        """An expression for the value of a variable."""
        field = self._layout.fields[variable]
        if field.boolean:
            return f"(key & {self.argument('m', variable, field.mask)} != 0)"
        base = self.base(variable)
        return f"({self.raw(variable)} + {base})" if base else self.raw(variable)


class Scope:
    """The text of one block of a function and what it has already computed."""

    def __init__(
        self, read: Callable[[int], str], lines: list[str], indent: int, known: dict[int, str], names: Iterator[int]
    ) -> None:
        self._read = read
        self.lines = lines
        self._indent = indent
        self._known = known
        self._names = names

    def inner(self) -> Scope:
        """Return a scope for a block inside this one: it sees what this one computed so far, not
        the other way round.
        """
        return Scope(self._read, self.lines, self._indent + 1, dict(self._known), self._names)

    def temporary(self, expression: str) -> str:
        """Assign an expression to a name of its own; return the name."""
        name = f"t{next(self._names)}"
        self.line(f"{name} = {expression}")
        return name

    def line(self, text: str) -> None:
        self.lines.append("    " * self._indent + text)

    def expressions(self, roots: Sequence[Term]) -> list[str]:
        """Emit what the roots need and return an expression for each."""
        nodes = self._unknown(roots)
        uses = Counter(a.id for node in nodes for a in node.args)
        uses.update(r.id for r in roots)
        text: dict[int, str] = {}
        for node in nodes:
            known = self._known.get(node.id)
            if known is not None:
                text[node.id] = known
                continue
            expression = self._node(node, text)
            again = uses[node.id] > 1
            if (again and node.op is Op.VAR) or (node.args and (again or len(expression) > INLINE_LENGTH)):
                expression = self._known[node.id] = self.temporary(expression)
            text[node.id] = expression
        return [text[r.id] for r in roots]

    def _unknown(self, roots: Iterable[Term]) -> list[Term]:
        """Nodes below the roots in post-order; what has a name already is kept as a leaf."""
        result: list[Term] = []
        seen: set[int] = set()
        stack = [(r, False) for r in reversed(tuple(roots))]
        while stack:
            node, expanded = stack.pop()
            if expanded:
                result.append(node)
            elif node.id not in seen:
                seen.add(node.id)
                stack.append((node, True))
                if node.id not in self._known:
                    stack.extend((a, False) for a in reversed(node.args))
        return result

    def _node(self, node: Term, text: dict[int, str]) -> str:
        a = [text[x.id] for x in node.args]
        wrap = f" & {(1 << node.sort.width) - 1}" if isinstance(node.sort, BvSort) else ""
        match node.op:
            case Op.CONST:
                return f"({node.payload!r})" if isinstance(node.sort, IntSort) else repr(node.payload)
            case Op.VAR:
                assert node.payload is not None
                return self._read(int(node.payload))
            case Op.NOT:
                return f"(not {a[0]})"
            case Op.AND:
                return "(" + " and ".join(a) + ")"
            case Op.OR:
                return "(" + " or ".join(a) + ")"
            case Op.ITE:
                return f"({a[1]} if {a[0]} else {a[2]})"
            case Op.EQ:
                return f"({a[0]} == {a[1]})"
            case Op.LT:
                return f"({a[0]} < {a[1]})"
            case Op.LE:
                return f"({a[0]} <= {a[1]})"
            case Op.ADD:
                return f"(({' + '.join(a)}){wrap})"
            case Op.SUB:
                return f"(({' - '.join(a)}){wrap})"
            case Op.MUL:
                return f"(({' * '.join(a)}){wrap})"
            case Op.DIV:
                return f"divide({a[0]}, {a[1]})"
            case Op.MOD:
                return f"remainder({a[0]}, {a[1]})"
            case Op.BVAND:
                return f"({a[0]} & {a[1]})"
            case Op.BVOR:
                return f"({a[0]} | {a[1]})"
            case Op.BVXOR:
                return f"({a[0]} ^ {a[1]})"
            case Op.BVNOT:
                return f"((~{a[0]}){wrap})"
            case Op.SHL:
                return f"(({a[0]} << min({a[1]}, {LARGEST_SHIFT})){wrap})"
            case Op.SHR:
                return f"({a[0]} >> min({a[1]}, {LARGEST_SHIFT}))"
            case Op.INT_TO_BV | Op.RESIZE:
                return f"({a[0]}{wrap})"
            case Op.BV_TO_INT:
                return a[0]


def build(name: str, lines: Sequence[str], arguments: Mapping[str, int]) -> Callable[[Any], Any]:
    """Make a function of one argument, ``key``, out of the text of its body."""
    text = "\n".join((f"def {name}({', '.join(('key', *arguments))}):", *lines))
    return FunctionType(_code(text), dict(NAMESPACE), name, tuple(arguments.values()))


@lru_cache(maxsize=10_000)
def _code(text: str) -> CodeType:
    """Compile the text of one function."""
    module = compile(text, "<generated>", "exec")
    return next(constant for constant in module.co_consts if isinstance(constant, CodeType))


def compile_predicate(layout: Layout, condition: Term) -> Callable[[int], bool]:
    """Return a function from a packed state to the truth of a condition."""
    packed = Packed(layout)
    scope = Scope(packed.read, [], 1, {}, count())
    (expression,) = scope.expressions((condition,))
    scope.line(f"return {expression}")
    return build("predicate", scope.lines, packed.arguments)


def compile_values(terms: Sequence[Term]) -> Callable[[Mapping[int, bool | int]], tuple[bool | int, ...]]:
    """Return a function from the values of variables, by id, to the values of the terms."""
    scope = Scope(lambda variable: f"key[{variable}]", [], 1, {}, count())
    expressions = scope.expressions(terms)
    scope.line(f"return ({''.join(e + ', ' for e in expressions)})")
    return build("values", scope.lines, {})


#: (index of the step in the list given, delta (None: a fault), which raises fire, which events occur)
Firing = tuple[int, int | None, tuple[int, ...], tuple[int, ...]]


def compile_steps(layout: Layout, steps: Sequence[Step]) -> Callable[[int], list[Firing]]:
    """Return a function from a packed state to what the enabled ones among ``steps`` do, in their order.

    Raises and occurrences are given by their index in the step. The function raises
    ``FieldOverflow`` if a value does not fit.
    """
    packed = Packed(layout)
    scope = Scope(packed.read, [], 1, {}, count())
    scope.line("found = []")
    for index, step in enumerate(steps):
        (guard,) = scope.expressions((step.guard,))
        scope.line(f"if {guard}:")
        _firing(layout, packed, scope.inner(), index, step)
    scope.line("return found")
    return build("expand", scope.lines, packed.arguments)


def _firing(layout: Layout, packed: Packed, scope: Scope, index: int, step: Step) -> None:
    raises = _indices(scope, [r.condition for r in step.raises], "r")
    occurrences = _indices(scope, [o.condition for o in step.occurrences], "o")
    if step.fault:
        scope.line(f"found.append(({index}, None, {raises}, {occurrences}))")
        return
    updates = [(v, t) for v, t in step.updates if not (t.op is Op.VAR and t.payload == v)]
    expressions = scope.expressions([t for _, t in updates])
    parts: list[str] = []
    for (variable, term), expression in zip(updates, expressions, strict=True):
        field = layout.fields[variable]
        new = expression
        if not field.boolean:
            base = packed.base(variable)
            new = f"{expression} - {base}" if base else expression
            if not (
                term.op is Op.CONST and term.payload is not None and 0 <= int(term.payload) - field.base <= field.limit
            ):
                new = scope.temporary(new)
                number = packed.argument("i", variable, variable)
                scope.line(f"if not 0 <= {new} <= {packed.limit(variable)}: raise overflow({number})")
        parts.append(f"(({new}) - {packed.raw(variable)} << {packed.shift(variable)})")
    scope.line(f"found.append(({index}, {' + '.join(parts) or '0'}, {raises}, {occurrences}))")


def _indices(scope: Scope, conditions: Sequence[Term], name: str) -> str:
    """Emit code for the tuple of indices whose condition is true; return its expression."""
    if all(c.is_true for c in conditions):
        return repr(tuple(range(len(conditions))))
    expressions = scope.expressions(conditions)
    scope.line(f"{name} = ()")
    for number, (condition, expression) in enumerate(zip(conditions, expressions, strict=True)):
        if not condition.is_false:
            scope.line(f"if {expression}: {name} += ({number},)")
    return name
