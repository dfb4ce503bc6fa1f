"""The report of ``modelcheck synth``: what is safe, what rejects the rest, and the races."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from modelcheck.report.races.columns import WIDTH, race_in_columns
from modelcheck.report.reasons.studies import detail_text, unknown_text
from modelcheck.report.sentences import bounds_text, processes_text, unmodelled_text
from modelcheck.report.style import PLAIN, Style, Tone
from modelcheck.report.tally import INTERRUPTED, OK, UNDECIDED, VIOLATION
from modelcheck.report.texts.matrix_text import command_lines
from modelcheck.report.words import duration, listing, plural, wrapped
from modelcheck.studies.synthesis.model import Reason, Rejection, Synthesis, Why
from modelcheck.studies.synthesis.space import Assignment

#: Races drawn in full; of the others only the command that draws them is given.
_DRAWN = 3
#: More safe assignments than this are told together where that is shorter.
_LISTED = 12


def exit_code(result: Synthesis) -> int:
    """Return 0 (all is decided, and some assignment is safe or the answer is as expected), 1 (none
    is safe, or the answer is not as expected), 3 (some are undecided) or 130 (interrupted).
    """
    if result.interrupted:
        return INTERRUPTED
    if result.surprises:
        return VIOLATION
    if result.undecided:
        return UNDECIDED
    return OK if result.safe or result.expected else VIOLATION


def synthesis_text(result: Synthesis, width: int = 80, style: Style = PLAIN) -> str:
    """Return the report."""
    lines = [*_head(result, width), ""]
    lines += _safe(result, width, style)
    lines += _rejected(result, width, style)
    lines += _undecided(result, width, style)
    lines += _surprises(result, width, style)
    lines += _drawings(result, width)
    lines += _ending(result, width)
    return "\n".join(line.rstrip() for line in lines).rstrip("\n") + "\n"


def _head(result: Synthesis, width: int) -> list[str]:
    where = result.spec if result.variant == "base" else f"{result.spec}, {result.variant}"
    names = listing(hole.name for hole in result.space.holes)
    ways = plural(result.space.size, "way")
    return wrapped(f"{where}: {ways} to choose {names}, in {plural(len(result.scenarios), 'scenario')}", width)


def _safe(result: Synthesis, width: int, style: Style) -> list[str]:
    if not result.safe:
        text = "none is known to be" if result.undecided else "none"
        return [f"{style('safe', Tone.BAD)}      {text}", ""]
    lines = _sets(result, result.safe, "safe      ", width, listed=len(result.safe) <= _LISTED)
    return [lines[0].replace("safe", style("safe", Tone.GOOD), 1), *lines[1:], ""]


def _sets(result: Synthesis, members: Sequence[Assignment], word: str, width: int, listed: bool) -> list[str]:
    if listed:
        texts = [result.space.text(member) for member in members]
    else:
        texts = [result.space.box_text(box) for box in result.space.boxes(members)]
    lines: list[str] = []
    for text in texts:
        lines += wrapped(text, width, " " * len(word) if lines else word, " " * (len(word) + 4))
    return lines


def _rejected(result: Synthesis, width: int, style: Style) -> list[str]:
    races = _race_numbers(result)
    groups: dict[str, list[Assignment]] = {}
    for reason in result.reasons:
        # Each race has a paragraph of its own; what is never reached is told together.
        key = f"{_why(reason)} (race {races[reason.number]})" if reason.number in races else _why(reason)
        groups.setdefault(key, []).extend(reason.refutes)
    lines: list[str] = []
    for key, members in groups.items():
        lines += _sets(result, members, "          " if lines else "rejected  ", width, listed=False)
        lines += wrapped(key, width, " " * 14, " " * 16)
    if not lines:
        return []
    return [lines[0].replace("rejected", style("rejected", Tone.BAD), 1), *lines[1:], ""]


def _race_numbers(result: Synthesis) -> dict[int, int]:
    """The number of the race of each reason that has one, by the number of the reason."""
    with_race = [reason.number for reason in result.reasons if reason.trace is not None]
    return {reason: number for number, reason in enumerate(with_race, 1)}


def _why(reason: Reason) -> str:
    match reason.why:
        case Why.VIOLATED:
            assert reason.trace is not None
            steps = plural(len(reason.trace.steps), "step")
            return f"{reason.property_name} is violated in {reason.scenario} in {steps}"
        case Why.NEVER:
            return f"{reason.property_name} is never reached in {reason.scenario}: {detail_text(reason.detail)}"
        case Why.INVALID:
            return f"not possible in {reason.scenario}: {detail_text(reason.detail)}"


def _undecided(result: Synthesis, width: int, style: Style) -> list[str]:
    groups: dict[tuple[str, ...], list[Assignment]] = {}
    for one in result.undecided:
        told = tuple(
            f"{listing(what.properties) or 'everything'} in {what.scenario}: {unknown_text(what.reason)}"
            for what in one.open
        )
        groups.setdefault(told, []).append(one.assignment)
    lines: list[str] = []
    for told, members in groups.items():
        lines += _sets(result, members, "          " if lines else "undecided ", width, listed=False)
        for text in told:
            lines += wrapped(text, width, " " * 14, " " * 16)
    if not lines:
        return []
    return [lines[0].replace("undecided", style("undecided", Tone.OPEN), 1), *lines[1:], ""]


def _surprises(result: Synthesis, width: int, style: Style) -> list[str]:
    lines: list[str] = []
    for surprise in result.surprises:
        parts = []
        if surprise.missing:
            parts.append(f"{listing(surprise.missing)} should be safe by the spec, and {_is(surprise.missing)} not")
        if surprise.extra:
            parts.append(f"{listing(surprise.extra)} {_is(surprise.extra)} safe, and the spec does not say so")
        lines += wrapped(f"{listing(surprise.names)}: {'; '.join(parts)}", width, "surprise  ", " " * 10)
    if not lines:
        return []
    return [lines[0].replace("surprise", style("surprise", Tone.SURPRISE), 1), *lines[1:], ""]


def _is(values: Sequence[str]) -> str:
    return "is" if len(values) == 1 else "are"


def _drawings(result: Synthesis, width: int) -> list[str]:
    races = _race_numbers(result)
    with_race = [reason for reason in result.reasons if reason.trace is not None]
    lines: list[str] = []
    for reason in with_race[:_DRAWN]:
        shown = _shown(result, reason)
        assert shown.trace is not None
        lines += wrapped(f"Race {races[reason.number]}, with {result.space.text(shown.assignment)}:", width)
        lines += [race_in_columns(shown.trace, WIDTH).rstrip("\n"), ""]
    if with_race[_DRAWN:]:
        lines.append(f"{plural(len(with_race) - _DRAWN, 'more race')}:")
        for reason in with_race[_DRAWN:]:
            lines += command_lines(_trace_command(result, reason), width)
        lines.append("")
    return lines


def _shown(result: Synthesis, reason: Reason) -> Rejection:
    """The assignment with which a race is shown: as little as possible besides what it is about
    differs from a safe one.
    """

    def distance(one: Rejection) -> int:
        return min((sum(a != b for a, b in zip(one.assignment, s, strict=True)) for s in result.safe), default=0)

    return min((one for one in result.rejected if one.reason is reason), key=distance)


def _trace_command(result: Synthesis, reason: Reason) -> list[str]:
    settings = result.space.settings(_shown(result, reason).assignment, result.fixed[reason.scenario])
    parts = [f"modelcheck trace {result.spec}"]
    parts += [f"--variant {result.variant}"] if result.variant != "base" else []
    parts += [f"--scenario {reason.scenario}", f"--property {reason.property_name}"]
    return [*parts, *(f"--set {_quoted(f'{name}={value}')}" for name, value in settings)]


def _quoted(setting: str) -> str:
    return f"'{setting}'" if any(sign in setting for sign in "{}, ") else setting


def _ending(result: Synthesis, width: int) -> list[str]:
    counts = [(len(result.safe), "safe"), (len(result.rejected), "rejected"), (len(result.undecided), "undecided")]
    told = ", ".join(f"{number} {word}" for number, word in counts if number)
    asked = plural(result.explorations, "exploration")
    races = plural(sum(reason.trace is not None for reason in result.reasons), "race")
    lines = wrapped(f"{told}; {asked}, {races}, {duration(result.seconds)}.", width)
    if result.asked:
        lines += wrapped(f"Only asked for: {listing(result.asked)}.", width)
    if result.excepted:
        cells = listing(f"{name} in {_scenarios(scenarios, result)}" for name, scenarios in result.excepted)
        lines += wrapped(f"Not asked for, as the spec says: {cells}.", width)
    if result.skipped:
        lines += wrapped(f"Not looked at, because slow: {listing(result.skipped)} (--slow).", width)
    if result.safe:
        runs = "; ".join(dict.fromkeys(processes_text(assumed) for assumed in result.assumptions))
        rests = [runs, bounds_text(result.assumptions), unmodelled_text(result.assumptions)]
        text = "; ".join(part for part in rests if part)
        lines += wrapped(f"Safe means: under sequential consistency, with {text}.", width)
    if result.rejected:
        lines += wrapped("Each race was replayed by the interpreter with every assignment that it rejects.", width)
    return lines


def _scenarios(scenarios: Iterable[str], result: Synthesis) -> str:
    names = list(scenarios)
    return "every scenario" if len(names) == len(result.scenarios) else listing(names)
