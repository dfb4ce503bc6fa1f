"""The matrix as text: rows are variants, columns are properties, a cell is the worst over the scenarios."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from string import ascii_lowercase

from modelcheck.ground.records import dataclass
from modelcheck.report.reasons.sentences import reason_text
from modelcheck.report.sentences import (
    bounds_text,
    cross_check_sentence,
    outcome_remark,
    processes_text,
    tone,
    unmodelled_text,
    verdict_sentence,
)
from modelcheck.report.style import PLAIN, Style, Tone
from modelcheck.report.tally import reused_text, tally
from modelcheck.report.words import duration, listing, plural, wrapped
from modelcheck.result.verdict import SUMMARY_ORDER, EvidenceKind, Verdict
from modelcheck.studies.matrix.expectations import Outcome
from modelcheck.studies.matrix.model import Cell, MatrixResult, Pair, Race

#: Longer names of variants are cut, so that there is room for cells.
_ROW_NAME = 26
_RACES_SHOWN = 8
_SURPRISES_SHOWN = 20
_PLACES_SHOWN = 6

_SYMBOLS = {
    Verdict.HOLDS: ".",
    Verdict.VIOLATED: "X",
    Verdict.BOUNDED: "b",
    Verdict.UNKNOWN: "?",
    Verdict.ERROR: "E",
    Verdict.NOT_APPLICABLE: "-",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: a property, or (``names`` has several) the built-in obligations that hold everywhere."""

    letter: str
    title: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CellText:
    """A cell as printed. ``first``: the symbol, or where scenarios are unlike each other that of those
    which hold, and ``second`` that of the others.

    ``number``: goes with the symbol (of scenarios, of steps); ``surprise``: it is not as expected.
    """

    first: str
    second: str
    number: int | None
    tone: Tone | None
    surprise: bool = False

    @property
    def text(self) -> str:
        """All of it."""
        number = "" if self.number is None else str(self.number)
        return f"{'!' if self.surprise else ''}{self.first}{self.second}{number}"


#: Where there is nothing to check.
NOTHING = CellText("", "", None, None)


def matrix_text(
    result: MatrixResult,
    width: int = 80,
    verbose: bool = False,
    style: Style = PLAIN,
    settings: Sequence[tuple[str, str]] = (),
) -> str:
    """Return the roll-up with its legend, the surprises, the distinct races and what green cells assume.

    ``settings``: what ``--set`` said.
    """
    columns = table_columns(result)
    lines = [*wrapped(_title(result), width), ""]
    lines += _table(result, columns, width, verbose, style)
    lines += _legend(result, columns, width, verbose)
    lines += _failures(result, width, style)
    lines += _remarks(result, width, style)
    lines += _races(result, width, verbose, settings)
    lines += _footer(result, width)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _title(result: MatrixResult) -> str:
    rows, scenarios = len(result.variants), len(result.scenarios)
    return f"{result.spec}: {plural(rows, 'design')} in {plural(scenarios, 'scenario')}"


# ------------------------------------------------------------------------------------------ table


def table_columns(result: MatrixResult) -> list[Column]:
    """User properties first, then built-in obligations; those that hold (or are cut) wherever they
    apply share one column.
    """
    by_name: dict[str, list[Cell]] = {}
    for cell in result.cells:
        by_name.setdefault(cell.property_name, []).append(cell)
    own = [name for name, cells in by_name.items() if not cells[0].builtin]
    built_in = [name for name, cells in by_name.items() if cells[0].builtin]
    silent = {(pair.variant, pair.scenario) for pair in result.pairs if _silent(pair)}
    telling = [name for name in built_in if not all(_quiet(cell, silent) for cell in by_name[name])]
    quiet = tuple(name for name in built_in if name not in telling)
    groups: list[tuple[str, tuple[str, ...]]] = [(name, (name,)) for name in (*own, *telling)]
    if len(quiet) == 1:
        groups.append((quiet[0], quiet))
    elif quiet:
        groups.append((f"{len(quiet)} built-in obligations", quiet))
    return [Column(_letter(index), title, names) for index, (title, names) in enumerate(groups)]


def _silent(pair: Pair) -> bool:
    """Whether nothing at all was decided here: no reason to give every property a column."""
    applicable = [cell for cell in pair.cells if cell.verdict is not Verdict.NOT_APPLICABLE]
    return all(cell.verdict is Verdict.UNKNOWN for cell in applicable)


def _quiet(cell: Cell, silent: set[tuple[str, str]]) -> bool:
    if cell.surprise:
        return False
    return cell.verdict in (Verdict.HOLDS, Verdict.NOT_APPLICABLE) or (cell.variant, cell.scenario) in silent


def _letter(index: int) -> str:
    """a to z, aa, ab, … zz, aaa and so on."""
    before, last = divmod(index, len(ascii_lowercase))
    return (_letter(before - 1) if before else "") + ascii_lowercase[last]


def _table(result: MatrixResult, columns: Sequence[Column], width: int, verbose: bool, style: Style) -> list[str]:
    if not columns:
        return []
    rows = _rows(result, columns, verbose)
    name_width = min(max([len(name) for name, _, _ in rows] + [4]), _ROW_NAME)
    cell_width = max([len(cell.text) for _, cells, _ in rows for cell in cells] + [2]) + 1
    per_panel = max((width - name_width - 1) // cell_width, 1)
    lines: list[str] = []
    for start in range(0, max(len(columns), 1), per_panel):
        panel = columns[start : start + per_panel]
        header = "".join(column.letter.rjust(cell_width) for column in panel)
        lines.append(" " * name_width + header)
        for name, cells, heading in rows:
            shown = _cut(name, name_width).ljust(name_width)
            if heading:
                lines.append(style(shown.rstrip(), Tone.STRONG))
                continue
            texts = cells[start : start + per_panel]
            body = "".join(" " * (cell_width - len(cell.text)) + style(cell.text, cell.tone) for cell in texts)
            lines.append(shown + body)
        lines.append("")
    return lines


def _rows(result: MatrixResult, columns: Sequence[Column], verbose: bool) -> list[tuple[str, list[CellText], bool]]:
    """(name, cells, whether it is only a heading) of every row of the table."""
    rows: list[tuple[str, list[CellText], bool]] = []
    for variant in result.variants:
        pairs = [pair for pair in result.pairs if pair.variant == variant.name]
        if verbose:
            rows.append((variant.name, [], True))
            rows += [
                (f"  {pair.scenario}", [_single(cells_of([pair], column)) for column in columns], False)
                for pair in pairs
            ]
        elif pairs:
            rows.append(
                (
                    variant.name,
                    [rolled_up(cells_of(pairs, column), len(result.scenarios) > 1) for column in columns],
                    False,
                )
            )
        else:
            rows.append((variant.name, [NOTHING for _ in columns], False))
    return rows


def cells_of(pairs: Iterable[Pair], column: Column) -> list[Cell]:
    """Return the cells of a column."""
    return [cell for pair in pairs for cell in pair.cells if cell.property_name in column.names]


def _worst(cells: Sequence[Cell]) -> Cell | None:
    for verdict in SUMMARY_ORDER:
        for surprising in (True, False):
            for cell in cells:
                if cell.verdict is verdict and cell.surprise is surprising:
                    return cell
    return None


def rolled_up(cells: Sequence[Cell], several: bool) -> CellText:
    """Return what stands for a design in a column: the worst verdict, and of violations in how many
    scenarios (if there are ``several``).
    """
    worst = _worst(cells)
    if worst is None:
        return NOTHING
    count = len({cell.scenario for cell in cells if cell.verdict is Verdict.VIOLATED})
    number = count if several and worst.verdict is Verdict.VIOLATED else None
    return _cell_text(worst, cells, number)


def _single(cells: Sequence[Cell]) -> CellText:
    worst = _worst(cells)
    if worst is None:
        return NOTHING
    number = None
    if worst.verdict is Verdict.VIOLATED:
        number = worst.length
    elif worst.verdict is Verdict.BOUNDED:
        number = worst.depth
    return _cell_text(worst, cells, number)


def _cell_text(worst: Cell, cells: Sequence[Cell], number: int | None) -> CellText:
    """What stands for some cells. ``number``: goes with the symbol, and then what others are is not told."""
    first, second = _symbols(worst, cells)
    if number is not None:
        first, second = _SYMBOLS[worst.verdict], ""
    surprise = any(cell.surprise for cell in cells)
    return CellText(first, second, number, Tone.SURPRISE if surprise else tone(worst), surprise)


def _symbols(worst: Cell, cells: Sequence[Cell]) -> tuple[str, str]:
    """The symbol; or where scenarios are unlike each other, that of those which hold and the other one."""
    held = "~" if any(cell.cut for cell in cells) else "."
    if worst.verdict is Verdict.HOLDS:
        return held, "-" if any(cell.verdict is Verdict.NOT_APPLICABLE for cell in cells) else ""
    mixed = worst.verdict in (Verdict.UNKNOWN, Verdict.BOUNDED) and any(c.verdict is Verdict.HOLDS for c in cells)
    return (held, _SYMBOLS[worst.verdict]) if mixed else (_SYMBOLS[worst.verdict], "")


def _cut(name: str, width: int) -> str:
    return name if len(name) <= width else name[: width - 2] + ".."


def _legend(result: MatrixResult, columns: Sequence[Column], width: int, verbose: bool) -> list[str]:
    entries = [f"{column.letter} {column.title}" for column in columns]
    lines = _in_columns(entries, width)
    cells = result.cells
    if not cells:
        return lines
    meanings = [(". holds", any(c.verdict is Verdict.HOLDS for c in cells))]
    meanings.append(("~ holds as far as it goes: runs are cut short", any(c.cut for c in cells)))
    # An example with a number that can occur.
    some = min(3, len(result.scenarios))
    several = f"X{some} violated in {some} scenarios" if some > 1 else "X violated"
    violated = "X9 violated, shortest trace 9 steps" if verbose else several
    meanings.append((violated, any(c.verdict is Verdict.VIOLATED for c in cells)))
    bounded = "b9 open beyond 9 steps" if verbose else "b bounded: not explored to the end"
    meanings.append((bounded, any(c.verdict is Verdict.BOUNDED for c in cells)))
    meanings.append(("? undecided", any(c.verdict is Verdict.UNKNOWN for c in cells)))
    if not verbose:
        meanings.append((".? .b holds in some scenarios, open in others", _mixed(result, columns, "?b")))
    if not verbose:
        meanings.append((".- ~- holds where it applies: not in all scenarios", _mixed(result, columns, "-")))
    meanings.append(("E could not be judged", any(c.verdict is Verdict.ERROR for c in cells)))
    meanings.append(("- does not apply", any(c.verdict is Verdict.NOT_APPLICABLE for c in cells)))
    meanings.append(("! not as expected", any(c.surprise for c in cells)))
    lines.append("")
    for text in (text for text, used in meanings if used):
        if lines[-1] and len(lines[-1]) + len(text) + 3 <= width:
            lines[-1] += f"   {text}"
        else:
            lines.append(f"  {text}")
    return lines


def _mixed(result: MatrixResult, columns: Sequence[Column], second: str) -> bool:
    """Whether some scenarios of a cell that stands for several are unlike the others in that way."""
    shown = (cell for _, cells, _ in _rows(result, columns, verbose=False) for cell in cells)
    return any(cell.second and cell.second in second for cell in shown)


def _in_columns(entries: Sequence[str], width: int) -> list[str]:
    if not entries:
        return []
    cell = max(len(entry) for entry in entries) + 3
    per_line = max((width - 2) // cell, 1)
    height = -(-len(entries) // per_line)
    return ["  " + "".join(entry.ljust(cell) for entry in entries[row::height]).rstrip() for row in range(height)]


# ---------------------------------------------------------------------------------------- remarks


def _failures(result: MatrixResult, width: int, style: Style) -> list[str]:
    by_reason: dict[str, list[Pair]] = {}
    for pair in result.pairs:
        if pair.failure:
            by_reason.setdefault(reason_text(pair.failure), []).append(pair)
    lines: list[str] = []
    for reason, pairs in by_reason.items():
        places = [f"{pair.variant} in {pair.scenario}" for pair in pairs]
        more = f" and {len(places) - _PLACES_SHOWN} more" if len(places) > _PLACES_SHOWN else ""
        text = f"no answer: {reason}: {', '.join(places[:_PLACES_SHOWN])}{more}"
        lines += [style(line, Tone.OPEN) for line in wrapped(text, width, "  ", "      ")]
    return ["", *lines] if lines else []


def _remarks(result: MatrixResult, width: int, style: Style) -> list[str]:
    """What is not as expected, and what has no answer, in sentences."""
    lines: list[str] = []
    surprises = [cell for cell in result.cells if cell.surprise]
    violations = [cell for cell in result.cells if cell.outcome is Outcome.VIOLATION]
    errors = [cell for cell in result.cells if cell.verdict is Verdict.ERROR and not cell.surprise]
    undecided = [cell for cell in result.cells if cell.outcome is Outcome.UNDECIDED and cell not in errors]
    lines += _sentences("Not as expected", surprises, width, style, Tone.SURPRISE)
    lines += _sentences("Violated, and no `expect` line speaks about it", violations, width, style, Tone.BAD)
    lines += _sentences("Could not be judged", errors, width, style, Tone.OPEN)
    by_reason: dict[str, list[Cell]] = {}
    for cell in undecided:
        by_reason.setdefault(reason_text(cell.reason), []).append(cell)
    if undecided:
        lines += ["", f"Undecided ({len(undecided)}):"]
        for reason, cells in by_reason.items():
            scenarios = listing(dict.fromkeys(cell.scenario for cell in cells))
            text = f"{plural(len(cells), 'cell')} in {scenarios}" + (f": {reason}" if reason else "")
            lines += wrapped(text, width, "  ", "      ")
    return lines


def _sentences(title: str, cells: Sequence[Cell], width: int, style: Style, shade: Tone) -> list[str]:
    if not cells:
        return []
    lines = ["", style(f"{title} ({len(cells)}):", shade)]
    for cell in cells[:_SURPRISES_SHOWN]:
        remark = outcome_remark(cell)
        text = f"{cell.variant}, {cell.scenario}: {cell.property_name} {verdict_sentence(cell)}"
        lines += wrapped(f"{text} ({remark})" if remark else text, width, "  ", "      ")
    if len(cells) > _SURPRISES_SHOWN:
        lines.append(f"  … and {len(cells) - _SURPRISES_SHOWN} more")
    return lines


def _races(result: MatrixResult, width: int, verbose: bool, settings: Sequence[tuple[str, str]]) -> list[str]:
    if not result.races:
        return []
    lines = ["", f"{plural(len(result.races), 'distinct race')}:"]
    ordered = result.races
    shown = ordered if verbose else ordered[:_RACES_SHOWN]
    for race in shown:
        lines += wrapped(race_sentence(race), width, f"  {race.number:>2}. ", "      ")
    if len(shown) < len(ordered):
        lines.append(f"  … and {len(ordered) - len(shown)} more (-v lists them)")
    see = "To see it:" if len(ordered) == 1 else "To see the first of them:"
    return [*lines, "", see, *command_lines(trace_command(result.spec, shown[0].cells[0], settings), width)]


def race_sentence(race: Race) -> str:
    """``v3, v4: no_leak and once in reclaim, truncate (12 steps)``: where a race shows."""
    by_variant: dict[str, list[Cell]] = {}
    for cell in race.cells:
        by_variant.setdefault(cell.variant, []).append(cell)
    variants_by_place: dict[str, list[str]] = {}
    for variant, cells in by_variant.items():
        names = listing(dict.fromkeys(cell.property_name for cell in cells))
        scenarios = ", ".join(dict.fromkeys(cell.scenario for cell in cells))
        variants_by_place.setdefault(f"{names} in {scenarios}", []).append(variant)
    parts = [f"{', '.join(names)}: {place}" for place, names in variants_by_place.items()]
    return "; ".join(parts) + f" ({plural(len(race.trace.steps), 'step')})"


def trace_command(spec: str, cell: Cell, settings: Sequence[tuple[str, str]] = ()) -> list[str]:
    """The command that prints a cell's trace: the parts that stay on a line. ``settings``: what ``--set`` said."""
    parts = [f"modelcheck trace {shlex.quote(spec)}"]
    parts += [f"--variant {cell.variant}"] if cell.variant != "base" else []
    parts += [f"--scenario {cell.scenario}", f"--property {cell.property_name}"]
    return [*parts, *(f"--set {shlex.quote(f'{name}={value}')}" for name, value in settings)]


def command_lines(parts: Sequence[str], width: int) -> list[str]:
    """A shell command, continued on the next line before a part where it is too long for one."""
    lines = [""]
    for part in parts:
        if lines[-1] and len(lines[-1]) + len(part) + 5 > width:
            lines[-1] += " \\"
            lines.append(f"    {part}")
        else:
            lines[-1] = f"{lines[-1]} {part}" if lines[-1] else part
    return [f"  {line}" for line in lines]


# ----------------------------------------------------------------------------------------- footer


def _footer(result: MatrixResult, width: int) -> list[str]:
    counts = tally(result)
    if not counts.cells:
        return ["", f"There is no answer. {duration(result.seconds)}."]
    parts = [f"{plural(counts.cells, 'cell')}: {counts.holds} hold"]
    if counts.cut:
        parts[-1] += f" ({counts.cut} of them cut short)"
    for number, words in (
        (counts.violated, "violated"),
        (counts.bounded, "bounded"),
        (counts.unknown, "undecided"),
        (counts.errors, "could not be judged"),
        (counts.not_applicable, "do not apply"),
    ):
        if number:
            parts.append(f"{number} {words}")
    surprises = plural(counts.surprises, "surprise") if counts.surprises else "no surprises"
    if not any(cell.claim is not None for cell in result.cells):
        surprises = "the spec says nothing about what to expect"
    if counts.applies_to_nothing:
        surprises = "no property of the spec applies" + (f", {surprises}" if counts.surprises else "")
    took = ", ".join(text for text in (duration(result.seconds), reused_text(result)) if text)
    lines = ["", *wrapped(", ".join(parts) + f"; {surprises}. {took}.", width)]
    if result.skipped_scenarios:
        names = listing(result.skipped_scenarios)
        lines += wrapped(f"Not run, because slow: {names} (--slow runs them).", width)
    if result.unfinished:
        lines += wrapped(f"Interrupted: {plural(len(result.unfinished), 'scenario')} not finished.", width)
    if counts.holds:
        lines += wrapped(_assumed(result), width)
    return lines


def _assumed(result: MatrixResult) -> str:
    """What green cells rest on, over all scenarios."""
    assumed = [pair.assumptions for pair in result.pairs if pair.assumptions is not None]
    explored = any(cell.evidence is EvidenceKind.EXPLORED for cell in result.cells)
    text = "Green cells assume sequential consistency"
    if explored:
        threads = listing(dict.fromkeys(processes_text(one) for one in assumed)) if len(assumed) == 1 else ""
        text += f", the threads {threads}" if threads else ", the number of threads each scenario runs"
    bounds = bounds_text(assumed)
    text += f", {bounds}" if bounds else ""
    promised = unmodelled_text(assumed)
    text += f"; {promised}" if promised else ""
    return f"{text}. {cross_check_sentence(result.cells)}".rstrip()
