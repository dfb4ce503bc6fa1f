"""The formatter: a syntax tree as the text that a careful user would have written.

``parse(unparse(tree)) == tree``, and ``unparse`` of what it printed prints the same again. Comments stay where they
were, single blank lines stay, labels are outdented, neighbouring declarations are aligned. What the user wrote on one
line (a short block, a scenario) stays on one line as long as it fits.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import assert_never

from modelcheck.ground.source import NOWHERE, Span
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.formatter.expressions import unparse_expression, unparse_type
from modelcheck.language.syntax.formatter.items import (
    Member,
    bit_text,
    clause_text,
    edit_head,
    entry_text,
    expect_head,
    field_cells,
    inheritance_text,
    item_cells,
    member_cells,
    record_head,
    replace_text_head,
    routine_head,
    variant_members,
)
from modelcheck.language.syntax.formatter.lines import Page
from modelcheck.language.syntax.formatter.statements import StatementPrinter, unparse_statement

__all__ = ["unparse", "unparse_expression", "unparse_item", "unparse_statement", "unparse_type"]


def unparse(spec: ast.Spec) -> str:
    """Return the text of a spec, comments included."""
    page = Page(spec.comments)
    _ItemPrinter(page).items(spec.items)
    page.finish()
    return page.text()


def unparse_item(item: ast.Item) -> str:
    """Return the text of one item, without comments; it ends with a line end."""
    page = Page()
    _ItemPrinter(page).item(item, 0)
    return page.text()


class _ItemPrinter(StatementPrinter):
    """Lays items out on a page."""

    def items(self, items: tuple[ast.Item, ...]) -> None:
        previous: ast.Item | None = None
        previous_lines = 1
        for item in items:
            start = self.page.length
            self.item(item, 0)
            lines = self.page.length - start
            if previous is not None and not _neighbours(previous.span, item.span):
                apart = max(lines, previous_lines) > 1 or _table(item) != _table(previous)
                self.page.blank_at(start if apart else 0)
            previous, previous_lines = item, lines

    def item(self, item: ast.Item, indent: int, front: str = "", span: Span | None = None) -> None:
        """Print an item; ``front`` is ``override `` or ``add ``, then ``span`` is that of the edit."""
        whole = item.span if span is None else span
        first, *rest = item_cells(item)
        cells = (front + first, *rest)
        text = " ".join(cells)
        if isinstance(item, ast.SharedDecl) and isinstance(item.value, ast.New) and item.value.inits:
            columns = (text,) if front else cells
            if self.new_object(item.value, text, whole, indent, "", columns, "" if front else _table(item)):
                return
        if not _has_body(item) or self.fits_one_line(item, text, indent):
            if front:
                self.page.add(indent, text, whole)
            else:
                self.page.add(indent, cells, whole, table=_table(item))
            return
        match item:
            case ast.EnumDecl() if item.cpus:
                self.page.add(indent, f"{front}cpu {', '.join(item.literals)};", whole)
            case ast.EnumDecl():
                self._names(f"{front}enum {item.name} {{", item, indent, whole, item.literals, _literal_spans(item))
            case ast.BitsDecl(name, bits):
                spans = [bit.span for bit in bits]
                self._names(f"{front}bits {name} {{", item, indent, whole, [bit_text(bit) for bit in bits], spans)
            case ast.StructDecl(_, fields) | ast.ObjectDecl(_, _, _, fields):
                self._open(f"{front}{record_head(item)} {{", indent, whole)
                for field in fields:
                    self.page.add(indent + 4, field_cells(field), field.span, table="field")
                self.page.close_block(indent, "}", item.span, inner=indent + 4)
            case ast.InlineDecl(body=body) | ast.CallbackDecl(body=body) | ast.ProcessDecl(body=body):
                self.block(f"{front}{routine_head(item)} ", whole, body, indent)
            case ast.InitDecl(name, body):
                self.block(f"{front}init {name} ", whole, body, indent)
            case ast.ScenarioDecl():
                self._open(f"{front}scenario {item.name} {inheritance_text(item)}{{", indent, whole)
                for clause in item.clauses:
                    self.page.add(indent + 4, clause_text(clause), clause.span)
                self.page.close_block(indent, "}", item.span, inner=indent + 4)
            case ast.VariantDecl():
                word = "patch" if item.patch else "variant"
                self._open(f"{front}{word} {item.name} {inheritance_text(item)}{{", indent, whole)
                for member in variant_members(item):
                    self._member(member, indent + 4)
                self.page.close_block(indent, "}", item.span, inner=indent + 4)
            case ast.ExpectDecl() | ast.ExpectSafeDecl(exceptions=(_, *_)):
                self._open(f"{expect_head(item)} except {{", indent, whole)
                for entry in item.exceptions:
                    self.page.add(indent + 4, f"{entry_text(entry)};", entry.span)
                self.page.close_block(indent, "};", item.span, inner=indent + 4)
            case (
                ast.Heading()
                | ast.Setting()
                | ast.SharedDecl()
                | ast.EventDecl()
                | ast.Asked()
                | ast.GroupDecl()
                | ast.ExpectSafeDecl()
                | ast.AllowDecl()
            ):
                self.page.add(indent, text, whole)
            case _:
                assert_never(item)

    def _open(self, text: str, indent: int, span: Span) -> None:
        self.page.add(indent, text, span, end=span.start)
        self.page.open_block()

    def _names(
        self, head: str, item: ast.Item, indent: int, whole: Span, names: Sequence[str], spans: Sequence[Span]
    ) -> None:
        """Print one name to a line, with the comments that stand among them."""
        self._open(head, indent, whole)
        rows = [*(f"{name}," for name in names[:-1]), names[-1]]
        for row, span in zip(rows, spans, strict=True):
            self.page.add(indent + 4, row, span)
        self.page.close_block(indent, "}", item.span, inner=indent + 4)

    def _member(self, member: Member, indent: int) -> None:
        """Print a member of a variant."""
        match member:
            case ast.OverrideEdit(item):
                self.item(item, indent, "override ", member.span)
                return
            case ast.AddEdit(item):
                self.item(item, indent, "add ", member.span)
                return
            case ast.ExpectDecl() | ast.ExpectSafeDecl() | ast.AllowDecl():
                self.item(member, indent)
                return
            case (
                ast.InsertEdit()
                | ast.ReplaceEdit()
                | ast.DeleteEdit()
                | ast.ReplaceTextEdit()
                | ast.SetEdit()
                | ast.SetParam()
            ):
                pass
            case _:
                assert_never(member)
        text = " ".join(member_cells(member))
        has_body = isinstance(member, (ast.InsertEdit, ast.ReplaceEdit, ast.ReplaceTextEdit))
        if not has_body or self.fits_one_line(member, text, indent):
            self.page.add(indent, text, member.span)
            return
        match member:
            case ast.InsertEdit(_, _, body) | ast.ReplaceEdit(_, body):
                self.block(f"{edit_head(member)} ", member.span, body, indent)
            case ast.ReplaceTextEdit(_, old, new):
                self.page.add(indent, f"{replace_text_head(member)} {{", member.span, end=old.span.start + 1)
                self.page.open_block()
                self.body(old, indent + 4)
                self.page.comments_before(old.span, old.span.end - 1, indent + 4)
                self.page.join(indent, "} with {", new.span, new.span.start + 1)
                self.page.open_block()
                self.body(new, indent + 4)
                self.page.close_block(indent, "}", new.span, inner=indent + 4)
            case ast.DeleteEdit() | ast.SetEdit() | ast.SetParam():
                self.page.add(indent, text, member.span)
            case _:
                assert_never(member)


def _has_body(item: ast.Item) -> bool:
    """Tell whether the item can be laid out on several lines."""
    match item:
        case ast.ExpectDecl(_, _, exceptions):
            return bool(exceptions)
        case ast.ObjectDecl(_, _, _, fields):
            return bool(fields)
        case (
            ast.EnumDecl()
            | ast.BitsDecl()
            | ast.StructDecl()
            | ast.InlineDecl()
            | ast.CallbackDecl()
            | ast.ProcessDecl()
            | ast.InitDecl()
            | ast.ScenarioDecl()
            | ast.VariantDecl()
        ):
            return True
        case (
            ast.Heading()
            | ast.Setting()
            | ast.SharedDecl()
            | ast.EventDecl()
            | ast.Asked()
            | ast.GroupDecl()
            | ast.ExpectSafeDecl()
            | ast.AllowDecl()
        ):
            return False
        case _:
            assert_never(item)


def _table(item: ast.Item) -> str:
    """Return the name of the table of which the item is a row when it is on one line."""
    match item:
        case ast.ParamDecl() | ast.UnknownDecl():
            return "constants"
        case ast.SharedDecl():
            return "variables"
        case ast.PropertyDecl() | ast.CountDecl() | ast.OrderDecl() | ast.OnlyIfDecl() | ast.ObligationDecl():
            return "properties"
        case ast.ScenarioDecl():
            return "scenarios"
        case ast.GroupDecl():
            return "groups"
        case (
            ast.Heading() | ast.TypeDeclaration() | ast.EventDecl() | ast.Code() | ast.VariantDecl() | ast.Expectation()
        ):
            return ""
        case _:
            assert_never(item)


def _neighbours(first: Span, second: Span) -> bool:
    """Tell whether the source shows what stood between two things."""
    return (
        first is not NOWHERE and second is not NOWHERE and first.source is second.source and second.start >= first.end
    )


def _literal_spans(item: ast.EnumDecl) -> list[Span]:
    """Find where in the source the literals of an enum stand."""
    text, offset = item.span.text, item.span.start
    found = [
        Span(item.span.source, offset + match.start(), offset + match.end())
        for match in re.finditer(r"//[^\n]*|/\*.*?\*/|\w+", text[text.find("{") + 1 :], re.DOTALL)
        if match[0][0] != "/"
    ]
    brace = text.find("{") + 1
    found = [Span(span.source, span.start + brace, span.end + brace) for span in found]
    return found if len(found) == len(item.literals) else [item.span] * len(item.literals)
