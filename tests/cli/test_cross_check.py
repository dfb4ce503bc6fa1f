"""``--cross-check full``: the interpreter goes to every state, however many there are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Ran

Call = Callable[..., Ran]

#: 21,952 states.
WIDE = """\
model wide;
shared a : 0..14 = 0;
shared b : 0..14 = 0;
shared c : 0..14 = 0;
process pa { while (a < 13) { atomic { a = a + 1; } } }
process pb { while (b < 13) { atomic { b = b + 1; } } }
process pc { while (c < 13) { atomic { c = c + 1; } } }
invariant fits : a + b + c <= 39;
scenario s { run pa, pb, pc; }
"""


@pytest.mark.parametrize("command", ["check", "matrix"])
def test_every_state_is_compared(modelcheck: Call, tmp_path: Path, command: str) -> None:
    spec, file = tmp_path / "wide.mc", tmp_path / "found.json"
    spec.write_text(WIDE, encoding="utf-8")
    told = []
    # What is kept of the one is no answer to the other.
    for options in ((), ("--cross-check", "full")):
        ran = modelcheck(command, spec, "--json", file, *options)
        assert ran.code == 0
        (cell,) = [c for c in json.loads(file.read_text(encoding="utf-8"))["cells"] if c["property"] == "fits"]
        told.append((cell["states"], cell["cross_checked"]))
    (states, some), (same, all_) = told
    assert states == same > 20_000
    assert some.startswith(f"1,000 of {states:,} states re-executed by the interpreter")
    assert all_ == f"interpreter re-explored all {states:,} states, each of which the explorer has visited"
