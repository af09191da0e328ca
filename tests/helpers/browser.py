"""A Chromium without a window, for the pages of `lda-cli report`."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains

from .chromium import CHROMIUM, DRIVER

_SECONDS_AT_MOST = 60
_OPTIONS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"),
    *("--window-size=1400,1000", "--force-prefers-reduced-motion"),
)


class Browser:
    """One session. `driver` is selenium's."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def open(self, page: Path, address: str = "") -> None:
        """Open a page at an address, without a network, and wait until all of its data are unpacked."""
        self.driver.get("about:blank")
        for kind in ("browser", "performance"):
            self.driver.get_log(kind)  # of the page before
        self.driver.execute_cdp_cmd("Network.enable", {})
        offline = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.driver.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
        self.driver.get(f"file://{quote(str(page))}{address}")
        self.until("document.body.dataset.ready === 'yes'")

    def go(self, address: str) -> None:
        """Go to an address of the page that is open."""
        self.script(
            "location.hash = arguments[0]; window.dispatchEvent(new HashChangeEvent('hashchange'))", address
        )

    def script(self, code: str, *arguments: object) -> Any:
        """Run a function's body in the page."""
        return self.driver.execute_script(code, *arguments)

    def until(self, condition: str) -> None:
        """Wait for an expression of JavaScript to be true."""
        end = time.monotonic() + _SECONDS_AT_MOST
        while not self.script(f"return {condition}"):
            assert time.monotonic() < end, (condition, self.complaints())
            time.sleep(0.02)

    def text(self, selector: str = "#main") -> str:
        """The text of the first element, as a person sees it."""
        return str(self.script("return document.querySelector(arguments[0]).innerText", selector))

    def texts(self, selector: str) -> list[str]:
        """The texts of all elements, whether they are seen or not."""
        return list(
            self.script(
                "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)", selector
            )
        )

    def rows(self, selector: str) -> list[list[str]]:
        """The cells of the rows of a table's body; bars are empty."""
        return list(
            self.script(
                "return [...document.querySelectorAll(arguments[0] + ' tbody tr')]"
                ".map(r => [...r.cells].map(c => c.textContent.trim()))",
                selector,
            )
        )

    def press(self, *keys: str) -> None:
        """Press keys, as a person without a mouse."""
        actions = ActionChains(self.driver, duration=0)
        for key in keys:
            actions.send_keys(key)
        actions.perform()

    def complaints(self) -> list[str]:
        """What the page wrote on the console, and what its policy refused, since it was opened."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """The addresses that the page asked for since it was opened, itself among them."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [
            event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        ]

    def media(self, **features: str) -> None:
        """Show the page as a reader with these settings sees it: prefers_color_scheme="dark"."""
        listed = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": listed})

    def violations(self) -> list[str]:
        """What axe finds, in one line each: the rule, and the first element that breaks it."""
        axe = files("axe_core_python") / "axe.min.js"
        self.script(f"if (!window.axe) {{ {axe.read_text(encoding='utf-8')} }}")
        found = self.driver.execute_async_script(
            "const done = arguments[0];"
            "axe.run().then(r => done(r.violations), e => done([{id: String(e), nodes: []}]))"
        )
        return [f"{each['id']}: {[node['html'] for node in each['nodes']][:1]}" for each in found]


@contextmanager
def browser() -> Iterator[Browser]:
    """A session of its own."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for option in _OPTIONS:
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    try:
        yield Browser(driver)
    finally:
        driver.quit()
