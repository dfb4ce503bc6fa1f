"""The recipes of docs/architecture.md ("How to add …"), held against the code.

The files that name what is there already are those that a recipe lists for one more of its kind, and few.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

import modelcheck
from modelcheck.checking.plan import Engine
from modelcheck.cli import options
from modelcheck.engines.registry import Name
from modelcheck.language.syntax.ast import PropertyKind
from modelcheck.model.atomics import ATOMICS
from modelcheck.model.locks import LockKind, LockState
from modelcheck.model.obligations import OBLIGATIONS

PACKAGE = Path(modelcheck.__file__).parent
ROOT = PACKAGE.parent
GRAMMAR = "grammar/modelcheck.lark"

#: A path in a recipe, between backquotes; a folder ends in a slash.
PATH = re.compile(r"`((?:[a-z_]+/)+(?:[a-z_]+\.(?:py|lark))?)`")


def recipe(what: str) -> str:
    """The text of the recipe for ``what``."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    recipes = page.split("## How to add…")[1].split("## Rules of the house")[0]
    found = re.search(rf"^\*\*…{what}\.\*\*(.*?)(?=^\*\*…|\Z)", recipes, re.MULTILINE | re.DOTALL)
    assert found is not None, what
    return found[1]


def listed(what: str) -> list[str]:
    """The files and folders in the numbered list of a recipe, in order; further ones of an item after its first."""
    items = re.findall(r"^\d\. (.*?)(?=^\d\. |^\S|\Z)", recipe(what), re.MULTILINE | re.DOTALL)
    return [path for item in items for path in PATH.findall(item)]


@cache
def trees() -> dict[str, ast.Module]:
    """The modules of the package by path, as in recipes."""
    return {
        path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def names(tree: ast.Module) -> Iterator[str]:
    """What a module names: ``LockKind.MUTEX``, ``typed.Invariant``, ``"mutex"``, kinds that it imports or declares."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value, attribute):
                yield f"{ast.unparse(value).split('.')[-1]}.{attribute}"
            case ast.Constant(str(text)):
                yield repr(text)
            case ast.ImportFrom(str("modelcheck.model.typed" | "modelcheck.model.properties"), imported):
                yield from (f"typed.{alias.name}" for alias in imported)
            case _:
                pass


@cache
def named() -> dict[str, frozenset[str]]:
    """What each module names."""
    return {path: frozenset(names(tree)) for path, tree in trees().items()}


@cache
def naming(name: str) -> frozenset[str]:
    """The modules that name something."""
    return frozenset(path for path, there in named().items() if name in there)


def outside(files: Iterable[str], what: str) -> list[str]:
    """The files that are not in a recipe."""
    allowed = listed(what)
    return [
        file
        for file in sorted(files)
        if not any(file == path or (path.endswith("/") and file.startswith(path)) for path in allowed)
    ]


RECIPES = {
    "a lock kind": 7,
    "an operation under a name of the kernel": 4,
    "an obligation": 5,
    "a kind of property": 10,
    "an engine": 4,
    "an output format for traces": 2,
    "a diagnostic": 2,
}


@pytest.mark.parametrize(("what", "most"), RECIPES.items(), ids=RECIPES)
def test_a_recipe_lists_few_files_and_all_are_there(what: str, most: int) -> None:
    text = recipe(what)
    assert 1 <= len(re.findall(r"^\d\. ", text, re.MULTILINE)) <= most
    paths = PATH.findall(text)
    assert paths
    homes = (ROOT, PACKAGE)
    assert not [path for path in paths if not any((home / path).exists() for home in homes)]


@pytest.mark.parametrize("kind", [kind for kind in LockKind if kind.written])
def test_a_lock_kind_is_known_where_the_recipe_says(kind: LockKind) -> None:
    files = naming(f"LockKind.{kind.name}") | naming(repr(kind.value))
    # A slip is not a place that must know of it: `lock m;` is taken for a mutex.
    files -= {"language/syntax/errors/slips_in_declarations.py"}
    assert files
    assert not outside(files, "a lock kind")
    assert f'"{kind.value}"' in (ROOT / GRAMMAR).read_text(encoding="utf-8")
    assert GRAMMAR in listed("a lock kind")


def test_the_state_of_a_lock_is_told_apart_where_the_recipe_says() -> None:
    """In those files that name each of the states; others ask about one of them."""
    files = frozenset.intersection(*(naming(f"LockState.{state.name}") for state in LockState))
    assert files == {path for path in listed("a lock kind") if path not in (GRAMMAR, "model/kernel.py")}


UNIVERSAL = {"Invariant": PropertyKind.INVARIANT, "Final": PropertyKind.FINAL, "StepInvariant": PropertyKind.STEP}


@pytest.mark.parametrize(("body", "kind"), UNIVERSAL.items(), ids=UNIVERSAL)
def test_a_universal_property_is_known_where_the_recipe_says(body: str, kind: PropertyKind) -> None:
    files = naming(f"typed.{body}") | naming(f"PropertyKind.{kind.name}") | {"model/properties.py"}
    files |= {"language/syntax/ast/properties.py", GRAMMAR}
    paths = listed("a kind of property")
    assert not outside(files, "a kind of property")
    # Of states the first six, as the recipe says.
    assert kind is PropertyKind.STEP or files == set(paths[:6])
    assert len(files) <= len(paths) <= 10


@pytest.mark.parametrize("engine", ["bmc", "spacer"])
def test_an_engine_is_known_where_the_recipe_says(engine: str) -> None:
    """Those that have no part of their own in how others are checked, as exploration and induction do."""
    assert engine in get_args(Name)
    files = naming(repr(engine))
    assert not outside(files, "an engine")
    own = {file.rsplit("/", 1)[0] for file in files if file.startswith("engines/") and file != "engines/registry.py"}
    others = {file for file in files if file.rsplit("/", 1)[0] not in own or file == "engines/registry.py"}
    assert len(own) == 1
    assert {"engines/registry.py", "checking/plan.py"} <= others
    assert len(own) + len(others) <= 4


def test_the_command_line_offers_the_engines_that_the_plans_know() -> None:
    assert tuple(getattr(options.ENGINE.type, "choices", ())) == get_args(Engine)


@pytest.mark.parametrize(
    "kind",
    [
        "null_deref",
        "pool_exhausted",
        "range",
        "division_by_zero",
        "option_none",
        "requires",
        "double_unlock",
        "unlock_not_owner",
        "self_deadlock",
        "sleep_in_atomic",
        "free_locked",
        "lock_held_at_end",
    ],
)
def test_an_obligation_is_known_where_the_recipe_says(kind: str) -> None:
    """Those of which traces tell no story of their own."""
    assert kind in OBLIGATIONS
    files = naming(repr(kind))
    assert not outside(files, "an obligation")
    assert {"model/obligations.py", "report/explanations/obligations.py"} <= files


@pytest.mark.parametrize("operation", ["inc_and_test", "add_unless", "dec_if_positive", "inc_not_zero", "fetch_add"])
def test_an_operation_of_atomics_is_known_where_the_recipe_says(operation: str) -> None:
    assert operation in ATOMICS
    paths = listed("an operation under a name of the kernel")
    files = naming(repr(operation))
    assert set(paths[:3]) <= files
    # The table of spellings names those that refcounts and krefs have as well; some mutants are made of few.
    others = {file for file in files if file != "model/kernel.py" and not file.startswith("studies/mutate/operators/")}
    assert others <= set(paths)


@pytest.mark.parametrize("form", ["mermaid", "itf", "svg"])
def test_an_output_format_is_known_where_the_recipe_says(form: str) -> None:
    assert not outside(naming(repr(form)), "an output format for traces")
    assert (PACKAGE / "report" / "formats" / f"{form}.py").exists()
