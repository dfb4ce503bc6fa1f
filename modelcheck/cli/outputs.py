"""Files that a run of the matrix leaves behind, for people and for other programs. Nothing slow is imported before it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelcheck.matrix.model import MatrixResult


@dataclass(frozen=True, slots=True)
class Outputs:
    """Which reports to write, and where. ``github``: annotations on standard output."""

    json: Path | None = None
    junit: Path | None = None
    sarif: Path | None = None
    github: bool = False

    def write(self, results: Sequence[MatrixResult], strict: bool) -> None:
        """Write every report that was asked for, each file whole or not at all. Raises ``SpecError`` (MC521)."""
        from modelcheck.files import write_atomically

        if self.json is not None:
            from modelcheck.report.json import results_json, write

            write(results_json(results), self.json)
        if self.junit is not None:
            from modelcheck.report.junit import junit_xml

            write_atomically(self.junit, junit_xml(results, strict))
        if self.sarif is not None:
            from modelcheck.report.json import dump
            from modelcheck.report.sarif import sarif_json

            write_atomically(self.sarif, dump(sarif_json(results)))
        if self.github:
            from modelcheck.cli.output import out
            from modelcheck.report.github import workflow_commands

            out(workflow_commands(results))
