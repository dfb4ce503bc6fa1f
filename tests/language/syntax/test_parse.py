"""What the parser makes of each construct of the language."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelcheck.ground.diagnostics import SpecError
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.parse import parse_file, parse_text

FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("*.mc"))


def item_of(text: str) -> ast.Item:
    (item,) = parse_text(text, "x.mc").items
    return item


def statement_of(text: str) -> ast.Stmt:
    item = item_of(f"process p {{ {text} }}")
    assert isinstance(item, ast.ProcessDecl)
    (statement,) = item.body.statements
    return statement


def expression_of(text: str) -> ast.Expr:
    item = item_of(f"invariant i : {text};")
    assert isinstance(item, ast.PropertyDecl)
    return item.expression


def type_of(text: str) -> ast.TypeNode:
    item = item_of(f"shared x : {text};")
    assert isinstance(item, ast.SharedDecl)
    return item.type


def member_of(text: str) -> ast.Edit | ast.ExpectDecl | ast.ExpectSafeDecl:
    item = item_of(f"variant v {{ {text} }}")
    assert isinstance(item, ast.VariantDecl)
    assert len(item.edits) + len(item.expects) == 1
    return item.edits[0] if item.edits else item.expects[0]


def n(name: str) -> ast.Name:
    return ast.Name(name)


def i(value: int) -> ast.IntLit:
    return ast.IntLit(value)


def b(operator: str, left: ast.Expr, right: ast.Expr) -> ast.Binary:
    return ast.Binary(operator, left, right)


A, B, C, P, X = n("a"), n("b"), n("c"), n("p"), n("x")


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: str(path.stem))
def test_the_sketches_parse(path: Path) -> None:
    assert len(parse_file(path).items) > 10


EXPRESSIONS = [
    ("a + b * c", b("+", A, b("*", B, C))),
    ("a - b - c", b("-", b("-", A, B), C)),
    ("a => b => c", b("=>", A, b("=>", B, C))),
    ("a || b => c", b("=>", b("||", A, B), C)),
    ("a => b ? c : p", ast.Conditional(b("=>", A, B), C, P)),
    ("a ? b : c ? p : x", ast.Conditional(A, B, ast.Conditional(C, P, X))),
    ("a & b == c", b("&", A, b("==", B, C))),
    ("a << b + c", b("<<", A, b("+", B, C))),
    ("a in 0..b + 1 && c", b("&&", b("in", A, ast.RangeExpr(i(0), b("+", B, i(1)))), C)),
    ("a in {b, c}", b("in", A, ast.SetLit((B, C)))),
    ("!a && -b < ~c", b("&&", ast.Unary("!", A), b("<", ast.Unary("-", B), ast.Unary("~", C)))),
    ("0xfF == 1", b("==", i(255), i(1))),
    ("a->b.c[p]", ast.Index(ast.Member(ast.Member(A, "b", True), "c", False), P)),
    ("p->count.inc_not_zero()", ast.MethodCall(ast.Member(P, "count", True), "inc_not_zero", ())),
    ("p->lock.count->next", ast.Member(ast.Member(ast.Member(P, "lock", True), "count", False), "next", True)),
    ("f(a, &b)", ast.Call("f", (A, ast.AddressOf(B)))),
    ("x' == a->b'", b("==", ast.Prime(X), ast.Prime(ast.Member(A, "b", True)))),
    ("some(none)", ast.Call("some", (ast.NoneLit(),))),
    ("bv<8>(x) + int(a)", b("+", ast.Cast(ast.BvTypeNode(i(8)), X), ast.Cast(ast.NamedType("int"), A))),
    (
        "a && forall p in Page : b => c",
        b("&&", A, ast.Quantifier(ast.QuantifierKind.FORALL, "p", n("Page"), b("=>", B, C))),
    ),
    (
        "exists x in 0..a : x == b",
        ast.Quantifier(ast.QuantifierKind.EXISTS, "x", ast.RangeExpr(i(0), A), b("==", X, B)),
    ),
    (
        "at(p[self]::f/g/l)",
        ast.LabelPredicate(ast.LabelQuestion.AT, (ast.LabelPath("p", n("self"), ("f", "g"), "l"),)),
    ),
    (
        "nr_at(p::a, p::b) <= 1",
        b(
            "<=",
            ast.LabelPredicate(
                ast.LabelQuestion.COUNT_AT,
                (ast.LabelPath("p", None, (), "a"), ast.LabelPath("p", None, (), "b")),
            ),
            i(1),
        ),
    ),
    ("try_new T", ast.New("T", (), True)),
    ("new T { a = b; c = uninit; }", ast.New("T", (ast.FieldInit("a", B), ast.FieldInit("c", ast.UninitLit())), False)),
    ("cond_load(x, VAL > 0)", ast.CondLoad(X, b(">", n("VAL"), i(0)))),
]


@pytest.mark.parametrize(("text", "tree"), EXPRESSIONS, ids=[text for text, _ in EXPRESSIONS])
def test_expressions(text: str, tree: ast.Expr) -> None:
    assert expression_of(text) == tree


CPU = ast.NamedType("Cpu")
TYPES = [
    ("bool", ast.NamedType("bool")),
    ("atomic", ast.NamedType("atomic")),
    ("0..N+1", ast.RangeTypeNode(i(0), b("+", n("N"), i(1)))),
    ("-1..(a ? b : c)", ast.RangeTypeNode(ast.Unary("-", i(1)), ast.Conditional(A, B, C))),
    ("LOW..HIGH", ast.RangeTypeNode(n("LOW"), n("HIGH"))),
    ("atomic 0..5", ast.AtomicRangeNode("atomic", i(0), i(5))),
    ("atomic Flags", ast.AtomicWordNode(ast.NamedType("Flags"))),
    ("atomic bv<4>", ast.AtomicWordNode(ast.BvTypeNode(i(4)))),
    ("refcount 0..N", ast.AtomicRangeNode("refcount", i(0), n("N"))),
    ("bv<BITS-1>", ast.BvTypeNode(b("-", n("BITS"), i(1)))),
    ("opt ref Page", ast.OptTypeNode(ast.RefTypeNode("Page"))),
    ("set<bv<3>>", ast.SetTypeNode(ast.BvTypeNode(i(3)))),
    ("set<set<set<bv<3>>>>", ast.SetTypeNode(ast.SetTypeNode(ast.SetTypeNode(ast.BvTypeNode(i(3)))))),
    ("proc reader", ast.ProcTypeNode("reader")),
    ("bool[Cpu]", ast.ArrayTypeNode(ast.NamedType("bool"), CPU)),
    ("opt Cpu[0..3]", ast.ArrayTypeNode(ast.OptTypeNode(CPU), ast.RangeTypeNode(i(0), i(3)))),
    ("opt<bool[Cpu]>", ast.OptTypeNode(ast.ArrayTypeNode(ast.NamedType("bool"), CPU))),
    ("bool[Cpu][4]", ast.ArrayTypeNode(ast.ArrayTypeNode(ast.NamedType("bool"), i(4)), CPU)),
]


@pytest.mark.parametrize(("text", "tree"), TYPES, ids=[text for text, _ in TYPES])
def test_types(text: str, tree: ast.TypeNode) -> None:
    assert type_of(text) == tree


EMPTY = ast.Block(())
STATEMENTS = [
    ("local a : T;", ast.LocalDecl("a", ast.NamedType("T"), None)),
    ("local a[Cpu] : bool = b;", ast.LocalDecl("a", ast.ArrayTypeNode(ast.NamedType("bool"), CPU), B)),
    ("local a = b;", ast.LocalDecl("a", None, B)),
    ("a->b[0] = c;", ast.Assign(ast.Index(ast.Member(A, "b", True), i(0)), C)),
    ("a <<= b;", ast.CompoundAssign(A, "<<", B)),
    ("a++;", ast.CompoundAssign(A, "+", i(1))),
    ("--a;", ast.CompoundAssign(A, "-", i(1))),
    ("f(a);", ast.ExprStmt(ast.Call("f", (A,)))),
    ("(p)->b.dec();", ast.ExprStmt(ast.MethodCall(ast.Member(P, "b", True), "dec", ()))),
    ("if (a) b = c;", ast.If(A, ast.Assign(B, C), None)),
    ("if (a) { } else if (b) { } else { }", ast.If(A, EMPTY, ast.If(B, EMPTY, EMPTY))),
    ("if (a) if (b) ; else ;", ast.If(A, ast.If(B, ast.Empty(), ast.Empty()), None)),
    ("while (a) { }", ast.While(A, EMPTY)),
    ("do { } while (a);", ast.DoWhile(EMPTY, A)),
    ("loop { }", ast.Loop(EMPTY, ast.LoopKind.PLAIN)),
    ("loop quiescent { }", ast.Loop(EMPTY, ast.LoopKind.QUIESCENT)),
    ("loop endless { }", ast.Loop(EMPTY, ast.LoopKind.ENDLESS)),
    ("for (x in 1..a) { }", ast.For("x", ast.RangeExpr(i(1), A), EMPTY)),
    ("goto a;", ast.Goto("a")),
    ("return;", ast.Return(None)),
    ("return a;", ast.Return(A)),
    ("when (a);", ast.When((ast.WhenBranch(A, None),))),
    ("when (a) { } or when (b) { }", ast.When((ast.WhenBranch(A, EMPTY), ast.WhenBranch(B, EMPTY)))),
    ("atomic { }", ast.Atomic(None, EMPTY)),
    ("atomic when (a) { }", ast.Atomic(A, EMPTY)),
    ("choose { } or { } or { }", ast.Choose((EMPTY, EMPTY, EMPTY))),
    ("pick x in a where (b);", ast.PickStmt("x", A, B)),
    ("pick x in 0..3;", ast.PickStmt("x", ast.RangeExpr(i(0), i(3)), None)),
    ("emit e(a, _);", ast.Emit("e", (A, ast.Wildcard()))),
    ("assert a;", ast.Assert(ast.AssertKind.ASSERT, None, A)),
    ("assert b: a;", ast.Assert(ast.AssertKind.ASSERT, "b", A)),
    ("BUG_ON(a);", ast.Assert(ast.AssertKind.BUG_ON, None, A)),
    ("WARN_ON(a);", ast.Assert(ast.AssertKind.WARN_ON, None, A)),
    ("a: b: ;", ast.Labelled("a", ast.Labelled("b", ast.Empty()))),
    ("count = lock + next;", ast.Assign(n("count"), b("+", n("lock"), n("next")))),
    ("order: shared = until;", ast.Labelled("order", ast.Assign(n("shared"), n("until")))),
]


@pytest.mark.parametrize(("text", "tree"), STATEMENTS, ids=[text for text, _ in STATEMENTS])
def test_statements(text: str, tree: ast.Stmt) -> None:
    assert statement_of(text) == tree


def pattern(event: str, *arguments: ast.Expr, result: ast.Expr | None = None) -> ast.EventPattern:
    return ast.EventPattern(event, arguments, result)


def count(
    quantity: ast.Quantity, limit: int, *, per: bool = True, until: bool = False, within: bool = False
) -> ast.Item:
    return ast.CountDecl("c", quantity, limit, pattern("f", X), pattern("r", X) if per else None, until, within)


PAGE = ast.RefTypeNode("Page")
ITEMS: list[tuple[str, ast.Item]] = [
    ('import "a/b.mc";', ast.Import("a/b.mc")),
    ("model m;", ast.ModelName("m")),
    ("param a = 3;", ast.ParamDecl("a", None, i(3))),
    ("param a : bool = true;", ast.ParamDecl("a", ast.NamedType("bool"), ast.BoolLit(True))),
    ("unknown a : 1..5 = 3;", ast.UnknownDecl("a", ast.RangeTypeNode(i(1), i(5)), i(3))),
    ("unknown a : bool;", ast.UnknownDecl("a", ast.NamedType("bool"), None)),
    ("enum E { a, b, };", ast.EnumDecl("E", ("a", "b"))),
    ("bits B { a, b = 3, }", ast.BitsDecl("B", (ast.BitDecl("a", None), ast.BitDecl("b", i(3))))),
    ("object N pool 3;", ast.ObjectDecl("N", i(3), False, ())),
    (
        "object N pool 2 typestable { count : atomic = 1; next: opt Cpu; lock[Cpu] : spinlock; }",
        ast.ObjectDecl(
            "N",
            i(2),
            True,
            (
                ast.FieldDecl("count", ast.NamedType("atomic"), i(1)),
                ast.FieldDecl("next", ast.OptTypeNode(CPU), None),
                ast.FieldDecl("lock", ast.ArrayTypeNode(ast.NamedType("spinlock"), CPU), None),
            ),
        ),
    ),
    ("struct S { a : bool; }", ast.StructDecl("S", (ast.FieldDecl("a", ast.NamedType("bool"), None),))),
    ("shared node[Cpu] : Node;", ast.SharedDecl("node", ast.ArrayTypeNode(ast.NamedType("Node"), CPU), None)),
    ("shared node : Node[Cpu];", ast.SharedDecl("node", ast.ArrayTypeNode(ast.NamedType("Node"), CPU), None)),
    (
        "event e(p: ref Page, by: Path);",
        ast.EventDecl("e", (ast.Parameter("p", PAGE, False), ast.Parameter("by", ast.NamedType("Path"), False))),
    ),
    ("event e;", ast.EventDecl("e", ())),
    (
        "inline f(&l: spinlock) { }",
        ast.InlineDecl("f", (ast.Parameter("l", ast.NamedType("spinlock"), True),), None, EMPTY),
    ),
    ("inline f() -> ref Page { }", ast.InlineDecl("f", (), PAGE, EMPTY)),
    ("callback f() sleeps requires a { }", ast.CallbackDecl("f", (), None, A, True, EMPTY)),
    (
        "callback f() -> bool requires a requires b { }",
        ast.CallbackDecl("f", (), ast.NamedType("bool"), b("&&", A, B), False, EMPTY),
    ),
    ("process p[Cpu] { }", ast.ProcessDecl("p", CPU, False, None, EMPTY)),
    ("process p[3] provided (a) { }", ast.ProcessDecl("p", i(3), False, A, EMPTY)),
    ("server s { }", ast.ProcessDecl("s", None, True, None, EMPTY)),
    ("step s : x' >= x;", ast.PropertyDecl(ast.PropertyKind.STEP, "s", b(">=", ast.Prime(X), X))),
    (
        "may m : exists p in Page : a may f(p) == true;",
        ast.PropertyDecl(
            ast.PropertyKind.MAY,
            "m",
            ast.Quantifier(
                ast.QuantifierKind.EXISTS,
                "p",
                n("Page"),
                ast.May(A, b("==", ast.Call("f", (P,)), ast.BoolLit(True))),
            ),
        ),
    ),
    ("count c : exactly once f(x) per r(x);", count(ast.Quantity.EXACTLY_ONCE, 1)),
    (
        "count c : exactly once f(x) per r(x) until next r within drained;",
        count(ast.Quantity.EXACTLY_ONCE, 1, until=True, within=True),
    ),
    (
        "count c : at most 3 f(x) per r(x) within drained until next r(x);",
        count(ast.Quantity.AT_MOST, 3, until=True, within=True),
    ),
    ("count c : at most once f(x) per r(x) until next;", count(ast.Quantity.AT_MOST, 1, until=True)),
    ("count c : at least once f(x) within drained;", count(ast.Quantity.AT_LEAST_ONCE, 1, per=False, within=True)),
    ("count c : never f(x);", count(ast.Quantity.NEVER, 0, per=False)),
    ("order o : new(p) before f(_);", ast.OrderDecl("o", pattern("new", P), pattern("f", ast.Wildcard()))),
    ("only_if o : f(p) == true only if a;", ast.OnlyIfDecl("o", pattern("f", P, result=ast.BoolLit(True)), A)),
    (
        "obligation o : use_after_free(N), uninit(Page.names), deadlock;",
        ast.ObligationDecl(
            "o",
            (
                ast.ObligationTarget("use_after_free", (("N",),)),
                ast.ObligationTarget("uninit", (("Page", "names"),)),
                ast.ObligationTarget("deadlock", ()),
            ),
        ),
    ),
    ("init warm { }", ast.InitDecl("warm", EMPTY)),
    (
        'scenario shared : a, b "text \\"x\\"" { init warm, cold; run r[2], p, q[*]; run s; param X = 1; slow; }',
        ast.ScenarioDecl(
            "shared",
            ("a", "b"),
            'text "x"',
            (
                ast.InitClause(("warm", "cold")),
                ast.RunClause(
                    (ast.RunEntry("r", i(2), False), ast.RunEntry("p", None, False), ast.RunEntry("q", None, True))
                ),
                ast.RunClause((ast.RunEntry("s", None, False),)),
                ast.SetParam("X", i(1)),
                ast.SlowClause(),
            ),
        ),
    ),
    ("group g = a, b;", ast.GroupDecl("g", ("a", "b"))),
    ('patch p : a "d" { }', ast.VariantDecl("p", True, ("a",), "d", (), ())),
    ("expect holds all;", ast.ExpectDecl(ast.Expected.HOLDS, ast.ExpectEntry((), ()), ())),
    (
        "expect holds all in s except { p, q in s, t; r; };",
        ast.ExpectDecl(
            ast.Expected.HOLDS,
            ast.ExpectEntry((), ("s",)),
            (ast.ExpectEntry(("p", "q"), ("s", "t")), ast.ExpectEntry(("r",), ())),
        ),
    ),
    ("expect safe X in {1, 3};", ast.ExpectSafeDecl(("X",), (i(1), i(3)))),
    (
        "expect safe X, Y in {(1, 2), (3, 4)};",
        ast.ExpectSafeDecl(("X", "Y"), (ast.SetLit((i(1), i(2))), ast.SetLit((i(3), i(4))))),
    ),
    (
        "expect safe X in {1} except { p in s; q };",
        ast.ExpectSafeDecl(("X",), (i(1),), (ast.ExpectEntry(("p",), ("s",)), ast.ExpectEntry(("q",), ()))),
    ),
]


@pytest.mark.parametrize(("text", "tree"), ITEMS, ids=[text for text, _ in ITEMS])
def test_items(text: str, tree: ast.Item) -> None:
    assert item_of(text) == tree


CALL = ast.Block((ast.ExprStmt(ast.Call("f", ())),))
MEMBERS: list[tuple[str, ast.Edit | ast.ExpectDecl]] = [
    ("insert before p::l { f(); }", ast.InsertEdit(ast.Where.BEFORE, ast.Anchor("p", "l"), CALL)),
    ("insert after p::_end { }", ast.InsertEdit(ast.Where.AFTER, ast.Anchor("p", "_end"), EMPTY)),
    ("insert after p::f/l { }", ast.InsertEdit(ast.Where.AFTER, ast.Anchor("f", "l"), EMPTY)),
    ("replace p::a..b { }", ast.ReplaceEdit(ast.Anchor("p", "a", "b"), EMPTY)),
    ("delete p::l;", ast.DeleteEdit(ast.Anchor("p", "l"))),
    ("replace { f(); } with { }", ast.ReplaceTextEdit(None, CALL, EMPTY)),
    ("replace in p { f(); } with { }", ast.ReplaceTextEdit("p", CALL, EMPTY)),
    ("override inline f() { }", ast.OverrideEdit(ast.InlineDecl("f", (), None, EMPTY))),
    ("add mutex m;", ast.AddEdit(ast.SharedDecl("m", ast.NamedType("mutex"), None))),
    ("set Page.count = 2;", ast.SetEdit(("Page", "count"), i(2))),
    ("param X = 1;", ast.SetParam("X", i(1))),
    ("expect violates p in s;", ast.ExpectDecl(ast.Expected.VIOLATES, ast.ExpectEntry(("p",), ("s",)), ())),
]


@pytest.mark.parametrize(("text", "tree"), MEMBERS, ids=[text for text, _ in MEMBERS])
def test_members_of_variants(text: str, tree: ast.Edit) -> None:
    assert member_of(text) == tree


def test_several_locks_in_one_declaration() -> None:
    mutex = ast.NamedType("mutex")
    expected = (ast.SharedDecl("a", mutex, None), ast.SharedDecl("b", ast.ArrayTypeNode(mutex, CPU), None))
    spec = parse_text("mutex a, b[Cpu];", "x.mc")
    assert spec.items == expected
    assert [item.span.text for item in spec.items] == ["mutex a", "b[Cpu];"]


@pytest.mark.parametrize(
    "word",
    [
        "count",
        "order",
        "slow",
        "init",
        "run",
        "step",
        "final",
        "cover",
        "may",
        "by",
        "per",
        "within",
        "next",
        "first",
        "lock",
        "until",
        "drained",
        "once",
    ],
)
def test_words_of_declarations_are_names_elsewhere(word: str) -> None:
    text = f"""
        shared {word} : bool;
        struct S {{ {word} : bool; }}
        process p {{
            local {word} : ref S;
            {word}: {word}->{word} = {word} + {word};
            if (a) {{ }}
            {word} = 1;
        }}
        invariant {word} : at(p::{word}) => {word};
        scenario {word} {{ run p; }}
        variant {word} {{ delete p::{word}; expect holds {word} in {word}; }}
    """
    assert len(parse_text(text, "x.mc").items) == 6


def test_spans_cover_what_was_written() -> None:
    spec = parse_text("// c\nprocess p {\n    a = f(b + 1);  /* d */\n}\n", "x.mc")
    (process,) = spec.items
    assert isinstance(process, ast.ProcessDecl)
    (assignment,) = process.body.statements
    assert isinstance(assignment, ast.Assign)
    assert process.span.text.startswith("process p {")
    assert process.span.text.endswith("}")
    assert assignment.span.text == "a = f(b + 1);"
    assert assignment.value.span.text == "f(b + 1)"
    assert [(c.text, c.own_line, c.span.line) for c in spec.comments] == [("// c", True, 1), ("/* d */", False, 3)]


def test_several_errors_are_reported_at_once() -> None:
    with pytest.raises(SpecError) as caught:
        parse_text("process p { x = ; y = 1 }\nshared : bool;\nprocess q { z = = 1; }\n", "x.mc")
    assert [str(d.span) for d in caught.value.diagnostics] == ["x.mc:1:17", "x.mc:1:24", "x.mc:2:8", "x.mc:3:17"]
