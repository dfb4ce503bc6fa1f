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
from modelcheck.ir.system import System
from modelcheck.language import pipeline
from modelcheck.model import typed
from modelcheck.result.budget import Budget
from modelcheck.result.checked import Checked
from modelcheck.result.reasons.stops import Vacuous
from modelcheck.result.verdict import Answer, Verdict
from modelcheck.studies.matrix.cache.models import identity
from modelcheck.studies.matrix.expectations import Outcome as Expected
from modelcheck.studies.matrix.expectations import compare
from modelcheck.studies.mutate.alike import Difference, Kind, TooManyError, difference
from modelcheck.studies.mutate.cache import Compared, Known, Looked
from modelcheck.studies.mutate.model import Judged, Kill, Notice, Outcome
from modelcheck.studies.mutate.mutants import Mutant
from modelcheck.studies.mutate.original import Original, Said, Scenario, applying_nowhere
from modelcheck.studies.mutate.settled import differs_in_settled_steps_only
from modelcheck.studies.mutate.spell import edited
from modelcheck.studies.mutate.unseen import differs_in_unseen_steps_only
from modelcheck.studies.reasons import JustOpen, Senseless, Unsettled

_DECIDED = (Verdict.HOLDS, Verdict.VIOLATED, Verdict.NOT_APPLICABLE)


def judge(original: Original, mutant: Mutant, budget: Budget, known: Known) -> Judged:
    """Return what becomes of a mutant. ``budget``: for each scenario; ``known``: from earlier runs."""
    started = time.process_time()
    try:
        found = _Judge(original, mutant, budget, known).judged()
    except SpecError as error:
        found = Judged(mutant, Outcome.INVALID, reason=Senseless(error.diagnostics[0]))
    return replace(found, seconds=time.process_time() - started)


def design(original: Original, mutant: Mutant) -> pipeline.Edited:
    """Return the design with the mutant's edits."""
    items = edited(original.edited.spec.items, mutant.edits)
    assert items is not None
    return replace(original.edited, spec=replace(original.edited.spec, items=items))


class _OpenError(Exception):
    """A scenario does not say whether it kills, for this reason."""

    def __init__(self, reason: Unsettled) -> None:
        self.reason = reason


class _Judge:
    """One mutant. ``fresh``: how often the engines were asked."""

    def __init__(self, original: Original, mutant: Mutant, budget: Budget, known: Known) -> None:
        self.original, self.mutant, self.budget, self.known = original, mutant, budget, known
        self.changed = design(original, mutant)
        self.fresh = 0
        self._systems: dict[str, System] = {}

    def judged(self) -> Judged:
        """What becomes of it."""
        looked: dict[str, tuple[str, Looked]] = {}
        open: Unsettled | None = None
        for scenario in self.original.scenarios:
            model = self.changed.resolved(scenario.name).model
            digest = identity(model).digest
            if digest == scenario.digest:
                continue
            try:
                found = self._look(scenario, model, digest)
            except _OpenError as error:
                open = open or error.reason
                continue
            if isinstance(found, Kill):
                return self._made(Outcome.KILLED, kill=found)
            looked[scenario.name] = digest, found
        absent = applying_nowhere(self.changed, self.original.asked)
        if absent:
            return self._made(Outcome.KILLED, kill=self._unasked(absent))
        if open is not None:
            return self._made(Outcome.UNDECIDED, reason=open)
        if not looked:
            return self._made(Outcome.NOT_RUN)
        unseen = any(one.lengths for _, one in looked.values())
        for name, (digest, one) in looked.items():
            compared = self._compared(name, digest)
            unlike = _unlike(compared, one)
            if unlike:
                # One scenario in which it can be told will do: where, the cheapest says.
                return self._made(Outcome.SURVIVED, scenario=name, difference=unlike[0])
            unseen = unseen or (compared is not None and compared.unseen)
        return self._made(Outcome.EQUIVALENT, unseen=unseen)

    def _unasked(self, absent: frozenset[str]) -> Kill:
        """That a property which is expected by name applies in no scenario any more, told of one in which it did."""
        for scenario in self.original.scenarios:
            for name, said in scenario.said.items():
                if name in absent and said.verdict is not Verdict.NOT_APPLICABLE:
                    return Kill(scenario.name, name, False, Notice.UNEXPECTED, None)
        return Kill(self.original.scenarios[0].name, min(absent), False, Notice.UNEXPECTED, None)

    def _made(
        self,
        outcome: Outcome,
        kill: Kill | None = None,
        unseen: bool = False,
        scenario: str = "",
        difference: Difference | None = None,
        reason: Unsettled | None = None,
    ) -> Judged:
        reused = not self.fresh and outcome is not Outcome.NOT_RUN
        return Judged(self.mutant, outcome, kill, unseen, scenario, difference, reason, reused=reused)

    def _look(self, scenario: Scenario, model: typed.Model, digest: str) -> Kill | Looked:
        found = self.known.look(scenario, digest)
        if found is None:
            self.fresh += 1
            found, system = _look(scenario, model, self.changed, self.budget)
            if system is not None:
                self._systems[scenario.name] = system
            self.known.keep_look(scenario, digest, found)
        return found

    def _compared(self, name: str, digest: str) -> Compared | None:
        """How it differs in a scenario; None if it would take too long to find out."""
        from modelcheck.semantics.elaborate import elaborate

        scenario = self.original.scenario(name)
        known = self.known.compared(scenario, digest)
        if known is not None:
            return known
        self.fresh += 1
        model = self.changed.resolved(name).model
        if any(process.count is None for process in model.processes):
            return None
        before, after = self.original.system(name), self._systems.get(name) or elaborate(model)
        try:
            first = difference(before, after)
        except TooManyError:
            return None
        try:
            found = Compared(first, first is not None and _seen_by_nobody(before, after))
        except TooManyError:
            found = Compared(first, False)
        self.known.keep_compared(scenario, digest, found)
        return found


def _seen_by_nobody(before: System, after: System) -> bool:
    """Whether they differ in such steps only. Raises ``TooManyError`` if that would take too long to find out."""
    try:
        if differs_in_settled_steps_only(before, after):
            return True
    except TooManyError:
        pass
    return differs_in_unseen_steps_only(before, after)


def _unlike(compared: Compared | None, one: Looked) -> tuple[Difference | None, ...]:
    """What can be seen to be different in a scenario (None: it would take too long to find out); empty: nothing."""
    if compared is None:
        return (None,)
    if compared.first is not None and not compared.unseen:
        return (compared.first,)
    return (Difference(Kind.VERDICTS, 0, one.otherwise),) if one.otherwise else ()


class _Noticed(Exception):
    """A property is violated by a run that has been replayed: the rest need not be looked at."""

    def __init__(self, kill: Kill) -> None:
        self.kill = kill


def _look(
    scenario: Scenario, model: typed.Model, changed: pipeline.Edited, budget: Budget
) -> tuple[Kill | Looked, System | None]:
    """Ask the engines. Raises ``_OpenError`` if there is no kill and something is not decided."""
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
        return noticed.kill, None
    kills = list(_kills(scenario, model, checked))
    if kills:
        return _clearest(kills), None
    answers = {answer.property: answer for answer in checked.answers}
    said = [(prop, scenario.said.get(prop.name), answers[prop.id]) for prop in model.properties if prop.id in answers]
    open = [answer.reason or JustOpen(answer.verdict) for _, before, answer in said if _is_open(before, answer)]
    if open:
        raise _OpenError(open[0])
    otherwise = [prop.name for prop, before, answer in said if before is None or before.verdict is not answer.verdict]
    otherwise += [name for name in scenario.said if all(prop.name != name for prop in model.properties)]
    lengths = [prop.name for prop, before, answer in said if before is not None and before.length != answer.length]
    return Looked(tuple(otherwise), tuple(lengths)), checked.system


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
    if verdict is Verdict.ERROR and isinstance(answer.reason, Vacuous) and was in _DECIDED:
        return Notice.NO_REST
    expected = before is not None and before.outcome is not Expected.SURPRISE
    if before is not None and expected and compare(before.claim, verdict) is Expected.SURPRISE:
        return Notice.UNEXPECTED
    return None


_ORDER = (Notice.VIOLATED, Notice.UNWITNESSED, Notice.NO_REST, Notice.UNEXPECTED)


def _clearest(kills: list[Kill]) -> Kill:
    """The one to tell: by a run, of a property that somebody wrote, in few steps."""

    def rank(kill: Kill) -> tuple[int, bool, bool, int]:
        # That something is stuck is so from some early state on, and says least about why.
        return _ORDER.index(kill.notice), kill.builtin, kill.property_name == "stuck", kill.length or 0

    return min(kills, key=rank)
