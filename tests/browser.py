"""A headless Chromium for tests: where there is none, what needs it is skipped."""

from __future__ import annotations

import importlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

#: Set by .ci/run where there is a browser: then nothing here may be skipped.
REQUIRED = os.environ.get("MODELCHECK_BROWSER") == "required"
CHROMIUM = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")
#: Whether to count on one.
EXPECTED = REQUIRED or (CHROMIUM is not None and DRIVER is not None)


class Page:
    """One browser, with what tests ask of it."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def load(self, path: Path, width: int = 1280, height: int = 900, **media: str) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        features = [{"name": name.replace("_", "-"), "value": value} for name, value in media.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        self.driver.get("about:blank")
        self.driver.get(path.as_uri())

    def run(self, script: str, *arguments: object) -> Any:
        return self.driver.execute_script(script, *arguments)

    def all(self, selector: str) -> list[Any]:
        return list(self.driver.find_elements("css selector", selector))

    def one(self, selector: str) -> Any:
        return self.driver.find_element("css selector", selector)

    def select(self, name: str, text: str) -> None:
        script = """const [name, text] = arguments, select = document.querySelector(`select[name=${name}]`);
            select.value = [...select.options].find((option) => option.text === text).value;
            select.dispatchEvent(new Event("change", { bubbles: true }));"""
        self.run(script, name, text)

    def press(self, *keys: str) -> None:
        self.driver.switch_to.active_element.send_keys(*keys)

    def shown_rows(self) -> list[str]:
        return [row.find_element("css selector", "th").text for row in self.all("tr[data-row]") if row.is_displayed()]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    if not EXPECTED:
        pytest.skip("no browser tests: chromium and chromedriver are not installed")
    webdriver: Any = (
        importlib.import_module("selenium.webdriver")
        if REQUIRED
        else pytest.importorskip("selenium.webdriver", reason="no browser tests: selenium is not installed")
    )
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    profile = tmp_path_factory.mktemp("profile")
    for argument in ("--headless=new", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={profile}"):
        options.add_argument(argument)
    if os.geteuid() == 0:
        # Chromium refuses its sandbox to root, which containers run as.
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    try:
        yield Page(driver)
    finally:
        driver.quit()
