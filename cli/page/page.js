// The page from its data: of one sweep's report, or of all sweeps.

function timeText(time) {
  if (!time) return "";
  const found = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?Z$/.exec(time);
  return found ? `${found[1]} ${found[2]} UTC` : time;
}

function makerText(made) {
  const commit = made.commit ? ` (commit ${made.commit})` : "";
  const time = made.time ? ` on ${timeText(made.time)}` : "";
  return `Made${time} by sslx ${made.sslx ?? ""}${commit}.`;
}

function pageHeader(title, what, made) {
  return make("header", {}, make("h1", {}, title),
              make("p", {}, `${what}. ${made ? makerText(made) : ""}`));
}

function commonWords(common) {
  return Object.entries(common ?? {}).map(([key, value]) => `${key} ${valueWords(value)}`);
}

/** Above the table: published figures were made under other conditions, and of which. */
function comparisonBox(data) {
  const published = data.report.published;
  const isShown = published &&
    (data.report.matrices?.some((matrix) => matrix.published) ||
     data.report.figures.some((figure) => figure.published));
  if (!isShown || data.published_comparable === true) return null;
  const arxiv = published.arxiv && published.arxiv !== "-" ? ` (arXiv:${published.arxiv})` : "";
  const conditions = [published.dataset, ...commonWords(published.common)].filter(Boolean);
  const recalled = isRecalled(published.verified)
    ? make("p", {}, "They are recalled from memory, NOT read in any source.") : null;
  return make("div", { class: "box", role: "note" },
              make("p", {}, make("strong", {}, "Not comparable as numbers. "),
                   `The published figures are of ${conditions.join(", ")}: ` +
                   `${published.paper ?? "the paper"}${arxiv}, ${published.where ?? ""}.`),
              recalled);
}

/** Runs that do not count, with their reasons, and trials that are not there. */
function openSection(report) {
  const runs = report.runs ?? [];
  const missing = report.missing ?? [];
  const table = runs.length === 0 ? null
    : scroller("runs that do not count", plainTable(
      { class: "runs" }, ["state", "trial", "run", "message"],
      runs.map((run) => [run.state, run.trial, code(run.run), run.message])));
  const list = missing.length === 0 ? null
    : [make("h3", {}, `Missing: ${counted(missing.length, "trial")}`),
       make("ul", {}, missing.map((label) => make("li", {}, label)))];
  return section("open", "Not completed", table, list);
}

/** Notes; not those that other parts of the page say. */
function noteSection(data) {
  const { machines = [], versions = [], runs = [] } = data.report;
  const said = new Set([...machines.map((one) => `machine: ${one}`),
                        ...versions.map((one) => `versions: ${one}`)]);
  const isRun = (note) => runs.some((run) =>
    note.startsWith(`${run.state}: ${run.trial} (${run.run})`));
  const isLegend = (note) => note.startsWith("mean ± half-width");
  const notes = (data.notes ?? []).filter((note) =>
    !said.has(note) && !isRun(note) && !isLegend(note));
  if (notes.length === 0) return null;
  return section("notes", "Notes",
                 make("ul", { class: "notes" }, notes.map((note) => make("li", {}, note))));
}

function pictureSection(pictures) {
  if (!pictures || pictures.length === 0) return null;
  const cards = pictures.map(({ title, caption, kind, source }) =>
    make("figure", { class: `card picture ${kind ?? ""}` },
         make("img", { src: source, alt: [title, caption].filter(Boolean).join(": ") }),
         make("figcaption", {}, make("b", {}, title), caption ? ` ${caption}` : null)));
  return section("pictures", "Pictures", make("div", { class: "cards" }, cards));
}

function lines(list) {
  if (!list || list.length === 0) return null;
  return make("ul", {}, list.map((text) => make("li", {}, text)));
}

function planWords(plan) {
  if (!plan?.file) return null;
  const options = (plan.options ?? []).join(" ");
  return [code(plan.file), ` @${shortDigest(plan.file_sha256 ?? "")} ${options}`];
}

function madeSection(report, made = {}) {
  return section("made", "Made by", termList({ class: "made" }, [
    ["command", made.command ? code(made.command) : null],
    ["plan", planWords(report.plan)],
    ["machines", lines(report.machines)],
    ["versions", lines(report.versions)],
    ["home", made.home ? code(made.home) : null],
    ["plugins", pluginList(report.plugins)],
    ["page", makerText(made)]]));
}

function reportPage(data) {
  const { report } = data;
  const title = report.title || report.sweep;
  const rows = new Set(report.figures.map((figure) => keyText(report.row_names, figure.row))).size;
  return [pageHeader(title, `Sweep ${report.sweep}, ${counted(rows, "row")}`, data.made),
          claimSection(data.claims), comparisonBox(data), matrixSection(report),
          figureSection(report), chartSection(report), curveSection(data.curves),
          pictureSection(data.pictures), openSection(report), noteSection(data),
          madeSection(report, data.made)];
}

document.addEventListener("DOMContentLoaded", () => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const parts = data.sweeps ? indexPage(data) : reportPage(data);
  document.getElementById("page").replaceChildren(...parts.filter((part) => part !== null));
  closesDetails();
  if (drawnCharts.length === 0) return;
  drawCharts();
  redrawsCharts();
});
