"""The oracle: what ``expect`` lines say about each cell.

``expect holds all except { p, q in s1; r in s2 };`` speaks about every cell of its variant. Inside
one line an exception beats the rule; between lines one that names the property beats ``all``. Two
that both name it, or both do not, contradict or repeat each other where they speak about one cell,
and that is an error. A variant inherits edits, never expectations.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from enum import Enum
from typing import assert_never

from modelcheck.ground.diagnostics import DiagnosticBag, Note
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.ground.suggest import missing, name_in
from modelcheck.language.syntax import ast
from modelcheck.result.verdict import Verdict


class Expectation(Enum):
    HOLDS = "holds"
    VIOLATED = "violated"
    UNKNOWN = "unknown"


class Outcome(Enum):
    """How a cell compares with the oracle."""

    AS_EXPECTED = "as expected"
    SURPRISE = "surprise"
    UNDECIDED = "undecided"  # an answer was expected (or asked for) and there is none
    VIOLATION = "violation"  # no line speaks about the cell, and it is violated
    UNCLAIMED = "unclaimed"  # no line speaks about the cell, and it holds
    ABSENT = "absent"  # not applicable


@dataclass(frozen=True, slots=True)
class Claim:
    """What one cell is expected to be. ``named``: its property and its scenario are both written out."""

    expectation: Expectation
    named: bool
    property_named: bool
    span: Span


@dataclass(frozen=True, slots=True)
class _Line:
    declaration: ast.ExpectDecl

    def claim(self, scenario: str, name: str) -> Claim | None:
        entry = self.declaration.entry
        if not covers(entry, scenario, name):
            return None
        expectation = _word(self.declaration.expected)
        for exception in self.declaration.exceptions:
            if covers(exception, scenario, name):
                opposite = Expectation.VIOLATED if expectation is Expectation.HOLDS else Expectation.HOLDS
                named = bool(exception.properties) and bool(exception.scenarios or entry.scenarios)
                return Claim(opposite, named, bool(exception.properties), exception.span)
        named = bool(entry.properties) and bool(entry.scenarios)
        return Claim(expectation, named, bool(entry.properties), self.declaration.span)


@dataclass(frozen=True, slots=True)
class Expectations:
    """The ``expect`` lines of one variant. Make it with ``expectations``."""

    lines: tuple[_Line, ...]

    def claim(self, scenario: str, name: str) -> Claim | None:
        """Return what is expected of a cell; None if no line mentions it."""
        claims = [claim for line in self.lines if (claim := line.claim(scenario, name)) is not None]
        return next((claim for claim in claims if claim.property_named), claims[0] if claims else None)


def expectations(
    lines: Iterable[ast.ExpectDecl],
    scenarios: Sequence[str],
    properties: Sequence[str],
    bag: DiagnosticBag,
    variant: str,
    asserts: Collection[str] = (),
) -> Expectations:
    """Read the ``expect`` lines of one variant.

    ``scenarios``, ``properties``: every name that exists, in order; ``asserts``: the names of
    asserts, which are none. Reports names that match nothing (MC320), exceptions outside of what
    their line speaks about (MC321), and cells that two lines speak about alike (MC322).
    """
    kept: list[_Line] = []
    for declaration in lines:
        entries = (declaration.entry, *declaration.exceptions)
        if declaration.expected is ast.Expected.UNKNOWN and declaration.exceptions:
            bag.error(
                "MC321",
                "`expect unknown` takes no exceptions: there is no telling what they would be",
                declaration.exceptions[0].span,
            )
            continue
        known = [names_exist(entry, scenarios, properties, bag, variant, asserts) for entry in entries]
        if not all(known):
            continue
        for exception in declaration.exceptions:
            _check_inside(exception, declaration.entry, bag)
        kept.append(_Line(declaration))
    _check_disjoint(kept, scenarios, properties, bag)
    return Expectations(tuple(kept))


def compare(claim: Claim | None, verdict: Verdict) -> Outcome:
    """Compare a verdict with what was expected."""
    if verdict is Verdict.NOT_APPLICABLE:
        # Who names the cell expects that something is said there.
        surprising = claim is not None and claim.named and claim.expectation is not Expectation.UNKNOWN
        return Outcome.SURPRISE if surprising else Outcome.ABSENT
    if claim is None:
        match verdict:
            case Verdict.VIOLATED:
                return Outcome.VIOLATION
            case Verdict.HOLDS:
                return Outcome.UNCLAIMED
            case _:
                return Outcome.UNDECIDED
    decided = verdict in (Verdict.HOLDS, Verdict.VIOLATED)
    match claim.expectation:
        case Expectation.UNKNOWN:
            return Outcome.SURPRISE if decided else Outcome.AS_EXPECTED
        case Expectation.HOLDS | Expectation.VIOLATED:
            if not decided:
                return Outcome.UNDECIDED
            agrees = verdict.value == claim.expectation.value
            return Outcome.AS_EXPECTED if agrees else Outcome.SURPRISE
        case _:
            assert_never(claim.expectation)


def _word(expected: ast.Expected) -> Expectation:
    match expected:
        case ast.Expected.HOLDS:
            return Expectation.HOLDS
        case ast.Expected.VIOLATES:
            return Expectation.VIOLATED
        case ast.Expected.UNKNOWN:
            return Expectation.UNKNOWN
        case _:
            assert_never(expected)


def covers(entry: ast.ExpectEntry, scenario: str, name: str) -> bool:
    """Whether an entry of an ``expect`` line speaks about a cell."""
    return (not entry.properties or name in entry.properties) and (not entry.scenarios or scenario in entry.scenarios)


def names_exist(
    entry: ast.ExpectEntry,
    scenarios: Sequence[str],
    properties: Sequence[str],
    bag: DiagnosticBag,
    variant: str,
    asserts: Collection[str] = (),
) -> bool:
    """Whether an entry names only properties and scenarios that exist; the others are reported (MC320)."""
    fine = True
    for name in entry.properties:
        if name not in properties:
            fine = False
            message = f"there is no property `{name}` in variant `{variant}`"
            if name in scenarios:
                message += f", it is a scenario: write `all in {name}`"
                bag.error("MC320", message, name_in(entry.span, name))
            elif name in asserts:
                note = Note(f"an assert has that name; `obligation {name} : assertion({name});` makes it a property")
                bag.error("MC320", message, name_in(entry.span, name), [note])
            else:
                bag.add(missing("MC320", message, name, properties, entry.span))
    # A property may have the name of a scenario: look behind the `in`.
    behind = name_in(entry.span, "in")
    for name in entry.scenarios:
        if name not in scenarios:
            fine = False
            message = f"there is no scenario `{name}` in variant `{variant}`"
            where = behind if behind.text == "in" else None
            bag.add(missing("MC320", message, name, scenarios, entry.span, behind=where))
    return fine


def _check_inside(exception: ast.ExpectEntry, entry: ast.ExpectEntry, bag: DiagnosticBag) -> None:
    outside = [name for name in exception.properties if entry.properties and name not in entry.properties]
    outside += [name for name in exception.scenarios if entry.scenarios and name not in entry.scenarios]
    for name in outside:
        bag.error("MC321", f"`{name}` is an exception from a line that does not speak about it", exception.span)


def _check_disjoint(
    lines: Sequence[_Line], scenarios: Sequence[str], properties: Sequence[str], bag: DiagnosticBag
) -> None:
    for index, line in enumerate(lines):
        for earlier in lines[:index]:
            shared = [
                (scenario, name)
                for scenario in scenarios
                for name in properties
                if _alike(line.claim(scenario, name), earlier.claim(scenario, name))
            ]
            if shared:
                scenario, name = shared[0]
                claim = line.claim(scenario, name)
                if claim is not None and claim.property_named:
                    message = f"two `expect` lines name `{name}` in `{scenario}`: take it out of one of them"
                else:
                    message = f"two `expect` lines speak about `{name}` in `{scenario}` as one of `all`: say it once"
                bag.error("MC322", message, line.declaration.span, [Note("the other line", earlier.declaration.span)])


def _alike(one: Claim | None, other: Claim | None) -> bool:
    """Whether neither of two claims about a cell beats the other."""
    return one is not None and other is not None and one.property_named == other.property_named
