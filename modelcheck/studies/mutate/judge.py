"""What becomes of one mutant.

It is checked in one scenario after the other, the cheapest first, until a property notices. What a
kill rests on: a run that the engine found and the interpreter has replayed, or an exploration of
every state that was compared with the interpreter. A survivor always rests on the latter.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from modelcheck.ground.diagnostics import SpecError
from modelcheck.ground.records import dataclass
from modelcheck.ir.system import System
from modelcheck.language import pipeline
from modelcheck.model import typed
from modelcheck.result.budget import Budget
from modelcheck.result.checked import Checked
from modelcheck.result.reasons import Nothing
from modelcheck.result.verdict import Answer, Verdict
from modelcheck.studies.matrix.cache.models import identity
from modelcheck.studies.matrix.expectations import Outcome as Compared
from modelcheck.studies.matrix.expectations import compare
from modelcheck.studies.mutate.alike import Difference, Kind, TooManyError, difference
from modelcheck.studies.mutate.model import Judged, Kill, Notice, Outcome
from modelcheck.studies.mutate.mutants import Mutant
from modelcheck.studies.mutate.original import Original, Said, Scenario
from modelcheck.studies.mutate.spell import edited

_DECIDED = (Verdict.HOLDS, Verdict.VIOLATED, Verdict.NOT_APPLICABLE)


def judge(original: Original, mutant: Mutant, budget: Budget) -> Judged:
    """Return what becomes of a mutant. ``budget``: for each scenario."""
    started = time.process_time()
    try:
        found = _judged(original, mutant, budget)
    except SpecError as error:
        found = Judged(mutant, Outcome.INVALID, reason=error.diagnostics[0].message)
    return replace(found, seconds=time.process_time() - started)


def design(original: Original, mutant: Mutant) -> pipeline.Edited:
    """Return the design with the mutant's edits."""
    items = edited(original.edited.spec.items, mutant.edits)
    assert items is not None
    return replace(original.edited, spec=replace(original.edited.spec, items=items))


@dataclass(frozen=True, slots=True)
class _Looked:
    """What one scenario says, if it does not kill: ``open``: why something is not decided;
    ``otherwise``: properties that do not say what they said, or not at the same length; ``system``:
    of the mutant.
    """

    open: str
    otherwise: tuple[str, ...]
    system: System | None


def _judged(original: Original, mutant: Mutant, budget: Budget) -> Judged:
    changed = design(original, mutant)
    looked: dict[str, _Looked] = {}
    for scenario in original.scenarios:
        model = changed.resolved(scenario.name).model
        if identity(model).digest == scenario.digest:
            continue
        found = _look(scenario, model, changed, budget)
        if isinstance(found, Kill):
            return Judged(mutant, Outcome.KILLED, found)
        looked[scenario.name] = found
    if not looked:
        return Judged(mutant, Outcome.NOT_RUN)
    open = next((one.open for one in looked.values() if one.open), "")
    if open:
        return Judged(mutant, Outcome.UNDECIDED, reason=open)
    differences = tuple(_differences(original, looked))
    if not differences:
        return Judged(mutant, Outcome.EQUIVALENT)
    return Judged(mutant, Outcome.SURVIVED, differences=differences)


def _differences(original: Original, looked: dict[str, _Looked]) -> Iterator[tuple[str, Difference | None]]:
    """By scenario the first difference, None if it would take too long to find one; none where there is none."""
    for name, one in looked.items():
        try:
            if one.system is None:
                raise TooManyError
            found = difference(original.system(name), one.system)
        except TooManyError:
            yield name, None
            continue
        if found is not None:
            yield name, found
        elif one.otherwise:
            lengths = [said.length for other, said in original.said(name).items() if other in one.otherwise]
            yield name, Difference(Kind.LENGTHS, min((n for n in lengths if n is not None), default=0), one.otherwise)


class _Noticed(Exception):
    """A property is violated by a run that has been replayed: the rest need not be looked at."""

    def __init__(self, kill: Kill) -> None:
        self.kill = kill


def _look(scenario: Scenario, model: typed.Model, changed: pipeline.Edited, budget: Budget) -> Kill | _Looked:
    from modelcheck.checking.run import check_model

    any_number = any(process.count is None for process in model.processes)

    def known(checked: Checked) -> None:
        runs = [kill for kill in _kills(scenario, model, checked) if kill.notice is Notice.VIOLATED]
        if runs:
            raise _Noticed(_clearest(runs))

    try:
        checked = check_model(
            model,
            budget,
            sized=lambda counts: changed.resolved(scenario.name, counts).model,
            proofs=any_number,
            known=known,
            chosen=False,
        )
    except _Noticed as noticed:
        return noticed.kill
    kills = list(_kills(scenario, model, checked))
    if kills:
        return _clearest(kills)
    answers = {answer.property: answer for answer in checked.answers}
    said = [(prop, scenario.said.get(prop.name), answers[prop.id]) for prop in model.properties if prop.id in answers]
    open = [answer.reason or answer.verdict.value for _, before, answer in said if _is_open(before, answer)]
    otherwise = [
        prop.name
        for prop, before, answer in said
        if before is None or before.verdict is not answer.verdict or before.length != answer.length
    ]
    otherwise += [name for name in scenario.said if all(prop.name != name for prop in model.properties)]
    return _Looked(open[0] if open else "", tuple(otherwise), checked.system)


def _is_open(before: Said | None, answer: Answer) -> bool:
    return answer.verdict not in _DECIDED and (before is None or before.verdict in _DECIDED)


def _kills(scenario: Scenario, model: typed.Model, checked: Checked) -> Iterator[Kill]:
    """Who notices, in one scenario, by what is known there."""
    names = {prop.id: prop for prop in model.properties}
    for answer in checked.answers:
        prop = names[answer.property]
        notice = _notice(scenario.said.get(prop.name), prop, answer)
        if notice is not None:
            yield Kill(scenario.name, prop.name, prop.builtin, notice, answer.length)


def _notice(before: Said | None, prop: typed.Property, answer: Answer) -> Notice | None:
    was = Verdict.NOT_APPLICABLE if before is None else before.verdict
    verdict = answer.verdict
    if verdict is Verdict.VIOLATED and was in (Verdict.HOLDS, Verdict.NOT_APPLICABLE):
        if not prop.existential:
            return Notice.VIOLATED
        return Notice.UNWITNESSED if was is Verdict.HOLDS else None
    if verdict is Verdict.ERROR and answer.cause is Nothing.VACUOUS and was in _DECIDED:
        return Notice.NO_REST
    expected = before is not None and before.outcome is not Compared.SURPRISE
    if before is not None and expected and compare(before.claim, verdict) is Compared.SURPRISE:
        return Notice.UNEXPECTED
    return None


_ORDER = (Notice.VIOLATED, Notice.UNWITNESSED, Notice.NO_REST, Notice.UNEXPECTED)


def _clearest(kills: list[Kill]) -> Kill:
    """The one to tell: by a run, of a property that somebody wrote, in few steps."""

    def rank(kill: Kill) -> tuple[int, bool, bool, int]:
        # That something is stuck is so from some early state on, and says least about why.
        return _ORDER.index(kill.notice), kill.builtin, kill.property_name == "stuck", kill.length or 0

    return min(kills, key=rank)
