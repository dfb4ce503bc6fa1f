"""Results and traces as a Jupyter notebook shows them: HTML, and Markdown for front ends that show no HTML.

Whatever comes from a spec is escaped. Colours are mixed with those of the page, so that they can be
read in light and dark.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from modelcheck.report.formats.svg import svg
from modelcheck.report.races.columns import race_in_columns
from modelcheck.report.style import Tone
from modelcheck.report.tally import tally
from modelcheck.report.texts.matrix_text import CellText, Column, cells_of, race_sentence, rolled_up, table_columns
from modelcheck.report.words import headline, plural
from modelcheck.result.trace import Trace
from modelcheck.studies.matrix.model import MatrixResult, Pair

#: Races drawn in full; of the others only the sentence is shown.
_DRAWN = 5

_SHADES = {
    Tone.GOOD: "rgba(46, 160, 67, .25)",
    Tone.BAD: "rgba(218, 54, 51, .30)",
    Tone.OPEN: "rgba(187, 128, 9, .30)",
    Tone.SURPRISE: "rgba(163, 64, 199, .40)",
}


def show_in_notebooks() -> None:
    """Have front ends that ask values for HTML or Markdown (``_repr_html_``, ``_repr_markdown_``) get
    them of results and traces.

    Results know nothing of how they are shown; whoever hands them to a user of a notebook calls this before.
    """
    for kind, html, markdown in (
        (MatrixResult, result_html, result_markdown),
        (Trace, trace_html, trace_markdown),
    ):
        for name, shown in (("_repr_html_", html), ("_repr_markdown_", markdown)):
            setattr(kind, name, shown)


def result_html(result: MatrixResult) -> str:
    """The matrix as a table, a row for each design, and the distinct races to unfold."""
    columns = table_columns(result)
    head = "".join(f'<th scope="col" style="text-align: left">{escape(column.title)}</th>' for column in columns)
    rows = "".join(_row_html(result, name, columns) for name in _designs(result))
    parts = [
        f"<p><b>{escape(result.spec)}</b>: {escape(_summary(result))}</p>",
        f'<table><thead><tr><th scope="col"></th>{head}</tr></thead><tbody>{rows}</tbody></table>',
    ]
    for race in result.races[:_DRAWN]:
        drawn = escape(race_in_columns(race.trace))
        parts.append(
            f"<details><summary>{race.number}. {escape(race_sentence(race))}</summary><pre>{drawn}</pre></details>"
        )
    if len(result.races) > _DRAWN:
        parts.append(f"<p>and {plural(len(result.races) - _DRAWN, 'more race', 'more races')}</p>")
    return "\n".join(parts)


def _row_html(result: MatrixResult, design: str, columns: Sequence[Column]) -> str:
    cells = []
    for column in columns:
        shown = rolled_up(cells_of(_pairs(result, design), column), len(result.scenarios) > 1)
        shade = _SHADES.get(shown.tone) if shown.tone is not None else None
        style = f' style="background: {shade}; text-align: center"' if shade else ' style="text-align: center"'
        cells.append(f'<td{style} title="{escape(_meaning(shown))}">{escape(shown.text)}</td>')
    return f'<tr><th scope="row" style="text-align: left">{escape(design)}</th>{"".join(cells)}</tr>'


def result_markdown(result: MatrixResult) -> str:
    """The same without colours; races as code."""
    columns = table_columns(result)
    lines = [f"**{_plain(result.spec)}**: {_plain(_summary(result))}", ""]
    lines.append("| | " + " | ".join(_plain(column.title) for column in columns) + " |")
    lines.append("|---|" + "---|" * len(columns))
    for design in _designs(result):
        pairs = _pairs(result, design)
        cells = [rolled_up(cells_of(pairs, column), len(result.scenarios) > 1).text or " " for column in columns]
        lines.append(f"| {_plain(design)} | " + " | ".join(cells) + " |")
    for race in result.races[:_DRAWN]:
        lines += ["", f"{race.number}. {_plain(race_sentence(race))}", "", *_code(race_in_columns(race.trace))]
    if len(result.races) > _DRAWN:
        lines += ["", f"and {plural(len(result.races) - _DRAWN, 'more race', 'more races')}"]
    return "\n".join(lines) + "\n"


def trace_html(trace: Trace) -> str:
    """The race as a sequence diagram, and below it in columns."""
    columns = escape(race_in_columns(trace))
    picture = svg(trace) if trace.steps else ""
    return (
        f"<p><b>{escape(headline(trace))}</b></p>\n{picture}\n<details open><summary>in"
        f" columns</summary><pre>{columns}</pre></details>"
    )


def trace_markdown(trace: Trace) -> str:
    """The race in columns."""
    return "\n".join([f"**{_plain(headline(trace))}**", "", *_code(race_in_columns(trace))]) + "\n"


def _designs(result: MatrixResult) -> list[str]:
    return [row.name for row in result.variants]


def _pairs(result: MatrixResult, design: str) -> list[Pair]:
    return [pair for pair in result.pairs if pair.variant == design]


def _summary(result: MatrixResult) -> str:
    counts = tally(result)
    told = [plural(counts.cells, "cell"), f"{counts.holds} hold", f"{counts.violated} violated"]
    open_ = counts.bounded + counts.unknown + counts.errors
    told += [f"{open_} undecided"] if open_ else []
    if counts.applies_to_nothing:
        told.append("no property of the spec applies")
    else:
        told.append(plural(counts.surprises, "surprise") if counts.surprises else "no surprises")
    told += ["interrupted"] if result.unfinished else []
    return ", ".join(told)


def _meaning(shown: CellText) -> str:
    surprise = "not as expected: " if shown.surprise else ""
    match shown.first:
        case "X":
            return f"{surprise}violated"
        case ".":
            return f"{surprise}holds"
        case "~":
            return f"{surprise}holds as far as it goes: runs are cut short"
        case "-":
            return f"{surprise}does not apply"
        case "":
            return "nothing to check"
        case _:
            return f"{surprise}undecided"


def _plain(text: str) -> str:
    """Text in which Markdown sees nothing but text."""
    for letter in "\\`*_{}[]()#+!|~":
        text = text.replace(letter, f"\\{letter}")
    return escape(text, quote=False).replace("\n", " ")


def _code(text: str) -> list[str]:
    """A block of code whose fence is longer than any in the text."""
    fence = "```"
    while fence in text:
        fence += "`"
    return [f"{fence}text", *text.rstrip("\n").splitlines(), fence]
