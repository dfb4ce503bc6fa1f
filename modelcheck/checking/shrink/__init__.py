"""From the first shortest run that violates a property to the one that a person should read, and which
order of steps it needs.

``shortest`` chooses among all shortest runs, as far as the system is small enough to look at;
``reorder`` makes do with moving steps of the run that was found. ``orders`` says which orders of
steps of different threads are essential. Whatever comes out is a schedule that the interpreter has
yet to replay.
"""

from __future__ import annotations

from collections.abc import Mapping

from modelcheck.checking.shrink.effort import Effort, TooLarge
from modelcheck.checking.shrink.layers import Layers
from modelcheck.checking.shrink.orders import essential_orders
from modelcheck.checking.shrink.reorder import fewer_switches
from modelcheck.checking.shrink.shortest import Ends, easiest
from modelcheck.engines.explicit.machine import Machine
from modelcheck.ground.records import dataclass
from modelcheck.ir.system import Form, System, SystemProperty
from modelcheck.result.trace import Schedule
from modelcheck.semantics.interpreter.interpreter import Interpreter

#: States looked at for one system: about two seconds.
LIMIT = 200_000


@dataclass(frozen=True, slots=True)
class Shrunk:
    """``orders``: pairs of indices into ``schedule``, the earlier step first; None if they could not be found out."""

    schedule: Schedule
    orders: tuple[tuple[int, int], ...] | None

    def numbered(self) -> tuple[tuple[int, int], ...] | None:
        """Return the orders as pairs of numbers of steps, which count from 1."""
        return None if self.orders is None else tuple((first + 1, second + 1) for first, second in self.orders)


def shrink(
    system: System,
    interpreter: Interpreter,
    schedules: Mapping[int, Schedule],
    limit: int = LIMIT,
    machine: Machine | None = None,
    until: float | None = None,
) -> dict[int, Shrunk]:
    """Return for each property (by id) a run of the same length that is easiest to read, and its essential orders.

    ``schedules``: a run for each property that violates it. ``machine``: of this system, if there
    is one already. The same on every call with the same arguments, unless the moment ``until`` (of
    ``time.perf_counter``) comes first: then the runs are as easy to read as they were made until
    then.
    """
    layers = Layers(system, limit, machine, until)
    properties = {prop.id: prop for prop in system.properties}
    found: dict[int, Shrunk] = {}
    # The short ones first: they need fewer levels, and the longer ones go on from there.
    for number in sorted(schedules, key=lambda number: (len(schedules[number]), number)):
        choosing, ordering = Effort(until=until), Effort(until=until)
        try:
            schedule = easiest(layers, properties[number], schedules[number], choosing)
        except TooLarge:
            schedule = fewer_switches(interpreter, schedules[number], number, Effort(until=until))
        found[number] = Shrunk(schedule, _orders(layers, interpreter, schedule, properties[number], ordering))
    return found


def orders_of(
    system: System, interpreter: Interpreter, schedule: Schedule, property_: int, limit: int = LIMIT
) -> tuple[tuple[int, int], ...] | None:
    """Return the essential orders of a run as it is, as pairs of numbers of steps; None if they
    could not be found out.
    """
    prop = next(prop for prop in system.properties if prop.id == property_)
    return Shrunk(schedule, _orders(Layers(system, limit), interpreter, schedule, prop)).numbered()


def _orders(
    layers: Layers, interpreter: Interpreter, schedule: Schedule, prop: SystemProperty, effort: Effort | None = None
) -> tuple[tuple[int, int], ...] | None:
    try:
        if Form.STUCK in prop.forms and not Ends(layers, prop, None).end(schedule):
            return None  # whether another run is stuck as well takes a look at everything ahead of it
        return essential_orders(layers, interpreter, schedule, prop.id, effort)
    except TooLarge:
        return None
