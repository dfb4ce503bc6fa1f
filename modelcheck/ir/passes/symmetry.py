"""What may be exchanged in a state without changing anything that is asked: replicas, and slots of pools.

A renaming of slots permutes the slots of pools (``System.symmetric_pools``): their fields move, and
references follow. Only renamings that leave the initial state as it is are used, so that the
reachable states are closed under them and their number is known from one state of each orbit.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import permutations, product

from modelcheck.ground.records import dataclass
from modelcheck.ir.passes.replicas import Rows, replica_rows
from modelcheck.ir.system import System, Variable
from modelcheck.ir.terms import INT
from modelcheck.model.typed import RefType

#: At most this many renamings, the identity included, are used.
MOST_RENAMINGS = 24

#: For each pool that is renamed: where each of its slots goes.
_Slots = dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Renaming:
    """``sources``: the variable whose value a variable gets, if it is not its own; ``values``: the
    new values of references, by the old one.
    """

    sources: Mapping[int, int]
    values: Mapping[int, tuple[int, ...]]

    def apply(self, state: Mapping[int, bool | int]) -> dict[int, bool | int]:
        """Return the renamed state (values by variable)."""
        result = dict(state)
        for variable in {*self.sources, *self.values}:
            value = state[self.sources.get(variable, variable)]
            result[variable] = self.values[variable][int(value)] if variable in self.values else value
        return result


@dataclass(frozen=True, slots=True)
class Symmetry:
    """``groups`` of replicas; ``renamings``: all but the identity.

    Together they form a group, in which the two kinds commute.
    """

    groups: tuple[Rows, ...] = ()
    renamings: tuple[Renaming, ...] = ()

    def orbit(self, state: Mapping[int, bool | int]) -> Hashable:
        """Return what is equal for two states exactly if one is made of the other by exchanges."""
        own = {variable for rows in self.groups for row in rows for variable in row}
        rest = [variable for variable in sorted(state) if variable not in own]
        return min(self._sorted(image, rest) for image in (state, *(r.apply(state) for r in self.renamings)))

    def fixed(self, variables: Iterable[int]) -> list[int]:
        """Return those of some variables whose values no exchange changes."""
        moved = {variable for rows in self.groups for row in rows for variable in row}
        for renaming in self.renamings:
            moved.update(renaming.sources, renaming.values)
        return [variable for variable in variables if variable not in moved]

    def _sorted(self, state: Mapping[int, bool | int], rest: Sequence[int]) -> tuple[tuple[int, ...], ...]:
        """The values of the variables ``rest`` that no replica owns, and those of the replicas in order."""
        replicas = [sorted([tuple([int(state[v]) for v in row]) for row in rows]) for rows in self.groups]
        return (tuple([int(state[variable]) for variable in rest]), *(row for rows in replicas for row in rows))

    def counterparts(self, variable: int) -> frozenset[int]:
        """Return the variables whose values may be exchanged with that of this one, and itself."""
        found = {variable}
        work = [variable]
        while work:
            one = work.pop()
            columns = (column for rows in self.groups for column in zip(*rows, strict=True) if one in column)
            near = {other for column in columns for other in column}
            near |= {renaming.sources[one] for renaming in self.renamings if one in renaming.sources}
            work += near - found
            found |= near
        return frozenset(found)


def symmetry_of(system: System) -> Symmetry:
    """Return everything that may be exchanged."""
    return Symmetry(replica_rows(system), _renamings(system))


def _renamings(system: System) -> tuple[Renaming, ...]:
    initial = {variable.id: variable.initial for variable in system.variables}
    possible: list[list[_Slots]] = []
    number = 1
    for pool in system.symmetric_pools:
        places = _places(system, pool)
        if places is None:
            continue
        slots = len(next(iter(places.values())))
        ways: list[_Slots] = [{pool: way} for way in permutations(range(slots))] if slots <= 4 else []
        kept = [way for way in ways if _renaming(system, way).apply(initial) == initial]
        if len(kept) > 1 and number * len(kept) <= MOST_RENAMINGS:
            possible.append(kept)
            number *= len(kept)
    found = []
    for ways_of_all in product(*possible):
        together: _Slots = {pool: way for one in ways_of_all for pool, way in one.items()}
        if any(way != tuple(range(len(way))) for way in together.values()):
            found.append(_renaming(system, together))
    return tuple(found)


def _renaming(system: System, moved: _Slots) -> Renaming:
    sources: dict[int, int] = {}
    values: dict[int, tuple[int, ...]] = {}
    for pool, way in moved.items():
        for ids in (_places(system, pool) or {}).values():
            sources.update((ids[to], ids[slot]) for slot, to in enumerate(way) if to != slot)
        for variable in _references(system, pool):
            # 0: null; 1 + slot: live; 1 + slots + slot: stale
            stale = tuple(1 + len(way) + to for to in way)
            values[variable.id] = (0, *(1 + to for to in way), *stale)
    return Renaming(sources, values)


def _references(system: System, pool: str) -> Iterator[Variable]:
    return (v for v in system.variables if isinstance(v.type, RefType) and v.type.target == pool and v.sort == INT)


def _places(system: System, pool: str) -> dict[tuple[object, ...], tuple[int, ...]] | None:
    """For each thing that every slot of a pool has, the variables by slot; None if slots are not alike."""
    found: dict[tuple[object, ...], dict[int, int]] = {}
    slots: set[int] = set()
    for v in system.variables:
        if v.slot is not None and v.slot[0] == pool:
            slot = v.slot[1]
            what = (v.name.replace(f"{pool}[{slot}]", f"{pool}[]"), v.kind, v.owner, v.type, v.sort, v.low, v.high)
            if slot in found.setdefault(what, {}):
                return None
            found[what][slot] = v.id
            slots.add(slot)
    if not found or any(ids.keys() != slots for ids in found.values()) or slots != set(range(len(slots))):
        return None
    return {what: tuple(ids[slot] for slot in sorted(slots)) for what, ids in found.items()}
