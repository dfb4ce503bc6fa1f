"""The HTML report in headless Chromium: filters, cells, stepping, by mouse and keyboard, without a
word on the console.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import modelcheck
from modelcheck.report.page import html_report, html_trace
from tests.browser import Page, browser
from tests.report.example_results import small
from tests.report.test_page import COVERED, hostile, spec

__all__ = ["browser"]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(html_report([small()], [spec()]), encoding="utf-8")
    return path


@pytest.fixture
def page(browser: Page, report: Path) -> Iterator[Page]:
    """The report, freshly loaded; whatever a test does, the console must stay silent."""
    browser.load(report)
    yield browser
    assert browser.driver.get_log("browser") == []


def test_filters_hide_rows_and_columns(page: Page) -> None:
    assert page.shown_rows() == ["reclaim_only", "truncate_only"] * 2
    assert page.one(".count").text == "16 cells"
    page.select("variant", "base")
    assert page.shown_rows() == ["reclaim_only", "truncate_only"]
    page.select("scenario", "truncate_only")
    assert page.shown_rows() == ["truncate_only"]
    page.select("property", "deadlock")
    assert [head.text for head in page.all("thead th span") if head.is_displayed()] == ["deadlock"]
    assert page.one(".count").text == "1 cell"
    page.one("button[type=reset]").click()
    page.select("verdict", "violated")
    assert page.shown_rows() == ["reclaim_only", "truncate_only"]
    assert page.one(".count").text == "3 cells"
    assert [head.text for head in page.all("thead th span") if head.is_displayed()] == ["no_leak", "reached"]


def test_scenarios_fold_away(page: Page) -> None:
    page.one("[data-do=expand]").click()
    assert page.shown_rows() == []
    button = page.one("tbody th button")
    button.click()
    assert button.get_attribute("aria-expanded") == "true"
    assert page.shown_rows() == ["reclaim_only", "truncate_only"]


def test_a_cell_tells_what_it_rests_on(page: Page) -> None:
    page.all("tr[data-row] td.g")[0].click()
    detail = page.one(".detail").text
    assert "no_leak holds" in detail
    assert "every reachable state was visited (1,234)" in detail
    assert "threads: reader[2], reclaim" in detail


def test_arrows_and_enter_work_in_the_matrix(page: Page) -> None:
    assert len(page.all("tr[data-row] td[tabindex='0']")) == 1
    page.run("document.querySelector('tr[data-row] td[tabindex=\"0\"]').focus()")
    for key in (
        "\ue015",
        "\ue015",
        "\ue014",
        "\ue013",
        "\ue015",
        "\ue015",
        "\ue012",
    ):  # down, down, right, up, down, down, left
        page.press(key)
    focused = page.driver.switch_to.active_element
    assert focused.get_attribute("aria-label") == "no_leak in v3_one_site, truncate_only: is violated in 8 steps"
    page.press("\ue007")
    assert "no_leak is violated in 8 steps (expected to hold)" in page.one(".detail").text
    page.one(".detail button").click()
    assert page.driver.switch_to.active_element.get_attribute("aria-label") == "to the start"


def test_the_row_of_a_design_leads_to_its_scenarios(page: Page) -> None:
    page.one("[data-do=expand]").click()
    page.all("tr.sum")[1].find_elements("css selector", "td")[0].click()
    assert page.shown_rows() == ["reclaim_only", "truncate_only"]
    # The surprise first, whatever stands above it.
    assert "no_leak is violated in 8 steps (expected to hold)" in page.one(".detail").text
    label = page.driver.switch_to.active_element.get_attribute("aria-label")
    assert label == "no_leak in v3_one_site, truncate_only: is violated in 8 steps"


def test_the_row_of_a_design_by_keyboard(page: Page) -> None:
    page.one("[data-do=expand]").click()
    assert len(page.all("tr.sum td[tabindex='0']")) == 1
    page.run("document.querySelector('tr.sum td[tabindex=\"0\"]').focus()")
    page.press("\ue015", "\ue014", "\ue014")  # down, right, right
    focused = page.driver.switch_to.active_element
    assert (
        focused.get_attribute("aria-label")
        == "deadlock in v3_one_site: holds in 2 of 2 scenarios, 1 of them cut short; Enter shows the scenarios"
    )
    assert "c" in focused.get_attribute("class").split()
    page.press("\ue007")
    assert page.shown_rows() == ["reclaim_only", "truncate_only"]
    focused = page.driver.switch_to.active_element
    assert focused.get_attribute("aria-label") == "deadlock in v3_one_site, reclaim_only: holds (cut by no_leak)"
    assert "deadlock holds (cut by no_leak)" in page.one(".detail").text


def test_a_cell_of_an_unfolded_design_can_be_reached_by_keyboard(page: Page) -> None:
    page.one("[data-do=expand]").click()
    button = page.all("tbody th button")[1]
    button.click()
    button.send_keys("\ue004")  # tab
    label = page.driver.switch_to.active_element.get_attribute("aria-label")
    assert label == "no_leak in v3_one_site, reclaim_only: is violated in 8 steps"


def test_stepping_shows_old_and_new_values(page: Page) -> None:
    assert page.one(".what p").text == "Step 8 of 8: reader[0]"
    assert page.one(".what .found").text == "`n` is read through a stale reference: Names[0] was freed"
    page.one("[aria-label='to the start']").click()
    assert page.one(".what p").text == "Before the first of 8 steps"
    assert len(page.all(".step.later")) == 8
    forward = page.one("[aria-label='step forward']")
    forward.click()
    forward.click()
    (changed,) = page.all(".state .changed")
    assert changed.text == "Page[0].count 2 → 3"
    assert page.one(".step.now").get_attribute("data-step") == "2"
    forward.send_keys("\ue014", "\ue014", "\ue012")  # right, right, left
    assert page.one(".what p").text == "Step 3 of 8: reader[0]"
    forward.send_keys("\ue010")  # end
    assert page.one(".what p").text == "Step 8 of 8: reader[0]"


def test_a_click_on_a_box_goes_to_its_step(page: Page) -> None:
    page.one(".step[data-step='5'] .news").click()
    assert page.one(".what p").text == "Step 5 of 8: reclaim"
    assert [row.text for row in page.all(".state .changed")] == [
        "Inode[0].slot Page[0] → null",
        "Page[0].mapping null",
    ]


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_the_page_never_scrolls_sideways_and_text_can_be_read(
    page: Page, report: Path, width: int, scheme: str
) -> None:
    page.load(report, width=width, height=844, prefers_color_scheme=scheme)
    assert page.run("return document.documentElement.scrollWidth <= innerWidth")
    # WCAG 2: the contrast of text is at least 4.5 to 1.
    worst = page.run("""const channels = (text) => text.match(/[\\d.]+/g).map(Number);
        const light = ([r, g, b]) => [r, g, b].map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
            .reduce((sum, c, index) => sum + c * [0.2126, 0.7152, 0.0722][index], 0);
        const paper = (element) => {
            for (; element; element = element.parentElement) {
                const colour = channels(getComputedStyle(element).backgroundColor);
                if (colour.length === 3 || colour[3] > 0) return colour;
            }
            return [255, 255, 255];
        };
        let worst = 21;
        for (const element of document.querySelectorAll("h1,h2,h3,p,li,th,td,a,label,select,button,pre,summary,dd,dt,.diff span")) {
            if (!element.offsetParent || !element.textContent.trim() || element.disabled) continue;
            const one = light(channels(getComputedStyle(element).color)), two = light(paper(element));
            worst = Math.min(worst, (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05));
        }
        return worst;""")
    assert worst >= 4.5
    assert page.run("return getComputedStyle(document.body).backgroundColor") == (
        "rgb(255, 255, 255)" if scheme == "light" else "rgb(21, 25, 30)"
    )


@pytest.mark.parametrize("width", [420, 1300, 1400])
def test_a_diagram_opens_at_its_first_column_and_keeps_the_names_in_view(
    browser: Page, tmp_path: Path, width: int
) -> None:
    spec_path, path = tmp_path / "many.mc", tmp_path / "trace.html"
    spec_path.write_text(
        "shared x : 0..40 = 0; process p { atomic { x = x + 1; } atomic { x = x + 1; } atomic { x = x + 1; } }"
        "scenario s { run p[6]; } cover done : x == 18;"
    )
    loaded = modelcheck.load(spec_path)
    (trace,) = [cell.trace for cell in modelcheck.check(loaded).cells if cell.property_name == "done"]
    assert trace is not None
    path.write_text(html_trace(trace, loaded), encoding="utf-8")
    browser.load(path, width=width, height=900)
    diagram = "const frame = document.querySelector('.diagram'), heads = frame.querySelector('.heads');"
    assert browser.run(f"{diagram} return [frame.scrollLeft, frame.scrollTop]") == [0, 0]
    # Far down and to the right, they stand at the upper edge, above the same columns.
    below, aside = browser.run(f"""{diagram} frame.scrollTop = 300; frame.scrollLeft = 200;
        const box = frame.querySelector('.step .box').getBoundingClientRect();
        const name = heads.querySelector('.head').getBoundingClientRect();
        return [heads.getBoundingClientRect().top - frame.getBoundingClientRect().top, name.left - box.left];""")
    assert abs(below) <= 1
    assert abs(aside) <= 1


def test_print_shows_every_race_and_no_controls(page: Page) -> None:
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert not page.one(".filters").is_displayed()
    assert all(race.is_displayed() for race in page.all("article.race"))
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_hostile_names_do_nothing(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "hostile.html"
    path.write_text(html_report([hostile()], [spec()]), encoding="utf-8")
    page.load(path)
    page.all("tr[data-row] td")[0].click()
    assert "alert(1)" in page.one(".detail").text
    page.one("[aria-label='to the start']").click()
    page.one("[aria-label='step forward']").click()
    assert not page.all("img")
    assert len(page.all("script")) == 2


def test_the_page_about_one_trace(page: Page, tmp_path: Path) -> None:
    spec_path, path = tmp_path / "covered.mc", tmp_path / "trace.html"
    spec_path.write_text(COVERED + "cover ran : x == 1;")
    loaded = modelcheck.load(spec_path)
    (trace,) = [cell.trace for cell in modelcheck.check(loaded).cells if cell.property_name == "ran"]
    assert trace is not None
    path.write_text(html_trace(trace, loaded), encoding="utf-8")
    page.load(path)
    assert page.one(".what p").text == f"Step {len(trace.steps)} of {len(trace.steps)}: {trace.steps[-1].process}"
    page.one("[aria-label='to the start']").click()
    page.one("[aria-label='step forward']").send_keys("\ue010")  # end
    assert "x" in page.one(".state .changed").text
    assert page.one(".source li.now").text.strip().startswith("x = 1")
    assert page.one("details.text pre").is_displayed()
    assert page.run("return document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_lines_that_nothing_executes_stand_out(page: Page, tmp_path: Path, scheme: str) -> None:
    spec_path, path = tmp_path / "covered.mc", tmp_path / "covered.html"
    spec_path.write_text(COVERED)
    loaded = modelcheck.load(spec_path)
    path.write_text(html_report([modelcheck.check(loaded)], [loaded]), encoding="utf-8")
    page.load(path, prefers_color_scheme=scheme)
    (dead,) = page.all(".source li.dead")
    assert dead.text.strip() == "x = 0;"
    mark = page.run("return getComputedStyle(arguments[0], '::after').content", dead)
    assert "never executed" in mark
    ran = page.one(".source li.ran")
    colours = [page.run("return getComputedStyle(arguments[0]).backgroundColor", line) for line in (dead, ran)]
    assert colours[0] != colours[1]


NOTIFIED = """
shared x : 0..2 = 0;
event  done(n: 0..2);
process p { atomic { x = 1; emit done(1); } }
count never_done : never done(_);
scenario s { run p; }
"""


def test_on_a_phone_the_legend_of_lines_breaks_and_events_are_no_findings(browser: Page, tmp_path: Path) -> None:
    spec_path, path = tmp_path / "notified.mc", tmp_path / "notified.html"
    spec_path.write_text(NOTIFIED)
    loaded = modelcheck.load(spec_path)
    path.write_text(html_report([modelcheck.check(loaded)], [loaded]), encoding="utf-8")
    browser.load(path, width=390, height=844)
    assert browser.run("return document.documentElement.scrollWidth <= innerWidth")
    assert [note.text for note in browser.all(".what .found")] == ["done(_) must never happen"]
    assert "* done(1)" in [note.text for note in browser.all(".what p")]
    assert "1 distinct race" in [item.text for item in browser.all("li")]
