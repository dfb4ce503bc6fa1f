"""The HTML report: content through a template, style and script inline.

Everything from a spec is untrusted text: the template escapes it, data for the script is JSON that
cannot end its element, and a content security policy lets nothing run or load but the one script
and the one style written here.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path

import jinja2

from modelcheck.ground.printable import printable
from modelcheck.ground.version import VERSION
from modelcheck.language.syntax import ast
from modelcheck.report.formats.svg import RULES
from modelcheck.report.page import mutants
from modelcheck.report.page.content import SYMBOLS, lone_race, section, title
from modelcheck.report.places import relative
from modelcheck.report.words import headline
from modelcheck.result.trace import Trace
from modelcheck.studies.matrix.model import MatrixResult
from modelcheck.studies.mutate.model import MutationResult

_HERE = Path(__file__).parent


def html_report(results: Sequence[MatrixResult], specs: Sequence[ast.Spec]) -> str:
    """Return the report on one or more runs; ``specs``: what was run, as loaded, in the same order."""
    found = [section(number, result, spec) for number, (result, spec) in enumerate(zip(results, specs, strict=False))]
    return _rendered(
        "page.html",
        title=title(results),
        first="matrix",
        sections=found,
        data={f"s{one.number}": one.data | {"races": {race.number: race.data for race in one.races}} for one in found},
        legend=[(symbol, verdict.value.replace("_", " ")) for verdict, symbol in SYMBOLS.items()],
    )


def html_trace(trace: Trace, spec: ast.Spec) -> str:
    """Return a page about one trace: the same diagram, stepping and source as in a report."""
    race, files, words = lone_race(trace, spec)
    return _rendered(
        "trace.html",
        title=f"modelcheck: {headline(trace)}",
        first="steps",
        path=relative(trace.spec),
        variant=trace.variant,
        scenario=trace.scenario,
        race=race,
        files=files,
        data={"s0": {"races": {race.number: race.data}, "words": words}},
    )


def html_mutants(result: MutationResult, spec: ast.Spec) -> str:
    """Return the report on mutants: which there are, as edits, and what became of each; ``spec``: as loaded."""
    found = mutants.section(result, spec)
    return _rendered(
        "mutants.html", title=f"modelcheck mutate: {found.path}", first="mutants", section=found, data=found.data
    )


def _rendered(template: str, **content: object) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (_HERE / "page.css").read_text(encoding="utf-8") + RULES
    script = (_HERE / "page.js").read_text(encoding="utf-8")
    page = environment.get_template(template).render(
        version=VERSION,
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        **content,
    )
    # Style and script have nothing of the kind, so their hashes stay what they are.
    return printable(page)


def _hash(text: str) -> str:
    """As a content security policy names an inline element."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
