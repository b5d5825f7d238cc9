// Curves of training, and the table's figures as charts.

/** "0.412 [0.39, 0.43]" of a series at one of its points. */
function pointText(series, i) {
  const mean = general(series.mean[i], 4);
  if (!series.low || !series.high || series.low[i] === null) return mean;
  return `${mean} [${general(series.low[i], 3)}, ${general(series.high[i], 3)}]`;
}

function curveChart(curve, theme) {
  const title = curve.unit ? `${curve.metric} ${curve.unit}` : curve.metric;
  const datasets = curve.series.flatMap((series, i) => bandDatasets(theme, i, series));
  const says = (item) => `${item.dataset.label}, epoch ${item.parsed.x}: ` +
    `${general(item.parsed.y, 4)}`;
  const x = axis(theme, "epoch", { type: "linear", ticks: { precision: 0 } });
  return { type: "line", data: { datasets }, options: options(theme, x, axis(theme, title), says) };
}

/** Names the series of the chart, and says its curves in numbers. */
function curveTable(curve) {
  const rows = curve.series.filter((series) => series.x.length > 0).map((series, i) => {
    const last = series.x.length - 1;
    return [seriesLabel(i, series.label), `${pointText(series, 0)}`,
            `${pointText(series, last)}`, String(series.x[last]), String(series.seeds)];
  });
  return plainTable({ class: "small" }, ["series", "first", "last", "epoch", "seeds"], rows);
}

function curveBlock(curve) {
  const label = `Curves of ${curve.metric} by epoch; the table below has their ends.`;
  return make("figure", { class: "card" }, make("figcaption", {}, curve.metric),
              chartBox(label, 280, (theme) => curveChart(curve, theme)),
              scroller(`ends of the curves of ${curve.metric}`, curveTable(curve)));
}

function curveSection(curves) {
  const some = (curves ?? []).filter((curve) => curve.series.length > 0);
  if (some.length === 0) return null;
  return section("curves", "Curves",
                 make("div", { class: "cards" }, some.map(curveBlock)),
                 make("p", { class: "legend" },
                      "Lines: means over seeds; bands: their 95 % intervals."));
}

function isNumber(text) {
  return /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?$/i.test(text);
}

/** The row name with the most values, all of them numbers; undefined where there is none. */
function numericAxis(report) {
  const values = (name) => new Set(report.figures.map((figure) => figure.row[name]));
  const numeric = report.row_names.filter((name) =>
    values(name).size > 1 && [...values(name)].every(isNumber));
  return numeric.sort((a, b) => values(b).size - values(a).size)[0];
}

/** Figures with a mean by metric and protocol; those that a heat map has are left out. */
function figureGroups(report) {
  const out = new Map();
  const isMapped = (figure) => (report.matrices ?? []).some((matrix) =>
    matrix.metric === figure.metric && (matrix.protocol ?? null) === figure.protocol);
  for (const figure of report.figures) {
    if (figure.mean === null || isMapped(figure)) continue;
    const key = `${figure.metric} ${figure.protocol ?? ""}`;
    if (!out.has(key)) out.set(key, []);
    out.get(key).push(figure);
  }
  return [...out.values()].filter((figures) => figures.length > 1);
}

/** All of a figure's keys but the one on the axis. */
function otherKeys(report, figure, name) {
  const names = report.row_names.filter((other) => other !== name);
  return [keyLabel(names, figure.row), keyLabel(report.column_names, figure.column)]
    .filter((text) => text !== "").join(", ");
}

/** Lines of the metric against the axis: one for each of the other keys. */
function lineSeries(report, figures, name) {
  const out = new Map();
  for (const figure of figures) {
    const label = otherKeys(report, figure, name);
    if (!out.has(label)) out.set(label, []);
    out.get(label).push(figure);
  }
  return [...out].map(([label, points]) => {
    points.sort((a, b) => Number(a.row[name]) - Number(b.row[name]));
    const hasInterval = points.every((figure) => figure.half_width_95 !== null);
    const ends = (sign) => hasInterval
      ? points.map((figure) => figure.mean + sign * figure.half_width_95) : null;
    return { label, x: points.map((figure) => Number(figure.row[name])),
             mean: points.map((figure) => figure.mean), low: ends(-1), high: ends(1), points };
  });
}

function seedDots(theme, i, series, name) {
  const data = series.points.flatMap((figure) =>
    figure.values.map(({ value }) => ({ x: Number(figure.row[name]), y: value })));
  return { label: series.label, data, showLine: false, isSeed: true, pointRadius: 2,
           borderColor: colourOf(theme, i), backgroundColor: "transparent" };
}

/** Values that grow by factors are shown so; ticks stand at the values themselves. */
function valueAxis(theme, name, series) {
  const values = [...new Set(series.flatMap((one) => one.x))].sort((a, b) => a - b);
  const [least, greatest] = [values[0], values.at(-1)];
  const isWide = least > 0 && greatest / least >= 8;
  const room = (greatest - least) * 0.04;
  return axis(theme, shortName(name), {
    type: isWide ? "logarithmic" : "linear",
    min: isWide ? least / 1.15 : least - room, max: isWide ? greatest * 1.15 : greatest + room,
    afterBuildTicks: (scale) => { scale.ticks = values.map((value) => ({ value })); },
    ticks: { callback: (value) => String(value), autoSkip: true } });
}

/** Of memory, steps of a power of two. */
function metricTicks(figures) {
  if (figures[0].metric !== "peak_memory") return {};
  const ends = figures.flatMap((figure) => [
    figure.mean - (figure.half_width_95 ?? 0), figure.mean + (figure.half_width_95 ?? 0),
    ...figure.values.map((one) => one.value)]);
  const range = Math.max(...ends) - Math.min(...ends) || ends[0];
  return { ticks: { stepSize: 2 ** Math.ceil(Math.log2(range / 6)), callback: bytesText } };
}

function lineChart(figures, series, name, theme) {
  const { metric, unit } = figures[0];
  const datasets = series.flatMap((one, i) => [...bandDatasets(theme, i, one),
                                               seedDots(theme, i, one, name)]);
  const says = (item) => [item.dataset.label, item.dataset.isSeed ? "one seed" : "mean",
                          valueText(metric, unit, item.parsed.y)].filter(Boolean).join(", ");
  const y = axis(theme, metricLabel(metric, unit), metricTicks(figures));
  return { type: "line", data: { datasets },
           options: options(theme, valueAxis(theme, name, series), y, says) };
}

/** Beside each other: the mean with its interval, and the seeds, one row a figure. */
function dotChart(report, figures, theme) {
  const { metric, unit } = figures[0];
  const label = (figure) => otherKeys(report, figure);
  const halves = figures.filter((figure) => figure.half_width_95 !== null);
  const whiskers = halves.flatMap((figure) => [
    { x: figure.mean - figure.half_width_95, y: label(figure) },
    { x: figure.mean + figure.half_width_95, y: label(figure) }, { x: NaN, y: label(figure) }]);
  const seeds = figures.flatMap((figure) =>
    figure.values.map(({ value }) => ({ x: value, y: label(figure) })));
  const datasets = [
    { label: "mean", data: figures.map((figure) => ({ x: figure.mean, y: label(figure) })),
      pointRadius: 5, backgroundColor: theme.series[0], borderColor: theme.ground },
    { label: "one seed", data: seeds, pointRadius: 3, borderColor: theme.series[1],
      backgroundColor: "transparent" },
    { data: whiskers, isSilent: true, showLine: true, spanGaps: false, pointRadius: 0,
      pointHitRadius: 0, borderColor: theme.series[0], borderWidth: 2 }];
  const says = (item) => `${item.raw.y}, ${item.dataset.label}, ` +
    `${valueText(metric, unit, item.parsed.x)}`;
  const names = { type: "category", labels: [...new Set(figures.map(label))], offset: true,
                  ticks: { autoSkip: false, callback: shortTick } };
  return { type: "scatter", data: { datasets },
           options: options(theme, axis(theme, metricLabel(metric, unit), metricTicks(figures)),
                            axis(theme, "", names), says) };
}

function shortTick(value) {
  const label = this.getLabelForValue(value);
  return label.length > 26 ? `${label.slice(0, 25)}…` : label;
}

function groupTitle(figures, ambiguous) {
  const { metric, unit, protocol } = figures[0];
  const label = metricLabel(metric, unit);
  return ambiguous.has(metric) && protocol ? `${label} @${shortDigest(protocol)}` : label;
}

function figureChart(report, figures, ambiguous) {
  const title = groupTitle(figures, ambiguous);
  const label = `Chart of ${title}; the table above has its numbers.`;
  const name = numericAxis(report);
  if (!name) {
    return make("figure", { class: "card" }, make("figcaption", {}, title),
                chartBox(label, 70 + 22 * figures.length,
                         (theme) => dotChart(report, figures, theme)));
  }
  const series = lineSeries(report, figures, name);
  const names = series.map((one, i) => make("li", {}, seriesLabel(i, one.label)));
  return make("figure", { class: "card" }, make("figcaption", {}, title),
              chartBox(label, 280, (theme) => lineChart(figures, series, name, theme)),
              series.length > 1 ? make("ul", { class: "names" }, names) : null);
}

function chartSection(report) {
  const groups = figureGroups(report);
  if (groups.length === 0) return null;
  const ambiguous = ambiguousMetrics(report.figures);
  const line = numericAxis(report) ? "Lines: means; bands: their 95 % intervals; rings: seeds."
    : "Filled: means, with their 95 % intervals; rings: seeds.";
  return section("charts", "Charts",
                 make("div", { class: "cards" },
                      groups.map((figures) => figureChart(report, figures, ambiguous))),
                 make("p", { class: "legend" }, line));
}
