"""Where names are declared and used, as editors are told: what is renamed in all its places still means the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from modelcheck.ground.diagnostics import Severity
from modelcheck.ground.source import Source
from modelcheck.language import pipeline, variants
from modelcheck.language.resolve.names.kinds import NameKind
from modelcheck.language.resolve.names.uses import Name, name_at
from modelcheck.language.resolve.resolve import check, names_of
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.parse import parse_text
from modelcheck.model.trees import statements_below
from modelcheck.studies.matrix.options import Options
from modelcheck.studies.matrix.plan import plan
from modelcheck.studies.synthesis.question import read_question

SPECS = Path(__file__).parents[3] / "specs"

#: Every kind of name, each used in more than one way.
TEXT = """
model names;
param DEPTH : int = 2;
unknown SIZE : 1..3 = 2;
enum Mode { idle, busy }
enum Other { idle, gone }
bits Marks { LOCKED, DEAD = 3 }
struct Pair { left : int = 0; right : Mode = idle; }
object Page pool DEPTH { count : atomic = 1; next : ref Page = null; }
shared slot  : ref Page = null;
shared modes[Mode] : 0..SIZE = 0;
shared pair  : Pair;
shared seen  : set<Mode> = {};
shared who   : opt proc walker = none;
shared marks : atomic Marks = DEAD;
spinlock guard;
event visited(page : ref Page, how : Mode);
callback hook(target : ref Page) -> bool requires target != null || slot == null { return target != null; }
inline bump(&cell : 0..SIZE, by : int) { if (cell + by <= SIZE) { cell = cell + by; } }
inline peek(page : ref Page) -> int { return page->count; }
init warm { slot = new Page { count = 1; }; }
process walker {
    local page : ref Page;
    local total : int = 0;
  start: lock(guard);
    page = slot;
    if (page != null) {
        if (hook(page)) { emit visited(page, busy); }
        total = peek(page) + DEPTH;
    }
  stop: unlock(guard);
    for (step in 0..SIZE) { modes[busy] = 0; bump(modes[Mode.idle], step); }
    pick mode in Mode where mode != Mode.idle;
    seen.add(mode);
    if (test_and_set_bit(LOCKED, &marks) && marks >> DEAD == 0) { marks = LOCKED | DEAD; }
    pair.left = total;
    pair.right = mode;
    who = some(self);
    if (total > 100) { goto stop; }
}
process keeper { local mine : Other = Other.gone; loop quiescent { when (slot == null); slot = new Page; mine = gone; } }
invariant small   : pair.left <= DEPTH + 100 && nr(walker) >= 0;
invariant linked  : forall page in Page : page->next == null || page->count >= 0;
invariant apart   : !(at(walker::stop) && at(keeper::wait)) || true;
cover     reached : exists mode in Mode : pair.right == mode && mode in seen;
count     once    : at most 9 visited(page, _) per hook(page);
order     before  : new(page) before visited(page, _);
only_if   shown   : visited(page, how) only if how == busy;
obligation no_free  : use_after_free(Page), range(modes);
scenario one { run walker, keeper; init warm; }
scenario two : one { run walker[2]; param DEPTH = 3; }
"""


def spec_of(text: str) -> ast.Spec:
    return parse_text(text, "names.mc")


def errors(spec: ast.Spec) -> list[str]:
    return [f"{d.code} {d.message} {d.span}" for d in check(spec) if d.severity is Severity.ERROR]


def text_of() -> str:
    """The text as far as this version of the language has it: with a label for the keeper's wait."""
    return TEXT.replace("loop quiescent { when", "loop quiescent { wait: when")


def by_name(names: tuple[Name, ...]) -> dict[tuple[NameKind, str, str], Name]:
    return {(name.kind, name.owner, name.name): name for name in names}


def renamed(text: str, name: Name, new: str) -> str:
    for span in sorted(name.places, key=lambda span: -span.start):
        text = text[: span.start] + new + text[span.end :]
    return text


NAMES = names_of(spec_of(text_of()))


def test_the_text_is_right() -> None:
    assert not errors(spec_of(text_of()))


def test_every_kind_is_there() -> None:
    assert {name.kind for name in (*NAMES, *CLAUSE_NAMES)} == set(NameKind)
    unused = {name.name for name in NAMES if not name.uses and name.kind not in (NameKind.PROPERTY, NameKind.PARAMETER)}
    # A scenario that no other inherits from, a label that nothing names, a literal of `Other`, the
    # key that `shown` does not look at.
    assert unused == {"two", "start", "idle", "page"}


@pytest.mark.parametrize("name", NAMES, ids=lambda name: f"{name.kind.value} {name.owner}.{name.name}")
def test_a_name_that_is_changed_in_all_its_places_means_the_same(name: Name) -> None:
    before = pipeline.Loaded(spec_of(text_of())).edited().resolved("two").model
    text = renamed(text_of(), name, "renamed_name")
    spec = spec_of(text)
    assert not errors(spec)
    assert "renamed_name" in text
    scenario = "renamed_name" if (name.kind, name.name) == (NameKind.SCENARIO, "two") else "two"
    after = pipeline.Loaded(spec).edited().resolved(scenario).model
    assert [len(p.body.statements) for p in after.processes] == [len(p.body.statements) for p in before.processes]
    assert [p.kind for p in after.properties] == [p.kind for p in before.properties]
    # And nothing of the old name is left: it is declared once, and found under the new name as often.
    again = by_name(names_of(spec))
    owner = name.owner
    mine = again[name.kind, owner, "renamed_name"]
    assert len(mine.uses) == len(name.uses)


def test_what_is_left_out_is_missed() -> None:
    """The check above would notice one place that is not known."""
    name = by_name(NAMES)[NameKind.SHARED, "", "slot"]
    text = text_of()
    for number in range(len(name.places)):
        places = sorted((s for i, s in enumerate(name.places) if i != number), key=lambda span: -span.start)
        wrong = text
        for span in places:
            wrong = wrong[: span.start] + "renamed_name" + wrong[span.end :]
        assert errors(spec_of(wrong))


def test_locals_of_one_name_are_kept_apart() -> None:
    found = [name for name in NAMES if name.kind is NameKind.LOCAL and name.name == "mode"]
    assert len(found) == 2  # picked in the walker, and of the quantifier
    assert not {span.start for span in found[0].places} & {span.start for span in found[1].places}


def test_literals_of_one_name_are_kept_apart() -> None:
    known = by_name(NAMES)
    first, second = known[NameKind.LITERAL, "Mode", "idle"], known[NameKind.LITERAL, "Other", "idle"]
    assert len(first.uses) >= 2
    assert not second.uses


def test_what_stands_at_a_place() -> None:
    text = text_of()
    offset = text.index("hook(page)") + 2
    found = name_at(NAMES, "names.mc", offset)
    assert found is not None
    assert (found.kind, found.name) == (NameKind.CALLBACK, "hook")
    assert found.declared.text == "hook"
    assert name_at(NAMES, "names.mc", text.index("lock(guard)")) is None
    assert name_at(NAMES, "other.mc", offset) is None


def test_names_of_a_variant_stand_in_its_edits() -> None:
    text = """
model edited;
shared x : 0..3 = 0;
process p { first: x = 1; second: x = 2; }
invariant low : x <= 3;
scenario s { run p; }
variant late { insert after p::second { x = 3; } }
variant more { add shared y : bool = false; override process p { local z : 0..3; z = x; y = true; x = z; } }
"""
    spec = spec_of(text)

    def uses(variant: str, kind: NameKind, name: str) -> list[int]:
        edited, _ = variants.apply(spec, variant)
        found = [each for each in names_of(edited, variant) if (each.kind, each.name) == (kind, name)]
        return [span.start for each in found for span in each.uses]

    base, late, more = (uses(variant, NameKind.SHARED, "x") for variant in ("base", "late", "more"))
    assert [start for start in late if start not in base] == [text.index("x = 3; } }")]
    assert set(more) == {text.index("z = x") + 4, text.index("x = z"), text.index("x <= 3")}
    assert uses("more", NameKind.SHARED, "y") == [text.index("y = true")]
    assert not uses("base", NameKind.SHARED, "y")
    assert uses("more", NameKind.LOCAL, "z")


#: Names in clauses: of variants, groups and asserts, in expectations, in what is allowed, in edits.
CLAUSES = """
model clauses;
param DEPTH : int = 1;
unknown MODE : Mode = slow_mode;
enum Mode { slow_mode, quick_mode }
object Page pool 1 { count : 0..3 = 0; }
shared x : 0..3 = 0;
event moved(place : int, mode : Mode);
process walker { first: x = 1; second: assert small_enough: x < DEPTH + 3; third: emit moved(x, MODE); last: skip_it(); }
process keeper { assert small_enough: x < 4; wait: when (x == 1); when (true); }
inline skip_it() { inner: x = 2; }
invariant low : x <= 3;
invariant other : x >= 0;
obligation stays : assertion(small_enough);
scenario one { run walker, keeper; }
scenario two { run walker; }
scenario three { run keeper, walker[2]; }
group both = one, two;
group all_of_them = both, three;
expect holds other, stays in both except { stays in one };
expect violates low in all_of_them except { low in one, two };
expect safe MODE in {slow_mode, quick_mode} except { low in three; other };
allow unreached walker::third "by design";
allow vacuous low "by design";
allow vacuous two "by design";
patch early { insert before walker::second { x = 0; } }
variant late : early { insert after walker::first..third { x = 2; } param DEPTH = 2; expect holds other in both; }
variant short : late, early { delete walker::third; set x = 1; set Page.count = 2; set MODE = quick_mode; }
variant text { replace in keeper { when (true); } with { when (x <= 3); } insert before skip_it::inner { x = 1; } allow unreached inner "never"; }
"""


def over_all_designs(text: str) -> list[Name]:
    """The names of every design together, those that are declared at one place as one."""
    spec = spec_of(text)
    found: dict[tuple[NameKind, int], Name] = {}
    patches = [item.name for item in spec.items if isinstance(item, ast.VariantDecl) and item.patch]
    for design in ("base", *patches, *[row.name for row in variants.names(spec)][1:]):
        for name in pipeline.Loaded(spec).edited(design).names():
            key = (name.kind, name.declared.start)
            places = found[key].uses if key in found else ()
            uses = {span.start: span for span in (*places, *name.uses)}
            found[key] = replace(name, uses=tuple(uses[start] for start in sorted(uses)))
    return list(found.values())


def told(text: str) -> tuple[object, ...]:
    """What is planned, expected and asked in all designs, without names; raises ``SpecError``."""
    spec = spec_of(text)
    planned = plan(spec, Options(slow=True))
    expected = []
    for task in planned.tasks:
        model = pipeline.Loaded(spec).edited(task.variant).resolved(task.scenario).model
        claims = [task.expectations.claim(task.scenario, one.name) for one in model.properties if not one.builtin]
        expected.append([claim and (claim.expectation, claim.property_named) for claim in claims])
    holes = read_question(spec, "base", Options()).space.holes
    return expected, [hole.size for hole in holes], [found.code for found in planned.diagnostics]


CLAUSE_NAMES = over_all_designs(CLAUSES)


@pytest.mark.parametrize("name", CLAUSE_NAMES, ids=lambda name: f"{name.kind.value} {name.owner}.{name.name}")
def test_a_name_in_clauses_can_be_changed_in_all_its_places(name: Name) -> None:
    assert told(renamed(CLAUSES, name, "renamed_name")) == told(CLAUSES)


def test_places_in_clauses() -> None:
    def uses(kind: NameKind, name: str, owner: str = "") -> int:
        (found,) = [n for n in CLAUSE_NAMES if (n.kind, n.name, n.owner) == (kind, name, owner)]
        assert all(span.text == name for span in found.places)
        return len(found.uses)

    assert uses(NameKind.GROUP, "both") == 3
    assert uses(NameKind.GROUP, "all_of_them") == 1
    assert uses(NameKind.VARIANT, "early") == 2
    assert uses(NameKind.ASSERT, "small_enough") == 2  # the second one of that name, and the obligation
    assert uses(NameKind.PROPERTY, "low") == 4
    assert uses(NameKind.PROPERTY, "stays") == 2
    assert uses(NameKind.SCENARIO, "one") == 3
    assert uses(NameKind.SCENARIO, "two") == 3
    assert uses(NameKind.PARAMETER, "place", "moved") == uses(NameKind.PARAMETER, "mode", "moved") == 0
    assert uses(NameKind.LABEL, "third", "walker") == 3
    assert uses(NameKind.LABEL, "inner", "skip_it") == 2
    assert uses(NameKind.PROCESS, "keeper") == 3
    assert uses(NameKind.FIELD, "count", "Page") == 1
    assert uses(NameKind.UNKNOWN, "MODE") == 3
    assert uses(NameKind.LITERAL, "slow_mode", "Mode") == 2


#: Code that edits quote: with other spaces, with and without labels, more than one statement, in one body or any.
QUOTED = """
model quoted;
enum Mode { idle, busy }
object Page pool 1 { count : 0..3 = 0; next : ref Page = null; }
shared slot : ref Page = null;
shared mode : Mode = idle;
inline bump(page : ref Page, by : 0..3) { done: page->count = by; }
process walker {
    local p : ref Page = null;
    local n : 0..3 = 0;
  take: p = slot;
    if (p != null && p == p) { bump(p, n); n = p->count; }
    for (n2 in 0..1) { mode = n2 == 1 ? busy : idle; }
  last: n = 0;
}
process keeper { local p : ref Page; p = new Page { count = 1; }; slot = p; done: mode = busy; }
invariant low : mode == busy || slot == null || slot->count <= 3;
scenario s { run walker, keeper; }
variant taken { replace in walker { p   =   slot; } with { atomic { p = slot; } } }
variant whole {
    replace { if (p != null && p == p) { bump(p, n); n = p->count; } for (n2 in 0..1) { mode = n2 == 1 ? busy : idle; } }
    with { n = 1; }
}
variant inside { replace { bump(p, n); } with { n = 2; } insert before walker::bump/done { by = 0; } }
variant keeps { replace in keeper { slot = p; } with { slot = null; } }
variant labelled { replace { last: n = 0; } with { last: n = 1; } }
variant again : taken { replace { atomic { p = slot; } } with { p = null; } }
"""


def built(text: str) -> list[tuple[object, ...]]:
    """What stands in each design, without names; raises ``SpecError``."""
    spec = spec_of(text)
    found: list[tuple[object, ...]] = []
    for row in variants.names(spec):
        for info in pipeline.Loaded(spec).edited(row.name).scenarios:
            model = pipeline.Loaded(spec).edited(row.name).resolved(info.name).model
            bodies = [*(p.body for p in model.processes), *(i.body for i in model.inlines)]
            kinds = [[type(node) for node in statements_below(body)] for body in bodies]
            found.append((kinds, [p.kind for p in model.properties]))
    return found


def test_code_that_is_quoted_is_renamed_with_what_it_quotes() -> None:
    names = over_all_designs(QUOTED)
    for name in names:
        assert built(renamed(QUOTED, name, "renamed_name")) == built(QUOTED), name
    (found,) = [name for name in names if (name.kind, name.owner, name.name) == (NameKind.LOCAL, "walker", "p")]
    quoted = [span for span in found.uses if span.start > QUOTED.index("variant taken")]
    assert len(quoted) == 10  # (`again` quotes what `taken` has written, where `p` stands as well)
    (bump,) = [name for name in names if (name.kind, name.name) == (NameKind.INLINE, "bump")]
    assert [QUOTED[span.start - 8 : span.start] for span in bump.uses][-1] == "walker::"
    (walker,) = [name for name in names if (name.kind, name.name) == (NameKind.PROCESS, "walker")]
    assert QUOTED[walker.uses[-1].end :].startswith("::bump/done")


def test_what_a_comment_hides_is_not_told() -> None:
    quoted = QUOTED.replace("p   =   slot;", "p = /* p or slot */ slot;")
    assert built(quoted) == built(QUOTED)
    (found,) = [
        name
        for name in over_all_designs(quoted)
        if (name.kind, name.owner, name.name) == (NameKind.LOCAL, "walker", "p")
    ]
    assert all(span.text == "p" for span in found.places)


def test_each_design_tells_of_its_own_clauses() -> None:
    def lines(design: str) -> set[str]:
        names = pipeline.Loaded(spec_of(CLAUSES)).edited(design).names()
        (other,) = [n for n in names if (n.kind, n.name) == (NameKind.PROPERTY, "other")]
        return {CLAUSES[CLAUSES.rindex("expect", 0, span.start) : span.start].split()[1] for span in other.uses}

    assert lines("base") == {"holds", "safe"}
    assert lines("late") == {"holds"}
    assert lines("short") == set()


def test_what_can_be_resolved_is_told_in_spite_of_errors() -> None:
    spec = spec_of("model m; shared x : int = 0; process p { x = nothing; x = 1; } scenario s { run p; }")
    assert errors(spec)
    (found,) = [name for name in names_of(spec) if name.name == "x"]
    assert len(found.uses) == 2


@pytest.mark.parametrize("path", sorted(SPECS.glob("*.mc")), ids=lambda path: path.stem)
def test_places_in_specs_show_their_names(path: Path) -> None:
    spec = pipeline.load(path)
    for row in variants.names(spec):
        edited, _ = variants.apply(spec, row.name)
        found = names_of(edited, row.name)
        assert found
        taken: dict[tuple[Source, int], Name] = {}
        for name in found:
            for span in name.places:
                assert span.text == name.name
                other = taken.setdefault((span.source, span.start), name)
                assert other is name, f"{span}: {name.kind.value} and {other.kind.value}"
        # Some variants leave a variable unused.
        kinds = (NameKind.SHARED, NameKind.LOCAL, NameKind.PROCESS, NameKind.EVENT, NameKind.FIELD)
        counted = [name for name in found if name.kind in kinds]
        assert sum(1 for name in counted if name.uses) >= 0.6 * len(counted)
