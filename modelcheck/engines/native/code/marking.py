"""The passes of the ``stuck`` obligation in generated code: which states can reach a drained state or a fault?

No edges are kept: a pass computes successors again. Marks are bytes that are only ever set, so all
threads can work on one pass.

In the first one each state hurries: it looks at the first process that can move and is not at rest
(if there is none, at the first that can move), and at one step of it (``hurry``). That schedule,
one process after the other, ends in most models, so that following it (``chase``) decides nearly
all states, and the others are few. For them ``mark`` looks at all successors, from the last state
to the first; in ``settle`` a state without a marked successor waits for one of its successors and
is marked as soon as that one is, so a pass follows long ways at once, wherever their states stand
in the array. The passes end when one that looked at all successors marked nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from modelcheck.engines.native.code import memory
from modelcheck.engines.native.code.assembly import (
    I1,
    I8,
    I32,
    I64,
    POINTER,
    VOID,
    Block,
    Builder,
    Function,
    Value,
    constant,
)
from modelcheck.engines.native.code.walk import walk
from modelcheck.engines.native.storage.context import BATCH, Cell, Record


def define_release() -> Function:
    """Define ``release(context, index)``: mark a state and all that wait for it, directly or not."""
    function = Function("release", VOID, [POINTER, I64], inline=False)
    context, start = function.args
    builder = Builder(function)
    marks = memory.array(builder, context, Cell.MARKS)
    waiting = memory.array(builder, context, Cell.WAITING)
    following = memory.array(builder, context, Cell.FOLLOWING)

    def load(array: Value, index: Value) -> Value:
        return builder.convert("zext", builder.load(I32, builder.element(I32, array, index)), I64)

    builder.store(constant(1, I8), builder.element(I8, marks, start))
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


def define_hurry(
    words: int,
    drained: Function,
    processes: Sequence[Function],
    rests: Sequence[Function],
    link: Function,
    record: Record,
) -> Function:
    """Define ``hurry(context)``: mark drained states and those from which the process that hurries can
    take a step that faults; for the others put into NEXT where it leads.

    ``rests``: for each process whether it is at rest. One that serves for ever would otherwise go
    round and round, and everybody else would wait.
    """
    function = Function("hurry", I64, [POINTER], exported=True)
    context = function.args[0]
    builder = Builder(function)

    def hurry(index: Value) -> None:
        states = memory.array(builder, context, Cell.STATES)
        values = memory.load_words(builder, memory.state_address(builder, states, index, words), words)
        before = memory.get(builder, context, Cell.PENDING)
        memory.put(builder, context, Cell.REACHES, constant(0))
        good, moved, after, way = (function.block() for _ in range(4))
        builder.branch_if(builder.call(drained, values), good, way)
        # Where all that are under way wait for somebody at rest, it is rarely the first one that they wait for.
        both = list(zip(processes, rests, strict=True))
        for wanted, order in ((0, both), (1, both[::-1])):
            for process, rest in order:
                builder.at(way)
                look, ends_not, way = (function.block() for _ in range(3))
                at_rest = builder.call(rest, values)
                builder.branch_if(builder.compare("eq", at_rest, constant(wanted, I1)), look, way)
                builder.at(look)
                builder.call(process, [context, index, *values])
                reaches = memory.get(builder, context, Cell.REACHES)
                builder.branch_if(builder.compare("ne", reaches, constant(0)), good, ends_not)
                builder.at(ends_not)
                pending = memory.get(builder, context, Cell.PENDING)
                builder.branch_if(builder.compare("ne", pending, before), moved, way)
        builder.at(way)
        builder.branch(after)
        builder.at(good)
        memory.put(builder, context, Cell.PENDING, before)
        _mark(builder, context, index)
        builder.branch(after)
        builder.at(moved)
        memory.put(builder, context, Cell.PENDING, builder.binary("add", before, constant(1)))
        entry = memory.entry_address(builder, context, before, record)
        builder.store(index, builder.element(I64, entry, constant(words + 1)))
        builder.branch(after)
        builder.at(after)
        with builder.when(builder.compare("uge", memory.get(builder, context, Cell.PENDING), constant(BATCH))):
            builder.call(link, [context])

    walk(builder, context, hurry, lambda: builder.call(link, [context]))
    return function


def define_chase() -> Function:
    """Define ``chase(context)``: mark the states from which NEXT leads to a marked one; where it leads
    nowhere or in a circle, make it 0.

    Threads may meet: what one of them changes is what the other would find. A circle is noticed as
    by R. P. Brent, "An improved Monte Carlo factorization algorithm" (BIT 1980).
    """
    function = Function("chase", I64, [POINTER], exported=True)
    context = function.args[0]
    builder = Builder(function)
    marks, links = memory.array(builder, context, Cell.MARKS), memory.array(builder, context, Cell.NEXT)

    def marked(index: Value) -> Value:
        return builder.compare("ne", builder.load_acquire(I8, builder.element(I8, marks, index)), constant(0, I8))

    def next_of(index: Value) -> Value:
        return builder.load_acquire(I32, builder.element(I32, links, index))

    def number(link: Value) -> Value:
        return builder.binary("sub", builder.convert("zext", link, I64), constant(1))

    def chase(start: Value) -> None:
        loop, look, step, compare, further, jump, good, mark, bad, cut, after = (function.block() for _ in range(11))
        before = builder.block
        builder.branch(loop)
        builder.at(loop)
        here, slow, steps, power = (builder.phi(I64) for _ in range(4))
        for phi, value in ((here, start), (slow, start), (steps, constant(0)), (power, constant(1))):
            phi.add(value, before)
        builder.branch_if(marked(here.value), good, look)
        builder.at(look)
        link = next_of(here.value)
        builder.branch_if(builder.compare("eq", link, constant(0, I32)), bad, step)
        builder.at(step)
        following = number(link)
        builder.branch_if(builder.compare("eq", following, slow.value), bad, compare)
        builder.at(compare)
        more = builder.binary("add", steps.value, constant(1))
        builder.branch_if(builder.compare("eq", more, power.value), jump, further)
        builder.at(further)
        for phi, value in ((here, following), (slow, slow.value), (steps, more), (power, power.value)):
            phi.add(value, further)
        builder.branch(loop)
        builder.at(jump)
        doubled = builder.binary("add", power.value, power.value)
        for phi, value in ((here, following), (slow, following), (steps, constant(0)), (power, doubled)):
            phi.add(value, jump)
        builder.branch(loop)
        # All states on the way are marked.
        builder.at(good)
        builder.branch(mark)
        builder.at(mark)
        place = builder.phi(I64)
        place.add(start, good)
        going = function.block()
        builder.branch_if(marked(place.value), after, going)
        builder.at(going)
        _mark(builder, context, place.value)
        place.add(number(next_of(place.value)), going)
        builder.branch(mark)
        # None of them gets anywhere.
        builder.at(bad)
        builder.branch(cut)
        builder.at(cut)
        dead = builder.phi(I64)
        dead.add(start, bad)
        there = next_of(dead.value)
        cutting = function.block()
        builder.branch_if(builder.compare("eq", there, constant(0, I32)), after, cutting)
        builder.at(cutting)
        builder.store_atomic(constant(0, I32), builder.element(I32, links, dead.value))
        dead.add(number(there), cutting)
        builder.branch(cut)
        builder.at(after)

    walk(builder, context, chase)
    return function


def define_mark(words: int, drained: Function, processes: Sequence[Function], ask: Function) -> Function:
    """Define ``mark(context)``: mark states that are drained, can take a step that faults, or have a marked successor.

    Numbers count from the last state.
    """
    function = Function("mark", I64, [POINTER], exported=True)
    context = function.args[0]
    builder = Builder(function)

    def look(number: Value) -> None:
        index = _from_last(builder, context, number)
        good, after = function.block(), function.block()
        _search(builder, context, index, words, drained, processes, ask, good, after)
        builder.branch(after)
        builder.at(good)
        _mark(builder, context, index)
        builder.branch(after)
        builder.at(after)

    walk(builder, context, look)
    return function


def define_settle(
    words: int, drained: Function, processes: Sequence[Function], ask: Function, release: Function
) -> Function:
    """Define ``settle(context)``: mark states like ``mark``; one that cannot be marked waits for one of its successors.

    For one thread only.
    """
    function = Function("settle", I64, [POINTER], exported=True)
    context = function.args[0]
    builder = Builder(function)

    def look(number: Value) -> None:
        index = _from_last(builder, context, number)
        good, link, after = (function.block() for _ in range(3))
        _search(builder, context, index, words, drained, processes, ask, good, after)
        successor = memory.get(builder, context, Cell.SUCCESSOR)
        builder.branch_if(builder.compare("eq", successor, constant(0)), after, link)
        builder.at(link)
        waiting = memory.array(builder, context, Cell.WAITING)
        following = memory.array(builder, context, Cell.FOLLOWING)
        head = builder.element(I32, waiting, builder.binary("sub", successor, constant(1)))
        builder.store(builder.load(I32, head), builder.element(I32, following, index))
        builder.store(builder.convert("trunc", builder.binary("add", index, constant(1)), I32), head)
        builder.branch(after)
        builder.at(good)
        builder.call(release, [context, index])
        builder.branch(after)
        builder.at(after)

    walk(builder, context, look)
    return function


def _mark(builder: Builder, context: Value, index: Value) -> None:
    builder.store_atomic(constant(1, I8), builder.element(I8, memory.array(builder, context, Cell.MARKS), index))


def _from_last(builder: Builder, context: Value, number: Value) -> Value:
    end = memory.get(builder, context, Cell.END)
    return builder.binary("sub", builder.binary("sub", end, number), constant(1))


def _search(
    builder: Builder,
    context: Value,
    index: Value,
    words: int,
    drained: Function,
    processes: Sequence[Function],
    ask: Function,
    good: Block,
    known: Block,
) -> None:
    """Go to ``known`` if the state is marked already, to ``good`` if it can be marked, and on if it cannot."""
    function = builder.function
    look, way = function.block(), function.block()
    mark = builder.load(I8, builder.element(I8, memory.array(builder, context, Cell.MARKS), index))
    builder.branch_if(builder.compare("ne", mark, constant(0, I8)), known, look)
    builder.at(look)
    memory.put(builder, context, Cell.REACHES, constant(0))
    memory.put(builder, context, Cell.SUCCESSOR, constant(0))
    states = memory.array(builder, context, Cell.STATES)
    values = memory.load_words(builder, memory.state_address(builder, states, index, words), words)
    builder.branch_if(builder.call(drained, values), good, way)
    for process in processes:
        builder.at(way)
        builder.call(process, [context, index, *values])
        builder.call(ask, [context])
        way = function.block()
        reaches = memory.get(builder, context, Cell.REACHES)
        builder.branch_if(builder.compare("ne", reaches, constant(0)), good, way)
    builder.at(way)
