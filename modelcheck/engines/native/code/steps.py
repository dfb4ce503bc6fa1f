"""The step function of a process in generated code: a switch over its location, and below it a
decision tree over the guards.

Of the ways through one atomic step at most one is enabled, and their guards consist of the same
tests, taken or not: each test is made once.
"""

from __future__ import annotations

from collections.abc import Sequence

from modelcheck.engines.native.code import memory
from modelcheck.engines.native.code.assembly import I64, Builder, Function, Value, constant
from modelcheck.engines.native.code.llvm_terms import Translator
from modelcheck.engines.native.layout import Layout
from modelcheck.engines.native.storage.context import KNOWN, Cell, Record
from modelcheck.ground.records import dataclass
from modelcheck.ir.system import ProcessInstance, Step, System
from modelcheck.ir.terms import Op, Term, conjuncts


@dataclass(frozen=True, slots=True)
class Helpers:
    """Functions that steps call: ``push`` a successor, note a ``fault``, ``note`` the least state
    of which something is true.
    """

    push: Function
    fault: Function
    note: Function


@dataclass(frozen=True, slots=True)
class _Way:
    """A step and what is still to be tested of its guard: truth by test."""

    step: Step
    tests: dict[Term, bool]


class StepWriter:
    """Defines the function of one process: ``function(context, index of the state, its words)``."""

    def __init__(
        self,
        function: Function,
        system: System,
        process: ProcessInstance,
        layout: Layout,
        record: Record,
        offsets: Sequence[int],
        helpers: Helpers,
    ) -> None:
        self._layout = layout
        self._record = record
        self._offsets = offsets
        self._helpers = helpers
        self._context, self._index, *self._words = function.args
        self._builder = Builder(function)
        self._terms = Translator(layout, self._words)
        by_source: dict[int, dict[tuple[int, ...], list[_Way]]] = {}
        for step in system.steps:
            if step.process == process.index and not step.guard.is_false:
                ways = by_source.setdefault(step.source, {}).setdefault(step.choices, [])
                ways.append(_Way(step, _tests(step.guard)))
        field = layout.fields[process.location]
        shifted = self._builder.binary("lshr", self._words[field.word], constant(field.shift))
        raw = self._builder.binary("and", shifted, constant((1 << field.width) - 1))
        nothing = function.block()
        blocks = [(source - field.base, function.block()) for source in by_source]
        self._builder.switch(raw, nothing, blocks)
        for (source, _), by_choices in zip(blocks, by_source.values(), strict=True):
            self._builder.at(dict(blocks)[source])
            mark = self._terms.mark()
            for choices in sorted(by_choices):
                self._ways(by_choices[choices])
            self._terms.forget(mark)
            self._builder.ret()
        self._builder.at(nothing)
        self._builder.ret()

    def _ways(self, ways: list[_Way]) -> None:
        """Take the ways whose tests come out as they should."""
        open_ways = [way for way in ways if way.tests]
        for way in ways:
            if not way.tests:
                self._take(way.step)
        if not open_ways:
            return
        if len(open_ways) == 1:
            self._single(open_ways[0])
            return
        test = _most_common(open_ways)
        builder, terms = self._builder, self._terms
        then_ways = [_without(way, test) for way in open_ways if way.tests.get(test) is True]
        else_ways = [_without(way, test) for way in open_ways if way.tests.get(test) is False]
        condition = terms.emit(builder, test)
        then, otherwise, after = (builder.function.block() for _ in range(3))
        builder.branch_if(condition, then if then_ways else after, otherwise if else_ways else after)
        for block, part in ((then, then_ways), (otherwise, else_ways)):
            builder.at(block)
            mark = terms.mark()
            self._ways(part)
            terms.forget(mark)
            builder.branch(after)
        builder.at(after)
        self._ways([way for way in open_ways if test not in way.tests])

    def _single(self, way: _Way) -> None:
        builder, terms = self._builder, self._terms
        condition: Value | None = None
        for test, wanted in way.tests.items():
            value = terms.emit(builder, test)
            if not wanted:
                value = builder.binary("xor", value, constant(1, value.type))
            condition = value if condition is None else builder.binary("and", condition, value)
        assert condition is not None
        with builder.when(condition):
            mark = terms.mark()
            self._take(way.step)
            terms.forget(mark)

    def _take(self, step: Step) -> None:
        """The step is enabled: note what it raises and what occurs, and where it leads."""
        builder, terms = self._builder, self._terms
        place = constant(self._record.first + step.id)
        if any(raised.condition.is_true for raised in step.raises):
            builder.call(self._helpers.note, [self._context, place, self._index])
        else:
            builder.store(constant(KNOWN), builder.element(I64, self._context, place))
        for number, raised in enumerate(step.raises):
            if raised.condition.op is not Op.CONST:
                with builder.when(terms.emit(builder, raised.condition)):
                    place = constant(self._record.raised + self._offsets[step.id] + number)
                    builder.call(self._helpers.note, [self._context, place, self._index])
        for occurrence in step.occurrences:
            if occurrence.condition.op is not Op.CONST:
                with builder.when(terms.emit(builder, occurrence.condition)):
                    memory.put(builder, self._context, self._record.occurred + occurrence.event, constant(1))
        if step.fault:
            builder.call(self._helpers.fault, [self._context])
        else:
            builder.call(self._helpers.push, [self._context, *self._target(step)])

    def _target(self, step: Step) -> list[Value]:
        """Return the words after the step: in each word, clear what changes, then set it."""
        builder = self._builder
        cleared = [0] * len(self._words)
        fixed = [0] * len(self._words)
        computed: list[list[Value]] = [[] for _ in self._words]
        for variable, term in step.updates:
            field = self._layout.fields[variable]
            limit = (1 << field.width) - 1
            cleared[field.word] |= limit << field.shift
            if term.op is Op.CONST:
                assert term.payload is not None
                raw_constant = int(term.payload) - field.base
                if not 0 <= raw_constant <= limit:
                    memory.put(builder, self._context, Cell.OVERFLOW, constant(variable + 1))
                fixed[field.word] |= (raw_constant & limit) << field.shift
                continue
            value = self._terms.emit(builder, term)
            if field.boolean:
                raw = builder.convert("zext", value, I64)
            else:
                raw = builder.binary("sub", value, constant(field.base)) if field.base else value
                if not field.bounded:
                    with builder.when(builder.compare("ugt", raw, constant(limit))):
                        memory.put(builder, self._context, Cell.OVERFLOW, constant(variable + 1))
                    raw = builder.binary("and", raw, constant(limit))
            computed[field.word].append(builder.binary("shl", raw, constant(field.shift)) if field.shift else raw)
        return [
            self._assembled(word, cleared[number], fixed[number], computed[number])
            for number, word in enumerate(self._words)
        ]

    def _assembled(self, word: Value, cleared: int, fixed: int, computed: list[Value]) -> Value:
        builder = self._builder
        if cleared:
            word = builder.binary("and", word, constant(~cleared))
        if fixed:
            word = builder.binary("or", word, constant(fixed))
        for value in computed:
            word = builder.binary("or", word, value)
        return word


def _tests(guard: Term) -> dict[Term, bool]:
    """Take a guard apart into tests and how each must come out."""
    if guard.is_true:
        return {}
    parts = conjuncts(guard)
    return dict((part.args[0], False) if part.op is Op.NOT else (part, True) for part in parts)


def _most_common(ways: Sequence[_Way]) -> Term:
    """Return the test that most ways make; of those the one that comes first."""
    counts: dict[Term, int] = {}
    for way in ways:
        for test in way.tests:
            counts[test] = counts.get(test, 0) + 1
    return max(counts, key=lambda test: counts[test])


def _without(way: _Way, test: Term) -> _Way:
    return _Way(way.step, {other: wanted for other, wanted in way.tests.items() if other is not test})
