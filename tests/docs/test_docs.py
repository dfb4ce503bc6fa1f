"""What the documentation shows is real: models parse, resolve and are as they claim; commands
exist; links lead somewhere.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from modelcheck.cli.main import cli
from modelcheck.language import pipeline, variants
from modelcheck.language.syntax.parse import parse_text
from modelcheck.report.reasons.sentences import reason_text
from modelcheck.studies.matrix.expectations import Outcome
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.matrix.run import run
from tests.docs import transcripts
from tests.docs.transcripts import FENCE, PAGES, ROOT, Block, blocks

LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
MODELS = blocks("c model")
TRANSCRIPTS = blocks("console")


def test_pages_show_models_and_transcripts() -> None:
    assert len(MODELS) >= 10
    assert len(printing()) >= 4


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_model_resolves_in_every_scenario_and_variant(model: Block) -> None:
    spec = parse_text(model.text, str(model))
    resolved = 0
    for row in variants.names(spec):
        edited = pipeline.Loaded(spec).edited(row.name)
        for info in edited.scenarios:
            edited.resolved(info.name)
            resolved += 1
    assert resolved >= 1


@pytest.mark.parametrize("model", [m for m in MODELS if re.search(r"^\s*expect ", m.text, re.MULTILINE)], ids=str)
def test_model_is_as_it_says(model: Block) -> None:
    result = run(parse_text(model.text, str(model)), str(model), Options(jobs=0))
    wrong = [
        (cell.variant, cell.scenario, cell.property_name, cell.verdict.value, reason_text(cell.reason))
        for cell in result.cells
        if cell.outcome not in (Outcome.AS_EXPECTED, Outcome.UNCLAIMED, Outcome.ABSENT)
    ]
    assert [pair.failure for pair in result.pairs if pair.failure] == []
    assert wrong == []
    assert result.cells


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=str)
def test_command_exists_with_these_options(transcript: Block) -> None:
    command, _ = transcripts.command_and_output(transcript.text)
    words = shlex.split(command, comments=True)
    assert words[0] in ("modelcheck", "make", "pip", "python"), "a reader can run it"
    if words[0] != "modelcheck":
        return
    for word in words[1:]:
        if word.endswith(".mc") and "/" in word:
            assert (ROOT / word).exists(), word
    if words[1] == "--help" or words[1].endswith(".mc"):
        return
    subcommand = cli.get_command(click.Context(cli), words[1])
    assert subcommand is not None, f"there is no `modelcheck {words[1]}`"
    known = {spelling for parameter in subcommand.params for spelling in (*parameter.opts, *parameter.secondary_opts)}
    used = {word.partition("=")[0] for word in words[2:] if word.startswith("-")}
    assert used <= known | {"--help"}


def printing() -> list[Block]:
    return [
        block
        for block in TRANSCRIPTS
        if transcripts.command_and_output(block.text)[1] and block.text.startswith("$ modelcheck ")
    ]


@pytest.mark.parametrize("transcript", printing(), ids=str)
def test_output_is_what_the_command_prints(transcript: Block) -> None:
    """`python -m tests.docs.transcripts` brings the pages up to date."""
    command, output = transcripts.command_and_output(transcript.text)
    assert transcripts.masked(transcripts.run(command)) == transcripts.masked(output)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = [match["target"] for match in LINK.finditer(page.read_text(encoding="utf-8"))]
    local = [target for target in targets if "://" not in target]
    missing = [target for target in local if not _exists(page, target)]
    assert missing == []


def _exists(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    file = page if not path else (page.parent / path)
    if not file.exists():
        return False
    return not anchor or file.suffix != ".md" or anchor in _anchors(file)


def _anchors(page: Path) -> set[str]:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_nothing_is_left_to_fill_in(page: Path) -> None:
    assert not re.search(r"@@|TODO|FIXME|XXX", page.read_text(encoding="utf-8"))


def test_every_operator_of_mutation_is_documented() -> None:
    from modelcheck.studies.mutate.operators import OPERATORS

    page = (ROOT / "docs" / "mutation.md").read_text(encoding="utf-8")
    rows = [f"| `{one.name}` | {one.description} | {one.bug} |" for one in OPERATORS]
    assert [row for row in rows if row not in page] == []
