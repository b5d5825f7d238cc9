"""A headless Chromium with one page in it, and what page.py does with it."""

import base64
import os
import pathlib

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains

CHECKS = (pathlib.Path(__file__).resolve().parent / "checks.js").read_text()


class Browser:
    def __init__(self):
        options = webdriver.ChromeOptions()
        for argument in ("--headless=new", "--hide-scrollbars", "--disable-gpu", "--force-color-profile=srgb"):
            options.add_argument(argument)
        if os.geteuid() == 0:
            options.add_argument("--no-sandbox")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service("chromedriver"), options=options)
        self.driver.set_page_load_timeout(20)
        self.width = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()

    def open(self, page):
        self.console()
        self.driver.get(pathlib.Path(page).resolve().as_uri())
        self.driver.execute_script(CHECKS)

    def console(self):
        """What the console has had to say since it was last asked."""
        return [entry for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def ask(self, question):
        return self.driver.execute_script(f"return {question}")

    def show(self, width, scheme="light", media="screen"):
        """At that width, in that colour scheme, on that medium; two frames later."""
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})
        self.driver.execute_async_script("const done = arguments[0]; requestAnimationFrame(() => "
                                         "requestAnimationFrame(() => setTimeout(done, 50)));")
        self.width = width

    def press(self, key):
        ActionChains(self.driver).send_keys(key).perform()

    def point_at(self, element):
        ActionChains(self.driver).move_to_element(element).perform()

    def save(self, file):
        """The page at its whole height."""
        height = self.ask("Math.min(12000, document.documentElement.scrollHeight)")
        clip = {"x": 0, "y": 0, "width": self.width, "height": height, "scale": 1}
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"clip": clip, "captureBeyondViewport": True})
        file.write_bytes(base64.b64decode(shot["data"]))

    def print_to(self, file):
        pdf = self.driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": False, "paperWidth": 8.27,
                                                              "paperHeight": 11.69})
        file.write_bytes(base64.b64decode(pdf["data"]))
