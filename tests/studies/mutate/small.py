"""Small designs, and the mutants of them as text."""

from __future__ import annotations

from modelcheck.language.syntax.parse import parse_text
from modelcheck.studies.mutate.mutants import Mutant, mutants
from modelcheck.studies.mutate.spell import variant_text


def mutants_of(text: str) -> tuple[Mutant, ...]:
    """Return the mutants of a spec without imports."""
    return mutants(parse_text(text, "small.mc").items)


def edits_of(text: str, operator: str) -> list[str]:
    """Return what the mutants of an operator do, each as the body of a variant with its spaces collapsed."""
    found = []
    for mutant in mutants_of(text):
        if mutant.operator == operator:
            written = " ".join(variant_text(mutant.name, "base", "", mutant.edits).split())
            found.append(written[written.index("{") + 1 : written.rindex("}")].strip())
    return found
