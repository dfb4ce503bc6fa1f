"""What makes a class countable: nobody tells its instances apart, and initial values grow evenly with their number."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import assert_never

from modelcheck.ir.passes.counters import Replicas
from modelcheck.ir.system import System
from modelcheck.ir.terms import INT
from modelcheck.ir.uncountable import (
    AsksHowMany,
    Holder,
    HoldsIdentity,
    InitialGrows,
    InitialNotSum,
    NotCountable,
    Part,
    SeveralClasses,
    Uncountable,
)
from modelcheck.model import typed
from modelcheck.model.properties import saying_nothing
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
        why = _tells_apart(node, holder, process)
        if why is not None:
            raise NotCountable(why)
    for variable in model.shared:
        if variable.initial is not None and not _is_affine(variable.initial):
            raise NotCountable(InitialNotSum(variable.name))
    return process


def apart(model: typed.Model, process: str) -> dict[int, Uncountable]:
    """Properties (by number) of which alone something tells instances of ``process`` apart, or asks how
    many there are: they have no proof, which is no harm to the others.
    """
    found: dict[int, Uncountable] = {}
    for prop in filter(_is_read_only, model.properties):
        holder = Holder(Part.DECLARATION, prop.name)
        reasons = (_tells_apart(node, holder, process) for node in below(prop))
        why = next((reason for reason in reasons if reason is not None), None)
        if why is not None:
            found[prop.id] = why
    return found


def without(model: typed.Model, properties: Collection[int]) -> typed.Model:
    """The model with properties (by number) that say nothing, so that they tell nobody apart."""
    return replace(model, properties=tuple(_silent(p) if p.id in properties else p for p in model.properties))


def _silent(prop: typed.Property) -> typed.Property:
    body = saying_nothing(prop.body)
    assert body is not None, f"{prop.name} keeps something in the state"
    return replace(prop, body=body)


def _is_read_only(prop: typed.Property) -> bool:
    """Whether a property only looks at states and steps, and keeps nothing of its own in them."""
    return saying_nothing(prop.body) is not None


def _tells_apart(node: object, holder: Holder, process: str) -> Uncountable | None:
    if isinstance(node, typed.ProcType | typed.ProcDomain) and node.process == process:
        return HoldsIdentity(holder, process)
    if isinstance(node, typed.LabelRef | typed.Done) and node.process == process and node.replica is not None:
        return HoldsIdentity(holder, process)
    if isinstance(node, typed.CountProcesses) and node.process == process and holder.part is not Part.SHARED:
        return AsksHowMany(holder, process)
    return None


def _nodes(model: typed.Model) -> Iterator[tuple[object, Holder]]:
    """Every node of a model with the part of the model that it stands in; of properties only those
    that keep something in the state.
    """
    for variable in model.shared:
        yield from ((node, Holder(Part.SHARED, variable.name)) for node in below(variable))
    declarations: tuple[typed.ObjectClass | typed.Event | typed.Inline | typed.Process | typed.Property, ...]
    monitors = (prop for prop in model.properties if not _is_read_only(prop))
    declarations = (*model.objects, *model.events, *model.inlines, *model.processes, *monitors)
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
