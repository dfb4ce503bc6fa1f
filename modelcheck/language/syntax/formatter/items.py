"""Items as text: on one line, or laid out on a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias, assert_never

from modelcheck.ground.source import NOWHERE
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.formatter.expressions import (
    BREAK,
    arguments_text,
    bound_text,
    expression_text,
    index_text,
    split_array,
    type_text,
)
from modelcheck.language.syntax.formatter.statements import block_text, value_text
from modelcheck.language.syntax.operators import UNARY_LEVEL
from modelcheck.language.syntax.strings import string_literal
from modelcheck.model.locks import LockKind
from modelcheck.model.rcu import DOMAIN_TYPE
from modelcheck.model.waiting import QUEUE_TYPE

#: What stands in a variant.
Member: TypeAlias = ast.Edit | ast.ExpectDecl | ast.ExpectSafeDecl | ast.AllowDecl

LOCK_KINDS = frozenset((*(kind.value for kind in LockKind), QUEUE_TYPE, DOMAIN_TYPE))


def item_cells(item: ast.Item) -> tuple[str, ...]:
    """Return the item on one line, as the columns by which neighbouring items of its sort are aligned."""
    match item:
        case ast.Import(path):
            return (f"import {string_literal(path)};",)
        case ast.ModelName(name):
            return (f"model {name};",)
        case ast.ParamDecl(name, declared, value):
            kind = f": {type_text(declared)} " if declared is not None else ""
            return "param", name, f"{kind}= {expression_text(value)};"
        case ast.UnknownDecl(name, declared_type, default):
            return "unknown", name, f": {type_text(declared_type)}{value_text(default)};"
        case ast.EnumDecl(_, literals) if item.cpus:
            return (f"cpu {f', {BREAK}'.join(literals)};",)
        case ast.EnumDecl(name, literals):
            return (f"enum {name} {{ {f', {BREAK}'.join(literals)} }}",)
        case ast.BitsDecl(name, bits):
            return (f"bits {name} {{ {f', {BREAK}'.join(map(bit_text, bits))} }}",)
        case ast.StructDecl(_, fields) | ast.ObjectDecl(_, _, _, fields):
            inner = " ".join(" ".join(field_cells(field)) for field in fields)
            head = record_head(item)
            if isinstance(item, ast.ObjectDecl) and not fields:
                return (f"{head};",)
            return (f"{head} {{ {inner} }}" if fields else f"{head} {{ }}",)
        case ast.SharedDecl():
            return _shared_cells(item)
        case ast.EventDecl(name, parameters):
            return (f"event {name}({parameters_text(parameters)});",)
        case ast.InlineDecl(body=body) | ast.CallbackDecl(body=body) | ast.ProcessDecl(body=body):
            return (f"{routine_head(item)} {block_text(body)}",)
        case ast.InitDecl(name, body):
            return (f"init {name} {block_text(body)}",)
        case ast.PropertyDecl(kind, name, expression):
            return kind.value, name, f": {expression_text(expression)};"
        case ast.CountDecl():
            return "count", item.name, f": {_count_text(item)};"
        case ast.OrderDecl(name, first, second):
            return "order", name, f": {pattern_text(first)} before {BREAK}{pattern_text(second)};"
        case ast.OnlyIfDecl(name, event, condition):
            return "only_if", name, f": {pattern_text(event)} only if {BREAK}{expression_text(condition)};"
        case ast.ObligationDecl(name, targets):
            return "obligation", name, f": {f', {BREAK}'.join(_target_text(target) for target in targets)};"
        case ast.ScenarioDecl():
            clauses = " ".join(("{", *(clause_text(clause) for clause in item.clauses), "}"))
            if item.parents and item.description is None:
                return "scenario", item.name, inheritance_text(item).rstrip(), clauses
            return "scenario", item.name, f"{inheritance_text(item)}{clauses}"
        case ast.GroupDecl(name, scenarios):
            return "group", name, f"= {f', {BREAK}'.join(scenarios)};"
        case ast.VariantDecl():
            members = " ".join(("{", *(" ".join(member_cells(member)) for member in variant_members(item)), "}"))
            word = "patch" if item.patch else "variant"
            return word, item.name, f"{inheritance_text(item)}{members}"
        case ast.ExpectDecl() | ast.ExpectSafeDecl():
            return (expect_text(item),)
        case ast.AllowDecl():
            return (allow_text(item),)
        case _:
            assert_never(item)


# ------------------------------------------------------------------------------------ declarations


def record_head(item: ast.StructDecl | ast.ObjectDecl) -> str:
    """Return what stands before the fields of a struct or object."""
    if isinstance(item, ast.StructDecl):
        return f"struct {item.name}"
    return f"object {item.name} pool {bound_text(item.pool)}{' typestable' if item.typestable else ''}"


def field_cells(field: ast.FieldDecl) -> tuple[str, ...]:
    """Return a field as the columns by which fields are aligned."""
    return field.name, f": {type_text(field.type)}{value_text(field.value)};"


def _shared_cells(item: ast.SharedDecl) -> tuple[str, ...]:
    element, indexes = split_array(item.type)
    if isinstance(element, ast.NamedType) and element.name in LOCK_KINDS and item.value is None:
        return element.name, f"{item.name}{indexes};"
    return "shared", item.name, f": {type_text(item.type)}{value_text(item.value)};"


def parameters_text(parameters: Sequence[ast.Parameter]) -> str:
    """Return the parameters of an event, inline or callback, without their parentheses."""
    return f", {BREAK}".join(
        f"{'&' if parameter.by_reference else ''}{parameter.name}: {type_text(parameter.type)}"
        for parameter in parameters
    )


def routine_head(item: ast.InlineDecl | ast.CallbackDecl | ast.ProcessDecl) -> str:
    """Return what stands before the body of an inline, callback or process."""
    match item:
        case ast.ProcessDecl(name, index, server, provided):
            replicas = f"[{index_text(index)}]" if index is not None else ""
            guard = f" provided ({expression_text(provided)})" if provided is not None else ""
            if item.on is not None and item.handler:
                asked = f" when ({expression_text(item.on.guard)})" if item.on.guard is not None else ""
                asked = " when raised" if item.on.raised else asked
                return f"{item.on.level.value} {name} on {item.on.cpu}{asked}"
            where = f" on {item.on.cpu}" if item.on is not None else ""
            return f"{'server' if server else 'process'} {name}{replicas}{where}{guard}"
        case ast.InlineDecl(name, parameters, result):
            return f"inline {name}({parameters_text(parameters)}){_result_text(result)}"
        case ast.CallbackDecl(name, parameters, result, requires, sleeps):
            clause = f" {BREAK}requires {_before_brace(requires)}" if requires is not None else ""
            marks = f"{clause} {BREAK}sleeps" if sleeps else clause
            return f"callback {name}({parameters_text(parameters)}){_result_text(result)}{marks}"
        case _:
            assert_never(item)


def _result_text(result: ast.TypeNode | None) -> str:
    return f" -> {type_text(result)}" if result is not None else ""


def _before_brace(expression: ast.Expr) -> str:
    """Return an expression that a block follows: ``new T`` would take the brace for its own."""
    text = expression_text(expression)
    return f"({text})" if re.search(r"\bnew \w+\W*$|\btry_new \w+\W*$", text) else text


def _count_text(item: ast.CountDecl) -> str:
    match item.quantity:
        case ast.Quantity.AT_MOST:
            text = "at most once" if item.limit == 1 else f"at most {item.limit}"
        case ast.Quantity.EXACTLY_ONCE | ast.Quantity.AT_LEAST_ONCE | ast.Quantity.NEVER:
            text = item.quantity.value
        case _:
            assert_never(item.quantity)
    text += f" {pattern_text(item.counted)}"
    if item.per is not None:
        text += f" {BREAK}per {pattern_text(item.per)}"
    if item.until_next:
        named = item.per is not None and item.per.event not in ("until", "within")  # there, these are keywords
        text += f" {BREAK}until next" + (f" {item.per.event}" if item.per is not None and named else "")
    return f"{text} {BREAK}within drained" if item.within_drained else text


def pattern_text(pattern: ast.EventPattern) -> str:
    """Return ``event(arguments) == result``."""
    text = f"{pattern.event}({arguments_text(pattern.arguments)})"
    if pattern.result is None:
        return text
    return f"{text} == {expression_text(pattern.result, UNARY_LEVEL, tail=False)}"


def _target_text(target: ast.ObligationTarget) -> str:
    subjects = ", ".join(".".join(subject) for subject in target.subjects)
    return f"{target.kind}({subjects})" if target.subjects else target.kind


# -------------------------------------------------------------------------- scenarios and variants


def inheritance_text(item: ast.ScenarioDecl | ast.VariantDecl) -> str:
    """Return what stands between the name and the brace, with a space behind it if there is anything."""
    parents = f": {', '.join(item.parents)} " if item.parents else ""
    return parents + (f"{string_literal(item.description)} " if item.description is not None else "")


def clause_text(clause: ast.ScenarioClause) -> str:
    """Return one line of a scenario."""
    match clause:
        case ast.RunClause(entries):
            return f"run {f', {BREAK}'.join(_run_text(entry) for entry in entries)};"
        case ast.InitClause(names):
            return f"init {', '.join(names)};"
        case ast.SetParam(name, value):
            return f"param {name} = {expression_text(value)};"
        case ast.SlowClause():
            return "slow;"
        case _:
            assert_never(clause)


def _run_text(entry: ast.RunEntry) -> str:
    if entry.any_number:
        return f"{entry.process}[*]"
    return entry.process if entry.count is None else f"{entry.process}[{expression_text(entry.count)}]"


def variant_members(item: ast.VariantDecl) -> tuple[Member, ...]:
    """Return edits, expectations and what is allowed in the order in which the user wrote them."""
    members = (*item.edits, *item.expects, *item.allows)
    if any(member.span is NOWHERE or member.span.source is not item.span.source for member in members):
        return members
    return tuple(sorted(members, key=lambda member: member.span.start))


def edit_head(edit: ast.InsertEdit | ast.ReplaceEdit) -> str:
    """Return what stands before the block of an edit."""
    match edit:
        case ast.InsertEdit(where, anchor):
            return f"insert {where.value} {anchor_text(anchor)}"
        case ast.ReplaceEdit(anchor):
            return f"replace {anchor_text(anchor)}"
        case _:
            assert_never(edit)


def replace_text_head(edit: ast.ReplaceTextEdit) -> str:
    """Return what stands before the first block of a textual replacement."""
    return "replace" if edit.owner is None else f"replace in {edit.owner}"


def member_cells(member: Member) -> tuple[str, ...]:
    """Return a member of a variant on one line, as the columns by which neighbours are aligned."""
    match member:
        case ast.InsertEdit(_, _, body) | ast.ReplaceEdit(_, body):
            return (f"{edit_head(member)} {block_text(body)}",)
        case ast.ReplaceTextEdit(_, old, new):
            return (f"{replace_text_head(member)} {block_text(old)} with {block_text(new)}",)
        case ast.DeleteEdit(anchor):
            return (f"delete {anchor_text(anchor)};",)
        case ast.OverrideEdit(item):
            return (f"override {' '.join(item_cells(item))}",)
        case ast.AddEdit(item):
            return (f"add {' '.join(item_cells(item))}",)
        case ast.SetEdit(target, value):
            return (f"set {'.'.join(target)}{value_text(value)};",)
        case ast.SetParam():
            return (clause_text(member),)
        case ast.ExpectDecl() | ast.ExpectSafeDecl():
            return (expect_text(member),)
        case ast.AllowDecl():
            return (allow_text(member),)
        case _:
            assert_never(member)


def anchor_text(anchor: ast.Anchor) -> str:
    """Return ``owner::label``, ``owner::first..last`` or ``owner::inline/label``."""
    outermost, *inner = (*anchor.path, anchor.owner)
    last = f"..{anchor.last_label}" if anchor.last_label is not None else ""
    return f"{outermost}::{'/'.join([*inner, anchor.label])}{last}"


def expect_text(item: ast.ExpectDecl | ast.ExpectSafeDecl) -> str:
    """Return an expectation on one line."""
    head = expect_head(item)
    if not item.exceptions:
        return f"{head};"
    return f"{head} except {{ {'; '.join(entry_text(entry) for entry in item.exceptions)} }};"


def allow_text(item: ast.AllowDecl) -> str:
    """Return ``allow unreached p::L "reason";``."""
    name = item.name if item.owner is None else f"{item.owner}::{item.name}"
    return f"allow {item.allowed.value} {name} {string_literal(item.reason)};"


def expect_head(item: ast.ExpectDecl | ast.ExpectSafeDecl) -> str:
    """Return ``expect holds all in s`` or ``expect safe X in {1, 3}``."""
    if isinstance(item, ast.ExpectSafeDecl):
        values = f", {BREAK}".join(_safe_text(value, len(item.unknowns)) for value in item.values)
        return f"expect safe {', '.join(item.unknowns)} in {BREAK}{{{values}}}"
    return f"expect {item.expected.value} {entry_text(item.entry)}"


def entry_text(entry: ast.ExpectEntry) -> str:
    """Return ``p, q in s1, s2``."""
    properties = f", {BREAK}".join(entry.properties) if entry.properties else "all"
    return f"{properties} in {BREAK}{f', {BREAK}'.join(entry.scenarios)}" if entry.scenarios else properties


def _safe_text(value: ast.Expr, unknowns: int) -> str:
    """Return one safe value; those of several unknowns at once are written as a tuple."""
    if isinstance(value, ast.SetLit) and unknowns > 1 and len(value.elements) > 1:
        return f"({arguments_text(value.elements)})"
    return expression_text(value)


def bit_text(bit: ast.BitDecl) -> str:
    """Return the name of a bit, with its number if it is written."""
    return bit.name if bit.number is None else f"{bit.name} = {expression_text(bit.number)}"
