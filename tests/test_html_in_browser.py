"""The HTML report in Chromium, as a reviewer uses it: clicked through, from the keyboard, in the light and in the dark.

Needs `chromium` and `chromedriver` (Debian: `chromium-driver`); without them every test here is skipped and says so.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_core_python.selenium import Axe
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from surfaces import FIXTURES, project, spinlint

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="no chromium with chromedriver on this machine"),
]
LOOP = """\
from helper import read_one


class Worker:
    mode = ""

    def choose(self, mode: str) -> None:
        self.mode = mode

    async def run(self) -> None:
        tries = 0
        while True:
            try:
                await read_one(self)
                tries = 0
            except OSError:  # <script>window.hacked = 1</script><img src=x onerror="window.hacked = 1">
                tries += 1
"""
HELPER = """\
import asyncio


async def read_one(worker) -> None:
    if worker.mode == "<script>window.hacked = 1</script>":
        return  # \u202e reordered
    await asyncio.sleep(1)
"""
FOLDER = '<img src=x onerror="window.hacked=1">'


@pytest.fixture(scope="module")
def driver() -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    options.add_argument("--headless=new")
    options.add_argument("--window-size=1500,1000")
    options.add_argument("--force-prefers-reduced-motion")  # a click must not chase what still scrolls
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # it does not start as root otherwise
    options.add_argument("--disable-dev-shm-usage")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield browser
    browser.quit()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages of real runs: of the gateway, and of a project whose names try to become markup."""
    folder = tmp_path_factory.mktemp("pages")
    project(folder / FOLDER, {"loop.py": LOOP, "helper.py": HELPER})
    shutil.copy(FIXTURES / "SPN101" / "bad_qq_gateway.py", folder / "gateway.py")
    for name, path in (("gateway", "gateway.py"), ("hostile", FOLDER)):
        for form in ("html", "json"):
            made = spinlint("check", "--format", form, "--output", f"{name}.{form}", path, cwd=folder)
            assert made.returncode == 1, made.stderr
    return folder


def steps_in(page: Path) -> list[dict[str, Any]]:
    """The steps of the page's first lap, from the JSON report of the same run."""
    found = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))["findings"]
    steps: list[dict[str, Any]] = found[0]["steps"]
    return steps


def open_page(driver: webdriver.Chrome, page: Path, fragment: str = "") -> WebElement:
    driver.get("about:blank")
    driver.get_log("browser")
    driver.get(page.as_uri() + fragment)
    return driver.find_element(By.CSS_SELECTOR, "article.lap")


def colours(driver: webdriver.Chrome, scheme: str) -> None:
    feature = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": feature})


def highlighted(lap: WebElement) -> list[tuple[int, str]]:
    """The lines of source that are highlighted, with the number of the step that is marked on them."""
    rows = lap.find_elements(By.CSS_SELECTOR, ".row.here")
    return [
        (int(row.find_element(By.CLASS_NAME, "no").text), row.find_element(By.CSS_SELECTOR, ".note.at b").text)
        for row in rows
    ]


def current(lap: WebElement) -> list[str]:
    return [each.get_dom_attribute("data-step") for each in lap.find_elements(By.CSS_SELECTOR, ".steps [aria-current]")]


@pytest.mark.parametrize("name", ["gateway.html", "hostile.html"])
def test_a_click_on_each_step_highlights_its_line(driver: webdriver.Chrome, pages: Path, name: str) -> None:
    lap = open_page(driver, pages / name)
    steps = steps_in(pages / name)
    links = lap.find_elements(By.CSS_SELECTOR, ".steps li a")
    assert len(links) == len(steps) >= 5
    assert highlighted(lap) == []
    for number, (link, step) in enumerate(zip(links, steps, strict=True), 1):
        link.click()
        assert highlighted(lap) == [(step["line"], str(number))]
        assert current(lap) == [str(number)]
        row = lap.find_element(By.CSS_SELECTOR, ".row.here")
        code = row.find_element(By.CSS_SELECTOR, ".src > code").text.strip()
        assert code == link.find_element(By.CSS_SELECTOR, ".what code").text
        assert step["message"].replace("`", "") in row.find_element(By.CSS_SELECTOR, ".note.at").text
        lit = [each.get_dom_attribute("data-step") for each in lap.find_elements(By.CSS_SELECTOR, ".path .into")]
        apart = number > 1 and steps[number - 2]["line"] != step["line"]
        assert lit == ([str(number)] if apart else [])
    assert driver.get_log("browser") == []


def test_a_click_in_the_code_selects_the_step_too(driver: webdriver.Chrome, pages: Path) -> None:
    lap = open_page(driver, pages / "gateway.html")
    lap.find_element(By.CSS_SELECTOR, '.pill a[data-step="5"]').click()
    assert highlighted(lap) == [(38, "5")]
    lap.find_element(By.CSS_SELECTOR, '.src .note[data-step="7"]').click()
    assert (highlighted(lap), current(lap)) == ([(40, "7")], ["7"])


def test_the_branches_the_state_and_the_reset_are_told(driver: webdriver.Chrome, pages: Path) -> None:
    lap = open_page(driver, pages / "gateway.html")
    notes = {row.find_element(By.CLASS_NAME, "no").text: row for row in lap.find_elements(By.CSS_SELECTOR, ".row.on")}
    looks = {line: row.find_element(By.CSS_SELECTOR, ".note") for line, row in notes.items()}
    assert [looks[line].get_dom_attribute("class") for line in ("36", "55", "57", "39")] == [
        "note yes",
        "note no",
        "note no",
        "note reset",
    ]
    assert looks["39"].text == "6 resets the counter self._attempt"
    state = lap.find_elements(By.CSS_SELECTOR, ".state dd code")
    assert [each.text for each in state] == ["self._running", "self._ws", "self._ws.closed"]
    names = [each.text for each in lap.find_elements(By.CSS_SELECTOR, ".frame h4 > code")]
    assert names == ["QQAdapter._listen_loop", "QQAdapter._read_events"]
    assert len(lap.find_elements(By.CSS_SELECTOR, ".path path.back")) == 1


def test_the_keyboard_goes_through_the_lap(driver: webdriver.Chrome, pages: Path) -> None:
    lap = open_page(driver, pages / "gateway.html")
    last = len(steps_in(pages / "gateway.html"))
    for key, step in (
        (Keys.ENTER, 1),
        (Keys.ARROW_DOWN, 2),
        (Keys.ARROW_DOWN, 3),
        (Keys.ARROW_UP, 2),
        (Keys.END, last),
        (Keys.ARROW_DOWN, 1),
        (Keys.ARROW_UP, last),
        (Keys.HOME, 1),
    ):
        if key == Keys.ENTER:
            driver.execute_script("document.querySelector('.steps li a').focus()")
        driver.switch_to.active_element.send_keys(key)
        assert current(lap) == [str(step)]
        assert driver.switch_to.active_element.get_dom_attribute("data-step") == str(step)
    assert highlighted(lap) == [(36, "1")]


def test_the_buttons_go_on_back_and_round(driver: webdriver.Chrome, pages: Path) -> None:
    lap = open_page(driver, pages / "gateway.html")
    back, on, go_round = lap.find_elements(By.CSS_SELECTOR, ".controls button")
    on.click()
    on.click()
    assert current(lap) == ["2"]
    back.click()
    assert (current(lap), lap.find_element(By.CSS_SELECTOR, ".controls .at").text) == (["1"], "step 1 of 8")
    go_round.click()
    WebDriverWait(driver, 20, 0.1).until(lambda _: current(lap) == ["3"])
    assert go_round.get_dom_attribute("aria-pressed") == "true"
    back.click()
    assert go_round.get_dom_attribute("aria-pressed") == "false"


def test_a_link_to_a_step_opens_there(driver: webdriver.Chrome, pages: Path) -> None:
    lap = open_page(driver, pages / "gateway.html", "#lap1-s3")
    assert (current(lap), highlighted(lap)) == (["3"], [(55, "3")])
    driver.find_element(By.CSS_SELECTOR, "h3 a.code").click()
    page = driver.find_element(By.ID, "SPN101")
    WebDriverWait(driver, 10, 0.1).until(lambda _: page.get_property("open") is True)


def test_without_scripts_the_steps_are_links(driver: webdriver.Chrome, pages: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.html"
    text = (pages / "gateway.html").read_text(encoding="utf-8")
    bare.write_text(re.sub(r"<script>.*</script>", "", text, flags=re.DOTALL), encoding="utf-8")
    lap = open_page(driver, bare)
    row = lap.find_element(By.CSS_SELECTOR, '.row:has([id="lap1-s4"])')
    before = row.value_of_css_property("background-color")
    lap.find_element(By.CSS_SELECTOR, '.steps li a[data-step="4"]').click()
    driver.implicitly_wait(0)
    after = WebDriverWait(driver, 10).until(
        lambda _: (c := row.value_of_css_property("background-color")) != before and c
    )
    other = lap.find_element(By.CSS_SELECTOR, '.row:has([id="lap1-s3"])').value_of_css_property("background-color")
    assert after != other
    assert not lap.find_element(By.CSS_SELECTOR, ".controls").is_displayed()


def test_nothing_is_loaded_and_no_name_runs(driver: webdriver.Chrome, pages: Path) -> None:
    open_page(driver, pages / "hostile.html")
    assert driver.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert driver.execute_script("return [window.hacked, document.scripts.length, document.images.length]") == [
        None,
        1,
        0,
    ]
    text = driver.find_element(By.TAG_NAME, "body").text
    assert '"<script>window.hacked = 1</script>"' in text
    assert f"{FOLDER}/helper.py" in text
    assert "# \\u202e reordered" in text
    assert driver.get_log("browser") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["gateway.html", "hostile.html"])
def test_it_is_accessible_by_day_and_by_night(driver: webdriver.Chrome, pages: Path, name: str, scheme: str) -> None:
    """axe-core looks at contrast, names, landmarks and order; a step is selected and every fold is open."""
    colours(driver, scheme)
    open_page(driver, pages / name, "#lap1-s3")
    driver.execute_script("for (const each of document.querySelectorAll('details')) each.open = true")
    driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
    found = Axe().run(driver)
    assert len(found["passes"]) > 20
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]] == []


def test_light_and_dark_follow_the_system_and_the_button(driver: webdriver.Chrome, pages: Path) -> None:
    def lightness() -> int:
        colour = driver.find_element(By.TAG_NAME, "body").value_of_css_property("background-color")
        return sum(map(int, re.findall(r"\d+", colour)[:3]))

    shades = []
    for scheme in ("light", "dark"):
        colours(driver, scheme)
        open_page(driver, pages / "gateway.html")
        shades.append(lightness())
        driver.find_element(By.ID, "theme").click()
        shades.append(lightness())
    light, toggled_dark, dark, toggled_light = shades
    assert (light, dark) == (toggled_light, toggled_dark)
    assert light > 600 > 150 > dark


@pytest.mark.parametrize("width", [390, 800, 1500])
def test_it_fits_narrow_and_wide_windows(driver: webdriver.Chrome, pages: Path, width: int) -> None:
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    )
    try:
        for name in ("gateway.html", "hostile.html"):
            open_page(driver, pages / name)
            inner, needed = driver.execute_script("return [innerWidth, document.documentElement.scrollWidth]")
            assert (inner, needed <= width) == (width, True)
    finally:
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
