// The report's table: a row for each row key, a column for each column key, metric and protocol.

/** Which metrics the figures have under several protocols. */
function ambiguousMetrics(figures) {
  const protocols = new Map();
  for (const figure of figures) {
    if (!protocols.has(figure.metric)) protocols.set(figure.metric, new Set());
    protocols.get(figure.metric).add(figure.protocol);
  }
  return new Set([...protocols.keys()].filter((metric) => protocols.get(metric).size > 1));
}

/** What all cells of one column share; `key` tells columns apart. */
function columnOf(report, figure) {
  const group = keyText(report.column_names, figure.column) + figure.metric;
  return { column: figure.column, metric: figure.metric, unit: figure.unit ?? "",
           protocol: figure.protocol, group, key: `${group} ${figure.protocol ?? ""}` };
}

/** Rows and columns in the order of the figures; a column that the rows before lacked goes where
 *  its row has it. */
function tableOf(report) {
  const rows = new Map();
  const columns = [];
  let place = 0;
  for (const figure of report.figures) {
    const row = keyText(report.row_names, figure.row);
    if (!rows.has(row)) {
      rows.set(row, { key: figure.row, cells: new Map() });
      place = 0;
    }
    const column = columnOf(report, figure);
    const known = columns.findIndex((one) => one.key === column.key);
    if (known < 0) columns.splice(place, 0, column);
    place = (known < 0 ? place : known) + 1;
    rows.get(row).cells.set(column.key, figure);
  }
  return { rows: [...rows.values()], columns };
}

/** Columns of our figures, and after the last of a group that of the published ones beside it. */
function shownColumns(table) {
  const isPublished = (column) =>
    table.rows.some((row) => row.cells.get(column.key)?.published !== undefined);
  return table.columns.flatMap((column, i) => {
    const group = table.columns.filter((one) => one.group === column.group);
    const isLast = table.columns[i + 1]?.group !== column.group;
    const follows = isLast && group.some(isPublished);
    return follows ? [{ column }, { column, published: group }] : [{ column }];
  });
}

function isRecalled(verified) {
  return (verified ?? "").startsWith("memory");
}

function columnHead(report, shown, ambiguous) {
  const { column, metric, unit, protocol } = shown.column;
  const key = keyLabel(report.column_names, column);
  const lines = [key === "" ? null : make("span", { class: "key" }, key)];
  if (shown.published) {
    const published = report.published ?? {};
    const word = isRecalled(published.verified) ? "published (recalled)" : "published";
    const label = metricLabel(published.metric ?? metric, published.unit ?? unit);
    lines.push(make("span", {}, word), make("span", {}, label));
  } else {
    lines.push(make("span", {}, metricLabel(metric, unit)));
    if (ambiguous.has(metric) && protocol) {
      lines.push(make("span", { class: "digest" }, `@${shortDigest(protocol)}`));
    }
  }
  return make("th", { scope: "col", class: "number" }, lines);
}

/** Why a cell has no figure, in words. */
function absentText(report, figure, row) {
  const states = Object.entries(figure.states ?? {}).map(([state, n]) => `${n} ${state}`);
  if (states.length > 0) return states.join(", ");
  const column = keyText(report.column_names, figure.column);
  const others = [...row.cells.values()].filter((other) =>
    other.mean !== null && keyText(report.column_names, other.column) === column);
  if (others.some((other) => other.metric === figure.metric)) return "other protocol";
  return others.some((other) => other.seeds === figure.seeds_planned) ? "not measured" : "missing";
}

function changesOf(figure) {
  return [...new Set(figure.values.flatMap((value) => value.stale ?? []))];
}

function isDisturbed(figure) {
  return figure.values.some((value) => value.disturbed);
}

function standingMark(figure) {
  if (figure.standing === "best") return make("span", { class: "unseen" }, " (best)");
  if (figure.standing === "tied") return make("span", { class: "unseen" }, " (tied with the best)");
  return null;
}

function asides(report, figure, row) {
  const out = [];
  if (figure.mean !== null && figure.delta) {
    out.push(`Δ ${differenceText(figure.metric, figure.unit, figure.delta)}`);
  }
  if (figure.mean !== null && figure.seeds < figure.seeds_planned) {
    out.push(`${figure.seeds} of ${figure.seeds_planned} seeds`);
    if (figure.states) out.push(absentText(report, figure, row));
  }
  if (changesOf(figure).length > 0) out.push("stale");
  if (isDisturbed(figure)) out.push("disturbed");
  return out.map((text) => make("span", { class: "aside" }, text));
}

/** What a test compares with the record. */
function figureAttributes(figure) {
  return { "data-row": JSON.stringify(figure.row), "data-column": JSON.stringify(figure.column),
           "data-metric": figure.metric, "data-protocol": figure.protocol ?? "",
           "data-mean": figure.mean };
}

/** A cell that shows what made its number: see details.js. */
function figureCell(report, figure, row) {
  const isAbsent = figure.mean === null;
  const text = isAbsent ? absentText(report, figure, row)
    : meanText(figure.metric, figure.unit, figure.mean, figure.half_width_95);
  const value = make("span", { class: `value ${figure.standing ?? ""}`.trim() }, text);
  const button = make("button", { type: "button", "aria-expanded": "false" },
                      value, isAbsent ? null : standingMark(figure), asides(report, figure, row));
  showsDetails(button, () => figureDetails(report, figure));
  const kind = isAbsent ? "number absent" : "number";
  return make("td", { class: kind, ...figureAttributes(figure) }, button);
}

function publishedCell(report, row, group) {
  const figures = group.map((column) => row.cells.get(column.key));
  const published = figures.find((figure) => figure?.published)?.published;
  if (!published) return make("td", { class: "number" });
  const text = publishedText(published.value, report.published?.unit ?? group[0].unit);
  const isRecalledAlone =
    isRecalled(published.verified) && !isRecalled(report.published?.verified);
  const note = isRecalledAlone ? make("span", { class: "aside" }, "recalled") : null;
  return make("td", { class: "number published" }, make("span", { class: "value" }, text), note);
}

function figureRow(report, row, columns) {
  const names = report.row_names.map((name) =>
    make("th", { scope: "row" }, name === "" ? "" : row.key[name]));
  const cells = columns.map((shown) => {
    if (shown.published) return publishedCell(report, row, shown.published);
    const figure = row.cells.get(shown.column.key);
    return figure ? figureCell(report, figure, row) : make("td", { class: "number" });
  });
  return make("tr", {}, names, cells);
}

/** What the marks of the cells mean; only of those that are there. */
function legend(report) {
  const figures = report.figures;
  const some = (has) => figures.some(has);
  const out = [];
  if (report.column_names.length > 0) {
    out.push(`Columns: ${report.column_names.map(shortName).join(", ")}.`);
  }
  if (some((figure) => figure.half_width_95 !== null)) {
    out.push("Mean ± half-width of the 95 % interval over seeds (Student's t).");
  }
  if (some((figure) => figure.standing === "best")) {
    out.push([make("b", {}, "Bold"), ": the best of its column. ",
              make("u", {}, "Underlined"), ": not told apart from the best."]);
  }
  if (some((figure) => figure.delta)) {
    const base = report.baseline ? keyLabel(Object.keys(report.baseline), report.baseline) : "";
    out.push(`Δ: mean difference to ${base || "the baseline"}, seed by seed, and its interval.`);
  }
  if (some((figure) => changesOf(figure).length > 0)) {
    out.push("Stale: made by what has changed since.");
  }
  out.push("A cell that is pointed at, tapped or entered with Enter shows the runs that made it; " +
           "arrow keys go from cell to cell, Escape closes.");
  return make("p", { class: "legend" }, out.flatMap((part) => [part, " "]));
}

function figureTable(report) {
  const table = tableOf(report);
  const columns = shownColumns(table);
  const ambiguous = ambiguousMetrics(report.figures);
  const heads = [
    ...report.row_names.map((name) => make("th", { scope: "col" }, shortName(name))),
    ...columns.map((shown) => columnHead(report, shown, ambiguous))];
  const rows = table.rows.map((row) => figureRow(report, row, columns));
  const caption = make("caption", { class: "unseen" }, report.title || report.sweep);
  const out = make("table", { id: "figures", class: "figures" }, caption,
                   make("thead", {}, make("tr", {}, heads)), make("tbody", {}, rows));
  movesByArrows(out);
  return out;
}

function figureSection(report) {
  if (report.figures.length === 0) return section("table", "Table", "No figures are recorded.");
  const box = make("div", { class: "scroll" }, figureTable(report));
  return section("table", "Table", box, legend(report));
}
