"""Races whose pictures once left out, hid or misnamed what mattered: each spec says in its header what
its picture must show, in this order.

``// trace OPTIONS`` is the command, each ``// | text`` below it a piece of what it prints (blanks
and line breaks aside).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from modelcheck.cli.commands.tracing import trace
from modelcheck.report.races.columns import HEIGHT

HERE = Path(__file__).parent
FILES = sorted(path for folder in ("drawing", "drawing_long") for path in (HERE / folder).glob("*.mc"))


def headers(path: Path) -> Iterator[tuple[str, list[str]]]:
    """The commands of a header, each with what its picture must show."""
    command, wanted = "", list[str]()
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("// trace"):
            if command:
                yield command, wanted
            command, wanted = line.removeprefix("// "), []
        elif line.startswith("// | "):
            wanted.append(line.removeprefix("// | "))
    yield command, wanted


def flat(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_picture_shows_what_matters(path: Path) -> None:
    for command, wanted in headers(path):
        word, *options = shlex.split(command)
        assert word == "trace"
        ran = CliRunner().invoke(trace, [str(path), *options, "--no-cache"], standalone_mode=False)
        assert ran.return_value == 0, ran.output
        text, position = flat(ran.output), 0
        assert wanted
        for piece in wanted:
            found = text.find(flat(piece), position)
            assert found >= 0, f"`{piece}` is not in the picture, or not there:\n{ran.output}"
            position = found + len(flat(piece))
        assert "runs to its end" not in ran.output
        body = ran.output.split("\n\n")[1].splitlines()
        assert len(body) <= HEIGHT + 3


def test_six_races_are_long() -> None:
    """Their headers say how long, and the test above that they are."""
    lengths = {
        path.stem: int(length[1])
        for path in (HERE / "drawing_long").glob("*.mc")
        for _, wanted in headers(path)
        if (length := re.search(r"is violated in (\d+) steps:", wanted[0]))
    }
    assert len(lengths) == 6
    assert min(lengths.values()) >= 25, lengths
