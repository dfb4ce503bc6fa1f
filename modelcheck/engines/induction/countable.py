"""What makes a class countable: nobody tells its instances apart, and initial values grow evenly with their number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from modelcheck.ir.passes.counters import Replicas
from modelcheck.ir.system import System
from modelcheck.ir.terms import INT
from modelcheck.ir.uncountable import (
    AsksHowMany,
    HasReaderLock,
    Holder,
    HoldsIdentity,
    InitialGrows,
    InitialNotSum,
    NotCountable,
    Part,
    SeveralClasses,
)
from modelcheck.model import typed
from modelcheck.model.trees import below


def counted_class(model: typed.Model) -> str:
    """The class that runs in any number.

    Raises ``NotCountable`` if its instances can be told apart, as far as the model shows it.
    """
    found = [p.name for p in model.processes if p.count is None]
    if len(found) != 1:
        raise NotCountable(SeveralClasses(tuple(found)))
    process = found[0]
    for node, holder in _nodes(model):
        match node:
            case typed.ProcType(name) | typed.ProcDomain(name) if name == process:
                raise NotCountable(HoldsIdentity(holder, process))
            case typed.LockType(kind):
                _check_lock(kind.facts.state, holder)
            case typed.CountProcesses(name) if name == process and holder.part is not Part.SHARED:
                raise NotCountable(AsksHowMany(holder, process))
    for variable in model.shared:
        if variable.initial is not None and not _is_affine(variable.initial):
            raise NotCountable(InitialNotSum(variable.name))
    return process


def _check_lock(state: typed.LockState, holder: Holder) -> None:
    """Raise ``NotCountable`` if what a lock keeps is bounded by the number of instances."""
    match state:
        case typed.LockState.LOCKED | typed.LockState.DONE:
            pass
        case typed.LockState.READERS:
            raise NotCountable(HasReaderLock(holder))
        case _:
            assert_never(state)


def _nodes(model: typed.Model) -> Iterator[tuple[object, Holder]]:
    """Every node of a model with the part of the model that it stands in."""
    for variable in model.shared:
        yield from ((node, Holder(Part.SHARED, variable.name)) for node in below(variable))
    declarations: tuple[typed.ObjectClass | typed.Event | typed.Inline | typed.Process | typed.Property, ...]
    declarations = (*model.objects, *model.events, *model.inlines, *model.processes, *model.properties)
    for declared in declarations:
        yield from ((node, Holder(Part.DECLARATION, declared.name)) for node in below(declared))
    yield from ((node, Holder(Part.INITIAL_STATE)) for node in below(model.init))


def _is_affine(e: typed.Expr) -> bool:
    """Whether the value grows by the same amount with each instance."""
    if not any(isinstance(node, typed.CountProcesses) for node in below(e)):
        return True
    match e:
        case typed.CountProcesses():
            return True
        case typed.Binary("+" | "-", left, right):
            return _is_affine(left) and _is_affine(right)
        case typed.Binary("*", typed.Constant(), other) | typed.Binary("*", other, typed.Constant()):
            return _is_affine(other)
        case typed.New(inits=inits):
            return all(_is_affine(value) for _, value in inits)
        case (
            typed.Constant()
            | typed.Terminal()
            | typed.Access()
            | typed.Operator()
            | typed.Choosing()
            | typed.CallExpr()
            | typed.AtomicOp()
            | typed.LockOp()
            | typed.CondLoad()
            | typed.Quantifier()
            | typed.OfProperties()
            | typed.CountAllocated()
        ):
            return False
        case _:
            assert_never(e)


def growth_of(two: System, others: Mapping[int, System], replicas: Replicas) -> dict[int, int]:
    """By how much initial values grow with each instance. Raises ``NotCountable`` if they do not grow evenly."""
    initial = {n: {v.name: v.initial for v in system.variables} for n, system in others.items()}
    own = {*replicas.own[0], *replicas.own[1]}
    result: dict[int, int] = {}
    for v in two.variables:
        if v.id in own:
            continue
        slope = int(v.initial) - int(initial[1].get(v.name, v.initial))
        for n, known in initial.items():
            if v.name in known and int(known[v.name]) != int(v.initial) + (n - 2) * slope:
                raise NotCountable(InitialGrows(v.name))
        if slope and v.sort != INT:
            raise NotCountable(InitialGrows(v.name))
        if slope:
            result[v.id] = slope
    return result
