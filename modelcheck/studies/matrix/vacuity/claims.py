"""Properties that hold and say nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from modelcheck.checking.vacuity.record import Aspect, Gap
from modelcheck.ground.diagnostics import Diagnostic, Note, Severity
from modelcheck.ir.system import SoughtKind
from modelcheck.language import variants
from modelcheck.language.syntax import ast
from modelcheck.result.verdict import Verdict
from modelcheck.studies.matrix.vacuity.judged import Judged, Run
from modelcheck.studies.matrix.vacuity.places import Key, key_of
from modelcheck.studies.matrix.vacuity.words import quoted, scenarios_of


def claims_about_nothing(run: Run) -> Iterator[Diagnostic]:
    # Of what a property needs, the outer one (it comes first) is said.
    late = [Gap.INITIAL, Gap.UNWRITTEN, Gap.NUMBER]
    found: dict[tuple[Gap, str, Key, SoughtKind | None], list[tuple[Judged, Aspect]]] = {}
    for j in run.judged:
        if not j.vacuity.moves:
            continue  # that is what is to be said about it
        for aspect in j.vacuity.aspects:
            found.setdefault((aspect.gap, aspect.property, key_of(aspect.span), aspect.how), []).append((j, aspect))
    said: set[str] = set()
    for key in sorted(found, key=lambda key: key[0] in late):
        gap, name, *_ = key
        aspect = found[key][0][1]
        edit = run.edit_around(aspect.span)
        deciding = [(j, a) for j, a in found[key] if edit is not None or j.pair.variant == variants.BASE]
        if name in said or not deciding or not all(a.vacuous for _, a in deciding):
            continue
        allowed = run.allowances.allowed(ast.Allowed.VACUOUS, [name])
        if not any(cell.property_name == name for j, _ in deciding for cell in j.pair.cells):
            continue  # not asked for
        if gap is not Gap.INITIAL and not _is_decided(run, name, [j for j, _ in deciding], edit):
            continue
        if run.left_out or (variants.BASE if edit is None else edit.name) in run.unknown:
            continue
        if aspect.whole:
            said.add(name)
        if allowed or not all(a.vacuous for _, a in found[key]):
            continue
        yield _says_nothing(run, aspect, [j for j, _ in deciding])


def _is_decided(run: Run, name: str, where: Sequence[Judged], edit: ast.VariantDecl | None) -> bool:
    """Whether it is known of every scenario what a property says there, and it is violated in none."""
    designs = run.judged if edit is not None else run.base
    for j in designs:
        cells = [cell for cell in j.pair.cells if cell.property_name == name]
        if any(cell.verdict not in (Verdict.HOLDS, Verdict.NOT_APPLICABLE) for cell in cells):
            return False
    return all(j.vacuity.complete for j in where)


def _says_nothing(run: Run, aspect: Aspect, pairs: Sequence[Judged]) -> Diagnostic:
    name, text = aspect.property, quoted(aspect.span)
    nothing = f"`{name}` says nothing" if aspect.whole else f"this part of `{name}` says nothing"
    span = aspect.span
    match aspect.gap:
        case Gap.ANTECEDENT:
            message = f"`{text}` is {'always' if aspect.how is SoughtKind.ALWAYS else 'never'} true: {nothing}"
        case Gap.DOMAIN if aspect.never:
            message = f"{aspect.never}: {nothing}"
            span = span.first_line
        case Gap.DOMAIN:
            message = f"there is never anything that `{text}` is about: {nothing}"
        case Gap.EVENT if aspect.how is SoughtKind.KEY:
            message = f"`{text}` only ever happens with null as its key, which is none: {nothing}"
        case Gap.EVENT:
            message = f"`{text}` never happens: {nothing}"
        case Gap.NUMBER:
            message = f"`{text}` is true whatever happens, with so few threads: {nothing}"
        case Gap.UNWRITTEN:
            message = f"nothing ever changes what `{name}` is about: it repeats what holds in the initial state"
            span = span.first_line
        case Gap.INITIAL:
            message = f"`{name}` is met in the initial state already: it shows nothing"
            span = span.first_line
    notes = (Note(f"in {scenarios_of(pairs)}"), *run.advice(f'`allow vacuous {name} "why";`'))
    return Diagnostic(aspect.gap.value, Severity.WARNING, message, span, notes)
