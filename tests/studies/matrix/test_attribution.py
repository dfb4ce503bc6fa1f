"""Findings that only a variant has say so."""

from __future__ import annotations

from modelcheck.ground.diagnostics import Diagnostic, Note, Severity
from modelcheck.studies.matrix.attribution import Attribution

FOUND = Diagnostic("MC407", Severity.WARNING, "control never gets here", None)


def test_what_the_base_shows_is_not_blamed_on_a_variant() -> None:
    attribution = Attribution()
    assert list(attribution.new([FOUND], "base")) == [FOUND]
    assert list(attribution.new([FOUND], "v1")) == []


def test_what_only_a_variant_shows_names_it_once() -> None:
    attribution = Attribution()
    assert list(attribution.new([], "base")) == []
    (found,) = attribution.new([FOUND], "v1")
    assert found.notes == (Note("in variant `v1`"),)
    assert list(attribution.new([FOUND], "v2")) == []


def test_a_message_that_names_its_variant_needs_no_note() -> None:
    named = Diagnostic("MC119", Severity.HINT, "`f` has no label `l` in variant `v1`", None)
    assert list(Attribution().new([named], "v1")) == [named]
