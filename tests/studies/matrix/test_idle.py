"""What no scenario uses."""

from __future__ import annotations

from modelcheck.ground.diagnostics import DiagnosticBag, Severity
from modelcheck.language.syntax.parse import parse_text
from modelcheck.studies.matrix.idle import report_idle

PROCESSES = """
model m;
shared x : bool = false;
init warm { x = true; }
process used { x = false; }
process idle { x = true; }
server s { loop { when (x); x = false; } }
"""


def told(text: str) -> list[str]:
    bag = DiagnosticBag()
    report_idle(parse_text(PROCESSES + text, "m.mc"), bag)
    assert all((d.code, d.severity) == ("MC129", Severity.WARNING) for d in bag.found)
    return [d.span.text.split("{")[0].strip() for d in bag.found if d.span is not None]


def test_processes_and_init_blocks_that_no_scenario_uses_are_named() -> None:
    assert told("scenario one { run used; }") == ["init warm", "process idle"]
    assert told("scenario one { run used, idle[2]; } scenario two : one { init warm; }") == []


def test_a_spec_without_scenarios_runs_everything() -> None:
    assert told("") == []


def test_what_a_variant_adds_counts() -> None:
    added = 'variant v "more" { add process late { x = true; } override scenario one { run used, idle; init warm; } }'
    assert told("scenario one { run used; }" + added) == ["process late"]
