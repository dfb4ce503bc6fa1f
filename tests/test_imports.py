"""The arrows between packages point one way (docs/architecture.md): what is early in the pipeline
knows nothing of what comes later.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

import modelcheck

ROOT = Path(modelcheck.__file__).parent

#: Each package may import those before it, and itself.
ORDER = (
    "ground",
    "model",
    "ir",
    "result",
    "language",
    "semantics",
    "solver",
    "engines",
    "checking",
    "studies",
    "report",
    "export",
    "cli",
)

#: What a package may not import although it comes later, and why.
APART = {
    # Two implementations of one language: a mistake in one must not be in the other.
    ("semantics/interpreter", "semantics/elaborate"),
    ("semantics/elaborate", "semantics/interpreter"),
    # Variants are edits of text, and know nothing of names and types.
    ("language/variants", "language/resolve"),
    ("language/syntax", "language/variants"),
    ("language/syntax", "language/resolve"),
    # Engines know the transition system, and nothing of what it is made from.
    ("engines", "language"),
    ("engines", "semantics"),
    ("solver", "language"),
    ("solver", "semantics"),
    ("export", "language"),
    ("export", "semantics"),
    ("export", "report"),
}

#: Modules that import each other in a circle, and why they do. Nobody else does.
CIRCLES = {
    # Types as written hold expressions (bounds), expressions hold types (casts). Types alone.
    "language/syntax/ast": {"expressions", "types"},
    # Expressions hold calls, calls hold expressions; so it is wherever something is made of them.
    "language/resolve/code": {"bits", "calls", "domains", "expressions", "places"},
    "semantics/interpreter/compiler": {"calls", "expressions", "questions", "simple", "statements"},
    "semantics/elaborate": {
        "execution/access",
        "execution/evaluate",
        "execution/path",
        "execution/symbolic",
        "operations/atomics",
        "operations/locks",
        "operations/objects",
        "operations/waiting",
        "variables/instances",
    },
    # An instruction works on the machine, which holds instructions; a monitor watches the machine,
    # which tells monitors. Types alone.
    "semantics/interpreter": {"compiler/code", "judging/monitors", "machine/machine", "trace_data"},
    # What the interpreter asks about a state asks the interpreter for its successors. Types alone,
    # and `Interpreter.replay`.
    "semantics/interpreter/": {
        "flow",
        "interpreter",
        "judging/ends",
        "judging/guards",
        "judging/judge",
        "judging/may",
        "judging/stuck",
        "naming",
        "replay",
    },
}

#: The outside: it may import everything. (The Python interface, the plugin of pytest.)
OUTSIDE = ("modelcheck", "modelcheck.__main__", "modelcheck.pytest_plugin")


def modules() -> Iterator[tuple[str, Path]]:
    """Every module of the package by its name."""
    for path in sorted(ROOT.rglob("*.py")):
        name = ".".join(("modelcheck", *path.relative_to(ROOT).with_suffix("").parts))
        yield name.removesuffix(".__init__"), path


def imported(path: Path) -> Iterator[str]:
    """What a module imports of the package, anywhere in it: in functions and for types alone as well."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names):
                yield from (alias.name for alias in names if alias.name.startswith("modelcheck."))
            case ast.ImportFrom(module=str(module), names=names) if module.split(".")[0] == "modelcheck":
                yield from (f"{module}.{alias.name}" for alias in names)
            case _:
                pass  # (no import)


@cache
def edges() -> frozenset[tuple[str, str]]:
    """Who imports whom, without the outside."""
    return frozenset((name, other) for name, path in modules() if name not in OUTSIDE for other in imported(path))


def inside(name: str, package: str) -> bool:
    """Whether a module, or something in it, belongs to a package (``semantics/elaborate``)."""
    whole = "modelcheck." + package.replace("/", ".")
    return name == whole or name.startswith(whole + ".")


def package_of(name: str) -> str:
    """The package of a module, as ``ORDER`` has it."""
    return name.split(".")[1]


def test_every_package_has_its_place() -> None:
    assert {package_of(name) for name, _ in modules() if name not in OUTSIDE} == set(ORDER)


def test_no_arrow_points_back() -> None:
    back = [
        f"{name} imports {other}"
        for name, other in sorted(edges())
        if ORDER.index(package_of(other)) > ORDER.index(package_of(name))
    ]
    assert not back


@pytest.mark.parametrize(("package", "other"), sorted(APART))
def test_what_is_apart_stays_apart(package: str, other: str) -> None:
    assert not [f"{a} imports {b}" for a, b in sorted(edges()) if inside(a, package) and inside(b, other)]


def imports_of_modules() -> dict[str, set[str]]:
    """For each module the modules that it imports: what is imported of a module that exists, or the module itself."""
    names = {name for name, _ in modules()}
    found: dict[str, set[str]] = {}
    for name, path in modules():
        targets = (other if other in names else other.rpartition(".")[0] for other in imported(path))
        found[name] = {target for target in targets if target in names and target != name}
    return found


def circles(graph: Mapping[str, set[str]]) -> list[set[str]]:
    """The strongly connected components of more than one module."""

    def reached(start: str, edges: Mapping[str, set[str]]) -> set[str]:
        found: set[str] = set()
        waiting = [start]
        while waiting:
            for other in edges[waiting.pop()] - found:
                found.add(other)
                waiting.append(other)
        return found

    forward = {name: reached(name, graph) for name in graph}
    result: list[set[str]] = []
    for name in graph:
        together = {other for other in forward[name] if name in forward[other]}
        if name in forward[name] and together not in result:
            result.append(together)
    return result


def test_circles_are_found() -> None:
    graph = {"a": {"b"}, "b": {"c", "d"}, "c": {"a"}, "d": {"e"}, "e": {"d"}, "f": {"a"}}
    assert sorted(map(sorted, circles(graph))) == [["a", "b", "c"], ["d", "e"]]


def test_modules_import_each_other_in_no_circle() -> None:
    allowed = [
        {".".join(("modelcheck", *package.strip("/").split("/"), *each.split("/"))) for each in members}
        for package, members in CIRCLES.items()
    ]
    found = circles(imports_of_modules())
    assert not [sorted(circle) for circle in found if not any(circle <= group for group in allowed)]
    # What is no circle any more leaves the list.
    assert [group for group in allowed if any(circle <= group for circle in found)] == allowed


@pytest.mark.parametrize("solver", ["z3", "cvc5"])
def test_solvers_are_imported_in_their_package_only(solver: str) -> None:
    found = []
    for name, path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if solver in {each.split(".")[0] for each in names} and package_of(name) != "solver":
                found.append(name)
    assert not found
