"""Feature files: small specs that state in their header what must come out, the same for every engine.

A header is the comment lines at the top of the file::

    // guards: one sentence
    // scenario: s                    (starts the claims about a scenario; may be left out if there is one)
    // states: 12
    // transitions: 17                (optional; faulting ones count)
    // drained: 2                     (optional)
    // faults: 1                      (optional; transitions that fault)
    // violated: sum (length 4); deadlock (length 2)
    // witnessed: retried (length 3)
    // holds: all others              (whatever is not listed is neither violated nor witnessed)
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from modelcheck.language.resolve.resolve import instantiate
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.parse import parse_text
from modelcheck.model import typed
from modelcheck.semantics.interpreter.explore import explore
from modelcheck.semantics.interpreter.judging.absences import denied
from modelcheck.semantics.interpreter.memoisation.interpreter import MemoisedInterpreter

HERE = Path(__file__).parent

_ENTRY = re.compile(r"([A-Za-z_]\w*) \(length (\d+)\)")


@dataclass(slots=True)
class Claims:
    """What a header says about one scenario. ``lengths``: property name -> length of its shortest trace."""

    scenario: str | None
    numbers: dict[str, int] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Observed:
    """What a runner found. ``numbers``: those of states, transitions, drained, faults that it knows.

    ``lengths``: as in ``Claims``; ``limit``: it looked only for traces of at most this many steps (None: for all).
    ``undecided``: properties that it says nothing about.
    """

    numbers: dict[str, int]
    lengths: dict[str, int]
    limit: int | None = None
    undecided: frozenset[str] = frozenset()


Runner = Callable[[typed.Model], Observed]


@dataclass(frozen=True, slots=True)
class Feature:
    name: str
    guards: str
    claims: tuple[Claims, ...]


def read_header(name: str, text: str) -> Feature:
    """Parse the header of a feature file. Raises ``ValueError`` if it makes no sense."""
    guards = ""
    sections: list[Claims] = []
    for line in text.splitlines():
        if not line.startswith("//"):
            break
        word, separator, rest = line[2:].strip().partition(":")
        rest = rest.strip()
        if not separator:
            raise ValueError(f"{name}: no `word:` in header line {line!r}")
        if word == "guards":
            guards = rest
            continue
        if word == "scenario":
            sections.append(Claims(rest))
            continue
        if not sections:
            sections.append(Claims(None))
        _claim(sections[-1], name, word, rest)
    if not guards or not sections:
        raise ValueError(f"{name}: the header must have `guards:` and at least one claim")
    return Feature(name, guards, tuple(sections))


def _claim(section: Claims, name: str, word: str, rest: str) -> None:
    match word:
        case "states" | "transitions" | "drained" | "faults":
            section.numbers[word] = int(rest)
        case "violated" | "witnessed":
            for entry in rest.split(";"):
                found = _ENTRY.fullmatch(entry.strip())
                if found is None:
                    raise ValueError(f"{name}: expected `property (length n)`, got {entry!r}")
                section.lengths[found[1]] = int(found[2])
        case "holds":
            if rest != "all others":
                raise ValueError(f"{name}: `holds:` says `all others`")
        case _:
            raise ValueError(f"{name}: unknown header word {word!r}")


def feature_names() -> list[str]:
    return sorted(path.stem for path in HERE.glob("*.mc"))


@cache
def feature(name: str) -> Feature:
    return read_header(name, (HERE / f"{name}.mc").read_text())


@cache
def _spec(name: str) -> ast.Spec:
    return parse_text((HERE / f"{name}.mc").read_text(), f"{name}.mc")


def model(name: str, scenario: str | None) -> typed.Model:
    """The typed model of a feature file."""
    return instantiate(_spec(name), scenario)[0]


def cells() -> list[tuple[str, str | None]]:
    """Every (feature, scenario) with claims."""
    return [(name, claims.scenario) for name in feature_names() for claims in feature(name).claims]


def claims_of(name: str, scenario: str | None) -> Claims:
    return next(claims for claims in feature(name).claims if claims.scenario == scenario)


def property_name(checked: typed.Model, number: int) -> str:
    return next(property_.name for property_ in checked.properties if property_.id == number)


def interpret(checked: typed.Model) -> Observed:
    """The interpreter explores everything; every shortest schedule is replayed."""
    interpreter = MemoisedInterpreter(checked)
    found = explore(interpreter)
    for number, (schedule, finding) in found.findings.items():
        trace = interpreter.replay(schedule, number)
        assert trace.schedule == schedule
        assert trace.finding.detail == finding.detail
    assert checked.impossible not in found.findings
    assert not denied(interpreter)
    numbers = {
        "states": found.states,
        "transitions": found.transitions,
        "drained": found.drained,
        "faults": found.faults,
    }
    lengths = {property_name(checked, number): len(schedule) for number, (schedule, _) in found.findings.items()}
    return Observed(numbers, lengths)


def check(name: str, scenario: str | None, runner: Runner) -> None:
    """Compare what a runner finds with the header."""
    compare(claims_of(name, scenario), runner(model(name, scenario)))


def compare(claims: Claims, observed: Observed) -> None:
    """Compare what was found with what is claimed, as far as whoever looked knows it. Raises ``AssertionError``."""
    expected = {
        property_: length
        for property_, length in claims.lengths.items()
        if property_ not in observed.undecided and (observed.limit is None or length <= observed.limit)
    }
    assert observed.lengths == expected
    known = {word: number for word, number in claims.numbers.items() if word in observed.numbers}
    assert {word: observed.numbers[word] for word in known} == known
