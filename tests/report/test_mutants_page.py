"""The page about mutants: whole, escaped, and what its filters do in headless Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from modelcheck.report.page import html_mutants
from tests.browser import Page, browser
from tests.report.example_mutants import found, spec
from tests.report.test_page import Document

__all__ = ["browser"]


def test_the_page_is_whole_and_escapes_what_it_is_given() -> None:
    text = html_mutants(found(), spec())
    document = Document(text)
    assert "<script>alert" not in text
    mutants = [attributes for tag, attributes in document.found if tag == "details" and "mutant" in attributes["class"]]
    assert len(mutants) == 12
    ids = [attributes["id"] for _, attributes in document.found if "id" in attributes]
    assert len(set(ids)) == len(ids)
    links = [attributes["href"] for tag, attributes in document.found if tag == "a" and attributes["href"] != "#main"]
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)
    assert not any("http" in link for link in links)


def test_an_interrupted_run_says_so() -> None:
    assert "The run was interrupted: mutants are missing." in html_mutants(found(complete=False), spec())
    assert "The run was interrupted" not in html_mutants(found(), spec())


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("mutants") / "mutants.html"
    path.write_text(html_mutants(found(), spec()), encoding="utf-8")
    return path


@pytest.fixture
def page(browser: Page, report: Path) -> Iterator[Page]:
    """The page, freshly loaded; whatever a test does, the console must stay silent."""
    browser.load(report)
    yield browser
    assert browser.driver.get_log("browser") == []


def shown(page: Page) -> list[str]:
    return [one.text for one in page.all("details.mutant summary") if one.is_displayed()]


def test_it_opens_with_what_nothing_notices_in_browser(page: Page) -> None:
    assert shown(page) == [
        "survived line 13: p says `x <= 2` instead of `x < 2`",
        "survived line 14: p does not tell done",
        "survived line 14: p does `emit done(x)` twice",
        "survived line 16: p tests q->count instead of freezing it",
    ]
    assert page.one(".count").text == "4 mutants"


def test_filters_choose_mutants_in_browser(page: Page) -> None:
    page.select("outcome", "any")
    assert page.one(".count").text == "12 mutants"
    page.select("operator", "no_lock")
    assert shown(page) == ["killed line 10: p does without the lock s"]
    assert page.one(".count").text == "1 mutant"
    page.select("outcome", "undecided")
    assert shown(page) == []


def test_a_mutant_leads_to_its_line_in_browser(page: Page) -> None:
    page.all("details.mutant[data-outcome=survived] summary")[0].click()
    mutant = page.one("details.mutant[open]")
    assert "Survived, unlike the original after 1 step in two: p[0] can move, or cannot." in mutant.text
    assert "variant boundary_p_ask" in mutant.find_element("css selector", "pre").text
    mutant.find_element("css selector", "a").click()
    line = page.one("li:target")
    assert line.text.strip().startswith("ask: if (x < 2 && x > 0) { return; }")
    assert line.get_attribute("class") == "kept"


def test_it_fits_a_telephone_in_browser(browser: Page, report: Path) -> None:
    browser.load(report, width=390, height=800)
    assert browser.run("return document.documentElement.scrollWidth") <= 390
    assert browser.driver.get_log("browser") == []
