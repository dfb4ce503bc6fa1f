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
from referencing import Registry, Resource

from tests.cli.conftest import Ran, modelcheck, starter
from tests.report.example_results import small
from tests.report.sarif_schema import LOG

__all__ = ["modelcheck", "starter"]

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
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


def schema(name: str) -> Any:
    return json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))


def closed(part: Any) -> Any:
    """The same schema, with no fields allowed but those it names."""
    if isinstance(part, list):
        return [closed(one) for one in part]
    if not isinstance(part, dict):
        return part
    found = {key: closed(value) for key, value in part.items()}
    if "properties" in found and "oneOf" not in found and found.get("additionalProperties") is None:
        found["additionalProperties"] = False
    return found


def validator(name: str) -> jsonschema.Draft202012Validator:
    """A validator that takes nothing that the schema does not tell."""
    registry: Any = Registry()
    for path in SCHEMAS.glob("*.json"):
        document = closed(schema(path.stem))
        registry = registry.with_resource(document["$id"], Resource.from_contents(document))
    document = closed(schema(name))
    if name == "result":
        # Its fields are spread over two places.
        own = document["properties"]
        for form in (document["$defs"]["result"], document["oneOf"][1]):
            form["properties"] = {**own, **form["properties"]}
    return jsonschema.Draft202012Validator(document, registry=registry)


def check(name: str, document: Any) -> None:
    errors = [f"{error.json_path}: {error.message[:200]}" for error in validator(name).iter_errors(document)]
    assert not errors, errors


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.stem)
def test_a_schema_is_one(path: Path) -> None:
    document = read(path)
    jsonschema.Draft202012Validator.check_schema(document)
    assert document["$id"] == f"modelcheck:{path.stem}"


def test_results_of_the_example() -> None:
    from modelcheck.report.json import results_json

    document = results_json([small()])
    check("result", document)
    both = results_json([small(), small()])
    assert len(both["specs"]) == 2
    check("result", both)


def test_what_the_commands_write(modelcheck: Call, starter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modelcheck("matrix", starter, "--json", "matrix.json")
    check("result", read(Path("matrix.json")))
    modelcheck("check", starter, "--variant", "late_use", "--scenario", "one_lookup", "--json", "check.json")
    check("result", read(Path("check.json")))
    modelcheck("explore", starter, "--scenario", "one_lookup", "--json", "explore.json")
    check("explore", read(Path("explore.json")))
    modelcheck("list", starter, "--json", "list.json")
    check("list", read(Path("list.json")))
    ran = modelcheck("trace", starter, "--variant", "late_use", "--scenario", "one_lookup", "--format", "json")
    check("trace", json.loads(ran.out))
    monkeypatch.setattr("sys.stdin", io.StringIO("r 3\nw walk.json\n"))
    modelcheck("simulate", starter)
    check("trace", read(Path("walk.json")))


def test_synthesis(modelcheck: Call, tmp_path: Path) -> None:
    (tmp_path / "holes.mc").write_text(HOLES)
    modelcheck("synth", tmp_path / "holes.mc", "--json", tmp_path / "synth.json")
    document = read(tmp_path / "synth.json")
    assert document["safe"] == [{"LIMIT": "2"}]
    check("synthesis", document)


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
    from modelcheck.report.json import results_json

    good = results_json([small()])
    for spoil in SPOILERS:
        document = copy.deepcopy(good)
        spoil(document)
        assert list(validator("result").iter_errors(document)), spoil


def test_sarif(modelcheck: Call, starter: Path) -> None:
    """As GitHub and others read it: what expectations surprise, what they suppress, and warnings about the spec."""
    from modelcheck.report.sarif import sarif_json

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
    lambda document: document["races"][0]["trace"].update(schema="modelcheck.trace/2"),
    lambda document: document["races"][0]["trace"]["steps"][0].update(choices=["one"]),
    lambda document: document.update(schema="modelcheck.result/2"),
)
