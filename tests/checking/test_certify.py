"""Certificates checked again: the honest one is confirmed, and every way to tamper with one that we
could think of is refused.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import z3

from modelcheck.checking.certify import Certified, Standing, certify
from modelcheck.checking.semantics import SEMANTICS
from modelcheck.engines.induction.certificates.guard import guard
from modelcheck.engines.induction.certificates.observed import Disagreement, observe
from modelcheck.engines.induction.prove import prove_any_number
from modelcheck.engines.induction.subject import Subject, count, countable
from modelcheck.ground.diagnostics import SpecError
from modelcheck.ir.formulas import invariant_text
from modelcheck.ir.terms import INT, Term
from modelcheck.language import pipeline
from modelcheck.report.reasons.certificates import doubt_diagnostic
from modelcheck.report.reasons.proofs import confirmation_words
from modelcheck.result.proof import Origin, Request
from modelcheck.result.reasons.certificates import DoesNotFit, Refuted, Unconfirmable
from modelcheck.solver.certificates.certificate import INVARIANT, Claim, Script, read_lemmas, scripts
from tests.telling import tells

TURNSTILE = """\
model turnstile;
shared inside : int = 0;
shared open : bool = true;
process guest {
 enter: atomic when (open) { inside = inside + 1; }
 leave: atomic { inside = inside - 1; }
}
process porter { open = false; }
invariant counted  : inside == nr_at(guest::leave);
invariant positive : inside >= 0;
invariant few      : inside <= 200;
scenario any { run guest[*], porter; }
"""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """A spec and the certificate of a proof about it, side by side in one directory."""

    spec: Path
    directory: Path

    def manifest(self) -> Json:
        document: Json = json.loads((self.directory / "manifest.json").read_text(encoding="utf-8"))
        return document

    def change_manifest(self, change: Callable[[Json], object]) -> None:
        document = self.manifest()
        change(document)
        (self.directory / "manifest.json").write_text(json.dumps(document), encoding="utf-8")

    def text(self, file: str) -> str:
        return (self.directory / file).read_text(encoding="utf-8")

    def write(self, file: str, text: str, *, rehash: bool = False) -> None:
        (self.directory / file).write_text(text, encoding="utf-8")
        if rehash:
            digest = hashlib.sha256(text.encode()).hexdigest()
            self.change_manifest(lambda m: m["files"][file].update(sha256=digest))

    def replace(self, file: str, old: str, new: str, *, rehash: bool = False) -> None:
        text = self.text(file)
        assert old in text, (old, text)
        self.write(file, text.replace(old, new, 1), rehash=rehash)

    def step(self, words: str) -> str:
        """The file of the first step whose text contains ``words``."""
        files: list[str] = sorted(self.manifest()["files"])
        return next(f for f in files if f.startswith("steps/") and words in self.text(f))

    def certify(self) -> Certified:
        return certify(self.directory, None, 60)


def subject_of(kept: Kept) -> Subject:
    spec = pipeline.load(kept.spec)
    model = pipeline.Loaded(spec).edited().resolved().model
    known = countable(model, lambda counts: pipeline.Loaded(spec).edited().resolved(None, counts).model, SEMANTICS)
    own = known.replicas.own[0]
    return count(model, known, [dict(zip(own, state, strict=True)) for state in kept.manifest()["counted"]["states"]])


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    place = tmp_path_factory.mktemp("honest")
    spec = place / "turnstile.mc"
    spec.write_text(TURNSTILE, encoding="utf-8")
    loaded = pipeline.load(spec)
    outcomes = prove_any_number(
        pipeline.Loaded(loaded).edited().resolved().model,
        lambda counts: pipeline.Loaded(loaded).edited().resolved(None, counts).model,
        SEMANTICS,
        ["counted", "positive", "few"],
        60,
        Request(place / "certificate", Origin(str(spec), pipeline.sources(loaded))),
    )
    assert {name for name, outcome in outcomes.items() if outcome.proved} == {"counted", "positive"}
    return Kept(spec, place / "certificate")


@pytest.fixture
def kept(honest: Kept, tmp_path: Path) -> Kept:
    """A copy to tamper with."""
    shutil.copytree(honest.spec.parent, tmp_path / "copy")
    return Kept(tmp_path / "copy" / honest.spec.name, tmp_path / "copy" / "certificate")


def test_the_honest_certificate_is_confirmed(kept: Kept) -> None:
    found = kept.certify()
    assert found.standing is Standing.CONFIRMED
    assert found.proved == (("counted", False), ("positive", False))
    assert found.for_any == ("guest",)
    assert found.questions == sum(len(f["questions"]) for f in kept.manifest()["files"].values())
    assert found.solver.startswith("cvc5")
    assert found.compared is not None
    assert found.compared.formulas.instances == (0, 4)


def test_the_spec_may_be_elsewhere(kept: Kept, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere" / kept.spec.name
    moved.parent.mkdir()
    kept.spec.rename(moved)
    assert certify(kept.directory, str(moved), 60).standing is Standing.CONFIRMED
    with pytest.raises(SpecError) as caught:
        kept.certify()
    assert "--spec" in caught.value.diagnostics[0].notes[0].message


def test_any_solver_can_be_asked(honest: Kept) -> None:
    """What docs/proofs.md says: a script after the two that all have in common."""
    header = honest.text("model.smt2") + honest.text(INVARIANT)
    asked = 0
    for file, entry in honest.manifest()["files"].items():
        if entry["questions"]:
            context = z3.Context()
            answers = z3.Z3_eval_smtlib2_string(context.ref(), header + honest.text(file))
            assert answers.split() == [answer for _, answer in entry["questions"]]
            asked += len(entry["questions"])
    assert asked >= 10


# ----------------------------------------------------------------------- files and manifest that were edited


def drop_lemma(kept: Kept) -> None:
    lines = kept.text(INVARIANT).splitlines(keepends=True)
    first = next(i for i, line in enumerate(lines) if line.startswith("(define-fun |lemma"))
    kept.write(INVARIANT, "".join(lines[:first] + lines[first + 1 :]))


def drop_last_lemma_everywhere(kept: Kept) -> None:
    """The definition and its use; the rest is numbered as before."""
    lines = kept.text(INVARIANT).splitlines()
    last = max(i for i, line in enumerate(lines) if line.startswith("(define-fun |lemma"))
    name = lines[last].split("|")[1]
    del lines[last]
    kept.write(INVARIANT, "\n".join(x for x in lines if f"(|{name}|" not in x) + "))\n", rehash=True)


def flip_in_step(kept: Kept) -> None:
    file = kept.step("makes inside")
    kept.replace(file, "(+ 1 inside)", "(- 1 inside)", rehash=True)


def weaken_consecution(kept: Kept) -> None:
    file = kept.step("preserves the invariant")
    kept.replace(file, "(assert (not", "(assert (and false", rehash=True)


def lose_step(kept: Kept) -> None:
    (kept.directory / kept.step("makes inside")).unlink()


def lose_step_and_its_entry(kept: Kept) -> None:
    file = kept.step("makes inside")
    (kept.directory / file).unlink()
    kept.change_manifest(lambda m: m["files"].pop(file))


def truncate_property(kept: Kept) -> None:
    text = kept.text("properties/counted.smt2")
    kept.write("properties/counted.smt2", text[: len(text) // 2], rehash=True)


def weaken_property(kept: Kept) -> None:
    lines = kept.text("properties/counted.smt2").splitlines()
    lines[1] = lines[1].split(" Bool ")[0] + " Bool false)"
    kept.write("properties/counted.smt2", "\n".join(lines) + "\n", rehash=True)


def edit_hash(kept: Kept) -> None:
    kept.change_manifest(lambda m: m["files"][INVARIANT].update(sha256="0" * 64))


def edit_fingerprint(kept: Kept) -> None:
    kept.change_manifest(lambda m: m.update(system="0" * 64))


def swap_expectation(kept: Kept) -> None:
    file = kept.step("preserves the invariant")

    def change(m: Json) -> None:
        m["files"][file]["questions"][0][1] = "sat"

    kept.change_manifest(change)


def lose_files(kept: Kept) -> None:
    kept.change_manifest(lambda m: m.pop("files"))


def remove_control(kept: Kept) -> None:
    file = kept.step("is possible: sat")
    text = kept.text(file)
    at = text.index("; step", text.rindex("(pop 1)", 0, text.rindex("is possible: sat")) if "(pop 1)" in text else 0)
    kept.write(file, text[:at], rehash=True)
    kept.change_manifest(lambda m: m["files"][file]["questions"].pop())


def add_file(kept: Kept) -> None:
    (kept.directory / "steps" / "99.smt2").write_text("(check-sat)\n", encoding="utf-8")


def swap_steps(kept: Kept) -> None:
    one, other = "steps/0.smt2", "steps/1.smt2"
    first, second = kept.text(one), kept.text(other)
    kept.write(one, second, rehash=True)
    kept.write(other, first, rehash=True)


def count_one_state_less(kept: Kept) -> None:
    kept.change_manifest(lambda m: m["counted"]["states"].pop())


def prove_more(kept: Kept) -> None:
    kept.change_manifest(lambda m: m["proved"].append("few"))


def prove_the_unknown(kept: Kept) -> None:
    kept.change_manifest(lambda m: m["proved"].append("nothing_bad"))


def widen_bounds(kept: Kept) -> None:
    kept.change_manifest(lambda m: m["bounds"]["processes"].update(porter=7))


def claim_no_number(kept: Kept) -> None:
    kept.change_manifest(lambda m: m.update(for_any=[]))


def misname_a_variable(kept: Kept) -> None:
    kept.write(INVARIANT, kept.text(INVARIANT).replace("inside", "outside"))


def change_spec(kept: Kept) -> None:
    kept.spec.write_text(TURNSTILE.replace("atomic when (open)", "atomic"), encoding="utf-8")


def change_spec_and_hash(kept: Kept) -> None:
    change_spec(kept)
    digest = hashlib.sha256(kept.spec.read_bytes()).hexdigest()
    kept.change_manifest(lambda m: m["spec"]["sources"].update({kept.spec.name: digest}))


def change_comment(kept: Kept) -> None:
    kept.spec.write_text(TURNSTILE + "// what a turnstile is\n", encoding="utf-8")


@pytest.mark.parametrize(
    "tamper",
    [
        drop_last_lemma_everywhere,
        flip_in_step,
        weaken_consecution,
        lose_step,
        lose_step_and_its_entry,
        truncate_property,
        weaken_property,
        edit_hash,
        edit_fingerprint,
        swap_expectation,
        lose_files,
        remove_control,
        add_file,
        swap_steps,
        count_one_state_less,
        prove_more,
        prove_the_unknown,
        widen_bounds,
        claim_no_number,
        change_spec,
        change_spec_and_hash,
        change_comment,
        misname_a_variable,
    ],
    ids=lambda tamper: tamper.__name__,
)
def test_what_was_edited_does_not_fit(kept: Kept, tamper: Callable[[Kept], None]) -> None:
    tamper(kept)
    found = kept.certify()
    assert found.standing is Standing.REFUTED
    assert isinstance(found.doubt, DoesNotFit | Refuted)
    assert doubt_diagnostic(kept.directory, found.doubt).code in ("MC525", "MC526")


def lose_manifest_entry(kept: Kept) -> None:
    kept.change_manifest(lambda m: m.pop("counted"))


def truncate_manifest(kept: Kept) -> None:
    text = kept.text("manifest.json")
    kept.write("manifest.json", text[: len(text) // 2])


def truncate_invariant(kept: Kept) -> None:
    text = kept.text(INVARIANT)
    kept.write(INVARIANT, text[: len(text) - 3])


def lose_invariant(kept: Kept) -> None:
    (kept.directory / INVARIANT).unlink()


def assert_false(kept: Kept) -> None:
    kept.write(INVARIANT, kept.text(INVARIANT) + "(assert false)\n", rehash=True)


def prove_nothing(kept: Kept) -> None:
    kept.change_manifest(lambda m: m["proved"].clear())


@pytest.mark.parametrize(
    "break_",
    [
        drop_lemma,
        lose_manifest_entry,
        truncate_manifest,
        truncate_invariant,
        lose_invariant,
        assert_false,
        prove_nothing,
    ],
    ids=lambda break_: break_.__name__,
)
def test_what_is_broken_is_no_certificate(kept: Kept, break_: Callable[[Kept], None]) -> None:
    break_(kept)
    with pytest.raises(SpecError, match="MC524"):
        kept.certify()


# -------------------------------------------------------------- everything made anew, to fit a wrong claim


def forge(
    kept: Kept,
    subject: Subject,
    lemmas: Sequence[Term],
    proved: Sequence[str] = ("counted", "positive"),
    alone: Sequence[str] = (),
) -> None:
    """Write what an honest program would write if it believed the claim."""
    manifest = kept.manifest()
    ids = {p.name: p.id for p in subject.system.properties}
    covered = frozenset(
        int(name.split()[1])
        for file in manifest["files"].values()
        for name, answer in file["questions"]
        if answer == "sat" and name.startswith("step")
    )
    named = {ids[name]: name for name in sorted(proved, key=ids.__getitem__)}
    notes = invariant_text(lemmas, subject.counted, subject.system, subject.process)
    claim = Claim(tuple(lemmas), named, covered, frozenset(ids[name] for name in alone), notes)
    made = scripts(subject.counted, claim)
    shutil.rmtree(kept.directory / "steps")

    def entry(script: Script) -> Json:
        digest = hashlib.sha256(script.text.encode()).hexdigest()
        return {"sha256": digest, "questions": [[q.name, q.answer] for q in script.questions]}

    for script in made:
        (kept.directory / script.file).parent.mkdir(exist_ok=True)
        kept.write(script.file, script.text)
    kept.change_manifest(
        lambda m: m.update(
            proved=sorted(proved),
            nothing_could_violate=sorted(alone),
            lemmas=len(lemmas),
            needs={"steps": {}, "escapes": {}, "properties": {}},
            files={script.file: entry(script) for script in made},
        )
    )


def lemmas_of(kept: Kept, subject: Subject) -> list[Term]:
    return list(read_lemmas(kept.text(INVARIANT), subject.counted))


def refutation(kept: Kept) -> str:
    found = kept.certify()
    assert found.standing is Standing.REFUTED
    assert isinstance(found.doubt, Refuted), found.doubt
    told = doubt_diagnostic(kept.directory, found.doubt)
    assert told.code == "MC526"
    return told.message


def test_the_forger_can_forge_the_honest_certificate(kept: Kept) -> None:
    subject = subject_of(kept)
    forge(kept, subject, lemmas_of(kept, subject))
    assert kept.certify().standing is Standing.CONFIRMED


def test_a_lemma_that_is_needed_is_missed(kept: Kept) -> None:
    subject = subject_of(kept)
    lemmas = lemmas_of(kept, subject)
    confirmed = 0
    for number in range(len(lemmas)):
        forge(kept, subject, [*lemmas[:number], *lemmas[number + 1 :]])
        found = kept.certify()
        confirmed += found.standing is Standing.CONFIRMED
        if found.doubt is not None:
            assert isinstance(found.doubt, Refuted)
            assert "cvc5 answers sat" in doubt_diagnostic(kept.directory, found.doubt).message
    assert confirmed == 0


def test_a_flipped_comparison_is_false_where_the_interpreter_was(kept: Kept) -> None:
    subject = subject_of(kept)
    lemmas = lemmas_of(kept, subject)
    terms = subject.counted.terms
    forge(kept, subject, [terms.not_(lemmas[0]), *lemmas[1:]])
    assert "the invariant is false in a reachable state" in refutation(kept)


def test_a_range_that_is_assumed_but_not_preserved_is_found(kept: Kept) -> None:
    subject = subject_of(kept)
    terms = subject.counted.terms
    inside = next(v for v in subject.counted.variables if v.name == "inside")
    bound = terms.le(terms.variable(inside.id, INT), terms.integer(200))
    # It holds in every state that is sampled, and with it `few` follows.
    forge(kept, subject, [*lemmas_of(kept, subject), bound], proved=["counted", "positive", "few"])
    message = refutation(kept)
    assert "cvc5 answers sat" in message
    assert "preserves the invariant" in message


def test_a_contradiction_proves_nothing(kept: Kept) -> None:
    subject = subject_of(kept)
    forge(kept, subject, [subject.counted.terms.false], proved=["counted", "positive", "few"])
    assert "the invariant is false" in refutation(kept)


def test_a_property_that_does_not_hold_is_not_proved(kept: Kept) -> None:
    subject = subject_of(kept)
    forge(kept, subject, lemmas_of(kept, subject), proved=["counted", "positive", "few"])
    assert "`few is not violated`" in refutation(kept)


def test_a_property_that_can_be_violated_is_not_said_to_be_empty(kept: Kept) -> None:
    subject = subject_of(kept)
    forge(kept, subject, lemmas_of(kept, subject), proved=["counted", "positive", "few"], alone=["few"])
    assert "`nothing could violate few`" in refutation(kept)


def test_a_local_state_that_is_not_counted_is_missed(kept: Kept) -> None:
    count_one_state_less(kept)
    subject = subject_of(kept)
    forge(kept, subject, [subject.counted.terms.true], proved=["positive"])
    assert "local state that is not counted" in refutation(kept)


# --------------------------------------------------------------------------------------------- undecided


def test_without_time_it_is_undecided(kept: Kept) -> None:
    found = certify(kept.directory, None, 0.001)
    assert found.standing is Standing.UNDECIDED
    assert isinstance(found.doubt, Unconfirmable)
    assert doubt_diagnostic(kept.directory, found.doubt).code == "MC527"


def test_the_guard_finds_a_step_that_both_solvers_would_believe(honest: Kept) -> None:
    """An encoding in which a step does too little is consistent in itself; only what really happens shows it."""
    subject = subject_of(honest)
    lemmas = tuple(lemmas_of(honest, subject))
    ids = {p.name: p.id for p in subject.system.properties}
    claim = Claim(lemmas, {ids["positive"]: "positive"}, frozenset())
    observed, _ = observe(subject)
    assert guard(subject, scripts(subject.counted, claim), ["positive"], observed)
    for number, step in enumerate(subject.counted.steps):
        terms = subject.counted.terms
        for wrong in (replace(step, guard=terms.false), replace(step, updates=step.updates[1:])):
            steps = tuple(wrong if i == number else s for i, s in enumerate(subject.counted.steps))
            broken = replace(subject, counted=replace(subject.counted, steps=steps))
            with tells(Disagreement, confirmation_words, "successors"):
                guard(broken, scripts(broken.counted, claim), ["positive"], observed)


def test_the_guard_finds_a_condition_that_is_never_true(honest: Kept) -> None:
    """Nothing violates a condition that was lost, and both solvers would agree."""
    subject = subject_of(honest)
    lemmas = tuple(lemmas_of(honest, subject))
    ids = {p.name: p.id for p in subject.system.properties}
    claim = Claim(lemmas, {ids["positive"]: "positive"}, frozenset())
    observed, _ = observe(subject)
    for lost in (subject.counted.terms.false, subject.counted.bad[ids["few"]]):
        bad = {**subject.counted.bad, ids["positive"]: lost}
        broken = replace(subject, counted=replace(subject.counted, bad=bad))
        with tells(Disagreement, confirmation_words, "disagree about when positive is violated"):
            guard(broken, scripts(broken.counted, claim), ["positive"], observed)
