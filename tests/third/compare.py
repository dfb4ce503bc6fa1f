"""Does the third reading find what the tool finds?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from modelcheck.engines import native
from modelcheck.ground.diagnostics import SpecError
from modelcheck.language.resolve.resolve import instantiate
from modelcheck.language.syntax.parse import parse_text
from modelcheck.language.variants.apply import apply
from modelcheck.report.reasons.differences import replay_words
from modelcheck.semantics.interpreter.interpreter import ReplayError
from tests.features.harness import interpret
from tests.features.runners import run_native
from tests.random.model import language_model
from tests.random_models import random_model
from tests.third.explore import TooBig, read
from tests.third.generate import context_model
from tests.third.values import Unsupported

#: Models with more states than this are left alone.
STATES = 2_000
GENERATORS: dict[str, Callable[[int], str]] = {
    "small": random_model,
    "language": language_model,
    "contexts": context_model,
}


class Outcome(Enum):
    AGREED = "agree"
    DIFFER = "differ"
    REFUSED = "refused by the front end"
    TOO_BIG = "too big"
    UNSUPPORTED = "use what the third reading does not know"


@dataclass(frozen=True)
class Report:
    """``detail``: what differs (property: length that the third reading found, length that the tool
    found), or what is not known.
    """

    outcome: Outcome
    detail: str = ""


def compare(text: str, scenario: str | None = "all", limit: int = STATES, *, numbers: bool = False) -> Report:
    """Explore the base of a spec both ways; compare what is violated or witnessed, and at which length.

    ``numbers``: those of states and transitions as well. (The third reading keeps the monitors of properties that
    do not apply; without such ones both find the same.)
    """
    try:
        spec = apply(parse_text(text, "model.mc"), None)[0]
        model = instantiate(spec, scenario)[0]
    except SpecError:
        return Report(Outcome.REFUSED)
    try:
        mine = read(spec, scenario, limit)
    except TooBig:
        return Report(Outcome.TOO_BIG)
    except Unsupported as reason:
        return Report(Outcome.UNSUPPORTED, str(reason))
    try:
        found = run_native(model)
    except native.Unsupported:
        found = interpret(model)
    except ReplayError as error:
        return Report(Outcome.DIFFER, f"the tool contradicts itself: {replay_words(error.why)}")
    theirs = found.lengths
    different = {
        name: (mine.lengths.get(name), theirs.get(name))
        for name in sorted(mine.lengths.keys() | theirs.keys())
        if name not in mine.doubtful and mine.lengths.get(name) != theirs.get(name)
    }
    if numbers:
        counted = {name: (getattr(mine, name), number) for name, number in found.numbers.items()}
        different |= {name: (one, other) for name, (one, other) in counted.items() if one != other}
    if different:
        return Report(
            Outcome.DIFFER, "; ".join(f"{name}: third {one}, tool {other}" for name, (one, other) in different.items())
        )
    return Report(Outcome.AGREED)
