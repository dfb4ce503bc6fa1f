"""Holes: the unknowns of a spec that nobody has given a value, and the values they can take.

A hole is rigid: it is a constant of the model, chosen before the first step.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import chain, combinations

from modelcheck.ground.diagnostics import DiagnosticBag, Note
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.language.resolve.code import expressions
from modelcheck.language.resolve.names.declarations import collect
from modelcheck.language.resolve.names.scope import UnresolvedError
from modelcheck.language.resolve.names.table import Symbols, element_of
from modelcheck.language.resolve.resolve import NO_COUNTS, NO_OVERRIDES
from modelcheck.language.resolve.scenarios import flatten, names
from modelcheck.language.resolve.types.compatibility import describe, values
from modelcheck.language.resolve.types.conversion import static_range
from modelcheck.language.syntax import ast
from modelcheck.model import typed


@dataclass(frozen=True, slots=True)
class Hole:
    """An unknown to be found. ``type``: finite, scalar or a set of such; ``span``: its declaration."""

    name: str
    type: typed.Type
    span: Span

    @property
    def size(self) -> int:
        """The number of its values."""
        domain = values(element_of(self.type))
        assert domain is not None
        return 1 << len(domain) if isinstance(self.type, typed.SetType) else len(domain)

    def values(self) -> Iterator[typed.Value]:
        """Yield its values: numbers in order, false before true, small sets before large ones."""
        element = element_of(self.type)
        domain = values(element)
        assert domain is not None
        members: list[int] = [bool(value) for value in domain] if isinstance(element, typed.BoolType) else list(domain)
        if isinstance(self.type, typed.SetType):
            subsets = chain.from_iterable(combinations(members, count) for count in range(len(members) + 1))
            yield from (frozenset(subset) for subset in subsets)
        else:
            yield from members


def find_holes(spec: ast.Spec, closed: Collection[str]) -> tuple[Hole, ...]:
    """Return the unknowns of ``spec`` (edits applied) in order of declaration, without those in ``closed``.

    Raises ``SpecError`` for a type that is wrong, or that is not the same in every scenario (MC530).
    """
    bag = DiagnosticBag()
    declarations = collect(spec, bag)
    found: dict[str, Hole] = {}
    for scenario_name in names(declarations):
        scenario = flatten(declarations, scenario_name, bag)
        if scenario is None:
            continue
        symbols = Symbols(declarations, scenario, NO_OVERRIDES, NO_COUNTS, bag)
        for name, declared in declarations.constants.items():
            if not isinstance(declared, ast.UnknownDecl) or name in closed:
                continue
            try:
                type = symbols.type(declared.type)
            except UnresolvedError:
                continue
            if values(element_of(type)) is None:
                message = (
                    "an unknown needs finitely many values: a range, bool, enum or a set of those, not"
                    f" {describe(type)}"
                )
                bag.error("MC217", message, declared.span)
                continue
            earlier = found.setdefault(name, Hole(name, type, declared.span))
            if earlier.type != type:
                notes = [Note(f"in `{scenario_name}` it is {describe(type)}, elsewhere {describe(earlier.type)}")]
                message = f"the values of `{name}` are not the same in every scenario"
                bag.error("MC530", message, declared.span, notes)
    bag.raise_errors()
    return tuple(found.values())


def constant_of(spec: ast.Spec, node: ast.Expr, hole: Hole, bag: DiagnosticBag) -> typed.Constant | None:
    """Return the value of an expression as one of a hole; None after a report (MC327 and others) if it is none."""
    declarations = collect(spec, DiagnosticBag())
    scenario = flatten(declarations, names(declarations)[0], DiagnosticBag())
    if scenario is None:
        return None
    context = Symbols(declarations, scenario, NO_OVERRIDES, NO_COUNTS, bag).constant_context(hole.name)
    try:
        found = expressions.value(context, node, hole.type, f"`{hole.name}`")
        if not isinstance(found, typed.Constant):
            context.fail("MC327", f"this is no constant value of `{hole.name}`", node.span)
        static_range(context, found, hole.type, node, f"`{hole.name}`")
    except UnresolvedError:
        return None
    return typed.Constant(found.value, hole.type, found.span)


@dataclass(frozen=True, slots=True)
class OpenScenario:
    """A scenario as far as it is known before the holes are filled.

    ``sets``: the params and unknowns to which it gives a value itself.
    """

    name: str
    slow: bool
    any_number: bool
    sets: frozenset[str]


def open_scenarios(spec: ast.Spec) -> tuple[OpenScenario, ...]:
    """Return the scenarios of ``spec`` (edits applied) in order of declaration. Raises ``SpecError``."""
    bag = DiagnosticBag()
    declarations = collect(spec, bag)
    flat = [flatten(declarations, name, bag) for name in names(declarations)]
    bag.raise_errors()
    return tuple(OpenScenario(s.name, s.slow, s.any_number, frozenset(s.params)) for s in flat if s is not None)
