// Charts by Chart.js, in the colours of the page or, when it is printed, of paper.

const SERIES_COLOURS = 8;
const DASHES = [[], [7, 3], [2, 3], [9, 3, 2, 3]];
const drawnCharts = [];

/** Text, grid and series colours: page.css has them, of `paper` those for a light ground. */
function themeOf(isPaper) {
  const source = isPaper ? document.querySelector(".paper") : document.documentElement;
  const style = getComputedStyle(source);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const series = Array.from({ length: SERIES_COLOURS }, (_, i) => colour(`series-${i}`));
  return { text: colour("text"), grid: colour("line"), ground: colour("ground"), series };
}

/** Series differ in colour and, since not all see it, in dashes. */
function dashOf(i) {
  return DASHES[(i + Math.floor(i / SERIES_COLOURS)) % DASHES.length];
}

function colourOf(theme, i) {
  return theme.series[i % SERIES_COLOURS];
}

function axis(theme, title, more = {}) {
  return { title: { display: title !== "", text: title, color: theme.text },
           grid: { color: theme.grid, borderColor: theme.grid },
           ...more, ticks: { color: theme.text, ...more.ticks } };
}

/** What all charts share; `says(item)` is the tooltip's line for a point. */
function options(theme, x, y, says) {
  return {
    animation: false, maintainAspectRatio: false, scales: { x, y },
    interaction: { mode: "nearest", intersect: true },
    plugins: { legend: { display: false }, tooltip: {
      filter: (item) => !item.dataset.isSilent,
      callbacks: { title: () => "", label: says } } } };
}

/** Mean and interval of one series: [low, high, mean], the band between the first two. */
function bandDatasets(theme, i, series) {
  const colour = colourOf(theme, i);
  const points = (values) => values.map((value, k) => ({ x: series.x[k], y: value }));
  const edge = { isSilent: true, pointRadius: 0, pointHitRadius: 0, borderWidth: 0 };
  const isFew = series.x.length <= 12;
  const mean = { label: series.label, data: points(series.mean), borderColor: colour,
                 backgroundColor: colour, borderWidth: 2, borderDash: dashOf(i),
                 pointRadius: isFew ? 3 : 0, pointHitRadius: 6 };
  if (!series.low || !series.high) return [mean];
  return [{ ...edge, data: points(series.low), fill: false },
          { ...edge, data: points(series.high), fill: "-1", backgroundColor: `${colour}2e` },
          mean];
}

function drawChart(entry, isPaper) {
  entry.chart?.destroy();
  entry.chart = new Chart(entry.canvas, entry.makeConfig(themeOf(isPaper)));
}

/** Once its canvas is in the page. */
function drawCharts(isPaper = false) {
  for (const entry of drawnCharts) drawChart(entry, isPaper);
}

function redrawsCharts() {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const print = window.matchMedia("print");
  dark.addEventListener("change", () => drawCharts(print.matches));
  print.addEventListener("change", () => drawCharts(print.matches));
  window.addEventListener("beforeprint", () => drawCharts(true));
  window.addEventListener("afterprint", () => drawCharts(false));
}

/** A canvas in a box of that height, to be drawn by drawCharts. */
function chartBox(label, height, makeConfig) {
  const canvas = make("canvas", { role: "img", "aria-label": label });
  drawnCharts.push({ canvas, makeConfig });
  return make("div", { class: "chart", style: `height: ${height}px` }, canvas);
}

function swatch(i) {
  const line = makeSvg("line", { x1: 1, x2: 31, y1: 6, y2: 6, "stroke-width": 3,
                                 "stroke-dasharray": dashOf(i).join(" ") || null,
                                 stroke: `var(--series-${i % SERIES_COLOURS})` });
  return makeSvg("svg", { viewBox: "0 0 32 12", class: "swatch", "aria-hidden": "true" }, line);
}

function seriesLabel(i, label) {
  return make("span", { class: "series" }, swatch(i), " ", label || "all");
}
