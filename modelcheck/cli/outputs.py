"""Files that a run of the matrix leaves behind, for people and for other programs.

Nothing slow is imported before it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, assert_never, get_args

from modelcheck.ground.records import dataclass

if TYPE_CHECKING:
    from modelcheck.language.syntax import ast
    from modelcheck.result.trace import Trace
    from modelcheck.studies.matrix.model import MatrixResult
    from modelcheck.studies.matrix.options import StrictKind

#: Ways to show one trace.
Format = Literal["columns", "full", "json", "itf", "mermaid", "svg", "html"]
FORMATS: tuple[Format, ...] = get_args(Format)


def trace_text(
    trace: Trace,
    form: Format,
    width: int,
    overrides: Iterable[tuple[str, str]],
    steps: bool = False,
    delays: bool = False,
    lines: bool = True,
) -> str:
    """Return a trace in one of the ``FORMATS``.

    ``width``, ``steps``, ``delays``, ``lines``: of columns; ``overrides``: what ``--set`` said.
    """
    match form:
        case "full":
            from modelcheck.report.races.full import full_trace

            return full_trace(trace)
        case "json":
            from modelcheck.report.formats.json import dump
            from modelcheck.report.formats.trace_json import trace_json

            return dump(trace_json(trace, overrides))
        case "itf":
            from modelcheck.report.formats.itf import itf_json
            from modelcheck.report.formats.json import dump

            return dump(itf_json(trace))
        case "mermaid":
            from modelcheck.report.formats.mermaid import mermaid

            return mermaid(trace)
        case "svg":
            from modelcheck.report.formats.svg import svg

            return svg(trace)
        case "html":
            from modelcheck.language import pipeline
            from modelcheck.report.page import html_trace

            return html_trace(trace, pipeline.load(trace.spec))
        case "columns":
            from modelcheck.report.races.columns import race_in_columns
            from modelcheck.report.races.numbering import Numbering

            return race_in_columns(trace, width, steps, delays, Numbering(lines))
        case _:
            assert_never(form)


@dataclass(frozen=True, slots=True)
class Outputs:
    """Which reports to write, and where.

    ``github``: annotations on standard output; ``overrides``: what ``--set`` said.
    """

    json: Path | None = None
    junit: Path | None = None
    sarif: Path | None = None
    html: Path | None = None
    github: bool = False
    overrides: tuple[tuple[str, str], ...] = ()

    def check(self) -> None:
        """Raise ``SpecError`` (MC521) if a report could not be written."""
        from modelcheck.ground.files import check_writable

        check_writable(self.json, self.junit, self.sarif, self.html)

    def write(self, results: Sequence[MatrixResult], specs: Sequence[ast.Spec], strict: frozenset[StrictKind]) -> None:
        """Write every report that was asked for, each file whole or not at all; ``specs``: as loaded.

        Raises ``SpecError`` (MC521).
        """
        from modelcheck.ground.files import write_atomically

        if self.json is not None:
            from modelcheck.report.formats.json import results_json, write

            write(results_json(results, self.overrides), self.json)
        if self.junit is not None:
            from modelcheck.report.formats.junit import junit_xml

            write_atomically(self.junit, junit_xml(results, strict))
        if self.sarif is not None:
            from modelcheck.report.formats.json import dump
            from modelcheck.report.formats.sarif import sarif_json

            write_atomically(self.sarif, dump(sarif_json(results)))
        if self.html is not None:
            from modelcheck.report.page import html_report

            write_atomically(self.html, html_report(results, specs))
        if self.github:
            from modelcheck.cli.output import out
            from modelcheck.report.formats.github import workflow_commands

            out(workflow_commands(results))
