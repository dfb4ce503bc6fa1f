"""What a proof is about: the system that z3 sees and what it was made of, built so that it can be
built again from what a certificate says.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

from modelcheck.engines.induction.countable import apart, counted_class, growth_of, without
from modelcheck.engines.protocol import Sized
from modelcheck.engines.semantics import Semantics
from modelcheck.ground.records import dataclass
from modelcheck.ir.counted import CounterSystem
from modelcheck.ir.passes.constants import fold_constants
from modelcheck.ir.passes.counters import Replicas, count_replicas, find_replicas
from modelcheck.ir.passes.fixed import without_counters
from modelcheck.ir.system import System
from modelcheck.ir.terms import INT
from modelcheck.ir.uncountable import NotCountable, Uncountable, Uncounted
from modelcheck.model import typed

#: A local state: the values of the variables of the first replica, in order.
LocalValues = tuple["bool | int", ...]


@dataclass(frozen=True, slots=True)
class Countable:
    """A model whose class ``process`` runs in any number. ``systems``: with 0 to 3 instances;
    ``apart``: the properties that have no proof, since each tells instances apart.
    """

    process: str
    sized: Sized
    replicas: Replicas
    growth: Mapping[int, int]
    systems: Mapping[int, System]
    semantics: Semantics
    apart: Mapping[int, Uncountable]

    @property
    def three(self) -> System:
        """The system with three instances."""
        return self.systems[3]

    def model_of(self, n: int) -> typed.Model:
        """The model with ``n`` instances."""
        return self.sized({self.process: n})

    def system_of(self, n: int) -> System:
        """The system with ``n`` instances. Raises ``SpecError`` if it cannot be elaborated."""
        if n in self.systems:
            return self.systems[n]
        return _with_open_counts(self.semantics.elaborate(self.model_of(n)))

    @property
    def two(self) -> System:
        """The system with two instances, which the counted one is made of."""
        return self.replicas.system

    @property
    def location(self) -> int:
        """The variable that says where the first instance is."""
        return self.two.processes[self.replicas.first].location

    @property
    def own_names(self) -> tuple[str, ...]:
        """The names of the variables that make a local state."""
        return tuple(self.two.variables[id].name for id in self.replicas.own[0])


@dataclass(frozen=True, slots=True)
class Subject:
    """``counted``: what is proved something of. ``system``: what it was made of. ``model``: that with
    every number fixed is proved as it is.

    ``countable``: None if every number is fixed; then there are no counters.
    """

    model: typed.Model
    system: System
    counted: CounterSystem
    semantics: Semantics
    countable: Countable | None = None

    @property
    def process(self) -> str | None:
        """The class that runs in any number."""
        return None if self.countable is None else self.countable.process

    @property
    def for_any(self) -> tuple[str, ...]:
        """The classes that run in any number."""
        return () if self.countable is None else (self.countable.process,)

    @property
    def local_states(self) -> tuple[LocalValues, ...]:
        """The local states that are counted, in order."""
        if self.countable is None:
            return ()
        own = self.countable.replicas.own[0]
        return tuple(tuple(state.values[id] for id in own) for state in self.counted.states)


def countable(model: typed.Model, sized: Sized, semantics: Semantics) -> Countable:
    """Raises ``NotCountable`` if the instances cannot be counted, ``SpecError`` if the model cannot be elaborated."""
    process = counted_class(model)
    alone = apart(model, process)
    sized = partial(_without, sized, alone)
    two = _with_open_counts(semantics.elaborate(sized({process: 2})))
    others = {n: _with_open_counts(semantics.elaborate(sized({process: n}))) for n in (0, 1, 3)}
    if two.initial_fault:
        raise NotCountable(Uncounted.INITIAL_FAULT)
    replicas = find_replicas(two, process)
    growth = growth_of(two, others, replicas)
    return Countable(process, sized, replicas, growth, {**others, 2: two}, semantics, alone)


def _with_open_counts(system: System) -> System:
    """The system without the bounds that follow from the number of instances: how many readers a lock has.

    No step looks at them, so it has the same states.
    """
    variables = tuple(
        replace(v, high=None) if isinstance(v.type, typed.LockType) and v.sort == INT else v for v in system.variables
    )
    return replace(system, variables=variables)


def _without(sized: Sized, properties: Collection[int], numbers: Mapping[str, int]) -> typed.Model:
    return without(sized(numbers), properties)


def count(model: typed.Model, known: Countable, states: Sequence[Mapping[int, bool | int]]) -> Subject:
    """Count the instances in these local states; the first is the initial one. Raises ``NotCountable``."""
    counted = count_replicas(known.replicas, known.process, states, known.growth, known.apart)
    return Subject(model, known.two, counted, known.semantics, known)


def fixed(model: typed.Model, system: System, semantics: Semantics) -> Subject:
    """A model in which every number is fixed; ``system``: elaborated from it.

    Constants are left out of what is proved.
    """
    smaller, _ = fold_constants(system)
    return Subject(model, smaller, without_counters(smaller), semantics)
