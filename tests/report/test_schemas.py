"""Everything that is written as JSON fits its schema in docs/schemas, and the schemas leave no field out."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.checking.test_certify import TURNSTILE
from tests.cli.conftest import Ran, modelcheck, starter
from tests.report.example_results import small
from tests.report.sarif_schema import LOG
from tests.schemas import SCHEMAS, fits, validator

__all__ = ["modelcheck", "starter"]

SETTABLE = """
model settable;
param N : 1..5 = 1;
shared x : 0..9 = 0;
event did(n: 0..9);
process p { x = x + N; emit did(x); }
invariant low : x <= 2;
scenario s { run p; }
variant more { replace { x = x + N; } with { x = x + N; x = x + 1; } }
"""

Call = Callable[..., Ran]

HOLES = """
model holes;
unknown LIMIT : 1..3 = 2;
shared x : 0..3 = 0;
process p { x = LIMIT; }
invariant low : x <= 2;
cover     two : x == 2;
scenario s { run p; }
"""


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.stem)
def test_a_schema_is_one(path: Path) -> None:
    document = read(path)
    jsonschema.Draft202012Validator.check_schema(document)
    assert document["$id"] == f"modelcheck:{path.stem}"


def test_results_of_the_example() -> None:
    from modelcheck.report.formats.json import results_json

    document = results_json([small()])
    fits("result", document)
    both = results_json([small(), small()])
    assert len(both["specs"]) == 2
    fits("result", both)


def test_what_the_commands_write(modelcheck: Call, starter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modelcheck("matrix", starter, "--json", "matrix.json")
    fits("result", read(Path("matrix.json")))
    modelcheck("check", starter, "--variant", "late_use", "--scenario", "one_lookup", "--json", "check.json")
    fits("result", read(Path("check.json")))
    modelcheck("explore", starter, "--scenario", "one_lookup", "--json", "explore.json")
    fits("explore", read(Path("explore.json")))
    modelcheck("list", starter, "--json", "list.json")
    fits("list", read(Path("list.json")))
    ran = modelcheck("trace", starter, "--variant", "late_use", "--scenario", "one_lookup", "--format", "json")
    fits("trace", json.loads(ran.out))
    monkeypatch.setattr("sys.stdin", io.StringIO("r 3\nw walk.json\n"))
    modelcheck("simulate", starter)
    fits("trace", read(Path("walk.json")))


def test_a_comparison_of_designs(modelcheck: Call, starter: Path) -> None:
    assert modelcheck("diff", starter, "base", "late_use", "--scenario", "one_lookup", "--json", "diff.json").code == 1
    document = read(Path("diff.json"))
    fits("diff", document)
    (difference,) = document["differences"]
    assert (difference["property"], difference["first"], difference["second"]) == (
        "no_use_after_free",
        "holds",
        "violated",
    )
    assert modelcheck("diff", starter, "base", "base", "--no-events", "--json", "diff.json").code == 0
    same = read(Path("diff.json"))
    fits("diff", same)
    assert (same["differences"], same["events"]) == ([], None)


def test_the_runs_of_a_comparison_can_be_replayed(modelcheck: Call, starter: Path) -> None:
    Path("set.mc").write_text(SETTABLE)
    modelcheck("diff", "set.mc", "base", "more", "--set", "N=3", "--json", "diff.json")
    document = read(Path("diff.json"))
    fits("diff", document)
    ((only, other),) = [one["only"] for one in document["events"]]
    assert (only["able"], only["events"], only["instead"]) == ("base", ["did(3)"], ["did(4)"])
    assert (other["able"], other["events"]) == ("more", ["did(4)"])
    Path("run.json").write_text(json.dumps(only["trace"]))
    ran = modelcheck("replay", "run.json")
    assert "emit did(3)\n\nNothing is claimed about where it ends\n" in ran.out


def test_races_of_results_keep_what_was_set(modelcheck: Call, starter: Path) -> None:
    Path("set.mc").write_text(SETTABLE)
    ran = modelcheck("matrix", "set.mc", "--set", "N=4", "--json", "matrix.json")
    assert "modelcheck trace set.mc --scenario s --property low --set N=4\n" in ran.out
    (race,) = read(Path("matrix.json"))["races"][:1]
    assert race["trace"]["set"] == {"N": "4"}
    Path("race.json").write_text(json.dumps(race["trace"]))
    assert modelcheck("replay", "race.json").code == 0


def test_the_manifest_of_a_certificate(modelcheck: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("turnstile.mc").write_text(TURNSTILE, encoding="utf-8")
    modelcheck(
        "prove", "turnstile.mc", "--property", "counted", "--no-cache", "--certificate", "proofs", "--json", "p.json"
    )
    fits("certificate", read(Path("proofs/base-any/manifest.json")))
    document = read(Path("p.json"))
    fits("result", document)
    assert document["proofs"]


def test_synthesis(modelcheck: Call, tmp_path: Path) -> None:
    (tmp_path / "holes.mc").write_text(HOLES)
    modelcheck("synth", tmp_path / "holes.mc", "--json", tmp_path / "synth.json")
    document = read(tmp_path / "synth.json")
    assert document["safe"] == [{"LIMIT": "2"}]
    fits("synthesis", document)


def test_a_list_tells_what_is_declared(modelcheck: Call, starter: Path) -> None:
    modelcheck("list", starter, "--json", "list.json")
    document = read(Path("list.json"))
    assert [one["name"] for one in document["variants"]] == ["base", "late_use"]
    assert document["scenarios"][1]["processes"] == {"lookup": 2, "remove": 1}
    assert {one["name"]: one["kind"] for one in document["properties"]} == {
        "no_use_after_free": "obligation",
        "released_once": "count",
        "found": "cover",
    }


def test_the_schemas_refuse_what_is_wrong() -> None:
    """A schema that takes anything would make the other tests worthless."""
    from modelcheck.report.formats.json import results_json

    good = results_json([small()])
    for spoil in SPOILERS:
        document = copy.deepcopy(good)
        spoil(document)
        assert list(validator("result").iter_errors(document)), spoil


def test_sarif(modelcheck: Call, starter: Path) -> None:
    """As GitHub and others read it: what expectations surprise, what they suppress, and warnings about the spec."""
    from modelcheck.report.formats.sarif import sarif_json

    modelcheck("matrix", starter, "--sarif", "matrix.sarif")
    surprising = starter.read_text().replace("except { no_use_after_free }", "")
    starter.write_text(surprising + "\nscenario unheard { run lookup; }\n")
    modelcheck("matrix", starter, "--sarif", "surprises.sarif")
    documents = [read(Path("matrix.sarif")), read(Path("surprises.sarif")), sarif_json([small()])]
    for document in documents:
        errors = list(jsonschema.Draft202012Validator(LOG).iter_errors(document))
        assert not errors, errors[0]
        for run in document["runs"]:
            rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
            assert len(set(rules)) == len(rules)
            assert all(rules[found["ruleIndex"]] == found["ruleId"] for found in run["results"])
    levels = [{found["level"] for found in document["runs"][0]["results"]} for document in documents[:2]]
    assert levels[0] == {"note"}
    assert "error" in levels[1]


SPOILERS: tuple[Callable[[Any], object], ...] = (
    lambda document: document.pop("cells"),
    lambda document: document["cells"][0].pop("verdict"),
    lambda document: document["cells"][0].update(verdict="fine"),
    lambda document: document["cells"][0].update(unheard_of=1),
    lambda document: document["races"][0]["trace"].update(schema="modelcheck.trace/1"),
    lambda document: document["races"][0]["trace"]["steps"][0].update(choices=["one"]),
    lambda document: document.update(schema="modelcheck.result/2"),
)
