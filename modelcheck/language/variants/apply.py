"""From a spec and a variant's name to the spec of that variant."""

from __future__ import annotations

from modelcheck.ground.diagnostics import Diagnostic, DiagnosticBag, Note
from modelcheck.ground.records import dataclass
from modelcheck.ground.suggest import did_you_mean
from modelcheck.language.syntax import ast
from modelcheck.language.variants.conflicts import Touches
from modelcheck.language.variants.edit import Editor, Items
from modelcheck.language.variants.lineage import declared, lineage

#: The name of the spec without edits, as a row of the matrix.
BASE = "base"


@dataclass(frozen=True, slots=True)
class VariantRow:
    """A row of the matrix: the base (``declaration`` None) or a variant."""

    name: str
    description: str
    declaration: ast.VariantDecl | None


def names(spec: ast.Spec) -> tuple[VariantRow, ...]:
    """Return the rows of the matrix: the base, then every variant (not patches) in the order of the text."""
    rows = [VariantRow(BASE, "the spec as written", None)]
    seen = {BASE}
    for item in spec.items:
        if isinstance(item, ast.VariantDecl) and not item.patch and item.name not in seen:
            seen.add(item.name)
            rows.append(VariantRow(item.name, item.description or "", item))
    return tuple(rows)


def expectations(spec: ast.Spec, variant: str | None) -> tuple[ast.ExpectDecl, ...]:
    """Return the ``expect`` lines that speak about this variant: its own, or for the base those at top level."""
    if variant is None or variant == BASE:
        return tuple(item for item in spec.items if isinstance(item, ast.ExpectDecl))
    declaration = declared(spec).get(variant)
    if declaration is None:
        return ()
    return tuple(line for line in declaration.expects if isinstance(line, ast.ExpectDecl))


def apply(spec: ast.Spec, variant: str | None) -> tuple[ast.Spec, tuple[Diagnostic, ...]]:
    """Apply the edits of ``variant`` (None or ``base``: none) to a loaded spec.

    Parents come first, in the order they are named; a patch inherited on two ways is applied once. Returns the edited
    spec, whose nodes keep the spans of the text that wrote them (``VariantDecl`` items stay, so that later phases can
    list them), and what was found: errors MC301-MC313 (the edits they concern were left out) and warnings.
    """
    bag = DiagnosticBag()
    known = declared(spec)
    _check_names(spec, known, bag)
    if variant is None or variant == BASE:
        return spec, bag.found
    declaration = known.get(variant)
    if declaration is None:
        bag.error("MC301", f"there is no variant `{variant}`" + did_you_mean(variant, [BASE, *known]), None)
        return spec, bag.found
    line = lineage(declaration, known, bag)
    editor = Editor(spec.items, Touches(line, bag), bag)
    before_own = spec.items
    for member in line.order:
        if member is declaration:
            before_own = editor.items
        _apply_edits(editor, member, bag, own=member is declaration)
    combines = len(declaration.parents) > 1
    # `variant v : patch { }` is how a patch becomes a row of the matrix.
    promotes = not declaration.edits and any(name in known and known[name].patch for name in declaration.parents)
    fine = declaration.patch or combines or promotes or bag.has_errors
    if not fine and _same(before_own, editor.items):
        parent = f"its parent `{declaration.parents[0]}`" if declaration.parents else "the base"
        bag.warning(
            "MC315", f"variant `{declaration.name}` is the same as {parent}: its edits change nothing", declaration.span
        )
    return ast.Spec(editor.items, spec.comments, spec.span), bag.found


def labels_of_several(spec: ast.Spec, variant: str | None) -> frozenset[tuple[str, str]]:
    """Return the (owner, label) pairs that stand, after the edits of ``variant``, on the first of several
    statements that an edit has put there: an edit at such a label is warned of (MC318).
    """
    known = declared(spec)
    declaration = known.get(variant or BASE)
    if declaration is None:
        return frozenset()
    bag = DiagnosticBag()
    line = lineage(declaration, known, bag)
    editor = Editor(spec.items, Touches(line, bag), bag)
    for member in line.order:
        for edit in member.edits:
            editor.apply(edit, member.name)
    return editor.shrunk


def _apply_edits(editor: Editor, member: ast.VariantDecl, bag: DiagnosticBag, own: bool) -> None:
    for edit in member.edits:
        before, errors = editor.items, bag.found
        editor.apply(edit, member.name)
        if (
            own
            and (len(member.edits) > 1 or len(member.parents) > 1)
            and bag.found == errors
            and _same(before, editor.items)
        ):
            bag.warning("MC314", "this edit changes nothing", edit.span)


def _same(first: Items, second: Items) -> bool:
    return first is second or first == second


def _check_names(spec: ast.Spec, known: dict[str, ast.VariantDecl], bag: DiagnosticBag) -> None:
    for item in spec.items:
        if not isinstance(item, ast.VariantDecl):
            continue
        if item.name == BASE:
            bag.error("MC317", "`base` is the spec without edits; a variant needs another name", item.span)
        elif known[item.name] is not item:
            bag.error(
                "MC317",
                f"there are two variants or patches `{item.name}`",
                item.span,
                [Note("the first one", known[item.name].span)],
            )
