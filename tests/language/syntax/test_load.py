"""Imports: order, once each, cycles, missing files; and what the loader says about errors in several files."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelcheck.ground.diagnostics import Diagnostic, SpecError
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.load import load_spec, load_text


def write(directory: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return directory / "main.mc"


def process_names(spec: ast.Spec) -> list[str]:
    return [item.name for item in spec.items if isinstance(item, ast.ProcessDecl)]


def errors_of(path: Path) -> tuple[Diagnostic, ...]:
    with pytest.raises(SpecError) as caught:
        load_spec(path)
    return caught.value.diagnostics


def test_items_stand_where_their_import_stood(tmp_path: Path) -> None:
    main = write(
        tmp_path,
        {
            "main.mc": 'model m;\nprocess a { }\nimport "lib/b.mc";\nprocess d { }\n',
            "lib/b.mc": 'model lib;\nimport "c.mc";\nprocess b { }\n',
            "lib/c.mc": "process c { } // last\n",
        },
    )
    spec = load_spec(main)
    assert process_names(spec) == ["a", "c", "b", "d"]
    assert [item.name for item in spec.items if isinstance(item, ast.ModelName)] == ["m"]
    assert not any(isinstance(item, ast.Import) for item in spec.items)
    assert [comment.text for comment in spec.comments] == ["// last"]
    assert {item.span.source.path for item in spec.items if isinstance(item, ast.ProcessDecl)} == {
        str(main),
        str(tmp_path / "lib/b.mc"),
        str(tmp_path / "lib/c.mc"),
    }


def test_a_diamond_is_taken_in_once(tmp_path: Path) -> None:
    main = write(
        tmp_path,
        {
            "main.mc": 'import "l.mc"; import "r.mc"; import "./r.mc";',
            "l.mc": 'import "base.mc"; process l { }',
            "r.mc": 'import "x/../base.mc"; process r { }',
            "base.mc": "process base { }",
            "x/y.mc": "",
        },
    )
    assert process_names(load_spec(main)) == ["base", "l", "r"]


def test_a_cycle_is_listed(tmp_path: Path) -> None:
    main = write(
        tmp_path,
        {
            "main.mc": 'import "a.mc"; process p { }',
            "a.mc": 'import "b.mc"; process a { }',
            "b.mc": 'import "a.mc"; process b { }',
        },
    )
    (error,) = errors_of(main)
    assert error.code == "MC041"
    assert error.span is not None
    assert error.span.source.path == str(tmp_path / "b.mc")
    assert [note.message for note in error.notes] == [f"`{tmp_path / 'a.mc'}` imports `b.mc`"]


def test_a_file_that_imports_itself(tmp_path: Path) -> None:
    (error,) = errors_of(write(tmp_path, {"main.mc": 'import "main.mc"; process p { }'}))
    assert (error.code, error.message) == ("MC041", "this file imports itself")


def test_missing_and_unreadable_imports_are_all_reported(tmp_path: Path) -> None:
    text = 'import "no.mc";\nimport "dir";\nimport "no.mc";\nimport "";\nimport "bytes.mc";\nprocess p { }\n'
    main = write(tmp_path, {"main.mc": text, "dir/x.mc": ""})
    (tmp_path / "bytes.mc").write_bytes(b"// \xff")
    errors = errors_of(main)
    assert [(error.code, error.span.line) for error in errors if error.span] == [
        ("MC040", 1),
        ("MC043", 2),
        ("MC043", 4),
        ("MC040", 5),
    ]


def test_errors_of_all_files_are_reported(tmp_path: Path) -> None:
    main = write(
        tmp_path, {"main.mc": 'import "a.mc";\nimport "b.mc";', "a.mc": "process a { x }", "b.mc": "proces b { }"}
    )
    assert [error.code for error in errors_of(main)] == ["MC021", "MC027"]


def test_a_long_chain_of_imports_ends(tmp_path: Path) -> None:
    files = {f"f{i}.mc": f'import "f{i + 1}.mc"; process p{i} {{ }}' for i in range(80)}
    main = write(tmp_path, {"main.mc": 'import "f0.mc";', "f80.mc": "process last { }", **files})
    assert [error.code for error in errors_of(main)] == ["MC042"]


def test_a_text_can_import(tmp_path: Path) -> None:
    write(tmp_path, {"a.mc": "process a { }"})
    spec = load_text('import "a.mc"; process b { }', str(tmp_path / "unsaved.mc"))
    assert process_names(spec) == ["a", "b"]
