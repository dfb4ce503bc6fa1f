"""Text is made from data at the edge, and read back nowhere: what traces, cells and reasons say,
code takes from their fields.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import modelcheck

ROOT = Path(modelcheck.__file__).parent

#: What finds out, exchanges and prints what is known.
PARTS = ("report", "result", "checking", "engines", "studies", "ir", "model")

#: What takes a text apart, or asks how it looks.
READING = {
    "split", "rsplit", "partition", "rpartition", "startswith", "endswith", "removeprefix", "removesuffix",
    "find", "rfind",
    "fullmatch", "match", "search", "sub", "finditer", "findall",
}  # fmt: skip

#: Methods of the same names that have nothing to do with text: of what, and which.
OTHERS = {
    ("suite", "findall"),
    ("walks", "search"),
    ("search", "split"),
    ("atomics", "split"),
    ("self", "split"),
    ("self", "find"),
    ("self", "search"),
    ("terms", "sub"),
    ("self", "sub"),
    ("task", "split"),
}

#: Modules and functions that read a text, and why that is none of the program's own.
REASONS = {
    # What the terminal, the disk or the user wrote.
    ("report/texts/simulation.py", "<module>"): "comments in the spec's own lines",
    ("report/texts/simulation.py", "_code"): "comments and statements in the spec's own lines",
    ("report/texts/simulation.py", "_choice_lines"): "whether the spec's own line begins with its label",
    ("report/formats/saved_trace.py", "read_trace"): "the schema of a file",
    (
        "report/formats/saved_trace.py",
        "_saved",
    ): "names of instances in files of the first schema, which had nothing else",
    ("report/places.py", "relative"): "a path",
    # Any text, whatever it says: characters and widths.
    ("report/words.py", "<module>"): "digits of very large numbers",
    ("report/words.py", "xml_text"): "characters that XML cannot hold",
    ("report/words.py", "shortened"): "digits of very large numbers",
    ("report/formats/mermaid.py", "_text"): "line ends",
    ("report/texts/diagnostics_text.py", "_wrapped"): "words, to fold lines",
    ("ir/formulas.py", "_place"): "words of the spec's own line",
    ("report/narrate/details.py", "_assertion"): "the name of a function in the spec",
    ("report/reasons/unexcluded.py", "unexcluded_lines"): "words of the spec's own line",
    ("studies/matrix/vacuity/words.py", "quoted"): "words of the spec's own lines",
    ("studies/matrix/cache/pairs.py", "_heading"): "where the spec's own text has its first brace",
    ("studies/mutate/operators/operator.py", "words"): "words of the spec's own code, for the name of a mutant",
    ("studies/mutate/operators/guards.py", "_is_again"): "the name of a function in the spec",
    ("checking/vacuity/preconditions.py", "_missing"): "the last part of a lock's name, as the spec has it",
    ("model/kernel.py", "<module>"): "the endings of the kernel's names",
    ("checking/portfolio.py", "limit_memory"): "what the operating system says",
    ("studies/matrix/cache/fingerprint.py", "_versions"): "names of files on the disk",
    # Files of this program's own, with a format.
    ("studies/matrix/cache/encode.py", "find_class"): "names in a kept result",
    ("studies/matrix/cache/encode.py", "place"): "names in a kept result",
    ("studies/matrix/cache/runs.py", "recall_for_files"): "the first line of a kept result",
    # What the interpreter says of a value is compared with what the engine has, as texts.
    ("ir/shared_text.py", "_plain"): "whether more is said than one variable knows",
}


def readings() -> Iterator[tuple[str, str]]:
    """Each use of such a function: (module, function that it is in)."""
    for part in PARTS:
        path = ROOT / part
        for file in [path] if path.suffix else sorted(path.rglob("*.py")):
            if "explanations" not in file.parts:
                module = file.relative_to(ROOT).as_posix()
                yield from ((module, name) for name in _in(ast.parse(file.read_text(encoding="utf-8")), "<module>"))


def _in(node: ast.AST, function: str) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Attribute) and child.attr in READING and not _is_another(child):
            yield function
        inside = child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else function
        yield from _in(child, inside)
        if isinstance(child, ast.Import) and any(alias.name == "re" for alias in child.names):
            yield function


def _is_another(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and (node.value.id, node.attr) in OTHERS


def test_no_text_of_the_program_is_read_back() -> None:
    assert set(readings()) - set(REASONS) == set(), (
        "say it as data, or (if it is no text of the program's own) why it is read"
    )


def test_every_reason_is_needed() -> None:
    assert set(REASONS) - set(readings()) == set()
