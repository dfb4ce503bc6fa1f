"""Property expressions over a state, and why they are false."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field

from modelcheck.ground.records import dataclass
from modelcheck.model import typed
from modelcheck.model.trees import below
from modelcheck.result.details import ConditionFails
from modelcheck.semantics.interpreter.compiler import expressions, questions
from modelcheck.semantics.interpreter.compiler.builder import Builder, text_of
from modelcheck.semantics.interpreter.compiler.code import Instruction
from modelcheck.semantics.interpreter.flags import bits_set
from modelcheck.semantics.interpreter.judging.readings import readings
from modelcheck.semantics.interpreter.machine.machine import Machine, View, World
from modelcheck.semantics.interpreter.machine.rows import REPLICA, Row
from modelcheck.semantics.interpreter.machine.values import UNASSIGNED, Cell, show


def mentions(node: object, kinds: tuple[type, ...], inlines: Mapping[str, typed.Inline], held: bool = False) -> bool:
    """Whether a typed node contains a node of one of the kinds (or, with ``held``, a ``held``
    question), calls included.
    """
    return any(
        isinstance(part, kinds)
        or (held and isinstance(part, typed.Ask) and part.question is typed.LockQuestion.HELD)
        or (isinstance(part, typed.CallExpr) and mentions(inlines[part.inline].body, kinds, inlines, held))
        for part in below(node)
    )


def looks_at_processes(node: object, inlines: Mapping[str, typed.Inline]) -> bool:
    """Whether the value of an expression depends on where processes stand or what they hold."""
    return mentions(node, (typed.AtLabel, typed.CountAt, typed.Done), inlines, held=True)


def _text(node: typed.Expr) -> str:
    text = text_of(node.span)
    if isinstance(node, typed.AtLabel) and not text.startswith("at"):
        return f"at({text})"
    if isinstance(node, typed.AfterLabel) and not text.startswith("after"):
        return f"after({text})"
    return text


def _shown(value: Cell, type_: typed.Type) -> str:
    """A value in the user's words, of a word the names of its bits."""
    if isinstance(type_, typed.BvType) and type_.bits is not None:
        return " | ".join(bits_set(value, type_.bits.masks)) or show(value, type_)
    return show(value, type_)


@dataclass(slots=True)
class Predicate:
    """An expression of a property. ``pattern_locals``: variables that are bound from outside.

    ``local``: its value depends on the shared state alone (and on the step, if it mentions one).
    """

    expression: typed.Expr
    builder: Builder
    pattern_locals: tuple[typed.Local, ...]
    local: bool
    compiled: dict[int, tuple[Instruction, ...]] = field(default_factory=dict)
    told: dict[int, tuple[str, tuple[tuple[str, tuple[Instruction, ...], typed.Type], ...]]] = field(
        default_factory=dict
    )
    domains: dict[int, tuple[tuple[Instruction, ...], Callable[[Machine], list[Cell]]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for local in self.pattern_locals:
            self.builder.bind(local)
        self._code(self.expression)

    @property
    def text(self) -> str:
        return _text(self.expression)

    def _code(self, node: typed.Expr) -> tuple[Instruction, ...]:
        if id(node) not in self.compiled:
            self.compiled[id(node)] = expressions.pure_code(self.builder, node)[0]
        return self.compiled[id(node)]

    def _machine(self, world: World, shared: Sequence[Cell], view: View, bound: Mapping[int, Cell]) -> Machine:
        row = shared if isinstance(shared, Row) else list(shared)
        machine = Machine(world, row, [UNASSIGNED] * self.builder.frame_size, quiet=True, view=view)
        for local, value in bound.items():
            machine.frame[self.builder.scope.bindings[local].base] = value
        return machine

    def holds(self, world: World, shared: Sequence[Cell], view: View, bound: Mapping[int, Cell]) -> bool:
        """Evaluate the expression."""
        return self._value(self.expression, world, shared, view, bound)

    def why_false(self, world: World, shared: Sequence[Cell], view: View, bound: Mapping[int, Cell]) -> ConditionFails:
        """Say which conjunct is false, for which values of the quantified variables, and what it reads."""
        node, bindings, names = self._false_part(world, shared, view, bound)
        condition, parts = self._told(node)
        values = [
            (text, _shown(self._machine(world, shared, view, bindings).evaluate(code), type_))
            for text, code, type_ in parts
        ]
        return ConditionFails(condition, tuple(names), tuple(values))

    def _told(self, node: typed.Expr) -> tuple[str, tuple[tuple[str, tuple[Instruction, ...], typed.Type], ...]]:
        """What is told of a condition that is false: its text, and text, code and type of what it reads."""
        if id(node) not in self.told:
            parts = [part for part in readings(node) if not isinstance(part, typed.LocalRead)]
            self.told[id(node)] = _text(node), tuple((_text(part), self._code(part), part.type) for part in parts)
        return self.told[id(node)]

    def read_if_false(self, world: World, row: Row, view: View) -> tuple[int, ...]:
        """The shared cells that the part reads which is false (an implication as a whole)."""
        node, bindings, _ = self._false_part(world, list(row[:]), view, {}, whole=True)
        row.noted.clear()
        self._value(node, world, row, view, bindings)
        return tuple(cell for cell in row.noted if cell != REPLICA)

    def _false_part(
        self, world: World, shared: Sequence[Cell], view: View, bound: Mapping[int, Cell], whole: bool = False
    ) -> tuple[typed.Expr, dict[int, Cell], list[tuple[str, str]]]:
        """The conjunct that is false, the values of the quantified variables, and these by name as they are shown.

        ``whole``: of an implication not its right side alone.
        """
        node, bindings = self.expression, dict(bound)
        names: list[tuple[str, str]] = []
        while True:
            if isinstance(node, typed.Logical) and node.operator == "&&":
                node = node.right if self._value(node.left, world, shared, view, bindings) else node.left
            elif isinstance(node, typed.Logical) and node.operator == "=>" and not whole:
                node = node.right
            elif isinstance(node, typed.Quantifier) and node.forall:
                variable = node.variable
                for value in self._domain(node.domain, world, shared, view, bindings):
                    bindings[variable.id] = value
                    if not self._value(node.body, world, shared, view, bindings):
                        names.append((variable.name, show(value, variable.type)))
                        break
                else:
                    break
                node = node.body
            else:
                break
        return node, bindings, names

    def _value(
        self, node: typed.Expr, world: World, shared: Sequence[Cell], view: View, bound: Mapping[int, Cell]
    ) -> bool:
        code = self._code(node)  # (first: it says how large a frame is)
        return bool(self._machine(world, shared, view, bound).evaluate(code))

    def _domain(
        self, domain: typed.Domain, world: World, shared: Sequence[Cell], view: View, bound: Mapping[int, Cell]
    ) -> list[Cell]:
        if id(domain) not in self.domains:
            with self.builder.apart() as compiled:
                values = questions.domain_values(self.builder, domain)
            self.domains[id(domain)] = (tuple(compiled), values)
        code, values = self.domains[id(domain)]
        machine = self._machine(world, shared, view, bound)
        machine.execute(code)
        return values(machine)

    def values(self, domain: typed.Domain, world: World, shared: Sequence[Cell]) -> list[Cell]:
        """The values of a domain over the shared state."""
        return self._domain(domain, world, shared, NO_VIEW, {})


NO_VIEW = View((), ())
