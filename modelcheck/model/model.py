"""A closed instance of a spec: what it declares, what its processes run, what is asked of it."""

from __future__ import annotations

from enum import Enum

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.model.events import Event
from modelcheck.model.expressions import Expr, Local, Place, RefParam
from modelcheck.model.properties import Property
from modelcheck.model.statements import Block
from modelcheck.model.types import EnumType, Field, Type, Value


@dataclass(frozen=True, slots=True)
class SharedVar:
    """A shared variable (or a lock, or an array/struct of such).

    ``initial``: the declared initial value, an expression evaluated once, before the init blocks, in
    declaration order (``New`` takes the lowest free slot). None with ``unassigned`` False means the zero value
    of locks and atomics. ``unassigned``: it may be read before it has a value; with an ``initial`` value
    only by an initialiser before its own. For arrays the value is that of every element.
    """

    id: int
    name: str
    type: Type
    initial: Expr | None
    unassigned: bool
    span: Span


@dataclass(frozen=True, slots=True)
class ObjectClass:
    """An object declaration; its slots are 0..pool-1."""

    id: int
    name: str
    pool: int
    typestable: bool
    fields: tuple[Field, ...]
    span: Span

    def field(self, name: str) -> Field:
        """Return the field of that name (raises KeyError)."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Inline:
    """An inline or callback, kept as a declaration: calls refer to it by ``name``; both back ends
    expand it at each call.

    ``locals``: all locals declared in the body (parameters not included). ``requires`` is a ghost
    check at the call, after the arguments are evaluated: no step, it sees the state of that moment;
    false is the observation ``requires``. ``call_event``/``return_event`` are set when some
    property watches this callback.
    """

    name: str
    parameters: tuple[Local | RefParam, ...]
    result: Type
    body: Block
    callback: bool
    requires: Expr | None
    sleeps: bool
    call_event: int | None
    return_event: int | None
    span: Span


@dataclass(frozen=True, slots=True)
class Process:
    """A process class that the scenario runs (classes it does not run are absent).

    ``count``: number of instances (of ``server``: 1); None for ``[*]``. ``index``: the enum whose literals are the
    instances, if it was declared ``process p[Enum]``; ``self`` then has that type, else ``ProcType``.
    ``no_sleep``: when it must not sleep, whatever locks it holds, a condition over shared variables (None: never).
    ``above``: for people, the handlers that keep it from stepping while they are active, each with the shared
    variable that says so. ``task_state``: the place (of ``self``) whose first literal says that it is running; None
    where it has no such states. ``off``: whether it has something switched off, a condition over shared variables
    (None: it never has). ``begins``: it is a handler or an item: where it stands at first it has ended.
    """

    id: int
    name: str
    count: int | None
    index: EnumType | None
    server: bool
    provided: Expr | None
    body: Block
    span: Span
    no_sleep: Expr | None = None
    above: tuple[tuple[str, int], ...] = ()
    task_state: Place | None = None
    off: Expr | None = None
    begins: bool = False


class Unmodelled(Enum):
    """What some spellings of the kernel promise and no step of a model does."""

    INTERRUPTS = "interrupts"
    GRACE_PERIODS = "RCU grace periods"


@dataclass(frozen=True, slots=True)
class Model:
    """A closed instance: one variant, one scenario, all params fixed.

    ``processes`` in the order of the scenario's ``run`` (servers last, in declaration order);
    instance numbers run through them in this order: first all of processes[0], and so on. ``init``
    is run once, as one atomic block, after the shared variables got their initial values (``New``
    takes the lowest free slot; no choice is allowed). ``locals``: every local by id.
    ``obligations`` in use are found by the back ends; ``properties`` claims them. ``unmodelled``:
    what spellings in the code promise that a green answer does not cover.
    """

    name: str
    variant: str
    scenario: str
    shared: tuple[SharedVar, ...]
    objects: tuple[ObjectClass, ...]
    events: tuple[Event, ...]
    inlines: tuple[Inline, ...]
    processes: tuple[Process, ...]
    init: Block
    properties: tuple[Property, ...]
    params: tuple[tuple[str, Value], ...]
    unmodelled: tuple[Unmodelled, ...] = ()

    @property
    def impossible(self) -> int:
        """The number to which the back ends attribute what this model says cannot happen, if it
        happens; no property has it.

        That is an obligation that no applicable property has among its keys, and the event that a
        property misses which therefore does not apply.
        """
        return len(self.properties)
