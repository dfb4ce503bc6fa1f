"""Transcripts in the documentation: ``console`` blocks with a ``$`` command and what it printed.

``python -m tests.docs.transcripts`` runs them all again and writes the new output into the pages.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_SECONDS = re.compile(r"\b\d+(\.\d+)? (s|ms)\b")
_RUN = "import sys; from modelcheck.cli.main import main; main(sys.argv[1:])"


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block. ``line``: of its opening fence."""

    page: str
    line: int
    info: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(info: str) -> list[Block]:
    """Return the blocks of all pages whose info string is ``info``."""
    return [block for page in PAGES for block in _blocks_of(page) if block.info == info]


def _blocks_of(page: Path) -> Iterator[Block]:
    content = page.read_text(encoding="utf-8")
    for match in FENCE.finditer(content):
        line = content.count("\n", 0, match.start()) + 1
        yield Block(page.name, line, match["info"].strip(), match["text"])


def command_and_output(text: str) -> tuple[str, str]:
    """Split a ``console`` block into its command (continued lines joined) and the output below it."""
    lines = text.splitlines(keepends=True)
    end = next(index for index, line in enumerate(lines) if not line.rstrip().endswith("\\")) + 1
    command = "".join(lines[:end]).removeprefix("$ ").replace("\\\n", " ")
    return " ".join(command.split()), "".join(lines[end:])


def run(command: str) -> str:
    """Run a ``modelcheck`` command line; return what it prints to its standard output."""
    words = shlex.split(command)
    assert words[0] == "modelcheck", command
    finished = subprocess.run(
        [sys.executable, "-c", _RUN, *words[1:]],
        cwd=ROOT,
        env={
            "MODELCHECK_NO_CACHE": "1",
            "COLUMNS": "80",
            "PATH": "",
            "NO_COLOR": "1",
            "PYTHONIOENCODING": "utf-8",
            "HOME": str(Path.home()),
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return finished.stdout


def masked(output: str) -> str:
    """Return the output with all durations blanked and space at line ends gone: what must be the same on every run."""
    words = _SECONDS.sub("N s", output)
    return "\n".join(" ".join(line.split()) for line in words.strip().splitlines())


def refreshed(content: str) -> str:
    """Return a page with the output of all its transcripts made anew."""

    def again(match: re.Match[str]) -> str:
        if match["info"].strip() != "console":
            return match[0]
        command, output = command_and_output(match["text"])
        if not output or not command.startswith("modelcheck "):
            return match[0]
        printed = run(command)
        if masked(printed) == masked(output):
            return match[0]
        head = match["text"].removesuffix(output)
        return f"```console\n{head}{printed.rstrip()}\n```"

    return FENCE.sub(again, content)


def main() -> None:
    for page in PAGES:
        before = page.read_text(encoding="utf-8")
        after = refreshed(before)
        if after != before:
            page.write_text(after, encoding="utf-8")
            print(f"changed {page.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
