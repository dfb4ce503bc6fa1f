"""Runs with a cache, on a small spec in a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from modelcheck.language import pipeline
from modelcheck.studies.matrix.model import MatrixResult
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.matrix.run import run

SPEC = """\
model doors;
param ROUNDS : int = 2;
shared open : 0..4 = 0;
event slammed();
inline swing() { open = open + 1; }
process visitor { for (i in 1..ROUNDS) { swing(); } }
process porter  { open = 0; emit slammed(); }
invariant few   : open <= 2;
cover     full  : open == 2;
scenario one { run visitor; }
scenario two { run visitor[2], porter; }
expect holds all except { few in two };
variant careful "only one step" {
    override inline swing() { atomic { if (open < 2) { open = open + 1; } } }
    expect holds all;
}
variant hasty { param ROUNDS = 1; expect holds all except { full in one }; }
"""


def write(directory: Path, text: str = SPEC, name: str = "doors.mc") -> Path:
    path = directory / name
    path.write_text(text, encoding="utf-8")
    return path


def checked(path: Path, cache: Path, **options: object) -> MatrixResult:
    """Run the matrix of a file in this process, with the cache in ``cache``."""
    chosen = replace(Options(jobs=0, cache=str(cache)), **options)  # type: ignore[arg-type]
    return run(pipeline.load(path), str(path), chosen)


def reused(result: MatrixResult) -> set[str]:
    """``variant-scenario`` of the pairs that were not computed."""
    return {f"{pair.variant}-{pair.scenario}" for pair in result.pairs if pair.reused}


def everything(result: MatrixResult) -> set[str]:
    return {f"{pair.variant}-{pair.scenario}" for pair in result.pairs}


def told(result: MatrixResult) -> object:
    """What a result says, without the time it took and where it was computed."""
    from modelcheck.report.formats.json import results_json

    document = results_json([result])
    document.pop("seconds")
    for cell in document["cells"]:
        del cell["seconds"], cell["reused"]
    return document
