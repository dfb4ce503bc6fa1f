"""Whether a system asks what the model asks.

Above all it is what a system *does* that is compared with the interpreter. What is asked of it the
engines take from the system alone: a property that the elaborator has made one that does not apply,
or whose deadlocks or stuck states it has forgotten, would be missed by nobody.
"""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.ir.system import Form, System, SystemProperty
from modelcheck.model import typed
from modelcheck.model.obligations import AT_REST
from modelcheck.model.properties import judged_at_the_end
from modelcheck.result.reasons.differences import Aspect, Inconsistency, OtherAspect, OtherProperties, OtherProperty


def unlike(model: typed.Model, system: System) -> Inconsistency | None:
    """Return what is different about the properties of a model and those of the system made from
    it; None if nothing is.
    """
    if len(model.properties) != len(system.asked):
        return OtherProperties(len(model.properties), len(system.asked))
    for number, (said, made) in enumerate(zip(model.properties, system.asked, strict=True)):
        if (number, said.id, said.name) != (made.id, made.id, made.name):
            return OtherProperty(said.name, made.name)
        for what in _differences(said, made):
            return OtherAspect(said.name, what)
    return None


def _differences(said: typed.Property, made: SystemProperty) -> Iterator[Aspect]:
    if said.kind != made.kind:
        yield Aspect.KIND
    if said.existential != made.existential:
        yield Aspect.EXISTENTIAL
    if said.not_applicable != made.not_applicable:
        yield Aspect.APPLIES
    elif said.not_applicable is None:
        kinds = {key.kind for key in said.body.keys} if isinstance(said.body, typed.Obligation) else set()
        for form, aspect in ((Form.DEADLOCK, Aspect.DEADLOCK), (Form.STUCK, Aspect.STUCK)):
            if (form.value in kinds) != (form in made.forms):
                yield aspect
        if _at_rest(said.body, kinds) != made.needs_drained:
            yield Aspect.AT_REST


def _at_rest(body: typed.PropertyBody, kinds: set[str]) -> bool:
    return judged_at_the_end(body) or (not isinstance(body, typed.Count) and not kinds.isdisjoint(AT_REST))
