"""Statements as text: on one line, or laid out on a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from modelcheck.ground.source import NOWHERE, Span
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.formatter.expressions import (
    BREAK,
    arguments_text,
    domain_text,
    expression_text,
    fields_text,
    type_text,
)
from modelcheck.language.syntax.formatter.lines import MAX_WIDTH, Page
from modelcheck.language.syntax.strings import string_literal

#: Without a source to tell what was on one line, a block stays on its line up to this width.
_SHORT = 80


def unparse_statement(statement: ast.Stmt) -> str:
    """Return the statement on one line, for reports."""
    return statement_text(statement).replace(BREAK, "")


def statement_text(statement: ast.Stmt) -> str:
    """Return the statement on one line."""
    match statement:
        case ast.Block():
            return block_text(statement)
        case ast.Labelled(label, inner):
            return f"{label}: {statement_text(inner)}"
        case ast.LocalDecl(name, declared, value):
            kind = f" : {type_text(declared)}" if declared is not None else ""
            return f"local {name}{kind}{value_text(value)};"
        case ast.Assign(target, value):
            return f"{expression_text(target)}{value_text(value)};"
        case ast.CompoundAssign():
            return _compound(statement)
        case ast.ExprStmt(expression):
            return f"{expression_text(expression)};"
        case ast.If(condition, then, otherwise):
            text = f"if ({expression_text(condition)}) {_branch(then, otherwise is not None)}"
            return text if otherwise is None else f"{text} else {statement_text(otherwise)}"
        case ast.While(condition, body):
            return f"while ({expression_text(condition)}) {statement_text(body)}"
        case ast.DoWhile(body, condition):
            return f"do {statement_text(body)} while ({expression_text(condition)});"
        case ast.Loop(body):
            return f"{loop_text(statement)} {statement_text(body)}"
        case ast.For(_, _, body):
            return f"{for_text(statement)} {statement_text(body)}"
        case ast.Goto(label):
            return f"goto {label};"
        case ast.Break():
            return "break;"
        case ast.Continue():
            return "continue;"
        case ast.Return(value):
            return "return;" if value is None else f"return {expression_text(value)};"
        case ast.When(branches):
            return " or ".join(_when_text(branch) for branch in branches)
        case ast.Atomic(_, body):
            return f"{atomic_text(statement)} {block_text(body)}"
        case ast.Choose(branches):
            return f"choose {' or '.join(block_text(branch) for branch in branches)}"
        case ast.PickStmt(variable, domain, where):
            limit = f" where {BREAK}({expression_text(where)})" if where is not None else ""
            return f"pick {variable} in {domain_text(domain)}{limit};"
        case ast.Emit(event, arguments):
            return f"emit {event}({arguments_text(arguments)});"
        case ast.Assert(ast.AssertKind.ASSERT, None, condition):
            return f"assert {expression_text(condition)};"
        case ast.Assert(ast.AssertKind.ASSERT, asserted, condition):
            return f"assert {asserted}: {expression_text(condition)};"
        case ast.Assert(kind, _, condition):
            return f"{kind.value}({expression_text(condition)});"
        case ast.Empty():
            return ";"
        case _:
            assert_never(statement)


def value_text(value: ast.Expr | None) -> str:
    """Return `` = value``, or nothing."""
    return f" = {BREAK}{expression_text(value)}" if value is not None else ""


def block_text(block: ast.Block) -> str:
    """Return ``{ a; b; }``."""
    return " ".join(("{", *(statement_text(statement) for statement in block.statements), "}"))


def loop_text(statement: ast.Loop) -> str:
    """Return the head of a loop."""
    return statement.kind.value


def for_text(statement: ast.For) -> str:
    """Return the head of a ``for``."""
    return f"for ({statement.variable} in {domain_text(statement.domain)})"


def when_text(branch: ast.WhenBranch) -> str:
    """Return the head of a branch of ``when``."""
    return f"when ({expression_text(branch.guard)})"


def atomic_text(statement: ast.Atomic) -> str:
    """Return the head of an ``atomic``."""
    word = f"atomic {string_literal(statement.caption)}" if statement.caption else "atomic"
    return word if statement.guard is None else f"{word} when ({expression_text(statement.guard)})"


def _when_text(branch: ast.WhenBranch) -> str:
    if branch.body is None:
        return f"{when_text(branch)};"
    return f"{when_text(branch)} {statement_text(braced(branch.body))}"


def _compound(statement: ast.CompoundAssign) -> str:
    """Return ``x += e;``; a step by one is ``x++;`` unless the user wrote it out."""
    target = expression_text(statement.target)
    operator, value = statement.operator, statement.value
    if operator in ("+", "-") and value == ast.IntLit(1) and not value.span.text[:1].isdigit():
        return f"{target}{operator}{operator};"
    return f"{target} {operator}= {BREAK}{expression_text(value)};"


def braced(statement: ast.Stmt) -> ast.Block:
    """Return the statement as a block."""
    return statement if isinstance(statement, ast.Block) else ast.Block((statement,), statement.span)


def _branch(then: ast.Stmt, has_else: bool) -> str:
    return statement_text(guarded_branch(then, has_else))


def guarded_branch(then: ast.Stmt, has_else: bool) -> ast.Stmt:
    """Return the branch, in braces if an ``else`` behind it would go to an ``if`` inside it (no parser makes that)."""
    return braced(then) if has_else and _ends_with_open_if(then) else then


def _ends_with_open_if(statement: ast.Stmt) -> bool:
    match statement:
        case ast.If(_, _, otherwise):
            return otherwise is None or _ends_with_open_if(otherwise)
        case ast.Labelled(_, inner) | ast.While(_, inner) | ast.Loop(inner) | ast.For(_, _, inner):
            return _ends_with_open_if(inner)
        case ast.Block() | ast.Simple() | ast.DoWhile() | ast.Jump() | ast.When() | ast.Atomic() | ast.Choose():
            return False
        case _:
            assert_never(statement)


# ------------------------------------------------------------------------------------------ layout


class StatementPrinter:
    """Lays statements out on a page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def body(self, block: ast.Block, indent: int) -> None:
        """Print the statements of the body of a process, inline, edit…

        Where statements have labels, all of them make room for the labels, as kernel code does; declarations do not.
        """
        labelled = any(isinstance(statement, ast.Labelled) for statement in block.statements)
        for statement in block.statements:
            shift = 2 if labelled and indent == 4 and not isinstance(statement, ast.LocalDecl) else 0
            self.statement(statement, indent + shift)

    def statement(self, statement: ast.Stmt, indent: int, label: str = "") -> None:
        """Print one statement on one line or on several."""
        if isinstance(statement, ast.Labelled):
            self._labelled(statement, indent)
            return
        text = statement_text(statement)
        if isinstance(statement, ast.Assign | ast.LocalDecl) and isinstance(statement.value, ast.New):
            value = statement.value
            if value.inits and self.new_object(value, text, statement.span, indent, label):
                return
        if not _has_blocks(statement) or self.fits_one_line(statement, text, indent, label):
            self.page.add(indent, text, statement.span, label=label)
            return
        self._on_lines(statement, indent, label)

    def new_object(
        self,
        value: ast.New,
        text: str,
        span: Span,
        indent: int,
        label: str = "",
        cells: tuple[str, ...] = (),
        table: str = "",
    ) -> bool:
        """Print ``… = new T { … };`` on several lines, if the user did so or it is too long for one.

        ``text`` is the whole of it; ``cells`` are its columns where it is a declaration of ``table``.
        """
        width = max(indent, len(label) + 3 if label else 0) + len(text.replace(BREAK, ""))
        if value.inits[-1].span.line == value.span.line and width <= MAX_WIDTH:
            return False
        rows = _rows(value, MAX_WIDTH - indent - 4)
        fields = fields_text(value.inits)
        front, closing = text[: text.rindex(fields)].rstrip(), "};"
        head = (*cells[:-1], cells[-1][: cells[-1].rindex(fields)].rstrip()) if cells else (front,)
        self.page.add(indent, head, span, end=value.span.start, label=label, table=table)
        self.page.open_block()
        for row in rows:
            self.page.add(indent + 4, fields_text(row).strip(), row[0].span, end=row[-1].span.end)
        self.page.close_block(indent, closing, value.span, inner=indent + 4)
        return True

    def _labelled(self, statement: ast.Labelled, indent: int) -> None:
        inner, label = statement.statement, statement.label
        below = inner.span is not NOWHERE and inner.span.line > statement.span.line
        if below or isinstance(inner, ast.Labelled):
            self.page.add(indent, "", statement.span, end=statement.span.start + len(label), label=label)
            self.statement(inner, indent)
        else:
            # With the label in its span, comments behind the label stay behind the line.
            self.statement(replace(inner, span=statement.span), indent, label)

    def fits_one_line(self, node: ast.Stmt | ast.Item | ast.Edit, text: str, indent: int, label: str = "") -> bool:
        """Tell whether what has blocks in it belongs on one line: if the user had it so, and it fits."""
        width = max(indent, len(label) + 3 if label else 0) + len(text.replace(BREAK, ""))
        if node.span is NOWHERE:
            return width <= _SHORT and text.count(";") <= 1
        last = max(node.span.end - 1, node.span.start)
        one_line = node.span.source.position(last)[0] == node.span.line
        return one_line and width <= MAX_WIDTH and not self.page.has_comments(node.span)

    def _on_lines(self, statement: ast.Stmt, indent: int, label: str) -> None:
        match statement:
            case ast.Block():
                self.block("", statement.span, statement, indent, label)
            case ast.If():
                self._if(statement, indent, label)
            case ast.While(condition, body):
                self._nested(f"while ({expression_text(condition)})", statement.span, body, indent, label)
            case ast.Loop(body):
                self._nested(loop_text(statement), statement.span, body, indent, label)
            case ast.For(_, _, body):
                self._nested(for_text(statement), statement.span, body, indent, label)
            case ast.DoWhile(body, condition):
                closing = f"while ({expression_text(condition)});"
                if isinstance(body, ast.Block):
                    self.block("do ", statement.span, body, indent, label, f" {closing}")
                else:
                    self._nested("do", statement.span, body, indent, label)
                    self.page.join(indent, closing, statement.span, statement.span.end)
            case ast.Atomic(_, body):
                self._nested(atomic_text(statement), statement.span, body, indent, label)
            case ast.When(branches):
                whens = [(when_text(branch), branch.body, branch.span) for branch in branches]
                self._branches(whens, statement.span, indent, label)
            case ast.Choose(blocks):
                choices = [
                    ("choose" if position == 0 else "", block, block.span) for position, block in enumerate(blocks)
                ]
                self._branches(choices, statement.span, indent, label)
            case ast.Labelled() | ast.Simple() | ast.Jump():
                self.page.add(indent, statement_text(statement), statement.span, label=label)
            case _:
                assert_never(statement)

    def block(self, head: str, span: Span, block: ast.Block, indent: int, label: str = "", behind: str = "") -> None:
        """Print ``head { … } behind`` on several lines; ``span`` is that of all of it."""
        self.page.add(indent, f"{head}{{", span, end=block.span.start + 1, label=label)
        self.page.open_block()
        self.body(block, indent + 4)
        self.page.close_block(indent, f"}}{behind}", block.span, inner=indent + 4)

    def _nested(self, head: str, span: Span, body: ast.Stmt, indent: int, label: str) -> None:
        """Print ``head { … }``, or ``head`` and a single statement below it."""
        if isinstance(body, ast.Block):
            self.block(f"{head} ", span, body, indent, label)
        else:
            self.page.add(indent, head, span, end=body.span.start, label=label)
            self.page.open_block()
            self.statement(body, indent + 4)

    def _branches(
        self, branches: Sequence[tuple[str, ast.Stmt | None, Span]], span: Span, indent: int, label: str
    ) -> None:
        """Print ``head { … } or head { … } or …``."""
        joint = ""
        closing: Span | None = None
        for head, body, branch_span in branches:
            text = " ".join(part for part in (joint, head) if part)
            block = None if body is None else braced(body)
            opened = f"{text} {{" if block is not None else f"{text};"
            end = branch_span.end if block is None else block.span.start + 1
            if joint:
                self.page.join(indent, opened, branch_span, end)
            else:
                self.page.add(indent, opened, span, end=end, label=label)
            closing = None
            joint = "or"
            if block is not None:
                self.page.open_block()
                self.body(block, indent + 4)
                self.page.comments_before(block.span, block.span.end - 1, indent + 4)
                joint, closing = "} or", block.span
        if closing is not None:
            self.page.close_block(indent, "}", closing, inner=indent + 4)

    def _if(self, statement: ast.If, indent: int, label: str) -> None:
        """Print an ``if`` with its ``else if``s as one ladder."""
        joint = ""
        current: ast.Stmt | None = statement
        while isinstance(current, ast.If):
            then = guarded_branch(current.then, current.otherwise is not None)
            head = f"{joint}if ({expression_text(current.condition)})"
            joint = self._rung(head, current.span, then, indent, label, joined=current is not statement)
            if current.otherwise is None and isinstance(then, ast.Block):
                self.page.close_block(indent, "}", then.span, inner=indent + 4)
            current = current.otherwise
        if current is not None:
            self._rung(joint.rstrip(), current.span, current, indent, "", joined=True)
            if isinstance(current, ast.Block):
                self.page.close_block(indent, "}", current.span, inner=indent + 4)

    def _rung(self, head: str, span: Span, body: ast.Stmt, indent: int, label: str, *, joined: bool) -> str:
        """Print ``head { …`` up to the closing brace, or ``head`` and a single statement; return how to go on."""
        is_block = isinstance(body, ast.Block)
        text = f"{head} {{" if is_block else head
        end = body.span.start + is_block
        if joined:
            self.page.join(indent, text, span, end)
        else:
            self.page.add(indent, text, span, end=end, label=label)
        self.page.open_block()
        if not isinstance(body, ast.Block):
            self.statement(body, indent + 4)
            return "else "
        self.body(body, indent + 4)
        self.page.comments_before(body.span, body.span.end - 1, indent + 4)
        return "} else "


def _rows(value: ast.New, room: int) -> list[tuple[ast.FieldInit, ...]]:
    """Return the fields as the user put them on lines; a line that is too long gives way to several."""
    rows: list[tuple[ast.FieldInit, ...]] = []
    for init in value.inits:
        row = (*rows[-1], init) if rows and init.span.line == rows[-1][-1].span.line else ()
        if row and len(fields_text(row).replace(BREAK, "")) - 1 <= room:
            rows[-1] = row
        else:
            rows.append((init,))
    return rows


def _has_blocks(statement: ast.Stmt) -> bool:
    match statement:
        case ast.When(branches):
            return any(branch.body is not None for branch in branches) or len(branches) > 1
        case (
            ast.Block()
            | ast.If()
            | ast.While()
            | ast.DoWhile()
            | ast.Loop()
            | ast.For()
            | ast.Atomic()
            | ast.Choose()
            | ast.Labelled()
        ):
            return True
        case ast.Simple() | ast.Jump():
            return False
        case _:
            assert_never(statement)
