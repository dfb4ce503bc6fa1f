"""Random models whose states fill 64, 128 or 192 bits, a few more or a few less: where packed states cross words.

A model of ``random_models`` gets shared variables that fill it up to the width and a process that
changes all of them twice, so that no bit of them is constant.
"""

from __future__ import annotations

import random

from modelcheck.engines.native.layout import WORD, make_layout
from modelcheck.engines.native.unsupported import Unsupported
from modelcheck.language import pipeline
from modelcheck.language.syntax.parse import parse_text
from modelcheck.semantics.elaborate import elaborate
from tests.random_models import random_model

#: Bits over or under the boundary.
SLACK = 3
WIDEST = 24


def bits_of(text: str) -> int:
    """How many bits the state of a model has."""
    system = elaborate(pipeline.Loaded(parse_text(text, "random.mc")).edited().resolved().model)
    return sum(field.width for field in make_layout(system, {}).fields.values())


def wide_model(seed: int) -> str:
    """Return a model by seed; one with an integer that no field holds stays as it is.

    Raises ``SpecError`` for the few that the front end refuses.
    """
    choice = random.Random(seed)
    text = _padded(random_model(seed), [1], choice)
    try:
        bits = bits_of(text) - 1
    except Unsupported:
        return random_model(seed)
    boundary = next(words for words in range(1, 9) if words * WORD > bits + SLACK + 1) + choice.choice((0, 0, 1))
    missing = boundary * WORD + choice.randint(-SLACK, SLACK) - bits
    widths = []
    while missing:
        widths.append(min(missing, choice.randint(1, WIDEST)))
        missing -= widths[-1]
    choice.shuffle(widths)
    return _padded(random_model(seed), widths, choice)


def _padded(text: str, widths: list[int], choice: random.Random) -> str:
    """Add variables of these widths and the process that changes them."""
    variables = "".join(
        f"shared pad{n} : bv<{width}> = {choice.randrange(1 << width)};\n" for n, width in enumerate(widths)
    )
    inverted = "".join(f" pad{n} = ~pad{n};" for n in range(len(widths)))
    set_ = "".join(f" pad{n} = {choice.randrange(1 << width)};" for n, width in enumerate(widths))
    process = f"process padder {{ atomic {{{inverted} }} atomic {{{set_} }} }}\n"
    head, end = text.split("\n", 1)
    assert "run " in end
    before, after = end.rsplit("run ", 1)
    return f"{head}\n{variables}{process}{before}run padder, {after}"
