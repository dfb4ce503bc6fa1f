"""Hypothesis strategies for random well-formed *syntax* trees: they parse, what they say need not make sense.

Each strategy is built once: building them is what takes time. No node has a span. ``specs()`` is
the whole; the parts are there for tests that need less.
"""

from __future__ import annotations

from functools import cache
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from modelcheck.language.syntax import ast

_T = TypeVar("_T")

#: Among them many words that are keywords elsewhere in the grammar.
_WORDS = """
    a b p q page count lock next order slow init run step final cover may by per within first once most drained until
    shared process model param scenario variant insert before replace with delete override add except holds violates
    safe where requires sleeps typestable pool event mutex kind only group use get out x1 _start Cpu
"""
WORDS = _WORDS.split()


def _tuples(elements: SearchStrategy[_T], least: int = 0, most: int = 3) -> SearchStrategy[tuple[_T, ...]]:
    return st.lists(elements, min_size=least, max_size=most).map(tuple)


@cache
def names() -> SearchStrategy[str]:
    return st.sampled_from(WORDS)


# ------------------------------------------------------------------------------------- expressions

_ARITHMETIC = ["*", "/", "%", "+", "-"]
_OPERATORS = [*_ARITHMETIC, "<<", ">>", "<", "<=", ">", ">=", "in", "==", "!=", "&", "^", "|", "&&", "||", "=>"]


@cache
def leaves() -> SearchStrategy[ast.Expr]:
    return st.one_of(
        st.builds(ast.IntLit, st.integers(0, 10**30) | st.integers(0, 3)),
        st.builds(ast.BoolLit, st.booleans()),
        st.just(ast.NullLit()),
        st.just(ast.NoneLit()),
        st.just(ast.UninitLit()),
        st.just(ast.Wildcard()),
        st.builds(ast.Name, names()),
    )


@cache
def places(depth: int = 2) -> SearchStrategy[ast.Expr]:
    """What may stand to the left of ``=``."""
    if depth == 0:
        return st.builds(ast.Name, names())
    return st.one_of(
        st.builds(ast.Name, names()),
        st.builds(ast.Member, expressions(depth - 1), names(), st.booleans()),
        st.builds(ast.Index, expressions(depth - 1), expressions(depth - 1)),
    )


@cache
def calls(depth: int) -> SearchStrategy[ast.Expr]:
    inner = expressions(depth)
    return st.one_of(
        st.builds(ast.Call, names(), _tuples(inner)),
        st.builds(ast.MethodCall, inner, names(), _tuples(inner, most=2)),
    )


@cache
def label_paths(depth: int) -> SearchStrategy[ast.LabelPath]:
    return st.builds(ast.LabelPath, names(), st.none() | expressions(depth), _tuples(names(), most=2), names())


@cache
def label_predicates(depth: int) -> SearchStrategy[ast.LabelPredicate]:
    one = st.builds(
        ast.LabelPredicate,
        st.sampled_from([ast.LabelQuestion.AT, ast.LabelQuestion.AFTER]),
        _tuples(label_paths(depth), 1, 1),
    )
    return one | st.builds(ast.LabelPredicate, st.just(ast.LabelQuestion.COUNT_AT), _tuples(label_paths(depth), 1, 3))


@cache
def new_objects(depth: int) -> SearchStrategy[ast.New]:
    return st.builds(ast.New, names(), _tuples(st.builds(ast.FieldInit, names(), expressions(depth))), st.booleans())


@cache
def expressions(depth: int = 3) -> SearchStrategy[ast.Expr]:
    if depth == 0:
        return leaves()
    inner = st.deferred(lambda: expressions(depth - 1))
    return st.one_of(
        leaves(),
        places(depth),
        calls(depth - 1),
        st.builds(ast.Call, st.just("new"), _tuples(inner)),
        st.builds(ast.AddressOf, inner),
        st.builds(ast.Unary, st.sampled_from("!-~"), inner),
        st.builds(ast.Binary, st.sampled_from(_OPERATORS), inner, inner),
        st.builds(ast.Binary, st.sampled_from(_OPERATORS), inner, inner),
        st.builds(ast.Conditional, inner, inner, inner),
        st.builds(ast.RangeExpr, inner, inner),
        new_objects(depth - 1),
        st.builds(ast.SetLit, _tuples(inner)),
        st.builds(ast.CondLoad, inner, inner),
        st.builds(ast.Cast, st.just(ast.NamedType("int")) | st.builds(ast.BvTypeNode, inner), inner),
        st.builds(ast.Quantifier, st.sampled_from(ast.QuantifierKind), names(), inner, inner),
        st.builds(ast.Prime, inner),
        st.builds(ast.May, inner, inner),
        label_predicates(depth - 1),
    )


# ------------------------------------------------------------------------------------------- types


@cache
def indexes() -> SearchStrategy[ast.TypeNode | ast.Expr]:
    return st.one_of(
        st.builds(ast.NamedType, names()),
        st.builds(ast.RangeTypeNode, expressions(1), expressions(1)),
        expressions(2).filter(lambda index: not isinstance(index, ast.Name)),
    )


@cache
def types(depth: int = 2) -> SearchStrategy[ast.TypeNode]:
    bound = expressions(1)
    simple = st.one_of(
        st.builds(ast.NamedType, names() | st.sampled_from(["bool", "int", "atomic", "refcount", "mutex"])),
        st.builds(ast.RangeTypeNode, bound, bound),
        st.builds(ast.AtomicWordNode, st.builds(ast.BvTypeNode, bound) | st.builds(ast.NamedType, names())),
        st.builds(ast.AtomicRangeNode, st.sampled_from(["atomic", "refcount"]), bound, bound),
        st.builds(ast.BvTypeNode, bound),
        st.builds(ast.RefTypeNode, names()),
        st.builds(ast.ProcTypeNode, names()),
    )
    if depth == 0:
        return simple
    inner = st.deferred(lambda: types(depth - 1))
    return st.one_of(
        simple,
        st.builds(ast.OptTypeNode, inner),
        st.builds(ast.SetTypeNode, inner),
        st.builds(ast.ArrayTypeNode, inner, indexes()),
    )


# ------------------------------------------------------------------------------------- statements


@cache
def simple_statements() -> SearchStrategy[ast.Stmt]:
    expression = expressions(2)
    return st.one_of(
        st.builds(ast.LocalDecl, names(), types(), st.none() | expression),
        st.builds(ast.LocalDecl, names(), st.none(), expression),
        st.builds(ast.Assign, places(), expression),
        st.builds(ast.CompoundAssign, places(), st.sampled_from([*_ARITHMETIC, "&", "^", "|", "<<", ">>"]), expression),
        st.builds(ast.CompoundAssign, places(), st.sampled_from("+-"), st.just(ast.IntLit(1))),
        st.builds(ast.ExprStmt, calls(1)),
        st.builds(ast.Goto, names()),
        st.sampled_from([ast.Break(), ast.Continue(), ast.Empty()]),
        st.builds(ast.Return, st.none() | expression),
        st.builds(ast.PickStmt, names(), expression, st.none() | expression),
        st.builds(ast.Emit, names(), _tuples(expression)),
        st.builds(ast.Assert, st.just(ast.AssertKind.ASSERT), st.none() | names(), expression),
        st.builds(ast.Assert, st.sampled_from([ast.AssertKind.BUG_ON, ast.AssertKind.WARN_ON]), st.none(), expression),
    )


@cache
def blocks(depth: int = 2) -> SearchStrategy[ast.Block]:
    return st.builds(ast.Block, _tuples(statements(depth)))


@cache
def statements(depth: int = 2) -> SearchStrategy[ast.Stmt]:
    if depth == 0:
        return simple_statements()
    block = st.deferred(lambda: blocks(depth - 1))
    inner = st.deferred(lambda: statements(depth - 1))
    guard = expressions(1)
    branch = st.builds(ast.WhenBranch, guard, st.none() | block)
    return st.one_of(
        simple_statements(),
        simple_statements(),
        block,
        st.builds(ast.Labelled, names(), inner),
        st.builds(ast.If, guard, inner, st.none()),
        st.builds(ast.If, guard, block, inner),  # a branch without braces would take the `else`
        st.builds(ast.While, guard, inner),
        st.builds(ast.DoWhile, inner, guard),
        st.builds(ast.Loop, inner, st.sampled_from(ast.LoopKind)),
        st.builds(ast.For, names(), guard, inner),
        st.builds(ast.When, _tuples(branch, 1, 3)),
        st.builds(ast.Atomic, st.none() | guard, block),
        st.builds(ast.Choose, _tuples(block, 1, 3)),
    )


# ------------------------------------------------------------------------------------------- items


@cache
def texts() -> SearchStrategy[str]:
    return st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF) | st.sampled_from('"\\\n\t{};/*'), max_size=12)


@cache
def parameters() -> SearchStrategy[tuple[ast.Parameter, ...]]:
    return _tuples(st.builds(ast.Parameter, names(), types(1), st.booleans()))


@cache
def patterns() -> SearchStrategy[ast.EventPattern]:
    result = st.none() | expressions(1)
    return st.builds(ast.EventPattern, names() | st.just("new"), _tuples(expressions(1)), result)


@st.composite
def counts(draw: st.DrawFn) -> ast.CountDecl:
    quantity = draw(st.sampled_from(ast.Quantity))
    limits = {ast.Quantity.EXACTLY_ONCE: 1, ast.Quantity.AT_LEAST_ONCE: 1, ast.Quantity.NEVER: 0}
    limit = limits.get(quantity, draw(st.integers(0, 5)))
    per = draw(st.none() | patterns())
    until_next = per is not None and draw(st.booleans())
    return ast.CountDecl(draw(names()), quantity, limit, draw(patterns()), per, until_next, draw(st.booleans()))


@cache
def fields() -> SearchStrategy[tuple[ast.FieldDecl, ...]]:
    return _tuples(st.builds(ast.FieldDecl, names(), types(1), st.none() | expressions(1)))


@cache
def declarations() -> SearchStrategy[ast.Item]:
    """Items that a variant may override or add."""
    value = expressions(2)
    body = blocks(2)
    subjects = _tuples(_tuples(names(), 1, 2), 0, 2)
    targets = st.builds(ast.ObligationTarget, names() | st.just("uninit"), subjects)
    return st.one_of(
        st.builds(ast.ParamDecl, names(), st.none() | types(1), value),
        st.builds(ast.UnknownDecl, names(), types(1), st.none() | value),
        st.builds(ast.EnumDecl, names(), _tuples(names(), 1, 30)),
        st.builds(ast.BitsDecl, names(), _tuples(st.builds(ast.BitDecl, names(), st.none() | expressions(1)), 1, 20)),
        st.builds(ast.StructDecl, names(), fields()),
        st.builds(ast.ObjectDecl, names(), value, st.booleans(), fields()),
        st.builds(ast.SharedDecl, names(), types(), st.none() | value),
        st.builds(ast.SharedDecl, names(), st.just(ast.NamedType("spinlock")), st.none()),
        st.builds(ast.EventDecl, names(), parameters()),
        st.builds(ast.InlineDecl, names(), parameters(), st.none() | types(1), body),
        st.builds(
            ast.CallbackDecl, names(), parameters(), st.none() | types(1), st.none() | value, st.booleans(), body
        ),
        st.builds(ast.ProcessDecl, names(), st.none() | indexes(), st.booleans(), st.none() | value, body),
        st.builds(ast.PropertyDecl, st.sampled_from(ast.PropertyKind), names(), expressions(3)),
        counts(),
        st.builds(ast.OrderDecl, names(), patterns(), patterns()),
        st.builds(ast.OnlyIfDecl, names(), patterns(), value),
        st.builds(ast.ObligationDecl, names(), _tuples(targets, 1, 3)),
        st.builds(ast.InitDecl, names(), body),
        scenarios(),
    )


@cache
def set_params() -> SearchStrategy[ast.SetParam]:
    return st.builds(ast.SetParam, names(), expressions(1))


@st.composite
def run_entries(draw: st.DrawFn) -> ast.RunEntry:
    any_number = draw(st.booleans())
    return ast.RunEntry(draw(names()), None if any_number else draw(st.none() | expressions(1)), any_number)


@cache
def scenarios() -> SearchStrategy[ast.ScenarioDecl]:
    clauses: SearchStrategy[ast.ScenarioClause] = st.one_of(
        st.builds(ast.RunClause, _tuples(run_entries(), 1)),
        st.builds(ast.InitClause, _tuples(names(), 1)),
        set_params(),
        st.just(ast.SlowClause()),
    )
    return st.builds(ast.ScenarioDecl, names(), _tuples(names(), most=2), st.none() | texts(), _tuples(clauses))


@cache
def expectations() -> SearchStrategy[ast.ExpectDecl | ast.ExpectSafeDecl]:
    entry = st.builds(ast.ExpectEntry, _tuples(names()), _tuples(names()))
    decl = st.builds(ast.ExpectDecl, st.sampled_from(ast.Expected), entry, _tuples(entry))
    safe = st.builds(ast.ExpectSafeDecl, _tuples(names(), 1, 2), _tuples(expressions(1)), _tuples(entry))
    return decl | safe


@cache
def variants() -> SearchStrategy[ast.VariantDecl]:
    anchor = st.builds(ast.Anchor, names(), names(), st.none() | names())
    body = blocks(1)
    edits: SearchStrategy[ast.Edit] = st.one_of(
        st.builds(ast.InsertEdit, st.sampled_from(ast.Where), anchor, body),
        st.builds(ast.ReplaceEdit, anchor, body),
        st.builds(ast.DeleteEdit, anchor),
        st.builds(ast.ReplaceTextEdit, st.none() | names(), body, body),
        st.builds(ast.OverrideEdit, declarations()),
        st.builds(ast.AddEdit, declarations()),
        st.builds(ast.SetEdit, _tuples(names(), 1, 2), expressions(1)),
        set_params(),
    )
    return st.builds(
        ast.VariantDecl,
        names(),
        st.booleans(),
        _tuples(names(), most=2),
        st.none() | texts(),
        _tuples(edits),
        _tuples(expectations(), most=2),
    )


@cache
def items() -> SearchStrategy[ast.Item]:
    return st.one_of(
        declarations(),
        declarations(),
        variants(),
        expectations(),
        st.builds(ast.Import, texts()),
        st.builds(ast.ModelName, names()),
        st.builds(ast.GroupDecl, names(), _tuples(names(), 1)),
    )


@cache
def specs() -> SearchStrategy[ast.Spec]:
    return st.builds(ast.Spec, _tuples(items(), 1, 4))
