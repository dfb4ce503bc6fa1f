"""The stages of a spec: as read, with a design's edits, as a typed model."""

from __future__ import annotations

import pytest

from modelcheck.ground.diagnostics import SpecError
from modelcheck.language import pipeline
from modelcheck.language.resolve.names.kinds import NameKind
from modelcheck.language.syntax.parse import parse_text

TEXT = """
model stages;
param ROUNDS : int = 2;
shared x : 0..9 = 0;
process p { for (i in 1..ROUNDS) { x = i; } }
invariant low : x <= 2;
scenario one  { run p; }
scenario many { run p[*]; }
variant more { param ROUNDS = 3; add shared y : bool = false; }
variant lost { delete p::nowhere; }
"""


def loaded() -> pipeline.Loaded:
    return pipeline.Loaded(parse_text(TEXT, "stages.mc"))


def rounds(resolved: pipeline.Resolved) -> object:
    return dict(resolved.model.params)["ROUNDS"]


def test_each_stage_leads_to_the_next() -> None:
    edited = loaded().edited("more")
    assert edited.variant == "more"
    assert [info.name for info in edited.scenarios] == ["one", "many"]
    assert "low" in edited.property_names
    resolved = edited.resolved("one")
    assert (resolved.model.variant, resolved.model.scenario) == ("more", "one")
    assert resolved.edited is edited
    assert [shared.name for shared in resolved.model.shared] == ["x", "y"]


def test_values_beat_what_everybody_else_says() -> None:
    edited = loaded().edited("more", {"ROUNDS": "1"})
    assert rounds(edited.resolved("one", values={"ROUNDS": 4})) == 4
    assert rounds(edited.resolved("one")) == 1


def test_the_spec_as_written_is_a_design_whatever_its_variants_are_called() -> None:
    twice = pipeline.Loaded(parse_text(TEXT + "variant more { param ROUNDS = 1; }", "stages.mc"))
    assert twice.base.spec is twice.spec
    assert [info.name for info in twice.base.scenarios] == ["one", "many"]
    with pytest.raises(SpecError) as caught:
        twice.edited()
    assert caught.value.diagnostics[0].code == "MC317"


def test_what_variants_add_has_a_name() -> None:
    added = pipeline.Loaded(parse_text(TEXT + "variant told { add invariant high : x >= 0; }", "stages.mc"))
    assert "high" not in added.base.property_names
    assert "high" in added.with_added().property_names
    added.with_added().check_property("high")
    with pytest.raises(SpecError) as caught:
        added.base.check_property("high")
    assert caught.value.diagnostics[0].code == "MC502"


def test_warnings_about_edits_come_before_those_about_a_scenario() -> None:
    idle = pipeline.Loaded(parse_text(TEXT + "variant idle { set x = 0; }", "stages.mc"))
    resolved = idle.edited("idle").resolved("one")
    assert [finding.code for finding in resolved.edited.diagnostics] == ["MC315"]
    assert resolved.diagnostics == (*resolved.edited.diagnostics, *resolved.found)


def test_what_the_command_line_sets_beats_the_variant() -> None:
    assert rounds(loaded().edited().resolved("one")) == 2
    assert rounds(loaded().edited("more").resolved("one")) == 3
    assert rounds(loaded().edited("more", {"ROUNDS": "1"}).resolved("one")) == 1


def test_one_design_in_several_sizes() -> None:
    edited = loaded().edited()
    assert edited.resolved("many").model.processes[0].count is None
    assert [edited.resolved("many", {"p": n}).model.processes[0].count for n in (1, 4)] == [1, 4]


def test_names_are_those_of_the_design() -> None:
    names = {(name.kind, name.name) for name in loaded().edited("more").names()}
    assert (NameKind.SHARED, "y") in names
    assert (NameKind.SHARED, "y") not in {(name.kind, name.name) for name in loaded().edited().names()}


def test_findings_are_told_and_not_raised() -> None:
    wrong = pipeline.Loaded(parse_text(TEXT.replace("x <= 2", "z <= 2"), "stages.mc")).edited()
    assert "MC101" in {finding.code for finding in wrong.findings()}
    assert not {finding.code for finding in loaded().edited().findings()} & {"MC101"}


@pytest.mark.parametrize(
    ("variant", "overrides", "scenario", "code"),
    [("none", {}, "one", "MC301"), (None, {"NONE": "1"}, "one", "MC503"), (None, {}, "none", "MC501")],
)
def test_what_there_is_not(variant: str | None, overrides: dict[str, str], scenario: str, code: str) -> None:
    with pytest.raises(SpecError) as caught:
        loaded().edited(variant, overrides).resolved(scenario)
    assert caught.value.diagnostics[0].code == code


def test_an_edit_that_cannot_be_made() -> None:
    with pytest.raises(SpecError):
        loaded().edited("lost")
