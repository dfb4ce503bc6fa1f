"""Invariants and states as people read them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from modelcheck.checking.semantics import SEMANTICS
from modelcheck.engines.induction.certificates.everywhere import hold_everywhere
from modelcheck.engines.induction.certificates.observed import Disagreement
from modelcheck.engines.induction.reasons import states_not_excluded
from modelcheck.engines.induction.samples.samples import Sampler
from modelcheck.engines.induction.subject import Subject, count, countable
from modelcheck.ir.formulas import Formulas
from modelcheck.ir.terms import INT, Term, TermFactory
from modelcheck.language import pipeline
from modelcheck.language.syntax.parse import parse_text
from modelcheck.report.reasons.proofs import confirmation_words
from modelcheck.report.reasons.unexcluded import unexcluded_lines
from modelcheck.solver.certificates.minimise import minimise
from tests.telling import tells

PAGES = """
model pages;
enum State { idle, busy }
object Page pool 2 { count : int = 0; }
shared slot : ref Page = new Page;
shared state : State = idle;
shared waiting : bool = false;
mutex m;
process reader {
    local mine : bool;
 get: mine = waiting;
 chk: atomic { if (mine) { slot->count = slot->count + 1; } else { state = busy; } }
 use: lock(m);
 out: unlock(m);
}
process owner { atomic { waiting = true; } }
invariant positive : slot->count >= 0;
scenario any { run reader[*], owner; }
"""


@pytest.fixture(scope="module")
def subject() -> Subject:
    spec = parse_text(PAGES, "pages.mc")
    model = pipeline.Loaded(spec).edited().resolved().model
    known = countable(model, lambda counts: pipeline.Loaded(spec).edited().resolved(None, counts).model, SEMANTICS)
    sampler = Sampler(known.replicas, known.growth)
    seen = {sampler.initial(2)}
    level = list(seen)
    while level:
        level = [t for t in dict.fromkeys(t for state in level for t in sampler.successors(state)) if t not in seen]
        seen.update(level)
    locals = dict.fromkeys([sampler.start, *sorted(local for _, counts in seen for local, _ in counts)])
    return count(model, known, [sampler.local_values(x) for x in locals])


@pytest.fixture(scope="module")
def formulas(subject: Subject) -> Formulas:
    return Formulas(subject.counted, subject.system, subject.process)


class Names:
    """Terms by the names of variables, and of counters by words that occur in them."""

    def __init__(self, subject: Subject) -> None:
        self.terms: TermFactory = subject.counted.terms
        self.variables = {v.name: self.terms.variable(v.id, v.sort) for v in subject.counted.variables}

    def __getitem__(self, name: str) -> Term:
        return self.variables[name]

    def counters(self, *words: str) -> list[Term]:
        return [
            t for name, t in self.variables.items() if name.startswith("#reader at") and any(w in name for w in words)
        ]

    def sum(self, parts: Iterable[Term]) -> Term:
        total = self.terms.integer(0)
        for part in parts:
            total = self.terms.add(total, part)
        return total


def test_counters_are_put_together_by_label(subject: Subject, formulas: Formulas) -> None:
    names = Names(subject)
    terms = names.terms
    slot = terms.eq(names["slot"], terms.integer(1))
    flag = terms.ite(slot, terms.integer(1), terms.integer(0))
    total = names.sum([flag, *names.counters("chk", "use")])
    assert formulas.text(terms.eq(names["Page[0].count"], total)) == (
        "Page[0].count == [slot == Page[0]] + readers at {chk, use}"
    )
    with_mine = [t for name, t in names.variables.items() if "chk" in name and "mine" in name]
    assert formulas.text(terms.eq(names.sum(with_mine), terms.integer(1))) == "readers at chk (mine) == 1"
    everybody = names.sum(names.counters("#reader at"))
    assert formulas.text(terms.eq(names["#reader"], everybody)) == "readers == readers at all places"
    twice = terms.mul(terms.integer(2), names["Page[0].count"])
    assert formulas.text(terms.le(terms.integer(3), twice)) == "2 * Page[0].count >= 3"


def test_conditions_are_said_in_words_of_the_language(subject: Subject, formulas: Formulas) -> None:
    names = Names(subject)
    terms = names.terms
    busy = terms.eq(names["state"], terms.integer(1))
    at_use = names.counters("use")[0]
    some = terms.le(terms.integer(1), at_use)
    assert formulas.text(busy) == "state == busy"
    assert formulas.text(terms.not_(busy)) == "state != busy"
    assert formulas.text(names["m"]) == "locked(m)"
    assert formulas.text(terms.not_(names["m"])) == "!locked(m)"
    assert formulas.text(some) == "some reader at use"
    assert formulas.text(terms.not_(some)) == "no reader at use"
    assert formulas.text(terms.or_(terms.not_(some), terms.not_(busy))) == "never (some reader at use && state == busy)"
    assert formulas.text(terms.or_(terms.not_(some), names["waiting"])) == "some reader at use => waiting"
    elsewhere = terms.and_(*(terms.not_(terms.eq(names["slot"], terms.integer(x))) for x in (0, 2)))
    assert formulas.text(terms.or_(names["waiting"], elsewhere)) == "slot in {null, Page[1]} => waiting"
    cases = [terms.eq(names["slot"], terms.integer(x)) for x in (0, 1, 2, 3)]
    assert formulas.text(terms.or_(*cases)) == "slot in {null, Page[0], Page[1], Page[0] (stale)}"
    assert formulas.text(terms.eq(names["owner at"], terms.integer(1))) == "owner at done"
    assert formulas.text(terms.not_(terms.eq(names["owner at"], terms.integer(1)))) == "owner not at done"
    assert formulas.text(names["Page[1] allocated"]) == "Page[1] is allocated"


def test_what_is_not_needed_is_left_out(subject: Subject) -> None:
    names = Names(subject)
    terms = names.terms
    property = next(p.id for p in subject.system.properties if p.name == "positive")
    needed = [
        terms.eq(names["slot"], terms.integer(1)),
        terms.le(terms.integer(0), names["Page[0].count"]),
        # Nobody lets go of a lock that somebody else holds.
        terms.eq(terms.ite(names["m"], terms.integer(1), terms.integer(0)), names.counters("out")[0]),
    ]
    idle = [terms.le(terms.integer(0), c) for c in names.counters("use")]
    also = terms.le(terms.integer(-5), names["Page[0].count"])
    found = minimise(subject.counted, [*idle, *needed, also], [property], 10.0)
    assert set(needed) <= set(found.lemmas)
    assert also not in found.lemmas
    assert not set(idle) & set(found.lemmas)
    # The answer says what each step rests on, by number.
    assert len(found.needs.properties[property]) == 2
    assert all(0 <= number < len(found.lemmas) for needs in found.needs.steps.values() for number in needs)


def test_what_is_no_invariant_is_given_back_as_it_was(subject: Subject) -> None:
    names = Names(subject)
    terms = names.terms
    property = next(p.id for p in subject.system.properties if p.name == "positive")
    lemmas = (terms.le(terms.integer(0), names["Page[1].count"]), names["waiting"])
    found = minimise(subject.counted, lemmas, [property], 10.0)
    assert found.lemmas == lemmas
    assert not found.needs.steps


def test_a_lemma_that_exploration_contradicts_is_noticed(subject: Subject) -> None:
    names = Names(subject)
    terms = names.terms
    true = terms.eq(names["slot"], terms.integer(1))
    assert hold_everywhere(subject, [true]).instances == (0, 2)
    for wrong in (
        terms.le(names["Page[0].count"], terms.integer(1)),
        terms.not_(names["m"]),
        terms.le(names.counters("out")[0], terms.integer(0)),
        terms.le(names["#reader"], terms.integer(1)),
    ):
        with tells(Disagreement, confirmation_words, r"with [12] instances"):
            hold_everywhere(subject, [true, wrong])


def test_the_state_that_is_not_excluded_has_few_instances(subject: Subject) -> None:
    property = next(p.id for p in subject.system.properties if p.name == "positive")
    text = "\n".join(unexcluded_lines(states_not_excluded(subject, [], [property])[property]))
    assert "the proof could not exclude this state" in text
    assert "positive is violated" in text
    names = Names(subject)
    slot = names.terms.eq(names["slot"], names.terms.integer(1))
    # Nothing leads below 0 any more: what is left is a state that is wrong already.
    left = states_not_excluded(subject, [slot], [property])[property]
    assert left.shared == ("slot == Page[0]", "state == idle", "Page[0].count == -1")
    assert left.step is None
    assert "    slot == Page[0], state == idle, Page[0].count == -1" in unexcluded_lines(left)


def test_unknown_operators_are_printed_as_c_has_them(formulas: Formulas, subject: Subject) -> None:
    terms = subject.counted.terms
    count_ = Names(subject)["Page[0].count"]
    text = formulas.text(terms.eq(terms.mod(terms.sub(count_, terms.integer(1)), terms.integer(4)), terms.integer(0)))
    assert text == "(Page[0].count - 1) % 4 == 0"
    assert count_.sort == INT
    assert replace(subject, countable=None).process is None
