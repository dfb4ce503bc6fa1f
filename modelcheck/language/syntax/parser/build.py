"""From the grammar's rules to the syntax tree: types, expressions and statements.

Each method is the callback of the rule or alias of its name in ``grammar/modelcheck.lark``. It gets the children of
the rule in order: lexemes (all of them, punctuation too), nodes, tuples of nodes for helper rules, and None for an
optional part that is absent. It returns the node.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeAlias

from modelcheck.ground.diagnostics import Diagnostic, Fix, Note, Severity
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.operators import climb
from modelcheck.language.syntax.parser.lexer import Lexeme
from modelcheck.language.syntax.strings import string_value

#: Lark hands over untyped lists; the shape of each is fixed by its rule in the grammar.
Children: TypeAlias = list[Any]


class BuildError(Exception):
    """A rule matched, but what it matched makes no sense; the driver reports it and goes on behind it."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def fail(code: str, message: str, span: Span, notes: tuple[Note, ...] = (), fixes: tuple[Fix, ...] = ()) -> BuildError:
    """Make the exception that carries one error."""
    return BuildError(Diagnostic(code, Severity.ERROR, message, span, notes, fixes))


def whole(children: Children) -> Span:
    """Return the span from the first child that is there to the last."""
    first = next(child for child in children if child is not None)
    last = next(child for child in reversed(children) if child is not None)
    span: Span = first.span.to(last.span)
    return span


def nodes(children: Children) -> tuple[Any, ...]:
    """Return the children that are neither punctuation nor absent."""
    return tuple(child for child in children if child is not None and not isinstance(child, Lexeme))


def words(children: Children) -> tuple[str, ...]:
    """Return the texts of the children that are names."""
    return tuple(child.text for child in children if isinstance(child, Lexeme) and child.type == "NAME")


@dataclass(frozen=True, slots=True)
class Many:
    """What a helper rule collected, with the span of all of it (brackets included)."""

    members: tuple[Any, ...]
    span: Span


def members(many: Many | None) -> tuple[Any, ...]:
    """Return what an optional helper rule collected."""
    return () if many is None else many.members


class TypeBuilder:
    """The rules under "types" in the grammar."""

    def named_type(self, c: Children) -> ast.NamedType:
        return ast.NamedType(c[0].text, c[0].span)

    def range_type(self, c: Children) -> ast.RangeTypeNode:
        return ast.RangeTypeNode(c[0], c[2], whole(c))

    def atomic_range_type(self, c: Children) -> ast.AtomicRangeNode:
        return ast.AtomicRangeNode(c[0].text, c[1], c[3], whole(c))

    def atomic_word_type(self, c: Children) -> ast.AtomicWordNode:
        return ast.AtomicWordNode(ast.BvTypeNode(c[3], c[1].span.to(c[4].span)), whole(c))

    def atomic_bits_type(self, c: Children) -> ast.AtomicWordNode:
        return ast.AtomicWordNode(ast.NamedType(c[1].text, c[1].span), whole(c))

    def bv_type(self, c: Children) -> ast.BvTypeNode:
        return ast.BvTypeNode(c[2], whole(c))

    def ref_type(self, c: Children) -> ast.RefTypeNode:
        return ast.RefTypeNode(c[1].text, whole(c))

    def opt_type(self, c: Children) -> ast.OptTypeNode:
        return ast.OptTypeNode(c[1], whole(c))

    def opt_type_in_angles(self, c: Children) -> ast.OptTypeNode:
        return ast.OptTypeNode(c[2], whole(c))

    def set_type(self, c: Children) -> ast.SetTypeNode:
        return ast.SetTypeNode(c[2], whole(c))

    def proc_type(self, c: Children) -> ast.ProcTypeNode:
        return ast.ProcTypeNode(c[1].text, whole(c))

    def indexes(self, c: Children) -> Many:
        return Many(nodes(c), whole(c))

    def index_bound(self, c: Children) -> ast.TypeNode | ast.Expr:
        """A lone name may be a type or a constant: it becomes a type name, ``resolve`` knows which it is."""
        bound: ast.Expr = c[0]
        return ast.NamedType(bound.name, bound.span) if isinstance(bound, ast.Name) else bound

    def array_type(self, c: Children) -> ast.TypeNode:
        return array_of(c[0], c[1])


def array_of(element: ast.TypeNode, indexes: Many | None) -> ast.TypeNode:
    """Return ``element[i][j]…``: as in C, the first index is the outermost."""
    for index in reversed(members(indexes)):
        element = ast.ArrayTypeNode(element, index, element.span.to(indexes.span) if indexes else element.span)
    return element


class ExpressionBuilder(TypeBuilder):
    """The rules under "expressions" in the grammar."""

    def integer(self, c: Children) -> ast.IntLit:
        return ast.IntLit(int(c[0].text, 0), c[0].span)

    def true(self, c: Children) -> ast.BoolLit:
        return ast.BoolLit(True, c[0].span)

    def false(self, c: Children) -> ast.BoolLit:
        return ast.BoolLit(False, c[0].span)

    def null(self, c: Children) -> ast.NullLit:
        return ast.NullLit(c[0].span)

    def none(self, c: Children) -> ast.NoneLit:
        return ast.NoneLit(c[0].span)

    def uninit(self, c: Children) -> ast.UninitLit:
        return ast.UninitLit(c[0].span)

    def wildcard(self, c: Children) -> ast.Wildcard:
        return ast.Wildcard(c[0].span)

    def name(self, c: Children) -> ast.Name:
        return ast.Name(c[0].text, c[0].span)

    def parenthesised(self, c: Children) -> ast.Expr:
        # The span is what was written: what is made of several parts begins and ends with their parentheses.
        expression: ast.Expr = replace(c[1], span=whole(c))
        return expression

    def arguments(self, c: Children) -> Many:
        return Many(nodes(c), whole(c))

    def call(self, c: Children) -> ast.Call | ast.Cast:
        if c[0].text == "int" and len(c[1].members) == 1:
            return ast.Cast(ast.NamedType("int", c[0].span), c[1].members[0], whole(c))
        return ast.Call(c[0].text, c[1].members, whole(c))

    def member(self, c: Children) -> ast.Member:
        return ast.Member(c[0], c[2].text, c[1].text == "->", whole(c))

    def method_call(self, c: Children) -> ast.MethodCall:
        return ast.MethodCall(c[0], c[2].text, c[3].members, whole(c))

    def subscript(self, c: Children) -> ast.Index:
        return ast.Index(c[0], c[2], whole(c))

    def prime(self, c: Children) -> ast.Prime:
        return ast.Prime(c[0], whole(c))

    def unary(self, c: Children) -> ast.Unary | ast.AddressOf:
        if c[0].text == "&":
            return ast.AddressOf(c[1], whole(c))
        return ast.Unary(c[0].text, c[1], whole(c))

    def binary(self, c: Children) -> ast.Expr:
        operands: list[ast.Expr] = c[::2]
        return climb(operands, [operator.text for operator in c[1::2]], _binary)

    def conditional(self, c: Children) -> ast.Conditional:
        return ast.Conditional(c[0], c[2], c[4], whole(c))

    def may(self, c: Children) -> ast.May:
        return ast.May(c[0], c[2], whole(c))

    def quantifier(self, c: Children) -> ast.Quantifier:
        return ast.Quantifier(ast.QuantifierKind(c[0].text), c[1].text, c[3], c[5], whole(c))

    def set_literal(self, c: Children) -> ast.SetLit:
        return ast.SetLit(nodes(c), whole(c))

    def new(self, c: Children) -> ast.New:
        return ast.New(c[1].text, nodes(c), c[0].text == "try_new", whole(c))

    def field_init(self, c: Children) -> ast.FieldInit:
        return ast.FieldInit(c[0].text, c[2], whole(c))

    def cond_load(self, c: Children) -> ast.CondLoad:
        return ast.CondLoad(c[2], c[4], whole(c))

    def cast(self, c: Children) -> ast.Cast:
        return ast.Cast(ast.BvTypeNode(c[2], c[0].span.to(c[3].span)), c[5], whole(c))

    def label_predicate(self, c: Children) -> ast.LabelPredicate:
        question = ast.LabelQuestion(c[0].text)
        if question is not ast.LabelQuestion.COUNT_AT and len(nodes(c)) > 1:
            raise fail("MC036", f"`{question.value}` asks about one label", nodes(c)[1].span)
        return ast.LabelPredicate(question, nodes(c), whole(c))

    def label_path(self, c: Children) -> ast.LabelPath:
        owner, *path, label = words(c)
        return ast.LabelPath(owner, c[2], tuple(path), label, whole(c))


def _binary(left: ast.Expr, operator: str, right: ast.Expr) -> ast.Expr:
    span = left.span.to(right.span)
    return ast.RangeExpr(left, right, span) if operator == ".." else ast.Binary(operator, left, right, span)


class StatementBuilder(ExpressionBuilder):
    """The rules under "statements" in the grammar."""

    def block(self, c: Children) -> ast.Block:
        return ast.Block(nodes(c), whole(c))

    def labelled(self, c: Children) -> ast.Labelled:
        return ast.Labelled(c[0].text, c[2], whole(c))

    def local(self, c: Children) -> ast.LocalDecl:
        return ast.LocalDecl(c[1].text, array_of(c[4], c[2]), c[6], whole(c))

    def local_untyped(self, c: Children) -> ast.LocalDecl:
        return ast.LocalDecl(c[1].text, None, c[3], whole(c))

    def assign(self, c: Children) -> ast.Assign:
        return ast.Assign(_place(c[0]), c[2], whole(c))

    def compound_assign(self, c: Children) -> ast.CompoundAssign:
        return ast.CompoundAssign(_place(c[0]), c[1].text[:-1], c[2], whole(c))

    def postfix_step(self, c: Children) -> ast.CompoundAssign:
        return ast.CompoundAssign(_place(c[0]), c[1].text[0], ast.IntLit(1, c[1].span), whole(c))

    def prefix_step(self, c: Children) -> ast.CompoundAssign:
        return ast.CompoundAssign(_place(c[1]), c[0].text[0], ast.IntLit(1, c[0].span), whole(c))

    def expression_statement(self, c: Children) -> ast.ExprStmt:
        if not isinstance(c[0], (ast.Call, ast.MethodCall)):
            raise fail("MC030", "this statement does nothing: it is neither a call nor an assignment", c[0].span)
        return ast.ExprStmt(c[0], whole(c))

    def if_(self, c: Children) -> ast.If:
        return ast.If(c[2], c[4], c[6], whole(c))

    def while_(self, c: Children) -> ast.While:
        return ast.While(c[2], c[4], whole(c))

    def do_while(self, c: Children) -> ast.DoWhile:
        return ast.DoWhile(c[1], c[4], whole(c))

    def loop(self, c: Children) -> ast.Loop:
        kind = ast.LoopKind.PLAIN if c[1] is None else ast.LoopKind(f"loop {c[1].text}")
        return ast.Loop(c[2], kind, whole(c))

    def for_(self, c: Children) -> ast.For:
        return ast.For(c[2].text, c[4], c[6], whole(c))

    def goto(self, c: Children) -> ast.Goto:
        return ast.Goto(c[1].text, whole(c))

    def break_(self, c: Children) -> ast.Break:
        return ast.Break(whole(c))

    def continue_(self, c: Children) -> ast.Continue:
        return ast.Continue(whole(c))

    def return_(self, c: Children) -> ast.Return:
        return ast.Return(c[1], whole(c))

    def when(self, c: Children) -> ast.When:
        return ast.When(nodes(c), whole(c))

    def when_branch(self, c: Children) -> ast.WhenBranch:
        return ast.WhenBranch(c[2], c[4] if isinstance(c[4], ast.Block) else None, whole(c))

    def atomic(self, c: Children) -> ast.Atomic:
        caption = string_value(c[1].text) if c[1] is not None else ""
        return ast.Atomic(c[4], c[6], whole(c), caption)

    def choose(self, c: Children) -> ast.Choose:
        return ast.Choose(nodes(c), whole(c))

    def pick(self, c: Children) -> ast.PickStmt:
        return ast.PickStmt(c[1].text, c[3], c[5], whole(c))

    def emit(self, c: Children) -> ast.Emit:
        return ast.Emit(c[1].text, c[2].members, whole(c))

    def assert_(self, c: Children) -> ast.Assert:
        return ast.Assert(ast.AssertKind.ASSERT, c[1].text if c[1] else None, c[3], whole(c))

    def bug_on(self, c: Children) -> ast.Assert:
        return ast.Assert(ast.AssertKind(c[0].text), None, c[2], whole(c))

    def empty(self, c: Children) -> ast.Empty:
        return ast.Empty(c[0].span)


def _place(target: ast.Expr) -> ast.Expr:
    if not isinstance(target, (ast.Name, ast.Member, ast.Index)):
        raise fail("MC031", "nothing can be assigned to this: it is not a variable, a field or an element", target.span)
    return target
