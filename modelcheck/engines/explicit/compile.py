"""Python functions out of terms.

Source text is made from operators, numbers and generated identifiers only; no name of a spec gets into it. Every shared or deep
node becomes an assignment to a temporary, so the text never nests deeper than the parser of Python can take.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from modelcheck.engines.explicit.layout import FieldOverflow, Layout
from modelcheck.ir.system import Step
from modelcheck.ir.terms import BvSort, IntSort, Op, Term, truncated_division, truncated_remainder

#: An expression text longer than this gets a temporary of its own.
INLINE_LENGTH = 160

#: What a generated function may call.
NAMESPACE: dict[str, Any] = {"divide": truncated_division, "remainder": truncated_remainder, "overflow": FieldOverflow}


class Scope:
    """The text of one block of a function and what it has already computed."""

    def __init__(self, read: Callable[[int], str], lines: list[str], indent: int, known: dict[int, str]) -> None:
        self._read = read
        self.lines = lines
        self._indent = indent
        self._known = known

    def inner(self) -> Scope:
        """Return a scope for a block inside this one: it sees what this one computed so far, not the other way round."""
        return Scope(self._read, self.lines, self._indent + 1, dict(self._known))

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
            if node.args and (uses[node.id] > 1 or len(expression) > INLINE_LENGTH):
                self.line(f"t{node.id} = {expression}")
                expression = self._known[node.id] = f"t{node.id}"
            elif node.op is Op.VAR and uses[node.id] > 1:
                self.line(f"v{node.payload} = {expression}")
                expression = self._known[node.id] = f"v{node.payload}"
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
                return f"(({a[0]} << min({a[1]}, 4096)){wrap})"
            case Op.SHR:
                return f"({a[0]} >> min({a[1]}, 4096))"
            case Op.INT_TO_BV | Op.RESIZE:
                return f"({a[0]}{wrap})"
            case Op.BV_TO_INT:
                return a[0]


def _raw(layout: Layout, variable: int) -> str:
    """An expression for the bits of a variable's field."""
    field = layout.fields[variable]
    return f"((key >> {field.shift}) & {field.limit})"


def _packed(layout: Layout) -> Callable[[int], str]:
    """Expressions for the values of variables in a packed state."""

    def read(variable: int) -> str:
        field = layout.fields[variable]
        if field.boolean:
            return f"(key & {field.mask} != 0)"
        return f"({_raw(layout, variable)} + {field.base})" if field.base else _raw(layout, variable)

    return read


def build(name: str, lines: Sequence[str]) -> Callable[[Any], Any]:
    """Compile the text of one function of one argument, ``key``."""
    namespace = dict(NAMESPACE)
    exec(compile("\n".join(lines), f"<generated {name}>", "exec"), namespace)
    function: Callable[[Any], Any] = namespace[name]
    return function


def compile_predicate(layout: Layout, condition: Term) -> Callable[[int], bool]:
    """Return a function from a packed state to the truth of a condition."""
    scope = Scope(_packed(layout), ["def predicate(key):"], 1, {})
    (expression,) = scope.expressions((condition,))
    scope.line(f"return {expression}")
    return build("predicate", scope.lines)


def compile_terms(layout: Layout, terms: Sequence[Term]) -> Callable[[int], tuple[bool | int, ...]]:
    """Return a function from a packed state to the values of the terms."""
    scope = Scope(_packed(layout), ["def values(key):"], 1, {})
    expressions = scope.expressions(terms)
    scope.line(f"return ({''.join(e + ', ' for e in expressions)})")
    return build("values", scope.lines)


def compile_values(terms: Sequence[Term]) -> Callable[[Mapping[int, bool | int]], tuple[bool | int, ...]]:
    """Return a function from the values of variables, by id, to the values of the terms."""
    scope = Scope(lambda variable: f"key[{variable}]", ["def values(key):"], 1, {})
    expressions = scope.expressions(terms)
    scope.line(f"return ({''.join(e + ', ' for e in expressions)})")
    return build("values", scope.lines)


#: (index of the step in the list given, delta (None: a fault), which raises fire, which events occur)
Firing = tuple[int, int | None, tuple[int, ...], tuple[int, ...]]


def compile_steps(layout: Layout, steps: Sequence[Step]) -> Callable[[int], list[Firing]]:
    """Return a function from a packed state to what the enabled ones among ``steps`` do, in their order.

    Raises and occurrences are given by their index in the step. The function raises ``FieldOverflow`` if a value does not fit.
    """
    scope = Scope(_packed(layout), ["def expand(key):"], 1, {})
    scope.line("found = []")
    for index, step in enumerate(steps):
        (guard,) = scope.expressions((step.guard,))
        scope.line(f"if {guard}:")
        _firing(layout, scope.inner(), index, step)
    scope.line("return found")
    return build("expand", scope.lines)


def _firing(layout: Layout, scope: Scope, index: int, step: Step) -> None:
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
            new = f"{expression} - {field.base}" if field.base else expression
            if not (
                term.op is Op.CONST and term.payload is not None and 0 <= int(term.payload) - field.base <= field.limit
            ):
                scope.line(f"n{variable} = {new}")
                scope.line(f"if not 0 <= n{variable} <= {field.limit}: raise overflow({variable})")
                new = f"n{variable}"
        parts.append(f"(({new}) - {_raw(layout, variable)} << {field.shift})")
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
