"""The backward passes of the ``stuck`` obligation in generated code: which states can reach a drained state or a fault?

No edges are kept: a pass computes successors again. A state with a marked successor is marked. One without waits for one of its successors and is marked as soon
as that one is, so a pass follows long ways at once, wherever their states stand in the array. In the first, hasty pass a state waits for
the first process that can move; that schedule, one process after the other, ends in most models, so few states are left for further passes.
The passes end when one that looked at all successors marked nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from modelcheck.engines.native import memory
from modelcheck.engines.native.assembly import I8, I32, I64, POINTER, VOID, Builder, Function, Value, constant
from modelcheck.engines.native.context import Cell, Status


def define_settle() -> Function:
    """Define ``settle(context, index)``: mark a state and all that wait for it, directly or not."""
    function = Function("settle", VOID, [POINTER, I64], inline=False)
    context, start = function.args
    builder = Builder(function)
    marks = memory.array(builder, context, Cell.MARKS)
    waiting = memory.array(builder, context, Cell.WAITING)
    following = memory.array(builder, context, Cell.FOLLOWING)

    def load(array: Value, index: Value) -> Value:
        return builder.convert("zext", builder.load(I32, builder.element(I32, array, index)), I64)

    builder.store(constant(1, I8), builder.element(I8, marks, start))
    memory.add_to(builder, context, Cell.CHANGED, constant(1))
    first = load(waiting, start)
    entry = builder.block
    loop, body, fresh, splice, tail, more, joined, done = (function.block() for _ in range(8))
    builder.branch(loop)
    builder.at(loop)
    work = builder.phi(I64)
    work.add(first, entry)
    builder.branch_if(builder.compare("eq", work.value, constant(0)), done, body)
    builder.at(body)
    index = builder.binary("sub", work.value, constant(1))
    rest = load(following, index)
    work.add(rest, body)
    mark = builder.element(I8, marks, index)
    builder.branch_if(builder.compare("eq", builder.load(I8, mark), constant(0, I8)), fresh, loop)
    builder.at(fresh)
    builder.store(constant(1, I8), mark)
    memory.add_to(builder, context, Cell.CHANGED, constant(1))
    own = load(waiting, index)
    work.add(rest, fresh)
    builder.branch_if(builder.compare("eq", own, constant(0)), loop, splice)
    # Put those that wait for this state before the rest.
    builder.at(splice)
    builder.branch(tail)
    builder.at(tail)
    last = builder.phi(I64)
    last.add(own, splice)
    position = builder.element(I32, following, builder.binary("sub", last.value, constant(1)))
    behind = builder.convert("zext", builder.load(I32, position), I64)
    builder.branch_if(builder.compare("eq", behind, constant(0)), joined, more)
    builder.at(more)
    last.add(behind, more)
    builder.branch(tail)
    builder.at(joined)
    builder.store(builder.convert("trunc", rest, I32), position)
    work.add(own, joined)
    builder.branch(loop)
    builder.at(done)
    builder.ret()
    return function


def define_mark(
    words: int, drained: Function, processes: Sequence[Function], ask: Function, settle: Function
) -> Function:
    """Define ``mark(context)``: one pass over the states NEXT - 1 down to LIMIT."""
    function = Function("mark", I64, [POINTER], exported=True)
    context = function.args[0]
    builder = Builder(function)
    loop, body, look, good, wait, link, done = (function.block() for _ in range(7))
    builder.branch(loop)
    builder.at(loop)
    behind = memory.get(builder, context, Cell.NEXT)
    limit = memory.get(builder, context, Cell.LIMIT)
    builder.branch_if(builder.compare("ugt", behind, limit), body, done)
    builder.at(body)
    index = builder.binary("sub", behind, constant(1))
    memory.put(builder, context, Cell.NEXT, index)
    mark = builder.element(I8, memory.array(builder, context, Cell.MARKS), index)
    builder.branch_if(builder.compare("ne", builder.load(I8, mark), constant(0, I8)), loop, look)
    builder.at(look)
    memory.put(builder, context, Cell.REACHES, constant(0))
    memory.put(builder, context, Cell.SUCCESSOR, constant(0))
    states = memory.array(builder, context, Cell.STATES)
    values = memory.load_words(builder, memory.state_address(builder, states, index, words), words)
    way = function.block()
    builder.branch_if(builder.call(drained, values), good, way)
    for process in processes:
        builder.at(way)
        builder.call(process, [context, index, *values])
        builder.call(ask, [context])
        asked, way = function.block(), function.block()
        reaches = memory.get(builder, context, Cell.REACHES)
        builder.branch_if(builder.compare("ne", reaches, constant(0)), good, asked)
        builder.at(asked)
        successor = memory.get(builder, context, Cell.SUCCESSOR)
        moved = builder.compare("ne", successor, constant(0))
        hasty = builder.compare("ne", memory.get(builder, context, Cell.HASTY), constant(0))
        builder.branch_if(builder.binary("and", moved, hasty), wait, way)
    builder.at(way)
    builder.branch(wait)
    builder.at(wait)
    successor = memory.get(builder, context, Cell.SUCCESSOR)
    builder.branch_if(builder.compare("eq", successor, constant(0)), loop, link)
    builder.at(link)
    waiting = memory.array(builder, context, Cell.WAITING)
    following = memory.array(builder, context, Cell.FOLLOWING)
    head = builder.element(I32, waiting, builder.binary("sub", successor, constant(1)))
    builder.store(builder.load(I32, head), builder.element(I32, following, index))
    builder.store(builder.convert("trunc", builder.binary("add", index, constant(1)), I32), head)
    builder.branch(loop)
    builder.at(good)
    builder.call(settle, [context, index])
    builder.branch(loop)
    builder.at(done)
    builder.ret(constant(Status.DONE))
    return function
