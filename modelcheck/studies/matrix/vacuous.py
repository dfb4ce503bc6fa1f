"""What green cells of a run say nothing about, put together over its designs and scenarios: one warning for each place.

What is reached in one scenario, or in one design, is reached. The spec's own text is judged in the scenarios of the base, that of a variant or patch in all designs
that it is part of. Of what is not known to be unreachable (an exploration that did not end, a scenario that was left out) nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, pairwise

from modelcheck.checking.vacuity.places import Passed, Place, PlaceKind
from modelcheck.checking.vacuity.record import Aspect, Gap, Vacuity
from modelcheck.ground.diagnostics import Diagnostic, DiagnosticBag, Note, Severity, SpecError
from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.ground.suggest import missing
from modelcheck.ir.system import SoughtKind
from modelcheck.language import pipeline, variants
from modelcheck.language.pipeline import property_names
from modelcheck.language.syntax import ast
from modelcheck.result.verdict import Verdict
from modelcheck.studies.matrix.model import Pair

#: The codes of findings that `--strict=vacuity` makes a failure.
CODES = frozenset(
    {"MC326", "MC420", "MC421", "MC422", "MC423", "MC424", "MC425", "MC426", "MC427", "MC428", "MC429", "MC430"}
)
#: Characters of the user's text that are quoted.
_QUOTED = 60
#: Scenarios that are named.
_NAMED = 3

_Key = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class _Judged:
    """A pair of which something is known. ``passed``: places that code was at."""

    pair: Pair
    vacuity: Vacuity
    passed: Passed


def vacuous(spec: ast.Spec, pairs: Sequence[Pair], left_out: Sequence[str], *, fixed: bool = False) -> list[Diagnostic]:
    """Return the warnings about a run. ``spec``: as loaded; ``left_out``: scenarios of the base that were not looked at; ``fixed``: params were given
    values for this run, or not all designs were looked at.

    What only the numbers of instances say that were explored (``run p[*]``) is a hint: more may do it.
    """
    known = [p if p.vacuity is None else replace(p, vacuity=p.vacuity.sure) for p in pairs]
    guessing = any(one.vacuity is not other.vacuity for one, other in zip(pairs, known, strict=True))
    seen = _summary(spec, pairs, left_out, fixed, guessing).found()
    if not guessing:
        return seen
    surely = _summary(spec, known, left_out, fixed)
    sure = [found for found in surely.found() if found.code != "MC430"]
    told = {_what(found) for found in sure}
    rest = [found if found.code in ("MC429", "MC430") else _unsure(found) for found in seen if _what(found) not in told]
    return sorted([*sure, *rest], key=_position)


def _summary(
    spec: ast.Spec, pairs: Sequence[Pair], left_out: Sequence[str], fixed: bool, guessing: bool = False
) -> _Summary:
    judged = [_Judged(p, p.vacuity, Passed(p.vacuity.passed)) for p in pairs if p.vacuity is not None]
    return _Summary(spec, pairs, judged, left_out, fixed, guessing)


def _what(found: Diagnostic) -> tuple[object, ...]:
    """What a finding is about: the same place may be told of in other words."""
    return found.span if found.span is None else _key(found.span), found.code in ("MC420", "MC421", "MC428")


def _unsure(found: Diagnostic) -> Diagnostic:
    """A finding that is no failure, since more instances than were explored may do it."""
    notes = (*found.notes, Note("with more of them it may happen: this is a hint, and no failure"))
    return replace(found, severity=Severity.HINT, notes=notes)


def check_allowed(spec: ast.Spec, bag: DiagnosticBag) -> None:
    """Report (MC431) what is allowed not to happen and does not exist. ``spec``: as loaded."""
    edited = [
        edit.item
        for v in spec.items
        if isinstance(v, ast.VariantDecl)
        for edit in v.edits
        if isinstance(edit, ast.AddEdit)
    ]
    everything = ast.Spec((*spec.items, *edited))
    scenarios = [item.name for item in everything.items if isinstance(item, ast.ScenarioDecl)]
    found = labels_of(spec)
    for allow in _allows(spec):
        if allow.allowed is ast.Allowed.VACUOUS:
            known = [*property_names(everything), *scenarios]
            what = "property or scenario"
        else:
            known = [label for owner, label in found if allow.owner in (None, owner)]
            what = "label" if allow.owner is None else f"label in `{allow.owner}`"
        if allow.name not in known:
            bag.add(missing("MC431", f"there is no {what} `{allow.name}`", allow.name, known, allow.span))


def _allows(spec: ast.Spec) -> list[ast.AllowDecl]:
    """Everything that is allowed, at top level and in variants."""
    found = [item for item in spec.items if isinstance(item, ast.AllowDecl)]
    return found + [allow for item in spec.items if isinstance(item, ast.VariantDecl) for allow in item.allows]


class _Summary:
    """``guessing``: not everything that is found is sure; then nobody is told to allow it."""

    def __init__(
        self,
        spec: ast.Spec,
        pairs: Sequence[Pair],
        judged: Sequence[_Judged],
        left_out: Sequence[str],
        fixed: bool,
        guessing: bool,
    ) -> None:
        self._fixed = fixed
        self._guessing = guessing
        self._spec = spec
        self._judged = judged
        self._base = [j for j in judged if j.pair.variant == variants.BASE]
        self._edited = [item for item in spec.items if isinstance(item, ast.VariantDecl)]
        self._allows = _allows(spec)
        self._used: set[int] = set()
        self._left_out = left_out
        self._absent = _run_by(spec, left_out)
        # A design of which some scenario has no answer at all is not known.
        self._unknown = {p.variant for p in pairs if p.vacuity is None or p.failure}

    def found(self) -> list[Diagnostic]:
        found = [*self._idle(), *self._places(), *self._constant(), *self._edits(), *self._aspects()]
        return [*sorted(found, key=_position), *self._stale()]

    # what is allowed

    def _allowed(
        self,
        allowed: ast.Allowed,
        names: Iterable[str],
        owner: str | None = None,
        inside: ast.VariantDecl | None = None,
    ) -> bool:
        """Whether somebody has said that it is meant so (``inside``: in that variant)."""
        wanted = set(names)
        answer = False
        for index, allow in enumerate(self._allows):
            if inside is not None and allow not in inside.allows:
                continue
            if allow.allowed is allowed and allow.name in wanted and (allow.owner is None or allow.owner == owner):
                self._used.add(index)
                answer = True
        return answer

    def _stale(self) -> Iterator[Diagnostic]:
        """An allowance for what happens after all, if that is known: everything in which it could have been needed was looked at."""
        for index, allow in enumerate(self._allows):
            inside = next((v for v in self._edited if allow in v.allows), None)
            designs = self._base if inside is None else [j for j in self._judged if j.pair.variant == inside.name]
            name = variants.BASE if inside is None else inside.name
            if index in self._used or not designs or name in self._unknown:
                continue
            asked = self._left_out or allow.allowed is ast.Allowed.VACUOUS
            if asked and not self._happens(allow, designs):
                continue
            what = "is reached" if allow.allowed is ast.Allowed.UNREACHED else "is not vacuous"
            message = f"`{allow.name}` {what} after all: take this line out"
            yield Diagnostic("MC430", Severity.WARNING, message, allow.span)

    def _happens(self, allow: ast.AllowDecl, designs: Sequence[_Judged]) -> bool:
        """Whether what is allowed not to happen is seen to happen, whatever was left out."""
        if allow.allowed is ast.Allowed.UNREACHED:
            spans = [s for owner, s in labelled(self._spec, allow.name) if allow.owner in (None, owner)]
            return any(j.passed.inside(span) for j in designs for span in spans)
        return any(a.property == allow.name and not a.vacuous for j in designs for a in j.vacuity.aspects) or any(
            j.pair.scenario == allow.name and j.vacuity.moves for j in designs
        )

    # places

    def _places(self) -> Iterator[Diagnostic]:
        candidates: dict[_Key, Place] = {}
        blocked: set[_Key] = set()
        for j in self._judged:
            for place in j.vacuity.unpassed:
                edit = self._edit_around(place.span)
                if edit is None and j.pair.variant != variants.BASE:
                    continue
                key = _key(place.span)
                candidates.setdefault(key, place)
                if not j.vacuity.complete:
                    blocked.add(key)
        unseen = [p for p in candidates.values() if not any(j.passed.inside(p.span) for j in self._deciding(p))]
        for place in unseen:
            self._allowed(ast.Allowed.UNREACHED, place.labels, place.owner)
        unreached = [p for p in unseen if _key(p.span) not in blocked and self._is_known(p)]
        for run in self._runs(_outermost(unreached)):
            labels = [label for place in run for label in place.labels]
            if self._is_allowed(labels, run[0]):
                continue
            if any(j.passed.inside(run[0].span) for j in self._judged):
                continue  # in a design that is no part of what decides
            yield self._unreached(run)

    def _constant(self) -> Iterator[Diagnostic]:
        """Branches and loop bodies of the base that constants keep everybody out of, in every scenario and design."""
        if (
            self._left_out
            or self._unknown
            or self._fixed
            or any(isinstance(i, ast.UnknownDecl) for i in self._spec.items)
        ):
            return
        running = {owner for j in self._judged for owner in j.vacuity.owners}
        for item in self._spec.items:
            if not isinstance(item, ast.ProcessDecl) or item.name not in running:
                continue
            for body, condition in _branches(item.body):
                seen = any(
                    j.passed.inside(body.span) or any(_inside(p.span, body.span) for p in j.vacuity.unpassed)
                    for j in self._judged
                )
                if seen or not _does_something(body):
                    continue
                labels = [labelled.label for labelled in _below(body)]
                if self._allowed(ast.Allowed.UNREACHED, labels, item.name):
                    continue
                message = f"`{_quoted(body.span)}` never runs: `{_quoted(condition)}` is constant, the same in every scenario and design"
                example = labels[0] if labels else "LABEL"
                notes = self._advice(f'`allow unreached {example} "why";`')
                yield Diagnostic("MC420", Severity.WARNING, message, body.span.first_line, notes)

    def _is_allowed(self, labels: Sequence[str], place: Place) -> bool:
        """Of the code that a variant brings in, what is said at top level about a label of the base says nothing."""
        edit = self._edit_around(place.span)
        if edit is None:
            return self._allowed(ast.Allowed.UNREACHED, labels, place.owner)
        written = {labelled.label for labelled in _below(edit)}
        own = [label for label in labels if label in written]
        return self._allowed(ast.Allowed.UNREACHED, labels, place.owner, edit) or self._allowed(
            ast.Allowed.UNREACHED, own, place.owner
        )

    def _runs(self, places: Sequence[Place]) -> Iterator[Sequence[Place]]:
        """Neighbours that follow one another, those of each edit for themselves."""
        for run in _runs(places):
            for _, part in groupby(run, lambda place: self._edit_of(place.span)):
                yield list(part)

    def _edit_of(self, span: Span) -> _Key | None:
        found = self._edit_around(span)
        edit = None if found is None else next((e for e in found.edits if _inside(span, e.span)), None)
        return None if edit is None else _key(edit.span)

    def _deciding(self, place: Place) -> Sequence[_Judged]:
        return self._base if self._edit_around(place.span) is None else self._judged

    def _is_known(self, place: Place) -> bool:
        """Whether everything was looked at in which the place could be reached."""
        edit = self._edit_around(place.span)
        if edit is None and variants.BASE in self._unknown:
            return False
        if edit is not None and self._unknown:
            return False
        processes = {owner for j in self._judged for owner in j.vacuity.owners}
        return not self._left_out or (place.owner not in self._absent and place.owner in processes & self._plain())

    def _plain(self) -> set[str]:
        """Names of processes (of an inline it is not asked who may call it)."""
        return {item.name for item in self._spec.items if isinstance(item, ast.ProcessDecl)}

    def _edit_around(self, span: Span) -> ast.VariantDecl | None:
        return next((v for v in self._edited if _inside(span, v.span)), None)

    def _unreached(self, run: Sequence[Place]) -> Diagnostic:
        place = run[0]
        deciding = [j for j in self._deciding(place) if _key(place.span) in {_key(p.span) for p in j.vacuity.unpassed}]
        text = _quoted(place.span)
        condition = "" if place.condition is None else _quoted(place.condition)
        edit = self._edit_around(place.span)
        code = "MC420"
        span = place.span.first_line
        match place.kind:
            case PlaceKind.GUARD:
                code = "MC421"
                always = f": `{condition}` is never true there" if condition else ", whatever it waits for never comes"
                message = f"`{text}` never gets through{always}"
            case PlaceKind.PROVIDED:
                code = "MC421"
                message = f"`{place.owner}` never runs: what it is `provided`, `{condition}`, is never true"
                span = place.condition or span
            case PlaceKind.BRANCH if condition:
                message = f"`{text}` is never reached: `{condition}` is never true there"
            case _:
                message = f"`{text}` is never reached"
        around = None if edit is None else next((e for e in edit.edits if _inside(place.span, e.span)), None)
        if edit is not None and around is not None and self._whole(around, deciding):
            code, span = "MC428", around.span.first_line
            message = f"this edit of `{edit.name}` has no effect: {message}"
        notes = [Note(f"in {_where(deciding)}")]
        ends = list(dict.fromkeys(end for j in deciding for end in j.vacuity.ends))
        if ends:
            notes.append(Note(f"runs end in {_names(ends)} before they could get there"))
        if len(run) > 1:
            behind = len(run) - 1
            notes.append(Note(f"nor {'is the statement' if behind == 1 else f'are the {behind} statements'} behind it"))
        label = next((label for p in run for label in p.labels), None)
        example = label or "LABEL"
        to_label = "" if label else ", with a label at it"
        notes += self._advice(f'`allow unreached {example} "why";`{to_label}')
        return Diagnostic(code, Severity.WARNING, message, span, tuple(notes))

    def _advice(self, allow: str) -> tuple[Note, ...]:
        return () if self._guessing else (Note(f"if it is meant to be so: {allow}"),)

    def _whole(self, edit: ast.Edit, deciding: Sequence[_Judged]) -> bool:
        """Whether nothing of an edit is ever reached."""
        body = edit.new if isinstance(edit, ast.ReplaceTextEdit) else getattr(edit, "body", None)
        return isinstance(body, ast.Block) and not any(j.passed.inside(body.span) for j in deciding)

    # edits of which nothing can be seen

    def _edits(self) -> Iterator[Diagnostic]:
        """Edits whose code stands where constants keep everybody out, and values that nobody ever sees."""
        for variant in self._edited:
            own = [j for j in self._judged if j.pair.variant == variant.name]
            if not own or variant.name in self._unknown or variants.BASE in self._unknown or self._left_out:
                continue
            said = False
            for edit in variant.edits:
                why = self._no_effect(edit, own)
                if why:
                    said = True
                    yield self._without_effect(variant, edit.span, why)
            values = all(isinstance(edit, ast.SetEdit | ast.SetParam) for edit in variant.edits)
            if variant.edits and values and not said and self._same_as_base(own):
                span = variant.edits[0].span if len(variant.edits) == 1 else variant.span
                yield self._without_effect(
                    variant, span, "every scenario is the same without it, nobody sees the value"
                )

    def _without_effect(self, variant: ast.VariantDecl, span: Span, why: str) -> Diagnostic:
        message = f"this edit of `{variant.name}` has no effect: {why}"
        names = list(dict.fromkeys(j.pair.scenario for j in self._judged if j.pair.variant == variant.name))
        where = f"scenario {_names(names)}" if len(names) == 1 else f"scenarios {_names(names)}"
        return Diagnostic("MC428", Severity.WARNING, message, span.first_line, (Note(f"in {where}"),))

    def _no_effect(self, edit: ast.Edit, own: Sequence[_Judged]) -> str:
        """Why an edit by itself changes nothing that can happen; empty if it is not known to."""
        match edit:
            case ast.SetParam(name=name) if _every_scenario_sets(self._spec, name):
                return f"every scenario gives `{name}` a value of its own"
            case ast.InsertEdit(anchor=anchor, body=body) | ast.ReplaceEdit(anchor=anchor, body=body):
                owners = {owner for j in own for owner in j.vacuity.owners}
                known = anchor.owner in self._plain() and anchor.owner in owners
                # Code that is there was either passed or not.
                seen = any(
                    j.passed.inside(body.span) or any(_inside(p.span, body.span) for p in j.vacuity.unpassed)
                    for j in self._judged
                )
                if known and not seen and _does_something(body):
                    return "constants keep everybody out of the code around it"
        return ""

    def _same_as_base(self, own: Sequence[_Judged]) -> bool:
        """Whether a design is, in every scenario, the transition system that the base is."""
        base = {j.pair.scenario: j for j in self._base}
        if {j.pair.scenario for j in own} != set(base):
            return False
        return all(self._is_same(j, base[j.pair.scenario]) for j in own)

    def _is_same(self, one: _Judged, other: _Judged) -> bool:
        if _seen(one) != _seen(other):
            return False  # spares making the systems
        return _system(self._spec, one.pair) == _system(self._spec, other.pair) is not None

    # properties

    def _aspects(self) -> Iterator[Diagnostic]:
        # Of what a property needs, the outer one (it comes first) is said.
        late = [Gap.INITIAL, Gap.UNWRITTEN]
        found: dict[tuple[Gap, str, _Key, SoughtKind | None], list[tuple[_Judged, Aspect]]] = {}
        for j in self._judged:
            if not j.vacuity.moves:
                continue  # that is what is to be said about it
            for aspect in j.vacuity.aspects:
                found.setdefault((aspect.gap, aspect.property, _key(aspect.span), aspect.how), []).append((j, aspect))
        said: set[str] = set()
        for key in sorted(found, key=lambda key: key[0] in late):
            gap, name, *_ = key
            aspect = found[key][0][1]
            edit = self._edit_around(aspect.span)
            deciding = [(j, a) for j, a in found[key] if edit is not None or j.pair.variant == variants.BASE]
            if name in said or not deciding or not all(a.vacuous for _, a in deciding):
                continue
            allowed = self._allowed(ast.Allowed.VACUOUS, [name])
            if not any(cell.property_name == name for j, _ in deciding for cell in j.pair.cells):
                continue  # not asked for
            if gap is not Gap.INITIAL and not self._is_decided(name, [j for j, _ in deciding], edit):
                continue
            if self._left_out or (variants.BASE if edit is None else edit.name) in self._unknown:
                continue
            said.add(name)
            if allowed or not all(a.vacuous for _, a in found[key]):
                continue
            yield self._says_nothing(aspect, [j for j, _ in deciding])

    def _is_decided(self, name: str, where: Sequence[_Judged], edit: ast.VariantDecl | None) -> bool:
        """Whether it is known of every scenario what a property says there, and it is violated in none."""
        designs = self._judged if edit is not None else self._base
        for j in designs:
            cells = [cell for cell in j.pair.cells if cell.property_name == name]
            if any(cell.verdict not in (Verdict.HOLDS, Verdict.NOT_APPLICABLE) for cell in cells):
                return False
        return all(j.vacuity.complete for j in where)

    def _says_nothing(self, aspect: Aspect, where: Sequence[_Judged]) -> Diagnostic:
        name, text = aspect.property, _quoted(aspect.span)
        span = aspect.span
        match aspect.gap:
            case Gap.ANTECEDENT:
                message = f"`{text}` is {'always' if aspect.how is SoughtKind.ALWAYS else 'never'} true: `{name}` says nothing"
            case Gap.DOMAIN if aspect.never:
                message = f"{aspect.never}: `{name}` says nothing"
                span = span.first_line
            case Gap.DOMAIN:
                message = f"there is never anything that `{text}` is about: `{name}` says nothing"
            case Gap.EVENT if aspect.how is SoughtKind.KEY:
                message = f"`{text}` only ever happens with null as its key, which is none: `{name}` says nothing"
            case Gap.EVENT:
                message = f"`{text}` never happens: `{name}` says nothing"
            case Gap.UNWRITTEN:
                message = f"nothing ever changes what `{name}` is about: it repeats what holds in the initial state"
                span = span.first_line
            case Gap.INITIAL:
                message = f"`{name}` is met in the initial state already: it shows nothing"
                span = span.first_line
        notes = (Note(f"in {_where(where)}"), *self._advice(f'`allow vacuous {name} "why";`'))
        return Diagnostic(aspect.gap.value, Severity.WARNING, message, span, notes)

    # scenarios

    def _idle(self) -> Iterator[Diagnostic]:
        """Scenarios of the base in which nothing happens, and variants that nothing happens in at all."""
        yield from self._idle_of([j for j in self._base if not j.vacuity.moves and j.vacuity.complete])
        for variant in dict.fromkeys(j.pair.variant for j in self._judged if j.pair.variant != variants.BASE):
            own = [j for j in self._judged if j.pair.variant == variant]
            base = {j.pair.scenario for j in self._base if not j.vacuity.moves}
            still = [j for j in own if not j.vacuity.moves and j.vacuity.complete]
            if len(still) == len(own) and any(j.pair.scenario not in base for j in own):
                yield from self._idle_of(still)
        for j in self._base:
            if j.vacuity.any_number and j.vacuity.sizes == (0,):
                names = " and ".join(f"`{name}`" for name in j.vacuity.any_number)
                if not self._allowed(ast.Allowed.VACUOUS, [j.pair.scenario]):
                    message = f"scenario `{j.pair.scenario}` was explored without any {names} only: whether anything happens in it is not known"
                    yield Diagnostic("MC429", Severity.WARNING, message, self._scenario(j.pair.scenario))

    def _idle_of(self, still: Sequence[_Judged]) -> Iterator[Diagnostic]:
        left = [j for j in still if not self._allowed(ast.Allowed.VACUOUS, [j.pair.scenario])]
        for ends in dict.fromkeys(j.vacuity.ends for j in left):
            here = [j for j in left if j.vacuity.ends == ends]
            names = _names([j.pair.scenario for j in here])
            variant = here[0].pair.variant
            design = "" if variant == variants.BASE else f" of `{variant}`"
            which = "scenario" if len(here) == 1 else "the scenarios"
            if ends:
                message = f"every run in {which} {names}{design} ends at its first step, in {_names(ends)}: nothing else was looked at"
            else:
                message = f"nothing ever happens in {which} {names}{design}: every process waits at its first step, or has none"
            notes = (
                [] if ends else [Note("this never gets through", s) for s in dict.fromkeys(_waiting(here[0]))][:_NAMED]
            )
            yield Diagnostic("MC427", Severity.WARNING, message, self._scenario(here[0].pair.scenario), tuple(notes))

    def _scenario(self, name: str) -> Span | None:
        found = next((i for i in self._spec.items if isinstance(i, ast.ScenarioDecl) and i.name == name), None)
        return None if found is None else found.span.first_line


def _waiting(j: _Judged) -> Iterator[Span]:
    """Where the processes stand that do nothing."""
    for place in j.vacuity.unpassed:
        if place.kind is PlaceKind.GUARD and not any(
            _inside(place.span, other.span) and other is not place for other in j.vacuity.unpassed
        ):
            yield place.span.first_line


def _seen(j: _Judged) -> object:
    # Spans from different worker processes are of different copies of one text.
    return [(cell.property_name, cell.verdict) for cell in j.pair.cells], {_key(span) for span in j.vacuity.passed}


def _system(spec: ast.Spec, pair: Pair) -> str | None:
    """A hash of the transition system of a pair, whatever the design is called; None if there is none (processes in any number)."""
    from modelcheck.ir.fingerprint import fingerprint
    from modelcheck.semantics.elaborate.build import build_system

    try:
        model = pipeline.instance(spec, pair.variant, pair.scenario).model
        return fingerprint(replace(build_system(model), variant=""))
    except SpecError:
        return None


def _every_scenario_sets(spec: ast.Spec, param: str) -> bool:
    """Whether each scenario of a spec and its variants, or one that it inherits from, gives a param a value."""
    edited = [
        e.item
        for v in spec.items
        if isinstance(v, ast.VariantDecl)
        for e in v.edits
        if isinstance(e, ast.AddEdit | ast.OverrideEdit)
    ]
    scenarios = [item for item in (*spec.items, *edited) if isinstance(item, ast.ScenarioDecl)]
    sets = {s.name for s in scenarios if any(isinstance(c, ast.SetParam) and c.name == param for c in s.clauses)}
    if any(
        s.name in sets and not any(isinstance(c, ast.SetParam) and c.name == param for c in s.clauses)
        for s in scenarios
    ):
        return False  # a variant's scenario of that name does not
    parents = {s.name: s.parents for s in scenarios}

    def given(name: str) -> bool:
        return name in sets or any(given(parent) for parent in parents.get(name, ()))

    return bool(scenarios) and all(given(s.name) for s in scenarios)


def _branches(node: object) -> Iterator[tuple[ast.Stmt, Span]]:
    """What stands behind a condition or domain, with it; nothing that is inside another one's."""
    match node:
        case ast.If(condition, then, otherwise):
            yield then, condition.span
            yield from _branches(then)
            if otherwise is not None:
                yield otherwise, condition.span
                yield from _branches(otherwise)
        case ast.For(domain=domain, body=body):
            yield body, domain.span
            yield from _branches(body)
        case ast.While(condition=condition, body=body):
            yield body, condition.span
            yield from _branches(body)
        case _:
            for name in getattr(type(node), "__slots__", ()):
                value = getattr(node, name)
                for part in value if isinstance(value, tuple) else (value,):
                    if type(part).__module__ == ast.__name__:
                        yield from _branches(part)


def _does_something(node: ast.Stmt) -> bool:
    """Whether there is more in a body than declarations and labels."""
    match node:
        case ast.Block(statements=statements):
            return any(_does_something(s) for s in statements)
        case ast.Labelled(statement=statement):
            return _does_something(statement)
        case _:
            return isinstance(node, ast.Assign | ast.CompoundAssign | ast.Emit | ast.Goto | ast.When | ast.Return)


def _run_by(spec: ast.Spec, scenarios: Sequence[str]) -> frozenset[str]:
    """The processes that these scenarios (or those that they inherit from) run."""
    known = {item.name: item for item in spec.items if isinstance(item, ast.ScenarioDecl)}
    waiting, seen, found = list(scenarios), set[str](), set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in known:
            continue
        seen.add(name)
        waiting += known[name].parents
        for clause in known[name].clauses:
            if isinstance(clause, ast.RunClause):
                found.update(entry.process for entry in clause.entries)
    return frozenset(found)


def labelled(spec: ast.Spec, label: str) -> list[tuple[str, Span]]:
    """Return the statements with a label, each with the process or inline that it is in."""
    return [(owner, s.span) for owner, s in _labels(spec) if s.label == label]


def labels_of(spec: ast.Spec) -> list[tuple[str, str]]:
    """Return the labels of a spec and its variants, each with its process or inline (an empty name inside an edit)."""
    return [(owner, s.label) for owner, s in _labels(spec)]


def _labels(spec: ast.Spec) -> Iterator[tuple[str, ast.Labelled]]:
    for item in spec.items:
        if isinstance(item, ast.VariantDecl):
            for edit in item.edits:
                anchor = getattr(edit, "anchor", None)
                owner = (
                    anchor.owner if isinstance(anchor, ast.Anchor) else getattr(getattr(edit, "item", None), "name", "")
                )
                yield from ((owner, s) for s in _below(edit))
        else:
            yield from ((getattr(item, "name", ""), s) for s in _below(item))


def _below(node: object) -> Iterator[ast.Labelled]:
    if isinstance(node, ast.Labelled):
        yield node
    for name in getattr(type(node), "__slots__", ()):
        value = getattr(node, name)
        for part in value if isinstance(value, tuple) else (value,):
            if type(part).__module__ == ast.__name__:
                yield from _below(part)


def _runs(places: Sequence[Place]) -> list[list[Place]]:
    """Neighbours that follow one another, together."""
    ordered = sorted(places, key=lambda p: (_key(p.block), p.index))
    found: list[list[Place]] = [ordered[:1]] if ordered else []
    for before, place in pairwise(ordered):
        if _key(before.block) == _key(place.block) and place.index - before.index <= 1:
            found[-1].append(place)
        else:
            found.append([place])
    return found


def _outermost(places: Sequence[Place]) -> list[Place]:
    """Those that are in no other one."""
    return [
        p
        for p in places
        if not any(_inside(p.span, q.span) and (p.span.start, p.span.end) != (q.span.start, q.span.end) for q in places)
        and not any(_key(p.span) == _key(q.span) and q is not p and places.index(q) < places.index(p) for q in places)
    ]


def _where(where: Sequence[_Judged]) -> str:
    """The scenarios, in words."""
    names = list(dict.fromkeys(j.pair.scenario for j in where))
    shown = f"scenario {_names(names)}" if len(names) == 1 else f"scenarios {_names(names)}"
    sizes = {j.vacuity.sizes: j.vacuity.any_number for j in where if j.vacuity.any_number}
    if () in sizes:
        shown += f" (with any number of {_names(sizes[()])})"
    elif sizes:
        most = max(max(s) for s in sizes)
        classes = list(dict.fromkeys(name for found in sizes.values() for name in found))
        shown += f" (with up to {most} of {_names(classes)})"
    return shown


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"


def _quoted(span: Span) -> str:
    text = " ".join(span.text.split())
    return text if len(text) <= _QUOTED else f"{text[: _QUOTED - 1]}…"


def _key(span: Span) -> _Key:
    return (span.source.path, span.start, span.end)


def _inside(span: Span, around: Span) -> bool:
    return span.source.path == around.source.path and around.start <= span.start and span.end <= around.end


def _position(found: Diagnostic) -> tuple[str, int]:
    return ("", 0) if found.span is None else (found.span.source.path, found.span.start)
