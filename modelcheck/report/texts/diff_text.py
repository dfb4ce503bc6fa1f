"""The report of ``modelcheck diff``."""

from __future__ import annotations

from modelcheck.report.races.columns import race_in_columns
from modelcheck.report.reasons.sentences import reason_text
from modelcheck.report.sentences import verdict_sentence
from modelcheck.report.words import listing, plural, wrapped
from modelcheck.studies.matrix.compare import Comparison, Difference
from modelcheck.studies.matrix.model import Cell
from modelcheck.studies.matrix.races import signature


def diff_text(comparison: Comparison, width: int = 80) -> str:
    """Return what differs, property by property, with each distinct race of a failing side once."""
    first, second = comparison.first, comparison.second
    by_property: dict[str, list[Difference]] = {}
    for difference in comparison.differences:
        by_property.setdefault(difference.property_name, []).append(difference)
    lines = wrapped(_summary(comparison, list(by_property)), width)
    drawn = set()
    for name, differences in by_property.items():
        lines += ["", name]
        for one in differences:
            told = f"{first} {_told(one.first)}; {second} {_told(one.second)}"
            lines += wrapped(told, width, f"  {one.scenario}: ", "      ")
        for one in differences:
            trace = one.failing.trace if one.failing is not None else None
            if trace is not None and signature(trace) not in drawn:
                drawn.add(signature(trace))
                lines += ["", *race_in_columns(trace).rstrip().splitlines()]
    if comparison.failures:
        lines.append("")
    for variant, scenario, reason in comparison.failures:
        lines += wrapped(f"not compared: {variant}, {scenario}: {reason_text(reason)}", width)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _summary(comparison: Comparison, names: list[str]) -> str:
    sides = f"{comparison.first} and {comparison.second}"
    cells = plural(comparison.compared, "cell")
    open_ = f", and {comparison.open} of them undecided in both" if comparison.open else ""
    if not comparison.differences:
        return f"{sides}: no verdict differs in {cells}{open_}."
    return f"{sides} differ in {len(comparison.differences)} of {cells}{open_}: {listing(names)}."


def _told(cell: Cell | None) -> str:
    if cell is None:
        return "cannot do that"
    # The reason why an answer is missing is for `check` to tell.
    return verdict_sentence(cell, reason=False)
