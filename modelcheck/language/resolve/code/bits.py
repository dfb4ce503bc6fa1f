"""Operations on single bits of a word, under the kernel's names: ``set_bit(nr, &word)`` and its kin.

They are made of the operations of atomics, of loads and of stores. A bit is named by its number or,
where a ``bits`` declaration names it, by its name, which stands for the number here (and for the mask
elsewhere).
"""

from __future__ import annotations

from modelcheck.ground.diagnostics import Note
from modelcheck.ground.source import Span
from modelcheck.language.resolve.code import expressions, fold, places
from modelcheck.language.resolve.names.scope import Context
from modelcheck.language.resolve.types.compatibility import BOOL, INT, describe, is_number, value_type
from modelcheck.language.resolve.types.conversion import article
from modelcheck.language.syntax import ast
from modelcheck.model import kernel, typed


def operation(context: Context, node: ast.Call, primitive: kernel.BitCall) -> typed.Expr:
    """Return ``set_bit(nr, &word)`` and the like, which yields nothing, or ``test_and_set_bit(nr, &word)``."""
    number, target = _arguments(context, node)
    type = target.type
    if not isinstance(type, typed.AtomicType) or type.word is None:
        plain = isinstance(type, typed.BvType)
        notes = [Note(f"declare it `atomic {describe(type)}`, or write `__{node.name}`")] if plain else []
        context.fail("MC215", f"`{node.name}` needs an atomic word; this is {article(type)}", target.span, notes)
    mask = _mask(context, number, type.word, node)
    done = typed.AtomicOp(primitive.operator, target, (mask,), type.word, node.span)
    return _is_set(done, mask, type.word, node.span) if primitive.tests else done


def plain_operation(context: Context, node: ast.Call, primitive: kernel.PlainBitCall) -> typed.CompoundAssign:
    """Return ``__set_bit(nr, &word)`` and the like."""
    number, target = _arguments(context, node)
    word = _word(context, node, target)
    mask = _mask(context, number, word, node)
    if primitive.operator == "&":
        mask = fold.unary("~", mask, word, node.span)
    return typed.CompoundAssign(target, primitive.operator, mask, word, node.span)


def test(context: Context, node: ast.Call) -> typed.Expr:
    """Return ``test_bit(nr, &word)``."""
    number, target = _arguments(context, node)
    word = _word(context, node, target)
    mask = _mask(context, number, word, node)
    return _is_set(places.load(context, target, node.span), mask, word, node.span)


def mask_of(context: Context, node: ast.Call) -> typed.Expr:
    """Return ``BIT(nr)``: of a named bit its mask, else a number."""
    if len(node.arguments) != 1:
        context.fail("MC207", f"`BIT` takes 1 argument, the number of a bit, not {len(node.arguments)}", node.span)
    number = shift_count(context, node.arguments[0]) or expressions.scalar(context, node.arguments[0])
    if not isinstance(number, typed.Constant) or not isinstance(number.value, int) or not is_number(number.type):
        context.fail("MC240", "`BIT` takes the number of a bit: a constant", node.span)
    named = context.table.bit(node.arguments[0].name) if isinstance(node.arguments[0], ast.Name) else None
    context.table.check_bit(context, number.value, node.span)
    return typed.Constant(1 << number.value, INT if named is None else named[1], node.span)


def shift_count(context: Context, node: ast.Expr) -> typed.Expr | None:
    """Return the number that the name of a bit stands for where bits are counted; None if it is no such name."""
    if isinstance(node, ast.Name) and not context.lookup(node.name)[0]:
        bit = context.table.bit(node.name)
        if bit is not None:
            if context.table.uses is not None and bit[1].bits is not None:
                context.table.uses.use_literal(node.name, bit[1].bits.name, node.span)
            return typed.Constant(bit[0], INT, node.span)
    return None


def _arguments(context: Context, node: ast.Call) -> tuple[typed.Expr, typed.Place]:
    if len(node.arguments) != 2:
        message = f"`{node.name}` takes 2 arguments, the number of a bit and the word, not {len(node.arguments)}"
        context.fail("MC207", message, node.span)
    number = shift_count(context, node.arguments[0])
    if number is None:
        number = expressions.scalar(context, node.arguments[0])
    return number, places.place(context, node.arguments[1], f"`{node.name}`")


def _word(context: Context, node: ast.Call, target: typed.Place) -> typed.BvType:
    type = value_type(target.type)
    if not isinstance(type, typed.BvType):
        message = f"`{node.name}` needs a word, of type `bv<n>`, `atomic bv<n>` or of a `bits` declaration"
        context.fail("MC215", f"{message}; this is {article(target.type)}", target.span)
    return type


def _mask(context: Context, number: typed.Expr, word: typed.BvType, node: ast.Call) -> typed.Expr:
    """Return the mask of a bit of ``word``; the number is a constant, or a local that is known to fit."""
    where = node.arguments[0].span
    if not is_number(number.type):
        context.fail("MC240", f"the number of a bit is needed here; this is {article(number.type)}", where)
    if isinstance(number, typed.Constant) and isinstance(number.value, int):
        if not 0 <= number.value < word.width:
            message = f"{describe(word)} has the bits 0 to {word.width - 1}: there is no bit {number.value}"
            context.fail("MC240", message, where)
        return typed.Constant(1 << number.value, word, where)
    if not isinstance(number, typed.LocalRead):
        note = Note("keep it in a local (or parameter) of a range first")
        context.fail("MC240", "the number of a bit must be a constant or a local", where, [note])
    type = number.type
    if not isinstance(type, typed.RangeType) or not 0 <= type.low <= type.high < word.width:
        message = f"this number may lie outside of 0..{word.width - 1}, the bits of {describe(word)}"
        context.fail("MC240", message, where)
    one = typed.Constant(1, word, where)
    return typed.Binary("<<", one, typed.Cast(number, word, where), word, where)


def _is_set(value: typed.Expr, mask: typed.Expr, word: typed.BvType, span: Span) -> typed.Expr:
    chosen = typed.Binary("&", value, mask, word, span)
    return typed.Binary("!=", chosen, typed.Constant(0, word, span), BOOL, span)
