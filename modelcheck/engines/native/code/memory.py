"""Instructions that reach into the context (see ``context``) and into the arrays that it points to."""

from __future__ import annotations

from modelcheck.engines.native.code.assembly import I64, POINTER, Builder, Value, constant
from modelcheck.engines.native.storage.context import Cell, Record


def cell(builder: Builder, context: Value, number: int) -> Value:
    """Return the address of a cell of the context."""
    return builder.element(I64, context, constant(number))


def get(builder: Builder, context: Value, number: int) -> Value:
    """Load a cell."""
    return builder.load(I64, cell(builder, context, number))


def put(builder: Builder, context: Value, number: int, value: Value) -> None:
    """Store into a cell."""
    builder.store(value, cell(builder, context, number))


def add_to(builder: Builder, context: Value, number: int, value: Value) -> None:
    """Add to a cell."""
    address = cell(builder, context, number)
    builder.store(builder.binary("add", builder.load(I64, address), value), address)


def array(builder: Builder, context: Value, number: Cell) -> Value:
    """Load the address of an array."""
    return builder.load(POINTER, cell(builder, context, number))


def state_address(builder: Builder, states: Value, index: Value, words: int) -> Value:
    """Return where a state stands."""
    return builder.element(I64, states, builder.binary("mul", index, constant(words)))


def load_words(builder: Builder, first: Value, words: int) -> list[Value]:
    """Load the words that stand at an address."""
    return [builder.load(I64, builder.element(I64, first, constant(word))) for word in range(words)]


def store_words(builder: Builder, first: Value, values: list[Value]) -> None:
    """Store words at an address."""
    for number, value in enumerate(values):
        builder.store(value, builder.element(I64, first, constant(number)))


def entry_address(builder: Builder, context: Value, number: Value, record: Record) -> Value:
    """Return where a collected successor stands."""
    offset = builder.binary("mul", number, constant(record.entry))
    return builder.element(I64, context, builder.binary("add", offset, constant(record.buffer)))
