"""States of the sampler told in the variables of the counted system, and back."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np

from modelcheck.engines.induction.guesses.affine import Matrix
from modelcheck.engines.induction.samples.samples import Row, Sampler, Samples, State
from modelcheck.ir.counted import CounterSystem
from modelcheck.ir.uncountable import NotCountable, Uncounted

#: Seconds for the states around one.
SECONDS = 0.5
#: Numbers up to here, and small multiples of them, fit into 16 bits.
NARROW = 1000


class View:
    """One counted system and the samples that its local states were taken from."""

    def __init__(self, counted: CounterSystem, sampler: Sampler, samples: Samples) -> None:
        self.counted = counted
        self.sampler = sampler
        self.samples = samples
        hidden = {*counted.counters, counted.total}
        self._common = [v for v in counted.variables if v.id not in hidden]
        self._booleans = frozenset(v.id for v in counted.variables if isinstance(v.initial, bool))
        self._rests: dict[int, list[int]] = {}
        position = {v.id: i for i, v in enumerate(counted.variables)}
        self._columns = [position[v.id] for v in self._common]
        self._counters = [position[id] for id in counted.counters]
        self._total = None if counted.total is None else position[counted.total]

    def table(self, rows: Sequence[Row]) -> Matrix:
        """One row for each sample whose local states are all counted, one column for each variable of the system."""
        known = [row for row in rows if all(i < len(self._counters) for i, _ in row[2])]
        result = np.zeros((len(known), len(self.counted.variables)), dtype=np.int64)
        result[:, self._columns] = [self._rest(row[1]) for row in known] or np.zeros((0, len(self._columns)))
        if self._total is not None:
            result[:, self._total] = [row[0] for row in known]
        for r, row in enumerate(known):
            for i, many in row[2]:
                result[r, self._counters[i]] = many
        return result

    def everything(self) -> Matrix:
        """All samples whose local states are all counted, as ``table`` gives them; narrow numbers
        if they suffice, one column below the other in memory.
        """
        parts = [self.table(self.samples.rows)]
        narrow = _is_narrow(parts[0])
        kept = []
        for block in self.samples.blocks:
            known = (block.members < len(self._counters)).all(axis=0)
            kept.append(known)
            narrow = narrow and all(_is_narrow(column) for column in block.rest.values())
        rows = len(parts[0]) + sum(int(known.sum()) for known in kept)
        result: Matrix = np.zeros((rows, len(self.counted.variables)), np.int16 if narrow else np.int64, order="F")
        result[: len(parts[0])] = parts[0]
        begin = len(parts[0])
        counters = np.array(self._counters, dtype=np.int64)
        for block, known in zip(self.samples.blocks, kept, strict=True):
            end = begin + int(known.sum())
            for place, v in zip(self._columns, self._common, strict=True):
                result[begin:end, place] = block.rest[v.id][known]
            if self._total is not None:
                result[begin:end, self._total] = block.n
            here = np.arange(begin, end)
            for member in block.members:
                result[here, counters[member[known]]] += 1
            begin = end
        return result

    def _rest(self, rest: int) -> list[int]:
        found = self._rests.get(rest)
        if found is None:
            layout = self.sampler.machine.layout
            found = self._rests[rest] = [int(layout.value(rest, v.id)) for v in self._common]
        return found

    def values(self, row: Row) -> dict[int, bool | int]:
        """The value of each variable in a sample."""
        n, rest, counts = row
        numbers: dict[int, int] = dict.fromkeys(self.counted.counters, 0)
        numbers.update(zip((v.id for v in self._common), self._rest(rest), strict=True))
        numbers.update((self.counted.counters[i], many) for i, many in counts)
        if self.counted.total is not None:
            numbers[self.counted.total] = n
        return {id: bool(value) if id in self._booleans else value for id, value in numbers.items()}

    def packed(self, values: Mapping[int, bool | int]) -> tuple[int, tuple[tuple[int, int], ...]]:
        """The packed rest and the counts by number of local state. Raises ``NotCountable`` if a value does not fit."""
        layout = self.sampler.machine.layout
        rest = 0
        for v in self._common:
            f = layout.fields[v.id]
            value = int(values[v.id]) - f.base
            if not 0 <= value <= f.limit:
                raise NotCountable(Uncounted.FIELD_LEFT)
            rest |= value << f.shift
        return rest, tuple((i, int(values[id])) for i, id in enumerate(self.counted.counters) if values[id])

    def _state(self, values: Mapping[int, bool | int]) -> State | None:
        """The sampler's state for these values; None if there is none."""
        if any(values[id] < 0 for id in self.counted.counters):
            return None
        try:
            rest, counts = self.packed(values)
        except NotCountable:
            return None
        return rest, tuple(sorted((self.samples.locals[i], many) for i, many in counts))

    def _around(self, values: Mapping[int, bool | int], limit: int) -> Samples:
        found = Samples(list(self.samples.locals), dict(self.samples.numbers))
        state = self._state(values)
        if state is not None:
            n = sum(many for _, many in state[1])
            try:
                states, _ = self.sampler.around(state, limit, time.monotonic() + SECONDS)
            except NotCountable:
                states = [state]
            for one in states:
                self.sampler.keep(found, n, one)
        return found

    def around(self, values: Mapping[int, bool | int], limit: int) -> Matrix:
        """States that are reachable from one (if that is reachable), at most about ``limit``, as
        ``table`` gives them.
        """
        return self.table(self._around(values, limit).rows)

    def extend(self, values: Mapping[int, bool | int], limit: int) -> bool:
        """Add what is reachable from a state to the samples; whether that has local states which
        are not counted yet.
        """
        found = self._around(values, limit)
        new = len(found.locals) > len(self.samples.locals)
        self.samples.locals[:] = found.locals
        self.samples.numbers.update(found.numbers)
        self.samples.rows.extend(found.rows)
        return new


def _is_narrow(numbers: Matrix) -> bool:
    return not numbers.size or -NARROW <= int(numbers.min()) <= int(numbers.max()) <= NARROW
