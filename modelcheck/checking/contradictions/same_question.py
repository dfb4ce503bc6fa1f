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


def unlike(model: typed.Model, system: System) -> str:
    """Return what is different about the properties of a model and those of the system made from
    it; empty if nothing is.
    """
    if len(model.properties) != len(system.asked):
        return f"{len(model.properties)} properties became {len(system.asked)}"
    for number, (said, made) in enumerate(zip(model.properties, system.asked, strict=True)):
        if (number, said.id, said.name) != (made.id, made.id, made.name):
            return f"the property {said.name} became {made.name}"
        for what in _differences(said, made):
            return f"of the property {said.name} {what} is another"
    return ""


def _differences(said: typed.Property, made: SystemProperty) -> Iterator[str]:
    if said.kind != made.kind:
        yield "the kind"
    if said.existential != made.existential:
        yield "whether one run is enough"
    if said.not_applicable != made.not_applicable:
        yield "whether it applies"
    elif said.not_applicable is None:
        kinds = {key.kind for key in said.body.keys} if isinstance(said.body, typed.Obligation) else set()
        for form in (Form.DEADLOCK, Form.STUCK):
            if (form.value in kinds) != (form in made.forms):
                yield f"whether it is about {form.value} states"
        if _at_rest(said.body, kinds) != made.needs_drained:
            yield "whether it is judged at rest"


def _at_rest(body: typed.PropertyBody, kinds: set[str]) -> bool:
    return judged_at_the_end(body) or (not isinstance(body, typed.Count) and not kinds.isdisjoint(AT_REST))
