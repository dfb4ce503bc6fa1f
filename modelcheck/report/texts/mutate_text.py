"""The report of ``modelcheck mutate``: what is noticed, and as a worksheet what is not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import assert_never

from modelcheck.report.reasons.studies import unsettled_text
from modelcheck.report.style import PLAIN, Style, Tone
from modelcheck.report.tally import INTERRUPTED, OK, UNDECIDED, VIOLATION
from modelcheck.report.words import duration, listing, plural, wrapped
from modelcheck.studies.mutate.alike import Difference, Kind
from modelcheck.studies.mutate.model import Judged, Kill, MutationResult, Notice, Outcome
from modelcheck.studies.mutate.mutants import Mutant
from modelcheck.studies.mutate.operators import OPERATORS
from modelcheck.studies.mutate.spell import variant_text

#: In the order in which they are counted.
COLUMNS = (Outcome.KILLED, Outcome.SURVIVED, Outcome.UNDECIDED, Outcome.EQUIVALENT, Outcome.INVALID, Outcome.NOT_RUN)
_TONES = {
    Outcome.KILLED: Tone.GOOD,
    Outcome.SURVIVED: Tone.BAD,
    Outcome.UNDECIDED: Tone.OPEN,
    Outcome.EQUIVALENT: None,
    Outcome.INVALID: None,
    Outcome.NOT_RUN: Tone.OPEN,
}
#: More names of variables and the like than these are not told.
_NAMES = 3


def exit_code(result: MutationResult, least: float | None) -> int:
    """Return 130 (interrupted), 1 (fewer than ``least`` percent are killed, or the design is not as
    expected without any mutant), 3 (so many may be, but some mutants are undecided), else 0.
    """
    if not result.complete:
        return INTERRUPTED
    if result.failing:
        return VIOLATION
    if least is None or result.score is None or result.score >= least:
        return OK
    open = len(result.of(Outcome.UNDECIDED))
    best = 100.0 * (len(result.of(Outcome.KILLED)) + open) / result.counted
    return UNDECIDED if best >= least else VIOLATION


def mutate_text(
    result: MutationResult, width: int = 80, style: Style = PLAIN, least: float | None = None, verbose: bool = False
) -> str:
    """Return the report. ``least``: what ``--fail-under`` says; ``verbose``: who killed each mutant, too."""
    lines = [*wrapped(_head(result), width), ""]
    if result.judged:
        lines += [*_table(result, style), ""]
    if verbose:
        lines += _killed(result, width)
    lines += _worksheet(result, width, style)
    lines += _told(result.of(Outcome.UNDECIDED), "Undecided:", width)
    lines += _told(result.of(Outcome.INVALID), "They mean nothing:", width) if verbose else []
    lines += _ending(result, width, style, least)
    return "\n".join(line.rstrip() for line in lines).rstrip("\n") + "\n"


def _head(result: MutationResult) -> str:
    where = result.spec if result.variant == "base" else f"{result.spec}, {result.variant}"
    return f"{where}: {plural(result.total, 'mutant')} in {plural(len(result.scenarios), 'scenario')}"


def _table(result: MutationResult, style: Style) -> list[str]:
    """How many of each operator came to which end."""
    columns = [outcome for outcome in COLUMNS if result.of(outcome)]
    words = {outcome: outcome.value.replace("_", " ") for outcome in columns}
    names = [operator.name for operator in OPERATORS]
    counts = {name: [one.outcome for one in result.judged if one.mutant.operator == name] for name in names}
    size = max(len(name) for name in names if counts[name])
    lines = [" " * size + "".join(f"  {words[outcome]:>8}" for outcome in columns)]
    for name in names:
        if counts[name]:
            cells = [(counts[name].count(outcome), max(8, len(words[outcome])), outcome) for outcome in columns]
            lines.append(
                name.ljust(size) + "".join("  " + _cell(number, room, of, style) for number, room, of in cells)
            )
    return lines


def _cell(number: int, room: int, outcome: Outcome, style: Style) -> str:
    text = f"{number or '.':>{room}}"
    return style(text, _TONES[outcome]) if number else text


def _killed(result: MutationResult, width: int) -> list[str]:
    lines = []
    for one in result.of(Outcome.KILLED):
        assert one.kill is not None
        lines += wrapped(f"{one.mutant.name}: {kill_text(one.kill)}", width, "  ", "      ")
    return ["Killed:", *lines, ""] if lines else []


def kill_text(kill: Kill) -> str:
    """Return who notices a mutant, and where."""
    steps = f" in {plural(kill.length, 'step')}" if kill.length is not None else ""
    match kill.notice:
        case Notice.VIOLATED:
            return f"{kill.property_name} is violated in {kill.scenario}{steps}"
        case Notice.UNWITNESSED:
            return f"{kill.property_name} is never reached in {kill.scenario}"
        case Notice.NO_REST:
            return f"nothing comes to rest in {kill.scenario}, where {kill.property_name} is judged"
        case Notice.UNEXPECTED:
            return f"{kill.property_name} in {kill.scenario} is not what an `expect` line says"


def _worksheet(result: MutationResult, width: int, style: Style) -> list[str]:
    survivors = sorted(result.of(Outcome.SURVIVED), key=lambda one: one.mutant.number)
    if not survivors:
        return []
    lines = [style("Nothing notices. Which property should?", Tone.STRONG), ""]
    for (path, line), group in groupby(survivors, key=lambda one: _line(one.mutant)):
        same = list(group)
        where = f"line {line}" if path == result.spec else f"{path}:{line}"
        lines += wrapped(f"{where}: {_source(same[0].mutant)}", width, "", "    ")
        for one in same:
            lines += wrapped(f"if {one.mutant.owner} {one.mutant.says}", width, "    ", "      ")
            lines += wrapped(f"{one.mutant.name}: {difference_text(one)}", width, "        ", "          ")
        lines.append("")
    return lines


def _line(mutant: Mutant) -> tuple[str, int]:
    return mutant.place.source.path, mutant.place.line


def _source(mutant: Mutant) -> str:
    return mutant.place.source.line(mutant.place.line).strip()


def difference_text(one: Judged) -> str:
    """Return what a property could tell a survivor by: where it is first unlike the original."""
    what, scenario = one.difference, one.scenario
    if what is None:
        return f"too much to look at in {scenario} for what a property could be about"
    steps = f"after {plural(what.length, 'step')} in {scenario}" if what.length else f"at once in {scenario}"
    return f"unlike the original {steps}: {_what(what)}"


def _what(difference: Difference) -> str:
    names = listing(difference.names[:_NAMES]) + (", …" if len(difference.names) > _NAMES else "")
    match difference.kind:
        case Kind.MEMORY:
            return names
        case Kind.MOVES:
            return f"{names} can move, or cannot"
        case Kind.REST:
            return f"{names} has come to rest, or has not"
        case Kind.EVENTS:
            return f"the event {names}"
        case Kind.VIOLATIONS:
            return f"the step at which {names} is decided"
        case Kind.VERDICTS:
            return f"what {names} says"


def _told(judged: Sequence[Judged], title: str, width: int) -> list[str]:
    lines = [
        line
        for one in judged
        for line in wrapped(f"{one.mutant.name}: {unsettled_text(one.reason)}", width, "  ", "      ")
    ]
    return [title, *lines, ""] if lines else []


def _ending(result: MutationResult, width: int, style: Style, least: float | None) -> list[str]:
    counts = [(len(result.of(outcome)), outcome.value.replace("_", " ")) for outcome in COLUMNS]
    told = ", ".join(f"{number} {word}" for number, word in counts if number) or "no mutant"
    reused = sum(one.reused for one in result.judged)
    again = f" ({reused} known from an earlier run)" if reused else ""
    lines = wrapped(f"{told}{again}; {duration(result.seconds)}.", width)
    if not result.complete:
        lines += wrapped(f"Interrupted: {len(result.judged)} of {result.total} mutants were looked at.", width)
    if result.score is not None:
        percent = f"{result.score:.1f} %"
        enough = least is None or result.score >= least
        asked = "" if least is None else f" (at least {least:g} % are asked for)"
        tone = None if least is None else Tone.GOOD if enough else Tone.BAD
        lines += wrapped(f"Noticed: {percent} of those that can be{asked}.", width)
        lines = [line.replace(percent, style(percent, tone), 1) for line in lines]
    if result.skipped:
        lines += wrapped(f"Not run: {listing(result.skipped)} (--slow).", width)
    if result.failing:
        cells = listing(f"{name} in {scenario}" for scenario, name in result.failing[:_NAMES])
        lines += wrapped(f"Not as expected even without a mutant: {cells}; run `modelcheck check` first.", width)
    if result.of(Outcome.SURVIVED) or result.of(Outcome.KILLED):
        lines += ["", "To see a mutant as an edit, and its race:"]
        named = (result.of(Outcome.SURVIVED) or result.of(Outcome.KILLED))[0].mutant.name
        variant = f" --variant {result.variant}" if result.variant != "base" else ""
        lines += wrapped(f"modelcheck mutate {result.spec}{variant} --show {named}", width, "  ", "      ")
    return lines


def mutant_text(one: Judged, base: str, width: int) -> str:
    """Return one mutant as a variant to paste, and what became of it."""
    mutant = one.mutant
    lines = [variant_text(mutant.name, base, f"{mutant.owner} {mutant.says}", mutant.edits)]
    return "\n".join([*lines, *wrapped(outcome_text(one), width)]) + "\n"


def outcome_text(one: Judged) -> str:
    """Return what became of a mutant, in a sentence."""
    match one.outcome:
        case Outcome.KILLED:
            assert one.kill is not None
            return f"Killed: {kill_text(one.kill)}."
        case Outcome.SURVIVED:
            return f"Survived, {difference_text(one)}."
        case Outcome.EQUIVALENT:
            but = ", but for steps that nobody sees" if one.unseen else ""
            return f"Equivalent: it is the same in every scenario{but}."
        case Outcome.INVALID:
            return f"It means nothing: {unsettled_text(one.reason)}."
        case Outcome.NOT_RUN:
            return "Not run: no scenario has this code."
        case Outcome.UNDECIDED:
            return f"Undecided: {unsettled_text(one.reason)}."
        case _:
            assert_never(one.outcome)


def list_text(mutants: Iterable[Mutant], width: int) -> str:
    """Return the mutants, one to a line or two."""
    lines: list[str] = []
    for mutant in mutants:
        where = f"{mutant.place.source.path}:{mutant.place.line}"
        lines += wrapped(f"{mutant.name}: {mutant.owner} {mutant.says} ({where})", width, "", "    ")
    return "\n".join(lines) + "\n" if lines else "no mutant\n"
