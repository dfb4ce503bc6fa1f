"""``modelcheck export``: the model in another tool's language."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Ran

Call = Callable[..., Ran]
PETERSON = Path(__file__).parents[2] / "specs" / "peterson.mc"

UNBOUNDED = """\
model unbounded;
shared x : int = 0;
process p { loop { x = x + 1; } }
scenario s { run p; }
scenario any { run p[*]; }
"""

#: How a model begins to say what it is, and what only that language has.
WORDS = {"promela": "d_step", "murphi": "startstate", "smtlib": "(declare-fun"}


@pytest.mark.parametrize("target", WORDS)
def test_the_model_is_printed(modelcheck: Call, target: str) -> None:
    ran = modelcheck("export", PETERSON, "--to", target)
    assert ran.code == 0
    assert "variant base, scenario both" in ran.out
    assert WORDS[target] in ran.out
    assert all(WORDS[other] not in ran.out for other in WORDS if other != target)


def test_a_variant_and_a_param_make_another_model(modelcheck: Call, tmp_path: Path) -> None:
    base = modelcheck("export", PETERSON, "--to", "promela").out
    assert modelcheck("export", PETERSON, "--to", "promela", "--variant", "selfish").out != base
    path = tmp_path / "param.mc"
    path.write_text("param N : 1..9 = 2;\nshared x : 0..9 = N;\nprocess p { x = 0; }\nscenario s { run p; }\n")
    texts = {modelcheck("export", path, "--to", "murphi", "--set", f"N={n}").out for n in (2, 3)}
    assert len(texts) == 2


def test_it_is_written_to_a_file(modelcheck: Call, tmp_path: Path) -> None:
    printed = modelcheck("export", PETERSON, "--to", "promela").out
    target = tmp_path / "model.pml"
    ran = modelcheck("export", PETERSON, "--to", "promela", "-o", target)
    assert (ran.code, ran.out) == (0, "")
    assert target.read_text(encoding="utf-8").strip() == printed.strip()
    failed = modelcheck("export", PETERSON, "--to", "promela", "-o", tmp_path / "no" / "such.pml")
    assert failed.code != 0
    assert "such.pml" in failed.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--to", "promela", "--scenario", "both", "--variant", "nobody"), "no variant `nobody`"),
        (("--to", "promela", "--scenario", "nowhere"), "no scenario `nowhere`"),
        (("--to", "latex"), "latex"),
        ((), "--to"),
    ],
)
def test_what_does_not_exist_is_an_error(modelcheck: Call, arguments: tuple[str, ...], said: str) -> None:
    ran = modelcheck("export", PETERSON, *arguments)
    assert ran.code == 2
    assert said in ran.err


def test_what_cannot_be_said_is_an_error(modelcheck: Call, tmp_path: Path) -> None:
    path = tmp_path / "unbounded.mc"
    path.write_text(UNBOUNDED, encoding="utf-8")
    ran = modelcheck("export", path, "--to", "promela", "--scenario", "any")
    assert ran.code == 2
    assert "any number of processes" in ran.err
    assert modelcheck("export", path, "--to", "smtlib", "--scenario", "s").code == 0
    assert modelcheck("export", path, "--to", "murphi").code == 2
