"""The way from a file to a model that engines can check: ``Loaded`` -> ``Edited`` -> ``Resolved``.

The command line, the studies, the Python interface and editors all go this way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from modelcheck.ground.diagnostics import Diagnostic, DiagnosticBag, Severity, SpecError
from modelcheck.ground.records import dataclass
from modelcheck.ground.suggest import did_you_mean
from modelcheck.language import variants
from modelcheck.language.syntax import ast
from modelcheck.model import typed
from modelcheck.model.obligations import OBLIGATIONS

if TYPE_CHECKING:
    from modelcheck.language.resolve.names.uses import Name
    from modelcheck.language.resolve.scenarios import ScenarioInfo

#: Kinds of obligations that need no declaration (docs/semantics.md, section 6); a property of that name exists
#: where a spec can violate it and claims it with no obligation of its own.
OBLIGATION_KINDS = tuple(OBLIGATIONS)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A spec as its text says, with what it imports. The first stage."""

    spec: ast.Spec

    def edited(self, variant: str | None = None, overrides: Mapping[str, str] | None = None) -> Edited:
        """Make the edits of a variant, and set params and unknowns to values written as in a spec,
        which beat what scenario and variant say.

        Raises ``SpecError`` if the variant does not exist, an edit cannot be made, or a value cannot be read.
        """
        values = overrides or {}
        edited, found = with_variant(override(self.spec, values), variant)
        # A variant may set a param that the command line sets: the command line wins.
        return Edited(self, variant or variants.BASE, override(edited, values), found)


@dataclass(frozen=True, slots=True)
class Edited:
    """One design of a spec: the second stage. ``spec``: with its edits; ``diagnostics``: warnings about them."""

    loaded: Loaded
    variant: str
    spec: ast.Spec
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def scenarios(self) -> tuple[ScenarioInfo, ...]:
        """The scenarios of the design, in the order of the text. Raises ``SpecError``."""
        return scenarios(self.spec)

    @property
    def property_names(self) -> tuple[str, ...]:
        """The names a property of the design can have."""
        return property_names(self.spec)

    def findings(self) -> tuple[Diagnostic, ...]:
        """Everything there is to say about the design in all scenarios: errors, warnings, hints."""
        from modelcheck.language.resolve.resolve import check

        return (*self.diagnostics, *check(self.spec, self.variant))

    def names(self) -> tuple[Name, ...]:
        """Where each name is declared and used (``resolve.names.uses.name_at`` says which stands at
        a place); what is wrong otherwise is left out.
        """
        from modelcheck.language.resolve.resolve import names_of

        return names_of(self.spec, self.variant)

    def resolved(self, scenario: str | None = None, counts: Mapping[str, int] | None = None) -> Resolved:
        """Make the typed model of a scenario, which may be left out if there is only one.

        ``counts`` fixes how many instances of a class run. Raises ``SpecError``.
        """
        from modelcheck.language.resolve.resolve import instantiate

        if scenario is not None:
            check_scenario(self.spec, scenario)
        model, found = instantiate(self.spec, scenario, self.variant, counts=counts or {})
        return Resolved(self, model, (*self.diagnostics, *found))


@dataclass(frozen=True, slots=True)
class Resolved:
    """One design in one scenario, ready for the engines: the third stage.

    ``diagnostics``: the warnings that were found on the way.
    """

    edited: Edited
    model: typed.Model
    diagnostics: tuple[Diagnostic, ...]


def load(path: str | Path) -> ast.Spec:
    """Read a spec and what it imports. Raises ``SpecError`` with everything that is wrong with its text."""
    from modelcheck.language.syntax.load import load_spec

    return load_spec(path)


def sources(spec: ast.Spec) -> tuple[tuple[str, str], ...]:
    """Return (path, text) of every file that a spec is made of, its own first."""
    spans = [spec.span, *(item.span for item in spec.items)]
    return tuple({span.source.path: span.source.text for span in spans}.items())


def model_name(spec: ast.Spec) -> str:
    """Return the name that ``model …;`` gives, or an empty string."""
    return next((item.name for item in spec.items if isinstance(item, ast.ModelName)), "")


def with_variant(spec: ast.Spec, variant: str | None) -> tuple[ast.Spec, tuple[Diagnostic, ...]]:
    """Apply a variant's edits.

    Raises ``SpecError`` if the variant does not exist or an edit cannot be made; returns warnings.
    """
    edited, found = variants.apply(spec, variant)
    _raise_errors(found)
    return edited, found


def scenarios(spec: ast.Spec) -> tuple[ScenarioInfo, ...]:
    """Return the scenarios of a spec (after variant edits) in the order of the text. Raises ``SpecError``."""
    from modelcheck.language.resolve.resolve import scenarios as resolved

    return resolved(spec)


def property_names(spec: ast.Spec) -> tuple[str, ...]:
    """Return the names a property can have: those declared, in order, then the kinds of built-in obligations."""
    kinds = (ast.PropertyDecl, ast.CountDecl, ast.OrderDecl, ast.OnlyIfDecl, ast.ObligationDecl)
    declared = [item.name for item in spec.items if isinstance(item, kinds)]
    return tuple(dict.fromkeys([*declared, *OBLIGATION_KINDS]))


def assert_names(spec: ast.Spec) -> frozenset[str]:
    """Return the names of asserts. They are subjects of obligations, and no properties."""
    from modelcheck.language.resolve.names.labels import children

    bodies: list[ast.Stmt] = [
        item.body for item in spec.items if isinstance(item, ast.ProcessDecl | ast.InlineDecl | ast.CallbackDecl)
    ]
    found: set[str] = set()
    while bodies:
        node = bodies.pop()
        bodies += children(node)
        if isinstance(node, ast.Assert) and node.name is not None:
            found.add(node.name)
    return frozenset(found)


def instance(
    spec: ast.Spec,
    variant: str | None = None,
    scenario: str | None = None,
    overrides: Mapping[str, str] | None = None,
    counts: Mapping[str, int] | None = None,
) -> Resolved:
    """Make the typed model of one variant in one scenario.

    ``spec`` is as loaded. ``scenario`` may be left out if there is only one. ``overrides`` maps
    params and unknowns to values, written as in a spec; they beat what scenario and variant say.
    ``counts`` fixes how many instances of a class run. Raises ``SpecError``.
    """
    return Loaded(spec).edited(variant, overrides).resolved(scenario, counts)


def check_scenario(spec: ast.Spec, name: str) -> None:
    """Raise ``SpecError`` (MC501) if there is no scenario of that name."""
    known = [info.name for info in scenarios(spec)]
    if name not in known:
        raise SpecError([_error("MC501", _missing("scenario", name, known))])


def check_variant(spec: ast.Spec, name: str) -> None:
    """Raise ``SpecError`` (MC301) if there is no variant or patch of that name."""
    known = [variants.BASE, *(item.name for item in spec.items if isinstance(item, ast.VariantDecl))]
    if name not in known:
        raise SpecError([_error("MC301", _missing("variant", name, known))])


def check_property(spec: ast.Spec, name: str) -> None:
    """Raise ``SpecError`` (MC502) if no property has that name."""
    known = property_names(spec)
    if name in known:
        return
    if name in assert_names(spec):
        what = f"`{name}` is an assert and no property: its violations are those of `assertion`"
        raise SpecError([_error("MC502", what)])
    raise SpecError([_error("MC502", _missing("property", name, known))])


def _missing(kind: str, name: str, known: Iterable[str]) -> str:
    """Say that nothing has a name, or matches a pattern (``*``, ``?``, ``[``), and what may have been meant."""
    letters = name.translate(str.maketrans("", "", "*?[]"))
    if letters == name:
        return f"there is no {kind} `{name}`" + did_you_mean(name, known)
    return f"no {kind} matches `{name}`" + (did_you_mean(letters, known) if letters else "")


def override(spec: ast.Spec, values: Mapping[str, str]) -> ast.Spec:
    """Set params and unknowns.

    Raises ``SpecError``: MC503 for an unknown name, MC504 for a value that cannot be read.
    """
    if not values:
        return spec
    bag = DiagnosticBag()
    known = [item.name for item in spec.items if isinstance(item, ast.ParamDecl | ast.UnknownDecl)]
    parsed: dict[str, ast.Expr] = {}
    for name, value in values.items():
        if name not in known:
            bag.error("MC503", f"there is no param and no unknown `{name}` to set" + did_you_mean(name, known), None)
            continue
        expression = _read_value(value)
        if expression is None:
            bag.error("MC504", f"`{value}` is not a value that `{name}` can be set to", None)
        else:
            parsed[name] = expression
    bag.raise_errors()
    return replace(spec, items=tuple(_overridden(item, parsed) for item in spec.items))


def _overridden(item: ast.Item, values: Mapping[str, ast.Expr]) -> ast.Item:
    if isinstance(item, ast.ParamDecl | ast.UnknownDecl) and item.name in values:
        return replace(item, value=values[item.name])
    if isinstance(item, ast.ScenarioDecl):
        kept = tuple(c for c in item.clauses if not (isinstance(c, ast.SetParam) and c.name in values))
        return replace(item, clauses=kept)
    return item


def _read_value(text: str) -> ast.Expr | None:
    from modelcheck.language.syntax.parse import parse_text

    try:
        items = parse_text(f"param value = {text};", "<command line>").items
    except SpecError:
        return None
    if len(items) != 1 or not isinstance(items[0], ast.ParamDecl):
        return None
    return items[0].value


def _raise_errors(found: tuple[Diagnostic, ...]) -> None:
    if any(diagnostic.severity is Severity.ERROR for diagnostic in found):
        raise SpecError(found)


def _error(code: str, message: str) -> Diagnostic:
    return Diagnostic(code, Severity.ERROR, message, None)
