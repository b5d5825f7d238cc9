#!/usr/bin/env python3
"""Whether page.py sees what is wrong: made pages of every kind have no fault, and each planted one is found. Also rounds
numbers as the page does and as C does. Exits 1 when it does not; 77 where there is no selenium or Chart.js."""

import pathlib
import random
import sys
import tempfile

import sample

if not sample.CHART.is_file():
    print(f"there is no {sample.CHART}: install libjs-chart.js")
    sys.exit(77)

from page import Browser, faults_of


def styled(rule):
    return lambda page: page.replace("</head>", f"<style>{rule}</style></head>")


def replaced(old, new):
    def change(page):
        if old not in page:
            raise SystemExit(f"nothing to plant a fault in: the page has no '{old}'")
        return page.replace(old, new)
    return change


# What is planted, how, and what must be said of it.
PLANTED = (
    ("another number", replaced('"mean": 41.25', '"mean": 41.26'), "the page has 41.26"),
    ("another rounding", replaced("return isTie(exact) &&", "return false &&"), "is shown as '41.3', not as '41.2'"),
    ("a figure left out", replaced('"metric": "knn_top1"', '"metric": "knn"'), "is not shown"),
    ("an error", replaced("</body>", "<script>console.error('planted')</script></body>"), "console: SEVERE"),
    ("a warning", replaced("</body>", "<script>console.warn('planted')</script></body>"), "console: WARNING"),
    ("something fetched", replaced("<main", "<img src='https://example.invalid/x.png'><main"), "example.invalid"),
    ("a wide heading", styled("h1 { width: 3000px; }"), "px wide in a window of 400"),
    ("faint text", styled("header p { color: #888 !important; }"), "contrast"),
    ("small text", styled("header p { font-size: 10px; }"), "font of 10px"),
    ("no details", replaced("showsDetails(button, () => figureDetails(report, figure));", ""), "keyboard: "),
    ("no way to close", replaced('"Escape"', '"End"'), "Escape does not close"),
    ("a part not printed", styled("@media print { #table { display: none; } }"), "SECTION table is not printed"),
    ("a part cut off in print", styled("@media print { main { overflow: hidden; width: 90px; } }"), "cut off in print"))


def clean_faults(browser, folder):
    for kind, make in sample.SAMPLES.items():
        data, page = make(), folder / f"{kind}.html"
        page.write_text(sample.page_of(data, kind))
        for fault in faults_of(browser, page, data.get("report")):
            yield f"{kind}: {fault}"


def planted_faults(browser, folder):
    data, page = sample.bare(), folder / "planted.html"
    text = sample.page_of(data, "bare")
    for name, change, words in PLANTED:
        page.write_text(change(text))
        found = faults_of(browser, page, data["report"])
        if not any(words in fault for fault in found):
            yield f"{name} is not found, only: {found}"


def rounding_faults(browser):
    """Needs a page open that has the functions of numbers.js."""
    generator = random.Random(4)
    values = [generator.choice((-1, 1)) * 10 ** generator.uniform(-7, 7) for _ in range(400)]
    values += [n / 8 for n in range(-41, 999, 3)] + [12345, 0, 1e21 / 3, 99995, 0.00012345]
    expected = [[f"{value:.1f}", f"{value:.2f}", f"{value:.4g}", f"{value:.2g}"] for value in values]
    ours = browser.driver.execute_script("return arguments[0].map((value) => [fixed(value, 1), fixed(value, 2), "
                                         "general(value, 4), general(value, 2)])", values)
    return [f"{value} is rounded to {page}, not {c}" for value, page, c in zip(values, ours, expected) if page != c]


def main():
    with tempfile.TemporaryDirectory() as folder, Browser() as browser:
        wrong = list(clean_faults(browser, pathlib.Path(folder)))
        wrong += rounding_faults(browser)
        wrong += planted_faults(browser, pathlib.Path(folder))
    for sentence in wrong:
        print(sentence)
    print(f"{len(sample.SAMPLES)} pages, {len(PLANTED)} planted faults, {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
