#!/usr/bin/env python3
"""Looks at a page of `sslx report --html` in headless Chromium: page.py PAGE.html [REPORT.json] [--screenshots DIR].

REPORT.json is what `sslx report --format json` prints of the same table: each of its figures must be on the page, with
the same number and its rounded text. Prints what is wrong, a sentence a line, and exits 1; 77 without selenium."""

import argparse
import json
import pathlib
import sys
import time

try:
    from selenium.webdriver.common.keys import Keys
except ImportError:
    print("python3-selenium and chromium-driver are needed")
    sys.exit(77)

from browser import Browser

WIDTHS = (400, 1600)
PAPER = 720  # The width of an A4 page, in CSS's pixels, less its margins.
MOST_SHRUNK = 4 / 3  # By which browsers make wide pages smaller for paper.
MOST_TABS = 60
MOST_BYTES = 1 << 20


def bytes_text(value):
    return f"{value / 2**30:.1f} GiB" if value >= 2**30 else f"{value / 2**20:.0f} MiB"


def shown_text(figure):
    """As cli/report_cells.cpp rounds it; Python's rounding is C's."""
    mean, half, metric = figure["mean"], figure["half_width_95"], figure["metric"]
    if metric == "images_per_second":
        return f"{mean:.0f}"
    if metric == "peak_memory":
        return bytes_text(mean)
    if metric == "seconds":
        return f"{mean:.1f}"
    if figure["unit"] != "%":
        return f"{mean:.4g}" + ("" if half is None else f" ± {half:.2g}")
    digits = 2 if half and half < 0.095 else 1
    return f"{mean:.{digits}f}" + ("" if half is None else f" ± {half:.{digits}f}")


def identity(figure):
    return json.dumps([figure["row"], figure["column"], figure["metric"], figure["protocol"] or ""], sort_keys=True)


def figure_faults(report, cells):
    out, by_identity = [], {}
    for cell in cells:
        if not cell["isMap"]:
            by_identity[identity(cell)] = cell
    for figure in report["figures"]:
        name, cell = identity(figure), by_identity.pop(identity(figure), None)
        if cell is None or not cell["isShown"]:
            out.append(f"{name} is not shown")
        elif figure["mean"] is None:
            if cell["mean"] is not None or not cell["text"].strip() or cell["text"].strip() == "-":
                out.append(f"{name} has no figure; the page has '{cell['text']}' for it")
        elif cell["mean"] is None or float(cell["mean"]) != figure["mean"]:
            out.append(f"{name} is {figure['mean']}; the page has {cell['mean']}")
        elif cell["text"] != shown_text(figure):
            out.append(f"{name} is shown as '{cell['text']}', not as '{shown_text(figure)}'")
        else:
            standing = figure.get("standing", "")
            if (standing == "best") != cell["isBold"] or (standing == "tied") != cell["isUnderlined"]:
                out.append(f"{name} does not look like what it is: '{standing}'")
    return out + [f"{name} is on the page alone" for name in by_identity]


def map_faults(report, cells):
    """Heat maps have the means, rounded without intervals."""
    means = {identity(figure): figure for figure in report["figures"]}
    out = []
    for cell in (cell for cell in cells if cell["isMap"]):
        figure = means.get(identity(cell))
        if figure is None or figure["mean"] != float(cell["mean"]):
            out.append(f"the map has {cell['mean']} for {identity(cell)}")
        elif figure["unit"] == "%" and cell["text"] != f"{figure['mean']:.1f}":
            out.append(f"the map shows '{cell['text']}' for {figure['mean']}")
    return out


def claim_faults(browser):
    data = browser.ask("JSON.parse(document.getElementById('data').textContent)")
    rows = browser.ask("checks.claims()")
    claims = data.get("claims") or []
    out = [] if len(rows) == len(claims) else [f"{len(claims)} claims have {len(rows)} rows"]
    return out + [f"the row of claim {claim['id']} lacks its verdict or words" for claim, row in zip(claims, rows)
                  if claim["verdict"] not in row or claim["words"] not in row or claim["id"] not in row]


def console_faults(browser):
    return [f"console: {entry['level']}: {entry['message']}" for entry in browser.console()]


def looks_faults(browser, shots):
    out = []
    for width in WIDTHS:
        for scheme in ("light", "dark"):
            browser.show(width, scheme)
            found = browser.ask("[...checks.tooWide(), ...checks.smallTexts(), ...checks.faintTexts(), "
                                "...checks.blankCharts()]")
            out += [f"{width} px, {scheme}: {fault}" for fault in found]
            if shots:
                browser.save(shots / f"{width}_{scheme}.png")
    return out


def print_faults(browser, shots):
    browser.show(PAPER, "dark", "print")
    out = [f"print: {fault}" for fault in browser.ask(f"[...checks.lostInPrint({PAPER * MOST_SHRUNK}), "
                                                      "...checks.faintTexts(), ...checks.blankCharts()]")]
    if shots:
        browser.save(shots / "print.png")
        browser.print_to(shots / "print.pdf")
    browser.show(WIDTHS[-1])
    return out


def details_text(browser):
    """"" while they are not shown."""
    return browser.ask("(() => { const at = document.getElementById('details'); "
                       "return at && at.checkVisibility() ? at.innerText : ''; })()")


def is_at_figure(browser):
    return browser.ask("document.activeElement.closest('td[data-mean]') !== null")


def keyboard_faults(browser, report, shots):
    """Tab reaches a figure, Enter shows what made it, Escape closes."""
    browser.show(WIDTHS[-1])
    for _ in range(MOST_TABS):
        browser.press(Keys.TAB)
        if is_at_figure(browser):
            break
    else:
        return [f"no figure has the focus after {MOST_TABS} tabs"]
    browser.press(Keys.ENTER)
    name = browser.ask("(({row, column, metric, protocol}) => ({row: JSON.parse(row), column: JSON.parse(column), "
                       "metric, protocol}))(document.activeElement.closest('td').dataset)")
    figure = next((one for one in report["figures"] if identity(one) == identity(name)), None)
    if figure is None:
        return [f"keyboard: {identity(name)} is on the page alone"]
    shown = details_text(browser)
    out = [f"keyboard: {value['run']} is not among the details '{shown[:80]}'" for value in figure["values"]
           if value["run"] not in shown]
    out += [f"details: {fault}" for fault in browser.ask("[...checks.faintTexts(), ...checks.smallTexts()]")]
    if shots:
        browser.save(shots / "details.png")
    browser.press(Keys.ESCAPE)
    if details_text(browser):
        out.append("keyboard: Escape does not close the details")
    if not is_at_figure(browser):
        out.append("keyboard: the focus is lost after Escape")
    return out


def pointer_faults(browser, report):
    """A pointer shows the details, within the width of a narrow window, too."""
    browser.show(WIDTHS[0])
    cell = browser.ask("[...document.querySelectorAll('#figures td[data-mean] button')].at(-1)")
    if cell is None:
        return ["pointer: there is no figure to point at"]
    runs = [value["run"] for figure in report["figures"] for value in figure["values"]]
    browser.point_at(cell)
    shown = details_text(browser)
    out = [] if any(run in shown for run in runs) else ["pointer: no run is shown where it points"]
    return out + [f"pointer: {fault}" for fault in browser.ask("checks.tooWide()")]


def faults_of(browser, page, report=None, shots=None):
    """All that is wrong with a page, in sentences."""
    browser.open(page)
    size = pathlib.Path(page).stat().st_size
    out = [] if size < MOST_BYTES else [f"the page has {size} bytes, more than {MOST_BYTES}"]
    out += browser.ask("checks.fetched()") + claim_faults(browser) + looks_faults(browser, shots)
    out += print_faults(browser, shots)
    if report:
        cells = browser.ask("checks.figures()")
        out += figure_faults(report, cells) + map_faults(report, cells)
        out += keyboard_faults(browser, report, shots) + pointer_faults(browser, report)
    return out + console_faults(browser)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("page")
    parser.add_argument("report", nargs="?")
    parser.add_argument("--screenshots", type=pathlib.Path)
    given = parser.parse_args()
    report = json.loads(pathlib.Path(given.report).read_text()) if given.report else None
    if given.screenshots:
        given.screenshots.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with Browser() as browser:
        found = faults_of(browser, given.page, report, given.screenshots)
    for fault in found:
        print(fault)
    figures = len(report["figures"]) if report else 0
    print(f"{figures} figures, {len(found)} faults, {time.monotonic() - started:.1f} s")
    return 1 if found or (report and not figures) else 0


if __name__ == "__main__":
    sys.exit(main())
