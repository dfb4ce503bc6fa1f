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

    @property
    def base(self) -> Edited:
        """The spec as written, whatever is wrong with the names of its variants."""
        return Edited(self, variants.BASE, self.spec)

    def edited(self, variant: str | None = None, overrides: Mapping[str, str] | None = None) -> Edited:
        """Make the edits of a variant, and set params and unknowns to values written as in a spec,
        which beat what scenario and variant say.

        Raises ``SpecError`` if the variant does not exist, an edit cannot be made, or a value cannot be read.
        """
        values = overrides or {}
        edited, found = variants.apply(_override(self.spec, values), variant)
        if any(diagnostic.severity is Severity.ERROR for diagnostic in found):
            raise SpecError(found)
        # A variant may set a param that the command line sets: the command line wins.
        return Edited(self, variant or variants.BASE, _override(edited, values), found)

    def with_added(self) -> Edited:
        """The spec as written with the items that any variant adds: what names there are at all."""
        added = [
            edit.item
            for variant in self.spec.items
            if isinstance(variant, ast.VariantDecl)
            for edit in variant.edits
            if isinstance(edit, ast.AddEdit)
        ]
        return Edited(self, variants.BASE, ast.Spec((*self.spec.items, *added)))

    def check_variant(self, name: str) -> None:
        """Raise ``SpecError`` (MC301) if there is no variant or patch of that name."""
        _check_known("MC301", "variant", name, [variants.BASE, *variants.declared(self.spec)])

    def check_overrides(self, overrides: Mapping[str, str]) -> None:
        """Raise ``SpecError`` (MC503, MC504) if a value cannot be set."""
        _override(self.spec, overrides)


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
        from modelcheck.language.resolve.resolve import scenarios

        return scenarios(self.spec)

    @property
    def property_names(self) -> tuple[str, ...]:
        """The names a property of the design can have: those declared, in order, then the kinds of
        built-in obligations.
        """
        from modelcheck.language.resolve.expansion import expanded

        kinds = (ast.PropertyDecl, ast.CountDecl, ast.OrderDecl, ast.OnlyIfDecl, ast.ObligationDecl)
        declared = [item.name for item in expanded(self.spec, DiagnosticBag()).items if isinstance(item, kinds)]
        return tuple(dict.fromkeys([*declared, *OBLIGATION_KINDS]))

    @property
    def assert_names(self) -> frozenset[str]:
        """The names of asserts. They are subjects of obligations, and no properties."""
        from modelcheck.language.syntax.trees import below

        code = (ast.ProcessDecl, ast.InlineDecl, ast.CallbackDecl)
        bodies = tuple(item.body for item in self.spec.items if isinstance(item, code))
        return frozenset(
            node.name
            for node in below(bodies)
            if isinstance(node, ast.Assert) and node.name is not None and node.obligation == "assertion"
        )

    def check_scenario(self, name: str) -> None:
        """Raise ``SpecError`` (MC501) if there is no scenario of that name."""
        _check_known("MC501", "scenario", name, [info.name for info in self.scenarios])

    def check_property(self, name: str) -> None:
        """Raise ``SpecError`` (MC502) if no property has that name."""
        if name in self.assert_names and name not in self.property_names:
            what = f"`{name}` is an assert and no property: its violations are those of `assertion`"
            raise SpecError([Diagnostic("MC502", Severity.ERROR, what, None)])
        _check_known("MC502", "property", name, self.property_names)

    def findings(self) -> tuple[Diagnostic, ...]:
        """Everything there is to say about the design in all scenarios: errors, warnings, hints."""
        from modelcheck.language.resolve.resolve import check

        return (*self.diagnostics, *check(self.spec, self.variant))

    def names(self) -> tuple[Name, ...]:
        """Where each name is declared and used (``resolve.names.uses.name_at`` says which stands at
        a place); what is wrong otherwise is left out.
        """
        from modelcheck.language.resolve.resolve import names_of

        return names_of(self.spec, self.variant, self.loaded.spec)

    def resolved(
        self,
        scenario: str | None = None,
        counts: Mapping[str, int] | None = None,
        values: Mapping[str, typed.Value] | None = None,
    ) -> Resolved:
        """Make the typed model of a scenario, which may be left out if there is only one.

        ``counts`` fixes how many instances of a class run; ``values`` are those of params and
        unknowns, which beat everything else. Raises ``SpecError``.
        """
        # (Unknowns that have no value but in `values` keep the scenarios from being told.)
        if scenario is not None and not values:
            self.check_scenario(scenario)
        return self.resolved_known(scenario, counts, values)

    def resolved_known(
        self,
        scenario: str | None,
        counts: Mapping[str, int] | None = None,
        values: Mapping[str, typed.Value] | None = None,
    ) -> Resolved:
        """As ``resolved``, of a scenario that is one of ``scenarios`` for sure."""
        from modelcheck.language.resolve.resolve import instantiate

        model, found = instantiate(self.spec, scenario, self.variant, values or {}, counts or {})
        return Resolved(self, model, found)


@dataclass(frozen=True, slots=True)
class Resolved:
    """One design in one scenario, ready for the engines: the third stage.

    ``found``: the warnings that were found on the way from the design.
    """

    edited: Edited
    model: typed.Model
    found: tuple[Diagnostic, ...]

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All warnings, also those about edits."""
        return (*self.edited.diagnostics, *self.found)


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


def _check_known(code: str, kind: str, name: str, known: Iterable[str]) -> None:
    names = list(known)
    if name not in names:
        raise SpecError([Diagnostic(code, Severity.ERROR, _missing(kind, name, names), None)])


def _missing(kind: str, name: str, known: Iterable[str]) -> str:
    """Say that nothing has a name, or matches a pattern (``*``, ``?``, ``[``), and what may have been meant."""
    letters = name.translate(str.maketrans("", "", "*?[]"))
    if letters == name:
        return f"there is no {kind} `{name}`" + did_you_mean(name, known)
    return f"no {kind} matches `{name}`" + (did_you_mean(letters, known) if letters else "")


def _override(spec: ast.Spec, values: Mapping[str, str]) -> ast.Spec:
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
