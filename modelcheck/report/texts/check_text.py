"""The report of ``modelcheck check``: one paragraph for each scenario, and the races in columns."""

from __future__ import annotations

from collections.abc import Sequence

from modelcheck.report.reasons.sentences import reason_text
from modelcheck.report.sentences import (
    bounds_text,
    cross_check_sentence,
    cut_words,
    outcome_remark,
    processes_text,
    tone,
    unmodelled_text,
    verdict_phrase,
    verdict_sentence,
)
from modelcheck.report.style import PLAIN, Style, Tone
from modelcheck.report.tally import reused_text, tally
from modelcheck.report.texts.proofs_text import invariants_text, unexcluded_text
from modelcheck.report.words import duration, listing, plural, wrapped
from modelcheck.result.verdict import Verdict
from modelcheck.studies.matrix.expectations import Outcome
from modelcheck.studies.matrix.model import Cell, MatrixResult, Pair

#: Races drawn in full; of the others only the command that draws them is given.
_DRAWN = 3

#: If there are proofs of more scenarios than this, only the first formulas of each are printed.
_FEW, _SHORT = 3, 8


def check_text(
    result: MatrixResult,
    width: int = 80,
    style: Style = PLAIN,
    *,
    proofs: bool = False,
    settings: Sequence[tuple[str, str]] = (),
) -> str:
    """Return the report of a run over few scenarios. Races of unexpected violations are drawn before others.

    ``proofs``: with the invariants; ``settings``: what ``--set`` said.
    """
    lines: list[str] = []
    proved = sum(any(cell.proof is not None for cell in pair.cells) for pair in result.pairs)
    for pair in result.pairs:
        lines += _pair(pair, width, style)
        if proofs:
            lines += invariants_text(pair, width, _SHORT if proved > _FEW else None)
        lines += unexcluded_text(pair, width)
        lines.append("")
    for variant, scenario in result.unfinished:
        lines += [*wrapped(f"{_where(variant, scenario)}: interrupted, no answer.", width), ""]
    lines += _drawings(result, width, settings)
    lines += _ending(result, width, style)
    return "\n".join(line.rstrip() for line in lines).rstrip("\n") + "\n"


def _where(variant: str, scenario: str) -> str:
    return scenario if variant == "base" else f"{variant}, {scenario}"


def _pair(pair: Pair, width: int, style: Style) -> list[str]:
    title = _where(pair.variant, pair.scenario)
    if pair.failure:
        return [
            style(line, Tone.OPEN)
            for line in wrapped(f"no answer: {reason_text(pair.failure)}", width, f"{title}: ", "    ")
        ]
    lines = _painted(wrapped(f"{title}: {_size(pair)}", width, "", "    "), title, Tone.STRONG, style)
    green = [cell for cell in pair.cells if cell.verdict is Verdict.HOLDS and not cell.surprise]
    groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Cell]] = {}
    for cell in green:
        groups.setdefault((cell.conditional_on, cell.undecided_cuts), []).append(cell)
    for _, cells in sorted(groups.items()):
        shade = Tone.OPEN if cells[0].cut else Tone.GOOD
        lines += _painted(wrapped(_green(cells), width, "  holds     ", " " * 12), "holds", shade, style)
    rest = [
        cell
        for cell in pair.cells
        if cell not in green and (cell.surprise or cell.verdict is not Verdict.NOT_APPLICABLE)
    ]
    for cells in _alike(rest):
        word = _word(cells[0])
        lines += _painted(wrapped(_told(cells), width, f"  {word:<10}", " " * 12), word, tone(cells[0]), style)
    absent = [cell.property_name for cell in pair.cells if cell.verdict is Verdict.NOT_APPLICABLE and not cell.surprise]
    if absent:
        verb = "does not apply here" if len(absent) == 1 else "do not apply here"
        lines += _painted(wrapped(f"{listing(absent)} {verb}", width, "  -         ", " " * 12), "-", Tone.FAINT, style)
    return lines


def _alike(cells: Sequence[Cell]) -> list[list[Cell]]:
    """Cells without an answer, for the same reason, together; every other cell on its own."""
    groups: dict[tuple[str, ...], list[Cell]] = {}
    for cell in cells:
        open_ = cell.verdict in (Verdict.BOUNDED, Verdict.UNKNOWN, Verdict.ERROR) and not cell.surprise
        same = verdict_sentence(cell) if open_ else cell.property_name
        groups.setdefault((_word(cell), same, outcome_remark(cell)), []).append(cell)
    return list(groups.values())


def _told(cells: Sequence[Cell]) -> str:
    remark = outcome_remark(cells[0])
    text = (
        f"{cells[0].property_name} {verdict_sentence(cells[0])}"
        if len(cells) == 1
        else f"{_names(cells)}: {verdict_phrase(cells[0])}"
    )
    return f"{text} ({remark})" if remark else text


def _names(cells: Sequence[Cell]) -> str:
    """User properties by name, built-in obligations by number."""
    names = [cell.property_name for cell in cells if not cell.builtin]
    built_in = sum(cell.builtin for cell in cells)
    if built_in:
        names.append(plural(built_in, "built-in obligation"))
    return ", ".join(names)


def _green(cells: Sequence[Cell]) -> str:
    text = _names(cells)
    return f"{text} ({cut_words(cells[0])}: nobody knows what would come after that)" if cells[0].cut else text


def _painted(lines: Sequence[str], word: str, shade: Tone | None, style: Style) -> list[str]:
    first = lines[0].replace(word, style(word, shade), 1)
    return [first, *lines[1:]]


def _word(cell: Cell) -> str:
    if cell.surprise:
        return "surprise"
    return {
        Verdict.HOLDS: "holds",
        Verdict.VIOLATED: "never" if cell.existential else "violated",
        Verdict.BOUNDED: "bounded",
        Verdict.UNKNOWN: "unknown",
        Verdict.ERROR: "error",
        Verdict.NOT_APPLICABLE: "-",
    }[cell.verdict]


def _size(pair: Pair) -> str:
    parts = []
    explored = next((cell.states for cell in pair.cells if cell.states is not None), None)
    searched = next((cell.searched for cell in pair.cells if cell.searched is not None), None)
    if explored is not None:
        parts.append("the only state" if explored == 1 else f"all {explored:,} states")
    elif searched is not None:
        parts.append(f"{plural(searched, 'state')} visited, not all")
    if pair.assumptions is not None:
        parts.append(processes_text(pair.assumptions) or "no process")
    parts.append(duration(pair.seconds))
    return "; ".join(parts)


def _drawings(result: MatrixResult, width: int, settings: Sequence[tuple[str, str]]) -> list[str]:
    races = result.races
    if not races:
        return []
    from modelcheck.report.races.columns import WIDTH, race_in_columns
    from modelcheck.report.texts.matrix_text import command_lines, trace_command

    lines: list[str] = []
    for race in races[:_DRAWN]:
        lines += [race_in_columns(race.trace, WIDTH).rstrip("\n")]
        others = list(race.cells[1:])
        if others:
            names = listing(f"{cell.property_name} in {_where(cell.variant, cell.scenario)}" for cell in others)
            lines += wrapped(f"The same race violates {names}.", min(width, WIDTH))
        lines.append("")
    if races[_DRAWN:]:
        lines.append(f"{plural(len(races) - _DRAWN, 'more race')}:")
        for race in races[_DRAWN:]:
            lines += command_lines(trace_command(result.spec, race.cells[0], settings), width)
        lines.append("")
    return lines


def _ending(result: MatrixResult, width: int, style: Style) -> list[str]:
    cells = result.cells
    universal = [cell for cell in cells if cell.verdict is not Verdict.NOT_APPLICABLE]
    violated = [cell for cell in universal if cell.verdict is Verdict.VIOLATED]
    surprises = [cell for cell in cells if cell.surprise]
    open_cells = [cell for cell in universal if cell.verdict not in (Verdict.HOLDS, Verdict.VIOLATED)]
    if not universal:
        return []
    parts = []
    if tally(result).applies_to_nothing:
        parts.append(style("No property of the spec applies.", Tone.OPEN))
    elif not violated and not open_cells and any(cell.cut for cell in universal):
        parts.append(style("Everything holds as far as it goes: runs are cut short.", Tone.OPEN))
    elif not violated and not open_cells:
        parts.append(style("Everything holds.", Tone.GOOD))
    if violated:
        names = listing(dict.fromkeys(cell.property_name for cell in violated))
        note = ", as expected" if all(cell.outcome is Outcome.AS_EXPECTED for cell in violated) else ""
        verb = "does not hold" if len({cell.property_name for cell in violated}) == 1 else "do not hold"
        parts.append(f"{names} {verb}{note}.")
    if open_cells:
        verb = "is" if len(open_cells) == 1 else "are"
        parts.append(f"{plural(len(open_cells), 'answer')} {verb} missing.")
    if surprises:
        verb = "is" if len(surprises) == 1 else "are"
        parts.append(style(f"{plural(len(surprises), 'cell')} {verb} not as the spec expects.", Tone.SURPRISE))
    reused = reused_text(result)
    if reused:
        parts.append(f"{reused[0].upper()}{reused[1:]}.")
    lines = wrapped(" ".join(parts), width)
    lines += [line for text in _assumed(result) for line in wrapped(text, width)]
    return lines


def _assumed(result: MatrixResult) -> list[str]:
    if not any(cell.verdict is Verdict.HOLDS for cell in result.cells):
        return []
    assumed = [pair.assumptions for pair in result.pairs if pair.assumptions is not None]
    bounds = bounds_text(assumed)
    rests = "sequential consistency, the threads shown above" + (f", {bounds}" if bounds else "")
    promised = unmodelled_text(assumed)
    lines = [f"What holds, holds under {rests}{f'; {promised}' if promised else ''}."]
    checked = cross_check_sentence(result.cells)
    return [*lines, checked] if checked else lines
