// Heat maps: ours, and the published one beside it, each with its own scale, as in cli/colour.cpp.

/** Viridis at nine even steps. */
const VIRIDIS = [[0x44, 0x01, 0x54], [0x47, 0x2d, 0x7b], [0x3b, 0x52, 0x8b], [0x2c, 0x72, 0x8e],
                 [0x21, 0x91, 0x8c], [0x28, 0xae, 0x80], [0x5e, 0xc9, 0x62], [0xad, 0xdc, 0x30],
                 [0xfd, 0xe7, 0x25]];

function heatColour(share) {
  const place = Math.min(1, Math.max(0, share)) * (VIRIDIS.length - 1);
  const below = Math.min(Math.floor(place), VIRIDIS.length - 2);
  return VIRIDIS[below].map((low, i) =>
    Math.round(low + (place - below) * (VIRIDIS[below + 1][i] - low)));
}

/** The share of the light that a channel gives, sRGB made linear. */
function linearLight(channel) {
  const share = channel / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

/** Whether white has more contrast to it than black (WCAG 2). */
function isDark([red, green, blue]) {
  const light = 0.2126 * linearLight(red) + 0.7152 * linearLight(green) +
    0.0722 * linearLight(blue);
  return light < 0.179;
}

function paint(cell, share) {
  const colour = heatColour(share);
  cell.style.backgroundColor = `rgb(${colour.join(", ")})`;
  cell.style.color = isDark(colour) ? "#fff" : "#000";
  return cell;
}

/** Where between the least and the greatest cell a value lies. */
function shareIn(means) {
  const values = means.flat().filter((value) => typeof value === "number");
  const least = Math.min(...values);
  const greatest = Math.max(...values);
  return (value) => greatest > least ? (value - least) / (greatest - least) : 0.5;
}

/** Our figure of a cell, for its details. */
function figureOf(report, matrix, row, column) {
  return report.figures.find((figure) =>
    figure.metric === matrix.metric && (figure.protocol ?? null) === (matrix.protocol ?? null) &&
    report.row_names.every((name, i) => figure.row[name] === row[i]) &&
    report.column_names.every((name, i) => figure.column[name] === column[i]));
}

function heatCell(value, share, show, figure, report) {
  if (value === null) {
    const words = figure ? absentText(report, figure, { cells: new Map() }) : "–";
    return make("td", { class: "number absent" }, make("span", { class: "value" }, words));
  }
  const text = make("span", { class: "value" }, show(value));
  if (!figure) return paint(make("td", { class: "number" }, text), share(value));
  const stale = changesOf(figure).length > 0 ? make("span", { class: "aside" }, "stale") : null;
  const button = make("button", { type: "button", "aria-expanded": "false" }, text, stale);
  showsDetails(button, () => figureDetails(report, figure));
  const attributes = { class: "number", ...figureAttributes(figure) };
  return paint(make("td", attributes, button), share(value));
}

function averageCell(average, share, show) {
  if (average.mean === null) return make("td", { class: "number absent" }, "–");
  const text = `${average.partial ? "~" : ""}${show(average.mean)}`;
  return paint(make("td", { class: "number average" }, text), share(average.mean));
}

/** `show` makes a number's text; `figureAt(row, column)` is our figure of that cell, or nothing. */
function heatTable(report, matrix, caption, { show, showAverage = show, figureAt }) {
  const share = shareIn(matrix.means);
  const names = report.row_names.map((name) => make("th", { scope: "col" }, shortName(name)));
  const keyed = (key) => Object.fromEntries(report.column_names.map((name, i) => [name, key[i]]));
  const heads = matrix.columns.map((key) =>
    make("th", { scope: "col", class: "number" }, keyLabel(report.column_names, keyed(key))));
  if (matrix.averages) heads.push(make("th", { scope: "col", class: "number" }, "average"));
  const rows = matrix.rows.map((key, i) => make("tr", {},
    key.map((part) => make("th", { scope: "row" }, part)),
    matrix.means[i].map((value, j) =>
      heatCell(value, share, show, figureAt(key, matrix.columns[j]), report)),
    matrix.averages ? averageCell(matrix.averages[i], share, showAverage) : null));
  const out = make("table", { class: "heat" }, make("caption", {}, caption),
                   make("thead", {}, make("tr", {}, names, heads)), make("tbody", {}, rows));
  movesByArrows(out);
  return out;
}

function placesText(report) {
  const names = (list) => list.map(shortName).join(", ");
  return `rows: ${names(report.row_names)}, columns: ${names(report.column_names)}`;
}

function oursTable(report, matrix) {
  const caption = `Ours: ${metricLabel(matrix.metric, matrix.unit)} (${placesText(report)})`;
  return heatTable(report, matrix, caption, {
    show: (value) => valueText(matrix.metric, matrix.unit, value),
    figureAt: (row, column) => figureOf(report, matrix, row, column) });
}

function publishedTable(report, matrix) {
  const word = matrix.published.recalled ? "Published (recalled from memory)" : "Published";
  const { metric = matrix.metric, unit = matrix.unit, dataset } = report.published ?? {};
  const caption = `${word}: ${metricLabel(metric, unit)}${dataset ? `, ${dataset}` : ""}`;
  return heatTable(report, matrix.published, caption, {
    show: (value) => publishedText(value, unit),
    showAverage: (value) => valueText(metric, unit, value), figureAt: () => null });
}

function hasPartial(matrix) {
  return (matrix?.averages ?? []).some((average) => average.partial && average.mean !== null);
}

function agreementText({ spearman, cells }) {
  const words = "Rank correlation of ours and the published (Spearman)";
  if (spearman === null) return `${words}: none, from the ${cells} cells that both have.`;
  return `${words}: ${fixed(spearman, 2)}, over the ${cells} cells that both have.`;
}

function matrixRemarks(matrix) {
  const out = ["Each map has its own scale, from its least cell (dark) to its greatest (light)."];
  if (matrix.rank_correlation) out.push(agreementText(matrix.rank_correlation));
  if (hasPartial(matrix) || hasPartial(matrix.published)) {
    out.push("~ the average of the cells that are there; others of the row are missing.");
  }
  return make("p", { class: "legend" }, out.join(" "));
}

function matrixBlock(report, matrix) {
  const tables = [oursTable(report, matrix)];
  if (matrix.published) tables.push(publishedTable(report, matrix));
  const boxes = tables.map((table) => make("div", { class: "scroll" }, table));
  return [make("div", { class: "beside" }, boxes), matrixRemarks(matrix)];
}

function matrixSection(report) {
  return section("matrices", "As a matrix",
                 (report.matrices ?? []).map((matrix) => matrixBlock(report, matrix)));
}
