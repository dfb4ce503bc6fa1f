"""What ``modelcheck certify`` says about a certificate that it confirms."""

from __future__ import annotations

from pathlib import Path

from modelcheck.checking.certify import Certified
from modelcheck.report.reasons.comparisons import comparison_words
from modelcheck.report.sentences import bounds_text, processes_text, unmodelled_text
from modelcheck.report.words import listing, plural, wrapped
from modelcheck.studies.matrix.check import assumptions_of


def certificate_text(certified: Certified, directory: Path, width: int = 80) -> str:
    """Return a paragraph: what is proved, for which numbers, and who confirmed it."""
    model = certified.model
    assumed = assumptions_of(model)
    where = model.scenario if model.variant == "base" else f"{model.variant}, {model.scenario}"
    lines = wrapped(f"{directory}: {model.name}, {where}: {processes_text(assumed)}", width, "", "    ")
    for existential, verb in ((False, "proved"), (True, "never")):
        names = [name for name, kind in certified.proved if kind == existential]
        if names:
            lines += wrapped(listing(names), width, f"  {verb:<10}", " " * 12)
    rests = (
        f"{plural(certified.lemmas, 'lemma')}; {certified.solver} gives the right answer to all {certified.questions}"
        " questions"
    )
    lines += wrapped(rests, width, " " * 12)
    if certified.compared is not None:
        lines += wrapped(comparison_words(certified.compared), width, " " * 12)
    bounds = bounds_text((assumed,))
    if bounds:
        lines += wrapped(f"within {bounds}", width, " " * 12)
    promised = unmodelled_text((assumed,))
    if promised:
        lines += wrapped(promised, width, " " * 12)
    return "\n".join(lines) + "\n"
