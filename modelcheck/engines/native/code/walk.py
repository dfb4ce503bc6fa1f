"""The loop of every entry point: take a chunk of items that no other thread has taken, work on
each, come back when told to.
"""

from __future__ import annotations

from collections.abc import Callable

from modelcheck.engines.native.code import memory
from modelcheck.engines.native.code.assembly import I64, Builder, Value, constant
from modelcheck.engines.native.storage.context import WORK_CHUNK, Cell, Shared, Status


def shared_cell(builder: Builder, context: Value, number: Shared) -> Value:
    """Return the address of a cell that all threads share."""
    return builder.element(I64, memory.array(builder, context, Cell.SHARED), constant(number))


def walk(
    builder: Builder,
    context: Value,
    work: Callable[[Value], None],
    leave: Callable[[], object] | None = None,
    room: Callable[[], Value] | None = None,
) -> None:
    """Emit the loop and the returns of an entry point. ``work`` emits what is done with an item, whose number it gets.

    ``room`` emits a test whether an item can be worked on; if not, all threads are told to come
    back. ``leave`` emits what is done before returning.
    """
    function = builder.function
    loop, ready, take, ask, fetch, got = (function.block() for _ in range(6))
    full, stopped, paused, done, leaving = (function.block() for _ in range(5))
    builder.branch(loop)
    builder.at(loop)
    item = memory.get(builder, context, Cell.WORK)
    builder.branch_if(builder.compare("ult", item, memory.get(builder, context, Cell.WORK_END)), ready, take)
    builder.at(ready)
    if room is not None:
        inside = function.block()
        builder.branch_if(room(), inside, full)
        builder.at(inside)
    work(item)
    memory.put(builder, context, Cell.WORK, builder.binary("add", item, constant(1)))
    builder.branch(loop)
    builder.at(take)
    stop = builder.load_acquire(I64, shared_cell(builder, context, Shared.STOP))
    builder.branch_if(builder.compare("eq", stop, constant(0)), ask, stopped)
    builder.at(ask)
    rounds = memory.get(builder, context, Cell.ROUNDS)
    builder.branch_if(builder.compare("eq", rounds, constant(0)), paused, fetch)
    builder.at(fetch)
    memory.put(builder, context, Cell.ROUNDS, builder.binary("sub", rounds, constant(1)))
    begin = builder.fetch_add(shared_cell(builder, context, Shared.NEXT), constant(WORK_CHUNK))
    end = memory.get(builder, context, Cell.END)
    builder.branch_if(builder.compare("ult", begin, end), got, done)
    builder.at(got)
    memory.put(builder, context, Cell.WORK, begin)
    behind = builder.binary("add", begin, constant(WORK_CHUNK))
    least = builder.select(builder.compare("ult", behind, end), behind, end)
    memory.put(builder, context, Cell.WORK_END, least)
    builder.branch(loop)
    builder.at(full)
    builder.store_atomic(constant(1), shared_cell(builder, context, Shared.STOP))
    builder.branch(leaving)
    ends = ((full, Status.FULL), (stopped, Status.STOPPED), (paused, Status.PAUSED), (done, Status.DONE))
    for block in (stopped, paused, done):
        builder.at(block)
        builder.branch(leaving)
    builder.at(leaving)
    result = builder.phi(I64)
    for block, status in ends:
        result.add(constant(status), block)
    if leave is not None:
        leave()
    builder.ret(result.value)
