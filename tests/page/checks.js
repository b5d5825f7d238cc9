// What page.py asks of a page; put into it before the questions.
window.checks = (() => {
  const LEAST_CONTRAST = 4.5;
  const LEAST_FONT = 11;

  /** Texts that are seen, each with its element. */
  function shownTexts() {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const out = [];
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      const text = walker.currentNode.textContent.trim();
      if (text === "" || element.closest("script, style, noscript, .unseen")) continue;
      if (element.checkVisibility({ visibilityProperty: true })) out.push({ text, element });
    }
    return out;
  }

  function channels(colour) {
    const [red, green, blue, alpha = 1] = colour.match(/[\d.]+/g).map(Number);
    return { rgb: [red, green, blue], alpha };
  }

  /** What an element's text stands on, all grounds below it mixed. */
  function groundOf(element) {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const layer = channels(getComputedStyle(at).backgroundColor);
      if (layer.alpha > 0) layers.push(layer);
      if (layer.alpha === 1) break;
    }
    return layers.reverse().reduce((below, { rgb, alpha }) =>
      below.map((value, i) => value + alpha * (rgb[i] - value)), [255, 255, 255]);
  }

  function light(rgb) {
    const [red, green, blue] = rgb.map((channel) => {
      const share = channel / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function contrastOf(element) {
    const { rgb, alpha } = channels(getComputedStyle(element).color);
    const ground = groundOf(element);
    const text = ground.map((value, i) => value + alpha * (rgb[i] - value));
    const [low, high] = [light(text), light(ground)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }

  function faintTexts() {
    return shownTexts().map(({ text, element }) => [text, contrastOf(element)])
      .filter(([, contrast]) => contrast < LEAST_CONTRAST)
      .map(([text, contrast]) => `contrast ${contrast.toFixed(2)} of '${text.slice(0, 40)}'`);
  }

  function smallTexts() {
    return shownTexts().map(({ text, element }) => [text, getComputedStyle(element).fontSize])
      .filter(([, size]) => parseFloat(size) < LEAST_FONT)
      .map(([text, size]) => `font of ${size} of '${text.slice(0, 40)}'`);
  }

  function tooWide() {
    const width = window.innerWidth;
    const wide = document.documentElement.scrollWidth;
    return wide <= width ? [] : [`the page is ${wide} px wide in a window of ${width}`];
  }

  function figures() {
    return [...document.querySelectorAll("td[data-metric]")].map((cell) => {
      const value = cell.querySelector(".value");
      const style = getComputedStyle(value);
      return { row: JSON.parse(cell.dataset.row), column: JSON.parse(cell.dataset.column),
               metric: cell.dataset.metric, protocol: cell.dataset.protocol,
               mean: cell.dataset.mean ?? null, text: value.innerText,
               isMap: cell.closest(".heat") !== null, isShown: value.checkVisibility(),
               isBold: Number(style.fontWeight) >= 700,
               isUnderlined: style.textDecorationLine === "underline" };
    });
  }

  function claims() {
    return [...document.querySelectorAll(".claims tbody tr")].map((row) => row.innerText);
  }

  /** A copy is read, since reading a chart's own canvas makes it slow, and Chromium warns of it. */
  function isBlank(canvas) {
    const { width, height } = canvas;
    if (width === 0 || height === 0) return true;
    const copy = Object.assign(document.createElement("canvas"), { width, height });
    const context = copy.getContext("2d", { willReadFrequently: true });
    context.drawImage(canvas, 0, 0);
    return !context.getImageData(0, 0, width, height).data.some((value) => value > 0);
  }

  function blankCharts() {
    return [...document.querySelectorAll("canvas")].filter((canvas) => isBlank(canvas))
      .map((canvas) => `nothing is drawn in '${canvas.getAttribute("aria-label")}'`);
  }

  /** What paper would not show, or cut off. */
  function lostInPrint(mostWidth) {
    const out = [];
    const wide = document.documentElement.scrollWidth;
    if (wide > mostWidth) out.push(`the page is ${wide} px wide, more than ${mostWidth}`);
    for (const part of document.querySelectorAll("main, main > *, main section > *, main tr")) {
      const isEmpty = part.getBoundingClientRect().height === 0;
      if (isEmpty || !part.checkVisibility({ visibilityProperty: true, opacityProperty: true })) {
        out.push(`${part.tagName} ${part.id} is not printed`);
      }
    }
    for (const element of document.querySelectorAll("main, main *")) {
      const style = getComputedStyle(element);
      if (["fixed", "sticky"].includes(style.position)) {
        out.push(`${element.tagName} has the position ${style.position} in print`);
      }
      const isCut = element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 1;
      if (isCut && ["auto", "scroll", "hidden"].includes(style.overflowX)) {
        out.push(`${element.tagName} ${element.className} is cut off in print`);
      }
    }
    if (light(groundOf(document.body)) < 0.9) out.push("the ground is dark in print");
    return out;
  }

  /** What was asked of any address, the data's own pictures apart. */
  function fetched() {
    return performance.getEntriesByType("resource").map((entry) => entry.name)
      .filter((name) => !name.startsWith("data:")).map((name) => `the page fetches ${name}`);
  }

  return { faintTexts, smallTexts, tooWide, figures, claims, blankCharts, lostInPrint, fetched };
})();
