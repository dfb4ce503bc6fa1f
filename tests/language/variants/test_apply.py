"""Variants: where edits land, and what is said about those that cannot land."""

from __future__ import annotations

import pytest

from modelcheck.ground.diagnostics import Diagnostic
from modelcheck.language import variants
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.parse import parse_text

BASE = """
model m;
param MX : bool = true;
unknown N : 1..5 = 3;
object Page pool 2 { count : atomic = 1; dirty : bool = false; }
shared x : int = 0;
inline f(a: int) -> int {
    local t : int;
    local u : int;
    first();
 L: second();
    if (MX) M: third();
    else { fourth(); }
 A: B: fifth();
    return t;
}
process p {
 L: x = 1;
    loop { W: x = 2; x = 3; }
}
invariant fine : x == 0;
scenario one { run p; }
"""


def applied(edits: str, base: str = BASE) -> tuple[ast.Spec, tuple[Diagnostic, ...]]:
    spec = parse_text(f"{base}\nvariant v {{ {edits} }}", "m.mc")
    return variants.apply(spec, "v")


def same_items(first: ast.Spec, second: ast.Spec) -> bool:
    def plain(spec: ast.Spec) -> list[ast.Item]:
        return [item for item in spec.items if not isinstance(item, ast.VariantDecl)]

    return plain(first) == plain(second)


def codes(found: tuple[Diagnostic, ...]) -> list[str]:
    return [diagnostic.code for diagnostic in found]


@pytest.mark.parametrize(
    ("edits", "old", "new"),
    [
        ("insert before f::L { a(); b(); }", "first();\n L:", "first(); a(); b();\n L:"),
        ("insert after f::L { a(); b(); }", "second();", "second(); a(); b();"),
        ("replace f::L { a(); b(); }", "L: second();", "L: a(); b();"),
        ("replace f::L { }", "L: second();", "L: ;"),
        ("delete f::L;", "L: second();", "L: ;"),
        ("insert before f::M { a(); }", "M: third();", "{ a(); M: third(); }"),
        ("insert after f::M { a(); }", "M: third();", "{ M: third(); a(); }"),
        ("replace f::M { a(); b(); }", "M: third();", "{ M: a(); b(); }"),
        ("delete f::M;", "M: third();", "M: ;"),
        ("insert before f::B { a(); b(); }", "A: B: fifth();", "A: a(); b(); B: fifth();"),
        ("replace f::B { a(); }", "A: B: fifth();", "A: B: a();"),
        ("delete f::L..A;", "L: second();\n    if (MX) M: third();\n    else { fourth(); }\n A: B: fifth();", "L: ;"),
        ("replace f::A.._end { return u; }", "A: B: fifth();\n    return t;", "A: B: return u;"),
        ("insert after f::_start { a(); }", "    first();", "a(); first();"),
        ("insert before f::_start { a(); }", "    first();", "a(); first();"),
        ("insert before p::_end { a(); }", "x = 3; }", "x = 3; } a();"),
        ("insert after p::W { a(); }", "x = 2;", "x = 2; a();"),
        ("delete p::f/L;", "L: second();", "L: ;"),
        ("replace { fourth(); } with { a(); b(); }", "fourth();", "a(); b();"),
        ("replace in f { first(); second(); } with { a(); }", "", None),
        ("replace { second(); } with { a(); b(); }", "L: second();", "L: a(); b();"),
        ("replace { third(); } with { a(); b(); }", "M: third();", "{ M: a(); b(); }"),
        ("replace { L: second(); } with { a(); }", "L: second();", "a();"),
        ("replace in p { x = 2; x = 3; } with { a(); }", "W: x = 2; x = 3;", "W: a();"),
        ("replace { first(); } with { }", "    first();", ""),
        ("param MX = false;", "MX : bool = true", "MX : bool = false"),
        ("set N = 2;", "1..5 = 3", "1..5 = 2"),
        ("set x = 7;", "x : int = 0", "x : int = 7"),
        ("set Page.count = 4;", "count : atomic = 1", "count : atomic = 4"),
        ("override invariant fine : x >= 0;", "x == 0", "x >= 0"),
        ("override process p { x = 9; }", "\n L: x = 1;\n    loop { W: x = 2; x = 3; }\n", "x = 9;"),
        ("add shared y : int = 1;", "scenario one { run p; }", "scenario one { run p; } shared y : int = 1;"),
    ],
)
def test_an_edit_is_the_same_as_writing_it_out(edits: str, old: str, new: str | None) -> None:
    edited, found = applied(edits)
    if new is None:
        assert codes(found) == ["MC312"]
        return
    assert not found
    assert BASE.count(old) == 1
    assert same_items(edited, parse_text(BASE.replace(old, new), "m.mc"))


@pytest.mark.parametrize(
    ("edits", "code", "words"),
    [
        ("delete g::L;", "MC303", "there is no process, inline, callback or init block `g`"),
        ("delete fine::L;", "MC303", "`fine`"),
        ("delete f::LL;", "MC304", "did you mean `L`?"),
        ("delete f::_start;", "MC306", "a place between statements"),
        ("delete f::L..M;", "MC306", "do not stand in the same block"),
        ("delete f::A..L;", "MC306", "a range goes downwards"),
        ("override inline h() { }", "MC308", "there is no inline `h` to override"),
        ("override inline p() { }", "MC308", "there is no inline `p` to override"),
        ("add inline f() { }", "MC309", "there is already an inline `f`"),
        ("add shared Page : int = 0;", "MC309", "there is already an object `Page`"),
        ("param MY = false;", "MC310", "did you mean `MX`?"),
        ("param N = 2;", "MC310", "write `set N = …;`"),
        ("set MX = true;", "MC310", "write `param MX = …;`"),
        ("set Page.cuont = 1;", "MC310", "did you mean `count`?"),
        ("set q = 1;", "MC310", "no shared variable, field or unknown `q`"),
        ("replace { nothing(); } with { }", "MC312", "does not occur in the spec"),
        ("replace in g { first(); } with { }", "MC303", "`g`"),
        ("replace { } with { first(); }", "MC312", "no text to look for"),
    ],
)
def test_an_edit_that_cannot_land_is_an_error_at_its_place(edits: str, code: str, words: str) -> None:
    edited, found = applied(edits)
    assert codes(found) == [code]
    assert words in found[0].message
    assert found[0].span is not None
    assert found[0].span.text in f"{edits}"
    assert same_items(edited, parse_text(BASE, "m.mc"))


def test_a_label_that_occurs_twice_is_no_anchor() -> None:
    base = BASE.replace("x = 3;", "L: x = 3;")
    _, found = applied("delete p::L;", base)
    assert codes(found) == ["MC305"]


def test_text_that_occurs_twice_is_no_anchor_unless_narrowed_down() -> None:
    base = BASE.replace("fifth();", "fourth();")
    _, found = applied("replace { fourth(); } with { a(); }", base)
    assert codes(found) == ["MC313"]
    assert len(found[0].notes) == 2


def test_an_anchor_that_an_earlier_edit_took_away_says_so() -> None:
    _, found = applied("delete f::L..A; delete f::M;")
    assert codes(found) == ["MC304"]
    assert any("took the label away" in note.message and note.span is not None for note in found[0].notes)


def test_inserted_code_keeps_the_span_of_the_text_that_wrote_it() -> None:
    edited, _ = applied("insert before f::L { inserted(); }")
    inline = next(item for item in edited.items if isinstance(item, ast.InlineDecl))
    spans = [statement.span.text for statement in inline.body.statements]
    assert "inserted();" in spans


def test_edits_apply_in_order_to_what_earlier_ones_left() -> None:
    edited, found = applied("insert after f::L { N1: a(); } insert after f::N1 { b(); } delete f::N1;")
    assert not found
    assert same_items(edited, parse_text(BASE.replace("second();", "second(); N1: ; b();"), "m.mc"))


def test_items_that_are_no_part_of_the_model_cannot_be_edited() -> None:
    # The parser does not let such an edit through; a tree made by other means may have one.
    group = ast.GroupDecl("g", ("one",))
    declaration = ast.VariantDecl("v", False, (), None, (ast.AddEdit(group), ast.OverrideEdit(group)), ())
    spec = parse_text(BASE, "m.mc")
    _, found = variants.apply(ast.Spec((*spec.items, declaration)), "v")
    assert codes(found) == ["MC311", "MC311"]


# -------------------------------------------------------------------------------------- inheritance


def family(text: str, name: str) -> tuple[ast.Spec, tuple[Diagnostic, ...]]:
    return variants.apply(parse_text(BASE + text, "m.mc"), name)


def test_parents_apply_in_the_order_named_and_a_shared_patch_once() -> None:
    edited, found = family(
        """
        patch shared_part { insert after f::L { a(); } }
        variant one : shared_part { insert after f::A { b(); } }
        variant two : shared_part { insert before f::L { c(); } }
        variant both : one, two { param MX = false; }
        """,
        "both",
    )
    assert not found
    expected = BASE.replace("second();", "second(); a();").replace(" L: second", "c();\n L: second")
    expected = expected.replace("fifth();", "fifth(); b();").replace("bool = true", "bool = false")
    assert same_items(edited, parse_text(expected, "m.mc"))


@pytest.mark.parametrize(
    ("one", "two", "conflict"),
    [
        ("delete f::L;", "delete f::L;", True),
        ("insert after f::L { a(); }", "insert after f::L { b(); }", True),
        ("insert before f::L { a(); }", "insert after f::L { b(); }", False),
        ("replace f::L..A { a(); }", "insert after f::M { b(); }", True),
        ("override inline f(a: int) -> int { L: return 1; }", "insert before f::L { b(); }", True),
        ("param MX = false;", "param MX = false;", True),
        ("set Page.count = 2;", "set Page.dirty = true;", False),
        ("set Page.count = 2;", "set Page.count = 3;", True),
        ("add shared y : int = 0;", "add shared y : int = 1;", True),
        ("delete p::L;", "delete f::L;", False),
    ],
)
def test_two_parents_that_edit_the_same_place_conflict(one: str, two: str, conflict: bool) -> None:
    _, found = family(f"patch one {{ {one} }} patch two {{ {two} }} variant v : one, two {{ }}", "v")
    if not conflict:
        assert not found
        return
    assert codes(found)[0] == "MC307"
    assert "`one`" in found[0].message
    assert "`two`" in found[0].message
    assert found[0].notes[0].span is not None


def test_a_child_may_edit_what_its_parent_edited() -> None:
    edited, found = family("patch one { replace f::L { a(); } } variant v : one { replace f::L { b(); } }", "v")
    assert not found
    assert same_items(edited, parse_text(BASE.replace("second();", "b();"), "m.mc"))


def test_unknown_parents_and_cycles_are_errors() -> None:
    _, found = family("variant v : nobody { delete f::L; }", "v")
    assert codes(found) == ["MC301"]
    _, found = family("variant v : w { delete f::L; } variant w : v { delete f::A; }", "v")
    assert codes(found) == ["MC302"]
    assert "v : w : v" in found[0].message


def test_unknown_variants_get_a_suggestion() -> None:
    _, found = family("variant one_site { delete f::L; }", "one_siet")
    assert codes(found) == ["MC301"]
    assert "did you mean `one_site`?" in found[0].message


@pytest.mark.parametrize(
    ("edits", "name", "meant"),
    [
        ("delete f::LL;", "LL", "L"),
        ("insert after ff::L { a(); }", "ff", "f"),
        ("override inline ff() { }", "ff", "f"),
    ],
)
def test_a_misspelt_name_is_marked_alone_and_can_be_mended(edits: str, name: str, meant: str) -> None:
    _, found = applied(edits)
    assert found[0].span is not None
    assert found[0].span.text == name
    assert [fix.replacement for fix in found[0].fixes] == [meant]


def test_a_misspelt_parent_is_marked_alone() -> None:
    _, found = family("patch one { delete f::L; } variant v : onee { delete f::A; }", "v")
    assert found[0].span is not None
    assert found[0].span.text == "onee"


def test_names_are_taken_once_and_base_is_taken() -> None:
    _, found = family("variant v { delete f::L; } patch v { delete f::A; } variant base { delete f::A; }", "v")
    assert codes(found) == ["MC317", "MC317"]


# ------------------------------------------------------------------------------------------ warnings


def test_a_variant_without_effect_is_a_warning() -> None:
    _, found = applied("replace f::L { second(); }")
    assert codes(found) == ["MC315"]
    _, found = applied("")
    assert codes(found) == ["MC315"]
    _, found = applied("replace f::L { second(); } delete f::A;")
    assert codes(found) == ["MC314"]


def test_code_behind_a_jump_is_a_warning() -> None:
    _, found = applied("insert after f::_end { a(); }")
    assert codes(found) == ["MC316"]


def test_the_base_is_the_spec_itself() -> None:
    spec = parse_text(BASE, "m.mc")
    for name in (None, "base"):
        edited, found = variants.apply(spec, name)
        assert edited is spec
        assert not found


def test_rows_are_the_base_and_the_variants_but_not_the_patches() -> None:
    text = 'variant b "second" { delete f::L; } patch p1 { delete f::A; } variant a { delete f::A; expect holds all; }'
    spec = parse_text(BASE + "expect violates fine;" + text, "m.mc")
    assert [(row.name, row.description) for row in variants.names(spec)][1:] == [("b", "second"), ("a", "")]
    assert [len(variants.expectations(spec, name)) for name in (None, "a", "b")] == [1, 1, 0]
