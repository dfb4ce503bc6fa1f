"""The state of a compilation: code written so far, variables, and the scope (one expansion of a
body) being compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field, replace
from typing import Any, TypeAlias, assert_never

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.model import typed
from modelcheck.result.trace import Call
from modelcheck.semantics.interpreter.compiler.code import (
    Described,
    Instruction,
    Label,
    LabelOccurrence,
    Site,
    Variable,
)
from modelcheck.semantics.interpreter.machine.access import Access, Dimension
from modelcheck.semantics.interpreter.machine.layout import Layout, domain_of, field_offset, initial_cells, size_of
from modelcheck.semantics.interpreter.machine.machine import Machine
from modelcheck.semantics.interpreter.machine.values import UNASSIGNED


def text_of(span: Span) -> str:
    """The source text of a span on one line."""
    return " ".join(span.text.split())


@dataclass(frozen=True, slots=True)
class Captured:
    """What a ``&`` parameter stands for: the place, and the variables that keep its reference and indices.

    ``variable``: the local that the place is (part of), if it is one.
    """

    access: Access
    kept: tuple[Variable, ...]
    variable: Variable | None


@dataclass(frozen=True, slots=True)
class LoopContext:
    """``node``: the loop statement. ``marked``: at its head the process rests or goes round."""

    node: typed.Loop | typed.For
    break_: Label
    continue_: Label
    marked: bool


Chain: TypeAlias = tuple[typed.Stmt, ...]


@dataclass(slots=True)
class Scope:
    """One expansion of a process or inline body. ``owner``: name of the process, inline or property.

    ``chain``: the blocks and loops around the current statement; ``chains``: those around each
    label. ``direct_label``: the label of the current statement itself.
    """

    owner: str
    inline: str | None
    calls: tuple[Call, ...]
    path: tuple[str, ...]
    exit: Label
    bindings: dict[int, Variable] = field(default_factory=dict)
    references: dict[int, Captured] = field(default_factory=dict)
    chains: dict[str, Chain] = field(default_factory=dict)
    positions: dict[str, Label] = field(default_factory=dict)
    again: frozenset[str] = frozenset()
    chain: Chain = ()
    labels: tuple[str, ...] = ()
    direct_label: str = ""
    loops: tuple[LoopContext, ...] = ()


@dataclass(slots=True)
class Builder:
    """``pure``: what is compiled now is evaluated at once. ``server``: the process is a server.
    ``label_sets``: meaning of labels in properties. ``ends``: by instance of a class where it is done.

    ``absent``: labels that are said to be absent have a position of their own, so that it can be
    seen whether control gets there. ``guarding``: the step of whose guard all code until now is
    part (None: its guard is over); ``blocks``: some of that code can block; ``waits``: the steps
    that wait at a guard; ``rests``: there is a loop at whose head the process rests. ``into``: the
    places to which the value of an expression (by its identity) is assigned as it is, as the user
    wrote them.
    """

    layout: Layout
    inlines: Mapping[str, typed.Inline]
    scope: Scope
    server: bool = False
    pure: bool = False
    code: list[Instruction] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)
    frame_size: int = 0
    occurrences: list[LabelOccurrence] = field(default_factory=list)
    guarding: int | None = None
    blocks: bool = False
    waits: set[int] = field(default_factory=set)
    rests: bool = False
    label_sets: Callable[[typed.LabelRef], tuple[frozenset[int], ...]] | None = None
    ends: Callable[[str], Mapping[int, int]] | None = None
    label_ranges: Callable[[typed.LabelRef], tuple[tuple[range, ...], ...]] | None = None
    absent: frozenset[str] = frozenset()
    into: dict[int, str] = field(default_factory=dict)

    def emit(
        self,
        execute: Callable[[Machine], None],
        span: Span,
        *,
        step: bool = False,
        reads: tuple[int, ...] = (),
        kills: tuple[int, ...] = (),
        targets: tuple[Label, ...] = (),
        falls: bool = True,
        shared: bool = False,
        operation: Described | None = None,
        text: str = "",
    ) -> int:
        """Append an instruction; returns its position. ``step`` counts only outside pure contexts."""
        step = step and not self.pure
        site = Site(span, self.scope.labels, self.scope.calls)
        self.code.append(
            Instruction(
                execute, site, step, step, reads, kills, targets, falls, shared, operation if step else None, text
            )
        )
        return len(self.code) - 1

    def begin_step(self, span: Span, operation: Described, text: str = "") -> int:
        """The start of a step that consists of pure code."""
        return self.emit(_nothing, span, step=True, shared=True, operation=operation, text=text)

    def retract_step(self, position: int) -> None:
        """Turn a ``begin_step`` into nothing."""
        self.code[position] = replace(self.code[position], step=False, stops=False, operation=None)

    def mark(self, label: str, span: Span) -> None:
        """Here begins a labelled statement."""
        if label in self.absent:
            self.place_between(span)

    def place_between(self, span: Span) -> None:
        """A position of its own at which nothing is done."""
        self.emit(_nothing, span)

    def place_label(self, label: Label) -> None:
        label.position = len(self.code)

    def jump(self, label: Label, span: Span) -> None:
        def execute(machine: Machine) -> None:
            machine.pc = label.position

        self.emit(execute, span, targets=(label,), falls=False)

    def jump_if(self, value: bool, label: Label, span: Span) -> None:
        """Take a boolean and jump if it is ``value``."""

        def execute(machine: Machine) -> None:
            if machine.stack.pop() == value:
                machine.pc = label.position

        self.emit(execute, span, targets=(label,))

    def push(self, value: Any, span: Span) -> None:
        self.emit(lambda machine: machine.stack.append(value), span)

    @contextmanager
    def purely(self) -> Iterator[None]:
        """Compile a pure context."""
        before, self.pure = self.pure, True
        yield
        self.pure = before

    @contextmanager
    def apart(self) -> Iterator[list[Instruction]]:
        """Compile a pure piece of code into a list of its own."""
        outer, self.code = self.code, []
        with self.purely():
            yield self.code
        self.code = outer

    @contextmanager
    def within(self, node: typed.Stmt) -> Iterator[None]:
        """Compile what stands inside a block or loop."""
        before, self.scope.chain = self.scope.chain, (*self.scope.chain, node)
        yield
        self.scope.chain = before

    def variable(self, name: str, type_: typed.Type) -> Variable:
        """A new variable of the current scope."""
        owner, number, size = self.scope.owner, len(self.variables), size_of(type_)
        inlined = self.scope.inline is not None
        variable = Variable(number, name, type_, self.frame_size, size, f"{owner}.{name}", owner, inlined)
        self.variables.append(variable)
        self.frame_size += variable.size
        return variable

    def bind(self, local: typed.Local) -> Variable:
        """The variable of a local in the current scope, made when it is met first."""
        if local.id not in self.scope.bindings:
            self.scope.bindings[local.id] = self.variable(local.name, local.type)
        return self.scope.bindings[local.id]


def _nothing(_: Machine) -> None:
    pass


def local_access(variable: Variable, text: str, span: Span) -> Access:
    """A whole local."""
    return Access(False, variable.base, None, (), variable.type, variable.subject, text, span)


def select_field(access: Access, name: str) -> Access:
    """``.name`` of a struct place."""
    assert isinstance(access.type, typed.StructType)
    offset, chosen = field_offset(access.type, name)
    return replace(access, base=access.base + offset, type=chosen.type)


def select_element(access: Access) -> Access:
    """``[index]`` of an array place; the index is on the stack."""
    assert isinstance(access.type, typed.ArrayType)
    values = domain_of(access.type.index)
    dimension = Dimension(values.start, len(values), size_of(access.type.element))
    return replace(access, dimensions=(*access.dimensions, dimension), type=access.type.element)


def enter_block(builder: Builder, block: typed.Block) -> None:
    """All locals declared in the block become unassigned; fields of structs get their declared initial values."""
    variables = [builder.bind(local) for local in block.locals]
    if not variables:
        return
    contents = [
        (cell, content)
        for variable in variables
        for cell, content in enumerate(initial_cells(variable.type, UNASSIGNED), variable.base)
    ]

    def execute(machine: Machine) -> None:
        for cell, content in contents:
            machine.frame[cell] = content

    builder.emit(execute, block.span, kills=tuple(variable.number for variable in variables))


@dataclass(slots=True)
class Survey:
    """What a body declares: its locals, and for each label the blocks and loops around it.

    ``again``: labels whose own statement goes back to them.
    """

    locals: list[typed.Local] = field(default_factory=list)
    chains: dict[str, Chain] = field(default_factory=dict)
    again: set[str] = field(default_factory=set)
    _open: list[str] = field(default_factory=list)


def survey(statement: typed.Stmt | None, found: Survey, chain: Chain = ()) -> Survey:
    """Collect the locals and labels of a statement (calls not expanded) into ``found``."""
    match statement:
        case typed.Block(locals_, statements):
            found.locals += locals_
            for inner in statements:
                survey(inner, found, (*chain, statement))
        case typed.Labelled(label, inner):
            found.chains[label] = chain
            found._open.append(label)
            survey(inner, found, chain)
            found._open.pop()
        case typed.Goto(label):
            if label in found._open:
                found.again.add(label)
        case typed.If(_, then, otherwise):
            survey(then, found, chain)
            survey(otherwise, found, chain)
        case typed.Loop():
            survey(statement.body, found, (*chain, statement))
        case typed.For(variable, _, body):
            found.locals.append(variable)
            survey(body, found, (*chain, statement))
        case typed.When(branches):
            for branch in branches:
                survey(branch.body, found, chain)
        case typed.Atomic(_, body):
            survey(body, found, chain)
        case typed.Choose(branches):
            for block in branches:
                survey(block, found, chain)
        case typed.Pick(local):
            found.locals.append(local)
        case (
            None
            | typed.Assign()
            | typed.CompoundAssign()
            | typed.Evaluate()
            | typed.Break()
            | typed.Continue()
            | typed.Return()
            | typed.Emit()
            | typed.Assert()
            | typed.Free()
            | typed.Touch()
            | typed.Empty()
        ):
            pass
        case _:
            assert_never(statement)
    return found
